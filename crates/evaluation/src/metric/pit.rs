//! Probability integral transform: P(Y ≤ truth) at the last point predicted.
//!
//! Over many curves these are uniform when forecasts are calibrated. One point per curve, because
//! the points of one curve are not independent.

use curves::Better;

use super::{Metric, Outcome};

/// PIT at the last point; `None` for bare numbers.
pub(crate) struct Pit;

impl Metric for Pit {
    fn name(&self) -> &'static str {
        "pit"
    }

    fn title(&self) -> &'static str {
        "predicted probability of at most the truth, at the last point"
    }

    fn better(&self) -> Option<Better> {
        None
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        outcome.pit()?.last().copied()
    }
}
