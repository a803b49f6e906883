"""Recorded learning curves under pruners of Optuna: how many epochs each of them looks at, and what it finds.

    python examples/replay_pruners.py --data FOLDER --tasks 4 --trials 60 --orders 2

FOLDER (default: the environment variable CURVECAST_DATA) has taskset_imdb_rnn/taskset_curves.csv.gz: 12 tasks, 1000 configurations
of Adam each, the validation loss after 0 to 50 epochs. Configurations are drawn at random and in a random order, the same ones for
every pruner; nothing is searched for, so that pruners are compared and not samplers. A trial's value is its loss after the last epoch.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import math
import os
import random
import time
import warnings
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

import optuna
from optuna.trial import TrialState

from curvecast.integrations.optuna import ForecastPruner

#: The last epoch.
END = 50

#: The pruners, made anew for every study.
PRUNERS: Dict[str, Callable[[], optuna.pruners.BasePruner]] = {
    "NopPruner": optuna.pruners.NopPruner,
    "PatientPruner(MedianPruner, 3)": lambda: optuna.pruners.PatientPruner(optuna.pruners.MedianPruner(), patience=3),
    "MedianPruner": optuna.pruners.MedianPruner,
    "HyperbandPruner": lambda: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=END),
    "ForecastPruner(0.2)": lambda: ForecastPruner(at=END, below=0.2),
    "ForecastPruner(0.05)": lambda: ForecastPruner(at=END, below=0.05),
    "ForecastPruner(0.01)": lambda: ForecastPruner(at=END, below=0.01),
}


class Replayed(NamedTuple):
    """What a pruner did with some runs."""

    epochs: int
    """Epochs it looked at."""
    best: float
    """The best final value of the trials it completed; infinite where it completed none."""
    pruned: int
    """Trials that it pruned."""
    seconds: float
    """The time it took, Optuna's own with it."""


def read(path: Path) -> Dict[str, List[List[float]]]:
    """The validation curves of every task, from epoch 1 on."""
    tasks: Dict[str, List[List[float]]] = {}
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] == "valid":
                tasks.setdefault(row["task"], []).append([float(row[f"e{epoch}"]) for epoch in range(1, END + 1)])
    return tasks


def replay(curves: List[List[float]], pruner: optuna.pruners.BasePruner) -> Replayed:
    """The runs one after the other, as trials of a study."""
    study = optuna.create_study(direction="minimize", pruner=pruner)
    began = time.perf_counter()
    epochs = pruned = 0
    best = math.inf
    for curve in curves:
        trial = study.ask()
        stopped = False
        for epoch, value in enumerate(curve, 1):
            epochs += 1
            trial.report(value, step=epoch)
            stopped = epoch < len(curve) and trial.should_prune()
            if stopped:
                break
        if stopped:
            pruned += 1
            study.tell(trial, state=TrialState.PRUNED)
        elif math.isfinite(curve[-1]):
            best = min(best, curve[-1])
            study.tell(trial, curve[-1])
        else:
            study.tell(trial, state=TrialState.FAIL)
    return Replayed(epochs, best, pruned, time.perf_counter() - began)


def samples(curves: List[List[float]], trials: int, orders: int, seed: str) -> List[List[List[float]]]:
    """Runs drawn at random, in a random order, several times."""
    return [random.Random(f"{seed} {k}").sample(curves, min(trials, len(curves))) for k in range(orders)]


def table(found: Dict[str, List[Replayed]], drawn: List[List[List[float]]]) -> List[str]:
    """A line for every pruner: means over tasks and orders."""
    ends = [min((c[-1] for c in curves if math.isfinite(c[-1])), default=math.inf) for curves in drawn]
    whole = sum(END * len(curves) for curves in drawn)
    head = f"{'pruner':<32}{'epochs':>9}{'share':>8}{'final best':>12}{'regret':>9}{'worst':>9}{'best kept':>11}{'pruned':>8}{'seconds':>9}"
    lines = [head]
    for name, runs in found.items():
        n = len(runs)
        # A pruner that completed nothing has no value: it is said, and not averaged away.
        regrets = [run.best - end for run, end in zip(runs, ends)]
        kept = sum(regret <= 0.0 for regret in regrets)
        lines.append(
            f"{name:<32}{sum(r.epochs for r in runs) / n:>9.0f}{sum(r.epochs for r in runs) / whole:>8.1%}"
            f"{sum(r.best for r in runs) / n:>12.4f}{sum(regrets) / n:>9.4f}{max(regrets):>9.4f}{f'{kept} of {n}':>11}"
            f"{sum(r.pruned for r in runs) / sum(map(len, drawn)):>8.1%}{sum(r.seconds for r in runs) / n:>9.1f}"
        )
    return lines


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("CURVECAST_DATA"), help="the folder of datasets")
    parser.add_argument("--tasks", type=int, default=12, help="how many of the tasks")
    parser.add_argument("--trials", type=int, default=60, help="trials of a study")
    parser.add_argument("--orders", type=int, default=2, help="studies of a task")
    parser.add_argument("--seed", default="0", help="the seed of the draws")
    parser.add_argument("--pruners", nargs="*", choices=list(PRUNERS), default=list(PRUNERS), metavar="PRUNER", help="all, when absent")
    asked = parser.parse_args()
    if asked.data is None:
        parser.error("say with --data, or with the environment variable CURVECAST_DATA, where taskset_imdb_rnn lies")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    # Of runs that are NaN from the beginning, in the pruners of Optuna.
    warnings.filterwarnings("ignore", "All-NaN slice")
    tasks = read(Path(asked.data) / "taskset_imdb_rnn" / "taskset_curves.csv.gz")
    drawn = [curves for name in sorted(tasks)[: asked.tasks] for curves in samples(tasks[name], asked.trials, asked.orders, f"{asked.seed} {name}")]
    print(f"{len(drawn)} studies of {asked.trials} trials of {END} epochs; means over studies\n")
    print("\n".join(table({name: [replay(curves, PRUNERS[name]()) for curves in drawn] for name in asked.pruners}, drawn)))


if __name__ == "__main__":
    main()
