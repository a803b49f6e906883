"""Forecast training runs, fit scaling laws to them, and stop those that will not win.

- :func:`forecast`: how one curve goes on, and when it reaches a target;
- :func:`decide`: should a run be stopped?
- :func:`simulate`: what would stopping have saved on runs that are recorded?
- :func:`fit`: a law on one's own runs, with intervals, predictions and the best use of compute;
- :func:`laws`: the catalogue.

The same names and the same numbers as the program ``curvecast``. Adapters for Optuna, Ray Tune, Transformers, Lightning and Keras are in
:mod:`curvecast.integrations`.
"""

from ._api import CurvecastWarning, decide, fit, forecast, laws, simulate
from ._curvecast import __version__
from ._results import (
    Decision,
    Estimate,
    FitResult,
    ForecastResult,
    Interval,
    Law,
    LawParameter,
    Measure,
    Optimum,
    Parameter,
    PointForecast,
    PolicyResult,
    Prediction,
    Quantile,
    Share,
    SimulateResult,
    TargetResult,
)

__all__ = [
    "CurvecastWarning",
    "Decision",
    "Estimate",
    "FitResult",
    "ForecastResult",
    "Interval",
    "Law",
    "LawParameter",
    "Measure",
    "Optimum",
    "Parameter",
    "PointForecast",
    "PolicyResult",
    "Prediction",
    "Quantile",
    "Share",
    "SimulateResult",
    "TargetResult",
    "__version__",
    "decide",
    "fit",
    "forecast",
    "laws",
    "simulate",
]
