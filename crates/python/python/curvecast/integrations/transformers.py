"""A callback for the Trainer of Hugging Face."""

from __future__ import annotations

from typing import Any, Dict, Optional

from transformers import TrainerCallback

from ._watch import Watch, logger


class ForecastCallback(TrainerCallback):
    """Logs after every evaluation where the metric will end, and stops a run that will hardly be better than the best one before.

    The forecast stands in ``trainer.state.log_history`` as ``eval_loss_forecast``, beside ``eval_loss_p_better``. A run that is resumed goes on
    from what was logged.

    >>> from transformers import Trainer
    >>> from curvecast.integrations.transformers import ForecastCallback
    >>> trainer = Trainer(model, args, callbacks=[ForecastCallback(best=1.93)])  # doctest: +SKIP

    Args:
        best: The value to beat: that of the best run before. None: nothing is stopped, and the forecast is logged.
        at: The step where runs are compared. None: the last step of training.
        metric: The metric. None: ``args.metric_for_best_model``, else the loss of the evaluation. Which direction is good, its name tells, or
            ``args.greater_is_better``, or ``better``.
        below: A run is stopped when it is better than ``best`` with a lower probability than this.
        min_points: No run is stopped before so many evaluations.
        options: Further arguments of :func:`curvecast.decide`, such as ``method`` or ``bounds=(0, 1)`` for an accuracy.
    """

    def __init__(
        self,
        best: Optional[float] = None,
        *,
        at: Optional[float] = None,
        metric: Optional[str] = None,
        below: float = 0.05,
        min_points: int = 4,
        **options: Any,
    ) -> None:
        self._best = best
        self._at = at
        self._metric = metric
        self._watch = Watch(below, min_points, options)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Optional[Dict[str, float]] = None, **kwargs: Any) -> Any:
        """Looks at the curve so far; the Trainer calls this."""
        asked = self._metric or args.metric_for_best_model or "loss"
        name = asked if asked.startswith("eval_") else f"eval_{asked}"
        if not metrics or name not in metrics:
            logger.warning("no metric is called %s (there are %s)", name, ", ".join(metrics or ()))
            return control
        curve = {float(entry["step"]): float(entry[name]) for entry in state.log_history if name in entry and "step" in entry}
        curve[float(state.global_step)] = float(metrics[name])
        known = {"resource": "step"}
        if asked == args.metric_for_best_model and args.greater_is_better is not None:
            known["better"] = "higher" if args.greater_is_better else "lower"
        at = float(state.max_steps if self._at is None else self._at)
        outlook = self._watch.outlook(name, curve, at=at, best=self._best, **known)
        if outlook.logs:
            state.log_history.append({**outlook.logs, "epoch": state.epoch, "step": state.global_step})
        if outlook.stop:
            control.should_training_stop = True
        return control
