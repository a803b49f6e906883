//! `Job`: the unit of work, named by the hash of what decides its bytes.

use evaluation::Frame;

/// What a job leaves: rows that are the same on every run, and seconds that are not.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Tidy rows.
    pub rows: Frame,
    /// Curve, view, answer, seconds.
    pub seconds: Vec<(String, String, String, f64)>,
}

/// What a job is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Hash of everything that decides its rows.
    pub key: String,
    /// Index of the ask in the spec.
    pub ask: usize,
    /// Index of the method in the spec; none for an ask about a whole source.
    pub method: Option<usize>,
    /// First case.
    pub from: usize,
    /// One past the last case.
    pub to: usize,
}

/// Cases in one job: a kill loses no more than this much work.
pub const CHUNK: usize = 20;
