//! Outcomes of stages.

use super::other;
use crate::{Outcome, Series, Status, StudyError};

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
