//! What every operation does first: look at shape and numbers, then lend them to faer.

use std::borrow::Cow;

use faer::{Mat, MatRef};
use ndarray::{Array2, ArrayView2};

use crate::LinalgError;

/// Entries that mirror each other may differ by this share of the largest entry: sums in another order differ by less, and a
/// matrix that was never symmetric by more.
const SYMMETRY: f64 = 1e-9;

/// A matrix with at least one entry, all of them finite, row by row. Borrowed where the view is already laid out so.
pub(crate) struct Matrix<'a> {
    name: &'static str,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    values: Cow<'a, [f64]>,
}

impl<'a> Matrix<'a> {
    /// The argument `name`, or what is wrong with it.
    pub(crate) fn new(name: &'static str, view: ArrayView2<'a, f64>) -> Result<Self, LinalgError> {
        let (rows, cols) = view.dim();
        if rows == 0 || cols == 0 {
            return Err(LinalgError::Empty { matrix: name, rows, cols });
        }
        let values: Cow<'a, [f64]> = match view.to_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(view.iter().copied().collect()),
        };
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(LinalgError::NotFinite { matrix: name, row: at / cols, col: at % cols, value: values[at].to_string() });
        }
        Ok(Self { name, rows, cols, values })
    }

    /// An argument that must be square.
    pub(crate) fn square(name: &'static str, view: ArrayView2<'a, f64>) -> Result<Self, LinalgError> {
        let matrix = Self::new(name, view)?;
        if matrix.rows != matrix.cols {
            return Err(LinalgError::NotSquare { matrix: name, rows: matrix.rows, cols: matrix.cols });
        }
        Ok(matrix)
    }

    /// An argument that must be symmetric: faer reads its lower half only, and would say nothing about the upper one.
    pub(crate) fn symmetric(name: &'static str, view: ArrayView2<'a, f64>) -> Result<Self, LinalgError> {
        let matrix = Self::square(name, view)?;
        let largest = matrix.values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        for row in 0..matrix.rows {
            for col in 0..row {
                let (lower, upper) = (matrix.at(row, col), matrix.at(col, row));
                // Halved, because the difference of two finite numbers need not be finite.
                if (0.5 * lower - 0.5 * upper).abs() > 0.5 * SYMMETRY * largest {
                    return Err(LinalgError::NotSymmetric { matrix: name, row, col, lower, upper });
                }
            }
        }
        Ok(matrix)
    }

    /// Right-hand sides for `a`: as many rows as it has.
    pub(crate) fn right_side(a: &Matrix<'_>, view: ArrayView2<'a, f64>) -> Result<Self, LinalgError> {
        let b = Self::new("b", view)?;
        if a.rows != b.rows {
            return Err(LinalgError::Rows { a_rows: a.rows, b_rows: b.rows });
        }
        Ok(b)
    }

    /// One entry.
    pub(crate) fn at(&self, row: usize, col: usize) -> f64 {
        self.values[row * self.cols + col]
    }

    /// faer's view of the same numbers; nothing is copied.
    pub(crate) fn faer(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.values[..], self.rows, self.cols)
    }

    /// A copy in faer's own layout, for solvers that overwrite the right-hand side.
    pub(crate) fn copied(&self) -> Mat<f64> {
        Mat::from_fn(self.rows, self.cols, |row, col| self.at(row, col))
    }

    /// That this matrix has no Cholesky factor.
    pub(crate) fn not_positive_definite(&self) -> LinalgError {
        LinalgError::NotPositiveDefinite { matrix: self.name, rows: self.rows }
    }

    /// That a column depends on those before it.
    pub(crate) fn dependent(&self, column: usize) -> LinalgError {
        LinalgError::Dependent { column, rows: self.rows, cols: self.cols }
    }

    /// Below this share of its column a pivot is rounding: ten times the usual error of a sum of that many products.
    pub(crate) fn rounding(&self) -> f64 {
        10.0 * self.rows.max(self.cols) as f64 * f64::EPSILON
    }
}

/// The first `rows` rows of a result of faer, as a row-major array.
pub(crate) fn to_array(result: MatRef<'_, f64>, rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, result.ncols()), |(row, col)| result[(row, col)])
}
