//! What comes out of a run.

use crate::{Outcome, Series, Status};

/// Along the steps.
pub(super) const SERIES: [(&str, &str); 1] = [("course", "Loss on what was not seen: squared error, or nats a word above the entropy of the chain")];

pub(super) const SCALARS: [(&str, &str); 8] = [
    ("loss", "Loss at the end on what was not seen: mean squared error, or nats a word above the entropy of the chain"),
    ("even", "The same with all domains weighted alike; of a regression it does not exist"),
    ("rarest", "The same in the domain that is seen least often; of a regression it does not exist"),
    ("reached", "Step at which the loss has fallen to the goal; of a language model the first look there"),
    ("focus", "Weight of the examples that are news and right, over their share of the batch, mean over steps: 1 where all weigh the same"),
    ("stretch", "Length of the gradient over that with equal weights, geometric mean over steps; of a language model it does not exist"),
    ("score", "What rates are chosen by, higher is better: ten less the decimal logarithm of the loss, or e to the power of minus the loss"),
    ("rate", "Learning rate, chosen on other seeds where it is not given"),
];

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: Option<Series>, found: &[(&str, Option<f64>)], status: Status) -> Outcome {
    Outcome::gathered(curve.into_iter().collect(), &SCALARS, found, None, status)
}

/// The outcome of a run that ended early, at this rate.
pub(super) fn diverged(rate: f64, why: String) -> Outcome {
    outcome(None, &[("rate", Some(rate))], Status::Diverged(why))
}

/// A curve of the loss.
pub(super) fn curve(points: &[(f64, f64)]) -> Series {
    Series { name: "course".to_owned(), x: points.iter().map(|p| p.0).collect(), y: points.iter().map(|p| p.1).collect() }
}
