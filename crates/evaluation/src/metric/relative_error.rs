//! The relative error of the median, averaged over the points predicted: a hundredth of the mean absolute percentage error (MAPE).

use curves::Better;

use super::{FromKept, Metric, Outcome};

/// Mean of |median − truth| / |truth|; none where a truth is zero.
pub(crate) struct RelativeError;

impl Metric for RelativeError {
    fn name(&self) -> &'static str {
        "relative-error"
    }

    fn title(&self) -> &'static str {
        "mean absolute relative error of the median (a hundredth of MAPE)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        let medians = outcome.medians();
        outcome.mean(|i, y| (y != 0.0).then(|| (medians[i] - y).abs() / y.abs()))
    }

    fn of_kept(&self) -> Option<FromKept> {
        Some(|points| {
            let errors: Option<Vec<f64>> =
                points.iter().map(|p| p.quantile(0.5).filter(|_| p.truth != 0.0).map(|median| (median - p.truth).abs() / p.truth.abs())).collect();
            errors.filter(|e| !e.is_empty()).map(|e| e.iter().sum::<f64>() / e.len() as f64)
        })
    }
}
