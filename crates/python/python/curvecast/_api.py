"""The functions: arrays in, records out, warnings on the way."""

from __future__ import annotations

import warnings
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar

from . import _curvecast
from ._arrays import called, column, places
from ._results import Decision, FitResult, ForecastResult, Law, Record, SimulateResult

#: Levels of quantiles that are given when none are asked.
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

R = TypeVar("R", bound=Record)


class CurvecastWarning(UserWarning):
    """Something to look at before an answer is used; it also stands in ``warnings`` of the result. How things were understood is a note: it
    stands in ``notes`` alone."""


def forecast(
    x: Any,
    y: Any,
    at: Any = None,
    *,
    better: Optional[str] = None,
    bounds: Optional[Tuple[float, float]] = None,
    method: str = "auto",
    levels: Sequence[float] = LEVELS,
    target: Optional[float] = None,
    schedule: Any = None,
    earlier: Optional[Iterable[Tuple[Any, ...]]] = None,
    seed: int = 0,
    keep_first: bool = False,
    resource: Optional[str] = None,
    measure: Optional[str] = None,
    warn: bool = True,
) -> ForecastResult:
    """Forecast how a run goes on.

    >>> import curvecast
    >>> epochs = range(1, 31)
    >>> loss = [0.4 + 0.9 * t**-0.6 for t in epochs]
    >>> point = curvecast.forecast(epochs, loss, at=100).points[0]
    >>> point.median, point.quantile(0.05), point.quantile(0.95)  # doctest: +SKIP

    Args:
        x: The resource at every observation (epoch, step, tokens), increasing. Shape (n,).
        y: The measure there (loss, accuracy), in any units. Shape (n,). NaN and infinite values are left out, with a warning.
        at: One resource value or several, beyond the last ``x``. Shape () or (k,). None, with a target: at 1.5, 2, 3, 5 and 10 times
            what was seen.
        better: Which direction of the measure is good, ``"lower"`` or ``"higher"``. None: as its name says, else as its values move.
        bounds: The lowest and the highest possible value, (0, 1) for an accuracy. None: as values and direction suggest.
        method: Who answers: ``auto`` (experts weighed by back-tests and a network; with a ``schedule`` the network alone), ``pfn``, ``least-squares``, ``persist``,
            ``log-linear``, ``schedule``, or a law of one input by its name (``pow3``, ``mmf`` …; see :func:`laws`).
        levels: Levels of the quantiles, between 0 and 1. Shape (q,).
        target: A value of the measure, of which it is asked how likely it is reached, and when.
        schedule: The learning rate at every step from 0 to the planned end of the run, and to the largest ``at`` at least, where ``x`` is the step. Shape
            (steps + 1,).
        earlier: Earlier runs of the same project, in the same units, each as (x, y), or as (x, y, schedule) with the learning rate at every step of it from 0
            on. Where ``schedule`` is given, those that have one are heard.
        seed: The seed of methods that draw.
        keep_first: Is a first point kept that looks like no part of the curve?
        resource: What the resource is called. None: the name of the pandas or polars series ``x``.
        measure: What the measure is called; a name such as ``val_loss`` or ``accuracy`` tells which direction is good. None: the name of
            the pandas or polars series ``y``.
        warn: Are doubts issued as :class:`CurvecastWarning`? They stand in the result in any case.

    Returns:
        The quantiles at every place (``points``), what was understood of the measure, when the target is reached (``target``), and
        what is doubtful.

    Raises:
        ValueError: There is no answer; the message says why and what to do.
    """
    options = _options(better, bounds, method, levels, target, schedule, earlier, seed, keep_first)
    found = _curvecast.forecast(_points(x, y, resource, measure), [] if at is None else places(at, "at"), options)
    return _said(ForecastResult, found, warn)


def decide(
    x: Any,
    y: Any,
    *,
    at: float,
    best: float,
    below: float = 0.05,
    min_points: int = 4,
    better: Optional[str] = None,
    bounds: Optional[Tuple[float, float]] = None,
    method: str = "auto",
    levels: Sequence[float] = LEVELS,
    schedule: Any = None,
    earlier: Optional[Iterable[Tuple[Any, ...]]] = None,
    seed: int = 0,
    keep_first: bool = False,
    resource: Optional[str] = None,
    measure: Optional[str] = None,
    warn: bool = True,
) -> Decision:
    """Should this run be stopped, because it will hardly beat the best one, or has diverged?

    >>> import curvecast
    >>> epochs = range(1, 13)
    >>> loss = [0.5 + 0.9 * t**-0.6 for t in epochs]
    >>> decision = curvecast.decide(epochs, loss, at=50, best=0.42)
    >>> decision.stop, decision.p_better, decision.reason  # doctest: +SKIP

    Args:
        x: The resource at every observation so far, increasing. Shape (n,).
        y: The measure there. Shape (n,). A run that is NaN or infinite to its end has diverged.
        at: The place that counts, in the units of ``x``: where the run ends, or where all are compared.
        best: The value to beat there, in the units of ``y``: that of the best run so far.
        below: The run is stopped when it is better than ``best`` with a lower probability than this. Between 0 and 1.
        min_points: No run is stopped before so many points were logged.
        better, bounds, method, levels, schedule, earlier, seed, keep_first, resource, measure, warn: As in :func:`forecast`.

    Returns:
        Whether to stop (``stop``), the probability to be better (``p_better``), the forecast at the end, and the reason in words.

    Raises:
        ValueError: There is no answer; the message says why and what to do.
    """
    options = _options(better, bounds, method, levels, None, schedule, earlier, seed, keep_first)
    against = {"at": float(at), "best": float(best), "below": float(below), "min_points": min_points}
    return _said(Decision, _curvecast.decide(_points(x, y, resource, measure), against, options), warn)


