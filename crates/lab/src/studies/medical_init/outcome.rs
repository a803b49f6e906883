//! Outcomes of stages.

use crate::{Outcome, Series, Status};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of the pretraining, mean since the point before; 0 for none")];

pub(super) const SCALARS: [(&str, &str); 25] = [
    ("xrays-few", "ROC-AUC on the seed's own part of the X-rays to test on, after training on few"),
    ("xrays-many", "The same after training on many"),
    ("whole-few", "As `xrays-few`, on all X-rays to test on, which are the same for every seed"),
    ("whole-many", "As `xrays-many`, on all X-rays to test on"),
    ("near-few", "As `xrays-few`, on new X-rays of the part to learn from"),
    ("near-many", "As `xrays-many`, on new X-rays of the part to learn from"),
    ("thorax-few", "Mean ROC-AUC over the findings of new pictures of the synthetic thorax, after training on few"),
    ("thorax-many", "The same after training on many"),
    ("macro", "Mean of `near-few`, `near-many`, `thorax-few` and `thorax-many`"),
    ("kinds", "Share of new natural pictures whose features after pretraining are nearest to the mean of their kind; chance has 1 in 32"),
    ("work", "Billions of floating-point operations of pretraining, or by which each task is longer in its place"),
    ("se", "Standard error of `whole-few` over the X-rays to test on (DeLong, this arm alone)"),
    ("delong-gap", "`whole-few` less that of `sl` with the same seed"),
    ("delong-se", "Standard error of that over the X-rays to test on (DeLong)"),
    ("delong-p", "Two-sided p-value of no difference (DeLong)"),
    ("rate-pretraining", "Learning rate of pretraining, chosen on another seed"),
    ("rate-xrays-few", "Learning rate of the smaller task of X-rays, chosen on other seeds"),
    ("rate-xrays-many", "Learning rate of the larger task of X-rays, chosen on other seeds"),
    ("rate-thorax-few", "Learning rate of the smaller task of the thorax, chosen on other seeds"),
    ("rate-thorax-many", "Learning rate of the larger task of the thorax, chosen on other seeds"),
    ("edges", "Chosen learning rates that are the lowest or the highest of the grid"),
    ("valid-xrays-few", "As `xrays-few`, on X-rays for validation"),
    ("valid-xrays-many", "As `xrays-many`, on X-rays for validation"),
    ("valid-thorax-few", "As `thorax-few`, on pictures for validation"),
    ("valid-thorax-many", "As `thorax-many`, on pictures for validation"),
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
