"""What comes out: frozen dataclasses, which print, compare, pickle and turn into dictionaries."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Dict, Optional, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T", bound="Record")


@dataclass(frozen=True)
class Record:
    """A result or a part of one."""

    def to_dict(self) -> Dict[str, Any]:
        """Nested dictionaries, tuples and numbers, ready for ``json.dumps``."""
        return asdict(self)

    @classmethod
    def of(cls: Type[T], values: Dict[str, Any]) -> T:
        """The record of what the compiled module gives."""
        hints = _hints(cls)
        return cls(**{f.name: _made(hints[f.name], values[f.name]) for f in fields(cls)})


@dataclass(frozen=True)
class Quantile(Record):
    """One quantile."""

    level: float
    """Its level, between 0 and 1."""
    value: Optional[float]
    """Its value, in the units of the measure; None where it has no bound."""


@dataclass(frozen=True)
class Share(Record):
    """An expert behind an answer of ``auto``."""

    name: str
    """Its name."""
    says: str
    """What it does, in a few words."""
    weight: float
    """Its weight, 0 to 1."""
    error: Optional[float]
    """Its root mean square error in the past of the curve, as far ahead as is asked; None where it could not be tested."""


@dataclass(frozen=True)
class PointForecast(Record):
    """The forecast at one place."""

    at: float
    """The resource value."""
    median: Optional[float]
    """The median, in the units of the measure; None where it has no bound."""
    quantiles: Tuple[Quantile, ...]
    """The quantiles, in the order of the levels asked."""
    shares: Tuple[Share, ...]
    """Of ``auto``: the experts behind the answer, the heaviest first."""

    def quantile(self, level: float) -> Optional[float]:
        """The quantile of a level that was asked for."""
        for q in self.quantiles:
            if q.level == level:
                return q.value
        there = ", ".join(str(q.level) for q in self.quantiles)
        raise KeyError(f"no quantile of level {level} was asked for (there are {there}); name it in levels=")


@dataclass(frozen=True)
class Measure(Record):
    """What is known of a measure, told or inferred."""

    better: str
    """Which direction is good: ``lower`` or ``higher``."""
    told: bool
    """Was that told, or inferred from the name and the values?"""
    low: Optional[float]
    """The lowest possible value; None where none is known."""
    high: Optional[float]
    """The highest possible value; None where none is known."""
    percent: bool
    """Does it look like a share in percent?"""


@dataclass(frozen=True)
class TargetResult(Record):
    """How likely a target is reached, and when."""

    target: float
    """The target, in the units of the measure."""
    seen_at: Optional[float]
    """The first resource value seen at which the curve was there already; None where it was not yet."""
    probabilities: Tuple[Tuple[float, float], ...]
    """Every place asked, with the probability that the curve is at the target or beyond it at that place."""
    median: Optional[float]
    """The median of the first resource value at which it is reached; None where that is not within the furthest place."""
    reached_at: Tuple[Quantile, ...]
    """Its quantiles, at the levels asked; their value is None where one is not within the furthest place."""
    within: float
    """The furthest place looked at."""
    reached: float
    """The probability that it is reached within the furthest place."""


@dataclass(frozen=True)
class ForecastResult(Record):
    """The forecast of a curve."""

    points: Tuple[PointForecast, ...]
    """Every place asked."""
    seen: int
    """How many points were seen."""
    last: float
    """The last resource value seen."""
    measure: Measure
    """What is known of the measure."""
    target: Optional[TargetResult]
    """When the target is reached, where one was asked for."""
    warnings: Tuple[str, ...]
    """What looks doubtful."""
    notes: Tuple[str, ...]
    """How things were understood, of which nothing has to be done where it is right."""


@dataclass(frozen=True)
class Decision(Record):
    """Should a run go on, and why."""

    stop: bool
    """Is it to be stopped?"""
    ground: str
    """What that rests on: ``too-few`` points, a ``forecast``, that it has ``diverged``, or that it is ``finished``."""
    p_better: Optional[float]
    """The probability that it is better than the best at the place that counts; None where too little was seen to tell."""
    forecast: Optional[PointForecast]
    """The forecast at that place; None where it was reached, where the run has diverged, and where too little was seen."""
    reason: str
    """All of it in one sentence."""
    seen: int
    """How many finite values were seen."""
    last: float
    """The last resource value seen."""
    value: Optional[float]
    """The last finite value of the measure; None where there is none."""
    warnings: Tuple[str, ...]
    """What looks doubtful."""
    notes: Tuple[str, ...]
    """How things were understood, of which nothing has to be done where it is right."""


@dataclass(frozen=True)
class Interval(Record):
    """An interval."""

    low: Optional[float]
    """Its lower end; None where the data set none."""
    high: Optional[float]
    """Its upper end; None where the data set none."""
    confidence: float
    """Its confidence, between 0 and 1."""
    se: Optional[float]
    """The standard error; None where the method has none."""


@dataclass(frozen=True)
class Estimate(Record):
    """A number with its interval, where there is one."""

    value: float
    """The number."""
    interval: Optional[Interval]
    """Its interval."""
    near: Optional[Tuple[float, float]]
    """Between which values it is nearly as good, for the best size and data."""


@dataclass(frozen=True)
class Parameter(Record):
    """A parameter of a fitted law."""

    name: str
    """Its name."""
    value: float
    """Its value."""
    pinned: bool
    """Was it held?"""
    intervals: Dict[str, Optional[Interval]]
    """Its interval by each method asked for; None where a method gives none."""

    @property
    def interval(self) -> Optional[Interval]:
        """The interval by the first method."""
        return next(iter(self.intervals.values()), None)


@dataclass(frozen=True)
class Prediction(Record):
    """What a law predicts of a run."""

    inputs: Dict[str, float]
    """The run's inputs."""
    loss: Estimate
    """Its loss."""


