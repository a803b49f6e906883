//! Pretraining by one of the objectives.

use nets::layers::Images;
use nets::models::Cnn;
use nets::{Params, Training, losses};
use rand_pcg::Pcg64;

use super::data::{self, SIDE};
use super::other;
use super::outcome::{diverged, outcome};
use super::piece::Pretraining;
use super::strategy::Objective;
use crate::blocks::course::{self, Course};
use crate::blocks::fractals::{Fractals, Kind};
use crate::blocks::handover::handed_over;
use crate::blocks::hierarchical_images::CLASSES;
use crate::blocks::label_bits::targets;
use crate::blocks::masked_convolution::MaskedConvolution;
use crate::blocks::neighbour_agreement::{disagreement, marks, similarities};
use crate::blocks::samples::{Batch, Samples, moments, rescale};
use crate::blocks::self_distilled::SelfDistilled;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::views::views;
use crate::blocks::{best, encoder};
use crate::{Context, Outcome, Status, StudyError};

/// Systems of maps; which of them a picture shows are bits of a label.
pub(super) const SYSTEMS: usize = 32;

/// Numbers that neighbours are near in.
pub(super) const OUTPUTS: usize = 32;

/// Temperature of their cosines.
const TEMPERATURE: f64 = 0.1;

/// Fractals that tell how numbers are scaled.
const SOME: usize = 128;

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// The longest gradient that is followed as it is.
const CLIP: f64 = 1.0;

/// Weight decay of matrices; norms and biases have none.
const DECAY: f64 = 0.05;

/// Runs a pretraining; its rate is chosen by the outcomes that it needs. A target that diverged is worth no more than chance.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let tried: Vec<f64> = needs.iter().map(|o| o.scalar("valid").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let Done { training, curve, ended } = if own.objective == Objective::Fractals {
        fractals(own, course, context)?
    } else {
        let mut learn = data::source(own.world, own.source, own.pictures, own.kept, context.seed, context.files)?;
        if learn.labels.is_empty() {
            return Err(other("there are no pictures to pretrain on"));
        }
        let scale = moments(&learn);
        rescale(&mut learn.pixels, scale);
        match own.objective {
            Objective::Masked => masked(own, &learn, course, context)?,
            Objective::Distilled => distilled(own, &learn, course, context)?,
            Objective::Look => look(own, &learn, course, context)?,
            Objective::Kinds | Objective::Fractals => labels(own, &learn, course, context)?,
        }
    };
    if let Some(why) = ended {
        return Ok(diverged(&curve, why));
    }
    if training.params.values.iter().chain(&training.params.state).any(|v| !v.is_finite()) {
        return Ok(diverged(&curve, "weights are no longer finite; lower the rate".to_owned()));
    }
    let found = [("rate-pretraining", Some(rate)), ("work", Some(1e-9 * own.work()))];
    let weights = handed_over(&training.params, encoder::below_head(own.width));
    Ok(outcome(&curve, &found, Some(weights), Status::Done))
}

/// What came out of a course.
struct Done {
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

/// First weights: those of the encoder are the same for all objectives of a seed.
fn first(seed: u64) -> Params<f32> {
    Params::new(stream(seed, Purpose::Weights, 0))
}

fn shape(count: usize) -> Images {
    Images { batch: count, height: SIDE, width: SIDE }
}

/// Learns labels of a view of each picture.
fn labels(own: &Pretraining, learn: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, mut params) = (context.seed, first(context.seed));
    let net = encoder::build(&mut params, own.width, CLASSES);
    let (mut training, mut batch) = (begin(params), Batch::default());
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let shown = views(&batch.pixels, SIDE, &mut rng);
        training.step(rate, rng, |pass| {
            let shape = shape(batch.labels.len());
            let x = pass.input(&shown, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = losses::cross_entropy(pass, scores, &batch.labels, 0.0);
            pass.mean(errors)
        })
    })?;
    Ok(Done { training, curve, ended })
}

/// Says what blank patches of a view of each picture look like.
fn masked(own: &Pretraining, learn: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, mut params) = (context.seed, first(context.seed));
    let net = MaskedConvolution::new(&mut params, own.width, SIDE, own.mask);
    let (mut training, mut batch) = (begin(params), Batch::default());
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let shown = views(&batch.pixels, SIDE, &mut rng);
        let seen = net.seen(batch.labels.len(), &mut rng);
        training.step(rate, rng, |pass| net.loss(pass, &shown, batch.labels.len(), &seen))
    })?;
    Ok(Done { training, curve, ended })
}

