#!/usr/bin/env python3
"""The 4,500 starts of Chinchilla's third approach with SciPy: CPU seconds a start, and for all of them.

Minimised is the sum over points of Huber_{1e-3}(LSE(a - alpha ln N, b - beta ln D, e) - ln L), over a, b, e, alpha, beta,
from the grid of Hoffmann et al. (2022): a, b in {0, 5, ..., 25}, e in {-1, -0.5, ..., 1}, alpha, beta in {0, 0.5, ..., 2}.
As in the notebook of Besiroglu et al. (2024) the objective is NumPy over all points and SciPy's minimiser is called start by
start; it takes slopes by differences there (`--slopes differences`), and is given exact ones here too, which is kinder to it.

Points: with CURVECAST_DATA (or --data) a folder that holds sl_chinchilla_epoch/svg_extracted_data.csv, the 240 of the lowest
loss; else 240 made from the law, the same as in benches/scaling.rs. Needs numpy and scipy, nothing else.
"""

import argparse
import csv
import itertools
import os
import pathlib
import platform
import time

# One thread: set before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

POINTS = 240
DELTA = 1e-3
# E, A, B, alpha, beta as Besiroglu et al. print them.
PUBLISHED = (1.81686, 482.006, 2085.434, 0.34781, 0.36585)
# Starts are taken in steps of this prime, so that a part of them is spread over all axes of the grid.
STRIDE = 2741


def made():
    """ln N, ln D, ln L of points that look random and are the same in any language."""
    i = np.arange(POINTS)
    along = lambda step: np.modf(0.5 + i * step)[0]  # noqa: E731
    n = 10.0 ** (7.7 + 2.5 * along(0.7548776662466927))
    d = n * 10.0 ** (0.3 + 1.7 * along(0.5698402909980532))
    e, a, b, alpha, beta = PUBLISHED
    noise = 0.02 * (along(0.6180339887498949) - 0.5)
    return np.log(n), np.log(d), np.log(e + a / n**alpha + b / d**beta) + noise


def read(folder):
    """ln N, ln D, ln L of the points read off the figure, less the five of the highest loss."""
    with open(folder / "sl_chinchilla_epoch" / "svg_extracted_data.csv", newline="") as file:
        rows = [(float(r["Model Size"]), float(r["Training FLOP"]), float(r["loss"])) for r in csv.DictReader(file)]
    n, c, loss = np.array(sorted(rows, key=lambda r: r[2])[:POINTS]).T
    return np.log(n), np.log(c / 6.0 / n), np.log(loss)


class Objective:
    """The sum of Huber losses times `factor`, and its slopes, at (a, b, e, alpha, beta)."""

    def __init__(self, points, factor):
        self.ln_n, self.ln_d, self.ln_l = points
        self.factor, self.calls = factor, 0

    def terms(self, x):
        a, b, e, alpha, beta = x
        t = np.stack([a - alpha * self.ln_n, b - beta * self.ln_d, np.full_like(self.ln_n, e)])
        top = t.max(0)
        t = np.exp(t - top)
        total = t.sum(0)
        return t / total, top + np.log(total) - self.ln_l

    def value(self, x):
        self.calls += 1
        r = np.abs(self.terms(x)[1])
        return self.factor * np.where(r <= DELTA, 0.5 * r * r, DELTA * (r - 0.5 * DELTA)).sum()

    def value_and_slopes(self, x):
        self.calls += 1
        share, residual = self.terms(x)
        r = np.abs(residual)
        value = np.where(r <= DELTA, 0.5 * r * r, DELTA * (r - 0.5 * DELTA)).sum()
        pull = share * np.clip(residual, -DELTA, DELTA)
        slopes = np.array([pull[0].sum(), pull[1].sum(), pull[2].sum(), -(pull[0] * self.ln_n).sum(), -(pull[1] * self.ln_d).sum()])
        return self.factor * value, self.factor * slopes


def starts():
    """All 4,500, as (a, b, e, alpha, beta)."""
    coefficients, floors, exponents = np.arange(0.0, 26.0, 5.0), np.arange(-1.0, 1.1, 0.5), np.arange(0.0, 2.1, 0.5)
    return list(itertools.product(coefficients, coefficients, floors, exponents, exponents))


def main():
    parser = argparse.ArgumentParser(description="CPU seconds of the 4,500 starts of the Chinchilla fit with SciPy.")
    parser.add_argument("--starts", type=int, default=225, help="how many of the 4,500, spread over the grid (default 225; 0 for all)")
    parser.add_argument("--method", choices=["L-BFGS-B", "BFGS"], default="L-BFGS-B", help="SciPy's minimiser")
    parser.add_argument("--slopes", choices=["exact", "differences"], default="exact", help="given to it, or taken by it")
    parser.add_argument("--tolerance", choices=["tight", "scipy"], default="tight",
                        help="tight: the sum times 1e4, ftol 1e-15, gtol 1e-10; scipy: the sum, and SciPy's own")
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("CURVECAST_DATA"), help="a folder of datasets")
    args = parser.parse_args()
    every = starts()
    count = len(every) if args.starts == 0 else args.starts
    if not 0 < count <= len(every):
        parser.error(f"starts must be between 0 and {len(every)}")

    points = read(pathlib.Path(args.data)) if args.data else made()
    tight = args.tolerance == "tight"
    objective = Objective(points, 1e4 if tight else 1.0)
    exact = args.slopes == "exact"
    options = {"maxiter": 15000, "maxfun": 10**6} if args.method == "L-BFGS-B" else {"maxiter": 15000}
    if tight:
        options |= {"ftol": 1e-15, "gtol": 1e-10, "maxcor": 30} if args.method == "L-BFGS-B" else {"gtol": 1e-10}

    values, failed = [], 0
    begin = time.process_time()
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(count):
            start = np.array(every[k * STRIDE % len(every)])
            end = minimize(objective.value_and_slopes if exact else objective.value, start, jac=exact, method=args.method, options=options)
            values.append(end.fun / objective.factor)
            failed += not end.success
    seconds = time.process_time() - begin

    best = np.nanmin(values)
    print(f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, {platform.machine()}")
    print(f"{len(points[0])} points ({'figure' if args.data else 'made'}), {args.method}, {args.slopes} slopes, tolerance {args.tolerance}")
    print(f"{count} of {len(every)} starts: {seconds:.2f} CPU s, {1e3 * seconds / count:.2f} ms and {objective.calls / count:.0f} evaluations a start")
    print(f"all {len(every)} at that rate: {seconds / count * len(every):.1f} CPU s")
    print(f"best {best:.10e}; {np.mean(np.array(values) <= best * (1 + 1e-4)):.1%} of starts within 1e-4 of it; SciPy calls {failed} a failure")


if __name__ == "__main__":
    main()