def fit(
    runs: Any,
    loss: Any = "loss",
    law: str = "chinchilla",
    *,
    run: Any = None,
    weights: Any = None,
    unit: str = "nats",
    objective: str = "log-huber",
    delta: float = 1e-3,
    pinned: Optional[Mapping[str, float]] = None,
    intervals: Sequence[str] = ("bootstrap",),
    confidence: float = 0.9,
    resamples: int = 400,
    keep: int = 4,
    predict: Iterable[Mapping[str, float]] = (),
    budgets: Any = (),
    flop_per: float = 6.0,
    slack: float = 1e-3,
    starts: int = 400,
    seed: int = 0,
    warn: bool = True,
) -> FitResult:
    """Fit a law to runs: parameters with intervals, predictions, and the best use of compute.

    >>> import curvecast
    >>> size, data = [1e7, 3e7, 1e8] * 3, [4e8] * 3 + [2e9] * 3 + [1e10] * 3
    >>> loss = [1.8 + 480 * n**-0.35 + 2100 * d**-0.37 for n, d in zip(size, data)]
    >>> fitted = curvecast.fit({"params": size, "tokens": data}, loss, budgets=[1e21], resamples=0)
    >>> fitted.parameter("alpha").value, fitted.optima[0].params.value  # doctest: +SKIP

    Args:
        runs: Columns by the names of the law's inputs, each of shape (n,): a dictionary or a DataFrame with a row for every run or
            checkpoint. Counts are plain numbers, not millions. Other columns are not looked at.
        loss: The loss of every row, shape (n,), or the name of a column of ``runs``.
        law: The law (see :func:`laws`).
        run: The run of every row, shape (n,), of any values, or the name of a column: checkpoints of a run err together.
            None: the column ``run`` where there is one, else every row is a run of its own.
        weights: The weight of every row, shape (n,), or the name of a column. None: equal weights.
        unit: What the loss is counted in: ``nats`` (or anything else, left alone), ``bits`` or ``perplexity``.
        objective: What is minimised: ``log-huber``, ``log-squares``, ``squares`` or ``huber``.
        delta: Where a Huber loss turns linear.
        pinned: Parameters that are held.
        intervals: Where intervals come from: ``bootstrap``, ``laplace``, ``profile``; the first one serves predictions and optima too.
        confidence: Confidence of the intervals, between 0 and 1.
        resamples: Resamples of runs behind the bootstrap; 0 for none.
        keep: Cells or starts that are polished in each resample.
        predict: Runs to be predicted, each with a value of every input.
        budgets: Compute in FLOP, for each of which the best size and data are asked. Shape () or (k,).
        flop_per: FLOP per parameter and token.
        slack: What is nearly best loses no more than this share.
        starts: Starts of the search that are drawn, for a law that is no sum of powers.
        seed: The seed of starts and resamples.
        warn: Are doubts issued as :class:`CurvecastWarning`? They stand in the result in any case.

    Returns:
        Parameters, predictions and optima with their intervals, how the search ended, and what is doubtful.

    Raises:
        ValueError: There is no fit; the message says why and what to do.
    """
    read = [name for entry in _curvecast.laws() if entry["name"] == law.replace("-", "_") for name in entry["inputs"]]
    if run is None and "run" in runs:
        run = "run"
    rows = {
        "inputs": {name: column(runs[name], name) for name in read if name in runs},
        "loss": column(_given(runs, loss), "loss"),
        "runs": [] if run is None else _numbered(_given(runs, run)),
        "weights": [] if weights is None else column(_given(runs, weights), "weights"),
        "unit": unit,
    }
    options = {
        "law": law,
        "objective": objective,
        "delta": float(delta),
        "starts": starts,
        "pinned": _named(pinned or {}),
        "intervals": list(intervals),
        "confidence": float(confidence),
        "resamples": resamples,
        "keep": keep,
        "predict": [_named(inputs) for inputs in predict],
        "budgets": places(budgets, "budgets"),
        "flop_per": float(flop_per),
        "slack": float(slack),
        "seed": seed,
    }
    return _said(FitResult, _curvecast.fit(rows, options), warn)


