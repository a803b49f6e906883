//! Pictures to pretrain on, and those of the targets.

use std::ops::Range;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::strategy::{Source, Target, World};
use super::{other, task::Counts};
use crate::blocks::digits::Images;
use crate::blocks::hierarchical_images::{CLASSES, SUPERS, Tree};
use crate::blocks::label_bits::has;
use crate::blocks::resizing::bilinear;
use crate::blocks::samples::Samples;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::xrays::{self, Part};
use crate::blocks::{digits, kind_pictures, pictures, thorax};
use crate::{Files, StudyError};

/// The side of a picture.
pub(super) const SIDE: usize = 20;

/// Labelled pictures of a target at most.
pub(super) const MOST: usize = 1_000;

/// X-rays of the part that all of them are from.
pub(super) const XRAYS_AT_MOST: usize = 4_708;

/// The kinds of the target `shapes`: one of each shape.
pub(super) const SHAPES: [usize; SUPERS] = [0, 4, 8, 12, 16, 20, 24, 28];

/// Kinds that take the place of digits.
const IN_PLACE: [usize; digits::CLASSES] = [1, 4, 7, 10, 13, 16, 19, 22, 25, 28];

/// The side of digits as they are read, and what is cut off around them, where there is nothing.
const WHOLE: usize = 28;
const EDGE: usize = (WHOLE - SIDE) / 2;

/// The finding of the thorax that takes the place of pneumonia: air.
const FINDING: usize = 3;

/// Streams of pictures of a seed. A tree has three: shapes with the pictures of each kind, and which kinds are drawn of labelled and of other
/// pictures.
const BANK: u64 = 1;
const SCRAMBLED: u64 = 3;
const DIGITS: u64 = 4;
const KIN: u64 = 7;
const XRAYS: u64 = 10;
const THORAX: u64 = 14;

/// So many pictures to pretrain on. Labels are kinds of the bank; of other domains they are never asked for. `kept` is how many pictures of a tree
/// are for labels, validation and test at most.
///
/// # Errors
/// Files that are absent or damaged, or more pictures than there are.
pub(super) fn source(world: World, from: Source, count: usize, kept: usize, seed: u64, files: &dyn Files) -> Result<Samples, StudyError> {
    let Some(target) = from.target() else {
        let rng = |k: u64| stream(seed, Purpose::Pictures, k);
        let bank = kind_pictures::draw(&mut Tree::new(rng(BANK)), count, SIDE, &mut rng(BANK + 1));
        return match from {
            Source::Scrambled => Ok(kind_pictures::scrambled(&bank, &mut rng(SCRAMBLED))),
            Source::Bank => Ok(bank),
            _ => Err(other("fractals are made step by step")),
        };
    };
    let pool = Pool { target, seed, files };
    let found = match target {
        Target::Digits | Target::Turned | Target::Negative if world == World::Real => pool.digits(|all| all.saturating_sub(count)..all)?,
        Target::Digits | Target::Turned | Target::Negative => pool.beyond(DIGITS, &IN_PLACE, kept, count),
        Target::Shapes => pool.beyond(KIN, &SHAPES, kept, count),
        Target::Xrays if world == World::Real => {
            let all = pool.xrays(usize::MAX)?;
            smaller(&all.those(all.labels.len().saturating_sub(count)..all.labels.len()))
        }
        Target::Xrays => pool.findings(XRAYS + 3, count),
        Target::Thorax => pool.findings(THORAX + 3, count),
    };
    Ok(pool.changed(&found))
}

/// Pictures of a target with their labels: to learn from, to choose by, to test on. Fewer to learn from are the first of more, and the others are the
/// same for both.
///
/// # Errors
/// As [`source`].
pub(super) fn task(world: World, target: Target, counts: &Counts, seed: u64, files: &dyn Files) -> Result<[Samples; 3], StudyError> {
    let Counts { labels, valid, test } = *counts;
    let pool = Pool { target, seed, files };
    let parted = |all: &Samples| -> Result<[Samples; 3], StudyError> {
        if all.labels.len() < test + valid + labels {
            return Err(other(format!("there are {} pictures; expected {} or more", all.labels.len(), test + valid + labels)));
        }
        let rest = test + valid;
        Ok([all.those(rest..rest + labels), all.those(test..rest), all.those(0..test)])
    };
    let parts = match target {
        Target::Digits | Target::Turned | Target::Negative if world == World::Real => parted(&pool.digits(|_| 0..test + valid + labels)?)?,
        Target::Digits | Target::Turned | Target::Negative => parted(&pool.first(DIGITS, &IN_PLACE, test + valid + labels))?,
        Target::Shapes => parted(&pool.first(KIN, &SHAPES, test + valid + labels))?,
        Target::Xrays if world == World::Real => parted(&smaller(&pool.xrays(test + valid + labels)?))?,
        Target::Xrays => [(0, labels), (1, valid), (2, test)].map(|(k, count)| pool.findings(XRAYS + k, count)),
        Target::Thorax => [(0, labels), (1, valid), (2, test)].map(|(k, count)| pool.findings(THORAX + k, count)),
    };
    Ok(parts.map(|part| pool.changed(&part)))
}

