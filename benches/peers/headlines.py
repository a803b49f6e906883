#!/usr/bin/env python3
"""Numbers that headlines rest on, computed once more from the raw data with NumPy and SciPy alone, beside ours.

Ours are read from results/*/tables/verdicts.csv, as committed. Nothing else of this repository is read: the definitions are those of the
papers, of their codes and of the experiments (spec.toml, README.md), written here once more. Each number has a tolerance on the relative
difference, with its reason (`--reasons`). A claim without a number in verdicts.csv is "not there yet", and counts as one that disagrees.

The exit code is 0 when all agree, 1 when one does not, 2 when there are no data. One thread, ten seconds.

Data: the argument, or else CURVECAST_DATA, is a folder with sl_hitchhiker, sl_datablations, elementaltask and so on. Needs numpy and scipy,
nothing else.
"""

import argparse
import collections
import csv
import functools
import math
import os
import pathlib
import platform
import sys
import time

# One thread: set before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy.interpolate import Akima1DInterpolator  # noqa: E402
from scipy.ndimage import gaussian_filter1d  # noqa: E402
from scipy.optimize import curve_fit, minimize, minimize_scalar, nnls  # noqa: E402
from scipy.signal import lfilter  # noqa: E402
from scipy.stats import spearmanr  # noqa: E402
from scipy.stats import t as student  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path()

# Why a number is allowed to be off by what it is.
EXACT = (1e-9, "no search: arithmetic on the same rows, in another order of adding")
CURVE_FIT = (1e-4, "curve_fit stops at a change of 1e-8 of the cost, which leaves the fifth digit of an error open")
OPTIMUM = (1e-4, "an optimum of a smooth sum, each search stopping in its last digits")
VALLEY = (1e-3, "an optimum in a flat valley: coefficients trade with their exponents, and the objective agrees to far more digits")
LINE = (1e-6, "the same line by other least squares: what a search for it leaves in the last digits")
SPLINE = (1e-5, "the same spline; minima are found by other means, each to about 1e-7 of ln N, at budgets that span a few powers of ten")

CHECKS = []
Check = collections.namedtuple("Check", "experiment claim what tolerance because compute")


def check(experiment, claim, what, tolerance):
    """Registers a function that computes the number of a claim."""

    def keep(compute):
        CHECKS.append(Check(experiment, claim, what, *tolerance, compute))
        return compute

    return keep


@functools.cache
def table(path):
    """All rows of a file of the data folder."""
    with open(DATA / path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def columns(rows, *names):
    return [np.array([float(row[name]) for row in rows]) for name in names]


# ── Laws with a Huber loss of logarithms ───────────────────────────────────────


def huber(residual, delta):
    """The sum of Huber losses, and its slope by residual."""
    size = np.abs(residual)
    return np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta)).sum(), np.clip(residual, -delta, delta)


