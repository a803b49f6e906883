//! Continuous ranked probability score, `∫ (F(x) − 1{x ≥ y})² dx`: an absolute error for distributions.
//!
//! Exact for bare numbers, normals, `Normals` and histograms, and by numerical integration for pools. A `Mixture` is scored through a sorted sample of
//! 1,000 representatives, and what is on a raw scale and Student's t through 400 quantiles, both with
//! `(2/n²) Σ_k (x_k − y)(n·1{y < x_k} − k − ½)`, the CRPS of the sample's own step function. On a raw scale without an upper bound the score is infinite
//! when a representative lies at infinity.

use std::f64::consts::{FRAC_2_SQRT_PI, SQRT_2};

use curves::{Better, Forecast, Histogram, Normals, Pool, Scale, Shape, normal};

use super::{Metric, Outcome};

/// Quantiles that stand for a marginal on a raw scale.
const QUANTILES: usize = 400;

/// Quantiles of every member of a pool between which it is integrated.
const PIECES: [f64; 9] = [5e-5, 2e-3, 0.03, 0.2, 0.5, 0.8, 0.97, 0.998, 1.0 - 5e-5];
/// Steps in each piece.
const SIMPSON: u32 = 12;

/// `Bins` puts half of a tail's mass within its bin: scale = width / HALF.
const HALF: f64 = 0.674_489_750_196_081_7;

/// 1/√π.
const INV_SQRT_PI: f64 = 0.5 * FRAC_2_SQRT_PI;

/// Mean CRPS.
pub(crate) struct Crps;

impl Metric for Crps {
    fn name(&self) -> &'static str {
        "crps"
    }

    fn title(&self) -> &'static str {
        "continuous ranked probability score (units of the measure)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        let f = outcome.forecast();
        outcome.mean(|i, y| {
            Some(match (f.shape(), f.scale()) {
                (Shape::Points(_), _) => (f.median(i) - y).abs(),
                (Shape::Mixture(m), None) => of_sorted(outcome.sample(m, i).iter().copied(), y),
                (Shape::Mixture(m), Some(s)) => of_raw(s, outcome.sample(m, i), y),
                (Shape::Normal { mean, sd }, None) => of_normal(mean[i], sd[i], y),
                (Shape::Normals(n), None) => of_normals(n, i, y),
                (Shape::Pool(p), None) => of_pool(p, i, y),
                (Shape::Histogram(h), None) => of_histogram(h, i, y),
                (Shape::Normal { .. } | Shape::Normals(_) | Shape::Histogram(_), Some(_)) | (Shape::Student { .. }, _) | (Shape::Pool(_), Some(_)) => {
                    of_sorted(quantiles(f, i), y)
                }
            })
        })
    }
}

fn quantiles(f: &Forecast, i: usize) -> impl ExactSizeIterator<Item = f64> + '_ {
    (0..QUANTILES).map(move |k| f.quantile(i, (k as f64 + 0.5) / QUANTILES as f64))
}

/// A sorted unit-scale sample, read on the raw scale, which turns it round when less is better.
fn of_raw(scale: &Scale, sorted: &[f64], y: f64) -> f64 {
    match scale.better {
        Better::Higher => of_sorted(sorted.iter().map(|&u| scale.inverse(u)), y),
        Better::Lower => of_sorted(sorted.iter().rev().map(|&u| scale.inverse(u)), y),
    }
}

/// CRPS of the empirical distribution of an increasing sample.
fn of_sorted(sample: impl ExactSizeIterator<Item = f64>, y: f64) -> f64 {
    let n = sample.len() as f64;
    let term = |(k, x): (usize, f64)| (x - y) * (if y < x { n } else { 0.0 } - k as f64 - 0.5);
    2.0 / (n * n) * sample.enumerate().map(term).sum::<f64>()
}

/// Gneiting & Raftery 2007, equation 21.
fn of_normal(mean: f64, sd: f64, y: f64) -> f64 {
    let z = (y - mean) / sd;
    sd * (z * (2.0 * normal::cdf(z) - 1.0) + 2.0 * normal::pdf(z) - INV_SQRT_PI)
}

