//! What can be wrong with observations and forecasts.

use thiserror::Error;

/// Why some numbers are not a curve, a sample, a scale or a forecast.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CurveError {
    /// No points at all.
    #[error("no points: a curve needs at least one")]
    Empty,
    /// Two columns that should be as long as each other are not.
    #[error("{what}: {left} against {right} values; they must be as many")]
    Lengths {
        /// Which columns.
        what: &'static str,
        /// Length of the first.
        left: usize,
        /// Length of the second.
        right: usize,
    },
    /// A NaN or an infinity.
    #[error("{what} is {value} at point {at}; only finite numbers are observations")]
    NotFinite {
        /// `x` or `y`.
        what: &'static str,
        /// Index of the point, from 0.
        at: usize,
        /// The offending value, as text so that NaN compares equal to itself.
        value: String,
    },
    /// x does not strictly increase.
    #[error("x goes from {from} to {to} at point {at}; it must strictly increase (sort it, and merge duplicates)")]
    NotIncreasing {
        /// Index of the second of the two points, from 0.
        at: usize,
        /// The value before.
        from: f64,
        /// The value at.
        to: f64,
    },
    /// A part of a curve was asked for that it does not have.
    #[error("{asked} points asked of a curve of {have}")]
    BeyondEnd {
        /// How many were asked.
        asked: usize,
        /// How many there are.
        have: usize,
    },
    /// A parameter outside its range.
    #[error("{what} is {value}; it must be {must}")]
    OutOfRange {
        /// Its name.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is valid.
        must: &'static str,
    },
    /// Two members of a set share a name.
    #[error("two curves are both called {0:?}; give each its own name")]
    DuplicateId(String),
    /// Bounds of a measure that are none.
    #[error("bounds from {low} to {high}; the first must be the lower one, and both finite")]
    Bounds {
        /// The first.
        low: f64,
        /// The second.
        high: f64,
    },
}

/// The first non-finite value of a column is an error that names it.
pub(crate) fn all_finite(what: &'static str, values: &[f64]) -> Result<(), CurveError> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(at) => Err(CurveError::NotFinite { what, at, value: values[at].to_string() }),
    }
}

/// Two columns must be as long as each other.
pub(crate) fn same_length(what: &'static str, left: usize, right: usize) -> Result<(), CurveError> {
    if left == right { Ok(()) } else { Err(CurveError::Lengths { what, left, right }) }
}
