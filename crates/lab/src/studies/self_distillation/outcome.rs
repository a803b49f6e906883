//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of the last pretraining before X-rays, mean since the point before; 0 for none")];

pub(super) const SCALARS: [(&str, &str); 26] = [
    ("xrays", "ROC-AUC for pneumonia on the seed's own part of the X-rays to test on (in a made world: for air in a synthetic thorax)"),
    ("xrays-whole", "The same on all X-rays to test on, which are the same for every seed"),
    ("xrays-near", "The same on new X-rays of the part to learn from"),
    ("turned", "Share of right answers on new digits that are turned and inverted"),
    ("explained", "1 less the loss on hidden patches of the network before it goes on, on pictures held out"),
    ("seen-xrays", "The same after it went on, on the X-rays that it went on with"),
    ("new-xrays", "The same on X-rays for validation"),
    ("seen-turned", "The same on the turned digits that it went on with"),
    ("new-turned", "The same on turned digits for validation"),
    ("distance-xrays", "Distance of the encoder from where it began, over the length of its weights there, after going on with X-rays"),
    ("distance-turned", "The same after going on with turned digits"),
    ("work", "Billions of floating-point operations of going on, for each target: those of the teacher are among them"),
    ("teaching", "Billions of them that the teacher itself took"),
    ("rate-source", "Learning rate of the first pretraining, chosen on other seeds"),
    ("rate-further-xrays", "Learning rate of going on with X-rays, chosen on other seeds"),
    ("rate-further-turned", "Learning rate of going on with turned digits, chosen on other seeds"),
    ("pull-xrays", "Factor of the pull to the beginning with X-rays, chosen on other seeds"),
    ("pull-turned", "Factor of the pull to the beginning with turned digits, chosen on other seeds"),
    ("rate-xrays", "Learning rate with labels of X-rays, chosen on other seeds"),
    ("rate-turned", "Learning rate with labels of turned digits, chosen on other seeds"),
    ("edges", "Chosen learning rates and factors that are the lowest or the highest of their grid"),
    ("chosen", "Learning rates and factors that were chosen"),
    ("se", "Standard error of `xrays-whole` over the X-rays to test on (DeLong, this arm alone)"),
    ("valid-xrays", "As `xrays`, on X-rays for validation"),
    ("valid-turned", "As `turned`, on turned digits for validation"),
    ("steps", "Steps of going on, for each target"),
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
