#!/usr/bin/env bash
# Fills corpus/<target> with inputs to begin from: fixtures of the repository, and small files that are written here.
set -euo pipefail
cd "$(dirname "$0")"
root=..

# What is fuzzed has the versions of the house.
if [ ! -f Cargo.lock ]; then cp "$root/Cargo.lock" Cargo.lock; fi

for target in csv parquet jsonl spec published dataset weights rows import; do
  mkdir -p "corpus/$target"
done

# Copies a file under a name that says where it is from.
take() { # target file…
  local target=$1 file
  shift
  for file in "$@"; do
    if [ -f "$file" ]; then
      cp "$file" "corpus/$target/$(printf '%s' "${file#"$root"/}" | tr '/' '_')"
    fi
  done
}

take spec "$root"/experiments/*/spec.toml "$root"/crates/cli/templates/experiment/spec.toml
take published "$root"/experiments/*/published.toml "$root"/crates/cli/templates/experiment/published.toml
take dataset "$root"/datasets/*/dataset.toml
take csv "$root"/crates/tables/tests/fixtures/*.csv
take jsonl "$root"/crates/tables/tests/fixtures/*.json
for file in "$root"/results/*/rows.parquet "$root"/results/*/series.parquet; do
  # Large inputs make a fuzzer slow.
  if [ -f "$file" ] && [ "$(wc -c < "$file")" -le 65536 ]; then take rows "$file"; take parquet "$file"; fi
done

fixtures=$root/crates/import/tests/fixtures
# The first byte says which importer reads the rest.
log() { { printf "\\$(printf '%03o' "$1")"; cat "$2"; } > "corpus/import/$(basename "$(dirname "$2")")_$(basename "$2")"; } # importer file
for file in "$fixtures"/tensorboard/*/*; do log 0 "$file"; done
log 1 "$fixtures/hugging-face/checkpoint-400/trainer_state.json"
log 2 "$fixtures/lightning/version_0/metrics.csv"
log 3 "$fixtures/wandb/history.csv"; log 3 "$fixtures/wandb/panel.csv"; log 9 "$fixtures/wandb/rows.jsonl"
log 4 "$fixtures/keras/training.csv"
for file in "$fixtures"/logs/*.log "$fixtures/logs/modded.txt"; do log 5 "$file"; done

printf 'epoch,val_loss\n1,0.9\n2,0.7\n3,nan\n' > corpus/csv/plain
printf '\357\273\277run,"a, ""b"""\r\n007,"line\nbreak"\r\n008,\r\n' > corpus/csv/quotes
printf 'x\n1e400\n-inf\n 2 \n' > corpus/csv/numbers
printf '{"run":"007","step":1,"loss":2.50}\n{"step":1e1,"run":"008","note":"a \\"b\\"","loss":null}\n' > corpus/jsonl/plain
printf '{"loss":NaN,"best":-Infinity,"done":true}\n' > corpus/jsonl/python

cat > corpus/spec/every-source <<'TOML'
[experiment]
title = "t"
paper = { arxiv = "0000.00000", bib = "b" }
version = 1
seed = 1
[source.a]
from = { dataset = "d", view = "v" }
scale = { hard-low = 0.0, soft-low = 0.0, soft-high = "initial", hard-high = inf }
[source.b]
draw = "domhan3"
curves = 3
[source.c.simulate]
law = "chinchilla"
truth = { e = 1.0, a = 2.0, b = 3.0, alpha = 0.3, beta = 0.3 }
[[source.c.simulate.design]]
id = "d"
grid = { params = [1e6, 1e7], tokens = [1e8] }
[source.d]
train = { study = "lazy-to-rich", arms = { alpha = [0.25, 1] }, seeds = 3, with = { steps = 10 } }
[source.e]
solve = { study = "lazy-to-rich" }
[[method]]
id = "p"
use = "persist"
[[ask]]
id = "forecast"
source = "b"
[ask.extrapolate]
methods = ["p"]
cutoffs = ["10%", "7"]
[[ask]]
id = "arms"
source = "d"
[ask.compare]
measure = "delay"
control = "alpha=0.25"
better = "higher"
[[ask]]
id = "theory"
source = "d"
[ask.match]
theory = "e"
by = ["arm"]
predicted = "delay"
measured = "delay"
within = 0.01
[[ask]]
id = "printed"
source = "a"
[ask.table]
rows = { select = { pair = "*M3" }, at-least = { rho = 0.5 } }
[size.smoke.set]
"source.b.curves" = 1
TOML

cat > corpus/dataset/views <<'TOML'
title = "t"
licence = "l"
bib = "b"
folder = "f"
[files."runs.csv"]
bytes = 3
[view.curves]
title = "t"
known-as = "old"
[view.curves.curves]
file = "runs.csv"
resource = { name = "epoch" }
measure = { name = "loss", unit = "nats", better = "lower" }
wide = { id = ["task"], prefix = "e" }
expect = 3
[view.runs]
title = "t"
[view.runs.table]
file = "runs.csv"
text = { run = ["task", "config"], size = "n" }
numbers = { loss = "l" }
differences = { gap = ["a", "b"] }
expect = 3
TOML

# Parquet, rows and weights are made by the house itself.
cargo run --quiet --release --manifest-path Cargo.toml --example seeds -- corpus
for target in corpus/*; do
  printf '%5d seeds  %s\n' "$(find "$target" -type f | wc -l)" "$target"
done
