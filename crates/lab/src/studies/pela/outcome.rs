//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] =
    [("loss", "Loss of the training before the tasks downstream, mean since the point before; 0 where nothing is trained")];

pub(super) const SCALARS: [(&str, &str); 17] = [
    ("upstream", "Share of right classes on new pictures upstream, before the tasks downstream"),
    ("turned", "Share of right classes on new pictures that are turned and inverted, after training on a few"),
    ("xrays", "ROC-AUC for pneumonia on new X-rays, after training on a few (in a made world: one of two kinds of another one)"),
    ("weights", "Numbers that are trained"),
    ("multiplications", "Multiplications of a picture passed forward"),
    ("distance", "Mean squared difference of features to those of the large network, on pictures for validation, mean over layers"),
    ("deviation", "Largest entry by which the product of thin layers differs from the layer of the large network, mean over layers"),
    ("passed", "Pictures passed forward and backward in training before the tasks downstream, the large network left out where it is the beginning"),
    ("work", "Billions of floating-point operations of that training; those of the large network are left out where it is the beginning"),
    ("valid", "Share of right classes on pictures for validation upstream, by which the learning rate is chosen"),
    ("rate", "Learning rate of that training, chosen on other seeds"),
    ("valid-turned", "As `turned`, on pictures for validation"),
    ("valid-xrays", "As `xrays`, on pictures for validation"),
    ("rate-turned", "Learning rate on turned pictures, chosen on other seeds"),
    ("rate-xrays", "Learning rate on X-rays, chosen on other seeds"),
    ("edges", "Chosen learning rates that are the lowest or the highest of the grid: of the intermediate pretraining, if any, and of two tasks"),
    ("xrays-se", "Standard error of `xrays` over the X-rays to test on, which are the same for every seed (DeLong, this arm alone)"),
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