/// E|Y − y| − ½ E|Y − Y'| of a mixture of normals, every term of which is that of one normal (Grimit et al. 2006, equation 5).
fn of_normals(n: &Normals, i: usize, y: f64) -> f64 {
    let size = |mean: f64, sd: f64| mean * (2.0 * normal::cdf(mean / sd) - 1.0) + 2.0 * sd * normal::pdf(mean / sd);
    let from_truth: f64 = n.at(i).map(|(w, m, s)| w * size(y - m, s)).sum();
    let among: f64 = n.at(i).flat_map(|(w, m, s)| n.at(i).map(move |(v, l, t)| w * v * size(m - l, s.hypot(t)))).sum();
    from_truth - 0.5 * among
}

/// The integral by Simpson's rule between quantiles of all members, so that one that is sharp among others that are wide is seen; a
/// twenty-thousandth of each is left out on either side.
fn of_pool(pool: &Pool, i: usize, y: f64) -> f64 {
    let mut ends: Vec<f64> = pool.members().iter().flat_map(|(_, f)| PIECES.iter().map(move |p| f.quantile(i, *p))).chain([y]).collect();
    ends.sort_unstable_by(f64::total_cmp);
    let part = |from: f64, to: f64| {
        let (h, above) = ((to - from) / f64::from(SIMPSON), if from >= y { 1.0 } else { 0.0 });
        let value = |k: u32| (pool.cdf(i, from + f64::from(k) * h) - above).powi(2);
        let inner: f64 = (1..SIMPSON).map(|k| if k % 2 == 1 { 4.0 } else { 2.0 } * value(k)).sum();
        h / 3.0 * (value(0) + inner + value(SIMPSON))
    };
    ends.windows(2).filter(|e| e[1] > e[0]).map(|e| part(e[0], e[1])).sum()
}

/// The distribution function is a line inside a bin and a half-normal in the two outer ones; both integrate.
fn of_histogram(h: &Histogram, i: usize, y: f64) -> f64 {
    let (borders, n) = (h.bins().borders(), h.bins().count());
    let (first, last) = (h.mass_in(i, 0), h.mass_in(i, n - 1));
    let (left, right) = (borders[1], borders[n - 1]);
    let mut total = tail(first, (left - borders[0]) / HALF, y - left) + tail(last, (borders[n] - right) / HALF, right - y);
    let mut below = first;
    for (bin, m) in borders[1..n].windows(2).zip(h.mass(i).skip(1)) {
        let (from, to) = (bin[0], bin[1]);
        let above = below + m;
        let cut = y.clamp(from, to);
        let at_cut = below + m * (cut - from) / (to - from);
        total += (cut - from) * squares(below, at_cut) + (to - cut) * squares(1.0 - at_cut, 1.0 - above);
        below = above;
    }
    total
}

/// Mean square of a quantity that goes in a straight line from `a` to `b`.
fn squares(a: f64, b: f64) -> f64 {
    (a * a + a * b + b * b) / 3.0
}

/// The part of the integral beyond a tail's inner border, `beyond` being how far inwards of it the truth is.
///
/// With z measured outwards-negative, F = 2 m Φ(z) there, and ∫Φ² = zΦ² + 2Φφ − Φ(z√2)/√π.
fn tail(mass: f64, scale: f64, beyond: f64) -> f64 {
    let square = |z: f64| {
        let p = normal::cdf(z);
        z * p * p + 2.0 * p * normal::pdf(z) - INV_SQRT_PI * normal::cdf(SQRT_2 * z)
    };
    let plain = |z: f64| z * normal::cdf(z) + normal::pdf(z);
    let z = (beyond / scale).min(0.0);
    let outside = 4.0 * mass * mass * square(z);
    let inside = -z - 4.0 * mass * (plain(0.0) - plain(z)) + 4.0 * mass * mass * (square(0.0) - square(z));
    scale * (outside + inside)
}