/// Where the pictures of a target come from.
struct Pool<'a> {
    target: Target,
    seed: u64,
    files: &'a dyn Files,
}

impl Pool<'_> {
    fn stream(&self, k: u64) -> Pcg64 {
        stream(self.seed, Purpose::Pictures, k)
    }

    /// These of all digits, in an order of the seed: `which` are their places there, given how many there are.
    fn digits(&self, which: impl Fn(usize) -> Range<usize>) -> Result<Samples, StudyError> {
        let images = Images::read(self.files)?;
        let mut order: Vec<usize> = (0..images.labels.len()).collect();
        order.shuffle(&mut self.stream(DIGITS));
        let which = which(order.len());
        let picked = order.into_iter().skip(which.start).take(which.len());
        let whole = Samples::picked(&images.pixels, &images.labels, WHOLE, picked);
        Ok(whole.each(SIDE, |picture, to| {
            let rows = picture.chunks_exact(WHOLE).skip(EDGE).take(SIDE);
            rows.for_each(|row| to.extend(row.iter().skip(EDGE).take(SIDE)));
        }))
    }

    /// The first so many X-rays of the part to learn from, in an order of the seed and as large as they are; labels are bits, of one finding.
    fn xrays(&self, most: usize) -> Result<Samples, StudyError> {
        xrays::draw(Part::Train, most, &mut self.stream(XRAYS), self.files)
    }

    /// Pictures of the thorax, with all findings, or with one in the place of pneumonia.
    fn findings(&self, k: u64, count: usize) -> Samples {
        let mut samples = smaller(&thorax::draw(count, &mut self.stream(k)));
        if self.target == Target::Xrays {
            samples.labels.iter_mut().for_each(|bits| *bits = u32::from(has(*bits, FINDING)));
        }
        samples
    }

    /// The first pictures of a tree.
    fn first(&self, k: u64, kinds: &[usize], count: usize) -> Samples {
        drawn(&mut Tree::new(self.stream(k)), kinds, count, &mut self.stream(k + 1))
    }

    /// Pictures of the same tree after those that are kept for labels, validation and test.
    fn beyond(&self, k: u64, kinds: &[usize], kept: usize, count: usize) -> Samples {
        let mut tree = Tree::new(self.stream(k));
        drawn(&mut tree, kinds, kept, &mut self.stream(k + 1));
        drawn(&mut tree, kinds, count, &mut self.stream(k + 2))
    }

    /// As the target has them.
    fn changed(&self, samples: &Samples) -> Samples {
        match self.target {
            Target::Turned => samples.each(SIDE, |picture, to| {
                to.extend((0..SIDE * SIDE).map(|k| picture.get(k % SIDE * SIDE + SIDE - 1 - k / SIDE).copied().unwrap_or(0.0)));
            }),
            Target::Negative => samples.each(SIDE, |picture, to| to.extend(picture.iter().map(|v| 1.0 - v))),
            _ => samples.clone(),
        }
    }
}

/// So many pictures of kinds that are drawn at random; labels are places among these.
fn drawn(tree: &mut Tree, kinds: &[usize], count: usize, rng: &mut Pcg64) -> Samples {
    let mut samples = Samples::new(SIDE);
    let mut one = Vec::with_capacity(pictures::PIXELS);
    for _ in 0..count {
        let label = rng.random_range(0..kinds.len().max(1));
        one.clear();
        tree.draw(kinds.get(label).copied().unwrap_or(0) % CLASSES, 1, &mut one);
        bilinear(&one, pictures::SIDE, SIDE, &mut samples.pixels);
        samples.labels.push(label as u32);
    }
    samples
}

/// Pictures at the size of all.
fn smaller(samples: &Samples) -> Samples {
    samples.each(SIDE, |picture, to| bilinear(picture, samples.side, SIDE, to))
}
