//! What is generated is judged by a network that was trained to tell the ten classes apart on rows that nothing else is trained on; its features are
//! fixed for all arms of a seed. A second set of features is that of a random layer.

use nets::layers::Linear;
use nets::models::Mlp;
use nets::models::mlp::Activation;
use nets::product::{Mat, matmul};
use nets::{Params, Training, Var, losses};
use rand::RngExt;
use rand_pcg::Pcg64;

use super::data::{CLASSES, Data, Ground, Rows};
use super::plan::Judging;
use super::{Target, gather, other};
use crate::blocks::course::{self, Course};
use crate::blocks::diffusion::noise;
use crate::blocks::frechet::{Moments, distance};
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, StudyError};

/// Features.
const FEATURES: usize = 32;
/// Units between rows and features.
const HIDDEN: usize = 64;
/// How it is trained.
const STEPS: u64 = 500;
const BATCH: usize = 64;
const RATE: f64 = 3e-3;
/// Standard deviation of the noise that it learns to bear.
const BEAR: f32 = 0.1;

/// A judge with its numbers.
pub(super) struct Judge {
    body: Mlp,
    head: Linear,
    training: Training<f32>,
    /// Directions of the random layer, each of as many numbers as a row.
    random: Vec<f32>,
    dim: usize,
    /// Whether rows are turned into their opposites before they are looked at.
    turned: bool,
}

/// Distances of generated rows from real ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Marks {
    /// Fréchet distance in the features of the judge.
    pub(super) distance: f64,
    /// The same class by class, mean over classes.
    pub(super) by_class: f64,
    /// The same in the features of a random layer.
    pub(super) random: f64,
    /// Share of rows that the judge takes for their class.
    pub(super) right: f64,
}

/// Operations of its training.
pub(super) fn flops(ground: &Ground) -> f64 {
    let row = (ground.dim() * HIDDEN + HIDDEN * FEATURES + FEATURES * CLASSES) as f64;
    6.0 * STEPS as f64 * BATCH as f64 * row + looked(ground, CLASSES / 2 * 2 * ground.reference)
}

/// Operations of looking at so many rows.
pub(super) fn looked(ground: &Ground, rows: usize) -> f64 {
    2.0 * rows as f64 * (ground.dim() * (HIDDEN + FEATURES) + HIDDEN * FEATURES + FEATURES * CLASSES) as f64
}

impl Judge {
    /// Untrained. `turned` is whether it is asked about opposites.
    fn new(ground: &Ground, seed: u64, turned: bool) -> Self {
        let dim = ground.dim();
        let mut params = Params::<f32>::new(stream(seed, Purpose::Projection, 0));
        let body = Mlp::new(&mut params, "body", &[dim, HIDDEN, FEATURES], Activation::Relu);
        let head = Linear::new(&mut params, "head", FEATURES, CLASSES);
        let scale = (dim.max(1) as f32).sqrt().recip();
        let random = noise(FEATURES * dim, &mut stream(seed, Purpose::Projection, 1)).into_iter().map(|v| v * scale).collect();
        Self { body, head, training: Training::new(params, 0.0), random, dim, turned }
    }

    /// The one that a stage handed over; nothing where that diverged.
    pub(super) fn handed_over(ground: &Ground, target: Target, seed: u64, outcome: &Outcome) -> Result<Option<Self>, StudyError> {
        let mut judge = Self::new(ground, seed, target == Target::Inverted);
        let Some(weights) = outcome.handed_over()? else { return Ok(None) };
        judge.training.params.read(weights).map_err(other)?;
        Ok(Some(judge))
    }

    /// Features of rows, and the class that each is taken for.
    fn look(&mut self, rows: &[f32]) -> (Vec<f32>, Vec<u32>) {
        let sign = if self.turned { -1.0 } else { 1.0 };
        let rows: Vec<f32> = rows.iter().map(|v| sign * v).collect();
        let (count, dim, body, head) = (rows.len() / self.dim.max(1), self.dim, &self.body, &self.head);
        self.training.infer(stream(0, Purpose::Projection, 0), |pass| {
            let x = pass.input(&rows, count, dim);
            let features = body.forward(pass, x);
            let features = pass.relu(features);
            let scores = head.forward(pass, features);
            let found = pass.value(scores).chunks_exact(CLASSES).map(|row| largest(row.iter().map(|s| f64::from(*s)))).collect();
            (pass.value(features).to_vec(), found)
        })
    }

