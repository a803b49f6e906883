//! Training one model.

use nets::optim::groups;
use nets::{Params, Training};
use rand::seq::SliceRandom;

use super::pruning::{Pruner, left};
use super::text::Windows;
use super::{Recipe, Settings, Shape, ensemble, gather, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::language_model::LanguageModel;
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Outcome, StudyError};

/// Share of the steps in which the rate rises.
const WARM_UP: f64 = 0.05;
/// Steps between two prunings, of which there is one at the end as well.
const PRUNED: u64 = 8;
/// Operations of a multiplication and an addition.
const PRODUCT: f64 = 2.0;

/// Operations of a training with the longest recipe, and of the looks at it; `member` trains a member.
pub(super) fn flops(own: &Settings, member: bool) -> f64 {
    let times = if member { own.member_passes } else { 1.0 };
    let one = |recipe: &Recipe| {
        let (windows, steps) = own.extent(recipe.passes * times);
        let taught = own.teachers() as usize * windows;
        let tested = looks(own, steps).len() * own.exam + own.exam.min(windows) + taught;
        3.0 * steps as f64 * own.batch as f64 + tested as f64
    };
    let most = own.candidates().iter().map(one).fold(0.0, f64::max);
    most * own.length as f64 * PRODUCT * own.size().multiplications()
}

/// Steps after which it is tested.
fn looks(own: &Settings, steps: u64) -> Vec<u64> {
    log_spaced((steps / 50).max(1), steps, own.looks)
}

/// A model with first weights, and its training. What is drawn depends on the seed and on the member.
pub(super) fn model(own: &Settings, decay: f64, seed: u64) -> (LanguageModel, Training<f32>) {
    let (mut model, mut training) = LanguageModel::new(own.size(), stream(seed, Purpose::Weights, own.member));
    model.drop(own.dropout);
    training.groups = groups(&training.params, |name| (1.0, if name.ends_with("bias") || name.contains("norm") { 0.0 } else { decay }));
    (model, training)
}

/// Windows in the order in which they are learned from.
struct Order {
    windows: usize,
    seed: u64,
    member: u64,
    /// The pass that is known, and its order.
    known: Option<(u64, Vec<u32>)>,
}

impl Order {
    /// The k-th window of all passes.
    fn at(&mut self, k: u64) -> usize {
        let (pass, place) = (k / self.windows as u64, (k % self.windows as u64) as usize);
        if self.known.as_ref().is_none_or(|(known, _)| *known != pass) {
            let mut order: Vec<u32> = (0..self.windows as u32).collect();
            order.shuffle(&mut stream(self.seed, Purpose::Pretraining, (self.member << 32) + pass));
            self.known = Some((pass, order));
        }
        self.known.as_ref().map_or(0, |(_, order)| order[place] as usize)
    }
}

/// The recipe that did best where it was tried, as it is for a member or for a model alone.
fn chosen(own: &Settings, member: bool, trials: &[Outcome]) -> Result<Recipe, StudyError> {
    let scores: Vec<f64> = trials.iter().map(|trial| trial.scalar("score").unwrap_or(0.0)).collect();
    let recipe = best(&own.candidates(), &scores).ok_or_else(|| other("there is no recipe to choose from"))?;
    let of_member = Recipe { passes: recipe.passes * own.member_passes, decay: recipe.decay * own.member_decay, ..recipe };
    Ok(if member { of_member } else { recipe })
}

/// Mean loss on windows.
fn loss(model: &LanguageModel, training: &mut Training<f32>, windows: &[u32]) -> f64 {
    let seen = model.look(training, windows).losses;
    seen.iter().sum::<f64>() / seen.len().max(1) as f64
}

