//! What can be wrong with a matrix.

use thiserror::Error;

/// Why an operation has no answer. Rows, columns and pivots count from 0.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LinalgError {
    /// A matrix without rows or columns.
    #[error("{matrix} is {rows} × {cols}; it must have at least one row and one column")]
    Empty {
        /// Which argument.
        matrix: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
    /// A NaN or an infinity.
    #[error("{matrix} holds {value} in row {row}, column {col}; only finite numbers can be factored, so drop that row or mend what made it")]
    NotFinite {
        /// Which argument.
        matrix: &'static str,
        /// Row of the first such number.
        row: usize,
        /// Its column.
        col: usize,
        /// The number, as text so that NaN compares equal to itself.
        value: String,
    },
    /// A square matrix is needed.
    #[error("{matrix} is {rows} × {cols}; it must be square (for more rows than columns use `lstsq` or `svd`)")]
    NotSquare {
        /// Which argument.
        matrix: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
    /// A symmetric matrix is needed.
    #[error("{matrix} is not symmetric: {lower} in row {row}, column {col}, but {upper} mirrored; average it with its transpose if that is rounding")]
    NotSymmetric {
        /// Which argument.
        matrix: &'static str,
        /// Row of the entry below the diagonal.
        row: usize,
        /// Its column.
        col: usize,
        /// The entry below the diagonal.
        lower: f64,
        /// The entry above it.
        upper: f64,
    },
    /// Left and right side have different numbers of rows.
    #[error("a has {a_rows} rows and b has {b_rows}; they must have as many (b holds one right-hand side per column)")]
    Rows {
        /// Rows of the matrix.
        a_rows: usize,
        /// Rows of the right-hand sides.
        b_rows: usize,
    },
    /// Fewer equations than unknowns.
    #[error("a is {rows} × {cols}: least squares needs at least as many rows as columns; use `svd` for the shortest solution")]
    Underdetermined {
        /// Its rows.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
    /// No Cholesky factor.
    #[error("{matrix} ({rows} × {rows}) is not positive definite; add a small multiple of the identity to it, or use `solve` or `eigh`")]
    NotPositiveDefinite {
        /// Which argument.
        matrix: &'static str,
        /// Its rows.
        rows: usize,
    },
    /// A column that depends on those before it, to working precision.
    #[error("column {column} of a ({rows} × {cols}) is a combination of the columns before it, to working precision; drop it, add a ridge, or use `svd`")]
    Dependent {
        /// Which column.
        column: usize,
        /// Rows of the matrix.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
    /// An iteration that did not end.
    #[error("{operation} of a {rows} × {cols} matrix did not converge; scale its entries towards 1")]
    NoConvergence {
        /// Which operation.
        operation: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
}
