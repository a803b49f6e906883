"""Optuna's trials under the pruner."""

import logging
import math
import pickle
import random
from typing import Callable, Iterator

import pytest

optuna = pytest.importorskip("optuna")

from curvecast.integrations.optuna import ForecastPruner  # noqa: E402

END = 30


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def run(pruner, curves: "list[Callable[[int], float]]", direction: str = "minimize"):
    """A study of recorded curves; how many reports each trial made."""
    study = optuna.create_study(direction=direction, pruner=pruner)
    reports = []
    for curve in curves:
        trial = study.ask()
        stopped, epoch = False, 0
        while epoch < END and not stopped:
            epoch += 1
            trial.report(curve(epoch), step=epoch)
            stopped = trial.should_prune()
        reports.append(epoch)
        study.tell(trial, None if stopped else curve(END), state=optuna.trial.TrialState.PRUNED if stopped else None)
    return study, reports


def family(n: int = 20):
    drawn = random.Random(3)
    parts = [(drawn.uniform(0.2, 1.0), drawn.uniform(0.3, 0.9)) for _ in range(n)]
    return [lambda t, floor=floor, rate=rate: floor + 0.8 * t**-rate for floor, rate in parts]


def test_hopeless_trials_are_pruned_and_the_best_is_kept() -> None:
    curves = family()
    study, reports = run(ForecastPruner(at=END), curves)
    assert sum(reports) < 0.7 * END * len(curves)
    assert study.best_value == min(curve(END) for curve in curves)
    # Nothing is pruned before there is something to beat, nor before four reports.
    assert reports[0] == END and min(reports) >= 4


def test_more_is_better_where_the_study_says_so() -> None:
    curves = [lambda t, curve=curve: 2.0 - curve(t) for curve in family()]
    study, reports = run(ForecastPruner(at=END), curves, "maximize")
    assert sum(reports) < 0.7 * END * len(curves)
    assert study.best_value == max(curve(END) for curve in curves)


def test_a_slow_start_is_no_reason() -> None:
    # The second curve is behind at every epoch before the ninth, and ends ahead.
    first, second = (lambda t: 0.5 + 0.2 / t), (lambda t: max(1.2 - 0.1 * t, 0.3))
    _, reports = run(ForecastPruner(at=END, below=0.01), [first, second])
    assert reports == [END, END]


def test_a_trial_that_diverged_is_pruned() -> None:
    good = family(1)[0]
    _, reports = run(ForecastPruner(at=END), [good, lambda t: good(t) if t < 7 else math.nan, lambda t: math.nan])
    assert reports == [END, 7, 4]


def test_what_has_no_answer_goes_on_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    negative = lambda t: -1.0 + 1.0 / t  # noqa: E731
    with caplog.at_level(logging.WARNING, logger="curvecast"):
        _, reports = run(ForecastPruner(at=END, bounds=(0.0, 1.0)), [negative, negative])
    assert reports == [END, END] and "leave the bounds" in caplog.text


def test_a_slip_is_met_at_once() -> None:
    with pytest.raises(ValueError, match='did you mean "pfn"'):
        ForecastPruner(at=END, method="pnf")
    with pytest.raises(ValueError, match="between 0 and 1"):
        ForecastPruner(at=END, below=5)
    with pytest.raises(TypeError, match="bonds"):
        ForecastPruner(at=END, bonds=(0, 1))


def test_a_pruner_travels() -> None:
    again = pickle.loads(pickle.dumps(ForecastPruner(at=END, below=0.2, bounds=(0, 10))))
    curves = family(6)
    assert run(again, curves)[1] == run(ForecastPruner(at=END, below=0.2, bounds=(0, 10)), curves)[1]
