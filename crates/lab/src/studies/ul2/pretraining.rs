//! Pretraining by an objective, and the one of several rates that is best.

use nets::{Params, Training};

use super::world::Parts;
use super::{Method, Settings, gather, objective, other};
use crate::blocks::course::{self, Course};
use crate::blocks::denoisers::Corrupted;
use crate::blocks::prefix_model::PrefixModel;
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{TUNING, best};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Steps of warm-up, as a share of all.
const WARM_UP: f64 = 0.05;

/// The last rate over the peak.
const LAST: f64 = 0.1;

/// A model and its training, as language models are trained: AdamW with β = (0.9, 0.95), a weight decay of 0.1, gradients of length one at most.
pub(super) fn trained(params: Params<f32>) -> Training<f32> {
    let mut training = Training::new(params, 0.1);
    training.clip = 1.0;
    training.adam.second = 0.95;
    training
}

/// The windows that a rate is chosen by, in the way of the objective.
fn held(own: &Settings, parts: &Parts, seed: u64) -> Vec<Corrupted> {
    let windows = parts.draw(own.valid, own.method == Method::Scrambled, &mut stream(seed, Purpose::Pictures, 3));
    // In the place of a step that never comes.
    objective::batch(own, if own.method == Method::Scrambled { &windows } else { &parts.valid }, u64::from(u32::MAX), seed)
}

/// The place of the best rate, of as many outcomes for each. The best has the least loss; one that diverged is worse than any.
fn chosen_rate(own: &Settings, needs: &[Outcome]) -> Result<(usize, f64), StudyError> {
    let scores: Vec<f64> = needs.iter().map(|need| need.scalar("own-loss").map_or(f64::NEG_INFINITY, |loss| -loss)).collect();
    let places: Vec<usize> = (0..own.rates.len()).collect();
    let found = best(&places, &scores).and_then(|place| Some((place, *own.rates.get(place)?)));
    found.ok_or_else(|| other("there is no learning rate to choose from"))
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let (_, peak) = chosen_rate(own, needs)?;
    let parts = Parts::new(own, seed, context.files)?;
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let model = PrefixModel::new(&mut params, own.size());
    let mut training = trained(params);
    let steps = objective::steps(own) as u64;
    let schedule = Schedule::Cosine { first: 0.0, rise: (WARM_UP * steps as f64).ceil() as u64, length: steps, last: LAST };
    let course = Course { steps, points: POINTS, rate: peak };
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, step, _| {
        let mut rng = stream(seed, Purpose::Pretraining, step);
        let windows = parts.draw(own.batch, own.method == Method::Scrambled, &mut rng);
        let batch = objective::batch(own, &windows, step, seed);
        training.step(peak * schedule.at(step), rng, |pass| {
            let losses = model.losses(pass, &batch);
            pass.mean(losses)
        })
    })?;
    let about = [("rate", Some(peak))];
    if let Some(why) = ended {
        return Ok(gather::outcome(&curve, &about, None, Status::Diverged(why)));
    }
    let loss = model.loss(&mut training, &held(own, &parts, seed));
    if !loss.is_finite() {
        let why = "the loss on other windows is not finite; lower the rate".to_owned();
        return Ok(gather::outcome(&curve, &about, None, Status::Diverged(why)));
    }
    let rows = objective::cost(own).0 * (steps * own.batch as u64) as f64;
    let operations = objective::flops(own, steps as usize);
    let found = [("own-loss", Some(loss)), ("passed", Some(rows)), ("operations", Some(1e-12 * operations)), ("steps", Some(steps as f64))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(gather::outcome(&curve, &[found.as_slice(), about.as_slice()].concat(), Some(weights), Status::Done))
}

/// Of the pretrainings that a rate is chosen by, the one with the best rate that has this seed.
pub(super) fn chosen(own: &Settings, seed: u64, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (place, _) = chosen_rate(own, needs)?;
    let each = needs.len() / own.rates.len().max(1);
    let found = needs.get(place * each + seed.saturating_sub(TUNING) as usize);
    found.cloned().ok_or_else(|| other("there is no pretraining to choose from"))
}
