//! What can go wrong, and what to do.

use curves::{CurveError, no_such};
use fitters::FitError;
use import::ImportError;
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
    /// A log of a training tool that cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A folder of several runs, where one is wanted.
    #[error("{file}: {} runs in one folder ({}); name the folder or the file of one of them", .runs.len(), .runs.join(", "))]
    WhichRun {
        /// The folder.
        file: String,
        /// The runs.
        runs: Vec<String>,
    },
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
    /// Columns that are never filled in one row.
    #[error("{file}: no row has both {resource:?} and {measure:?}{}", beside(.measure, .other))]
    Apart {
        /// The file.
        file: String,
        /// The column of the resource.
        resource: String,
        /// The column of the measure.
        measure: String,
        /// A column of increasing numbers that stands beside the measure, and in how many rows.
        other: Option<(String, usize)>,
    },
    /// A measure with fewer than two numbers.
    #[error(
        "{file}: {have} of {of} rows {} a number in column {measure:?}{}; a forecast needs two or more: log it more often, or export every row of the log",
        if *.have == 1 { "has" } else { "have" }, without(*.not_finite, *.blank)
    )]
    TooFewValues {
        /// The file.
        file: String,
        /// The column of the measure.
        measure: String,
        /// How many rows have a finite number.
        have: usize,
        /// Of how many with the resource.
        of: usize,
        /// How many are NaN or infinite.
        not_finite: usize,
        /// How many are blank.
        blank: usize,
    },
    /// A resource with fewer than two values.
    #[error(
        "{file}: {rows} rows have a value in column {measure:?}, all at one {resource:?}, {at}; a forecast needs two or more: log at shorter intervals, or name another column for the resource"
    )]
    TooFewSteps {
        /// The file.
        file: String,
        /// The column of the resource.
        resource: String,
        /// The column of the measure.
        measure: String,
        /// The resource of all rows.
        at: f64,
        /// How many rows.
        rows: usize,
    },
    /// Several runs in one file.
    #[error("{file}: {runs} runs in one file: {column} goes from {from} back to {to} in line {line}, where the second begins; {}", apart(*.line, .telling))]
    SeveralRuns {
        /// The file.
        file: String,
        /// The line at which the second run begins, from 1.
        line: usize,
        /// The column of the resource.
        column: String,
        /// The step before.
        from: f64,
        /// The step there.
        to: f64,
        /// How many runs.
        runs: usize,
        /// A column that says one thing in the first run and another one in the second.
        telling: Option<String>,
    },
    /// Rows in no order of the resource.
    #[error(
        "{file}: line {line}: {column} goes from {from} back to {to}, and the rows are in no order; sort them by {column} if they are one run, or keep one run"
    )]
    NotSorted {
        /// The file.
        file: String,
        /// The first line at which the resource goes back, from 1.
        line: usize,
        /// The column of the resource.
        column: String,
        /// The value before.
        from: f64,
        /// The value there.
        to: f64,
    },
    /// A resource that is infinite.
    #[error("{file}: line {line}, column {column:?}: the resource is {value}; mend the line, or leave it out")]
    ResourceNotFinite {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column of the resource.
        column: String,
        /// The value.
        value: String,
    },
    /// An input of a row that is not positive.
    #[error("`{column}` is {value} in row {row}; {input} must be positive, since laws take powers of it: leave the row out")]
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
    /// A curve of too few points.
    #[error("{have} points of {measure} are seen, and a forecast needs {need}: wait, or log more often")]
    TooFewPoints {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
        /// What the measure is called.
        measure: String,
    },
    /// A curve of too few points at which a law that was asked for has a value.
    #[error("{law} has no value at {resource} {at}, which leaves {left} points, and a forecast needs {need}: wait, log more often, or use another method")]
    Undefined {
        /// The law.
        law: &'static str,
        /// What the resource is called.
        resource: String,
        /// The last point without a value.
        at: f64,
        /// How many points are left.
        left: usize,
        /// How many are needed.
        need: usize,
    },
    /// A measure whose possible values have to be told.
    #[error("{0}; give the bounds of the measure, as in --bounds -1,1")]
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

/// What to take instead of a resource that is never beside the measure.
fn beside(measure: &str, other: &Option<(String, usize)>) -> String {
    match other {
        Some((column, rows)) => format!("; {column:?} stands beside {measure:?} in {rows} rows: name it for the resource"),
        None => "; name two columns that are filled in the same rows".to_owned(),
    }
}

/// Why rows have no number.
fn without(not_finite: usize, blank: usize) -> String {
    match (not_finite, blank) {
        (0, 0) => String::new(),
        (odd, 0) => format!(" ({odd} NaN or infinite)"),
        (0, blank) => format!(" ({blank} blank)"),
        (odd, blank) => format!(" ({odd} NaN or infinite, {blank} blank)"),
    }
}

/// How several runs are told apart.
fn apart(line: usize, telling: &Option<String>) -> String {
    match telling {
        Some(column) => format!("keep the rows of one run, which the column {column:?} tells apart, or cut the file before line {line}"),
        None => format!("cut the file before line {line}, and read one run"),
    }
}
