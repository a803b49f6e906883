//! Pretraining on labels of other pictures.

use nets::{Training, losses};
use rand::seq::SliceRandom;

use super::data;
use super::network::{Net, PIXELS, handed_over};
use super::other;
use super::outcome::{diverged, outcome};
use super::plan::Pretraining;
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::label_bits::{mean_area, targets};
use crate::blocks::samples::Batch;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Share of the steps in which the rate rises, in units of the rate that falls to zero along a line.
const RISE: f64 = 0.05;

/// Decay of weights.
const DECAY: f64 = 1e-4;

/// The stream of labels that are dealt out: no repeat of folds has it, nor the null world.
const DEALT: u64 = u64::MAX - 1;

/// Trains; the rate is chosen by the outcomes that it needs.
pub(super) fn run(own: &Pretraining, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let tried: Vec<f64> = needs.iter().map(|o| o.scalar("explained").unwrap_or(0.0)).collect();
    let rate = best(&own.rates, &tried).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let (seed, labels) = (context.seed, own.source.labels(own.world));
    let [mut learn, held] = data::source(own.world, own.source, &own.counts, seed, context.files)?;
    if own.shuffled {
        learn.labels.shuffle(&mut stream(seed, Purpose::Deal, DEALT));
    }
    let (net, params) = Net::first(own.width, labels, seed);
    let mut training = Training::new(params, DECAY);
    let steps = own.steps as u64;
    let rise = (RISE * own.steps as f64).ceil().max(1.0);
    let mut batch = Batch::default();
    let course = Course { steps, points: 1, rate };
    let (_, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng = stream(seed, Purpose::Pretraining, k);
        batch.draw(&learn, own.batch, &mut rng);
        let wanted = targets(&batch.labels, labels);
        training.step(rate * ((k + 1) as f64 / rise).min(1.0), rng, |pass| {
            let scores = net.scores(pass, &batch.pixels, batch.pixels.len() / PIXELS, 0);
            let errors = losses::binary_cross_entropy(pass, scores, &wanted);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(diverged(why));
    }
    let scores = net.look(&mut training, &held.pixels);
    if scores.iter().any(|score| !score.is_finite()) {
        return Ok(diverged("scores are no longer finite; lower the rate".to_owned()));
    }
    let found = [("explained", mean_area(&scores, &held.labels, labels)), ("rate-pretraining", Some(rate)), ("work-before", Some(1e-9 * own.work()))];
    Ok(outcome(&[0.0], &found, Some(handed_over(&training.params, net.body())), Status::Done))
}
