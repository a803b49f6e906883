//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of the pretraining before the first task, mean since the point before; 0 for none")];

pub(super) const SCALARS: [(&str, &str); 22] = [
    ("few", "Mean ROC-AUC on medical pictures after training on a few: on the seed's own part of the X-rays to test on, or on made pictures"),
    ("more", "The same after training on more"),
    ("whole-few", "As `few`, on all X-rays to test on, which are the same for every seed"),
    ("whole-more", "As `more`, on all X-rays to test on"),
    ("near-few", "As `few`, on new X-rays of the part to learn from"),
    ("near-more", "As `more`, on new X-rays of the part to learn from"),
    ("natural", "Mean ROC-AUC on new natural pictures after training on a few"),
    ("explained", "Of pretraining, on pictures held out: 1 less the loss on hidden patches, or the share of right labels"),
    ("explained-natural", "The same of the pretraining before the natural task"),
    ("work", "Billions of floating-point operations of pretraining, or by which each task is longer in its place"),
    ("rate-pretraining", "Learning rate of pretraining, chosen on other seeds"),
    ("rate-pretraining-natural", "Learning rate of the pretraining before the natural task, chosen on other seeds"),
    ("rate-few", "Learning rate of the smaller task, chosen on other seeds"),
    ("rate-more", "Learning rate of the larger task, chosen on other seeds"),
    ("rate-natural", "Learning rate of the natural task, chosen on other seeds"),
    ("edges", "Chosen learning rates that are the lowest or the highest of the grid: of pretrainings and of tasks"),
    ("chosen", "Learning rates that were chosen"),
    ("se", "Standard error of `whole-few` over the X-rays to test on (DeLong, this arm alone)"),
    ("valid-few", "As `few`, on pictures for validation"),
    ("valid-more", "As `more`, on pictures for validation"),
    ("valid-natural", "As `natural`, on pictures for validation"),
    ("tokens", "Patches that the masked autoencoder before the first task sees of a picture"),
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
