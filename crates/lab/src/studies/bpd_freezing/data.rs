//! Pictures of the target, and those to pretrain on.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::method::Source;
use super::network::{PIXELS, SIDE};
use super::{World, other};
use crate::blocks::digits::Images;
use crate::blocks::hierarchical_images::{self, Tree};
use crate::blocks::label_bits::has;
use crate::blocks::resizing::bilinear;
use crate::blocks::samples::{Samples, moments, rescale};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::xrays::{self, Part};
use crate::blocks::{pictures, thorax};
use crate::{Files, StudyError};

/// Streams of pictures of a seed.
const TARGET: u64 = 2;
const NOISE: u64 = 3;
const SOURCE: u64 = 4;
const OTHERS: u64 = 5;
const KINDS: u64 = 6;

/// The finding of the target in the made world: an infiltrate.
const FINDING: usize = 4;

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) half: usize,
    pub(super) fresh: usize,
    pub(super) source: usize,
    pub(super) held: usize,
}

/// Pictures of the target, with numbers of mean 0 and standard deviation 1; a label is 0 or 1.
pub(super) struct Target {
    /// As many of each class, to be dealt out to folds.
    pub(super) known: Samples,
    /// Others, to test on.
    pub(super) fresh: Samples,
}

/// Adds a picture of some to others.
fn add(to: &mut Samples, from: &Samples, k: usize) {
    if let (Some(picture), Some(label)) = (from.pixels.get(k * PIXELS..(k + 1) * PIXELS), from.labels.get(k)) {
        to.pixels.extend_from_slice(picture);
        to.labels.push(*label);
    }
}

/// The first of each class, so many; those that come next, to test on, of whichever class; and all others.
fn divide(all: &Samples, counts: &Counts) -> Result<[Samples; 3], StudyError> {
    let mut parts = [Samples::new(SIDE), Samples::new(SIDE), Samples::new(SIDE)];
    let mut open = [counts.half; 2];
    for (k, label) in all.labels.iter().enumerate() {
        let left = open.get_mut(*label as usize).ok_or_else(|| other(format!("there is a label {label}; expected 0 or 1")))?;
        let part = if *left > 0 {
            *left -= 1;
            0
        } else if open == [0, 0] && parts[1].labels.len() < counts.fresh {
            1
        } else {
            2
        };
        add(&mut parts[part], all, k);
    }
    if open != [0, 0] || parts[1].labels.len() < counts.fresh {
        let n = all.labels.len();
        return Err(other(format!("{n} pictures have not {} of each class and {} further ones", counts.half, counts.fresh)));
    }
    Ok(parts)
}

/// Pictures of the target's kind, without noise: known ones, further ones, and others, of which so many are wanted.
fn target_kind(world: World, counts: &Counts, others: usize, seed: u64, files: &dyn Files) -> Result<[Samples; 3], StudyError> {
    let mut rng = stream(seed, Purpose::Pictures, TARGET);
    let all = match world {
        World::Real => xrays::draw(Part::Train, usize::MAX, &mut rng, files)?,
        World::Made => {
            // Three of ten have the finding, so that there are enough of them; the first of more are the same.
            let mut drawn = thorax::draw(8 * counts.half + counts.fresh + others + 40, &mut rng);
            drawn.labels.iter_mut().for_each(|bits| *bits = u32::from(has(*bits, FINDING)));
            drawn
        }
    };
    divide(&all, counts)
}

/// Pictures of the target with noise of this size, in units of their own standard deviation.
///
/// # Errors
/// Files that are absent or damaged, or fewer pictures than are wanted.
pub(super) fn target(world: World, counts: &Counts, noise: f64, seed: u64, files: &dyn Files) -> Result<Target, StudyError> {
    let [mut known, mut fresh, _] = target_kind(world, counts, 0, seed, files)?;
    let mut rng = stream(seed, Purpose::Pictures, NOISE);
    let size = noise * moments(&known).1;
    if size > 0.0 {
        for samples in [&mut known, &mut fresh] {
            samples.pixels.iter_mut().for_each(|v| *v += (size * normal(&mut rng)) as f32);
        }
    }
    let scale = moments(&known);
    [&mut known, &mut fresh].into_iter().for_each(|samples| rescale(&mut samples.pixels, scale));
    Ok(Target { known, fresh })
}

