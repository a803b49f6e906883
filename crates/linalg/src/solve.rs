//! Linear equations with any square matrix.

use faer::Conj;
use faer::linalg::solvers::SolveCore;
use ndarray::{Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// The X (n × k) with `A X = B`, by LU with row pivoting, for a square A (n × n) and k right-hand sides, the columns of B
/// (n × k).
///
/// # Errors
///
/// An empty or non-finite matrix, A not square, other rows in B than in A, or a column of A that is a combination of those
/// before it to working precision (a pivot below 10 n ε times the largest entry of its column, so the scale of a column does
/// not matter).
pub fn solve(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>, LinalgError> {
    let a = Matrix::square("a", a)?;
    let b = Matrix::right_side(&a, b)?;
    let factors = a.faer().partial_piv_lu();
    let u = factors.U();
    let singular = |&k: &usize| {
        let largest = (0..a.rows).fold(0.0_f64, |most, row| most.max(a.at(row, k).abs()));
        u[(k, k)].abs() <= a.rounding() * largest
    };
    if let Some(column) = (0..a.cols).find(singular) {
        return Err(a.dependent(column));
    }
    let mut x = b.copied();
    factors.solve_in_place_with_conj(Conj::No, x.as_mut());
    Ok(to_array(x.as_ref(), a.cols))
}
