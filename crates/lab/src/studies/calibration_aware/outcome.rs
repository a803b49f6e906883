//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Mean loss of the calibrator (of a network, its own) since the last point")];

pub(super) const SCALARS: [(&str, &str); 20] = [
    ("accuracy", "Share of right answers in distribution"),
    ("ece", "Expected calibration error in distribution (25 bins)"),
    ("ece-ood", "Expected calibration error out of distribution, mean over three tests"),
    ("ece-turned", "Expected calibration error on turned pictures"),
    ("ece-noisy", "Expected calibration error on noisy pictures"),
    ("ece-hidden", "Expected calibration error on pictures with a hidden square"),
    ("auroc", "ROC-AUC of confidence for right answers against wrong ones, in distribution"),
    ("auroc-ood", "The same out of distribution, mean over three tests"),
    ("auroc-turned", "The same on turned pictures"),
    ("auroc-noisy", "The same on noisy pictures"),
    ("auroc-hidden", "The same on pictures with a hidden square"),
    ("brier", "Squared error of all probabilities in distribution"),
    ("brier-ood", "The same out of distribution, mean over three tests"),
    ("accuracy-ood", "Share of right answers out of distribution, mean over three tests"),
    ("confidence", "Mean confidence in distribution"),
    ("temperature", "Mean temperature in distribution"),
    ("narrow", "Narrow misclassifications in distribution: the true class had a probability of .3 to .5 before calibration"),
    ("narrow-confidence", "Mean confidence in the wrong class on them"),
    ("narrow-high", "Share of them with a confidence above a half"),
    ("rate", "Learning rate of the calibrator, chosen on other seeds"),
];

/// An outcome with this curve (steps and losses) and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}
