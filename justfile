# Every command a person types. Each recipe is one line around cargo; without just, type that line.

# List the recipes
default:
    @just --list

# Run an experiment, judge its claims, write its report: just reproduce lcpfn
reproduce NAME *ARGS:
    cargo curvecast reproduce {{NAME}} {{ARGS}}

# Run the jobs of an experiment that are not done yet
run NAME *ARGS:
    cargo curvecast run {{NAME}} {{ARGS}}

# Judge an experiment's claims on the rows there are
check NAME *ARGS:
    cargo curvecast check {{NAME}} {{ARGS}}

# Write tables, figures and verdicts from the rows there are, and the scoreboard
report *ARGS:
    cargo curvecast report {{ARGS}}

# Write all rows of an experiment into one file: just rows lcpfn --out lcpfn.parquet
rows NAME *ARGS:
    cargo curvecast rows {{NAME}} {{ARGS}}

# Say what is wrong with an experiment, or that it is valid
validate NAME *ARGS:
    cargo curvecast validate {{NAME}} {{ARGS}}

# Begin an experiment, a study or a law from a template: just new experiment my-paper
new KIND NAME:
    cargo curvecast new {{KIND}} {{NAME}}

# Build the Python wheel and run its tests (needs Python 3.9 or newer)
python *ARGS:
    crates/python/check.sh {{ARGS}}

# Run every test
test *ARGS:
    cargo check-all {{ARGS}}

# Run the benches; ends with a table, beside what other software takes
bench *ARGS:
    cargo bench {{ARGS}}

# Reproduce an experiment at its smallest size, beside the committed results
smoke NAME="lcpfn":
    cargo curvecast reproduce {{NAME}} --size smoke --results target/smoke/{{NAME}}

# Make the list of marks anew that CI holds smoke runs against; look at what changed before it is committed
smoke-verdicts:
    cargo build --release --workspace
    .ci/smoke
    { echo '# Made by `just smoke-verdicts`: every claim that is judged at size smoke, with its mark. CI turns red where one differs.'; cat target/smoke-verdicts.txt; } > experiments/smoke-verdicts.txt

# Print the catalogue of laws
laws *ARGS:
    cargo curvecast laws {{ARGS}}

# Download a dataset, check it, convert it
get NAME *ARGS:
    cargo curvecast get {{NAME}} {{ARGS}}

# Train a network from a recipe, or go on from its checkpoint
train RECIPE *ARGS:
    cargo curvecast train {{RECIPE}} {{ARGS}}

# What CI runs
ci:
    .ci/run
