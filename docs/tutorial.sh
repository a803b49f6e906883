#!/usr/bin/env bash
# Runs every `sh` block of docs/tutorial.md, in order and in one shell, and ends at the first command that fails.
#
#   CURVECAST=target/release/curvecast bash docs/tutorial.sh
#
# The blocks run in a copy of what they read, so that nothing of the checkout changes.
set -euo pipefail

docs="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$docs")"
program="${CURVECAST:-$root/target/release/curvecast}"
if [ ! -x "$program" ]; then
  echo "$program is not there; build it with \`cargo build --release\`, or set CURVECAST to the program" >&2
  exit 2
fi
program="$(cd "$(dirname "$program")" && pwd)/$(basename "$program")"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp "$root/Cargo.toml" "$root/README.md" "$root/references.bib" "$work/"
cp -R "$root/experiments" "$work/"
for description in "$root"/datasets/*/dataset.toml; do
  folder="$work/datasets/$(basename "$(dirname "$description")")"
  mkdir -p "$folder"
  cp "$description" "$folder/"
done
# The tables of committed results, which the scoreboard counts and the README shows; not the rows of jobs.
mkdir "$work/results"
for verdicts in "$root"/results/*/tables/verdicts.csv; do
  if [ -f "$verdicts" ]; then
    folder="$work/results/$(basename "$(dirname "$(dirname "$verdicts")")")/tables"
    mkdir -p "$folder"
    cp "$(dirname "$verdicts")"/*.csv "$folder/"
  fi
done

# With or without data on this machine, the tutorial is the same.
unset CURVECAST_DATA CURVECAST_CACHE

{
  cat <<'HEAD'
set -eEuo pipefail
block=0
trap 'echo "docs/tutorial.md: the block at line $block failed" >&2' ERR
curvecast() { "$CURVECAST" "$@"; }
HEAD
  awk '
    /^```sh$/ { inside = 1; printf "block=%d; echo \"== docs/tutorial.md:%d\" >&2\n", NR, NR; next }
    /^```$/ { if (inside) print ""; inside = 0; next }
    inside { print }
  ' "$docs/tutorial.md"
} > "$work/blocks.sh"

cd "$work"
CURVECAST="$program" bash blocks.sh
echo "the tutorial works" >&2
