//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of the pretraining, mean since the point before; 0 for none")];

pub(super) const SCALARS: [(&str, &str); 25] = [
    ("value", "Share of right classes of new pictures, or the mean area under the ROC curve of findings"),
    ("skill", "The same, stretched so that chance is 0 and all right is 1"),
    ("gain", "Share of the distance from the skill from scratch at equal steps, with the same seed, to all right that is covered"),
    ("nll", "Mean -ln of the probability of what is right in new pictures, nats"),
    ("nll-scaled", "The same after a temperature"),
    ("nll-drop", "By how much a temperature lowers that"),
    ("ece", "Expected calibration error on new pictures, in 15 bins"),
    ("ece-scaled", "The same after a temperature"),
    ("ece-drop", "By how much a temperature lowers that"),
    ("valid-drop", "By how much a temperature lowers the mean -ln on the pictures that it is fitted to"),
    ("temperature", "The temperature"),
    ("valid", "Skill on pictures for validation, by which rates are chosen"),
    ("rate", "Learning rate in the target, chosen on other seeds"),
    ("rate-pretraining", "Learning rate of pretraining, chosen on another seed"),
    ("edges", "Chosen learning rates that are the lowest or the highest of their grid"),
    ("work", "Billions of floating-point operations of pretraining, or by which the target is longer in its place"),
    ("again", "Agreement of rankings of two seeds with one budget, mean over the budgets"),
    ("matched", "Agreement of rankings of two seeds, one at equal steps and one at equal operations"),
    ("lost", "`again` less `matched`"),
    ("again-pretrained", "As `again`, without training from scratch"),
    ("matched-pretrained", "As `matched`, without training from scratch"),
    ("lost-pretrained", "As `lost`, without training from scratch"),
    ("scratch-place", "Mean place of training from scratch among eight strategies at equal steps, 1 for the best"),
    ("scratch-place-matched", "The same at equal operations"),
    ("scratch-rise", "By how many places it rises from the one to the other"),
];

/// An outcome with this curve (steps and losses) and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(curve: &[[f64; 2]], why: String) -> Outcome {
    outcome(curve, &[], None, Status::Diverged(why))
}
