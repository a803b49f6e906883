//! Rows of a surface ask: each with the fit, the part of the data and the cell it is about.

use evaluation::Frame;

use crate::protocol::AskHead;
use crate::row_writer::RowWriter;

pub(super) use crate::row_writer::{OK, count, flag};

/// What the rows of one cell share.
#[derive(Clone, Debug, Default)]
pub(super) struct RowKey<'a> {
    pub method: &'a str,
    pub split: &'a str,
    pub group: &'a str,
    pub subset: &'a str,
    pub seen: &'a str,
    pub law: &'a str,
}

/// Rows as they are made.
pub(super) struct FitRows<'a>(RowWriter<'a>);

impl<'a> FitRows<'a> {
    /// None yet.
    pub fn new(ask: &'a AskHead) -> Self {
        Self(RowWriter::new(ask))
    }

    /// One more, of a cell.
    pub fn push(&mut self, view: &str, level: &str, status: &str, key: &RowKey<'_>, texts: &[(&str, &str)], numbers: &[(&str, Option<f64>)]) {
        let cell = [("method", key.method), ("split", key.split), ("group", key.group), ("subset", key.subset), ("seen", key.seen), ("law", key.law)];
        self.0.push(view, level, status, &[&cell, texts].concat(), numbers);
    }

    /// The rows of another, after these.
    pub fn extend(&mut self, other: FitRows<'_>) {
        self.0.extend(other.0);
    }

    /// All of them.
    pub fn finish(self) -> Frame {
        self.0.finish()
    }
}
