//! Does a curve move at all? Its change over training against the standard error of that change.
//!
//! A curve moves when |last − first| > z · √(se² of the first + se² of the last), over the checkpoints that are used, as
//! recorded and not smoothed. The error of a value is the recorded one; where none is, the binomial √(p(1 − p)/n) of its
//! task's n items. Checkpoints are evaluated on the same items, so the error of a change is smaller than this in truth: a
//! curve that moves by this rule does.

use std::collections::BTreeMap;

use curves::{CurveSet, Entry};

use super::data::fits_any;
use super::spec::EmergenceSpec;

/// Recorded standard errors, by the ids of curves.
pub(super) struct Errors<'a> {
    recorded: BTreeMap<&'a str, &'a Entry>,
    asked: &'a EmergenceSpec,
}

/// The change of a curve from its first checkpoint to its last, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub change: f64,
    pub se: f64,
}

impl Change {
    /// Is it beyond so many standard errors?
    pub fn beyond(self, z: f64) -> bool {
        self.change.abs() > z * self.se
    }
}

impl<'a> Errors<'a> {
    /// Those of a source of errors, if there is one.
    pub fn new(asked: &'a EmergenceSpec, set: Option<&'a CurveSet>) -> Self {
        Self { recorded: set.map(|s| s.entries().iter().map(|e| (e.id.as_str(), e)).collect()).unwrap_or_default(), asked }
    }

    /// The standard error of one value of a curve; `None` where nothing tells it.
    fn of(&self, id: &str, task: &str, x: f64, value: f64) -> Option<f64> {
        let recorded = self.recorded.get(id).and_then(|e| e.x.iter().zip(&e.y).find(|p| *p.0 == x)).map(|p| *p.1);
        recorded.filter(|se| se.is_finite() && *se >= 0.0).or_else(|| self.binomial(task, value))
    }

    fn binomial(&self, task: &str, p: f64) -> Option<f64> {
        // The longest pattern says most of a task: `arc*` more than `*`.
        let fitting = self.asked.items.iter().filter(|(pattern, _)| fits_any(std::slice::from_ref(pattern), task));
        let items = fitting.max_by_key(|(pattern, _)| pattern.len()).map(|(_, n)| *n)?;
        (0.0..=1.0).contains(&p).then(|| (p * (1.0 - p) / items as f64).sqrt())
    }

    /// The change of a curve; `None` with one checkpoint, and where an error is not known.
    pub fn change(&self, id: &str, task: &str, x: &[f64], y: &[f64]) -> Option<Change> {
        let ([x0, .., x1], [y0, .., y1]) = (x, y) else { return None };
        let (first, last) = (self.of(id, task, *x0, *y0)?, self.of(id, task, *x1, *y1)?);
        Some(Change { change: y1 - y0, se: first.hypot(last) })
    }
}

/// The `moving` column of a pair of curves.
pub(super) fn word(a: Option<bool>, b: Option<bool>) -> &'static str {
    match (a, b) {
        (Some(true), Some(true)) => "both",
        (Some(false), Some(false)) => "neither",
        (Some(_), Some(_)) => "one",
        _ => "unknown",
    }
}
