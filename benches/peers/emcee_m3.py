#!/usr/bin/env python3
"""LC-PFN's strongest MCMC baseline (MCMC-PP, setting M3) with emcee: CPU seconds for one curve.

The posterior is that of the prior `domhan3` (Adriaensen et al. 2023, Table 1, noise as in their code):

    y_t = w1 (c1 - a1 t^-alpha) + w2 (a2 - (a2 - b2) exp(-k t^delta)) + w3 (c3 - a3 / ln(t + 1)) + sigma z

with 13 parameters, kept where the noiseless curve rises, f(m) > f(1), and stays in [0, 1] for t = 1 ... m.
M3 is 100 walkers and 4,500 steps, 500 of them burn-in, thin 1. Walkers move in the parameters of the
formulas, as `coordinates = "raw"` does in experiments/lcpfn/spec.toml.

The likelihood is called in two ways that give the same numbers: once per walker (emcee's default, what the
original code does) and once per half-ensemble (`vectorize=True`). Needs numpy and emcee, nothing else.
"""

import argparse
import os
import platform
import time

# One thread: set before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import emcee  # noqa: E402
import numpy as np  # noqa: E402

HORIZON = 100
LN_SQRT_2PI = 0.5 * np.log(2.0 * np.pi)
NAMES = ["pow3.c", "pow3.a", "pow3.alpha", "janoschek.a", "janoschek.beta", "janoschek.k", "janoschek.delta",
         "ilog2.c", "ilog2.a", "w1", "w2", "w3", "sigma"]
# Uniform parameters: index -> (low, high).
UNIFORM = {0: (0.0, 1.25), 1: (-0.6, 0.6), 3: (0.0, 1.0), 4: (0.0, 2.0), 7: (0.0, 1.0), 8: (-0.5, 0.5),
           9: (0.0, 1.0), 10: (0.0, 1.0), 11: (0.0, 1.0)}
# Log-normal parameters: index -> (mean, sd) of the logarithm.
LOG_NORMAL = {2: (0.0, 2.0), 5: (-2.0, 1.0), 6: (0.0, 0.5), 12: (-4.0, 1.0)}

U_AT = np.array(list(UNIFORM))
U_LOW, U_HIGH = np.array(list(UNIFORM.values())).T
L_AT = np.array(list(LOG_NORMAL))
L_MEAN, L_SD = np.array(list(LOG_NORMAL.values())).T
U_LN = -np.log(U_HIGH - U_LOW).sum()

GRID = np.arange(1.0, HORIZON + 1.0)
LN_T = np.log(GRID)
INV_LN_T1 = 1.0 / np.log(GRID + 1.0)


def curve(p, ln_t, inv_ln_t1):
    """The noiseless curve: one row per row of `p`, one column per point."""
    p = p[..., None]
    pow3 = p[..., 0, :] - p[..., 1, :] * np.exp(-p[..., 2, :] * ln_t)
    jan = p[..., 3, :] - (p[..., 3, :] - p[..., 4, :]) * np.exp(-p[..., 5, :] * np.exp(p[..., 6, :] * ln_t))
    ilog2 = p[..., 7, :] - p[..., 8, :] * inv_ln_t1
    return p[..., 9, :] * pow3 + p[..., 10, :] * jan + p[..., 11, :] * ilog2


def draw(rng):
    """One admissible parameter vector and its noiseless curve."""
    while True:
        p = np.empty(13)
        p[U_AT] = rng.uniform(U_LOW, U_HIGH)
        p[L_AT] = np.exp(rng.normal(L_MEAN, L_SD))
        f = curve(p, LN_T, INV_LN_T1)
        if f[-1] > f[0] and f.min() >= 0.0 and f.max() <= 1.0:
            return p, f


def ln_density_many(p, y):
    """Log posterior, up to a constant, of every row of `p`."""
    out = np.full(len(p), -np.inf)
    inside = ((p[:, U_AT] >= U_LOW) & (p[:, U_AT] <= U_HIGH)).all(1) & (p[:, L_AT] > 0.0).all(1)
    if not inside.any():
        return out
    q = p[inside]
    f = curve(q, LN_T, INV_LN_T1)
    keep = (f[:, -1] > f[:, 0]) & (f.min(1) >= 0.0) & (f.max(1) <= 1.0)
    ln_q = np.log(q[:, L_AT])
    z = (ln_q - L_MEAN) / L_SD
    prior = U_LN - (0.5 * z * z + np.log(L_SD) + LN_SQRT_2PI + ln_q).sum(1)
    sigma = q[:, 12]
    n = len(y)
    likelihood = -0.5 * ((f[:, :n] - y) ** 2).sum(1) / sigma**2 - n * (np.log(sigma) + LN_SQRT_2PI)
    total = np.where(keep, prior + likelihood, -np.inf)
    out[inside] = np.where(np.isnan(total), -np.inf, total)
    return out


