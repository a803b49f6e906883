//! Eigenvalues and eigenvectors of a symmetric matrix.

use faer::Side;
use ndarray::{Array1, Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// `A = V diag(λ) Vᵀ` of a symmetric n × n matrix: the n eigenvalues in ascending order, and the n × n matrix whose columns
/// are the eigenvectors in the same order, of length 1 and orthogonal to each other. The sign of a column is arbitrary.
///
/// # Errors
///
/// An empty, non-finite, non-square or non-symmetric matrix, or no convergence.
pub fn eigh(a: ArrayView2<'_, f64>) -> Result<(Array1<f64>, Array2<f64>), LinalgError> {
    let a = Matrix::symmetric("a", a)?;
    let n = a.rows;
    let found = a.faer().self_adjoint_eigen(Side::Lower).map_err(|_| LinalgError::NoConvergence { operation: "eigh", rows: n, cols: n })?;
    let values = found.S().column_vector();
    Ok((Array1::from_shape_fn(n, |k| values[k]), to_array(found.U(), n)))
}
