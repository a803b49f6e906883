//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of pretraining, mean since the point before; 0 where nothing is trained")];

pub(super) const SCALARS: [(&str, &str); 9] = [
    ("neighbours", "Share of right classes by nearest neighbours among known pictures"),
    ("probe", "Share of right classes by a ridge classifier that learns from known pictures"),
    ("size-gain", "`neighbours` less what it is with pictures as they come, in the same normalisation"),
    ("probe-size-gain", "The same of `probe`"),
    ("normalisation-loss", "What `neighbours` is with the normalisation of pretraining, in the same size, less what it is"),
    ("probe-normalisation-loss", "The same of `probe`"),
    ("valid", "`neighbours` on pictures for validation in the encoder's own size and normalisation, by which the learning rate is chosen"),
    ("rate", "Learning rate, chosen on other seeds"),
    ("passed", "Pictures passed forward and backward in pretraining"),
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
