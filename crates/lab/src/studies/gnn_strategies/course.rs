//! The course of a training: epochs in random order, a curve, and progress that it can go on from.

use nets::Training;
use rand::seq::SliceRandom;

use super::other;
use super::world::stream;
use crate::{Context, Go, StudyError};

/// What one step saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    /// The loss before it; `None` where there was nothing to learn from.
    pub(super) loss: Option<f64>,
    /// Right answers, and answers asked for.
    pub(super) right: f64,
    pub(super) asked: f64,
    /// Atoms that were passed forward and backward.
    pub(super) atoms: f64,
}

/// What is trained.
pub(super) trait Learner {
    /// One step on these examples.
    fn step(&mut self, step: u64, examples: &[usize]) -> Step;

    /// After this many epochs, the number of its curve; it may note what is best so far.
    fn look(&mut self, epoch: f64, progress: &mut Progress) -> f64;

    fn training(&mut self) -> &mut Training<f32>;
}

/// How long.
pub(super) struct Course {
    pub(super) examples: usize,
    pub(super) batch: usize,
    pub(super) epochs: usize,
    /// How often it is looked at, evenly spread over the epochs and at most once in each; the last time is at the end.
    pub(super) looks: usize,
    /// The random numbers of the orders.
    pub(super) orders: u64,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Progress {
    pub(super) step: u64,
    pub(super) atoms: f64,
    /// Of the epoch: sum of losses, how many, right answers, answers.
    pub(super) open: [f64; 4],
    /// For `look`: the best number so far, what came with it, and its epoch from 1 on; 0 before there is one.
    pub(super) best: [f64; 3],
    /// For every look the epochs done, the number of its curve and the mean loss of the epoch.
    pub(super) curve: Vec<[f64; 3]>,
}

/// Numbers before the curve in saved progress.
const HEAD: usize = 9;

impl Progress {
    /// Share of right answers in the epoch.
    pub(super) fn right(&self) -> f64 {
        self.open[2] / self.open[3].max(1.0)
    }

    /// As bytes, followed by a training.
    pub(super) fn to_bytes(&self, training: &[u8]) -> Vec<u8> {
        let head = [self.step as f64, self.atoms].into_iter().chain(self.open).chain(self.best);
        let numbers = head.chain(self.curve.iter().flatten().copied());
        let mut bytes = (self.curve.len() as u64).to_le_bytes().to_vec();
        bytes.extend(numbers.flat_map(f64::to_le_bytes));
        bytes.extend(training);
        bytes
    }

    /// `None` for bytes that are none of it; what is wrong with the training is found when it is read.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let word = |k: usize| bytes.get(8 * k..8 * k + 8)?.try_into().ok().map(u64::from_le_bytes);
        let points = usize::try_from(word(0)?).ok().filter(|n| *n < bytes.len())?;
        let numbers = HEAD + 3 * points;
        let all: Vec<f64> = (1..=numbers).map(|k| word(k).map(f64::from_bits)).collect::<Option<_>>()?;
        let curve = all[HEAD..].chunks_exact(3).map(|point| [point[0], point[1], point[2]]).collect();
        let progress = Self { step: all[0] as u64, atoms: all[1], open: [all[2], all[3], all[4], all[5]], best: [all[6], all[7], all[8]], curve };
        Some((progress, bytes.get(8 * (numbers + 1)..)?))
    }
}

/// Steps between two looks at the watch, and between two saves.
const PIECE: u64 = 25;
const SAVE: u64 = 1_500;

/// Trains to the end, from what was saved; the text says why it ended early, if it did.
pub(super) fn run(learner: &mut dyn Learner, course: &Course, context: &mut Context<'_>) -> Result<(Progress, Option<String>), StudyError> {
    let steps = course.examples.div_ceil(course.batch).max(1) as u64;
    let last = steps * course.epochs as u64;
    let looks = |step: u64| step / steps * course.looks as u64 / course.epochs.max(1) as u64;
    let mut progress = Progress::default();
    if let Some(bytes) = context.checkpoint.load()
        && let Some((saved, training)) = Progress::from_bytes(&bytes)
        && saved.step <= last
        && saved.curve.len() as u64 == looks(saved.step)
        && learner.training().read(training).is_ok()
    {
        progress = saved;
    }
    let mut order: Vec<usize> = Vec::new();
    let mut ordered = None;
    while progress.step < last {
        let (epoch, place) = (progress.step / steps, (progress.step % steps) as usize);
        if ordered != Some(epoch) {
            order.clear();
            order.extend(0..course.examples);
            order.shuffle(&mut stream(course.orders, epoch));
            ordered = Some(epoch);
        }
        if place == 0 {
            progress.open = [0.0; 4];
        }
        let from = place * course.batch;
        let seen = learner.step(progress.step, &order[from.min(order.len())..(from + course.batch).min(order.len())]);
        if let Some(loss) = seen.loss {
            if !loss.is_finite() {
                let why = format!("the loss is no longer finite at step {} of {last}; lower the rate", progress.step);
                return Ok((progress, Some(why)));
            }
            progress.open[0] += loss;
            progress.open[1] += 1.0;
        }
        progress.open[2] += seen.right;
        progress.open[3] += seen.asked;
        progress.atoms += seen.atoms;
        progress.step += 1;
        if looks(progress.step) > progress.curve.len() as u64 {
            let done = epoch as f64 + 1.0;
            let number = learner.look(done, &mut progress);
            let loss = progress.open[0] / progress.open[1].max(1.0);
            if !number.is_finite() {
                let why = format!("what is measured is no longer finite after epoch {done} of {}; lower the rate", course.epochs);
                return Ok((progress, Some(why)));
            }
            progress.curve.push([done, number, loss]);
        }
        if progress.step.is_multiple_of(PIECE) || progress.step == last {
            let stop = (context.watch)(progress.step as f64 / last as f64) == Go::Stop;
            if stop || progress.step.is_multiple_of(SAVE) {
                let saved = context.checkpoint.save(&progress.to_bytes(&learner.training().to_bytes()));
                saved.map_err(|e| other(format!("cannot save the progress at step {}: {e}", progress.step)))?;
            }
            if stop && progress.step < last {
                return Err(StudyError::Interrupted);
            }
        }
    }
    Ok((progress, None))
}
