//! Outcomes of stages.

use crate::{Outcome, Series, Status};

/// What runs along folds.
pub(super) const SERIES: [(&str, &str); 1] = [("folds", "Area under the ROC curve of every fold, repeat after repeat (of what has none: a 0)")];

pub(super) const SCALARS: [(&str, &str); 27] = [
    ("auroc", "Area under the ROC curve of scores that are pooled over folds, mean over repeats"),
    ("fold-mean", "Mean over folds of the area under the ROC curve of each"),
    ("fold-sd", "Standard deviation of that over folds"),
    ("fresh", "Area under the ROC curve on further pictures, mean over the networks of all folds"),
    ("explained", "Mean area under the ROC curve of pretraining, over its labels, on pictures held out"),
    ("rate", "Learning rate of the head, chosen on other seeds"),
    ("rate-pretraining", "Learning rate of pretraining, chosen on another seed"),
    ("edges", "Chosen learning rates that are the lowest or the highest of the grid"),
    ("chosen", "Learning rates that were chosen"),
    ("work", "Billions of floating-point operations that a fold needs, where frozen stages have no backward pass"),
    ("work-done", "The same as they are done here, where every stage has one"),
    ("work-before", "Billions of floating-point operations of pretraining"),
    ("work-all", "Billions of floating-point operations of pretraining and of a fold, as they are done here"),
    ("domain", "Mean difference of folds to those after digits, by the same recipe"),
    ("domain-p", "Two-sided p of the corrected resampled t-test of that"),
    ("domain-plain-p", "The same without the correction"),
    ("domain-seen", "Whether it is positive with p below 0.05: 1 or 0"),
    ("domain-plain-seen", "The same without the correction"),
    ("domain-alike", "Correlation of folds with those after digits"),
    ("thaw", "Mean difference of folds to those of all stages from the first step, after the same pretraining"),
    ("thaw-p", "Two-sided p of the corrected resampled t-test of that"),
    ("thaw-plain-p", "The same without the correction"),
    ("thaw-seen", "Whether it is positive with p below 0.05: 1 or 0"),
    ("thaw-plain-seen", "The same without the correction"),
    ("thaw-alike", "Correlation of folds with those of all stages from the first step"),
    ("published-low", "Lower end of the corrected interval, 95 %, of a difference that the paper prints"),
    ("published-high", "Its upper end"),
];

/// An outcome with the areas of these folds and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(folds: &[f64], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let points = folds.iter().enumerate().map(|(k, area)| ((k + 1) as f64, *area));
    let series = Series::through(SERIES[0].0, points).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
}

/// The areas of the folds of another stage.
pub(super) fn areas(of: &Outcome) -> &[f64] {
    of.series(SERIES[0].0).map_or(&[], |series| &series.y)
}
