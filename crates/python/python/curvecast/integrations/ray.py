"""A scheduler for Ray Tune."""

from __future__ import annotations

import math
from typing import Any, Dict, Optional

from ray.tune.result import DEFAULT_METRIC
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from ._watch import Watch


class ForecastScheduler(FIFOScheduler):
    """Runs trials in the order in which they come, and stops one that will hardly end better than the best value another one has reached.

    Trials are compared where they end, and not at the time they have reached: one that begins slowly is not stopped for that. A trial that
    reports NaN to its end is stopped.

    >>> from ray import tune
    >>> from curvecast.integrations.ray import ForecastScheduler
    >>> def train(config):
    ...     for epoch in range(1, 31):
    ...         tune.report({"loss": 1 - config["rate"] + epoch ** -config["rate"]})
    >>> tuner = tune.Tuner(
    ...     train,
    ...     param_space={"rate": tune.uniform(0.2, 1.0)},
    ...     tune_config=tune.TuneConfig(metric="loss", mode="min", num_samples=20, scheduler=ForecastScheduler(at=30)),
    ... )
    >>> results = tuner.fit()  # doctest: +SKIP

    Args:
        at: The time of the last report of a whole trial, in units of ``time_attr``.
        time_attr: The key of a result that says how far a trial is, and increases.
        metric, mode: The key of a result that counts, and ``"min"`` or ``"max"``. None: those of ``tune.TuneConfig``.
        below: A trial is stopped when it is better than the best value with a lower probability than this.
        min_points: No trial is stopped before so many reports.
        method: Who answers (see :func:`curvecast.forecast`).
        options: Further arguments of :func:`curvecast.decide`, such as ``bounds=(0, 1)`` for an accuracy.
    """

    def __init__(
        self,
        at: float,
        *,
        time_attr: str = "training_iteration",
        metric: Optional[str] = None,
        mode: Optional[str] = None,
        below: float = 0.05,
        min_points: int = 4,
        method: str = "auto",
        **options: Any,
    ) -> None:
        super().__init__()
        self._at = at
        self._time_attr = time_attr
        self._metric = metric
        self._mode = mode
        self._watch = Watch(below, min_points, {"method": method, **options})
        #: The curve of every trial, by its name.
        self._curves: Dict[str, Dict[float, float]] = {}
        self._stopped = 0

    def set_search_properties(self, metric: Optional[str], mode: Optional[str], **spec: Any) -> bool:
        """Takes the metric and its direction; Tune calls this. False where they were given twice."""
        if (self._metric and metric) or (self._mode and mode):
            return False
        self._metric = metric or self._metric
        self._mode = mode or self._mode
        if self._mode and not self._metric:
            self._metric = DEFAULT_METRIC
        return True

    def on_trial_add(self, tune_controller: Any, trial: Any) -> None:
        """Refuses to begin without a metric and a direction; Tune calls this."""
        if not self._metric or self._mode not in ("min", "max"):
            raise ValueError(
                f"ForecastScheduler has the metric {self._metric!r} and the mode {self._mode!r}: give both, with the mode \"min\" or "
                "\"max\", here or to tune.TuneConfig"
            )
        super().on_trial_add(tune_controller, trial)

    def on_trial_result(self, tune_controller: Any, trial: Any, result: Dict[str, Any]) -> str:
        """Is this trial stopped? Tune asks."""
        if not self._heard(trial, result):
            return str(TrialScheduler.CONTINUE)
        curve = self._curves[trial.trial_id]
        better = "lower" if self._mode == "min" else "higher"
        known = {"better": better, "measure": self._metric, "resource": self._time_attr}
        decision = self._watch.decision(curve, at=self._at, best=self._best_without(trial.trial_id), **known)
        if decision is None or not decision.stop:
            return str(TrialScheduler.CONTINUE)
        self._stopped += 1
        return str(TrialScheduler.STOP)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: Dict[str, Any]) -> None:
        """Takes the last report; Tune calls this."""
        self._heard(trial, result)

    def debug_string(self) -> str:
        """What Tune prints of it."""
        return f"Using ForecastScheduler: num_stopped={self._stopped}."

    def _heard(self, trial: Any, result: Dict[str, Any]) -> bool:
        """Keeps a report; False where it says nothing of the metric."""
        if self._time_attr not in result or self._metric not in result:
            return False
        self._curves.setdefault(trial.trial_id, {})[float(result[self._time_attr])] = float(result[self._metric])
        return True

    def _best_without(self, trial_id: str) -> Optional[float]:
        """The best value that another trial has reached up to the end."""
        others = (curve for name, curve in self._curves.items() if name != trial_id)
        values = [value for curve in others for time, value in curve.items() if time <= self._at and math.isfinite(value)]
        best: Optional[float] = (min if self._mode == "min" else max)(values, default=None)
        return best
