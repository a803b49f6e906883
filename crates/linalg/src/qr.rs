//! An orthonormal basis of the columns, and the triangle that leads back.

use ndarray::{Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// The thin decomposition `A = Q R` of an m × n matrix, with k = min(m, n): Q (m × k, orthonormal columns) and R (k × n, upper
/// triangular, no negative number on its diagonal; with independent columns that makes both unique).
///
/// # Errors
///
/// An empty or non-finite matrix.
pub fn qr(a: ArrayView2<'_, f64>) -> Result<(Array2<f64>, Array2<f64>), LinalgError> {
    let a = Matrix::new("a", a)?;
    let k = a.rows.min(a.cols);
    let factors = a.faer().qr();
    let (mut q, mut r) = (to_array(factors.compute_thin_Q().as_ref(), a.rows), to_array(factors.thin_R(), k));
    for i in 0..k {
        if r[[i, i]] < 0.0 {
            r.row_mut(i).mapv_inplace(|v| -v);
            q.column_mut(i).mapv_inplace(|v| -v);
        }
        // What the factorisation keeps below the diagonal is no part of R.
        for j in 0..i {
            r[[i, j]] = 0.0;
        }
    }
    Ok((q, r))
}
