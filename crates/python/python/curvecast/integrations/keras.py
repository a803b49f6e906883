"""A callback for Keras 3."""

from __future__ import annotations

import math
from typing import Any, Dict, Optional

import keras

from ._watch import Watch, logger


class ForecastCallback(keras.callbacks.Callback):
    """Logs after every epoch where the metric will end, and stops a run that will hardly be better than the best one before.

    The forecast stands in the history as ``val_loss_forecast``, beside ``val_loss_p_better``; NaN where there is none yet. Put it before
    callbacks that write logs.

    >>> from curvecast.integrations.keras import ForecastCallback
    >>> model.fit(x, y, validation_split=0.1, epochs=50, callbacks=[ForecastCallback(best=0.31)])  # doctest: +SKIP

    Args:
        monitor: The metric. Its name tells which direction is good, unless ``better`` does.
        best: The value to beat: that of the best run before. None: nothing is stopped, and the forecast is logged.
        at: The epoch where runs are compared, counted from 1. None: the last one.
        below: A run is stopped when it is better than ``best`` with a lower probability than this.
        min_points: No run is stopped before so many epochs.
        options: Further arguments of :func:`curvecast.decide`, such as ``method`` or ``bounds=(0, 1)`` for an accuracy.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        best: Optional[float] = None,
        at: Optional[float] = None,
        below: float = 0.05,
        min_points: int = 4,
        **options: Any,
    ) -> None:
        super().__init__()
        self._monitor = monitor
        self._best = best
        self._at = at
        self._watch = Watch(below, min_points, options)
        self._curve: Dict[float, float] = {}

    def on_train_begin(self, logs: Optional[Dict[str, float]] = None) -> None:
        """Begins a curve; Keras calls this."""
        self._curve = {}

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        """Looks at the curve so far; Keras calls this."""
        if logs is None or self._monitor not in logs:
            logger.warning("no metric is called %s (there are %s)", self._monitor, ", ".join(logs or ()))
            return
        self._curve[float(epoch + 1)] = float(logs[self._monitor])
        at = float(self.params["epochs"] if self._at is None else self._at)
        outlook = self._watch.outlook(self._monitor, self._curve, at=at, best=self._best, resource="epoch")
        # Every epoch has all keys: a history of columns of different lengths is no table.
        ends = ["forecast"] if self._best is None else ["forecast", "p_better"]
        logs.update({f"{self._monitor}_{end}": math.nan for end in ends})
        logs.update(outlook.logs)
        if outlook.stop:
            self.model.stop_training = True