/// Trains a model to its end. `needs` are trials first, then the members of a teacher.
pub(super) fn run(own: &Settings, member: bool, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let tried = own.candidates().len();
    let trials = if tried < 2 { 0 } else { tried * own.tuning_seeds as usize };
    let (trials, members) = needs.split_at_checked(trials).ok_or_else(|| other("trials are missing"))?;
    let recipe = chosen(own, member, trials)?;
    let (windows, steps) = own.extent(recipe.passes);
    let text = Windows::new(own, windows, context)?;
    let targets = match ensemble::distributions(own, members, &text.train, context.seed)? {
        None if !members.is_empty() => return Ok(gather::diverged(own, recipe, "a member of the teacher diverged".to_owned())),
        found => found,
    };
    let (model, mut training) = model(own, recipe.decay, context.seed);
    // Made at the first step, when what was saved has been read.
    let mut pruner: Option<Pruner> = None;
    let grid = looks(own, steps);
    let (one, row) = (own.length + 1, own.length * own.size().vocabulary);
    let mut order = Order { windows, seed: context.seed, member: own.member, known: None };
    let (seed, batch) = (context.seed, own.batch as u64);
    let (mut documents, mut wanted) = (Vec::new(), Vec::new());
    // What is remembered: steps and losses of looks, two numbers each, and before them the sum of weights that were active, in parts of all.
    let mut memory: Vec<f32> = vec![0.0];
    let at_peak = (WARM_UP * steps as f64).ceil().max(1.0);
    let (_, ended) = course::run(&mut training, &mut memory, Course { steps, points: 1, rate: 1.0 }, context, |training, memory, k, falling| {
        let pruner = pruner.get_or_insert_with(|| Pruner::new(&training.params));
        documents.clear();
        wanted.clear();
        for window in (k * batch..(k + 1) * batch).map(|k| order.at(k)) {
            documents.extend_from_slice(&text.train[window * one..(window + 1) * one]);
            if let Some(targets) = &targets {
                wanted.extend_from_slice(&targets[window * row..(window + 1) * row]);
            }
        }
        let warm = ((k + 1) as f64 / at_peak).min(1.0);
        let rate = recipe.rate * warm * if own.shape == Shape::Falling { falling } else { 1.0 };
        let rng = stream(seed, Purpose::Steps, (own.member << 32) + k);
        let found =
            if targets.is_some() { model.step_towards(training, &documents, &wanted, rate, rng) } else { model.step_drawn(training, &documents, rate, rng) };
        let done = k + 1;
        if own.kept < 1.0 {
            let share = left(own, done as f64 / steps as f64);
            let now = done.is_multiple_of(PRUNED) || done == steps;
            pruner.prune(&mut training.params.values, if now { share } else { 1.0 });
        }
        memory[0] += (pruner.active() as f64 / own.weights()) as f32;
        if grid.binary_search(&done).is_ok() {
            memory.extend([done as f32, loss(&model, training, &text.test) as f32]);
        }
        found
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(own, recipe, why));
    }
    let (active, curve) = memory.split_first().ok_or_else(|| other("nothing was remembered of a training"))?;
    let curve: Vec<(f64, f64)> = curve.as_chunks::<2>().0.iter().map(|[x, y]| (f64::from(*x), f64::from(*y))).collect();
    if curve.last().is_some_and(|(_, loss)| !loss.is_finite()) {
        return Ok(gather::diverged(own, recipe, "its last step left weights without a finite loss; lower the rate".to_owned()));
    }
    let learned = loss(&model, &mut training, &text.train[..own.exam.min(windows) * one]);
    let weights = member.then(|| handed_over(&training.params));
    let run = gather::Run {
        recipe,
        steps,
        windows,
        active: f64::from(*active) / steps as f64,
        left: pruner.map_or(own.weights(), |p| p.active() as f64),
        learned,
        floor: text.floor,
    };
    Ok(gather::done(own, &run, &curve, weights))
}

/// Numbers of a model that another stage goes on with.
fn handed_over(params: &Params<f32>) -> Vec<u8> {
    params.values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// A model with the numbers that were handed over; `None` where they are those of another network.
pub(super) fn revived(own: &Settings, bytes: &[u8], seed: u64) -> Option<(LanguageModel, Training<f32>)> {
    let (model, mut training) = model(own, 0.0, seed);
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    (values.len() == training.params.values.len()).then(|| {
        training.params.values = values;
        (model, training)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_goes_through_every_window_once_and_members_have_orders_of_their_own() {
        let order = |member: u64| {
            let mut order = Order { windows: 5, seed: 1, member, known: None };
            (0..15).map(|k| order.at(k)).collect::<Vec<_>>()
        };
        let all = order(0);
        for pass in all.chunks_exact(5) {
            let mut pass = pass.to_vec();
            pass.sort_unstable();
            assert_eq!(pass, [0, 1, 2, 3, 4]);
        }
        assert!(all[..5] != all[5..10] && order(1) != all);
    }
}
