//! Root mean squared error of the logarithm of the median, `√ mean (ln median − ln y)²`.
//!
//! The error of Alabdulmohsin et al. 2022 and of NSL-PFN, per curve.

use curves::Better;

use super::{Metric, Outcome};

/// RMSLE; `None` when a median or a truth is not positive, for then it has no logarithm.
pub(crate) struct Rmsle;

impl Metric for Rmsle {
    fn name(&self) -> &'static str {
        "rmsle"
    }

    fn title(&self) -> &'static str {
        "root mean squared error of the log of the median (a pure number)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        let medians = outcome.medians();
        let mean = outcome.mean(|i, y| (y > 0.0 && medians[i] > 0.0).then(|| (medians[i].ln() - y.ln()).powi(2)))?;
        Some(mean.sqrt())
    }
}
