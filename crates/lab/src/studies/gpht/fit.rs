//! What is learned from the target, and the forecasts of its test part.

use nets::{Params, Training, optim};

use super::data::Target;
use super::forecast::{Errors, SELDOM};
use super::learner::Learner;
use super::plan::steps;
use super::{Settings, gather, network, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// How often a training is looked at on the validation part, the last time at its end.
pub(super) const LOOKS: u64 = 5;

/// Runs a fit.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let target = Target::new(own, seed, context.files)?;
    let parted = needs.split_at_checked(usize::from(own.method.mixture().is_some()));
    let (first, tunings) = parted.ok_or_else(|| other("a fit lacks the pretraining that it starts from"))?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let learner = Learner::new(&mut params, own);
    let mut about = Vec::new();
    let mut before = 0.0;
    if let Some(first) = first.first() {
        let Some(weights) = first.handed_over()? else { return Ok(gather::diverged("its pretraining diverged".to_owned())) };
        params.read(weights).map_err(other)?;
        before = first.scalar("passed").unwrap_or(0.0);
        about.push(("pretraining-loss", first.scalar("pretraining-loss")));
    }
    let mut training = Training::new(params, 0.0);
    training.clip = 1.0;
    let mut valid = None;
    if own.learns() {
        if own.method.heads_alone() {
            training.groups = optim::groups(&training.params, |name| (f64::from(u8::from(network::in_head(name))), 0.0));
        }
        // The best is the one with the least error, and one that diverged is worse than any.
        let scores: Vec<f64> = tunings.iter().map(|o| o.scalar("valid").map_or(f64::NEG_INFINITY, |error| -error)).collect();
        let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
        let (error, ended) = learn(own, &learner, &mut training, &target, rate, context)?;
        if let Some(why) = ended {
            return Ok(gather::diverged(why));
        }
        valid = error;
        about.extend([("rate", Some(rate)), ("passed", Some(before + (steps(own) * own.batch) as f64))]);
    } else {
        about.push(("passed", Some(before)));
    }
    let found = Errors::of(&learner, &mut training, own, &target, target.test.clone(), own.stride);
    if found.by_hour.iter().any(|error| !error.is_finite()) {
        return Ok(gather::diverged("forecasts are no longer finite; lower the rate".to_owned()));
    }
    let valid = valid.unwrap_or_else(|| looked_at(own, &learner, &mut training, &target));
    about.extend([
        ("mse-first", Some(found.first.0)),
        ("mae-first", Some(found.first.1)),
        ("mse-whole", Some(found.whole.0)),
        ("mae-whole", Some(found.whole.1)),
        ("valid", Some(valid)),
    ]);
    let curve: Vec<(f64, f64)> = found.by_hour.iter().enumerate().map(|(k, error)| ((k * own.stride) as f64, *error)).collect();
    Ok(gather::outcome(&curve, &about, None, Status::Done))
}

/// The error on the validation part.
fn looked_at(own: &Settings, learner: &Learner, training: &mut Training<f32>, target: &Target) -> f64 {
    Errors::of(learner, training, own, target, target.valid.clone(), SELDOM * own.stride).whole.0
}

/// Keeps the weights if their error is the least so far: the error, then the weights.
fn keep(kept: &mut Vec<f32>, error: f64, weights: &[f32]) {
    if error.is_finite() && kept.first().is_none_or(|least| (error as f32) < *least) {
        kept.clear();
        kept.push(error as f32);
        kept.extend_from_slice(weights);
    }
}

/// Trains to the end, and goes back to the weights that were best on the validation part. Gives their error, and why it ended early, if it did.
fn learn(
    own: &Settings,
    learner: &Learner,
    training: &mut Training<f32>,
    target: &Target,
    rate: f64,
    context: &mut Context<'_>,
) -> Result<(Option<f64>, Option<String>), StudyError> {
    let seed = context.seed;
    let last = steps(own) as u64;
    let apart = last.div_ceil(LOOKS).max(1);
    let course = Course { steps: last, points: 1, rate };
    let (mut kept, mut batch) = (Vec::new(), Vec::new());
    let (_, ended) = course::run(training, &mut kept, course, context, |training, kept, k, rate| {
        if k > 0 && k.is_multiple_of(apart) {
            let error = looked_at(own, learner, training, target);
            keep(kept, error, &training.params.values);
        }
        let mut rng = stream(seed, Purpose::Steps, k);
        target.draw(&mut rng, own.batch, learner.length(own), &mut batch);
        training.step(rate, rng, |pass| learner.loss(pass, &batch))
    })?;
    if ended.is_some() {
        return Ok((None, ended));
    }
    let error = looked_at(own, learner, training, target);
    keep(&mut kept, error, &training.params.values);
    let Some((least, weights)) = kept.split_first() else {
        return Ok((None, Some("forecasts of the validation part were never finite; lower the rate".to_owned())));
    };
    training.params.values.copy_from_slice(weights);
    Ok((Some(f64::from(*least)), None))
}
