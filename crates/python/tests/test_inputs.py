"""The same numbers in whatever they are handed over."""

import numpy as np
import pytest
from conftest import power

import curvecast

X = list(range(1, 31))
Y = [power(x) for x in X]


def same(x, y) -> curvecast.ForecastResult:
    found = curvecast.forecast(x, y, 100)
    assert found.points == curvecast.forecast(X, Y, 100).points
    return found


def test_lists_tuples_ranges_and_arrays() -> None:
    same(range(1, 31), tuple(Y))
    same(np.array(X), np.array(Y))
    same(np.array(X, dtype=np.float32), np.array([*Y, 0.0])[:-1])
    # A column of a matrix is not contiguous.
    same(np.array([X, X]).T[:, 1], np.array([Y, Y]).T[:, 0])
    assert curvecast.forecast(X, np.array(Y, dtype=np.float32), np.float64(100)).points[0].at == 100.0


def test_what_is_missing_is_nan() -> None:
    assert curvecast.forecast(X, [None, *Y[1:]], 100, warn=False).seen == 29
    masked = np.ma.masked_array(Y, mask=[x == 5 for x in X])
    assert curvecast.forecast(X, masked, 100, warn=False).seen == 29


def test_pandas() -> None:
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"epoch": X, "val_loss": Y}, index=range(7, 37))
    found = same(table["epoch"], table["val_loss"])
    assert found.measure.better == "lower"
    # The name tells more than the values.
    rising = table.assign(val_loss=1 - table.val_loss)
    assert curvecast.forecast(rising.epoch, rising.val_loss, 100, warn=False).measure.better == "lower"
    same(pd.Series(X, dtype="Int64"), pd.Series(Y, dtype="Float64"))
    assert curvecast.forecast(X, pd.Series([None, *Y[1:]], dtype="Float64"), 100, warn=False).seen == 29
    with pytest.raises(ValueError, match="epoch has values of type datetime64"):
        curvecast.forecast(pd.Series(pd.date_range("2026-01-01", periods=30), name="epoch"), Y, 100)


def test_polars() -> None:
    pl = pytest.importorskip("polars")
    table = pl.DataFrame({"epoch": X, "accuracy": [1 - y for y in Y]})
    found = curvecast.forecast(table["epoch"], table["accuracy"], 100)
    assert found.measure.better == "higher" and abs(found.points[0].median - (1 - power(100))) < 0.05
    same(pl.Series(X), pl.Series(Y))


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    same(torch.arange(1, 31), torch.tensor(Y, dtype=torch.float64))
