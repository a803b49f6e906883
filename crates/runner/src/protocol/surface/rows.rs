//! Rows of a surface ask: each with the fit, the part of the data and the cell it is about.

use evaluation::Frame;

use crate::rows;
use crate::spec::Ask;

pub(super) use crate::rows::{OK, count, one};

/// What the rows of one cell share.
#[derive(Clone, Debug, Default)]
pub(super) struct Place<'a> {
    pub method: &'a str,
    pub split: &'a str,
    pub group: &'a str,
    pub subset: &'a str,
    pub seen: &'a str,
    pub law: &'a str,
}

/// Rows as they are made.
pub(super) struct Rows<'a>(rows::Rows<'a>);

impl<'a> Rows<'a> {
    /// None yet.
    pub fn new(ask: &'a Ask) -> Self {
        Self(rows::Rows::new(ask))
    }

    /// One more, of a cell.
    pub fn push(&mut self, view: &str, level: &str, status: &str, place: &Place<'_>, texts: &[(&str, &str)], numbers: &[(&str, Option<f64>)]) {
        let cell =
            [("method", place.method), ("split", place.split), ("group", place.group), ("subset", place.subset), ("seen", place.seen), ("law", place.law)];
        self.0.push(view, level, status, &[&cell, texts].concat(), numbers);
    }

    /// The rows of another, after these.
    pub fn extend(&mut self, other: Rows<'_>) {
        self.0.extend(other.0);
    }

    /// All of them.
    pub fn finish(self) -> Frame {
        self.0.finish()
    }
}
