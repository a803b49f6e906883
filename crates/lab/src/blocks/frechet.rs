//! The Fréchet distance of two sets of rows, each taken as a normal distribution (Heusel et al., arXiv 1706.08500):
//! `|μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)`.
//!
//! It is over the mean variance of the features of the second set, so that it does not depend on the scale of features. Of finite sets it is too
//! large even where both are drawn from one distribution: what two real sets of the same size have is its floor.

use linalg::eigh;
use ndarray::Array2;

use crate::StudyError;

/// A mean and a covariance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    mean: Vec<f64>,
    covariance: Array2<f64>,
}

impl Moments {
    /// Of rows of `dim` numbers; of fewer than two the covariance is zero.
    pub(crate) fn of(rows: &[f32], dim: usize) -> Self {
        let dim = dim.max(1);
        let count = rows.len() / dim;
        let mut mean = vec![0.0; dim];
        for row in rows.chunks_exact(dim) {
            mean.iter_mut().zip(row).for_each(|(m, v)| *m += f64::from(*v) / count as f64);
        }
        let mut covariance = Array2::<f64>::zeros((dim, dim));
        let mut gap = vec![0.0; dim];
        for row in rows.chunks_exact(dim) {
            gap.iter_mut().zip(row).zip(&mean).for_each(|((g, v), m)| *g = f64::from(*v) - m);
            for (i, a) in gap.iter().enumerate() {
                for (j, b) in gap.iter().enumerate().take(i + 1) {
                    covariance[(i, j)] += a * b / (count.max(2) - 1) as f64;
                }
            }
        }
        for i in 0..dim {
            for j in 0..i {
                covariance[(j, i)] = covariance[(i, j)];
            }
        }
        Self { mean, covariance }
    }

    /// The mean variance.
    fn variance(&self) -> f64 {
        self.covariance.diag().sum() / self.mean.len().max(1) as f64
    }
}

/// A symmetric matrix that differs from this one by rounding alone.
fn symmetric(a: &Array2<f64>) -> Array2<f64> {
    (a + &a.t()) / 2.0
}

/// The distance of the first from the second, over the mean variance of the second.
///
/// # Errors
/// Moments that are not finite, or of other dimensions.
pub(crate) fn distance(one: &Moments, other: &Moments) -> Result<f64, StudyError> {
    let failed = |e: linalg::LinalgError| StudyError::Other(format!("Fréchet distance: {e}"));
    if one.mean.len() != other.mean.len() {
        return Err(StudyError::Other("Fréchet distance: features of two kinds".to_owned()));
    }
    let (values, vectors) = eigh(one.covariance.view()).map_err(failed)?;
    let mut scaled = vectors.clone();
    for (mut column, value) in scaled.columns_mut().into_iter().zip(&values) {
        column *= value.max(0.0).sqrt();
    }
    let root = scaled.dot(&vectors.t());
    let middle = symmetric(&root.dot(&other.covariance).dot(&root));
    let (values, _) = eigh(middle.view()).map_err(failed)?;
    let crossed: f64 = values.iter().map(|v| v.max(0.0).sqrt()).sum();
    let apart: f64 = one.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let all = apart + one.covariance.diag().sum() + other.covariance.diag().sum() - 2.0 * crossed;
    Ok(all.max(0.0) / other.variance().max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::diffusion::noise;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn distances_by_hand() {
        // Means 1 and 3, variances 4 and 1: (3 − 1)² + (2 − 1)², over 1.
        let one = Moments { mean: vec![1.0], covariance: Array2::from_elem((1, 1), 4.0) };
        let other = Moments { mean: vec![3.0], covariance: Array2::from_elem((1, 1), 1.0) };
        assert!((distance(&one, &other).unwrap() - 5.0).abs() < 1e-12 && (distance(&other, &one).unwrap() - 1.25).abs() < 1e-12);
        // Diagonal ones: Σ (√a − √b)², over the mean of b.
        let diagonal =
            |a: f64, b: f64| Moments { mean: vec![0.0; 2], covariance: Array2::from_shape_fn((2, 2), |(i, j)| if i == j { [a, b][i] } else { 0.0 }) };
        assert!((distance(&diagonal(4.0, 9.0), &diagonal(1.0, 1.0)).unwrap() - 5.0).abs() < 1e-10);
        assert!(distance(&one, &diagonal(1.0, 1.0)).is_err());
        let moments = Moments::of(&[1.0, 2.0, 3.0, 6.0], 2);
        assert_eq!((moments.mean.clone(), moments.covariance.clone()), (vec![2.0, 4.0], ndarray::arr2(&[[2.0, 4.0], [4.0, 8.0]])));
        assert!(distance(&moments, &moments).unwrap() < 1e-6);
    }

    #[test]
    fn two_draws_of_one_distribution_are_apart_by_what_their_size_leaves() {
        let mut rng = Pcg64::seed_from_u64(2);
        let mut draw = |count: usize| Moments::of(&noise(8 * count, &mut rng), 8);
        let (few, many) = (distance(&draw(200), &draw(200)).unwrap(), distance(&draw(3_200), &draw(3_200)).unwrap());
        // It falls as one over the size: sixteen times as many rows, about a sixteenth of the distance.
        assert!(few > 0.05 && (5.0..50.0).contains(&(few / many)), "{few} {many}");
    }
}
