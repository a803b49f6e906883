//! The limit of many samples for a power law: eigenvalues i^−α, target powers i^−β, and relative noise σ².
//!
//! With r = δ/(n κ), the root of training error over test error (the fitting ratio is r²), the test error of kernel ridge regression is, up to a
//! factor that falls as n^−(β−1) and does not depend on r or σ²,
//!
//! ```text
//! E(r) = ((1 − r)^(1−β) + α σ²) / (1 + (α − 1) r)
//! ```
//!
//! σ² is the variance of the noise over the test error without noise and without a ridge. Its least value solves
//!
//! ```text
//! (β − α) + (α − 1) β r = α (α − 1) σ² (1 − r)^β
//! ```
//!
//! and is at r = 0, no ridge and no training error at all, up to σ² = (β − α)/(α (α − 1)). Derived from the eigenframework with sums turned into
//! integrals; the authors' code has the same (`mse_theory`). The class has α > 1 and 1 < β < 2α + 1; the factor below is finite for β < α + 1.

use std::f64::consts::PI;

/// E(r), without the factor.
pub(super) fn shape(alpha: f64, beta: f64, noise: f64, r: f64) -> f64 {
    ((1.0 - r).powf(1.0 - beta) + alpha * noise) / (1.0 + (alpha - 1.0) * r)
}

/// The test error without noise and without a ridge: what E(0) without noise, 1, is multiplied with.
pub(super) fn scale(alpha: f64, beta: f64, samples: f64) -> f64 {
    let angle = PI * (beta - 1.0) / alpha;
    // (α − β + 1)/sin goes to α/π where β goes to α + 1.
    let ratio = if (angle - PI).abs() < 1e-9 { alpha / PI } else { (alpha - beta + 1.0) / angle.sin() };
    PI.powf(beta) * ratio * (PI / alpha).sin() * (alpha * (PI / alpha).sin()).powf(-beta) * samples.powf(1.0 - beta)
}

/// The r of the least test error.
pub(super) fn best(alpha: f64, beta: f64, noise: f64) -> f64 {
    let rises = |r: f64| (beta - alpha) + (alpha - 1.0) * beta * r - alpha * (alpha - 1.0) * noise * (1.0 - r).powf(beta);
    zero(rises, 0.0)
}

/// The largest r whose test error is at most `times` the least one.
pub(super) fn near(alpha: f64, beta: f64, noise: f64, times: f64) -> f64 {
    let best = best(alpha, beta, noise);
    let bound = times * shape(alpha, beta, noise, best);
    zero(|r| shape(alpha, beta, noise, r) - bound, best)
}

/// The relative noise up to which no ridge is best; below 0 where some is even without noise.
pub(super) fn threshold(alpha: f64, beta: f64) -> f64 {
    (beta - alpha) / (alpha * (alpha - 1.0))
}

/// Where a function that rises from `from` on is 0 before 1; `from` where it is above 0 there.
fn zero(rises: impl Fn(f64) -> f64, from: f64) -> f64 {
    if rises(from) >= 0.0 {
        return from;
    }
    let (mut low, mut high) = (from, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rises(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}
