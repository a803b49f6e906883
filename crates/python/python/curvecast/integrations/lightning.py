"""A callback for Lightning."""

from __future__ import annotations

from typing import Any, Dict, Optional

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:
    from pytorch_lightning.callbacks import Callback

from ._watch import Watch, logger


class ForecastCallback(Callback):
    """Logs after every validation where the metric will end, and stops a run that will hardly be better than the best one before.

    The forecast goes to the loggers of the trainer as ``val_loss_forecast``, beside ``val_loss_p_better``.

    >>> from lightning.pytorch import Trainer
    >>> from curvecast.integrations.lightning import ForecastCallback
    >>> trainer = Trainer(max_epochs=50, callbacks=[ForecastCallback("val_loss", best=0.31)])  # doctest: +SKIP

    Args:
        monitor: The metric, as the module logs it in validation. Its name tells which direction is good, unless ``better`` does.
        best: The value to beat: that of the best run before. None: nothing is stopped, and the forecast is logged.
        at: Where runs are compared. None: the last epoch or step of the trainer.
        resource: Are epochs counted, or steps? ``"step"`` where validation runs several times an epoch.
        below: A run is stopped when it is better than ``best`` with a lower probability than this.
        min_points: No run is stopped before so many validations.
        options: Further arguments of :func:`curvecast.decide`, such as ``method`` or ``bounds=(0, 1)`` for an accuracy.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        best: Optional[float] = None,
        at: Optional[float] = None,
        resource: str = "epoch",
        below: float = 0.05,
        min_points: int = 4,
        **options: Any,
    ) -> None:
        super().__init__()
        if resource not in ("epoch", "step"):
            raise ValueError(f"the resource is {resource!r}; it is \"epoch\" or \"step\"")
        self._monitor = monitor
        self._best = best
        self._at = at
        self._resource = resource
        self._watch = Watch(below, min_points, options)
        self._curve: Dict[float, float] = {}

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Looks at the curve so far; the trainer calls this."""
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        if self._monitor not in trainer.callback_metrics:
            there = ", ".join(trainer.callback_metrics)
            logger.warning("no metric is called %s (there are %s)", self._monitor, there)
            return
        epochs = self._resource == "epoch"
        here = trainer.current_epoch + 1 if epochs else trainer.global_step
        self._curve[float(here)] = float(trainer.callback_metrics[self._monitor])
        at = self._at if self._at is not None else trainer.max_epochs if epochs else trainer.max_steps
        if at is None or at < 0:
            logger.warning("the trainer has no last %s: say with at= where runs are compared", self._resource)
            return
        outlook = self._watch.outlook(self._monitor, self._curve, at=float(at), best=self._best, resource=self._resource)
        if outlook.logs:
            for one in trainer.loggers:
                one.log_metrics(outlook.logs, step=trainer.global_step)
        # All processes stop, or none.
        stop = trainer.strategy.reduce_boolean_decision(outlook.stop, all=False)
        trainer.should_stop = trainer.should_stop or stop

    def state_dict(self) -> Dict[str, Any]:
        """The curve, so that a run that is resumed goes on from it."""
        return {"curve": dict(self._curve)}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        """Takes the curve of a run that is resumed."""
        self._curve = dict(state_dict["curve"])
