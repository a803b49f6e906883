#!/usr/bin/env bash
# Builds the wheel and tests it, in an environment of its own below the root's target folder. Needs Python 3.9 or later with venv, and
# PyPI. The program, where it is built, is compared with the package; CURVECAST_DATA names the folder of recorded curves.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=target/python/bin/python
if ! { [ -x "$python" ] || "${PYTHON:-python3}" -m venv target/python; } \
  || ! "$python" -m pip install --quiet --upgrade 'maturin>=1.9.4,<2' 'jsonschema>=4,<5' mypy numpy optuna pandas polars pytest; then
  echo "SKIPPED: no Python with venv, or no PyPI; the wheel was not built" >&2
  exit 0
fi

# The versions of the house; what has been built of them in target/release is not built again.
cp Cargo.lock crates/python/Cargo.lock
export PYO3_PYTHON="$PWD/$python"
cargo fmt --manifest-path crates/python/Cargo.toml --check
cargo clippy --release --manifest-path crates/python/Cargo.toml --target-dir target -- -D warnings
rm -rf target/wheel
"$python" -m maturin build --release --manifest-path crates/python/Cargo.toml --target-dir target --interpreter "$python" --out target/wheel
"$python" -m pip install --quiet --force-reinstall --no-deps target/wheel/curvecast-*.whl

if [ -z "${CURVECAST_BIN:-}" ] && [ -x target/release/curvecast ]; then
  export CURVECAST_BIN="$PWD/target/release/curvecast"
fi
"$python" -m pytest crates/python/tests "$@"
