//! Spectra of features: their effective rank in two definitions, and how fast their variances fall.
//!
//! - The effective rank of some numbers is e to the power of the entropy of their shares p, each of which has 1e-7 added. Roy and Vetterli (2007) and
//!   Garrido et al. (RankMe, arXiv 2210.02885) take the singular values of the features as they are; others take the variances along principal
//!   components, which are squares of centred ones, so that theirs is the lower number.
//! - The decay α is minus the slope of a line through the logarithms of variances by the logarithms of their ranks, weighed by one over the rank
//!   (α-ReQ, Agrawal et al., 2022, after Stringer et al., 2019).

use linalg::eigh;
use ndarray::Array2;

/// What is added to every share.
const FLOOR: f64 = 1e-7;

/// The spectrum of features, a row for each example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spectrum {
    /// Variances along principal components, from the largest on.
    pub(crate) variances: Vec<f64>,
    /// Singular values of the features as they are, from the largest on.
    pub(crate) singular: Vec<f64>,
}

/// Eigenvalues of a symmetric matrix, from the largest on; rounding below zero is zero.
fn descending(matrix: &Array2<f64>) -> Option<Vec<f64>> {
    let (values, _) = eigh(matrix.view()).ok()?;
    Some(values.iter().rev().map(|value| value.max(0.0)).collect())
}

impl Spectrum {
    /// Of features that lie row by row; `None` of fewer than two rows, and where they are not finite.
    pub(crate) fn of(features: &[f32], dim: usize) -> Option<Self> {
        let dim = dim.max(1);
        let rows = features.len() / dim;
        if rows < 2 || features.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let (mut mean, mut moment) = (vec![0.0; dim], Array2::<f64>::zeros((dim, dim)));
        for row in features.chunks_exact(dim) {
            for (i, a) in row.iter().enumerate() {
                mean[i] += f64::from(*a) / rows as f64;
                for (j, b) in row.iter().enumerate() {
                    moment[(i, j)] += f64::from(*a) * f64::from(*b) / rows as f64;
                }
            }
        }
        let covariance = Array2::from_shape_fn((dim, dim), |(i, j)| moment[(i, j)] - mean[i] * mean[j]);
        let singular = descending(&moment)?.into_iter().map(|square| (square * rows as f64).sqrt()).collect();
        Some(Self { variances: descending(&covariance)?, singular })
    }

    /// The decay of variances over these ranks, which are counted from one, and the share of the (weighted) variance of logarithms that the line
    /// explains; `None` of fewer than two variances above zero there.
    pub(crate) fn decay(&self, first: usize, last: usize) -> Option<(f64, f64)> {
        let ranked = self.variances.iter().zip(1..).skip(first.saturating_sub(1)).take((last + 1).saturating_sub(first.max(1)));
        let points: Vec<(f64, f64, f64)> =
            ranked.filter(|(value, _)| **value > 0.0).map(|(value, rank)| (f64::from(rank).recip(), f64::from(rank).ln(), value.ln())).collect();
        if points.len() < 2 {
            return None;
        }
        let all: f64 = points.iter().map(|(w, _, _)| w).sum();
        let mean_x = points.iter().map(|(w, x, _)| w * x).sum::<f64>() / all;
        let mean_y = points.iter().map(|(w, _, y)| w * y).sum::<f64>() / all;
        let xx: f64 = points.iter().map(|(w, x, _)| w * (x - mean_x).powi(2)).sum();
        let yy: f64 = points.iter().map(|(w, _, y)| w * (y - mean_y).powi(2)).sum();
        let xy: f64 = points.iter().map(|(w, x, y)| w * (x - mean_x) * (y - mean_y)).sum();
        // Equal variances lie on a line without a slope.
        Some((-xy / xx, if yy > 0.0 { xy * xy / (xx * yy) } else { 1.0 }))
    }
}

/// The effective rank of numbers that are not negative; `None` where their sum is not positive.
pub(crate) fn effective_rank(values: &[f64]) -> Option<f64> {
    let all: f64 = values.iter().sum();
    if !all.is_finite() || all <= 0.0 {
        return None;
    }
    let entropy: f64 = values.iter().map(|value| value / all + FLOOR).map(|p| -p * p.ln()).sum();
    Some(entropy.exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_known_spectra() {
        // Equal numbers count themselves; one number alone is one.
        assert!((effective_rank(&[2.0; 7]).unwrap() - 7.0).abs() < 1e-4);
        assert!((effective_rank(&[3.0, 0.0, 0.0]).unwrap() - 1.0).abs() < 1e-4);
        assert_eq!((effective_rank(&[0.0, 0.0]), effective_rank(&[])), (None, None));
        // Shares of 3/4 and 1/4.
        let wanted = (0.75_f64 * (4.0_f64 / 3.0).ln() + 0.25 * 4.0_f64.ln()).exp();
        assert!((effective_rank(&[3.0, 1.0]).unwrap() - wanted).abs() < 1e-4);
    }

    #[test]
    fn features_along_two_axes() {
        // Around (5, 1), as many rows along either axis.
        let features = [7.0, 1.0, 3.0, 1.0, 5.0, 1.0 + 2.0_f32.sqrt(), 5.0, 1.0 - 2.0_f32.sqrt()];
        let found = Spectrum::of(&features, 2).unwrap();
        // Two squares of 4, and two of 2, over four rows.
        assert!((found.variances[0] - 2.0).abs() < 1e-5 && (found.variances[1] - 1.0).abs() < 1e-5, "{found:?}");
        // As they are, the sum of squares is that of all numbers.
        let squares: f64 = features.iter().map(|v| f64::from(*v).powi(2)).sum();
        assert!((found.singular.iter().map(|s| s * s).sum::<f64>() - squares).abs() < 1e-3 && found.singular[0] > found.singular[1]);
        assert_eq!(Spectrum::of(&features[..2], 2), None);
        assert_eq!(Spectrum::of(&[1.0, f32::NAN, 2.0, 1.0], 2), None);
    }

    #[test]
    fn a_power_law_has_its_exponent() {
        let variances: Vec<f64> = (1..=20).map(|rank| 3.0 * f64::from(rank).powf(-1.5)).collect();
        let spectrum = Spectrum { variances, singular: Vec::new() };
        for (first, last) in [(1, 20), (3, 10), (5, 99)] {
            let (alpha, fit) = spectrum.decay(first, last).unwrap();
            assert!((alpha - 1.5).abs() < 1e-9 && (fit - 1.0).abs() < 1e-9, "{alpha} {fit}");
        }
        assert_eq!((spectrum.decay(20, 30), spectrum.decay(4, 4)), (None, None));
        let flat = Spectrum { variances: vec![1.0; 4], singular: Vec::new() };
        assert!(flat.decay(1, 4).is_some_and(|(alpha, fit)| alpha.abs() < 1e-12 && fit == 1.0));
    }
}
