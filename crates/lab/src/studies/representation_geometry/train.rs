//! Pretraining, with looks along it.

use nets::Training;

use super::exam::{self, Exam};
use super::gather::{self, Look};
use super::phases;
use super::world::World;
use super::{Settings, Without, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::language_model::LanguageModel;
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Outcome, StudyError};

/// Steps of warm-up, as a share of all.
const WARM_UP: f64 = 0.05;
/// The last rate over the peak.
const LAST: f64 = 0.1;

/// Operations of the matrix products of so many documents passed forward.
pub(super) fn passed(own: &Settings, documents: usize) -> f64 {
    documents as f64 * own.length as f64 * 2.0 * own.size().multiplications()
}

/// Steps before which there is a look; there is one at the end as well.
fn grid(own: &Settings, steps: usize) -> Vec<u64> {
    let last = steps.max(1) as u64;
    std::iter::once(0).chain(log_spaced(1, last, own.points)).filter(|step| *step < last).collect()
}

/// What a whole pretraining costs, and what a short one costs.
pub(super) fn flops(own: &Settings, whole: bool) -> f64 {
    let steps = if whole { own.steps } else { own.trial_steps };
    let looks = if whole { grid(own, steps).len() + 1 } else { 1 };
    3.0 * passed(own, steps * own.batch) + passed(own, looks * exam::documents(own))
}

/// A training that came to an end: the model, its looks, and why it ended early, if it did.
type Trained = (LanguageModel, Training<f32>, Vec<Look>, Option<String>);

/// Trains for so many steps, with looks before these.
fn train(own: &Settings, steps: usize, grid: &[u64], rate: f64, context: &mut Context<'_>) -> Result<Trained, StudyError> {
    let seed = context.seed;
    let world = World::new(own, seed);
    let exam = Exam::new(own, &world, seed);
    let (model, mut training) = LanguageModel::new(own.size(), stream(seed, Purpose::Weights, 0));
    let rise = (WARM_UP * steps as f64).round() as u64;
    let schedule = Schedule::Cosine { first: 0.0, rise, length: steps as u64, last: LAST };
    let course = Course { steps: steps as u64, points: 1, rate };
    let mut memory = Vec::new();
    let (_, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, step, _| {
        if grid.binary_search(&step).is_ok() {
            memory.extend(exam.look(&model, training, step).numbers().map(|v| v as f32));
        }
        let documents = world.batch(own.batch, &mut stream(seed, Purpose::Pretraining, step));
        let rate = rate * schedule.at(step);
        if own.without == Without::Entropy { model.squared_step(training, &documents, rate) } else { model.step(training, &documents, rate) }
    })?;
    let mut looks: Vec<Look> = memory.as_chunks::<{ Look::NUMBERS }>().0.iter().map(|numbers| Look::of(numbers.map(f64::from))).collect();
    let ended = ended.or_else(|| {
        looks.push(exam.look(&model, &mut training, steps as u64));
        looks.iter().find(|look| !look.is_finite()).map(|look| format!("states are not finite at step {}; lower the rate", look.step))
    });
    Ok((model, training, looks, ended))
}

/// The rate that trials chose.
fn chosen(own: &Settings, trials: &[Outcome]) -> Result<f64, StudyError> {
    let scores: Vec<f64> = trials.iter().map(|trial| trial.scalar("score").unwrap_or(0.0)).collect();
    best(&own.rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))
}

/// A pretraining for a few steps: to choose a rate by, or to go on from.
pub(super) fn short(own: &Settings, hands_over: bool, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let rate = chosen(own, needs)?;
    let (_, training, looks, ended) = train(own, own.trial_steps, &[], rate, context)?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    let found = [("score", looks.last().map(Look::score)), ("rate", Some(rate)), ("passed", Some((own.trial_steps * own.batch) as f64))];
    let weights = if hands_over { Some(training.params.to_bytes().map_err(other)?) } else { None };
    Ok(gather::done(&looks, &found, weights))
}

/// A pretraining that is looked at from its first weights to its end.
pub(super) fn whole(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let rate = chosen(own, needs)?;
    let (_, _, looks, ended) = train(own, own.steps, &grid(own, own.steps), rate, context)?;
    if let Some(why) = ended {
        return Ok(gather::diverged(why));
    }
    let mut found = phases::numbers(own, &looks);
    found.extend([("score", looks.last().map(Look::score)), ("rate", Some(rate)), ("passed", Some((own.steps * own.batch) as f64))]);
    Ok(gather::done(&looks, &found, None))
}
