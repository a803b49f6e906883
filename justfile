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

# Run every test
test *ARGS:
    cargo check-all {{ARGS}}

# Run the benches
bench *ARGS:
    cargo bench -p curvecast-benches {{ARGS}}

# Reproduce an experiment at its smallest size, beside the committed results
smoke NAME="lcpfn":
    cargo curvecast reproduce {{NAME}} --size smoke --results target/smoke/{{NAME}}

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
