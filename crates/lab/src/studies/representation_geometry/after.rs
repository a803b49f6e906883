//! What comes after pretraining: texts, pairs and rewards.

use nets::optim::clip;
use nets::{Arena, Training};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::exam::{self, Exam, Tested, answer};
use super::gather;
use super::train::passed;
use super::world::{World, right};
use super::{After, Settings, other};
use crate::blocks::best;
use crate::blocks::course::{self, Course};
use crate::blocks::language_model::{LanguageModel, Size};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, StudyError};

/// The longest gradient that is followed as it is.
const LONGEST: f64 = 1.0;

/// Multiplications of documents cut to so many tokens, passed forward.
fn cut(own: &Settings, documents: usize, length: usize) -> f64 {
    (documents * length) as f64 * 2.0 * Size { length, ..own.size() }.multiplications()
}

/// Operations of endings of so many phrases, word by word.
fn answers(own: &Settings, documents: usize) -> f64 {
    (0..own.answer).map(|k| cut(own, documents, 1 + own.phrase + k)).sum()
}

/// What a stage costs.
pub(super) fn flops(own: &Settings) -> f64 {
    let learned = if own.after.rewarded() {
        let documents = own.prompts * own.samples;
        own.reward_steps as f64 * (answers(own, documents) + 3.0 * cut(own, documents, own.phrase + own.answer))
    } else if own.after.paired() {
        passed(own, 2 * own.after_documents) + 3.0 * passed(own, 2 * own.after_steps * own.batch)
    } else {
        3.0 * passed(own, own.own_steps() * own.batch)
    };
    learned + passed(own, exam::documents(own) + exam::tested(own)) + answers(own, own.test_prompts * own.test_samples)
}

/// What makes the steps.
struct Mover<'a> {
    own: &'a Settings,
    model: &'a LanguageModel,
    world: &'a World,
    seed: u64,
    /// Documents to go on with; of pairs, those that are to be likelier.
    documents: Vec<u32>,
    /// Of pairs, those that are to be less likely.
    refused: Vec<u32>,
    /// Losses of pairs before the first step, mean over words: of those that are to be likelier, and of the others.
    reference: [Vec<f64>; 2],
    arena: Arena<f32>,
    gradient: Vec<f32>,
}

impl<'a> Mover<'a> {
    fn new(own: &'a Settings, model: &'a LanguageModel, world: &'a World, training: &mut Training<f32>, seed: u64) -> Self {
        let mut rng = stream(seed, Purpose::Deal, 0);
        let (mut documents, mut refused) = (Vec::new(), Vec::new());
        match own.after {
            After::Continue => documents = world.documents(&world.home, 0.0, own.after_documents, &mut rng),
            After::Sft => documents = world.documents(&world.near, 0.0, own.after_documents, &mut rng),
            After::Dpo | After::DpoRandom => {
                let mut dealt = stream(seed, Purpose::Deal, 1);
                for _ in 0..own.after_documents {
                    let [mut chosen, mut other] = world.pair(&mut rng);
                    if own.after == After::DpoRandom && dealt.random::<f64>() < 0.5 {
                        std::mem::swap(&mut chosen, &mut other);
                    }
                    documents.extend(chosen);
                    refused.extend(other);
                }
            }
            _ => {}
        }
        let mut losses = |of: &[u32]| if own.after.paired() { means(&model.look(training, of).losses, own.length) } else { Vec::new() };
        let reference = [losses(&documents), losses(&refused)];
        let gradient = vec![0.0; training.params.len()];
        Self { own, model, world, seed, documents, refused, reference, arena: Arena::new(), gradient }
    }

    /// One step; gives what it goes down on.
    fn step(&mut self, training: &mut Training<f32>, step: u64, rate: f64) -> f64 {
        let mut rng = stream(self.seed, Purpose::Steps, step);
        let loss = if self.own.after.rewarded() {
            self.rewarded(training, &mut rng)
        } else if self.own.after.paired() {
            self.pairs(training, &mut rng)
        } else {
            let documents: Vec<u32> = self.drawn(&mut rng).into_iter().flat_map(|k| self.document(&self.documents, k).to_vec()).collect();
            return self.model.step(training, &documents, rate);
        };
        if loss.is_finite() {
            clip(&mut self.gradient, LONGEST);
            training.adam.step(&mut training.params.values, &self.gradient, rate, &training.groups);
        }
        loss
    }

    /// Which documents a step sees.
    fn drawn(&self, rng: &mut Pcg64) -> Vec<usize> {
        (0..self.own.batch).map(|_| rng.random_range(0..self.own.after_documents.max(1))).collect()
    }

