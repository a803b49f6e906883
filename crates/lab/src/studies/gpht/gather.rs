//! Outcomes of stages, and an arm as its fit held against others.

use evaluation::stat::diebold_mariano;

use super::{Settings, other, plan};
use crate::{Outcome, Series, Status, StudyError};

pub(super) const SERIES: [(&str, &str); 1] =
    [("error", "Squared error of the forecast that begins at an hour of the test part; of a pretraining, its loss by steps done")];

pub(super) const SCALARS: [(&str, &str); 11] = [
    ("mse-first", "Mean squared error of the first piece (24 hours), in units of the variance of a channel"),
    ("mae-first", "Mean absolute error of the first piece, in units of the standard deviation of a channel"),
    ("mse-whole", "Mean squared error of the whole horizon (96 hours)"),
    ("mae-whole", "Mean absolute error of the whole horizon"),
    ("valid", "Mean squared error of the whole horizon on the validation part, by which learning rate and step are chosen"),
    ("dm-longer", "Statistic of Diebold and Mariano against as much training without pretraining; below zero is better than that"),
    ("dm-dlinear", "The same against a linear forecast that learns from as many hours"),
    ("dm-naive", "The same against the last day again"),
    ("rate", "Learning rate, chosen on other seeds"),
    ("passed", "Windows passed forward and backward, pretraining included"),
    ("pretraining-loss", "Loss of pretraining, mean over its last twentieth"),
];

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[(f64, f64)], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let one = |(name, _): &(&str, &str)| {
        let value = found.iter().find(|(known, _)| known == name).and_then(|(_, value)| *value);
        ((*name).to_owned(), value.filter(|v| v.is_finite()))
    };
    let (x, y) = curve.iter().copied().unzip();
    let series = if curve.is_empty() { Vec::new() } else { vec![Series { name: SERIES[0].0.to_owned(), x, y }] };
    Outcome { series, scalars: SCALARS.iter().map(one).collect(), weights, status }
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
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

/// An arm, of its fit and of those that it is held against. Forecasts that begin `stride` hours apart overlap until the horizon is over.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (fit, others) = needs.split_first().ok_or_else(|| other("an arm lacks its fit"))?;
    if let Status::Diverged(why) = &fit.status {
        return Ok(diverged(why.clone()));
    }
    let mut arm = fit.clone();
    let errors = |outcome: &Outcome| outcome.series(SERIES[0].0).map(|series| series.y.clone()).unwrap_or_default();
    let mine = errors(fit);
    let lag = own.horizon.div_ceil(own.stride.max(1)).max(1);
    for ((name, _), rival) in plan::rivals(own).into_iter().zip(others) {
        let statistic = diebold_mariano(&mine, &errors(rival), lag).map(|test| test.statistic);
        if let Some(place) = arm.scalars.iter_mut().find(|(known, _)| known == name) {
            place.1 = statistic.filter(|v| v.is_finite());
        }
    }
    Ok(arm)
}
