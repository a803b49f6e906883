//! Pictures to pretrain on, and those of the tasks.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::method::{Domain, Task};
use super::{World, other};
use crate::blocks::digits::{self, Images};
use crate::blocks::hierarchical_images::{self, Tree};
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
const OTHERS: u64 = 5;

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) unlabelled: usize,
    pub(super) few: usize,
    pub(super) more: usize,
    pub(super) natural: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
    pub(super) near: usize,
}

/// Pictures of a task; labels are bits.
pub(super) struct Parts {
    pub(super) known: Samples,
    pub(super) valid: Samples,
    pub(super) test: Samples,
    /// X-rays to test on that are like those to learn from; where there are none, those to test on once more.
    pub(super) near: Samples,
}

/// Pictures to pretrain on, and such as are held out. Labels of natural ones are their classes.
///
/// # Errors
/// Files that are absent or damaged, or more pictures than there are.
pub(super) fn unlabelled(world: World, domain: Domain, counts: &Counts, seed: u64, files: &dyn Files) -> Result<[Samples; 2], StudyError> {
    if domain == Domain::Natural {
        let [_, valid, _, learn] = natural(world, counts, 4, seed, files)?;
        return Ok([learn, valid]);
    }
    Ok([learned_from(world, counts, counts.unlabelled, seed, files)?.0, held_out(world, counts, seed, files)?])
}

/// Pictures of a task: few are among more, and both among those of pretraining in their domain.
///
/// # Errors
/// As [`unlabelled`].
pub(super) fn task(world: World, task: Task, counts: &Counts, seed: u64, files: &dyn Files) -> Result<Parts, StudyError> {
    if task.domain() == Domain::Natural {
        let parts = natural(world, counts, 3, seed, files)?;
        let [known, valid, test, _] = parts.map(|mut samples| {
            samples.labels.iter_mut().for_each(|class| *class = 1_u32.checked_shl(*class).unwrap_or(0));
            samples
        });
        return Ok(Parts { known, valid, near: test.clone(), test });
    }
    let count = if task == Task::Few { counts.few } else { counts.more };
    let (known, near) = learned_from(world, counts, count, seed, files)?;
    let valid = held_out(world, counts, seed, files)?;
    let test = match world {
        // In an order of its own, which is the same for every seed.
        World::Real => xrays::draw(Part::Test, usize::MAX, &mut stream(0, Purpose::Pictures, LATER), files)?,
        World::Made => thorax::draw(counts.test, &mut stream(seed, Purpose::Pictures, LATER)),
    };
    let near = near.unwrap_or_else(|| test.clone());
    Ok(Parts { known, valid, test, near })
}

/// The first medical pictures to learn from, and X-rays that are kept from them.
fn learned_from(world: World, counts: &Counts, count: usize, seed: u64, files: &dyn Files) -> Result<(Samples, Option<Samples>), StudyError> {
    let mut rng = stream(seed, Purpose::Pictures, LEARN);
    if world == World::Made {
        return Ok((thorax::draw(count, &mut rng), None));
    }
    let all = xrays::draw(Part::Train, usize::MAX, &mut rng, files)?;
    let n = all.labels.len();
    if n < count + counts.near {
        return Err(other(format!("there are {n} X-rays to learn from; expected {} or more", count + counts.near)));
    }
    Ok((all.those(0..count), Some(all.those(n - counts.near..n))))
}

/// Medical pictures to choose by.
fn held_out(world: World, counts: &Counts, seed: u64, files: &dyn Files) -> Result<Samples, StudyError> {
    let mut rng = stream(seed, Purpose::Pictures, HELD);
    match world {
        World::Real => xrays::draw(Part::Valid, counts.valid, &mut rng, files),
        World::Made => Ok(thorax::draw(counts.valid, &mut rng)),
    }
}

/// Natural pictures with their classes, the first so many of four parts, of which no two share a picture: of the task, to choose by, to test on, and
/// to pretrain on.
fn natural(world: World, counts: &Counts, parts: usize, seed: u64, files: &dyn Files) -> Result<[Samples; 4], StudyError> {
    let wanted = [counts.natural, counts.valid, counts.test, counts.unlabelled];
    let mut rng = stream(seed, Purpose::Pictures, OTHERS);
    let mut found = wanted.map(|_| Samples::new(SIDE));
    match world {
        World::Real => {
            let images = Images::read(files)?;
            let all: usize = wanted.iter().sum();
            if images.labels.len() < all {
                return Err(other(format!("{} has {} images; expected {all} or more", digits::DATASET, images.labels.len())));
            }
            let mut order: Vec<usize> = (0..images.labels.len()).collect();
            order.shuffle(&mut rng);
            let mut left = order.into_iter();
            for (samples, count) in found.iter_mut().zip(wanted).take(parts) {
                *samples = Samples::picked(&images.pixels, &images.labels, SIDE, left.by_ref().take(count));
            }
        }
        World::Made => {
            let mut tree = Tree::new(rng);
            for (samples, count) in found.iter_mut().zip(wanted).take(parts) {
                *samples = shapes(&mut tree, count);
            }
        }
    }
    Ok(found)
}

/// As many pictures of every kind, together as many as wanted or a few more.
fn shapes(tree: &mut Tree, count: usize) -> Samples {
    let each = count.div_ceil(hierarchical_images::CLASSES);
    let mut samples = Samples::new(SIDE);
    for kind in 0..hierarchical_images::CLASSES {
        let mut drawn = Vec::new();
        tree.draw(kind, each, &mut drawn);
        drawn.chunks_exact(pictures::PIXELS).for_each(|picture| bilinear(picture, pictures::SIDE, SIDE, &mut samples.pixels));
        samples.labels.resize(samples.labels.len() + each, kind as u32);
    }
    samples
}
