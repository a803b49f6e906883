//! Limits taken one after the other: first over members of an ensemble for every size, then over sizes.
//!
//! lim_{N→∞} lim_{K→∞} L(N, K): for every N the law E + A K^−α gives the loss of infinitely many members; the same law
//! over those losses in N gives the loss of infinitely many members of infinite size.
//!
//! Source: Kim, Kotha, Liang and Hashimoto 2025.

use curves::Samples;
use models::surface::ensemble::Ensemble;

use crate::separable::Separable;
use crate::{Fit, FitError, Loss, Rows};

/// One power law with a floor, L = E + A x^−α: `x` positive, three points or more.
///
/// # Errors
/// Columns that are no samples, fewer than three points, x that are not positive.
pub fn limit(x: &[f64], y: &[f64], loss: Loss) -> Result<Fit, FitError> {
    let samples = Samples::new(1, x.to_vec(), y.to_vec(), Vec::new())?;
    let rows = Rows::new(&samples);
    Separable::of(&Ensemble, rows, loss, 0)?.fit(rows, 4)
}

/// Both limits of one table.
#[derive(Clone)]
pub struct Joint {
    /// Every size with the law over its members, in order of size.
    pub by_size: Vec<(f64, Fit)>,
    /// The law over the sizes' limits.
    pub over_sizes: Fit,
}

impl Joint {
    /// The loss in both limits.
    pub fn limit(&self) -> f64 {
        self.over_sizes.theta.first().copied().unwrap_or(f64::NAN)
    }
}

/// The joint limit of losses of ensembles, one row of (size, members, loss) each.
///
/// # Errors
/// Fewer than three sizes, or members of a size; anything [`limit`] refuses.
pub fn joint(rows: &[[f64; 3]], loss: Loss) -> Result<Joint, FitError> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let mut by_size = Vec::new();
    for group in sorted.chunk_by(|a, b| a[0] == b[0]) {
        let (k, l): (Vec<f64>, Vec<f64>) = group.iter().map(|r| (r[1], r[2])).unzip();
        by_size.push((group[0][0], limit(&k, &l, loss)?));
    }
    let (n, limits): (Vec<f64>, Vec<f64>) = by_size.iter().map(|(n, fit)| (*n, fit.theta[0])).unzip();
    let over_sizes = limit(&n, &limits, loss)?;
    Ok(Joint { by_size, over_sizes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_of_a_law_that_has_them() {
        let rows: Vec<[f64; 3]> = (0..20)
            .map(|i| {
                let (n, k) = (1.5e8 * 2f64.powi(i / 5), f64::from(1 + i % 5));
                [n, k, 3.17 + 0.3 * (n / 1e8).powf(-0.8) + 0.2 / k]
            })
            .collect();
        let joint = joint(&rows, Loss::Squares).unwrap();
        assert_eq!(joint.by_size.len(), 4);
        assert!((joint.limit() - 3.17).abs() < 1e-6, "{}", joint.limit());
    }

    #[test]
    fn too_little_is_refused() {
        assert!(limit(&[1.0, 2.0], &[3.0, 2.0], Loss::Squares).is_err());
        assert!(limit(&[0.0, 1.0, 2.0], &[3.0, 2.0, 1.5], Loss::Squares).is_err());
        assert!(joint(&[], Loss::Squares).is_err());
        assert!(joint(&[[1.0, 1.0, f64::NAN]], Loss::Squares).is_err());
    }
}
