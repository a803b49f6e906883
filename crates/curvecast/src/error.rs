//! What can go wrong, and what to do.

use curves::{CurveError, no_such};
use fitters::FitError;
use models::LawError;
use tables::TableError;

/// Why there is no answer. Every message names the place and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// No law has this name.
    #[error(transparent)]
    Law(#[from] LawError),
    /// No method has this name.
    #[error("no method is called {name:?}{}", near(.nearest))]
    UnknownMethod {
        /// The name asked for.
        name: String,
        /// The name most like it.
        nearest: Option<&'static str>,
    },
    /// An option that cannot work.
    #[error("{0}")]
    Option(String),
    /// A file that cannot be read as a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A column that a file does not have.
    #[error("{file}: {}", no_such("column", .column, .there.iter().map(String::as_str)))]
    NoColumn {
        /// The file.
        file: String,
        /// The column asked for.
        column: String,
        /// The columns that there are.
        there: Vec<String>,
    },
    /// Inputs of the law that are no columns of a file.
    #[error("{file}: {what}")]
    Columns {
        /// The file.
        file: String,
        /// Which inputs the law reads, and what is missing.
        what: String,
    },
    /// A text file whose columns are not separated by commas.
    #[error("{file}: its columns are separated by {separator}, and a CSV file has commas; save it with commas (and a point in numbers)")]
    Separator {
        /// The file.
        file: String,
        /// What stands between the columns, in words.
        separator: &'static str,
    },
    /// An input of a row that is not positive.
    #[error("`{column}` is {value} in row {row}; {input} must be positive")]
    InputNotPositive {
        /// Where the values come from.
        column: String,
        /// The input of the law.
        input: String,
        /// The row, from 1.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A loss that is not positive, under a loss of logarithms.
    #[error("the loss is {value} in row {row}; a loss in nats or bits is positive: check the column, or fit with squares")]
    LossNotPositive {
        /// The row, from 1.
        row: usize,
        /// The value.
        value: f64,
    },
    /// Columns of different lengths, or none.
    #[error("{0}")]
    Rows(String),
    /// Fewer rows than free parameters.
    #[error("{have} rows for {need} free parameters; add runs, pin parameters, or use a law with fewer")]
    TooFewRows {
        /// Rows.
        have: usize,
        /// Free parameters.
        need: usize,
    },
    /// A law that has no compute-optimal split.
    #[error("{0}")]
    NoOptimum(String),
    /// A curve that is none.
    #[error("{0}; the resource must increase and all numbers be finite")]
    Curve(CurveError),
    /// A point that is not beyond what was seen.
    #[error("{at} is not beyond the last {resource} seen, {last}")]
    NotBeyond {
        /// The point.
        at: f64,
        /// What the resource is called.
        resource: String,
        /// The last one seen.
        last: f64,
    },
    /// A measure whose possible values have to be told.
    #[error("{0}; give the bounds of the measure")]
    NeedsBounds(String),
    /// Values outside the bounds given.
    #[error("values from {low} to {high} leave the bounds {from} to {to}; widen the bounds")]
    OutsideBounds {
        /// The lowest value.
        low: f64,
        /// The highest value.
        high: f64,
        /// The lower bound.
        from: f64,
        /// The upper bound.
        to: f64,
    },
    /// A fit or a forecast that did not succeed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A network that cannot be used.
    #[error("{0}")]
    Network(String),
}

fn near(nearest: &Option<&'static str>) -> String {
    nearest.map(|n| format!("; did you mean {n:?}?")).unwrap_or_default()
}
