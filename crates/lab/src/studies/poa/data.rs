//! Pictures to pretrain on, and those of the two tasks.

use rand::seq::SliceRandom;

use super::World;
use super::plan::Counts;
use crate::blocks::digits::{CLASSES, Images};
use crate::blocks::hierarchical_images::{CLASSES as KINDS, SUPERS, Tree};
use crate::blocks::kind_pictures;
use crate::blocks::resizing::averaged;
use crate::blocks::samples::{Samples, moments, rescale, standardise};
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// The side of a picture.
pub(super) const SIDE: usize = 14;

/// The side of a digit as it is read.
const WHOLE: usize = 28;

/// Streams of pictures of a seed.
const DIGITS: u64 = 0;
const SHAPES: u64 = 1;
const MADE: u64 = 3;
const SCRAMBLED: u64 = 5;

/// Labelled pictures of a task.
pub(super) struct Parts {
    /// To learn from.
    pub(super) known: Samples,
    /// To choose by.
    pub(super) valid: Samples,
    /// To test on.
    pub(super) test: Samples,
    /// How many labels there are.
    pub(super) classes: usize,
}

impl Parts {
    /// Takes them from the beginning of some pictures, and standardises them by those to learn from.
    fn new(all: &Samples, counts: &Counts, classes: usize) -> Self {
        let ends = [counts.known, counts.known + counts.valid, counts.known + counts.valid + counts.test];
        let mut parts = [all.those(0..ends[0]), all.those(ends[0]..ends[1]), all.those(ends[1]..ends[2])];
        standardise(&mut parts);
        let [known, valid, test] = parts;
        Self { known, valid, test, classes }
    }
}

/// The first domain: pictures to pretrain on, standardised, which may be scrambled, and labelled ones, none of which is among them.
///
/// # Errors
/// Files that are absent or damaged.
pub(super) fn first(world: World, counts: &Counts, scrambled: bool, seed: u64, files: &dyn Files) -> Result<(Samples, Parts), StudyError> {
    let labelled = counts.known + counts.valid + counts.test;
    let (all, classes) = match world {
        World::Real => (digits(labelled + counts.pictures, seed, files)?, CLASSES),
        World::Made => (shapes(labelled + counts.pictures, seed, MADE), SUPERS),
    };
    let parts = Parts::new(&all, counts, classes);
    let mut learn = all.those(labelled..labelled + counts.pictures);
    let scale = moments(&learn);
    rescale(&mut learn.pixels, scale);
    if scrambled {
        learn = kind_pictures::scrambled(&learn, &mut stream(seed, Purpose::Pictures, SCRAMBLED));
    }
    Ok((learn, parts))
}

/// The other domain: shapes of pictures that are made here.
pub(super) fn second(counts: &Counts, seed: u64) -> Parts {
    Parts::new(&shapes(counts.known + counts.valid + counts.test, seed, SHAPES), counts, SUPERS)
}

/// So many digits in an order of the seed, means over two by two pixels.
fn digits(count: usize, seed: u64, files: &dyn Files) -> Result<Samples, StudyError> {
    let images = Images::read(files)?;
    let mut order: Vec<usize> = (0..images.labels.len()).collect();
    order.shuffle(&mut stream(seed, Purpose::Pictures, DIGITS));
    let picked = Samples::picked(&images.pixels, &images.labels, WHOLE, order.into_iter().take(count));
    Ok(picked.each(SIDE, |picture, to| averaged(picture, WHOLE, SIDE, to)))
}

/// So many pictures of kinds, labelled by their shapes.
fn shapes(count: usize, seed: u64, number: u64) -> Samples {
    let mut rng = stream(seed, Purpose::Pictures, number + 1);
    let mut tree = Tree::new(stream(seed, Purpose::Pictures, number));
    let mut samples = kind_pictures::draw(&mut tree, count, SIDE, &mut rng);
    let each = (KINDS / SUPERS) as u32;
    samples.labels.iter_mut().for_each(|kind| *kind /= each);
    samples
}
