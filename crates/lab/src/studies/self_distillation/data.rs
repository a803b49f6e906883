//! Pictures of the source, and of both targets.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::method::Target;
use super::{World, other};
use crate::blocks::digits::{self, Images};
use crate::blocks::distortions::Distortion;
use crate::blocks::hierarchical_images::{self, Tree};
use crate::blocks::label_bits::has;
use crate::blocks::resizing::bilinear;
use crate::blocks::samples::Samples;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::xrays::{self, Part};
use crate::blocks::{pictures, thorax};
use crate::{Files, StudyError};

/// The side of a picture.
pub(super) const SIDE: usize = 28;

/// Streams of pictures of a seed.
const LEARN: u64 = 2;
const HELD: u64 = 3;
const LATER: u64 = 4;
const FIRST: u64 = 5;

/// The finding of the synthetic thorax that takes the place of pneumonia: air.
const FINDING: usize = 3;

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) source: usize,
    pub(super) unlabelled: usize,
    pub(super) labels: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
    pub(super) near: usize,
}

/// Pictures of a target.
pub(super) struct Parts {
    /// To go on with; the first of them have labels.
    pub(super) unlabelled: Samples,
    pub(super) valid: Samples,
    pub(super) test: Samples,
    /// X-rays to test on that are like those to learn from; where there are none, those to test on once more.
    pub(super) near: Samples,
}

/// Pictures that the network is pretrained on, and such as are held out.
///
/// # Errors
/// Files that are absent or damaged, or more pictures than there are.
pub(super) fn source(world: World, counts: &Counts, seed: u64, files: &dyn Files) -> Result<[Samples; 2], StudyError> {
    let [learn, valid, _, _] = upright(world, counts, seed, files)?;
    Ok([learn, valid])
}

/// Pictures of a target. None is among those of the source, and fewer without labels are the first of more.
///
/// # Errors
/// As [`source`].
pub(super) fn target(world: World, target: Target, counts: &Counts, seed: u64, files: &dyn Files) -> Result<Parts, StudyError> {
    if target == Target::Turned {
        let [_, valid, test, unlabelled] = upright(world, counts, seed, files)?;
        let [valid, test, unlabelled] = [valid, test, unlabelled].map(|samples| turned(&samples));
        return Ok(Parts { unlabelled, valid, near: test.clone(), test });
    }
    let rng = |k: u64| stream(seed, Purpose::Pictures, k);
    if world == World::Made {
        let [unlabelled, valid, test] = [(LEARN, counts.unlabelled), (HELD, counts.valid), (LATER, counts.test)].map(|(k, count)| {
            let mut samples = thorax::draw(count, &mut rng(k));
            samples.labels.iter_mut().for_each(|bits| *bits = u32::from(has(*bits, FINDING)));
            samples
        });
        return Ok(Parts { unlabelled, valid, near: test.clone(), test });
    }
    let all = xrays::draw(Part::Train, usize::MAX, &mut rng(LEARN), files)?;
    let n = all.labels.len();
    if n < counts.unlabelled + counts.near {
        return Err(other(format!("there are {n} X-rays to learn from; expected {} or more", counts.unlabelled + counts.near)));
    }
    Ok(Parts {
        unlabelled: all.those(0..counts.unlabelled),
        valid: xrays::draw(Part::Valid, counts.valid, &mut rng(HELD), files)?,
        // In an order of its own, which is the same for every seed.
        test: xrays::draw(Part::Test, usize::MAX, &mut stream(0, Purpose::Pictures, LATER), files)?,
        near: all.those(n - counts.near..n),
    })
}

/// Turned by a right angle and inverted.
fn turned(samples: &Samples) -> Samples {
    // A turn draws nothing.
    let turn = |picture: &[f32], to: &mut Vec<f32>| Distortion::Turn(90.0).append(picture, samples.side, &mut Pcg64::seed_from_u64(0), to);
    let mut found = samples.each(samples.side, turn);
    found.pixels.iter_mut().for_each(|v| *v = 1.0 - *v);
    found
}

/// Pictures as they come, with their classes, in four parts of which no two share one: to pretrain on, to choose by, to test on, and without labels.
fn upright(world: World, counts: &Counts, seed: u64, files: &dyn Files) -> Result<[Samples; 4], StudyError> {
    let wanted = [counts.source, counts.valid, counts.test, counts.unlabelled];
    let mut rng = stream(seed, Purpose::Pictures, FIRST);
    if world == World::Made {
        let mut tree = Tree::new(rng.clone());
        return Ok(wanted.map(|count| shapes(&mut tree, count, &mut rng)));
    }
    let images = Images::read(files)?;
    let all: usize = wanted.iter().sum();
    if images.labels.len() < all {
        return Err(other(format!("{} has {} images; expected {all} or more", digits::DATASET, images.labels.len())));
    }
    let mut order: Vec<usize> = (0..images.labels.len()).collect();
    order.shuffle(&mut rng);
    let mut left = order.into_iter();
    Ok(wanted.map(|count| Samples::picked(&images.pixels, &images.labels, SIDE, left.by_ref().take(count))))
}

/// So many pictures of kinds that are drawn at random.
fn shapes(tree: &mut Tree, count: usize, rng: &mut Pcg64) -> Samples {
    let mut samples = Samples::new(SIDE);
    for _ in 0..count {
        let kind = rng.random_range(0..hierarchical_images::CLASSES);
        let mut drawn = Vec::with_capacity(pictures::PIXELS);
        tree.draw(kind, 1, &mut drawn);
        bilinear(&drawn, pictures::SIDE, SIDE, &mut samples.pixels);
        samples.labels.push(kind as u32);
    }
    samples
}
