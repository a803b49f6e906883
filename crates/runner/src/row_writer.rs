//! `RowWriter`: the tidy rows of an ask as they are made, each with its view.

use evaluation::Frame;

use crate::protocol::AskHead;

/// A status that says the row can be used.
pub(crate) const OK: &str = "ok";

/// A single observation.
pub(crate) const EACH: &str = "each";

/// A summary of several.
pub(crate) const ALL: &str = "all";

/// Rows as they are made.
pub(crate) struct RowWriter<'a> {
    ask: &'a AskHead,
    frame: Frame,
}

impl<'a> RowWriter<'a> {
    /// None yet.
    pub fn new(ask: &'a AskHead) -> Self {
        Self { ask, frame: Frame::new() }
    }

    /// One more: what it is about, how it went, and its numbers, of which those that are not finite are missing.
    pub fn push(&mut self, view: &str, level: &str, status: &str, texts: &[(&str, &str)], numbers: &[(&str, Option<f64>)]) {
        let about = [("ask", self.ask.id.as_str()), ("source", self.ask.source.as_str()), ("view", view), ("level", level), ("status", status)];
        let keys: Vec<(&str, &str)> = about.iter().chain(texts).copied().collect();
        let numbers: Vec<(&str, Option<f64>)> = numbers.iter().map(|(name, v)| (*name, v.filter(|v| v.is_finite()))).collect();
        self.frame.push_row(&keys, &numbers);
    }

    /// The rows of another, after these.
    pub fn extend(&mut self, other: RowWriter<'_>) {
        self.frame.extend(&other.frame);
    }

    /// All of them.
    pub fn finish(self) -> Frame {
        self.frame
    }
}

/// A yes as 1, a no as 0.
pub(crate) fn flag(yes: bool) -> Option<f64> {
    Some(if yes { 1.0 } else { 0.0 })
}

/// A count as a number.
pub(crate) fn count(n: usize) -> Option<f64> {
    Some(n as f64)
}
