//! Singular values and singular vectors.

use ndarray::{Array1, Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// U (m × k), the singular values from the largest on, and Vᵀ (k × n), with k = min(m, n).
pub type Svd = (Array2<f64>, Array1<f64>, Array2<f64>);

/// The thin decomposition `A = U diag(s) Vᵀ` of an m × n matrix, with k = min(m, n): U (m × k, orthonormal columns), the k
/// singular values s ≥ 0 in descending order, and Vᵀ (k × n, orthonormal rows). The signs of a pair of vectors are arbitrary.
///
/// # Errors
///
/// An empty or non-finite matrix, or no convergence.
pub fn svd(a: ArrayView2<'_, f64>) -> Result<Svd, LinalgError> {
    let a = Matrix::new("a", a)?;
    let k = a.rows.min(a.cols);
    let found = a.faer().thin_svd().map_err(|_| LinalgError::NoConvergence { operation: "svd", rows: a.rows, cols: a.cols })?;
    let (values, v) = (found.S().column_vector(), found.V());
    let vt = Array2::from_shape_fn((k, a.cols), |(row, col)| v[(col, row)]);
    Ok((to_array(found.U(), a.rows), Array1::from_shape_fn(k, |i| values[i]), vt))
}
