//! How a network learns from four folds: a probe, stages that are unfrozen one after the other, and mixed pictures.

use std::f64::consts::PI;

use nets::layers::Images;
use nets::optim::{self, Group};
use nets::{Params, Training, losses};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::Recipe;
use super::network::{Net, PIXELS, SIDE, STAGES};
use crate::blocks::samples::{Batch, Samples};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, StudyError};

/// Steps between two looks at the watch.
const PIECE: usize = 16;

/// Decay of the weights of stages, and of those of the head.
const DECAY: (f64, f64) = (1e-4, 1e-5);

/// How often the pictures of a step are mixed.
const MIXED: f64 = 0.5;

/// How the training of a fold goes.
pub(super) struct Course {
    pub(super) recipe: Recipe,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
    /// Which of the trainings of a seed it is.
    pub(super) number: u64,
}

/// The rate of one cycle, relative to its highest: up along half a cosine for three tenths of it, from a 25th, and then down to next to nothing.
pub(super) fn one_cycle(done: f64) -> f64 {
    let between = |from: f64, to: f64, share: f64| to + 0.5 * (from - to) * (1.0 + (PI * share).cos());
    if done < 0.3 { between(0.04, 1.0, done / 0.3) } else { between(1.0, 4e-6, (done - 0.3) / 0.7) }
}

/// Steps of the probe.
pub(super) fn probe_steps(recipe: Recipe, steps: usize) -> usize {
    if recipe.probes() { steps / 3 } else { 0 }
}

/// By what the rate of every stage is multiplied in a step, and how far the cycle is; in the probe all stages are frozen, and the rate is constant.
pub(super) fn plan(recipe: Recipe, step: usize, steps: usize) -> ([f64; STAGES], Option<f64>) {
    let probe = probe_steps(recipe, steps);
    if step < probe {
        return ([0.0; STAGES], None);
    }
    let done = (step - probe) as f64 / (steps - probe).max(1) as f64;
    (recipe.factors(done), Some(done))
}

/// Groups of the optimiser: stages with these factors, each with its own correction, and the head.
fn groups(params: &Params<f32>, factors: [f64; STAGES], corrections: [f64; STAGES]) -> Vec<Group> {
    let stage = |name: &str| (0..STAGES).find(|k| name.starts_with(&format!("stages.{k}.")));
    // Decay has no part in the correction.
    optim::groups(params, |name| stage(name).map_or((1.0, DECAY.1), |k| (factors[k] * corrections[k], DECAY.0 / corrections[k])))
}

/// By what a step of Adam has to be multiplied where moments have `own` steps behind them, and the optimiser counts `all`: in the authors' code each
/// stage has a count of its own, from the step on in which it is unfrozen.
pub(super) fn correction(all: u64, own: u64) -> f64 {
    let left = |keep: f64, steps: u64| 1.0 - keep.powi(steps.clamp(1, 1_000_000) as i32);
    let (first, second) = (0.9, 0.999);
    left(first, all) / left(first, own) * (left(second, own) / left(second, all)).sqrt()
}

/// In place, a rectangle of every picture comes from another one (CutMix), with half a chance. Gives what is wanted of each: a share between labels.
fn mix(batch: &mut Batch, rng: &mut Pcg64) -> Vec<f32> {
    let own: Vec<f32> = batch.labels.iter().map(|label| *label as f32).collect();
    if rng.random::<f64>() >= MIXED {
        return own;
    }
    // Shares of a beta distribution with both parameters 1.
    let share = rng.random::<f64>();
    let mut order: Vec<usize> = (0..own.len()).collect();
    order.shuffle(rng);
    let images = Images { batch: own.len(), height: SIDE, width: SIDE };
    let kept = losses::cut_mix(&mut batch.pixels, images, 1, &order, share, rng) as f32;
    order.iter().zip(&own).map(|(partner, own_label)| kept * own_label + (1.0 - kept) * own.get(*partner).copied().unwrap_or(0.0)).collect()
}

impl Course {
    /// Trains to the end; gives why it ended early, if it did.
    ///
    /// # Errors
    /// [`StudyError::Interrupted`] when the watch says stop; nothing is saved. `share` makes the share of the stage's work of that of the course.
    pub(super) fn run(
        &self,
        net: &Net,
        training: &mut Training<f32>,
        known: &Samples,
        context: &Context<'_>,
        share: impl Fn(f64) -> f64,
    ) -> Result<Option<String>, StudyError> {
        let seed = context.seed;
        let mut batch = Batch::default();
        // The steps of the optimiser before a stage was unfrozen.
        let mut since: [Option<u64>; STAGES] = [None; STAGES];
        for k in 0..self.steps {
            if k.is_multiple_of(PIECE) && (context.watch)(share(k as f64 / self.steps as f64)) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
            let (factors, cycle) = plan(self.recipe, k, self.steps);
            if k == probe_steps(self.recipe, self.steps) && k > 0 {
                // An optimiser of its own follows the probe.
                training.adam = optim::AdamW::new(training.params.len());
            }
            let counted = training.adam.step;
            let mut corrections = [1.0; STAGES];
            for ((factor, since), own) in factors.iter().zip(&mut since).zip(&mut corrections) {
                if *factor > 0.0 {
                    *own = correction(counted + 1, counted + 1 - *since.get_or_insert(counted));
                }
            }
            training.groups = groups(&training.params, factors, corrections);
            let key = (self.number << 32) | k as u64;
            let mut rng = stream(seed, Purpose::Steps, key);
            batch.draw(known, self.batch, &mut rng);
            // Draws of their own, so that those of dropout are the same with and without.
            let wanted = if self.recipe.mixes() && cycle.is_some() {
                mix(&mut batch, &mut stream(seed, Purpose::Order, key))
            } else {
                batch.labels.iter().map(|label| *label as f32).collect()
            };
            // Stages are unfrozen from above.
            let still = if self.recipe.still() { factors.iter().take_while(|factor| **factor == 0.0).count() } else { 0 };
            let rate = self.rate * cycle.map_or(1.0, one_cycle);
            let count = batch.pixels.len() / PIXELS;
            let loss = training.step(rate, rng, |pass| {
                let scores = net.scores(pass, &batch.pixels, count, still);
                let errors = losses::binary_cross_entropy(pass, scores, &wanted);
                pass.mean(errors)
            });
            if !loss.is_finite() {
                return Ok(Some(format!("the loss is no longer finite at step {k} of {}; lower the rate", self.steps)));
            }
        }
        Ok(None)
    }
}
