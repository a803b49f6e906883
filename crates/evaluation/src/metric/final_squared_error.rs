//! The squared error of the median at the last point predicted: how well the end of the run is known.

use curves::Better;

use super::{Metric, Outcome};

/// Squared error of the last median.
pub(crate) struct FinalSquaredError;

impl Metric for FinalSquaredError {
    fn name(&self) -> &'static str {
        "final-squared-error"
    }

    fn title(&self) -> &'static str {
        "squared error of the median at the last point (squared units of the measure)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        Some((outcome.medians().last()? - outcome.truth().last()?).powi(2))
    }
}
