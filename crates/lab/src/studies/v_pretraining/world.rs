//! Contexts, sources, the task, and the stream.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::learner::{dot, linear, softmax};
use super::{Design, Settings};
use crate::blocks::streams::{Purpose, stream};

/// The world of a seed.
pub(super) struct World {
    seed: u64,
    batch: usize,
    /// Unit features of every context.
    pub(super) features: Vec<Vec<f64>>,
    /// What each source says after each context.
    sources: Vec<Vec<Vec<f64>>>,
    /// What the task asks for after each context.
    pub(super) task: Vec<Vec<f64>>,
    /// Labels that are known: a context, and all of the mass on one token.
    pub(super) labels: Vec<(usize, Vec<f64>)>,
}

/// A token drawn from a distribution.
fn draw(of: &[f64], rng: &mut Pcg64) -> usize {
    let mut left = rng.random::<f64>();
    let found = of.iter().position(|p| {
        left -= p;
        left < 0.0
    });
    // What rounding leaves goes to the last.
    found.unwrap_or(of.len().saturating_sub(1))
}

impl World {
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        let mut rng = stream(seed, Purpose::Pictures, 0);
        let features: Vec<Vec<f64>> = (0..own.contexts)
            .map(|_| {
                let mut x: Vec<f64> = (0..own.features).map(|_| normal(&mut rng)).collect();
                let length = dot(&x, &x).sqrt().max(f64::MIN_POSITIVE);
                x.iter_mut().for_each(|x| *x /= length);
                x
            })
            .collect();
        let mut matrix = |k: u64| -> Vec<f64> {
            let mut rng = stream(seed, Purpose::Pictures, 1 + k);
            (0..own.features * own.tokens).map(|_| own.sharp * normal(&mut rng)).collect()
        };
        let matrices: Vec<Vec<f64>> = (0..own.sources as u64).map(&mut matrix).collect();
        let other = matrix(own.sources as u64);
        // Two independent matrices together have the spread of one.
        let (a, b) = (own.related.sqrt(), (1.0 - own.related).sqrt());
        let asked: Vec<f64> = matrices.first().unwrap_or(&other).iter().zip(&other).map(|(first, other)| a * first + b * other).collect();
        let says = |matrix: &Vec<f64>| -> Vec<Vec<f64>> {
            features
                .iter()
                .map(|x| {
                    let mut p = vec![0.0; own.tokens];
                    linear(matrix, x, &mut p);
                    softmax(&mut p);
                    p
                })
                .collect()
        };
        let (sources, task) = (matrices.iter().map(says).collect(), says(&asked));
        let labels = labels(own, seed, &task);
        Self { seed, batch: own.batch, features, sources, task, labels }
    }

    /// Tokens of a step: contexts and what came after them.
    pub(super) fn tokens(&self, step: u64) -> Vec<(usize, usize)> {
        let mut rng = stream(self.seed, Purpose::Pretraining, step);
        (0..self.batch)
            .map(|_| {
                let (context, source) = (rng.random_range(0..self.features.len()), rng.random_range(0..self.sources.len()));
                (context, draw(&self.sources[source][context], &mut rng))
            })
            .collect()
    }

    /// Which labels a step sees.
    pub(super) fn feedback(&self, step: u64) -> Vec<usize> {
        let mut rng = stream(self.seed, Purpose::Steps, step);
        (0..self.batch).map(|_| rng.random_range(0..self.labels.len())).collect()
    }

    /// What the stream as a whole says after a context.
    pub(super) fn mixture(&self, context: usize) -> Vec<f64> {
        let share = 1.0 / self.sources.len() as f64;
        let mut p = vec![0.0; self.task[context].len()];
        self.sources.iter().for_each(|source| super::learner::add(&mut p, share, &source[context]));
        p
    }

    /// What the last source says after a context: a task that nobody gives feedback on.
    pub(super) fn last(&self, context: usize) -> &[f64] {
        self.sources.last().map_or(&self.task[context], |source| &source[context])
    }

    /// Contexts that the task is tested on.
    pub(super) fn tested(&self) -> std::ops::Range<usize> {
        self.features.len() / 2..self.features.len()
    }
}

/// Labels of contexts of the first half; dealt out at random they are the same contexts and the same labels.
fn labels(own: &Settings, seed: u64, task: &[Vec<f64>]) -> Vec<(usize, Vec<f64>)> {
    let mut rng = stream(seed, Purpose::Head, 0);
    let (contexts, mut tokens): (Vec<usize>, Vec<usize>) = (0..own.feedback)
        .map(|_| {
            let context = rng.random_range(0..own.contexts / 2);
            (context, draw(&task[context], &mut rng))
        })
        .unzip();
    if own.design == Design::Shuffled {
        tokens.shuffle(&mut stream(seed, Purpose::Deal, 0));
    }
    let sure = |token: usize| (0..own.tokens).map(|v| f64::from(u8::from(v == token))).collect();
    contexts.into_iter().zip(tokens.into_iter().map(sure)).collect()
}
