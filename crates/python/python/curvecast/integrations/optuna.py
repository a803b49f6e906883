"""A pruner for Optuna."""

from __future__ import annotations

from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import TrialState

from ._watch import Watch


class ForecastPruner(BasePruner):
    """Prunes a trial that will hardly be better than the best completed one, by the forecast of its own curve.

    Trials are compared where they end, and not at the step they have reached: one that begins slowly is not pruned for that. Nothing is
    pruned before the first trial is completed. A trial that reports NaN to its end is pruned.

    >>> import optuna
    >>> from curvecast.integrations.optuna import ForecastPruner
    >>> def objective(trial):
    ...     rate = trial.suggest_float("rate", 0.2, 1.0)
    ...     for epoch in range(1, 31):
    ...         loss = 1 - rate + epoch**-rate
    ...         trial.report(loss, step=epoch)
    ...         if trial.should_prune():
    ...             raise optuna.TrialPruned()
    ...     return loss
    >>> study = optuna.create_study(direction="minimize", pruner=ForecastPruner(at=30))
    >>> study.optimize(objective, n_trials=20)  # doctest: +SKIP

    Args:
        at: The step of the last report of a whole trial, in the steps that are reported. The value of a trial must be on the scale of
            what is reported: its last report, or its best.
        below: A trial is pruned when it is better than the best one with a lower probability than this.
        min_points: No trial is pruned before so many reports.
        method: Who answers (see :func:`curvecast.forecast`).
        options: Further arguments of :func:`curvecast.decide`, such as ``bounds=(0, 1)`` for an accuracy.
    """

    def __init__(self, at: float, *, below: float = 0.05, min_points: int = 4, method: str = "auto", **options: Any) -> None:
        self._at = at
        self._watch = Watch(below, min_points, {"method": method, **options})

    def prune(self, study: "optuna.study.Study", trial: "optuna.trial.FrozenTrial") -> bool:
        """Is this trial pruned? Optuna asks."""
        completed = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        values = [t.value for t in completed if t.value is not None]
        lower = study.direction == StudyDirection.MINIMIZE
        best = (min if lower else max)(values, default=None)
        better = "lower" if lower else "higher"
        decision = self._watch.decision(trial.intermediate_values, at=self._at, best=best, better=better, resource="step")
        return decision is not None and decision.stop
