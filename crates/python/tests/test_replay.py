"""Recorded curves under pruners: the example, in small."""

import math
import sys
import warnings
from pathlib import Path

import pytest
from conftest import ROOT

optuna = pytest.importorskip("optuna")
sys.path.insert(0, str(ROOT / "crates/python/examples"))

import replay_pruners  # noqa: E402


def test_the_pruners_are_replayed(data: Path) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    tasks = replay_pruners.read(data / "taskset_imdb_rnn" / "taskset_curves.csv.gz")
    assert len(tasks) == 12 and {len(curves) for curves in tasks.values()} == {1000}
    drawn = replay_pruners.samples(tasks[sorted(tasks)[0]], 25, 2, "0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: [replay_pruners.replay(curves, pruner()) for curves in drawn] for name, pruner in replay_pruners.PRUNERS.items()}
    epochs = {name: sum(run.epochs for run in runs) for name, runs in found.items()}
    ends = [min(c[-1] for c in curves if math.isfinite(c[-1])) for curves in drawn]
    assert epochs["NopPruner"] == 2 * 25 * replay_pruners.END and [run.best for run in found["NopPruner"]] == ends
    assert epochs["ForecastPruner(0.05)"] < 0.6 * epochs["NopPruner"]
    # Most of these runs never leave chance, and the forecast tells the one that does.
    assert max(run.best - end for run, end in zip(found["ForecastPruner(0.05)"], ends)) < 0.05
    lines = replay_pruners.table(found, drawn)
    assert len(lines) == 1 + len(found) and "100.0%" in lines[1]
