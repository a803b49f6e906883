//! What can be wrong with a question about rows.

use thiserror::Error;

/// Why a score, a cell or a claim has no answer. Callers add the name of the file.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EvaluationError {
    /// No metric of that name is registered.
    #[error("unknown metric {name:?}{}", hint(.nearest))]
    UnknownMetric {
        /// What was asked.
        name: String,
        /// The registered name that looks most like it.
        nearest: Option<String>,
    },
    /// The frame has no such column.
    #[error("no {kind} column {column:?}{}", hint(.nearest))]
    UnknownColumn {
        /// `text` or `number`.
        kind: &'static str,
        /// What was asked.
        column: String,
        /// The column that looks most like it.
        nearest: Option<String>,
    },
    /// A CSV that cannot be read.
    #[error("line {line}: {what}")]
    Csv {
        /// Line of the text, from 1, on which the record begins.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The selection is empty.
    #[error("nothing selected by {asked}")]
    NothingSelected {
        /// The selection, in words.
        asked: String,
    },
    /// Rows were selected, but none brings the number asked.
    #[error("none of the {rows} rows selected by {asked} has a {metric:?} ({failed} failed)")]
    NoNumbers {
        /// The selection, in words.
        asked: String,
        /// The metric wanted.
        metric: String,
        /// How many rows were selected.
        rows: usize,
        /// How many of them failed.
        failed: usize,
    },
    /// Two selections have no unit in common.
    #[error("no row of {left} has a partner in {right}")]
    NothingPaired {
        /// One selection, in words.
        left: String,
        /// The other.
        right: String,
    },
    /// A computation that ended in no number, such as 0/0.
    #[error("{what} is not a number")]
    NotANumber {
        /// What was computed.
        what: String,
    },
    /// It is not known which direction of a metric is good.
    #[error("it is not known which direction of {metric:?} is good; add better = \"higher\" or \"lower\" to the cell")]
    NoDirection {
        /// The metric.
        metric: String,
    },
    /// A cell that asks for what cannot be computed.
    #[error("{what}")]
    InvalidCell {
        /// What is wrong with it.
        what: String,
    },
    /// A claim that lacks something, or has what its kind does not use.
    #[error("claim {id:?}: {what}")]
    InvalidClaim {
        /// The claim.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// A headline whose parts are not there, or that does not say what it rests on.
    #[error("headline {id:?}: {what}")]
    InvalidHeadline {
        /// The headline.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// A deviation that lacks something.
    #[error("deviation {id:?}: {what}")]
    InvalidDeviation {
        /// The deviation.
        id: String,
        /// What is wrong with it.
        what: String,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default()
}
