//! Pretraining by one of the objectives.

use nets::models::Cnn;
use nets::{Params, Pass, Training, Var, losses};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::evaluate::{self, Parts};
use super::objectives::{look, marks, similarities, sup_con};
use super::plan::candidates;
use super::{Objective, Settings, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::encoder;
use crate::blocks::pictures::{PIXELS, SIDE};
use crate::blocks::probes::chosen_ridge;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Points of the curve of the loss.
const POINTS: u64 = 20;

/// Buffers of a step.
#[derive(Default)]
struct Room {
    pixels: Vec<f32>,
    views: Vec<f32>,
    labels: Vec<u32>,
    /// Groups of the step, then those of the queue.
    others: Vec<u32>,
    queue: Vec<f32>,
    /// Outputs of this step, of length one.
    outputs: Vec<f32>,
}

/// Runs a pretraining; its rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let scores: Vec<f64> = needs.iter().map(|o| o.scalar("valid").unwrap_or(0.0)).collect();
    let (rate, neighbours) = best(&candidates(own), &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let own = &Settings { neighbours: vec![neighbours], ..own.clone() };
    let parts = Parts::new(own, seed, context.files)?;
    let (pixels, mut labels) = match own.objective {
        Objective::TargetOnly => (&parts.few.pixels, parts.few.labels.clone()),
        _ => (&parts.source.pixels, parts.source.labels.clone()),
    };
    if labels.is_empty() {
        return Err(other("there are no pictures to learn from"));
    }
    if !matches!(own.objective, Objective::Classes | Objective::TargetOnly) {
        labels.iter_mut().for_each(|label| *label = parts.groups[*label as usize]);
    }
    if own.objective == Objective::Shuffled {
        labels.shuffle(&mut stream(seed, Purpose::Deal, 2));
    }
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, own.outputs);
    let mut training = Training::new(params, 0.0);
    let course = Course { steps: own.steps as u64, points: POINTS, rate };
    let mut room = Room::default();
    let (curve, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, memory, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        room.pixels.clear();
        room.labels.clear();
        for _ in 0..own.batch {
            let at = rng.random_range(0..labels.len());
            room.pixels.extend_from_slice(&pixels[at * PIXELS..(at + 1) * PIXELS]);
            room.labels.push(labels[at]);
        }
        step(own, &net, training, memory, &mut room, rng, rate)
    })?;
    if let Some(why) = ended {
        return Ok(evaluate::outcome(&curve, &[("rate", Some(rate))], None, Status::Diverged(why)));
    }
    let mut features = |pixels: &[f32]| encoder::features(&net, &mut training, pixels);
    let (known, valid) = (features(&parts.few.pixels), features(&parts.valid.pixels));
    if known.iter().chain(&valid).any(|v| !v.is_finite()) {
        return Ok(evaluate::outcome(&curve, &[("rate", Some(rate))], None, Status::Diverged("features are not finite; lower the rate".to_owned())));
    }
    let (known, valid) = ((known.as_slice(), parts.few.labels.as_slice()), (valid.as_slice(), parts.valid.labels.as_slice()));
    let (_, valid) = chosen_ridge(known, valid, own.world.classes(), encoder::features_of(own.width))?;
    let views = if own.objective == Objective::Contrastive { 2 } else { 1 };
    let chosen = (own.objective == Objective::Look).then_some(neighbours as f64);
    let found = [("valid", Some(valid)), ("rate", Some(rate)), ("neighbours", chosen), ("passed", Some((own.steps * own.batch * views) as f64))];
    let weights = training.params.to_bytes().map_err(other)?;
    Ok(evaluate::outcome(&curve, &found, Some(weights), Status::Done))
}

/// One step. The queue lies in `memory`: outputs of length one and a group, picture by picture, the oldest first.
fn step(own: &Settings, net: &Cnn, training: &mut Training<f32>, memory: &mut Vec<f32>, room: &mut Room, mut rng: Pcg64, rate: f64) -> f64 {
    let Room { pixels, views, labels, others, queue, outputs } = room;
    let shape = encoder::shape(own.batch);
    match own.objective {
        Objective::Look | Objective::SupCon => {
            let size = own.outputs + 1;
            others.clear();
            others.extend_from_slice(labels);
            queue.clear();
            for entry in memory.chunks_exact(size) {
                queue.extend_from_slice(&entry[..own.outputs]);
                others.push(entry[own.outputs] as u32);
            }
            let loss = training.step(rate, rng, |pass| {
                let z = output(pass, net, pixels, own.batch);
                let z = pass.unit_rows(z);
                outputs.clear();
                outputs.extend_from_slice(pass.value(z));
                let similar = similarities(pass, z, queue, own.temperature);
                if own.objective == Objective::SupCon {
                    return sup_con(pass, similar, labels, others);
                }
                let (near, same) = marks(pass.value(similar), labels, others, own.neighbours.first().copied().unwrap_or(1));
                look(pass, similar, &near, &same, own.temperature.recip())
            });
            for (z, label) in outputs.chunks_exact(own.outputs).zip(labels.iter()) {
                memory.extend_from_slice(z);
                memory.push(*label as f32);
            }
            let most = own.queue * size;
            memory.drain(..memory.len().saturating_sub(most));
            loss
        }
        Objective::Contrastive => {
            views.clear();
            for picture in pixels.chunks_exact(PIXELS) {
                view(picture, &mut rng, views);
            }
            let first = std::mem::take(views);
            for picture in pixels.chunks_exact(PIXELS) {
                view(picture, &mut rng, views);
            }
            let second = std::mem::take(views);
            let loss = training.step(rate, rng, |pass| {
                let (a, b) = (output(pass, net, &first, own.batch), output(pass, net, &second, own.batch));
                let (there, back) = (losses::info_nce(pass, a, b, own.temperature), losses::info_nce(pass, b, a, own.temperature));
                let both = pass.add(there, back);
                let mean = pass.mean(both);
                pass.affine(mean, 0.5, 0.0)
            });
            *views = first;
            loss
        }
        _ => training.step(rate, rng, |pass| {
            let x = pass.input(pixels, shape.rows(), 1);
            let scores = net.scores(pass, x, shape);
            let errors = losses::cross_entropy(pass, scores, labels, 0.0);
            pass.mean(errors)
        }),
    }
}

/// Outputs of the network for so many pictures.
fn output(pass: &mut Pass<'_, f32>, net: &Cnn, pixels: &[f32], count: usize) -> Var {
    let shape = encoder::shape(count);
    let x = pass.input(pixels, shape.rows(), 1);
    net.scores(pass, x, shape)
}

/// Appends a view of a picture: moved by up to two pixels (what comes in repeats the edge), in another contrast, with noise.
pub(super) fn view(picture: &[f32], rng: &mut Pcg64, to: &mut Vec<f32>) {
    let (down, right) = (rng.random_range(0..=4_usize), rng.random_range(0..=4_usize));
    let contrast = 0.7 + 0.6 * rng.random::<f64>() as f32;
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (y, x) = ((row + down).saturating_sub(2).min(SIDE - 1), (column + right).saturating_sub(2).min(SIDE - 1));
            // The sum of two uniform numbers, of standard deviation 0.1.
            let noise = 0.245 * (rng.random::<f64>() + rng.random::<f64>() - 1.0) as f32;
            to.push(contrast * picture[y * SIDE + x] + noise);
        }
    }
}
