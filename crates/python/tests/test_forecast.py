"""Forecasts of curves whose future is known."""

import json
import math
import pickle
import warnings

import numpy as np
import pytest
from conftest import power

import curvecast

X = list(range(1, 31))
Y = [power(x) for x in X]


def test_a_curve_is_predicted_with_bands() -> None:
    found = curvecast.forecast(X, Y, [60, 100])
    assert [p.at for p in found.points] == [60.0, 100.0]
    for p in found.points:
        values = [q.value for q in p.quantiles]
        assert values == sorted(values) and p.median == p.quantile(0.5)
        assert abs(p.median - power(p.at)) < 0.05
        assert p.quantile(0.05) < power(p.at) < p.quantile(0.95)
        assert 0.99 < sum(s.weight for s in p.shares) < 1.01
    assert (found.seen, found.last, found.measure.better, found.measure.told) == (30, 30.0, "lower", False)
    assert found.warnings == ()


@pytest.mark.parametrize("method", ["auto", "pfn", "least-squares", "persist", "log-linear", "pow3", "mmf"])
def test_every_method_answers(method: str) -> None:
    point = curvecast.forecast(X, Y, 100, method=method).points[0]
    assert point.quantile(0.05) <= point.median <= point.quantile(0.95)


def test_levels_are_those_asked() -> None:
    point = curvecast.forecast(X, Y, 100, levels=[0.1, 0.9]).points[0]
    assert [q.level for q in point.quantiles] == [0.1, 0.9]
    with pytest.raises(KeyError, match="0.1, 0.9"):
        point.quantile(0.5)


def test_a_target_is_reached_where_the_curve_reaches_it() -> None:
    # 0.4 + 0.9 x^-0.6 is 0.47 at (0.9 / 0.07)^(1 / 0.6), about 70.
    found = curvecast.forecast(X, Y, target=0.47)
    assert [p.at for p in found.points] == [45.0, 60.0, 90.0, 150.0, 300.0]
    target = found.target
    assert target is not None and target.seen_at is None and target.within == 300.0
    assert 45 < target.median < 110
    assert [at for at, _ in target.probabilities] == [p.at for p in found.points]
    assert target.probabilities[-1][1] > 0.7 > 0.2 > target.probabilities[0][1]
    assert target.reached >= target.probabilities[-1][1]
    assert [q.level for q in target.reached_at] == [0.05, 0.25, 0.5, 0.75, 0.95] and target.reached_at[2].value == target.median
    assert curvecast.forecast(X, Y, 60).target is None
    assert curvecast.forecast(X, Y, 60, target=0.7).target.seen_at == 7.0


def test_a_direction_is_told_by_a_name_or_by_a_person() -> None:
    rising = [1 - y for y in Y]
    assert curvecast.forecast(X, rising, 60).measure.better == "higher"
    with pytest.warns(curvecast.CurvecastWarning, match="rises"):
        named = curvecast.forecast(X, rising, 60, measure="val_loss")
    assert named.measure.better == "lower" and not named.measure.told
    told = curvecast.forecast(X, rising, 60, better="higher", bounds=(-1, 1))
    assert told.measure == curvecast.Measure("higher", True, -1.0, 1.0, False)


def test_earlier_runs_are_heard() -> None:
    earlier = [(range(1, 61), [power(x, floor, 2.0, 0.5) for x in range(1, 61)]) for floor in 0.9 + 0.02 * np.arange(8)]
    x, y = X[:6], [power(x, 1.0, 2.0, 0.5) for x in X[:6]]

    def width(point: curvecast.PointForecast) -> float:
        return point.quantile(0.95) - point.quantile(0.05)

    alone = curvecast.forecast(x, y, 60).points[0]
    informed = curvecast.forecast(x, y, 60, earlier=earlier).points[0]
    assert width(informed) < 0.8 * width(alone)


def test_a_schedule_that_falls_is_predicted() -> None:
    def rate(s: float) -> float:
        return 1.0 if s <= 8000 else 1.0 - (s - 8000) / 2000

    def loss(s: float) -> float:
        return 2.0 + 3.0 * (s + 200) ** -0.4 - 0.08 * (1.0 - rate(s))

    x = np.arange(100, 9001, 100)
    y = [loss(s) for s in x]
    schedule = 3e-4 * np.maximum([rate(s) for s in range(10_001)], 0.0)
    blind = curvecast.forecast(x, y, 10_000, method="pow3", warn=False).points[0].median
    found = curvecast.forecast(x, y, 10_000, schedule=schedule, warn=False).points[0].median
    assert abs(found - loss(10_000)) < 0.5 * abs(blind - loss(10_000))


