//! What needs no trial and no data: the theorem on a grid, and the law for many samples against the eigenframework at a finite number.

use super::eigenframework::{Regression, Spectrum, best_ridge, kernel_at, solve};
use super::rows::spectrum;
use super::{Found, Settings, law, search, wrong};
use crate::{Go, StudyError};

/// Samples and features of the theorem's grid: powers of two, and infinitely many features beyond them.
const GRID: std::ops::RangeInclusive<u32> = 3..=12;

/// What counts as near the least test error.
pub(super) const NEAR: f64 = 1.01;

/// The least test error over ridges, none among them, on a grid of samples and features: where a neighbour with more of either has a larger one, the
/// theorem is wrong.
pub(super) fn theorem_one(settings: &Settings, watch: &dyn Fn(f64) -> Go) -> Result<Found, StudyError> {
    let spectrum = spectrum(settings)?;
    let samples: Vec<f64> = GRID.map(|power| f64::from(1u32 << power)).collect();
    let features: Vec<f64> = samples.iter().copied().chain([f64::INFINITY]).collect();
    let mut least = vec![vec![0.0; features.len()]; samples.len()];
    let (mut done, all) = (0.0, (samples.len() * features.len()) as f64);
    for (row, &samples) in samples.iter().enumerate() {
        for (col, &features) in features.iter().enumerate() {
            least[row][col] = without_or_with(&spectrum, &Regression { samples, features, ridge: 0.0, noise: settings.noise })?;
            done += 1.0;
            if watch(done / all) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
    }
    let (mut rise, mut compared) = (f64::NEG_INFINITY, 0.0);
    for (row, errors) in least.iter().enumerate() {
        for (col, error) in errors.iter().enumerate() {
            let more = [errors.get(col + 1), least.get(row + 1).and_then(|next| next.get(col))];
            for next in more.into_iter().flatten() {
                rise = rise.max((next - error) / error);
                compared += 1.0;
            }
        }
    }
    let curve = samples.iter().zip(&least).filter_map(|(samples, errors)| Some((*samples, *errors.last()?))).collect();
    Ok(Found { numbers: vec![("largest-rise", rise), ("compared", compared)], curve })
}

/// The least test error over all ridges from a ten-billionth of the trace on, and without one.
fn without_or_with(spectrum: &Spectrum, of: &Regression) -> Result<f64, StudyError> {
    let trace = spectrum.trace();
    let (_, best) = best_ridge(spectrum, of, 1e-10 * trace, 10.0 * trace * of.samples)?;
    if of.samples == of.features {
        return Ok(best.test);
    }
    Ok(best.test.min(solve(spectrum, of)?.test))
}

/// Kernel regression on a spectrum with so many samples: what its law is about.
pub(super) struct Finite {
    /// Test error without noise and without a ridge.
    pub(super) scale: f64,
    /// Fitting ratio at the best ridge.
    pub(super) ratio: f64,
    /// Largest fitting ratio near it.
    pub(super) near: f64,
    /// Relative noise up to which no ridge is best.
    pub(super) threshold: f64,
    /// Test error over the least one along δ/(n κ).
    pub(super) curve: Vec<(f64, f64)>,
}

/// All of it by the eigenframework, with noise of so many times the test error without noise and without a ridge.
pub(super) fn finite(spectrum: &Spectrum, samples: f64, noise_ratio: f64, watch: &dyn Fn(f64) -> Go) -> Result<Finite, StudyError> {
    let bare = solve(spectrum, &Regression { samples, features: f64::INFINITY, ridge: 0.0, noise: 0.0 })?;
    let noise = noise_ratio * bare.test;
    // κ in place of the ridge: it falls to its least value, and the training error to 0, where there is no ridge.
    let (from, to) = (bare.kappa.ln(), (10.0 * spectrum.trace()).ln());
    let at = |t: f64| kernel_at(spectrum, samples, noise, t.exp());
    let best = search::least(|t| Ok(at(t).test), from, to, 60)?;
    let least = at(best);
    if watch(0.5) == Go::Stop {
        return Err(StudyError::Interrupted);
    }
    let near = search::crossing(|t| Ok(at(t).test - NEAR * least.test), best, to)?;
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for point in (0..=40).map(|k| at(from + (to - from) * f64::from(k) / 40.0)) {
        if curve.last().is_none_or(|(r, _)| *r < point.root_ratio) {
            curve.push((point.root_ratio, point.test / least.test));
        }
    }
    Ok(Finite {
        scale: bare.test,
        ratio: least.root_ratio.powi(2),
        near: at(near).root_ratio.powi(2),
        threshold: threshold(spectrum, samples, bare.kappa) / bare.test,
        curve,
    })
}

/// The noise at which the test error begins to fall with the first ridge: where the derivative of ln E in ln κ is 0 at the κ of no ridge. With
/// u = λ/(λ + κ), E = n/(n − Σ u²) · (B + σ²) and B = Σ (1 − u)² v².
fn threshold(spectrum: &Spectrum, samples: f64, kappa: f64) -> f64 {
    let (mut squares, mut bias, mut squares_fall, mut bias_rise) = (0.0, 0.0, 0.0, 0.0);
    for (eigenvalue, power, count) in spectrum.modes() {
        let learned = eigenvalue / (eigenvalue + kappa);
        let missed = 1.0 - learned;
        squares += count * learned * learned;
        squares_fall += 2.0 * count * learned * learned * missed;
        bias += count * power * missed * missed;
        bias_rise += 2.0 * count * power * missed * missed * learned;
    }
    bias_rise * (samples - squares) / squares_fall - bias
}

/// The law for many samples against a power law without end at a finite number.
pub(super) fn law(settings: &Settings, watch: &dyn Fn(f64) -> Go) -> Result<Found, StudyError> {
    let Settings { alpha, beta, noise_ratio, .. } = *settings;
    if beta >= 2.0 * alpha + 1.0 {
        return Err(wrong(format!("beta is {beta}; the law holds below 2 alpha + 1, which is {}", 2.0 * alpha + 1.0)));
    }
    let samples = settings.fixed as f64;
    let found = finite(&spectrum(settings)?.with_tail(alpha, beta)?, samples, noise_ratio, watch)?;
    let ratio = law::best(alpha, beta, noise_ratio).powi(2);
    let numbers = vec![
        ("best-ratio", found.ratio),
        ("law-ratio", ratio),
        ("ratio-error", (found.ratio - ratio).abs()),
        ("near-ratio", found.near),
        ("law-near", law::near(alpha, beta, noise_ratio, NEAR).powi(2)),
        ("scale-error", (found.scale / law::scale(alpha, beta, samples) - 1.0).abs()),
        ("threshold", found.threshold),
        ("law-threshold", law::threshold(alpha, beta)),
        ("threshold-error", (found.threshold - law::threshold(alpha, beta)).abs()),
        ("log-noise", (1.0 + noise_ratio).log2()),
    ];
    Ok(Found { numbers, curve: found.curve })
}
