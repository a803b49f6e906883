//! Pictures upstream, and the two tasks downstream.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{Settings, World, other};
use crate::blocks::digits::Images;
use crate::blocks::distortions::Distortion;
use crate::blocks::hierarchical_images::{self, Tree};
use crate::blocks::samples::{Samples, standardise};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::xrays::{self, Part};
use crate::blocks::{digits, pictures};
use crate::{Files, StudyError};

/// Kinds of another made world that take the place of X-rays: of two shapes.
const KINDS: [usize; 2] = [0, 4];

/// A task downstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// The classes of upstream, in pictures that are turned by a right angle and inverted.
    Turned,
    /// X-rays, with pneumonia or without.
    Xrays,
}

impl Task {
    /// Both, in the order of their numbers.
    pub(super) const ALL: [Self; 2] = [Self::Turned, Self::Xrays];

    /// How many classes it has.
    pub(super) fn classes(self, world: World) -> usize {
        match self {
            Self::Turned => world.classes(),
            Self::Xrays => KINDS.len(),
        }
    }
}

impl World {
    /// The side of a picture.
    pub(super) fn side(self) -> usize {
        match self {
            Self::Digits => xrays::SIDE,
            Self::Made => pictures::SIDE,
        }
    }

    /// Classes upstream.
    pub(super) fn classes(self) -> usize {
        match self {
            Self::Digits => digits::CLASSES,
            Self::Made => hierarchical_images::CLASSES,
        }
    }
}

/// Pictures upstream: to learn from, to choose by, to test on.
///
/// # Errors
/// Files that are absent or damaged.
pub(super) fn upstream(world: World, counts: [usize; 3], seed: u64, files: &dyn Files) -> Result<[Samples; 3], StudyError> {
    let mut all = first(world, &counts, seed, files)?.into_iter();
    let mut parts = counts.map(|_| all.next().unwrap_or_default());
    standardise(&mut parts);
    Ok(parts)
}

/// Pictures of a task: to learn from, to choose by, to test on.
///
/// # Errors
/// As [`upstream`].
pub(super) fn downstream(own: &Settings, task: Task, seed: u64, files: &dyn Files) -> Result<[Samples; 3], StudyError> {
    let mut parts = match (task, own.world) {
        (Task::Turned, world) => {
            let all = first(world, &[own.train, own.valid, own.test, own.few, own.held, own.later], seed, files)?;
            let mut last = all.into_iter().skip(3).map(|samples| turned(&samples));
            [(), (), ()].map(|()| last.next().unwrap_or_default())
        }
        (Task::Xrays, World::Digits) => {
            let most = [own.few, own.held, usize::MAX];
            let of = |k: usize, part: Part| xrays::draw(part, most[k], &mut stream(seed, Purpose::Pictures, 2 + k as u64), files);
            [of(0, Part::Train)?, of(1, Part::Valid)?, of(2, Part::Test)?]
        }
        (Task::Xrays, World::Made) => {
            let mut tree = Tree::new(stream(seed, Purpose::Pictures, 1));
            [own.few, own.held, own.later].map(|count| made(&mut tree, &KINDS, count))
        }
    };
    standardise(&mut parts);
    Ok(parts)
}

/// The first pictures of a seed, in parts of so many each; none is in two of them.
fn first(world: World, counts: &[usize], seed: u64, files: &dyn Files) -> Result<Vec<Samples>, StudyError> {
    match world {
        World::Made => {
            let mut tree = Tree::new(stream(seed, Purpose::Pictures, 0));
            let kinds: Vec<usize> = (0..hierarchical_images::CLASSES).collect();
            Ok(counts.iter().map(|count| made(&mut tree, &kinds, *count)).collect())
        }
        World::Digits => {
            let images = Images::read(files)?;
            let wanted: usize = counts.iter().sum();
            if images.labels.len() < wanted {
                return Err(other(format!("{} has {} images; expected {wanted} or more", digits::DATASET, images.labels.len())));
            }
            let mut order: Vec<usize> = (0..images.labels.len()).collect();
            order.shuffle(&mut stream(seed, Purpose::Pictures, 0));
            let mut left = order.into_iter();
            let mut next = |count: usize| Samples::picked(&images.pixels, &images.labels, xrays::SIDE, left.by_ref().take(count));
            Ok(counts.iter().map(|count| next(*count)).collect())
        }
    }
}

/// As many pictures of each of these kinds, together as many as wanted or a few more; classes are numbered from 0 on.
fn made(tree: &mut Tree, kinds: &[usize], count: usize) -> Samples {
    let each = count.div_ceil(kinds.len().max(1));
    let mut samples = Samples::new(pictures::SIDE);
    for (class, kind) in kinds.iter().enumerate() {
        tree.draw(*kind, each, &mut samples.pixels);
        samples.labels.resize(samples.labels.len() + each, class as u32);
    }
    samples
}

/// Turned by a right angle and inverted.
fn turned(samples: &Samples) -> Samples {
    // A turn draws nothing.
    let turn = |picture: &[f32], to: &mut Vec<f32>| Distortion::Turn(90.0).append(picture, samples.side, &mut Pcg64::seed_from_u64(0), to);
    let mut found = samples.each(samples.side, turn);
    found.pixels.iter_mut().for_each(|v| *v = 1.0 - *v);
    found
}
