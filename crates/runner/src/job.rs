//! `Job`: the unit of work, named by the hash of what decides its bytes.

use evaluation::Frame;

use crate::protocol::Part;

/// What a job leaves: rows and forecasts that are the same on every run, and seconds that are not.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Tidy rows.
    pub rows: Frame,
    /// Forecasts that are kept beside the rows, so that a new metric scores them without a new run.
    pub kept: Frame,
    /// Curve, cutoff, answer, seconds.
    pub seconds: Vec<(String, String, String, f64)>,
}

impl Output {
    /// Rows and nothing else.
    pub(crate) fn rows(rows: Frame) -> Self {
        Self { rows, ..Self::default() }
    }
}

/// What a job is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Hash of everything that decides its rows.
    pub key: String,
    /// Index of the ask in the spec.
    pub ask: usize,
    /// Which part of it.
    pub part: Part,
}

/// Curves in one job: a kill loses no more than this much work.
pub const CHUNK: usize = 20;
