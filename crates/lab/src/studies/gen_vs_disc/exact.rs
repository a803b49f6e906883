//! The error of a linear rule on the mixture, without a test set.
//!
//! In class c the differences d_j = s_c − s_j of the scores are jointly normal, with means `(w_c − w_j)·μ_c + b_c − b_j` and covariances
//! `(w_c − w_i)ᵀ Σ (w_c − w_j)`, and the rule is right where all are positive. For two classes that is a distribution function. For more it is the
//! probability that a normal vector lies below K − 1 limits, by Genz's transformation (J. Comput. Graph. Stat. 1 (1992) 141): the conditional
//! probabilities of one coordinate after the other, the tightest limit first, averaged over a fixed lattice of Richtmyer's.

use curves::normal;

use super::dot;
use super::mixture::{Linear, MOST_CLASSES, Mixture};

/// Differences of scores, at most.
pub(super) const PAIRS: usize = MOST_CLASSES - 1;

/// Points of the lattice. With as many, orthants of six dimensions are right to 1e-4, and rules whose scores are nearly on a line, as here, to 1e-7.
const POINTS: usize = 1_024;

/// A pivot below this share of its variance is rounding: the coordinate follows from those before it.
const ROUNDING: f64 = 1e-13;

/// Room for Σ times the weights.
pub(super) struct ErrorRate {
    times: Vec<f64>,
}

impl ErrorRate {
    pub(super) fn new(mixture: &Mixture) -> Self {
        Self { times: vec![0.0; mixture.classes * mixture.dim] }
    }

    /// The share of examples, each class as likely as the others, that the rule gets wrong.
    pub(super) fn of(&mut self, mixture: &Mixture, rule: &Linear) -> f64 {
        let (k, n) = (mixture.classes, mixture.dim);
        let mut gram = [[0.0; MOST_CLASSES]; MOST_CLASSES];
        let mut sums = [0.0; MOST_CLASSES];
        for (weights, times) in rule.weights.chunks_exact(n).zip(self.times.chunks_exact_mut(n)) {
            mixture.times(weights, times);
        }
        for (a, weights) in rule.weights.chunks_exact(n).enumerate() {
            sums[a] = weights.iter().sum::<f64>();
            for (b, times) in self.times.chunks_exact(n).enumerate() {
                gram[a][b] = dot(weights, times);
            }
        }
        let mut right = 0.0;
        for c in 0..k {
            let mut limits = [0.0; PAIRS];
            let mut covariance = [[0.0; PAIRS]; PAIRS];
            for (i, j) in (0..k).filter(|j| *j != c).enumerate() {
                limits[i] = (sums[c] - sums[j]) * mixture.mean(c) + rule.offsets[c] - rule.offsets[j];
                for (l, o) in (0..k).filter(|o| *o != c).enumerate() {
                    covariance[i][l] = gram[c][c] - gram[c][o] - gram[j][c] + gram[j][o];
                }
            }
            right += below(&limits[..k - 1], &covariance);
        }
        (1.0 - right / k as f64).clamp(0.0, 1.0)
    }
}

/// P(x < limits) for x ~ N(0, covariance), in at least one and at most [`PAIRS`] dimensions.
pub(super) fn below(limits: &[f64], covariance: &[[f64; PAIRS]; PAIRS]) -> f64 {
    let d = limits.len().min(PAIRS);
    let mut order = [0, 1, 2, 3, 4, 5];
    let tightness = |i: usize| limits[i] / covariance[i][i].max(f64::MIN_POSITIVE).sqrt();
    order[..d].sort_by(|a, b| tightness(*a).total_cmp(&tightness(*b)));
    // The Cholesky factor in that order.
    let mut l = [[0.0_f64; PAIRS]; PAIRS];
    for i in 0..d {
        for j in 0..=i {
            let rest = covariance[order[i]][order[j]] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j {
                if rest > ROUNDING * covariance[order[i]][order[i]] { rest.sqrt() } else { 0.0 }
            } else if l[j][j] > 0.0 {
                rest / l[j][j]
            } else {
                0.0
            };
        }
    }
    let share = |i: usize, shift: f64| -> f64 {
        let room = limits[order[i]] - shift;
        if l[i][i] > 0.0 {
            normal::cdf(room / l[i][i])
        } else {
            // No spread is left: the limit holds, or does not, or the two scores are equal.
            0.5 * (1.0 + if room == 0.0 { 0.0 } else { room.signum() })
        }
    };
    let first = share(0, 0.0);
    if d == 1 {
        return first;
    }
    let irrational = [2.0_f64, 3.0, 5.0, 7.0, 11.0].map(f64::sqrt);
    let mut total = 0.0;
    for point in 1..=POINTS {
        let (mut product, mut last) = (first, first);
        let mut y = [0.0; PAIRS];
        for i in 1..d {
            let u = (2.0 * (point as f64 * irrational[i - 1]).fract() - 1.0).abs();
            y[i - 1] = normal::quantile((u * last).clamp(1e-300, 1.0 - f64::EPSILON));
            last = share(i, (0..i).map(|j| l[i][j] * y[j]).sum());
            product *= last;
            if product == 0.0 {
                break;
            }
        }
        total += product;
    }
    total / POINTS as f64
}
