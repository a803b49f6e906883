"""Fits of laws whose parameters are known."""

import threading

import numpy as np
import pytest

import curvecast

SIZE = np.repeat(1e7 * 3.0 ** np.arange(6), 8)
DATA = np.tile(4e8 * 2.2 ** np.arange(8), 6)
EXACT = 1.8 + 480.0 * SIZE**-0.35 + 2100.0 * DATA**-0.37
NOISY = EXACT * (1.0 + 0.005 * np.sin(1.7 * np.arange(48)))
RUNS = {"params": SIZE, "tokens": DATA}


def test_a_surface_is_found_again() -> None:
    found = curvecast.fit(RUNS, EXACT, resamples=0)
    assert (found.law, found.rows, found.runs, found.free) == ("chinchilla", 48, 48, 5)
    assert found.status in ("converged", "stalled", "budget-spent") and 1 <= found.agreeing[0] <= found.agreeing[1]
    values = {p.name: p.value for p in found.parameters}
    assert values == pytest.approx({"e": 1.8, "a": 480.0, "b": 2100.0, "alpha": 0.35, "beta": 0.37}, rel=1e-3)
    assert found.parameter("alpha").interval is None
    with pytest.raises(KeyError, match="alpha"):
        found.parameter("gamma")


def test_intervals_predictions_and_optima() -> None:
    run = {"params": 70e9, "tokens": 1.4e12}
    found = curvecast.fit(RUNS, NOISY, run=np.repeat(list("abcdef"), 8), resamples=40, predict=[run], budgets=1e24)
    assert found.runs == 6
    interval = found.parameter("alpha").interval
    assert interval.low < found.parameter("alpha").value < interval.high and interval.confidence == 0.9
    prediction = found.predictions[0]
    truth = 1.8 + 480.0 * run["params"] ** -0.35 + 2100.0 * run["tokens"] ** -0.37
    assert prediction.inputs == run and prediction.loss.value == pytest.approx(truth, rel=0.02)
    optimum = found.optima[0]
    low, high = optimum.params.near
    assert low < optimum.params.value < high and optimum.budget == 1e24
    assert 6 * optimum.params.value * optimum.tokens.value == pytest.approx(1e24, rel=1e-6)
    assert found == curvecast.fit(RUNS, NOISY, run=np.repeat(list("abcdef"), 8), resamples=40, predict=[run], budgets=[1e24])


def test_methods_of_intervals_by_name() -> None:
    found = curvecast.fit(RUNS, NOISY, resamples=25, intervals=["laplace", "bootstrap"])
    alpha = found.parameter("alpha")
    assert list(alpha.intervals) == ["laplace", "bootstrap"] and alpha.interval == alpha.intervals["laplace"]
    with pytest.raises(ValueError, match="bootstrap, laplace, profile"):
        curvecast.fit(RUNS, NOISY, intervals=["jackknife"])


def test_a_table_with_other_columns() -> None:
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({**RUNS, "final": NOISY, "run": np.repeat(range(6), 8), "note": "x"})
    found = curvecast.fit(table, "final", resamples=0)
    # The column `run` is taken where there is one.
    assert found.runs == 6
    assert found.parameters == curvecast.fit(RUNS, NOISY, run=table["run"], resamples=0).parameters
    with pytest.raises(ValueError, match="no column 'loss'.*final"):
        curvecast.fit(table)
    pl = pytest.importorskip("polars")
    assert curvecast.fit(pl.DataFrame(table.to_dict("list")), "final", resamples=0) == found


def test_units_weights_and_what_is_held() -> None:
    nats = curvecast.fit(RUNS, EXACT, resamples=0)
    for unit, loss in [("bits", EXACT / np.log(2)), ("perplexity", np.exp(EXACT))]:
        found = curvecast.fit(RUNS, loss, unit=unit, resamples=0, warn=False)
        assert found.parameter("alpha").value == pytest.approx(nats.parameter("alpha").value, rel=1e-3)
    held = curvecast.fit(RUNS, NOISY, pinned={"alpha": 0.35}, resamples=0).parameter("alpha")
    assert (held.value, held.pinned) == (0.35, True)
    heavy = curvecast.fit(RUNS, NOISY, weights=np.where(SIZE > 1e8, 9.0, 1.0), resamples=0)
    assert heavy.parameter("alpha").value != curvecast.fit(RUNS, NOISY, resamples=0).parameter("alpha").value
    assert curvecast.fit(RUNS, NOISY, objective="squares", resamples=0).loss > 0.0


