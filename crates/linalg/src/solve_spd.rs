//! Linear equations with a symmetric positive definite matrix.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Side};
use ndarray::{Array2, ArrayView2};

use crate::LinalgError;
use crate::matrix::{Matrix, to_array};

/// The X (n × k) with `A X = B`, by Cholesky, for a symmetric positive definite A (n × n) and k right-hand sides, the columns
/// of B (n × k).
///
/// # Errors
///
/// As for [`cholesky`](crate::cholesky); B empty, non-finite or of another number of rows; a column of A that is a combination
/// of those before it to working precision, whose equations would be answered by rounding.
pub fn solve_spd(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>, LinalgError> {
    let a = Matrix::symmetric("a", a)?;
    let b = Matrix::right_side(&a, b)?;
    let factor = a.faer().llt(Side::Lower).map_err(|_| a.not_positive_definite())?;
    let l = factor.L();
    // A pivot of L, squared, is what is left of the diagonal entry when the columns before it are known.
    if let Some(column) = (0..a.cols).find(|&k| l[(k, k)] * l[(k, k)] <= a.rounding() * a.at(k, k)) {
        return Err(a.dependent(column));
    }
    let mut x = b.copied();
    factor.solve_in_place_with_conj(Conj::No, x.as_mut());
    let x = to_array(x.as_ref(), a.cols);
    // A small pivot may hide behind columns of other sizes. An answer so large that rounding of A moves A X by as much as B is one of rounding.
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0_f64, |most, v| most.max(v.abs()));
    let sizes = (0..a.rows).flat_map(|i| (0..a.cols).map(move |j| (i, j)));
    let of_a = largest(&mut sizes.map(|(i, j)| a.at(i, j)));
    let (of_x, of_b) = (
        largest(&mut x.iter().copied()),
        largest(&mut (0..b.rows).flat_map(|i| {
            let b = &b;
            (0..b.cols).map(move |j| b.at(i, j))
        })),
    );
    if a.rounding() * of_a * of_x > 0.1 * of_b {
        let share = |k: usize| l[(k, k)] * l[(k, k)] / a.at(k, k);
        let column = (0..a.cols).min_by(|&i, &j| share(i).total_cmp(&share(j))).unwrap_or(0);
        return Err(a.dependent(column));
    }
    Ok(x)
}