def searched(objective, starts, factor, bounds=None):
    """The lowest end of L-BFGS-B from some starts, then from there again until it moves no more. `objective` gives value and slopes."""

    def scaled(x):
        value, slopes = objective(x)
        return factor * value, factor * slopes

    options = {"maxiter": 20000, "maxfun": 10**6, "ftol": 1e-15, "gtol": 1e-10, "maxcor": 30}
    with np.errstate(over="ignore", invalid="ignore"):
        ends = [minimize(scaled, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options) for start in starts]
        best = min((end for end in ends if np.isfinite(end.fun)), key=lambda end: end.fun)
        for _ in range(20):
            again = minimize(scaled, best.x, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
            if again.fun >= best.fun * (1 - 1e-13):
                break
            best = again
    return best.x, best.fun / factor


Power = collections.namedtuple("Power", "a b e alpha beta objective exponent")


def chinchilla(n, d, loss, delta=1e-3):
    """E + A N^-alpha + B D^-beta by the sum of Huber losses of logarithms. Starts: exponents on a grid, the rest by non-negative squares."""
    ln_n, ln_d, ln_l = np.log(n), np.log(d), np.log(loss)

    def objective(x):
        a, b, e, alpha, beta = x
        terms = np.stack([a - alpha * ln_n, b - beta * ln_d, np.full_like(ln_n, e)])
        top = terms.max(0)
        share = np.exp(terms - top)
        total = share.sum(0)
        share /= total
        value, pull = huber(top + np.log(total) - ln_l, delta)
        slopes = share @ pull
        return value, np.array([slopes[0], slopes[1], slopes[2], -(share[0] * ln_n) @ pull, -(share[1] * ln_d) @ pull])

    starts = []
    for alpha in (0.2, 0.35, 0.6):
        for beta in (0.2, 0.4, 0.7):
            design = np.stack([n**-alpha, d**-beta, np.ones_like(n)], 1) / loss[:, None]
            scale = design.max(0)
            found = np.maximum(nnls(design / scale, np.ones_like(n))[0], 1e-3) / scale
            starts.append(np.array([*np.log(found), alpha, beta]))
    x, value = searched(objective, starts, 1e4)
    return Power(*np.exp(x[:3]), x[3], x[4], value, x[4] / (x[3] + x[4]))


# ── hitchhiker ─────────────────────────────────────────────────────────────────

GPT_3 = {"small": 0.125e9, "medium": 0.35e9, "large": 0.76e9, "xl": 1.3e9, "2.7b": 2.7e9, "6.7b": 6.7e9, "13b": 13e9, "175b": 175e9}


def billions(text):
    """125m, 1.3b: a count."""
    return float(text[:-1]) * {"m": 1e6, "b": 1e9}[text[-1].lower()]


@functools.cache
def families():
    """family -> parameters -> (tokens, loss), from the files of the release, by the rules of the authors' code."""
    out = {"GPT-3": {}, "OPT": {}}
    for row in table("sl_hitchhiker/gpt3_extracted.csv"):
        if row["val_loss"]:
            size = gpt_3_size(row["model"])
            out["GPT-3"].setdefault(size, []).append((float(row["step"]) * 1e9, float(row["val_loss"])))
    for row in table("sl_hitchhiker/opt_trajectories.csv"):
        size = billions(row["model_size"])
        batch = 0.5e6 if size < 1e9 else 1e6 if size < 6e9 else 2e6 if size < 10e9 else 4e6 if size < 60e9 else 2e6
        out["OPT"].setdefault(size, []).append((float(row["steps"]) * batch, float(row["ppl"])))
    return {family: {size: np.array(points).T for size, points in sizes.items()} for family, sizes in out.items()}


def gpt_3_size(name):
    key = name.lower().replace("gpt-3", "").strip()
    if key not in GPT_3:
        raise KeyError(f"gpt3_extracted.csv has a model {name!r} that is not known here")
    return GPT_3[key]


@functools.cache
def one_model(family, size):
    """The error in percent on the last 30 % of the largest model, of E + A N^-alpha + B D^-beta with A and alpha from Muennighoff et al.,
    fitted by curve_fit to the checkpoints of one model after 10 billion tokens, its last left out."""
    sizes = families()[family]
    a, alpha = 6.255414, 0.3526596

    def law(x, b, e, beta):
        return np.exp(e) + np.exp(a) / x[0] ** alpha + np.exp(b) / x[1] ** beta

    tokens, loss = sizes[size]
    keep = (tokens > 1e10) & (tokens < tokens.max())
    x = np.stack([np.full(keep.sum(), size), tokens[keep]])
    bounds = ([-np.inf, -np.inf, 0.0], np.inf)
    found = curve_fit(law, x, loss[keep], p0=(7.3049974, 0.6254804, 0.3526596), bounds=bounds, maxfev=10**5)[0]
    largest = max(sizes)
    tokens, loss = sizes[largest]
    keep = tokens >= 0.7 * tokens.max()
    predicted = law(np.stack([np.full(keep.sum(), largest), tokens[keep]]), *found)
    return 100 * np.mean(np.abs(predicted / loss[keep] - 1))


def next_to_the_rest(family):
    """The mean error from the smaller models, over that from the model of nearest size."""
    *small, nearest = sorted(families()[family])[:-1]
    return np.mean([one_model(family, size) for size in small]) / one_model(family, nearest)


@check("hitchhiker", "one-model-predicts-gpt-3", "GPT-3 175B from 13B alone, error in percent", CURVE_FIT)
def _():
    return one_model("GPT-3", 13e9)


@check("hitchhiker", "one-model-predicts-opt", "OPT 175B from 30B alone, error in percent", CURVE_FIT)
def _():
    return one_model("OPT", 30e9)


@check("hitchhiker", "similar-size-gpt-3", "error from six smaller models over that from 13B", CURVE_FIT)
def _():
    return next_to_the_rest("GPT-3")


@check("hitchhiker", "similar-size-opt", "error from four smaller models over that from 30B", CURVE_FIT)
def _():
    return next_to_the_rest("OPT")


@check("hitchhiker", "seeds-spread", "worst of five seeds over the best, 4b284b17b", EXACT)
def _():
    loss = [float(row["loss"]) for row in table("sl_datablations/all_runs.csv") if row["name"] == "4b284b17b"]
    assert len(loss) == 5, loss
    return max(loss) / min(loss)


# ── implicit-curriculum ────────────────────────────────────────────────────────


@functools.cache
def emergence(threshold=0.8):
    """model -> task -> billion tokens at which it emerges; infinite where it does not in the first 1,010 billion. As in the authors' code the
    untrained model is left out, and curves are smoothed over checkpoints by a Gaussian; here of what is left within the 1,010 billion."""
    curves = collections.defaultdict(list)
    for row in table("elementaltask/trajectories.csv"):
        if row["is_main"] == "0" and row["accuracy"] and 0 < float(row["tokens_b"]) <= 1010:
            curves[row["model"], row["task"]].append((float(row["tokens_b"]), float(row["accuracy"])))
    out = collections.defaultdict(dict)
    for (model, task), points in curves.items():
        tokens, accuracy = np.array(sorted(points)).T
        reached = np.flatnonzero(gaussian_filter1d(accuracy, 1.0, mode="reflect") >= threshold)
        out[model][task] = tokens[reached[0]] if len(reached) else np.inf
    return out


@functools.cache
def triples():
    """When a composite emerges and when a component of it does, for each model that has both."""
    found = emergence()
    pairs = {(row["model"], row["task"]): row["components"] for row in table("elementaltask/trajectories.csv") if row["kind"] == "composite"}
    out = []
    for (model, task), components in pairs.items():
        out += [(found[model][task], found[model][part]) for part in components.split("+") if task in found[model] and part in found[model]]
    return np.array(out).T


@check("implicit-curriculum", "six-pair-mean", "mean Spearman of six pairs, threshold 0.8", EXACT)
def _():
    found = emergence()
    models = sorted(found)
    rho = []
    for k, one in enumerate(models):
        for other in models[k + 1 :]:
            tasks = sorted(set(found[one]) & set(found[other]))
            # A rank that is not reached is the last of all, whatever number stands for it.
            ranks = [np.nan_to_num([found[m][t] for t in tasks], posinf=1e9) for m in (one, other)]
            rho.append(spearmanr(*ranks).statistic)
    assert len(rho) == 6
    return np.mean(rho)


@check("implicit-curriculum", "h1-strictly-after", "share of triples with the component strictly first", EXACT)
def _():
    whole, part = triples()
    return np.mean(whole > part)


@check("implicit-curriculum", "h1-not-before", "share of triples with the composite not before", EXACT)
def _():
    whole, part = triples()
    return np.mean(whole >= part)


# ── porian ─────────────────────────────────────────────────────────────────────


def akima_exponent(*setting):
    """The slope of ln N* over ln C, N* at the least loss of an Akima curve through losses at equal compute over ln N."""
    names = ("dataset", "hparams", "warmup", "decay", "param_count")
    budgets = collections.defaultdict(list)
    for row in table("sl_porian/isoflop_points.csv"):
        if tuple(row[name] for name in names) == setting:
            budgets[float(row["flops"])].append((math.log(float(row["n"])), float(row["loss"])))
    compute, best = [], []
    for flops, points in sorted(budgets.items()):
        x, y = np.array(sorted(points)).T
        if len(x) < 5:
            continue
        curve = Akima1DInterpolator(x, y)
        grid = np.linspace(x[0], x[-1], 20001)
        k = int(np.argmin(curve(grid)))
        if 0 < k < len(grid) - 1:
            found = minimize_scalar(curve, bounds=(grid[k - 1], grid[k + 1]), method="bounded", options={"xatol": 1e-12})
            compute.append(math.log(flops))
            best.append(found.x)
    return np.polyfit(compute, best, 1)[0]


for claim, setting in {
    "rw-kaplan": ("rw", "base", "long", "kaplan", "kaplan"),
    "rw-tuned": ("rw", "tuned", "short", "const", "standard"),
    "owt2-kaplan": ("owt2", "base", "long", "kaplan", "kaplan"),
    "owt2-tuned": ("owt2", "tuned", "short", "const", "standard"),
}.items():
    check("porian", claim, "exponent of the best size, Akima, exact FLOP", SPLINE)(functools.partial(akima_exponent, *setting))


# ── one-epoch ──────────────────────────────────────────────────────────────────


@functools.cache
def repeated():
    """(corpus, size, passes) -> (tokens, loss) during training."""
    out = collections.defaultdict(list)
    for row in table("sl_hitchhiker/datablations_losses.csv"):
        if row["loss"]:
            out[row["data"], row["num_params"], row["epochs"]].append((float(row["token_num"]), float(row["loss"])))
    return {key: np.array(sorted(points)).T for key, points in out.items()}


def settings():
    return sorted({key[:2] for key in repeated()})


def reached(run, loss):
    """Tokens at which a run first comes down to a loss, straight between points in logarithms."""
    tokens, losses = np.log(run)
    k = int(np.argmax(losses <= math.log(loss)))
    assert losses[k] <= math.log(loss), "out of reach"
    if k == 0:
        return math.exp(tokens[0])
    share = (losses[k - 1] - math.log(loss)) / (losses[k - 1] - losses[k])
    return math.exp(tokens[k - 1] + share * (tokens[k] - tokens[k - 1]))


def speed_up(passes):
    """How many times fewer tokens one pass needs for the best loss of many: the least mean of five losses in a row. Mean of six settings."""
    out = []
    for setting in settings():
        slow, fast = repeated()[(*setting, passes)], repeated()[(*setting, "1")]
        best = np.convolve(slow[1], np.full(5, 0.2), "valid").min()
        out.append(reached(slow, best) / reached(fast, best))
    assert len(out) == 6
    return np.mean(out)


@check("one-epoch", "one-for-14", "speed-up of one pass over 14, mean of six settings", EXACT)
def _():
    return speed_up("14")


@check("one-epoch", "one-for-7", "speed-up of one pass over 7, mean of six settings", EXACT)
def _():
    return speed_up("7")


def straight(x, y):
    """Least squares of a line: what is left, slope, and its standard error by the sandwich for unequal errors, times √(n / (n − 2))."""
    slope, level = np.polyfit(x, y, 1)
    residual, centred = y - slope * x - level, x - x.mean()
    se = math.sqrt((centred**2) @ (residual**2) * len(x) / (len(x) - 2)) / (centred @ centred)
    return residual, slope, se


@check("one-epoch", "power-law-r2", "R² of ln loss by a pure power law, mean of six runs", LINE)
def _():
    out = []
    for setting in settings():
        tokens, loss = repeated()[(*setting, "1")]
        x, y = np.log(tokens[tokens >= 2e9]), np.log(loss[tokens >= 2e9])
        residual = straight(x, y)[0]
        out.append(1 - residual @ residual / ((y - y.mean()) @ (y - y.mean())))
    return np.mean(out)


@check("one-epoch", "still-falling", "largest upper end of the slope over ln tokens, last quarter", LINE)
def _():
    out = []
    for setting in settings():
        tokens, loss = repeated()[(*setting, "1")]
        late = tokens >= {"2.8B": 4.125e10, "4.2B": 6.3e10, "8.7B": 1.335e11}[setting[1]]
        _, slope, se = straight(np.log(tokens[late]), loss[late])
        out.append(slope + student.ppf(0.975, late.sum() - 2) * se)
    return max(out)


# ── infinite-compute ───────────────────────────────────────────────────────────


@check("infinite-compute", "limit-210m", "limit over member size of the limits over members, 210M tokens", OPTIMUM)
def _():
    rows = [row for row in table("sl_infinite_compute/ensemble_asymptotes.csv") if row["seed_tokens_b"] == "0.2097152"]
    x, y = columns(rows, "params_b", "ensemble_asymptote_loss")
    return curve_fit(lambda n, a, b, c: a / n**b + c, x, y, p0=[1, 0.5, 2], bounds=(0, np.inf), xtol=1e-14, ftol=1e-14, gtol=1e-14)[0][2]


@check("infinite-compute", "size-overfits", "loss of 1.4B over that of 600M, standard recipe", EXACT)
def _():
    loss = {row["params_b"]: float(row["epoched_recipe_loss_200M"]) for row in table("sl_infinite_compute/epoched_recipe.csv")}
    return loss["1.4"] / loss["0.6"]


@check("infinite-compute", "epochs-overfit", "44 passes: least loss before the end less the last, in percent, largest of six", EXACT)
def _():
    return max(100 * (loss[:-1].min() / loss[-1] - 1) for _, loss in (repeated()[(*setting, "44")] for setting in settings()))


# ── lr-annealing and multi-power ───────────────────────────────────────────────

UNSEEN = ("constant_72000", "cosine_72000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3", "wsdcon_18")
PEAK, FLOOR, WARM = 3e-4, 3e-5, 2160
LOGGED = 1e-3  # how far a rate may be off the logged one


@functools.cache
def rates(schedule):
    """The learning rate of steps 1, 2, …: a straight warm-up over 2,160 steps, then what the name says. `wsdcon` has its second rate from step
    8,000 on, as the rate logged at that step says."""
    kind, *ends = schedule.split("_")
    last = 16000 if kind == "wsdcon" else int(ends[-1])
    step = np.arange(1, last + 1, dtype=float)
    if kind == "constant":
        after = np.full(last, PEAK)
    elif kind == "cosine":
        after = FLOOR + (PEAK - FLOOR) / 2 * (1 + np.cos(np.pi * (step - WARM) / (last - WARM)))
    elif kind == "wsdcon":
        after = np.where(step < 8000, PEAK, float(ends[0]) * 1e-5)
    else:
        share = np.clip((step - 20000) / 4000, 0, 1)
        after = PEAK * (FLOOR / PEAK) ** share if kind == "wsd" else PEAK + share * (FLOOR - PEAK)
    return np.where(step <= WARM, PEAK * step / WARM, after)


@functools.cache
def logged(size, schedule):
    """Steps and losses as logged, and a look at the rate logged beside them: it is that of `rates`, to a step of the decays."""
    step, rate, loss = columns(table(f"sl_mpl/csv_{size}/{schedule}.csv"), "step", "lr", "loss")
    step = step.astype(int)
    off = np.abs(rates(schedule)[step - 1] / rate - 1)
    assert off.max() < LOGGED, (schedule, step[np.argmax(off)], off.max())
    return step, loss


@functools.cache
def areas(schedule, momentum=0.999):
    """S1, the sum of rates, and S2, how much of it was annealed away: falls of the rate after the warm-up, with a momentum."""
    eta = rates(schedule)
    fall = np.concatenate([[0.0], eta[:-1] - eta[1:]])
    fall[:WARM] = 0.0
    return np.cumsum(eta), np.cumsum(lfilter([1.0], [1.0, -momentum], fall))


@functools.cache
def annealing(size, seen):
    """L0 + A S1^-alpha - C S2 with its momentum at 0.999, by Huber losses of logarithms; a function of a schedule's steps."""
    parts = [(areas(schedule), *logged(size, schedule)) for schedule in seen]
    s1 = np.concatenate([both[0][step - 1] for both, step, _ in parts])
    s2 = np.concatenate([both[1][step - 1] for both, step, _ in parts])
    loss = np.concatenate([found for *_, found in parts])

    def objective(x):
        floor, ln_a, alpha, c = x
        power = np.exp(ln_a - alpha * np.log(s1))
        value = floor + power - c * s2
        if value.min() <= 0:
            return 1e3, np.zeros(4)
        total, pull = huber(np.log(value / loss), 1e-3)
        pull = pull / value
        return total, np.array([pull.sum(), pull @ power, -(pull * power) @ np.log(s1), -pull @ s2])

    starts = []
    for alpha in (0.3, 0.5, 0.8):
        design = np.stack([np.ones_like(s1), s1**-alpha, -s2], 1)
        found = np.linalg.lstsq(design, loss, rcond=None)[0]
        starts.append(np.array([found[0], math.log(max(found[1], 1e-3)), alpha, max(found[2], 1e-3)]))
    floor, ln_a, alpha, c = searched(objective, starts, 1e4, bounds=[(1e-6, None), (None, None), (1e-3, None), (0, None)])[0]

    def predict(schedule, step):
        both = areas(schedule)
        return floor + np.exp(ln_a) * both[0][step - 1] ** -alpha - c * both[1][step - 1]

    return predict


def unseen_error(size, seen, asked=UNSEEN):
    """The mean over schedules of each one's mean relative error, in percent."""
    law = annealing(size, seen)
    return np.mean([100 * np.mean(np.abs(law(schedule, logged(size, schedule)[0]) / logged(size, schedule)[1] - 1)) for schedule in asked])


TWO, ONE = ("cosine_24000", "constant_24000"), ("cosine_24000",)
NINE = (*UNSEEN, *TWO, "wsdcon_9")
for size in ("25", "100", "400"):
    check("lr-annealing", f"two-curves-{size}m", "six unseen schedules by two, error in percent", OPTIMUM)(functools.partial(unseen_error, size, TWO))
for size in ("25", "400"):
    check("lr-annealing", f"one-curve-{size}m", "six unseen schedules by a cosine, error in percent", OPTIMUM)(functools.partial(unseen_error, size, ONE))
check("lr-annealing", "full-curve-400m", "nine schedules by one fit, error in percent", OPTIMUM)(functools.partial(unseen_error, "400", NINE, NINE))


@check("multi-power", "published-400m-mae", "six unseen schedules at the published parameters, MAE in nats", EXACT)
def _():
    given = next(row for row in table("sl_mpl/published_fit.csv") if row["model"] == "400M")
    l0, a, alpha, b, c, beta, gamma = (float(given[name]) for name in ("L0", "A", "alpha", "B", "C", "beta", "gamma"))
    errors = []
    for schedule in UNSEEN:
        eta = rates(schedule)
        area = np.cumsum(eta)
        step, loss = logged("400", schedule)
        change = np.diff(eta, prepend=0.0)
        moves = np.flatnonzero(change)
        before = area[moves] - eta[moves]
        gained = []
        for s in step:
            use = moves < s
            done = area[s - 1] - before[use]
            gained.append(np.sum(change[moves[use]] * (1 - (1 + c * eta[moves[use]] ** -gamma * done) ** -beta)))
        errors.append(np.mean(np.abs(l0 + a * area[step - 1] ** -alpha + b * np.array(gained) - loss)))
    return np.mean(errors)


# ── epoch-chinchilla, data-constrained, gemstones, misfitting ──────────────────


@functools.cache
def epoch():
    """The law of the 240 points of the lowest loss."""
    n, c, loss = columns(table("sl_chinchilla_epoch/svg_extracted_data.csv"), "Model Size", "Training FLOP", "loss")
    keep = np.argsort(loss)[:240]
    n, c, loss = n[keep], c[keep], loss[keep]
    return chinchilla(n, c / 6 / n, loss)


for claim, field in {"grid-objective": "objective", "grid-a": "a", "grid-b": "b", "grid-e": "e", "grid-alpha": "alpha", "grid-beta": "beta"}.items():
    check("epoch-chinchilla", claim, f"240 points, Huber optimum: {field}", OPTIMUM if field in ("objective", "e") else VALLEY)(
        lambda field=field: getattr(epoch(), field)
    )


@functools.cache
def decay():
    """R_D*, R_N* and the objective at the least Huber loss, the other parameters as published: a grid of 200 × 200 cells, then a simplex."""
    n, d, unique, loss = columns(table("sl_datablations/fit_runs_182.csv"), "params", "tokens", "unique_tokens", "loss")
    ln_a, ln_b, e, alpha = 6.255414, 7.3049974, 0.6254804, 0.3526596
    unique = np.minimum(unique, d)
    # The size that is best for so many distinct tokens; alpha = beta, so that G squared is A over B to the power 1 / alpha.
    ratio = math.exp((ln_a - ln_b) / alpha)
    base = np.minimum(n, unique * ratio)

    def objective(x):
        r_d, r_n = np.exp(x)
        tokens = unique * (1 + r_d * -np.expm1(-(d / unique - 1) / r_d))
        params = base * (1 + r_n * -np.expm1(-(n / base - 1) / r_n))
        value = math.exp(e) + np.exp(ln_a - alpha * np.log(params)) + np.exp(ln_b - alpha * np.log(tokens))
        return huber(np.log(value / loss), 1e-3)[0]

    axis = np.linspace(math.log(0.05), math.log(5000), 200)
    cells = np.array([[objective((x, y)) for y in axis] for x in axis])
    # Low cells of several valleys are polished: the lowest cell need not lie in the lowest valley.
    inner = cells[1:-1, 1:-1]
    low = np.all([inner <= cells[1 + i : cells.shape[0] - 1 + i, 1 + j : cells.shape[1] - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)
    places = sorted(zip(*np.nonzero(low), strict=True), key=lambda at: inner[at])[:8]
    ends = [
        minimize(objective, (axis[i + 1], axis[j + 1]), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-16, "maxiter": 5000}) for i, j in places
    ]
    best = min(ends, key=lambda end: end.fun)
    return *np.exp(best.x), best.fun, objective(np.log([15.387756, 5.309743]))


for claim, what, place, tolerance in (
    ("optimum-r-d", "R_D* at the optimum", 0, VALLEY),
    ("optimum-r-n", "R_N* at the optimum", 1, VALLEY),
    ("converged-huber", "objective at the optimum", 2, (1e-6, "the bottom of a valley, where the objective hardly moves")),
    ("published-huber", "objective at the published decay", 3, EXACT),
):
    check("data-constrained", claim, what, tolerance)(lambda place=place: decay()[place])


@functools.cache
def gemstones(series, delta):
    rows = table(f"sl_gemstones/runs_wandb_df_for_fitting_{series}.csv")
    return chinchilla(*columns(rows, "params_active_precise", "tokens", "final_loss"), delta)


for claim, series, delta in (
    ("d3-exponent-least", "hot_sampled_like_chinchilla", 1e-3),
    ("d3-exponent-most", "hot_120b+_only", 1e-3),
    ("d4-slim-chinchilla-exponent-converged", "slim_chinchilla", 1e-4),
):
    check("gemstones", claim, f"a* of {series}, threshold {delta:g}", VALLEY)(lambda s=series, d=delta: gemstones(s, d).exponent)


@functools.cache
def misfitting(best):
    rows = table("sl_misfitting/scaling_results_last_ckpt_only.csv")
    if best:
        least = {}
        for row in rows:
            key = row["N"], row["D"]
            if key not in least or float(row["loss"]) < float(least[key]["loss"]):
                least[key] = row
        rows = list(least.values())
    return chinchilla(*columns(rows, "N", "D", "loss"))


@check("misfitting", "exponent-total", "a* of all 261 runs", VALLEY)
def _():
    return misfitting(False).exponent


@check("misfitting", "exponent-best", "a* of the best rate alone", VALLEY)
def _():
    return misfitting(True).exponent


# ── downstream-ladder ──────────────────────────────────────────────────────────

SMALL = tuple(f"{size}-{times}xC" for size in ("190M", "370M", "760M", "1B") for times in (1, 2, 5, 10))


@functools.cache
def ladder():
    """run -> metric -> step -> value, for the runs and metrics that are asked for."""
    wanted = {*SMALL, "peteish13_eval_final"}
    out = collections.defaultdict(lambda: collections.defaultdict(dict))
    for row in table("olmo_ladder/ladder_step_evals.csv"):
        if row["run"] in wanted and ("hellaswag_val" in row["metric"] or "mmlu" in row["metric"]) and row["value"] and row["step"]:
            out[row["run"]][row["metric"]][int(row["step"])] = float(row["value"])
    return out


def two_steps(parts):
    """The accuracy of 13B in percent: size to loss by a power law on the ends of 16 small runs, loss to accuracy by a sigmoid on their course.
    `parts`: (weight, name of the accuracy, name of the loss)."""
    tokens = {(row["run"], int(row["step"])): float(row["tokens_b"]) * 1e9 for row in table("olmo_ladder/steps.csv") if row["step"] and row["tokens_b"]}
    params = {row["run"]: float(row["params"]) for row in table("olmo_ladder/runs.csv")}
    total = sum(weight for weight, *_ in parts)

    def course(run):
        metrics = ladder()[run]
        have = set.intersection(*(set(metrics[name]) for _, *names in parts for name in names))
        steps = sorted(step for step in have if tokens.get((run, step), 0) > 0)
        mean = lambda which: np.array([sum(part[0] * metrics[part[which]][step] for part in parts) / total for step in steps])  # noqa: E731
        return tokens[run, steps[-1]], mean(2), mean(1)

    ends, x, y = [], [0.0], [1.0]
    for run in SMALL:
        d, loss, accuracy = course(run)
        ends.append((params[run], d, loss[-5:].mean()))
        skip = math.ceil(0.1 * len(loss))
        for values, kept in ((loss[skip:], x), (accuracy[skip:], y)):
            kept += [values[max(0, k - 4) : k + 1].mean() for k in range(len(values))]
    one = chinchilla(*np.array(ends).T)
    x, y = np.array(x), np.array(y)

    def sigmoid(loss, a, b, k, l0):
        return b + a / (1 + np.exp(-k * (loss - l0)))

    fits = []
    for k in (2.0, 5.0, 10.0):
        for l0 in (0.4, 0.8, 1.2):
            found = curve_fit(sigmoid, x, y, p0=(-0.7, 0.95, k, l0), bounds=([-1, 0, 0, 0], [0, 1, np.inf, np.inf]), maxfev=10**5)[0]
            fits.append((np.sum((sigmoid(x, *found) - y) ** 2), tuple(found)))
    loss = one.e + one.a * params["peteish13_eval_final"] ** -one.alpha + one.b * course("peteish13_eval_final")[0] ** -one.beta
    return 100 * sigmoid(loss, *min(fits)[1])


LADDER = (2e-4, "two searches in a row; the sigmoid passes on what the first leaves open")


@check("downstream-ladder", "13b-hellaswag", "13B on HellaSwag, predicted percent", LADDER)
def _():
    return two_steps([(1.0, "downstream/hellaswag_val_rc_5shot_len_norm", "downstream_bpb/hellaswag_val_rc_5shot_bpb")])


@check("downstream-ladder", "13b-mmlu", "13B on MMLU, predicted percent", LADDER)
def _():
    groups = {"stem": 0.215, "humanities": 0.335, "social_sciences": 0.219, "other": 0.231}
    return two_steps([(w, f"downstream/mmlu_{g}_test_rc_5shot_len_norm", f"downstream_bpb/mmlu_{g}_test_rc_5shot_bpb") for g, w in groups.items()])


# ── fine-line ──────────────────────────────────────────────────────────────────

DOMAINS = {
    "gemstones": {"mmlu": "exam", "arc:challenge": "science", "arc:easy": "science", "openbookqa": "science"},
    "pythia": {"piqa": "commonsense", "winogrande": "commonsense", "wsc": "commonsense", "lambada_openai": "reading", "logiqa": "reading",
               "arc_challenge": "science", "arc_easy": "science", "sciq": "science"},
}
OTHERS = {"gemstones": "commonsense", "pythia": "exam"}


@functools.cache
def trained(suite):
    """(size, model) -> task -> (tokens, accuracies, does it move?): all checkpoints but the untrained model, as recorded."""
    curves = collections.defaultdict(list)
    if suite == "gemstones":
        for row in table("gemstone_evals/checkpoint_evals.csv"):
            if row["metric"] == "acc" and row["revision"] != "main":
                curves[(row["model"], row["model"]), row["task"]].append(row)
    else:
        for row in table("pythia_evals/pythia_checkpoint_evals.csv"):
            if (row["suite"], row["variant"], row["setting"], row["metric"]) == ("v1", "", "zero-shot", "acc"):
                curves[(row["size"], row["size"] + row["deduped"]), row["task"]].append(row)
    out = collections.defaultdict(dict)
    for (model, task), rows in curves.items():
        points = sorted((float(row["tokens_b"]), float(row["value"]), float(row["stderr"])) for row in rows if float(row["tokens_b"]) > 0)
        tokens, value, se = np.array(points).T
        out[model][task] = tokens, value, abs(value[-1] - value[0]) > 2 * math.hypot(se[0], se[-1])
    return out


@functools.cache
def alike(suite):
    """For each task and two models of two sizes: the correlation of its two curves, its excess over that with unrelated tasks (of another
    domain, and moving) of the other model, and whether both curves move."""
    models = trained(suite)
    tasks = sorted(set.intersection(*(set(curves) for curves in models.values())))
    domain = np.array([DOMAINS[suite].get(task, OTHERS[suite]) for task in tasks])
    foreign = domain[:, None] != domain[None, :]
    out = []
    for one in models:
        for other in models:
            if one >= other or one[0] == other[0]:
                continue
            sides = [[models[model][task] for task in tasks] for model in (one, other)]
            assert all(np.array_equal(curve[0], sides[0][0][0]) for side in sides for curve in side), "checkpoints differ"
            centred = [np.array([curve[1] - curve[1].mean() for curve in side]) for side in sides]
            with np.errstate(invalid="ignore", divide="ignore"):
                unit = [values / np.linalg.norm(values, axis=1, keepdims=True) for values in centred]
            r = unit[0] @ unit[1].T
            left, right = (np.array([curve[2] for curve in side]) for side in sides)
            for k in range(len(tasks)):
                rest = np.concatenate([r[k, foreign[k] & right], r[foreign[k] & left, k]])
                rest = rest[np.isfinite(rest)]
                if np.isfinite(r[k, k]):
                    out.append((r[k, k], r[k, k] - rest.mean() if len(rest) else np.nan, left[k] and right[k]))
    return np.array(out).T


def in_two_sizes(suite):
    return np.median(alike(suite)[0])


def in_excess(suite):
    _, excess, both = alike(suite)
    return np.median(excess[(both == 1) & np.isfinite(excess)])


for suite in ("gemstones", "pythia"):
    check("fine-line", f"d1-{suite}-none", "correlation of a task in two sizes, median of tasks and pairs", EXACT)(functools.partial(in_two_sizes, suite))
    check("fine-line", f"d1-excess-{suite}-none", "tasks that move, in excess of unrelated ones, median", EXACT)(functools.partial(in_excess, suite))


# ── The table ──────────────────────────────────────────────────────────────────


@functools.cache
def ours(results, experiment):
    """claim -> our number, as committed."""
    path = results / experiment / "tables" / "verdicts.csv"
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {row["claim"]: float(row["ours"]) for row in csv.DictReader(file) if row["ours"]}


def main():
    parser = argparse.ArgumentParser(description="Numbers that headlines rest on, by NumPy and SciPy from the raw data, beside ours.")
    parser.add_argument("data", nargs="?", type=pathlib.Path, default=os.environ.get("CURVECAST_DATA"), help="the data folder (default: CURVECAST_DATA)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "results", help="the folder of committed results")
    parser.add_argument("--only", help="one experiment")
    parser.add_argument("--reasons", action="store_true", help="print the reason of each tolerance")
    args = parser.parse_args()
    if args.data is None or not pathlib.Path(args.data).is_dir():
        parser.exit(2, "no data: give a folder, or set CURVECAST_DATA\n")
    global DATA
    DATA = pathlib.Path(args.data)
    chosen = [c for c in CHECKS if args.only in (None, c.experiment)]
    if not chosen:
        parser.exit(2, f"no number of {args.only!r} here; there are {', '.join(sorted({c.experiment for c in CHECKS}))}\n")

    begin = time.process_time()
    print("| experiment | claim | what | ours | SciPy | relative difference | allowed | agrees |")
    print("|---|---|---|--:|--:|--:|--:|---|")
    failed = 0
    for c in chosen:
        mine = ours(args.results, c.experiment).get(c.claim)
        try:
            value = float(c.compute())
        except (OSError, KeyError, AssertionError, RuntimeError, ValueError) as wrong:
            failed += 1
            print(f"| {c.experiment} | `{c.claim}` | {c.what} | {'' if mine is None else f'{mine:.7g}'} | {type(wrong).__name__}: {wrong} | | | no |")
            continue
        if mine is None:
            failed += 1
            print(f"| {c.experiment} | `{c.claim}` | {c.what} | | {value:.7g} | | {c.tolerance:.0e} | not there yet |")
            continue
        off = abs(value - mine) / abs(value) if value else abs(mine)
        agrees = off <= c.tolerance
        failed += not agrees
        print(f"| {c.experiment} | `{c.claim}` | {c.what} | {mine:.7g} | {value:.7g} | {off:.1e} | {c.tolerance:.0e} | {'yes' if agrees else 'NO'} |")
    print(f"\n{len(chosen) - failed} of {len(chosen)} agree, {len({c.experiment for c in chosen})} experiments; {time.process_time() - begin:.0f} CPU s; "
          f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}")
    if args.reasons:
        print()
        for reason, tolerance in dict.fromkeys((c.because, c.tolerance) for c in chosen):
            print(f"- {tolerance:.0e}: {reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
