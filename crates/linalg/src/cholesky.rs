//! The Cholesky factor of a positive definite matrix.

use faer::Side;
use ndarray::{Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// The lower triangular L (n × n, positive diagonal, zeros above it) with `A = L Lᵀ`, of a symmetric positive definite n × n
/// matrix.
///
/// # Errors
///
/// An empty, non-finite, non-square or non-symmetric matrix, or one that is not positive definite.
pub fn cholesky(a: ArrayView2<'_, f64>) -> Result<Array2<f64>, LinalgError> {
    let a = Matrix::symmetric("a", a)?;
    let factor = a.faer().llt(Side::Lower).map_err(|_| a.not_positive_definite())?;
    Ok(to_array(factor.L(), a.rows))
}
