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
    let series = Series::through(SERIES[0].0, curve.iter().copied()).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
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
