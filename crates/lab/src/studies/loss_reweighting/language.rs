//! A small language model, trained on weighted documents.

use nets::optim::{clip, norm};
use nets::{Arena, Training};

use super::deal::{deal, odd};
use super::weights::focus;
use super::world::{LENGTH, SHARES, World, size};
use super::{Settings, gather};
use crate::blocks::course::{self, Course};
use crate::blocks::held_out::HeldOut;
use crate::blocks::language_model::LanguageModel;
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Outcome, Status, StudyError};

/// Steps of warm-up, as a share of all.
const WARM_UP: f64 = 0.02;
/// The last rate over the peak: from 5 in 10,000 to 1 in 10,000 in the authors' configurations.
const LAST: f64 = 0.2;
/// Numbers that are remembered beside the looks: the sum of what news weighed, and over how many steps.
const SUMS: usize = 2;
/// Numbers of a look: its step, and the loss in every domain.
const NUMBERS: usize = 1 + SHARES.len();

/// Steps before which the model is looked at, and the end.
fn grid(own: &Settings) -> Vec<u64> {
    std::iter::once(0).chain(log_spaced(5, own.steps as u64, own.looks)).collect()
}

/// Operations of its matrix products.
pub(super) fn flops(own: &Settings) -> f64 {
    let passed = |documents: usize| documents as f64 * LENGTH as f64 * 2.0 * size(own).multiplications();
    let matched = (0..own.steps as u64).filter(|step| own.now(*step).matched()).count();
    3.0 * passed((own.steps + matched) * own.batch) + passed(grid(own).len() * SHARES.len() * own.held_out)
}

/// What makes steps.
struct Mover<'a> {
    own: &'a Settings,
    seed: u64,
    model: &'a LanguageModel,
    world: &'a World<'a>,
    arena: Arena<f32>,
    gradient: Vec<f32>,
    documents: Vec<u32>,
}

impl Mover<'_> {
    /// One step at a rate; gives the mean loss before it, and what news weighed in it.
    fn step(&mut self, training: &mut Training<f32>, step: u64, rate: f64) -> (f64, Option<f64>) {
        let (own, now) = (self.own, self.own.now(step));
        let dealt = deal(own, self.seed, step);
        let odd = odd(&dealt);
        self.world.documents(step, &dealt, &mut self.documents);
        let even = vec![1.0 / own.batch as f64; own.batch];
        let mut used = even.clone();
        let mut rng = stream(self.seed, Purpose::Order, step);
        let weigh = |losses: &[f64]| {
            let weights = now.weights(losses, own.temperature, &odd, &mut rng);
            if !now.matched() {
                used.clone_from(&weights);
            }
            weights
        };
        let losses = self.model.gradient(&training.params.values, &mut self.arena, &self.documents, weigh, &mut self.gradient);
        if now.matched() {
            let wanted = norm(&self.gradient);
            self.model.gradient(&training.params.values, &mut self.arena, &self.documents, |_| even.clone(), &mut self.gradient);
            let length = norm(&self.gradient);
            let by = if length > 0.0 { (wanted / length) as f32 } else { 1.0 };
            self.gradient.iter_mut().for_each(|g| *g *= by);
        }
        let loss = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
        if loss.is_finite() {
            clip(&mut self.gradient, training.clip);
            training.adam.step(&mut training.params.values, &self.gradient, rate, &training.groups);
        }
        (loss, focus(&used, &odd))
    }
}

/// Appends the numbers of a look.
fn look(held_out: &[HeldOut], model: &LanguageModel, training: &mut Training<f32>, step: u64, to: &mut Vec<f32>) {
    to.push(step as f32);
    to.extend(held_out.iter().map(|documents| documents.excess(model, training) as f32));
}

/// Trains with a peak of the rate.
pub(super) fn run(own: &Settings, rate: f64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, last) = (context.seed, own.steps as u64);
    let world = World::new(own, seed);
    let held_out = world.held_out();
    let (model, mut training) = LanguageModel::new(size(own), stream(seed, Purpose::Weights, 0));
    let gradient = vec![0.0; training.params.len()];
    let mut mover = Mover { own, seed, model: &model, world: &world, arena: Arena::new(), gradient, documents: Vec::new() };
    let rise = (WARM_UP * own.steps as f64).round() as u64;
    let schedule = Schedule::Cosine { first: 0.0, rise, length: last, last: LAST };
    let (grid, mut memory) = (grid(own), vec![0.0_f32; SUMS]);
    let course = Course { steps: last, points: 1, rate };
    let (_, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, step, _| {
        if grid.binary_search(&step).is_ok() {
            look(&held_out, &model, training, step, memory);
        }
        let (loss, focus) = mover.step(training, step, rate * schedule.at(step));
        if let (Some(focus), [sum, count, ..]) = (focus, memory.as_mut_slice()) {
            *sum += focus as f32;
            *count += 1.0;
        }
        loss
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(rate, why));
    }
    look(&held_out, &model, &mut training, last, &mut memory);
    if memory.iter().any(|v| !v.is_finite()) {
        return Ok(gather::diverged(rate, "what the model says is no longer finite; lower the rate".to_owned()));
    }
    Ok(ended_well(own, rate, &memory))
}

/// The outcome of a run that came to its end.
fn ended_well(own: &Settings, rate: f64, memory: &[f32]) -> Outcome {
    let (sums, looks) = memory.split_at_checked(SUMS).unwrap_or_default();
    let looks = looks.as_chunks::<NUMBERS>().0;
    let mean = |look: &[f32; NUMBERS]| look.iter().skip(1).zip(SHARES).map(|(loss, share)| f64::from(*loss) * share).sum::<f64>();
    let points: Vec<(f64, f64)> = looks.iter().map(|look| (f64::from(look[0]), mean(look))).collect();
    let first = points.first().map_or(f64::NAN, |p| p.1);
    let loss = points.last().map(|p| p.1);
    let even = |look: &[f32; NUMBERS]| look.iter().skip(1).map(|loss| f64::from(*loss)).sum::<f64>() / SHARES.len() as f64;
    let focus = sums.first().zip(sums.last()).filter(|(_, count)| **count > 0.0).map(|(sum, count)| f64::from(sum / count));
    let numbers = [
        ("loss", loss),
        ("even", looks.last().map(even)),
        ("rarest", looks.last().map(|look| f64::from(look[NUMBERS - 1]))),
        ("reached", points.iter().find(|p| p.1 <= own.goal * first).map(|p| p.0)),
        ("focus", focus),
        ("score", loss.map(|loss| (-loss).exp())),
        ("rate", Some(rate)),
    ];
    gather::outcome(Some(gather::curve(&points)), &numbers, Status::Done)
}
