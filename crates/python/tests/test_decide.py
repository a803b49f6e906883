"""Decisions on runs whose ends are known."""

import math
import pickle

import pytest
from conftest import power

import curvecast

X = list(range(1, 16))
Y = [power(x) for x in X]
END = power(50)


def test_a_run_is_stopped_when_it_will_hardly_win() -> None:
    hopeless = curvecast.decide(X, Y, at=50, best=0.5 * END)
    assert hopeless.stop and hopeless.ground == "forecast" and hopeless.p_better < 0.05
    assert hopeless.reason.startswith("P(final below ") and hopeless.forecast.at == 50.0
    winning = curvecast.decide(X, Y, at=50, best=1.5 * END)
    assert not winning.stop and winning.p_better > 0.95
    assert winning.forecast == hopeless.forecast
    assert (winning.seen, winning.last, winning.value) == (15, 15.0, Y[-1])


def test_the_forecast_is_that_of_forecast() -> None:
    decision = curvecast.decide(X, Y, at=50, best=END)
    assert decision.forecast == curvecast.forecast(X, Y, 50).points[0]
    q = decision.forecast.quantile(0.25)
    assert abs(curvecast.decide(X, Y, at=50, best=q).p_better - 0.25) < 1e-6


def test_below_says_how_sure_one_has_to_be() -> None:
    p = curvecast.decide(X, Y, at=50, best=0.95 * END).p_better
    assert 0.0 < p < 1.0
    assert not curvecast.decide(X, Y, at=50, best=0.95 * END, below=p / 2).stop
    assert curvecast.decide(X, Y, at=50, best=0.95 * END, below=(1 + p) / 2).stop


def test_more_is_better_where_that_is_so() -> None:
    accuracy = [1 - y for y in Y]
    assert curvecast.decide(X, accuracy, at=50, best=0.99, measure="accuracy").stop
    assert not curvecast.decide(X, accuracy, at=50, best=0.1, measure="accuracy").stop


def test_too_few_points_diverged_and_finished() -> None:
    few = curvecast.decide(X[:3], Y[:3], at=50, best=0.0)
    assert (few.stop, few.ground, few.p_better, few.forecast) == (False, "too-few", None, None)
    assert curvecast.decide(X[:9], Y[:9], at=50, best=0.0, min_points=10).ground == "too-few"
    # The numbers that are seen do not matter then.
    diverged = curvecast.decide(X, [*Y[:-1], math.nan], at=50, best=10.0, warn=False)
    assert (diverged.stop, diverged.ground, diverged.p_better) == (True, "diverged", 0.0)
    assert curvecast.decide(X, [math.nan] * 15, at=50, best=10.0, warn=False).ground == "diverged"
    finished = curvecast.decide(X, Y, at=15, best=10.0)
    assert (finished.stop, finished.ground, finished.p_better) == (False, "finished", 1.0)


def test_what_cannot_be_decided_says_why() -> None:
    for asked, why in [({"best": math.nan}, "value to beat"), ({"best": 1, "below": 5}, "between 0 and 1"), ({"best": 1, "at": math.inf}, "place")]:
        with pytest.raises(ValueError, match=why):
            curvecast.decide(X, Y, **{"at": 50, **asked})


def test_a_decision_is_plain() -> None:
    decision = curvecast.decide(X, Y, at=50, best=END)
    assert pickle.loads(pickle.dumps(decision)) == decision
    assert decision.to_dict()["forecast"]["at"] == 50.0
