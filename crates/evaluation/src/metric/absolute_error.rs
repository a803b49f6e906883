//! The absolute error of the median, averaged over the points predicted.

use curves::Better;

use super::{Metric, Outcome};

/// Mean absolute error of the median.
pub(crate) struct AbsoluteError;

impl Metric for AbsoluteError {
    fn name(&self) -> &'static str {
        "absolute-error"
    }

    fn title(&self) -> &'static str {
        "mean absolute error of the median (units of the measure)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        let medians = outcome.medians();
        outcome.mean(|i, y| Some((medians[i] - y).abs()))
    }
}