/// Pictures to pretrain on, and such as are held out, with labels as bits; none is in the target.
///
/// # Errors
/// As [`target`].
pub(super) fn source(world: World, which: Source, counts: &Counts, seed: u64, files: &dyn Files) -> Result<[Samples; 2], StudyError> {
    let count = counts.source + counts.held;
    let mut rng = stream(seed, Purpose::Pictures, SOURCE);
    let all = match which {
        Source::Thorax => {
            let mut drawn = thorax::draw(count, &mut rng);
            if world == World::Made {
                drawn.labels.iter_mut().for_each(|bits| *bits = without(*bits));
            }
            drawn
        }
        Source::Xrays => {
            let [_, _, rest] = target_kind(world, counts, count, seed, files)?;
            mirrored(&rest, count, &mut rng)
        }
        Source::Digits => classes(world, count, seed, files)?,
    };
    let mut parts = [Samples::new(SIDE), Samples::new(SIDE)];
    for k in 0..all.labels.len().min(count) {
        add(&mut parts[usize::from(k >= counts.source)], &all, k);
    }
    if parts[0].labels.len() < counts.source || parts[1].labels.len() < counts.held {
        return Err(other(format!("there are {} pictures to pretrain on; expected {count}", all.labels.len())));
    }
    let scale = moments(&parts[0]);
    parts.iter_mut().for_each(|samples| rescale(&mut samples.pixels, scale));
    Ok(parts)
}

/// Findings but that of the target.
fn without(bits: u32) -> u32 {
    let below = (1 << FINDING) - 1;
    (bits & below) | ((bits >> 1) & !below)
}

/// The first pictures of some, so many, each mirrored with half a chance from left to right (the first bit) and from top to bottom (the second).
fn mirrored(samples: &Samples, count: usize, rng: &mut Pcg64) -> Samples {
    let mut found = Samples::new(SIDE);
    for picture in samples.pixels.chunks_exact(PIXELS).take(count) {
        let (across, down) = (rng.random::<f64>() < 0.5, rng.random::<f64>() < 0.5);
        let from = |k: usize| {
            let (row, column) = (k / SIDE, k % SIDE);
            let (row, column) = (if down { SIDE - 1 - row } else { row }, if across { SIDE - 1 - column } else { column });
            picture[row * SIDE + column]
        };
        found.pixels.extend((0..PIXELS).map(from));
        found.labels.push(u32::from(across) | (u32::from(down) << 1));
    }
    found
}

/// Pictures of another domain; the label is the bit of the class.
fn classes(world: World, count: usize, seed: u64, files: &dyn Files) -> Result<Samples, StudyError> {
    let mut rng = stream(seed, Purpose::Pictures, OTHERS);
    let mut samples = match world {
        World::Real => {
            let images = Images::read(files)?;
            let mut order: Vec<usize> = (0..images.labels.len()).collect();
            order.shuffle(&mut rng);
            Samples::picked(&images.pixels, &images.labels, SIDE, order.into_iter().take(count))
        }
        World::Made => {
            let mut tree = Tree::new(stream(seed, Purpose::Pictures, KINDS));
            let mut drawn = Samples::new(SIDE);
            let each = count.div_ceil(hierarchical_images::CLASSES);
            for kind in 0..hierarchical_images::CLASSES {
                let mut shapes = Vec::new();
                tree.draw(kind, each, &mut shapes);
                shapes.chunks_exact(pictures::PIXELS).for_each(|picture| bilinear(picture, pictures::SIDE, SIDE, &mut drawn.pixels));
                drawn.labels.resize(drawn.labels.len() + each, kind as u32);
            }
            // In random order, so that those held out are of all kinds.
            let mut order: Vec<usize> = (0..drawn.labels.len()).collect();
            order.shuffle(&mut rng);
            let mut mixed = Samples::new(SIDE);
            order.into_iter().for_each(|k| add(&mut mixed, &drawn, k));
            mixed
        }
    };
    samples.labels.iter_mut().for_each(|class| *class = 1_u32.checked_shl(*class).unwrap_or(0));
    Ok(samples)
}

/// The fold of every picture: as many of each class in each, or one more.
pub(super) fn deal(labels: &[u32], folds: usize, seed: u64, repeat: u64) -> Vec<usize> {
    let mut rng = stream(seed, Purpose::Deal, repeat);
    let mut fold = vec![0; labels.len()];
    for class in [0, 1] {
        let mut own: Vec<usize> = labels.iter().enumerate().filter(|(_, label)| **label == class).map(|(k, _)| k).collect();
        own.shuffle(&mut rng);
        for (place, k) in own.into_iter().enumerate() {
            if let Some(fold) = fold.get_mut(k) {
                *fold = place % folds.max(1);
            }
        }
    }
    fold
}

/// The pictures of a fold, and all others.
pub(super) fn apart(samples: &Samples, folds: &[usize], fold: usize) -> [Samples; 2] {
    let mut parts = [Samples::new(samples.side), Samples::new(samples.side)];
    for (k, own) in folds.iter().enumerate() {
        add(&mut parts[usize::from(*own != fold)], samples, k);
    }
    parts
}