def simulate(
    runs: Any,
    *,
    policies: Optional[Sequence[str]] = None,
    at: Optional[float] = None,
    below: float = 0.05,
    min_points: int = 4,
    looks: int = 20,
    top: float = 0.1,
    orders: int = 20,
    seed: int = 0,
    better: Optional[str] = None,
    bounds: Optional[Tuple[float, float]] = None,
    method: str = "auto",
    schedule: Any = None,
    earlier: Optional[Iterable[Tuple[Any, ...]]] = None,
    keep_first: bool = False,
    resource: Optional[str] = None,
    measure: Optional[str] = None,
) -> SimulateResult:
    """What would stopping runs early have saved, and cost? Recorded runs of a sweep are replayed under policies.

    >>> import curvecast
    >>> epochs = range(1, 31)
    >>> runs = {f"run {k}": (epochs, [0.1 * k + 0.8 / t for t in epochs]) for k in range(1, 11)}
    >>> replayed = curvecast.simulate(runs, policies=["none", "median", "curvecast"])
    >>> {p.policy: (p.saved, p.regret) for p in replayed.policies}  # doctest: +SKIP

    Of a DataFrame with a row for every observation: ``{name: (g.epoch, g.val_loss) for name, g in table.groupby("run")}``.

    Args:
        runs: The runs: a dictionary of names with (x, y), or a sequence of (x, y), which are called 1, 2, 3 … x and y as in :func:`forecast`.
        policies: ``none``, ``patience-N``, ``median``, ``successive-halving``, ``hyperband``, ``curvecast``, ``curvecast:METHOD``. None: all.
        at: Where runs are compared by forecasts. None: where the longest run ends.
        below: Curvecast stops a run that is better than the best so far with a lower probability than this.
        min_points: Curvecast and the median rule stop no run before so many points.
        looks: At how many places, evenly along a run, Curvecast asks for a forecast.
        top: Which share of the runs are its top: those that should not be killed.
        orders: In how many orders the runs come: the first one as given, the others drawn.
        seed: The seed of the orders, and of methods that draw.
        better, bounds, method, schedule, earlier, keep_first, resource, measure: As in :func:`forecast`.

    Returns:
        For every policy the share of points saved, the regret, and how many of the top runs it killed.

    Raises:
        ValueError: The runs cannot be replayed; the message says why and what to do.
    """
    named = runs.items() if isinstance(runs, Mapping) else ((str(k), run) for k, run in enumerate(runs, 1))
    options = _options(better, bounds, method, LEVELS, None, schedule, earlier, seed, keep_first)
    replay = {
        "policies": None if policies is None else list(policies),
        "at": None if at is None else float(at),
        "below": float(below),
        "min_points": min_points,
        "looks": looks,
        "top": float(top),
        "orders": orders,
        "seed": seed,
    }
    given = [(str(name), _points(x, y, resource, measure)) for name, (x, y) in named]
    return SimulateResult.of(_curvecast.simulate(given, replay, options))


def laws() -> List[Law]:
    """The catalogue of laws.

    >>> import curvecast
    >>> next(law.formula for law in curvecast.laws() if law.name == "pow3")
    'c - a * x^-alpha'
    """
    return [Law.of(law) for law in _curvecast.laws()]


def _options(
    better: Optional[str],
    bounds: Optional[Tuple[float, float]],
    method: str,
    levels: Sequence[float],
    target: Optional[float],
    schedule: Any,
    earlier: Optional[Iterable[Tuple[Any, ...]]],
    seed: int,
    keep_first: bool,
) -> Dict[str, Any]:
    return {
        "better": better,
        "bounds": None if bounds is None else tuple(places(bounds, "bounds")),
        "method": method,
        "levels": places(levels, "levels"),
        "target": None if target is None else float(target),
        "schedule": None if schedule is None else column(schedule, "schedule"),
        "earlier": [_earlier(*run) for run in earlier or ()],
        "seed": seed,
        "keep_first": keep_first,
    }


def _earlier(x: Any, y: Any, schedule: Any = None) -> Tuple[Dict[str, Any], Optional[List[float]]]:
    return _points(x, y), None if schedule is None else column(schedule, "schedule")


def _points(x: Any, y: Any, resource: Optional[str] = None, measure: Optional[str] = None) -> Dict[str, Any]:
    resource, measure = resource or called(x, "x"), measure or called(y, "y")
    return {"x": column(x, resource), "y": column(y, measure), "resource": resource, "measure": measure}


def _given(runs: Any, values: Any) -> Any:
    """A column, or that of this name."""
    if not isinstance(values, str):
        return values
    if values not in runs:
        there = ", ".join(map(str, getattr(runs, "columns", runs)))
        raise ValueError(f"the runs have no column {values!r} (there are {there})")
    return runs[values]


def _numbered(names: Iterable[Any]) -> List[int]:
    """Names as numbers, in the order in which they appear."""
    places: Dict[str, int] = {}
    return [places.setdefault(str(name), len(places)) for name in names]


def _named(numbers: Mapping[str, float]) -> Dict[str, float]:
    return {str(name): float(value) for name, value in numbers.items()}


def _said(kind: Type[R], found: Dict[str, Any], warn: bool) -> R:
    """The record, and its warnings at the place of the call."""
    for text in found["warnings"] if warn else ():
        warnings.warn(text, CurvecastWarning, stacklevel=3)
    return kind.of(found)
