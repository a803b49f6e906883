//! What features say of a number: a ridge regression.

use linalg::solve_spd;
use ndarray::Array2;

use super::other;
use crate::StudyError;

/// The penalty, in examples.
const PENALTY: f64 = 1e-3;

/// The share of the variance of `truth` that a ridge regression explains which was fitted to other examples; below zero where it is worse than
/// the mean of `truth`, and `None` where that does not vary. Features lie row by row; each is standardised as it varies among the known ones.
///
/// # Errors
/// Features that are not finite.
pub(super) fn explained(known: &[f32], wanted: &[f64], asked: &[f32], truth: &[f64], dim: usize) -> Result<Option<f64>, StudyError> {
    let dim = dim.max(1);
    let rows = wanted.len().min(known.len() / dim);
    if rows == 0 || truth.is_empty() {
        return Ok(None);
    }
    let column = |j: usize| known.iter().skip(j).step_by(dim).take(rows).map(|v| f64::from(*v));
    let means: Vec<f64> = (0..dim).map(|j| column(j).sum::<f64>() / rows as f64).collect();
    let scales: Vec<f64> = (0..dim).map(|j| (column(j).map(|v| (v - means[j]).powi(2)).sum::<f64>() / rows as f64).sqrt().max(1e-9)).collect();
    let matrix = |from: &[f32]| Array2::from_shape_fn((from.len() / dim, dim), |(i, j)| (f64::from(from[i * dim + j]) - means[j]) / scales[j]);
    let x = matrix(&known[..rows * dim]);
    let middle = wanted.iter().take(rows).sum::<f64>() / rows as f64;
    let y = Array2::from_shape_fn((rows, 1), |(i, _)| wanted[i] - middle);
    let mut products = x.t().dot(&x);
    products.diag_mut().iter_mut().for_each(|v| *v += PENALTY * rows as f64);
    let weights = solve_spd(products.view(), x.t().dot(&y).view()).map_err(other)?;
    let said = matrix(asked).dot(&weights);
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let spread: f64 = truth.iter().map(|t| (t - mean).powi(2)).sum();
    let error: f64 = truth.iter().zip(said.column(0)).map(|(t, s)| (t - middle - s).powi(2)).sum();
    Ok((spread > 0.0).then(|| 1.0 - error / spread))
}

#[cfg(test)]
mod tests {
    use super::explained;

    #[test]
    fn what_is_linear_is_explained_and_what_is_not_there_is_not() {
        let rows: Vec<f32> = (0..80).flat_map(|k| [(k % 7) as f32, (k % 5) as f32]).collect();
        let line: Vec<f64> = rows.chunks_exact(2).map(|r| 3.0 + f64::from(r[0]) - 2.0 * f64::from(r[1])).collect();
        let all = explained(&rows[..80], &line[..40], &rows[80..], &line[40..], 2).unwrap().unwrap();
        assert!(all > 0.999, "{all}");
        let half: Vec<f32> = rows.chunks_exact(2).map(|r| r[0]).collect();
        let part = explained(&half[..40], &line[..40], &half[40..], &line[40..], 1).unwrap().unwrap();
        assert!((0.1..0.6).contains(&part), "{part}");
        assert_eq!(explained(&rows, &line, &rows[..4], &[1.0, 1.0], 2).unwrap(), None);
        assert_eq!(explained(&[], &[], &rows, &line, 2).unwrap(), None);
        assert!(explained(&[f32::NAN; 8], &line[..4], &rows, &line, 2).is_err());
    }
}
