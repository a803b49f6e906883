//! What is learnt from: images, pairs of numbers, or inputs of a teacher; some to train on and some held out.

use std::sync::Arc;

use nets::Real;
use nets::layers::Sequences;
use nets::params::normal;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::{Files, StudyError};

use super::{PIXELS, Setting, Settings};
use crate::blocks::digits::{CLASSES, Images};

/// Tokens of a sequence: two numbers, and the sign for equals.
pub(super) const LENGTH: usize = 3;

/// One stream of random numbers for each purpose, so that arms of one seed share all of them.
pub(super) struct Streams {
    examples: Pcg64,
    pub(super) weights: Pcg64,
    /// Random numbers of a step do not depend on the steps before it.
    steps: u64,
}

impl Streams {
    pub(super) fn new(seed: u64) -> Self {
        let mut master = Pcg64::seed_from_u64(seed);
        let mut next = || master.random::<u64>();
        Self { examples: Pcg64::seed_from_u64(next()), weights: Pcg64::seed_from_u64(next()), steps: next() }
    }

    pub(super) fn step(&self, step: u64) -> Pcg64 {
        Pcg64::seed_from_u64(self.steps ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// Sequences of tokens, one after the other.
pub(super) struct Tokens {
    pub(super) tokens: Vec<u32>,
    /// The place of every token in its sequence.
    pub(super) places: Vec<u32>,
    pub(super) sequences: Sequences,
    /// The row of every last token.
    pub(super) last: Arc<[usize]>,
}

impl Tokens {
    fn new(tokens: Vec<u32>) -> Self {
        let count = tokens.len() / LENGTH;
        Self {
            places: (0..count).flat_map(|_| 0..LENGTH as u32).collect(),
            sequences: Sequences::all(count, LENGTH),
            last: (1..=count).map(|k| k * LENGTH - 1).collect(),
            tokens,
        }
    }
}

/// Examples: what is read, and what is wanted.
pub(super) struct Examples<T> {
    /// How many.
    pub(super) count: usize,
    /// Inputs of each.
    pub(super) cols: usize,
    /// Inputs, example after example; none where tokens are read.
    pub(super) inputs: Vec<T>,
    pub(super) tokens: Tokens,
    /// The class of each; none where there are no classes.
    pub(super) classes: Vec<u32>,
    /// Outputs that are wanted, example after example; none where scores of classes are.
    pub(super) targets: Vec<T>,
    /// Outputs that are taken off, example after example; none where nothing is.
    pub(super) first: Vec<T>,
}

impl<T: Real> Examples<T> {
    /// Room for so many of these.
    pub(super) fn room(&self, count: usize) -> Self {
        let tokens = if self.tokens.tokens.is_empty() { Vec::new() } else { vec![0; LENGTH * count] };
        Self { count, cols: self.cols, inputs: Vec::new(), tokens: Tokens::new(tokens), classes: Vec::new(), targets: Vec::new(), first: Vec::new() }
    }

    /// Becomes those of `all` at these places, as many as there is room for.
    pub(super) fn gather(&mut self, all: &Self, picks: &[usize]) {
        taken(&mut self.inputs, &all.inputs, all.count, picks);
        taken(&mut self.tokens.tokens, &all.tokens.tokens, all.count, picks);
        taken(&mut self.classes, &all.classes, all.count, picks);
        taken(&mut self.targets, &all.targets, all.count, picks);
        taken(&mut self.first, &all.first, all.count, picks);
    }
}

/// The rows of `all`, which has `count` of them, at these places.
fn taken<U: Copy>(to: &mut Vec<U>, all: &[U], count: usize, picks: &[usize]) {
    let cols = all.len() / count.max(1);
    to.clear();
    for pick in picks {
        to.extend_from_slice(&all[pick * cols..(pick + 1) * cols]);
    }
}

/// The training set and the held-out examples.
pub(super) fn draw<T: Real>(settings: &Settings, streams: &mut Streams, files: &dyn Files) -> Result<(Examples<T>, Examples<T>), StudyError> {
    match settings.setting {
        Setting::Mnist => images(settings, &mut streams.examples, &Images::read(files)?),
        Setting::Modular => Ok(sums(settings, &mut streams.examples)),
        Setting::StudentTeacher => Ok(taught(settings, &mut streams.examples)),
    }
}

/// The numbers below `count` in random order.
fn dealt(count: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for k in (1..count).rev() {
        order.swap(k, rng.random_range(0..=k));
    }
    order
}

/// The first ones of a random order are trained on, the last ones held out: a smaller training set is a part of a larger.
fn images<T: Real>(settings: &Settings, rng: &mut Pcg64, images: &Images) -> Result<(Examples<T>, Examples<T>), StudyError> {
    let there = images.labels.len();
    if settings.train + settings.test > there {
        let what = format!("train and test are {} together; there are {there} images", settings.train + settings.test);
        return Err(StudyError::Setting(format!("grokking-nets: {what}")));
    }
    let order = dealt(there, rng);
    let of = |places: &[usize]| {
        let mut targets = vec![T::ZERO; CLASSES * places.len()];
        let mut inputs = Vec::with_capacity(PIXELS * places.len());
        let mut classes = Vec::with_capacity(places.len());
        for (place, target) in places.iter().zip(targets.chunks_exact_mut(CLASSES)) {
            let label = images.labels[*place];
            target[usize::from(label)] = T::ONE;
            classes.push(u32::from(label));
            inputs.extend(images.pixels[place * PIXELS..(place + 1) * PIXELS].iter().map(|p| T::of(f64::from(*p) / 255.0)));
        }
        Examples { count: places.len(), cols: PIXELS, inputs, tokens: Tokens::new(Vec::new()), classes, targets, first: Vec::new() }
    };
    Ok((of(&order[..settings.train]), of(&order[there - settings.test..])))
}

/// Pairs of numbers with their sum, in the same way.
fn sums<T: Real>(settings: &Settings, rng: &mut Pcg64) -> (Examples<T>, Examples<T>) {
    let modulus = settings.modulus;
    let order = dealt(modulus * modulus, rng);
    let of = |places: &[usize]| {
        let tokens = places.iter().flat_map(|k| [k / modulus, k % modulus, modulus]).map(|token| token as u32).collect();
        let classes = places.iter().map(|k| ((k / modulus + k % modulus) % modulus) as u32).collect();
        Examples { count: places.len(), cols: 0, inputs: Vec::new(), tokens: Tokens::new(tokens), classes, targets: Vec::new(), first: Vec::new() }
    };
    (of(&order[..settings.train]), of(&order[order.len() - settings.test..]))
}

/// Normal inputs with what the teacher says of them.
fn taught<T: Real>(settings: &Settings, rng: &mut Pcg64) -> (Examples<T>, Examples<T>) {
    let dim = settings.dim;
    let teacher = orthonormal(settings.teacher, dim, rng);
    let share = (settings.teacher as f64).sqrt().recip();
    let mut of = |count: usize| {
        let inputs: Vec<f64> = (0..count * dim).map(|_| normal(rng)).collect();
        let target = |x: &[f64]| share * teacher.iter().map(|unit| dot(unit, x).max(0.0)).sum::<f64>();
        let targets = inputs.chunks_exact(dim).map(|x| T::of(target(x))).collect();
        let inputs = inputs.into_iter().map(T::of).collect();
        Examples { count, cols: dim, inputs, tokens: Tokens::new(Vec::new()), classes: Vec::new(), targets, first: Vec::new() }
    };
    let test = of(settings.test);
    (of(settings.train), test)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Random directions, each at right angles to those before it.
fn orthonormal(count: usize, dim: usize, rng: &mut Pcg64) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut one: Vec<f64> = (0..dim).map(|_| normal(rng)).collect();
        for before in &all {
            let along = dot(&one, before);
            one.iter_mut().zip(before).for_each(|(v, b)| *v -= along * b);
        }
        let length = dot(&one, &one).sqrt().max(f64::MIN_POSITIVE);
        one.iter_mut().for_each(|v| *v /= length);
        all.push(one);
    }
    all
}
