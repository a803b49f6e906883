//! The squared error of the median, averaged over the points predicted.

use curves::Better;

use super::{Metric, Outcome};

/// Mean squared error of the median.
pub(crate) struct SquaredError;

impl Metric for SquaredError {
    fn name(&self) -> &'static str {
        "squared-error"
    }

    fn title(&self) -> &'static str {
        "mean squared error of the median (squared units of the measure)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        let medians = outcome.medians();
        outcome.mean(|i, y| Some((medians[i] - y).powi(2)))
    }
}
