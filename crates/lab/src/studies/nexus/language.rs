//! Training of a small decoder on domains of documents.

use nets::optim::clip;
use nets::{Arena, Training};
use rand::seq::SliceRandom;

use super::closeness::{self, closeness};
use super::direction::{Room, Sources, similarity};
use super::exam::Exam;
use super::gather::{self, Look};
use super::world::{LENGTH, NAMES, World, learned, size, unseen};
use super::{Method, Settings};
use crate::blocks::course::{self, Course};
use crate::blocks::language_model::LanguageModel;
use crate::blocks::schedules::Schedule;
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, StudyError};

/// Steps of warm-up, as a share of all.
const WARM_UP: f64 = 0.02;
/// The last rate over the peak.
const LAST: f64 = 0.1;

/// Operations of its matrix products; `measured` is whether minima are looked for in the end.
pub(super) fn flops(own: &Settings, measured: bool) -> f64 {
    let passed = |documents: usize| documents as f64 * LENGTH as f64 * 2.0 * size(own).multiplications();
    let (sources, others) = (learned(own.styles).len(), unseen(own.styles).len());
    let looks = own.grid().len() + 1;
    // Of every look the losses of all domains, and the gradients of those that are learned.
    let looked_at = passed(looks * own.held_out * (sources + others)) + 3.0 * passed(looks * own.held_out * sources);
    let tuned = if measured { (sources + 1) * own.fine_steps * closeness::BATCH } else { 0 };
    3.0 * passed(own.steps * sources * own.batch + tuned) + looked_at
}

/// As many documents of every source, source after source.
struct Batch<'a> {
    model: &'a LanguageModel,
    arena: &'a mut Arena<f32>,
    documents: &'a [u32],
    sources: usize,
}

impl Sources<f32> for Batch<'_> {
    fn count(&self) -> usize {
        self.sources
    }

    fn gradient(&mut self, source: usize, at: &[f32], to: &mut [f32]) -> f64 {
        let each = self.documents.len() / self.sources.max(1);
        let documents = &self.documents[source * each..(source + 1) * each];
        self.model.gradient_after(NAMES, at, self.arena, documents, to)
    }
}

/// What looks at a decoder.
struct Looker<'a> {
    model: &'a LanguageModel,
    exam: &'a Exam,
    sources: usize,
}

impl Looker<'_> {
    /// Appends the numbers of a look after so many documents.
    fn look(&self, training: &mut Training<f32>, arena: &mut Arena<f32>, passes: f64, to: &mut Vec<f32>) {
        let (learned, unseen) = (self.exam.learned.marks(self.model, training), self.exam.unseen.marks(self.model, training));
        let mut batch = Batch { model: self.model, arena, documents: &self.exam.learned.documents, sources: self.sources };
        let cosine = similarity(&mut batch, &training.params.values);
        to.extend([passes, learned.loss, unseen.loss, unseen.knowledge, cosine].map(|v| v as f32));
    }
}

/// Trains with a peak of the rate and a strength.
pub(super) fn run(own: &Settings, measured: bool, (rate, strength): (f64, f64), context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, steps, sources) = (context.seed, own.own_steps(), learned(own.styles).len());
    let (world, grid) = (World::new(own, seed), own.grid());
    let exam = Exam::new(&world);
    let (model, mut training) = LanguageModel::new(size(own), stream(seed, Purpose::Weights, 0));
    let looker = Looker { model: &model, exam: &exam, sources };
    let each = (own.method.passes() * sources * own.batch) as f64;
    let rise = (WARM_UP * steps as f64).round() as u64;
    let schedule = Schedule::Cosine { first: 0.0, rise, length: steps, last: LAST };
    let (mut room, mut arena) = (Room::<f32>::new(training.params.len()), Arena::new());
    let (mut memory, mut documents) = (Vec::new(), Vec::new());
    let course = Course { steps, points: 1, rate };
    let (_, ended) = course::run(&mut training, &mut memory, course, context, |training, memory, step, _| {
        if grid.binary_search(&step).is_ok() {
            looker.look(training, &mut arena, each * step as f64, memory);
        }
        world.documents(step, &mut documents);
        let mut order: Vec<usize> = (0..sources).collect();
        if own.method == Method::NexusOrder {
            order.shuffle(&mut stream(seed, Purpose::Steps, step));
        }
        let mut batch = Batch { model: &model, arena: &mut arena, documents: &documents, sources };
        let loss = room.fill(&mut batch, own.method, strength, &order, &training.params.values);
        if loss.is_finite() {
            clip(&mut room.direction, training.clip);
            training.adam.step(&mut training.params.values, &room.direction, rate * schedule.at(step), &training.groups);
        }
        loss
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(rate, why));
    }
    looker.look(&mut training, &mut arena, each * steps as f64, &mut memory);
    if memory.iter().any(|v| !v.is_finite()) {
        return Ok(gather::diverged(rate, "what the model says is no longer finite; lower the rate".to_owned()));
    }
    let numbers = |look: &[f32; Look::NUMBERS]| Look::of(look.map(f64::from));
    let looks: Vec<Look> = memory.as_chunks::<{ Look::NUMBERS }>().0.iter().map(numbers).collect();
    let mut found = vec![("rate", Some(rate)), ("strength", own.method.has_strength().then_some(strength)), ("passed", Some(each * steps as f64))];
    if measured {
        let near = closeness(own, &world, &training.params.values);
        found.extend([("distance", Some(near.distance)), ("distance-noise", Some(near.noise)), ("from-minima", Some(near.away))]);
    }
    Ok(gather::trained(&looks, found))
}