/// Self-distillation of two views of each picture.
fn distilled(own: &Pretraining, learn: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, mut params) = (context.seed, first(context.seed));
    let net = SelfDistilled::new(&mut params, own.width, 1, SIDE);
    let mut memory = SelfDistilled::memory(&params);
    let (mut training, mut batch) = (begin(params), Batch::default());
    let (curve, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let mut shown = views(&batch.pixels, SIDE, &mut rng);
        shown.extend(views(&batch.pixels, SIDE, &mut rng));
        net.step(training, memory, &shown, batch.labels.len(), rng, (rate, k as f64 / own.steps as f64))
    })?;
    Ok(Done { training, curve, ended })
}

/// Neighbours of a view of each picture are to have its label.
fn look(own: &Pretraining, learn: &Samples, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, mut params) = (context.seed, first(context.seed));
    let net = encoder::build(&mut params, own.width, OUTPUTS);
    let (mut training, mut batch) = (begin(params), Batch::default());
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, queue, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(learn, own.batch, &mut rng);
        let shown = views(&batch.pixels, SIDE, &mut rng);
        agree(own, &net, training, queue, (&shown, &batch.labels), rng, rate)
    })?;
    Ok(Done { training, curve, ended })
}

/// A step of it. The queue has outputs of length one and a label, picture by picture, the oldest first.
fn agree(own: &Pretraining, net: &Cnn, training: &mut Training<f32>, queue: &mut Vec<f32>, (shown, labels): (&[f32], &[u32]), rng: Pcg64, rate: f64) -> f64 {
    let mut earlier = Vec::with_capacity(queue.len());
    let mut others = labels.to_vec();
    for entry in queue.chunks_exact(OUTPUTS + 1) {
        if let [z @ .., label] = entry {
            earlier.extend_from_slice(z);
            others.push(*label as u32);
        }
    }
    let mut outputs = Vec::with_capacity(labels.len() * OUTPUTS);
    let loss = training.step(rate, rng, |pass| {
        let shape = shape(labels.len());
        let x = pass.input(shown, shape.rows(), 1);
        let z = net.scores(pass, x, shape);
        let z = pass.unit_rows(z);
        outputs.extend_from_slice(pass.value(z));
        let similar = similarities(pass, z, &earlier, TEMPERATURE);
        let (near, same) = marks(pass.value(similar), labels, &others, own.neighbours);
        disagreement(pass, similar, &near, &same, TEMPERATURE.recip())
    });
    for (z, label) in outputs.chunks_exact(OUTPUTS).zip(labels) {
        queue.extend_from_slice(z);
        queue.push(*label as f32);
    }
    let most = own.queue * (OUTPUTS + 1);
    queue.drain(..queue.len().saturating_sub(most));
    loss
}

/// Says which systems are in a picture of several, which is made for the step that sees it.
fn fractals(own: &Pretraining, course: Course, context: &mut Context<'_>) -> Result<Done, StudyError> {
    let (seed, mut params) = (context.seed, first(context.seed));
    let net = encoder::build(&mut params, own.width, SYSTEMS);
    let mut training = begin(params);
    let all = Fractals::new(Kind::Instances, SYSTEMS, SIDE, own.points, &mut stream(seed, Purpose::Projection, 0));
    let some = all.draw(SOME, &mut stream(seed, Purpose::Projection, 1));
    let scale = moments(&Samples { pixels: some.pixels, labels: Vec::new(), side: SIDE });
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        let mut drawn = all.draw(own.batch, &mut rng);
        rescale(&mut drawn.pixels, scale);
        let bits: Vec<u32> = drawn.shown.iter().map(|shown| shown.iter().fold(0, |bits, system| bits | 1u32 << *system)).collect();
        training.step(rate, rng, |pass| {
            let shape = shape(bits.len());
            let x = pass.input(&drawn.pixels, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = losses::binary_cross_entropy(pass, scores, &targets(&bits, SYSTEMS));
            pass.mean(errors)
        })
    })?;
    Ok(Done { training, curve, ended })
}
