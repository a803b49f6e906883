//! Least squares with full column rank.

use faer::Conj;
use faer::linalg::solvers::SolveLstsqCore;
use ndarray::{Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// The X (n × k) that makes the columns of `A X − B` shortest, by QR, for A (m × n, m ≥ n, independent columns) and the k
/// columns of B (m × k).
///
/// # Errors
///
/// An empty or non-finite matrix, other rows in B than in A, fewer rows than columns, or a column of A that is a combination
/// of those before it to working precision (less than 10 m ε of its length is new, so the scale of a column does not matter).
pub fn lstsq(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>, LinalgError> {
    let a = Matrix::new("a", a)?;
    let b = Matrix::right_side(&a, b)?;
    if a.rows < a.cols {
        return Err(LinalgError::Underdetermined { rows: a.rows, cols: a.cols });
    }
    let factors = a.faer().qr();
    let r = factors.thin_R();
    // Q keeps lengths, so column k of R is as long as column k of A, and its last entry is what is new in it.
    let length = |k: usize| (0..=k).fold(0.0_f64, |norm, row| norm.hypot(r[(row, k)]));
    if let Some(column) = (0..a.cols).find(|&k| r[(k, k)].abs() <= a.rounding() * length(k)) {
        return Err(a.dependent(column));
    }
    let mut x = b.copied();
    // The solution comes in the first n rows.
    factors.solve_lstsq_in_place_with_conj(Conj::No, x.as_mut());
    Ok(to_array(x.as_ref(), a.cols))
}