    /// Features of a random layer with ReLU.
    fn seen_at_random(&self, rows: &[f32]) -> Vec<f32> {
        let count = rows.len() / self.dim.max(1);
        let mut out = vec![0.0_f32; count * FEATURES];
        matmul(&mut out, FEATURES, false, Mat::new(rows, count, self.dim), Mat::new(&self.random, FEATURES, self.dim).t(), 1.0);
        out.iter_mut().for_each(|v| *v = v.max(0.0));
        out
    }

    /// Holds rows against real ones.
    ///
    /// # Errors
    /// Rows that are not finite.
    pub(super) fn marks(&mut self, made: &Rows, real: &Rows) -> Result<Marks, StudyError> {
        let ((features, found), (wanted, _)) = (self.look(&made.values), self.look(&real.values));
        let apart = |a: &[f32], b: &[f32]| distance(&Moments::of(a, FEATURES), &Moments::of(b, FEATURES));
        let mut classes: Vec<u32> = real.labels.clone();
        classes.sort_unstable();
        classes.dedup();
        let of = |features: &[f32], labels: &[u32], class: u32| -> Vec<f32> {
            features.chunks_exact(FEATURES).zip(labels).filter(|(_, label)| **label == class).flat_map(|(row, _)| row.to_vec()).collect()
        };
        let mut by_class = 0.0;
        for class in &classes {
            by_class += apart(&of(&features, &made.labels, *class), &of(&wanted, &real.labels, *class))?;
        }
        Ok(Marks {
            distance: apart(&features, &wanted)?,
            by_class: by_class / classes.len().max(1) as f64,
            random: apart(&self.seen_at_random(&made.values), &self.seen_at_random(&real.values))?,
            right: accuracy(&found, &made.labels),
        })
    }
}

/// The first half of the rows of each class; rows lie class by class, as many of each.
pub(super) fn halved(rows: &Rows, each: usize, dim: usize) -> Rows {
    let kept = |k: &usize| k % each.max(1) < each / 2;
    let places: Vec<usize> = (0..rows.len()).filter(kept).collect();
    let values = places.iter().flat_map(|k| rows.values[k * dim..(k + 1) * dim].to_vec()).collect();
    Rows { values, labels: places.iter().map(|k| rows.labels[*k]).collect() }
}

/// Trains a judge and hands it over.
pub(super) fn train(own: &Judging, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (seed, ground) = (context.seed, own.ground);
    let data = Data::new(ground, Target::Same, seed, context.files)?;
    let mut judge = Judge::new(&ground, seed, false);
    let (dim, rows) = (judge.dim, &data.judged);
    let Judge { body, head, training, .. } = &mut judge;
    let course = Course { steps: STEPS, points: 10, rate: RATE };
    let (curve, ended) = course::run(training, &mut Vec::new(), course, context, |training, _, k, rate| {
        let mut rng: Pcg64 = stream(seed, Purpose::Order, k);
        let picks: Vec<usize> = (0..BATCH).map(|_| rng.random_range(0..rows.len().max(1))).collect();
        let mut x = noise(BATCH * dim, &mut rng);
        x.iter_mut().for_each(|v| *v *= BEAR);
        let taken = picks.iter().flat_map(|k| rows.values.get(k * dim..(k + 1) * dim).unwrap_or_default());
        x.iter_mut().zip(taken).for_each(|(v, row)| *v += row);
        let labels: Vec<u32> = picks.iter().filter_map(|k| rows.labels.get(*k).copied()).collect();
        training.step(rate, rng, |pass| {
            let x: Var = pass.input(&x, BATCH, dim);
            let features = body.forward(pass, x);
            let features = pass.relu(features);
            let scores = head.forward(pass, features);
            let errors = losses::cross_entropy(pass, scores, &labels, 0.0);
            pass.mean(errors)
        })
    })?;
    if let Some(why) = ended {
        return Ok(gather::diverged(&curve, why));
    }
    let right = judge.marks(&data.second, &data.reference)?.right;
    let weights = judge.training.params.to_bytes().map_err(other)?;
    Ok(gather::done(&curve, &[("judge-right", Some(right))], Some(weights)))
}
