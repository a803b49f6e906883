"""What all adapters do: hold the curve of a run against the best one, and say so."""

from __future__ import annotations

import logging
import math
from typing import Any, Dict, Mapping, NamedTuple, Optional

from .. import Decision, decide, forecast

logger = logging.getLogger("curvecast")


class Outlook(NamedTuple):
    """What a callback does with a run."""

    stop: bool
    """Is it stopped?"""
    logs: Dict[str, float]
    """What is logged beside the metric: its forecast, and the probability to be better than the best."""


class Watch:
    """The rule by which runs are stopped: :func:`curvecast.decide` with some of its arguments.

    Args:
        below: A run is stopped when it ends better than the best one with a lower probability than this.
        min_points: No run is stopped before so many points were logged.
        options: Further arguments of ``decide``: ``method``, ``better``, ``bounds`` …
    """

    def __init__(self, below: float, min_points: int, options: Mapping[str, Any]) -> None:
        self.below = below
        self.min_points = min_points
        self.options = dict(options)
        # A slip in an argument is met now, and not after hours of training: of one point nothing is predicted, but all is looked at.
        value = self.options.get("bounds") or (1.0,)
        decide([1.0], [value[0]], at=2.0, best=value[0], below=below, min_points=2, **{**self.options, "warn": False})

    def decision(self, curve: Mapping[float, float], *, at: float, best: Optional[float], **known: Any) -> Optional[Decision]:
        """The decision on a curve (resource to value); None where nothing is to be beaten, or there is no answer.

        ``known`` are arguments of ``decide`` that the tool knows; those that a person gave come first.
        """
        if not curve or best is None or not math.isfinite(best):
            return None
        asked = {**known, **self.options, "at": at, "best": best, "below": self.below, "min_points": self.min_points}
        found: Optional[Decision] = _asked(decide, curve, asked)
        if found is not None and found.stop:
            logger.info("stopped: %s", found.reason)
        return found

    def outlook(self, name: str, curve: Mapping[float, float], *, at: float, best: Optional[float], **known: Any) -> Outlook:
        """The decision on a curve of the metric of this name, with what is to be logged of it; a forecast alone where nothing is to be beaten."""
        logs = {}
        known = {"measure": name, **known}
        if best is None:
            if len(curve) < self.min_points or max(curve) >= at:
                return Outlook(False, {})
            found = _asked(forecast, curve, {**known, **self.options, "at": at})
            point = None if found is None else found.points[0]
            stop = False
        else:
            decision = self.decision(curve, at=at, best=best, **known)
            point = None if decision is None else decision.forecast
            stop = decision is not None and decision.stop
            if decision is not None and decision.p_better is not None:
                logs[f"{name}_p_better"] = decision.p_better
        if point is not None and point.median is not None:
            logs[f"{name}_forecast"] = point.median
        return Outlook(stop, logs)


def _asked(function: Any, curve: Mapping[float, float], asked: Mapping[str, Any]) -> Any:
    """The answer; a run goes on where there is none. Doubts are logged: as warnings they would come again with every observation."""
    x = sorted(curve)
    try:
        found = function(x, [curve[v] for v in x], **{"warn": False, **asked})
    except ValueError as why:
        logger.warning("no forecast: %s", why)
        return None
    for text in found.warnings:
        logger.debug("%s", text)
    return found
