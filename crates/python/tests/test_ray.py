"""Ray Tune's results under the scheduler. No cluster is started: the scheduler is asked as Tune asks it."""

import math
import pickle
from types import SimpleNamespace

import pytest

pytest.importorskip("ray.tune")

from curvecast.integrations.ray import ForecastScheduler  # noqa: E402

END = 30


def run(scheduler: ForecastScheduler, curves, mode: str = "min"):
    """Trials side by side; how many results each of them gave."""
    if scheduler._mode is None:
        assert scheduler.set_search_properties("loss", mode)
    trials = [SimpleNamespace(trial_id=f"t{k}") for k in range(len(curves))]
    for trial in trials:
        scheduler.on_trial_add(None, trial)
    ends = [END] * len(curves)
    for t in range(1, END + 1):
        for k, (trial, curve) in enumerate(zip(trials, curves)):
            if t > ends[k]:
                continue
            result = {"training_iteration": t, "loss": curve(t)}
            if t == END:
                scheduler.on_trial_complete(None, trial, result)
            elif scheduler.on_trial_result(None, trial, result) == "STOP":
                ends[k] = t
    return ends


def curve(floor: float):
    return lambda t: floor + 0.8 * t**-0.6


def test_hopeless_trials_are_stopped_and_the_best_is_kept() -> None:
    scheduler = ForecastScheduler(at=END)
    ends = run(scheduler, [curve(0.9), curve(0.2), curve(1.5)])
    assert ends[1] == END and ends[0] < END and ends[2] < END
    assert scheduler.debug_string() == "Using ForecastScheduler: num_stopped=2."


def test_more_is_better_where_tune_says_so() -> None:
    ends = run(ForecastScheduler(at=END, bounds=(-10, 10)), [lambda t: -curve(0.9)(t), lambda t: -curve(0.2)(t)], mode="max")
    assert ends[1] == END and ends[0] < END


def test_a_trial_that_diverged_is_stopped() -> None:
    ends = run(ForecastScheduler(at=END), [curve(0.2), lambda t: curve(0.2)(t) if t < 8 else math.nan])
    assert ends == [END, 8]


def test_one_trial_alone_goes_on() -> None:
    assert run(ForecastScheduler(at=END), [curve(0.9)]) == [END]


def test_the_metric_is_named_once() -> None:
    scheduler = ForecastScheduler(at=END, metric="loss", mode="min")
    assert not scheduler.set_search_properties("loss", "min") and scheduler.metric == "loss"
    assert scheduler.set_search_properties(None, None)
    with pytest.raises(ValueError, match='mode "min" or "max"'):
        ForecastScheduler(at=END).on_trial_add(None, SimpleNamespace(trial_id="t"))
    # A result without the metric says nothing.
    assert scheduler.on_trial_result(None, SimpleNamespace(trial_id="t"), {"training_iteration": 1}) == "CONTINUE"


def test_a_scheduler_travels() -> None:
    scheduler = ForecastScheduler(at=END)
    run(scheduler, [curve(0.9), curve(0.2)])
    assert pickle.loads(pickle.dumps(scheduler)).debug_string() == scheduler.debug_string()