    fn document<'d>(&self, documents: &'d [u32], k: usize) -> &'d [u32] {
        let each = self.own.length + 1;
        documents.get(k * each..(k + 1) * each).unwrap_or_default()
    }

    /// Puts the gradient of direct preference optimisation into place; gives its loss. A beginning that both endings share takes no part: what the
    /// one gains by it the other loses.
    fn pairs(&mut self, training: &Training<f32>, rng: &mut Pcg64) -> f64 {
        let drawn = self.drawn(rng);
        let of = |documents: &[u32]| drawn.iter().flat_map(|k| self.document(documents, *k).to_vec()).collect::<Vec<u32>>();
        let documents = [of(&self.documents), of(&self.refused)].concat();
        let (strength, count) = (self.own.beta * self.own.length as f64, drawn.len());
        let before = |k: usize, which: usize| self.reference[which].get(drawn[k]).copied().unwrap_or(0.0);
        let mut loss = 0.0;
        let weigh = |losses: &[f64]| {
            let (chosen, refused) = losses.split_at(count.min(losses.len()));
            // Logarithms of likelihood ratios are falls of mean losses times the number of words.
            let margin = |k: usize| strength * ((before(k, 0) - chosen[k]) - (before(k, 1) - refused[k]));
            let slopes: Vec<f64> = (0..count).map(|k| strength / (1.0 + margin(k).exp()) / count as f64).collect();
            loss = (0..count).map(|k| (-margin(k)).exp().ln_1p()).sum::<f64>() / count as f64;
            slopes.iter().copied().chain(slopes.iter().map(|slope| -slope)).collect()
        };
        self.model.gradient(&training.params.values, &mut self.arena, &documents, weigh, &mut self.gradient);
        loss
    }

    /// Puts the gradient of minus the expected reward into place, by REINFORCE with the mean of a phrase's endings as baseline; gives minus the
    /// mean reward.
    fn rewarded(&mut self, training: &mut Training<f32>, rng: &mut Pcg64) -> f64 {
        let own = self.own;
        let mut documents = Vec::with_capacity(own.prompts * own.samples);
        for _ in 0..own.prompts {
            documents.extend(std::iter::repeat_n(self.world.prompt(rng), own.samples));
        }
        answer(self.model, training, own.answer, &mut documents, rng);
        let mut rewards: Vec<f64> = documents.iter().map(|document| f64::from(u8::from(right(document, own.phrase)))).collect();
        let mean = rewards.iter().sum::<f64>() / rewards.len().max(1) as f64;
        let mut dealt = stream(self.seed, Purpose::Order, rng.random::<u64>());
        for group in rewards.chunks_mut(own.samples.max(1)) {
            if own.after == After::RlRandom {
                group.shuffle(&mut dealt);
            }
            let baseline = group.iter().sum::<f64>() / group.len() as f64;
            group.iter_mut().for_each(|reward| *reward -= baseline);
        }
        let length = own.phrase + own.answer;
        let count = documents.len().max(1) as f64;
        // The words of a phrase are given; those of its ending are what is rewarded.
        let weights: Vec<f32> =
            rewards.iter().flat_map(|advantage| (0..length).map(move |place| if place < own.phrase { 0.0 } else { (advantage / count) as f32 })).collect();
        let numbers = &training.params.values;
        self.model.gradient_by_place(numbers, &mut self.arena, &documents.concat(), length, &weights, &mut self.gradient);
        -mean
    }
}

/// Means over the words of each document.
fn means(losses: &[f64], length: usize) -> Vec<f64> {
    losses.chunks_exact(length.max(1)).map(|document| document.iter().sum::<f64>() / document.len() as f64).collect()
}

/// Goes on from the first outcome that it needs, with the rate that the others chose, and asks.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, steps) = (context.seed, own.own_steps());
    let (first, tried) = needs.split_first().ok_or_else(|| other("there is no model to go on from"))?;
    let Some(weights) = first.handed_over()? else { return Ok(gather::diverged("pretraining diverged".to_owned())) };
    let scores: Vec<f64> = tried.iter().map(|one| one.scalar("score").unwrap_or(0.0)).collect();
    let rate = best(&own.after_rates, &scores).ok_or_else(|| other("there is no learning rate to choose from"))?;
    let world = World::new(own, seed);
    let exam = Exam::new(own, &world, seed);
    let tested = Tested::new(own, &world, seed);
    let (model, mut training) = LanguageModel::new(own.size(), stream(seed, Purpose::Weights, 0));
    training.params.read(weights).map_err(other)?;
    if own.after.learns() {
        let mut mover = Mover::new(own, &model, &world, &mut training, seed);
        let course = Course { steps: steps as u64, points: 1, rate };
        let (_, ended) = course::run(&mut training, &mut Vec::new(), course, context, |training, _, step, rate| mover.step(training, step, rate))?;
        if let Some(why) = ended {
            return Ok(gather::diverged(why));
        }
    }
    let look = exam.look(&model, &mut training, steps as u64);
    if !look.is_finite() {
        return Ok(gather::diverged("states are not finite; lower the rate".to_owned()));
    }
    let mut found = tested.numbers(own, &model, &mut training, &mut stream(seed, Purpose::Projection, 5));
    let of = |name: &str| found.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
    let score = match own.after.tuned_as() {
        After::Sft => of("in-excess").map(|excess| (-excess).exp()),
        After::Dpo => of("preferred"),
        After::Rl => of("pass-one"),
        _ => None,
    };
    let each = if own.after.rewarded() { own.prompts * own.samples } else { own.batch * if own.after.paired() { 2 } else { 1 } };
    found.extend([
        ("variety", Some(exam.variety(&model, &mut training))),
        ("score", score),
        ("rate", own.after.learns().then_some(rate)),
        ("passed", Some((steps * each) as f64)),
    ]);
    Ok(gather::done(&[look], &found, None))
}
