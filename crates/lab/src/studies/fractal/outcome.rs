//! Outcomes of stages.

use super::other;
use crate::{Outcome, Series, Status, StudyError};

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
    let one = |(name, _): &(&str, &str)| {
        let value = found.iter().find(|(known, _)| known == name).and_then(|(_, value)| *value);
        ((*name).to_owned(), value.filter(|v| v.is_finite()))
    };
    let column = |k: usize| curve.iter().map(|point| point[k]).collect::<Vec<f64>>();
    let series = if curve.is_empty() { Vec::new() } else { vec![Series { name: SERIES[0].0.to_owned(), x: column(0), y: column(1) }] };
    Outcome { series, scalars: SCALARS.iter().map(one).collect(), weights, status }
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(curve: &[[f64; 2]], why: String) -> Outcome {
    outcome(curve, &[], None, Status::Diverged(why))
}

/// What is said where weights are wanted and not there.
const GONE: &str = "a pretraining is known by its numbers alone, without its weights (committed results hold none); run it again";

/// The weights that a pretraining hands over; none where it diverged.
///
/// # Errors
/// A pretraining that came to its end and whose weights are gone: results that are committed do not hold them.
pub(super) fn weights(need: &Outcome) -> Result<Option<&[u8]>, StudyError> {
    match (&need.status, &need.weights) {
        (Status::Diverged(_), _) => Ok(None),
        (Status::Done, Some(weights)) => Ok(Some(weights)),
        (Status::Done, None) => Err(other(GONE)),
    }
}