def test_what_is_doubtful_is_warned_of_and_stands_in_the_result() -> None:
    zero = [0.0, *Y]
    with pytest.warns(curvecast.CurvecastWarning, match="keep_first=True") as caught:
        found = curvecast.forecast(range(31), zero, 100, better="lower")
    assert found.seen == 30 and [str(w.message) for w in caught] == list(found.warnings)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert curvecast.forecast(range(31), zero, 100, better="lower", warn=False) == found
        assert curvecast.forecast(range(31), zero, 100, better="lower", keep_first=True, warn=False).seen == 31


def test_how_things_were_understood_is_a_note_and_no_warning() -> None:
    percent = [100 - 60 * x**-0.5 for x in X]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = curvecast.forecast(X, percent, 60, measure="accuracy")
        law = curvecast.forecast(range(31), [power(x + 1) for x in range(31)], 60, method="pow3", resource="step")
    assert found.warnings == () and found.measure.percent
    assert len(found.notes) == 1 and found.notes[0].startswith("values look like percent: bounds of 0 and 100 are taken")
    assert (law.seen, law.warnings, law.notes) == (30, (), ("pow3 has no value at step 0: the point there is left out",))
    assert found.to_dict()["notes"] == found.notes
    # A direction that is not the one of the name may be a mistake.
    with pytest.warns(curvecast.CurvecastWarning, match="the series rises, and lower is said to be better"):
        assert curvecast.forecast(X, percent, 60, measure="val_loss").notes == ()


def test_what_is_no_number_is_left_out_and_said() -> None:
    holes = [math.nan if x in (7, 12, 13) else y for x, y in zip(X, Y)]
    with pytest.warns(curvecast.CurvecastWarning, match="NaN or infinite in 3 rows, the first in line 7"):
        assert curvecast.forecast(X, holes, 100).seen == 27
    with pytest.warns(curvecast.CurvecastWarning, match=r"diverged: loss is NaN or infinite from line 28 \(epoch 28\)"):
        ended = curvecast.forecast(X, [*Y[:27], math.inf, math.nan, math.nan], 100, resource="epoch", measure="loss")
    assert (ended.seen, ended.last) == (27, 27.0)
    # Logged every fifth epoch: nothing is lost.
    woven = curvecast.forecast(range(1, 153), [power(x) if x % 5 == 0 else math.nan for x in range(1, 153)], 300)
    assert (woven.seen, woven.last, woven.warnings) == (30, 150.0, ())


@pytest.mark.parametrize(
    "asked, why",
    [
        ({"at": 3}, "not beyond the last"),
        ({"at": []}, "a point or more"),
        ({"at": 60, "method": "pnf"}, 'did you mean "pfn"'),
        ({"at": 60, "better": "up"}, '"lower", "higher"'),
        ({"at": 60, "bounds": (1, 0)}, "the lower one"),
        ({"at": 60, "levels": [5, 95]}, "between 0 and 1"),
        ({"at": 60, "x": X[:3], "y": Y[:3]}, "a forecast needs 4"),
        ({"at": 60, "y": Y[:29]}, "30 against 29"),
        ({"at": 60, "x": X[::-1]}, "must strictly increase"),
        ({"at": 60, "y": [math.nan] * 30}, "NaN"),
        ({"at": 60, "x": [], "y": []}, "at least one"),
        ({"at": 60, "y": [[y] for y in Y]}, "2 dimensions"),
        ({"at": 60, "y": ["many"] * 30}, "give numbers"),
        ({"at": 60, "y": [-y for y in Y], "method": "pfn"}, r"bounds=\(-1, 1\)"),
    ],
)
def test_what_cannot_be_predicted_says_why(asked, why: str) -> None:
    given = {"x": X, "y": Y, **asked}
    with pytest.raises(ValueError, match=why):
        curvecast.forecast(given.pop("x"), given.pop("y"), **given)


def test_results_are_plain() -> None:
    found = curvecast.forecast(X, Y, [60, 100])
    assert pickle.loads(pickle.dumps(found)) == found
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert again["points"][1]["median"] == found.points[1].median and again["measure"]["high"] is None
    assert repr(found).startswith("ForecastResult(points=(PointForecast(at=60.0, median=")
    with pytest.raises(AttributeError):
        found.seen = 3
