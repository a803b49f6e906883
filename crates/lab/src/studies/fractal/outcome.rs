//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of pretraining, mean since the point before; 0 where there is none")];

pub(super) const SCALARS: [(&str, &str); 16] = [
    ("mean", "Mean of the four tasks"),
    ("above", "The same with chance taken off: a guess has 0 in every task, and what is never wrong has 1"),
    ("digits-few", "Share of right digits, after training on ten of each of five"),
    ("digits-more", "Share of right digits, after training on fifty of each of five"),
    ("xrays-few", "ROC-AUC for pneumonia, after training on 64 X-rays (in a made world: one of two kinds of another one)"),
    ("xrays-more", "ROC-AUC for pneumonia, after training on 256 X-rays"),
    ("pretext", "Share of new pictures of pretraining of which the class with the highest score is a right one"),
    ("chance", "Share that a guess would have"),
    ("passed", "Pictures passed forward and backward: in pretraining, and in the longer tasks in its place"),
    ("rate", "Learning rate of pretraining, chosen on other seeds"),
    ("edges", "Chosen learning rates that are the lowest or the highest of their grid: of pretraining, if any, and of four tasks"),
    ("xrays-se", "Standard error of `xrays-more` over the X-rays to test on, which are the same for every seed (DeLong, this arm alone)"),
    ("valid-digits-few", "As `digits-few`, on pictures for validation"),
    ("valid-digits-more", "As `digits-more`, on pictures for validation"),
    ("valid-xrays-few", "As `xrays-few`, on pictures for validation"),
    ("valid-xrays-more", "As `xrays-more`, on pictures for validation"),
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
