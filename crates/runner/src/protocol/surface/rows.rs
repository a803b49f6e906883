//! Rows of a surface ask: tidy, each with its view.

use evaluation::Frame;

use crate::spec::Ask;

/// A status that says the row can be used.
pub(super) const OK: &str = "ok";

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
pub(super) struct Rows<'a> {
    ask: &'a Ask,
    frame: Frame,
}

impl<'a> Rows<'a> {
    /// None yet.
    pub fn new(ask: &'a Ask) -> Self {
        Self { ask, frame: Frame::new() }
    }

    /// One more: what it is about, how it went, and its numbers, of which those that are not finite are missing.
    pub fn push(&mut self, view: &str, level: &str, status: &str, place: &Place<'_>, texts: &[(&str, &str)], numbers: &[(&str, Option<f64>)]) {
        let about = [
            ("ask", self.ask.id.as_str()),
            ("source", self.ask.source.as_str()),
            ("view", view),
            ("level", level),
            ("status", status),
            ("method", place.method),
            ("split", place.split),
            ("group", place.group),
            ("subset", place.subset),
            ("seen", place.seen),
            ("law", place.law),
        ];
        let keys: Vec<(&str, &str)> = about.iter().chain(texts).copied().collect();
        let numbers: Vec<(&str, Option<f64>)> = numbers.iter().map(|(name, v)| (*name, v.filter(|v| v.is_finite()))).collect();
        self.frame.push_row(&keys, &numbers);
    }

    /// The rows of another, after these.
    pub fn extend(&mut self, other: Rows<'_>) {
        self.frame.extend(&other.frame);
    }

    /// All of them.
    pub fn finish(self) -> Frame {
        self.frame
    }
}

/// A count as a number.
pub(super) fn count(n: usize) -> Option<f64> {
    Some(n as f64)
}

/// A yes as 1, a no as 0.
pub(super) fn one(yes: bool) -> Option<f64> {
    Some(if yes { 1.0 } else { 0.0 })
}
