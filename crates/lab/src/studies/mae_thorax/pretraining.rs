//! Pretraining: a masked autoencoder, or the labels of natural pictures.

use nets::{Params, Training, losses};

use super::data;
use super::method::Objective;
use super::network::{Net, handed_over, weight_decay};
use super::outcome::{diverged, outcome};
use super::plan::Pretraining;
use super::{World, other};
use crate::blocks::course::{self, Course};
use crate::blocks::cropping::crop;
use crate::blocks::masked_autoencoder::{Autoencoder, Encoder, Masked, View};
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::samples::{Batch, Samples, moments, rescale};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::{best, digits, hierarchical_images};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Share of the steps in which the rate rises, in units of the rate that falls to zero along a line.
const RISE: f64 = 0.05;

/// The longest gradient that is followed as it is.
const CLIP: f64 = 1.0;

/// The stream of steps in which patches of pictures held out are hidden: no step of pretraining has it.
const HELD: u64 = u64::MAX;

/// A rate that rises at the beginning.
fn risen(rate: f64, step: u64, steps: usize) -> f64 {
    let rise = (RISE * steps as f64).ceil().max(1.0);
    rate * ((step + 1) as f64 / rise).min(1.0)
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    // What explains less than nothing is better still than what diverged.
    let scores: Vec<f64> = needs.iter().map(|o| o.scalar("explained").unwrap_or(f64::NEG_INFINITY)).collect();
    let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let [mut learn, mut held] = data::unlabelled(own.world, own.domain, &own.counts, context.seed, context.files)?;
    if learn.labels.is_empty() || held.labels.is_empty() {
        return Err(other("there are no pictures to pretrain on"));
    }
    let scale = moments(&learn);
    [&mut learn, &mut held].into_iter().for_each(|samples| rescale(&mut samples.pixels, scale));
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let done = match own.objective {
        Objective::Supervised => supervised(own, &learn, &held, course, context)?,
        Objective::Masked | Objective::Dealt => masked(own, &learn, &held, course, context)?,
    };
    let Done { curve, ended, explained, weights } = done;
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    if !explained.is_finite() {
        return Ok(diverged(&curve, "it is no longer finite; lower the rate".to_owned()));
    }
    let tokens = (own.objective != Objective::Supervised).then(|| own.shape.size().seen(own.mask) as f64);
    let found = [("explained", Some(explained)), ("rate-pretraining", Some(rate)), ("work", Some(1e-9 * own.work())), ("tokens", tokens)];
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}

/// What came out of a course.
struct Done {
    curve: Vec<[f64; 2]>,
    /// Why it ended early, if it did.
    ended: Option<String>,
    explained: f64,
    weights: Vec<u8>,
}

/// A training whose matrices decay.
fn training(params: Params<f32>) -> Training<f32> {
    let mut training = Training::new(params, 0.0);
    training.groups = nets::optim::groups(&training.params, |name| (1.0, weight_decay(name)));
    training.clip = CLIP;
    training
}

fn masked(own: &Pretraining, learn: &Samples, held: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, size) = (context.seed, own.shape.size());
    let mut params = own.shape.params(seed);
    let net = Autoencoder::new(&mut params, size);
    let mut training = training(params);
    // As the authors have it: moments that forget sooner.
    training.adam.second = 0.95;
    let view = View { mask: own.mask, crop: own.crop, dealt: own.objective == Objective::Dealt };
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        let shown = Masked::draw(learn, own.batch, view, size, &mut rng);
        training.step(risen(rate, k, own.steps), rng, |pass| net.loss(pass, &shown.pixels, shown.count, &shown.seen))
    })?;
    let loss = net.held_out(&mut training, &held.pixels, own.mask, stream(seed, Purpose::Pretraining, HELD));
    // The encoder is what comes first.
    let mut alone = own.shape.params(seed);
    Encoder::new(&mut alone, size);
    Ok(Done { curve, ended, explained: 1.0 - loss, weights: handed_over(&training.params, alone.len()) })
}

fn supervised(own: &Pretraining, learn: &Samples, held: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, shape) = (context.seed, &own.shape);
    let classes = match own.world {
        World::Real => digits::CLASSES,
        World::Made => hierarchical_images::CLASSES,
    };
    let mut params = shape.params(seed);
    let net = Net::new(&mut params, shape, classes);
    let mut training = training(params);
    let mut batch = Batch::default();
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let mut pixels = Vec::with_capacity(batch.pixels.len());
        batch.pixels.chunks_exact(data::SIDE * data::SIDE).for_each(|picture| crop(picture, data::SIDE, own.crop, &mut rng, &mut pixels));
        training.step(risen(rate, k, own.steps), rng, |pass| {
            let scores = net.scores(pass, &pixels, batch.labels.len(), 0.0);
            let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
            pass.mean(errors)
        })
    })?;
    let scores = net.look(&mut training, held, |net, pass, pixels, count| net.scores(pass, pixels, count, 0.0));
    let finite = scores.iter().all(|s| s.is_finite());
    let found: Vec<u32> = scores.chunks_exact(classes).map(|row| largest(row.iter().map(|s| f64::from(*s)))).collect();
    let explained = if finite { accuracy(&found, &held.labels) } else { f64::NAN };
    let body = training.params.len() - (shape.features() + 1) * classes;
    Ok(Done { curve, ended, explained, weights: handed_over(&training.params, body) })
}
