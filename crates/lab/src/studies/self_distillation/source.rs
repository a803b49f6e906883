//! The first pretraining: a masked autoencoder of upright pictures.

use nets::Training;

use super::outcome::{diverged, outcome};
use super::piece::Source;
use super::{data, network, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::masked_autoencoder::{Masked, View};
use crate::blocks::samples::{moments, rescale};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of a loss.
pub(super) const POINTS: u64 = 20;

/// The longest gradient that is followed as it is.
pub(super) const CLIP: f64 = 1.0;

/// How fast second moments are forgotten, as the authors have it.
pub(super) const SECOND: f64 = 0.95;

/// The stream of steps in which patches of pictures held out are hidden: no step has it.
pub(super) const HELD: u64 = u64::MAX;

/// Runs it; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Source, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    // What explains less than nothing is better still than what diverged.
    let tried: Vec<f64> = needs.iter().map(|o| o.scalar("explained").unwrap_or(f64::NEG_INFINITY)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let [mut learn, mut held] = data::source(own.world, &own.counts, seed, context.files)?;
    if learn.labels.is_empty() || held.labels.is_empty() {
        return Err(other("there are no pictures to pretrain on"));
    }
    let scale = moments(&learn);
    [&mut learn, &mut held].into_iter().for_each(|samples| rescale(&mut samples.pixels, scale));
    let (size, view) = (own.shape.size(), View { mask: own.mask, crop: own.crop, dealt: false });
    let (net, params) = own.shape.autoencoder(seed, 0);
    let mut training = Training::new(params, 0.0);
    training.groups = network::groups(&training.params);
    (training.clip, training.adam.second) = (CLIP, SECOND);
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        let shown = Masked::draw(&learn, own.batch, view, size, &mut rng);
        training.step(rate, rng, |pass| net.loss(pass, &shown.pixels, shown.count, &shown.seen))
    })?;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    let loss = net.held_out(&mut training, &held.pixels, own.mask, stream(seed, Purpose::Pretraining, HELD));
    if !loss.is_finite() {
        return Ok(diverged(&curve, "it is no longer finite; lower the rate".to_owned()));
    }
    let found = [("explained", Some(1.0 - loss)), ("rate-source", Some(rate))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}
