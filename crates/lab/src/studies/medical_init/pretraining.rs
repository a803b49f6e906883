//! Pretraining: labels of natural pictures, self-distillation of them, or some findings of pictures of a thorax.

use nets::models::Cnn;
use nets::{Params, Training, losses};

use super::data::{self, LEARNED, SIDE};
use super::other;
use super::outcome::{diverged, outcome};
use super::plan::Pretraining;
use super::task::{Objective, Task};
use crate::blocks::course::{self, Course};
use crate::blocks::handover::handed_over;
use crate::blocks::label_bits::targets;
use crate::blocks::probes::{Means, accuracy};
use crate::blocks::samples::{Batch, Samples, moments, rescale};
use crate::blocks::self_distilled::SelfDistilled;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::views::views;
use crate::blocks::{best, encoder, hierarchical_images, sized_encoder};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// The longest gradient that is followed as it is.
const CLIP: f64 = 1.0;

/// Weight decay of matrices; norms and biases have none.
const DECAY: f64 = 0.05;

/// What a task for choosing a rate came to; one that diverged is worth nothing.
fn worth(of: &Outcome) -> f64 {
    Task::ALL.iter().find_map(|task| of.scalar(task.names().valid)).unwrap_or(0.0)
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let tried: Vec<f64> = needs.iter().map(worth).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let mut learn = data::source(own.objective, own.pictures, context.seed);
    if learn.labels.is_empty() {
        return Err(other("there are no pictures to pretrain on"));
    }
    let scale = moments(&learn);
    rescale(&mut learn.pixels, scale);
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let Done { net, mut training, curve, ended } = match own.objective {
        Objective::Kinds | Objective::Findings => labels(own, &learn, course, context)?,
        Objective::Distilled | Objective::Scrambled => distilled(own, &learn, course, context)?,
    };
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    if training.params.values.iter().chain(&training.params.state).any(|v| !v.is_finite()) {
        return Ok(diverged(&curve, "weights are no longer finite; lower the rate".to_owned()));
    }
    let kinds = kinds(&net, &mut training, context.seed);
    let found = [("kinds", Some(kinds)), ("rate-pretraining", Some(rate)), ("work", Some(1e-9 * own.work()))];
    let weights = handed_over(&training.params, encoder::below_head(own.width));
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}

/// What came out of a course.
struct Done {
    net: Cnn,
    training: Training<f32>,
    curve: Vec<[f64; 2]>,
    /// Why it ended early, if it did.
    ended: Option<String>,
}

/// A training whose matrices decay.
fn begin(params: Params<f32>) -> Training<f32> {
    let mut training = Training::new(params, 0.0);
    let plain = |name: &str| name.ends_with("weight") && !name.contains("norm");
    training.groups = nets::optim::groups(&training.params, |name| (1.0, if plain(name) { DECAY } else { 0.0 }));
    training.clip = CLIP;
    training
}

/// Learns labels of one view of each picture.
fn labels(own: &Pretraining, learn: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let seed = context.seed;
    let several = own.objective == Objective::Findings;
    let mut params = Params::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, if several { LEARNED } else { hierarchical_images::CLASSES });
    let mut training = begin(params);
    let mut batch = Batch::default();
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let shown = views(&batch.pixels, SIDE, &mut rng);
        training.step(rate, rng, |pass| {
            let shape = nets::layers::Images { batch: batch.labels.len(), height: SIDE, width: SIDE };
            let x = pass.input(&shown, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = if several {
                losses::binary_cross_entropy(pass, scores, &targets(&batch.labels, LEARNED))
            } else {
                losses::cross_entropy(pass, scores, &batch.labels, 0.0)
            };
            pass.mean(errors)
        })
    })?;
    Ok(Done { net, training, curve, ended })
}

/// Self-distillation of two views of each picture.
fn distilled(own: &Pretraining, learn: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let seed = context.seed;
    let mut params = Params::new(stream(seed, Purpose::Weights, 0));
    let net = SelfDistilled::new(&mut params, own.width, 1, SIDE);
    let mut memory = SelfDistilled::memory(&params);
    let mut training = begin(params);
    let mut batch = Batch::default();
    let (curve, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let mut shown = views(&batch.pixels, SIDE, &mut rng);
        shown.extend(views(&batch.pixels, SIDE, &mut rng));
        net.step(training, memory, &shown, batch.labels.len(), rng, (rate, k as f64 / own.steps as f64))
    })?;
    Ok(Done { net: net.encoder().clone(), training, curve, ended })
}

/// Share of natural pictures whose features are nearest to the mean of their kind.
fn kinds(net: &Cnn, training: &mut Training<f32>, seed: u64) -> f64 {
    let mut parts = data::looked_at(seed);
    let scale = moments(&parts[0]);
    parts.iter_mut().for_each(|part| rescale(&mut part.pixels, scale));
    let [known, asked] = parts;
    let dim = training.params.tensors().iter().find(|(name, _)| name == "head.weight").map_or(1, |(_, head)| head.cols);
    let mut means = Means::new(hierarchical_images::CLASSES, dim);
    let features = sized_encoder::features(net, training, &known);
    features.chunks_exact(dim).zip(&known.labels).for_each(|(row, kind)| means.add(row, *kind));
    let found: Vec<u32> = sized_encoder::features(net, training, &asked).chunks_exact(dim).map(|row| means.nearest(row)).collect();
    accuracy(&found, &asked.labels)
}
