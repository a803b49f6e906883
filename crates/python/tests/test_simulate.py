"""Replays of sweeps whose ends are known."""

import math

import pytest

import curvecast

EPOCHS = range(1, 31)


def sweep():
    """Ten runs that end a tenth apart, the best one first."""
    return {f"r{k}": (EPOCHS, [0.1 * (k + 1) + 0.8 / t + 0.002 * math.sin(1.7 * t + k) for t in EPOCHS]) for k in range(10)}


def test_a_forecast_saves_epochs_and_keeps_the_best() -> None:
    found = curvecast.simulate(sweep(), policies=["none", "median", "curvecast", "curvecast:pow3"], measure="loss")
    assert (found.runs, found.points, found.winner, found.better, found.at, found.orders) == (10, 300, "r0", "lower", 30.0, 20)
    none, ours = found.policy("none"), found.policy("curvecast")
    assert (none.saved, none.regret, none.points) == (0.0, 0.0, 300.0)
    assert ours.saved > 0.4 and ours.regret < 1e-9 and ours.killed == 0.0 and ours.failed == 0
    assert found.policy("curvecast:pow3").saved > 0.0
    assert found == curvecast.simulate(sweep(), policies=["none", "median", "curvecast", "curvecast:pow3"], measure="loss")


def test_all_policies_and_runs_without_names() -> None:
    found = curvecast.simulate(list(sweep().values()), looks=4, orders=2)
    names = ["none", "patience-1", "patience-3", "median", "successive-halving", "hyperband", "curvecast"]
    assert [p.policy for p in found.policies] == names and found.winner == "1"
    assert found.to_dict()["policies"][0]["saved"] == 0.0
    with pytest.raises(KeyError, match="hyperband"):
        found.policy("hyperbond")


def test_what_cannot_be_replayed_says_why() -> None:
    for asked, why in [({"policies": ["hyperbond"]}, 'did you mean "hyperband"'), ({"top": 0.0}, "share between 0 and 1"), ({"orders": 0}, "orders")]:
        with pytest.raises(ValueError, match=why):
            curvecast.simulate(sweep(), **asked)
    with pytest.raises(ValueError, match="1 of 2 runs"):
        curvecast.simulate([(EPOCHS, [1.0 / t for t in EPOCHS])])