def test_rows_that_lack_a_number_are_left_out_and_said() -> None:
    holes = np.where(np.arange(48) % 16 == 3, np.nan, EXACT)
    with pytest.warns(curvecast.CurvecastWarning, match="3 of 48 rows lack a number"):
        found = curvecast.fit(RUNS, holes, resamples=0)
    assert found.rows == 45 and "3 of 48 rows" in found.warnings[0]


def test_units_that_look_odd_are_warned_of() -> None:
    with pytest.warns(curvecast.CurvecastWarning, match=r"params runs from 0\.01 to 2\.43: millions or billions\? Budgets need counts"):
        found = curvecast.fit({"params": SIZE / 1e9, "tokens": DATA}, EXACT, resamples=0)
    assert found.notes == () and any("millions or billions" in text for text in found.warnings)
    with pytest.warns(curvecast.CurvecastWarning, match=r"high for nats per token: perplexity\? Say so in the unit"):
        curvecast.fit(RUNS, np.exp(EXACT), resamples=0)
    # What is told is not doubted; neither are usual units.
    for unit, loss in [("perplexity", np.exp(EXACT)), ("nats", EXACT)]:
        told = curvecast.fit(RUNS, loss, unit=unit, resamples=0, warn=False)
        assert not any("high for nats" in text or "billions" in text for text in told.warnings)


def test_a_law_of_a_power_says_what_a_zero_is() -> None:
    with pytest.raises(ValueError, match=r"`resource` is 0 in row 1; resource must be positive, .*leave the row out"):
        curvecast.fit({"resource": range(31)}, [0.4 + 0.9 * (t + 1) ** -0.6 for t in range(31)], law="pow3", resamples=0)


@pytest.mark.parametrize(
    "asked, why",
    [
        ({"law": "chinchila"}, "did you mean `chinchilla`"),
        ({"law": "multi-power"}, "schedules"),
        ({"law": "kaplan", "budgets": [1e21]}, "no compute-optimal split"),
        ({"runs": {"params": SIZE}}, "no tokens"),
        ({"loss": EXACT[:-1]}, "47 losses"),
        ({"loss": np.where(np.arange(48) == 3, -1.0, EXACT)}, "the loss is -1 in row 4"),
        ({"runs": {"params": np.where(np.arange(48) == 5, 0.0, SIZE), "tokens": DATA}}, "`params` is 0 in row 6"),
        ({"pinned": {"alfa": 0.3}}, "alpha"),
        ({"predict": [{"params": 1e9}]}, "params, tokens"),
        ({"objective": "l1"}, '"log-huber"'),
        ({"unit": "dits"}, '"perplexity"'),
        ({"weights": [1.0]}, "1 weights"),
    ],
)
def test_what_cannot_be_fitted_says_why(asked, why: str) -> None:
    given = {"runs": RUNS, "loss": EXACT, "resamples": 0, **asked}
    with pytest.raises(ValueError, match=why):
        curvecast.fit(given.pop("runs"), given.pop("loss"), **given)


def test_other_threads_go_on_meanwhile() -> None:
    fitting = threading.Thread(target=lambda: curvecast.fit(RUNS, NOISY, resamples=400))
    fitting.start()
    rounds = 0
    while fitting.is_alive():
        rounds += 1
        fitting.join(0.001)
    # With the lock held, this thread would not come round before the end.
    assert rounds > 3


def test_the_catalogue() -> None:
    laws = {law.name: law for law in curvecast.laws()}
    assert laws["chinchilla"].inputs == ("params", "tokens") and laws["pow3"].inputs == ("resource",)
    assert [p.name for p in laws["pow3"].parameters] == ["c", "a", "alpha"]
    assert all(law.formula and law.title and law.parameters and law.cite for law in laws.values())
    assert all(p.domain and p.doc for law in laws.values() for p in law.parameters)