def ln_density_one(p, y):
    """The same for one walker, with the cheap refusals first."""
    u, positive = p[U_AT], p[L_AT]
    if (u < U_LOW).any() or (u > U_HIGH).any() or (positive <= 0.0).any():
        return -np.inf
    f = curve(p, LN_T, INV_LN_T1)
    if not (f[-1] > f[0] and f.min() >= 0.0 and f.max() <= 1.0):
        return -np.inf
    ln_q = np.log(positive)
    z = (ln_q - L_MEAN) / L_SD
    prior = U_LN - (0.5 * z * z + np.log(L_SD) + LN_SQRT_2PI + ln_q).sum()
    n = len(y)
    value = prior - 0.5 * ((f[:n] - y) ** 2).sum() / p[12] ** 2 - n * (np.log(p[12]) + LN_SQRT_2PI)
    return value if np.isfinite(value) else -np.inf


def predictive(flat, y_later, seen):
    """Mean log predictive density at the noisy later points, nats per point."""
    f = curve(flat, LN_T[seen:], INV_LN_T1[seen:])
    sigma = flat[:, 12:13]
    ln = -0.5 * ((y_later - f) / sigma) ** 2 - np.log(sigma) - LN_SQRT_2PI
    top = ln.max(0)
    return float((top + np.log(np.exp(ln - top).mean(0))).mean())


def sample(y, seen, start, args, vectorised):
    """CPU seconds, acceptance and log score of one chain, prediction included."""
    rng = np.random.default_rng(args.seed + 1)
    walkers = start + 1e-6 * rng.standard_normal((args.walkers, 13))
    sampler = emcee.EnsembleSampler(args.walkers, 13, ln_density_many if vectorised else ln_density_one,
                                    args=(y[:seen],), vectorize=vectorised)
    sampler.random_state = np.random.RandomState(args.seed).get_state()
    begin = time.process_time()
    # Walkers start almost on top of each other, as in the original code; emcee would refuse that.
    sampler.run_mcmc(walkers, args.steps, skip_initial_state_check=True)
    burn_in = args.steps // 9  # 500 of 4,500
    kept = sampler.get_chain(discard=burn_in, flat=True)
    kept = kept[:: max(1, len(kept) // 4000)]  # as many states as Curvecast's forecast is made of
    score = predictive(kept, y[seen:], seen)
    return time.process_time() - begin, float(sampler.acceptance_fraction.mean()), score


def main():
    parser = argparse.ArgumentParser(description="CPU seconds of MCMC-PP (M3) with emcee on one synthetic curve.")
    parser.add_argument("--steps", type=int, default=4500, help="steps, a ninth of them burn-in (M3: 4500)")
    parser.add_argument("--walkers", type=int, default=100, help="walkers (M3: 100)")
    parser.add_argument("--seen", type=int, default=20, help="points seen, of 100")
    parser.add_argument("--repeats", type=int, default=1, help="curves, each timed")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first curve")
    parser.add_argument("--only", choices=["per-walker", "vectorised"], help="time only one of the two")
    args = parser.parse_args()
    if not 0 < args.seen < HORIZON or args.steps < 9 or args.repeats < 1:
        parser.error("seen must be between 1 and 99, steps at least 9 and repeats at least 1")

    print(f"python {platform.python_version()}, numpy {np.__version__}, emcee {emcee.__version__}, {platform.machine()}")
    print(f"{args.walkers} walkers x {args.steps} steps, {args.seen} of {HORIZON} points seen")
    print(f"{'likelihood':<12} {'curve':>5} {'CPU s':>9} {'acceptance':>10} {'log score':>9}")
    seconds = {}
    first = args.seed
    for k in range(args.repeats):
        args.seed = first + k
        rng = np.random.default_rng(args.seed)
        truth, f = draw(rng)
        y = f + truth[12] * rng.standard_normal(HORIZON)
        # Starting at the truth spares a least-squares fit, which is not what is timed.
        both = [ln_density_one(truth, y[: args.seen]), ln_density_many(truth[None], y[: args.seen])[0]]
        assert np.isclose(*both), both
        for name in ("per-walker", "vectorised"):
            if args.only in (None, name):
                s, acceptance, score = sample(y, args.seen, truth, args, name == "vectorised")
                seconds.setdefault(name, []).append(s)
                print(f"{name:<12} {k:>5} {s:>9.2f} {acceptance:>10.3f} {score:>9.3f}", flush=True)
    for name, s in seconds.items():
        print(f"{name}: median {np.median(s):.2f} CPU s a curve over {len(s)}")


if __name__ == "__main__":
    main()