@dataclass(frozen=True)
class Optimum(Record):
    """The best use of a budget."""

    budget: float
    """FLOP."""
    params: Estimate
    """Parameters."""
    tokens: Estimate
    """Tokens."""
    ratio: Estimate
    """Tokens per parameter."""
    loss: Estimate
    """The loss there."""


@dataclass(frozen=True)
class FitResult(Record):
    """A law, fitted."""

    law: str
    """The law."""
    loss: float
    """The objective at the optimum."""
    status: str
    """How the search ended: ``converged``, ``budget-spent`` or ``stalled``."""
    agreeing: Tuple[int, int]
    """How many searches came to this optimum, and of how many."""
    rows: int
    """Rows that were fitted."""
    runs: int
    """Different runs among them."""
    free: int
    """Parameters that were found, and not held."""
    parameters: Tuple[Parameter, ...]
    """The parameters, in the law's order."""
    predictions: Tuple[Prediction, ...]
    """The runs predicted, in the order asked."""
    optima: Tuple[Optimum, ...]
    """The budgets, in the order asked."""
    warnings: Tuple[str, ...]
    """What looks doubtful."""
    notes: Tuple[str, ...]
    """How things were understood, of which nothing has to be done where it is right."""

    def parameter(self, name: str) -> Parameter:
        """A parameter by its name."""
        for p in self.parameters:
            if p.name == name:
                return p
        raise KeyError(f"{self.law} has no parameter {name!r} (there are {', '.join(p.name for p in self.parameters)})")


@dataclass(frozen=True)
class PolicyResult(Record):
    """What a policy would have done to recorded runs: means over orders."""

    policy: str
    """Its name."""
    points: float
    """Points that were looked at."""
    saved: float
    """The share of all points that were not."""
    best: float
    """The best value of all that was looked at."""
    regret: float
    """How much worse that is than the best value of all runs to their ends."""
    worst: float
    """The largest regret of an order."""
    stopped: float
    """Runs that were stopped before their ends."""
    killed: float
    """Runs of the top that were stopped before they reached their best values."""
    failed: int
    """Forecasts of it that failed; there the run went on."""


@dataclass(frozen=True)
class SimulateResult(Record):
    """What a replay of recorded runs has shown."""

    runs: int
    """How many runs."""
    points: int
    """All their points."""
    top: int
    """How many of the runs are the top."""
    best: float
    """The best value of all runs to their ends."""
    winner: str
    """The run that has it."""
    better: str
    """Which direction of the measure is good: ``lower`` or ``higher``."""
    at: float
    """The resource value at which runs are compared by forecasts."""
    orders: int
    """In how many orders the runs came."""
    policies: Tuple[PolicyResult, ...]
    """Every policy, in the order asked."""

    def policy(self, name: str) -> PolicyResult:
        """A policy by its name."""
        for p in self.policies:
            if p.policy == name:
                return p
        raise KeyError(f"no policy {name!r} was replayed (there are {', '.join(p.policy for p in self.policies)})")


@dataclass(frozen=True)
class LawParameter(Record):
    """A parameter of a law."""

    name: str
    """Its name."""
    domain: str
    """Where it lives: ``positive``, ``between 0 and 1`` …"""
    doc: str
    """What it means, in a few words."""


@dataclass(frozen=True)
class Law(Record):
    """A law of the catalogue."""

    name: str
    """Its name; ``method=`` takes that of a law of one input, ``law=`` any that reads no schedule."""
    title: str
    """Its name in words."""
    formula: str
    """The formula, in plain text."""
    inputs: Tuple[str, ...]
    """What it reads, in order."""
    parameters: Tuple[LawParameter, ...]
    """Its parameters, in order."""
    cite: str
    """The key of its source in ``references.bib``."""


_HINTS: Dict[type, Dict[str, Any]] = {}


def _hints(cls: type) -> Dict[str, Any]:
    """The types of the fields; looking them up takes longer than a forecast."""
    if cls not in _HINTS:
        _HINTS[cls] = get_type_hints(cls)
    return _HINTS[cls]


def _made(hint: Any, value: Any) -> Any:
    """A value as its type says: dictionaries become records, lists tuples."""
    if value is None:
        return None
    origin, args = get_origin(hint), get_args(hint)
    if origin is Union:
        return _made(args[0], value)
    if origin is tuple:
        return tuple(_made(args[0], v) for v in value)
    if origin is dict:
        return {k: _made(args[1], v) for k, v in dict(value).items()}
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.of(value)
    return value
