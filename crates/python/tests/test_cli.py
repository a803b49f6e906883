"""The program and the package are shells over one library: the same numbers, to the last digit."""

import csv
from pathlib import Path
from typing import Any, Dict, Sequence

import numpy as np
from conftest import power

import curvecast


def write(path: Path, columns: Dict[str, Sequence[Any]]) -> str:
    """A table, with all digits."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*([repr(v) if isinstance(v, float) else v for v in column] for column in columns.values())))
    return str(path)


def test_forecasts(program, tmp_path: Path) -> None:
    x = list(range(1, 31))
    y = [power(v) + 0.01 * float(np.sin(3 * v)) for v in x]
    run = write(tmp_path / "run.csv", {"epoch": x, "val_loss": y})
    for method in ["auto", "pfn", "least-squares", "persist", "log-linear", "pow3"]:
        rows = program("forecast", run, "--at", "60,100", "--method", method)
        found = curvecast.forecast(x, y, [60, 100], method=method, resource="epoch", measure="val_loss", warn=False)
        for row, point in zip(rows, found.points):
            q = {level: row[name] for level, name in [(0.05, "5%"), (0.25, "25%"), (0.5, "median"), (0.75, "75%"), (0.95, "95%")]}
            assert row["epoch"] == point.at and q == {q.level: q.value for q in point.quantiles}, method
        assert len(rows) == 2


def test_forecasts_with_bounds_and_earlier_runs(program, tmp_path: Path) -> None:
    x = list(range(1, 13))
    y = [0.9 - 0.5 / v for v in x]
    before = list(range(1, 61)), [0.92 - 0.55 / v for v in range(1, 61)]
    run = write(tmp_path / "run.csv", {"epoch": x, "acc": y})
    earlier = write(tmp_path / "before.csv", {"epoch": before[0], "acc": before[1]})
    row = program("forecast", run, "--at", "60", "--bounds", "0,1", "--better", "higher", "--earlier", earlier)[0]
    point = curvecast.forecast(x, y, 60, bounds=(0, 1), better="higher", earlier=[before], measure="acc", warn=False).points[0]
    assert [row["5%"], row["median"], row["95%"]] == [point.quantile(0.05), point.median, point.quantile(0.95)]


def test_fits(program, tmp_path: Path) -> None:
    size, data = np.repeat(1e7 * 3.0 ** np.arange(6), 8), np.tile(4e8 * 2.2 ** np.arange(8), 6)
    loss = (1.8 + 480.0 * size**-0.35 + 2100.0 * data**-0.37) * (1.0 + 0.005 * np.sin(1.7 * np.arange(48)))
    columns = {"params": size.tolist(), "tokens": data.tolist(), "loss": loss.tolist(), "run": [f"m{k // 8}" for k in range(48)]}
    table = write(tmp_path / "runs.csv", columns)
    rows = program("fit", table, "--resamples", "30", "--predict", "params=7e9,tokens=1.4e11", "--budget", "1e21")
    found = curvecast.fit(columns, resamples=30, predict=[{"params": 7e9, "tokens": 1.4e11}], budgets=[1e21], warn=False)
    parameters = {row["name"]: row for row in rows if row["what"] == "parameter"}
    assert len(parameters) == 5
    for p in found.parameters:
        row = parameters[p.name]
        assert (row["value"], row["90% low"], row["90% high"]) == (p.value, p.interval.low, p.interval.high), p.name
    prediction = next(row for row in rows if row["what"] == "prediction")
    assert prediction["value"] == found.predictions[0].loss.value
    optimum = next(row for row in rows if row["what"] == "optimum" and row["name"].startswith("params"))
    best = found.optima[0].params
    assert (optimum["value"], optimum["near low"], optimum["near high"]) == (best.value, *best.near)


def sweep() -> Dict[str, Sequence[float]]:
    """Six runs that end a tenth apart."""
    return {f"r{k}": [0.1 * (k + 1) + 0.8 / t + 0.002 * float(np.sin(1.7 * t + k)) for t in range(1, 31)] for k in range(6)}


def test_decisions(program, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.csv", {"epoch": range(1, 16), "val_loss": y[:15]}) for name, y in sweep().items()]
    rows = program("decide", *files, "--at", "30")
    assert len(rows) == 6 and {row["decision"] for row in rows} == {"stop", "continue"}
    for row, y in zip(rows, sweep().values()):
        found = curvecast.decide(range(1, 16), y[:15], at=30, best=row["best"], better="lower", resource="epoch", measure="val_loss", warn=False)
        assert found.stop == (row["decision"] == "stop") and (found.reason, found.ground) == (row["reason"], row["ground"])
        theirs = [row["P(better)"], row["5%"], row["median"], row["95%"], row["seen"], row["last"]]
        forecast = found.forecast
        assert theirs == [found.p_better, forecast.quantile(0.05), forecast.median, forecast.quantile(0.95), found.seen, found.value]


def test_replays(program, tmp_path: Path) -> None:
    runs = sweep()
    columns = {
        "run": [name for name in runs for _ in range(30)],
        "epoch": [t for _ in runs for t in range(1, 31)],
        "val_loss": [v for y in runs.values() for v in y],
    }
    rows = program("simulate", write(tmp_path / "sweep.csv", columns), "--orders", "5", "--looks", "6")
    found = curvecast.simulate({name: (range(1, 31), y) for name, y in runs.items()}, orders=5, looks=6, measure="val_loss")
    names = ["policy", "points", "saved", "best", "regret", "worst regret", "stopped", "top killed", "failed forecasts"]
    ours = [(p.policy, p.points, p.saved, p.best, p.regret, p.worst, p.stopped, p.killed, p.failed) for p in found.policies]
    assert [tuple(row[name] for name in names) for row in rows] == ours


def test_the_catalogue(program) -> None:
    theirs = {row["law"]: (row["formula"], row["what"], row["source"]) for row in program("laws")}
    assert theirs == {law.name: (law.formula, law.title, law.cite) for law in curvecast.laws()}
