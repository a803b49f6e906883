//! The four tasks.

use super::{Settings, World};
use crate::blocks::halves::{self, Halves};
use crate::blocks::hierarchical_images::Tree;
use crate::blocks::pictures;
use crate::blocks::resizing::bilinear;
use crate::blocks::samples::{Samples, standardise};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::xrays::{self, Part};
use crate::{Files, StudyError};

/// Kinds of another made world that take the place of X-rays: of two shapes.
const KINDS: [usize; 2] = [0, 4];

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    DigitsFew,
    DigitsMore,
    XraysFew,
    XraysMore,
}

impl Task {
    /// All of them, in the order of their numbers.
    pub(super) const ALL: [Self; 4] = [Self::DigitsFew, Self::DigitsMore, Self::XraysFew, Self::XraysMore];

    /// What it is worth to test on, and for validation, by the names of numbers.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::DigitsFew => ("digits-few", "valid-digits-few"),
            Self::DigitsMore => ("digits-more", "valid-digits-more"),
            Self::XraysFew => ("xrays-few", "valid-xrays-few"),
            Self::XraysMore => ("xrays-more", "valid-xrays-more"),
        }
    }

    /// Whether it is one of two classes, measured by the area under the ROC curve.
    pub(super) fn is_of_xrays(self) -> bool {
        matches!(self, Self::XraysFew | Self::XraysMore)
    }

    /// How many classes it has.
    pub(super) fn classes(self, world: World) -> usize {
        if self.is_of_xrays() { KINDS.len() } else { world.half() }
    }
}

/// Digits to pretrain on, which are in no task.
///
/// # Errors
/// Files that are absent or damaged, or more pictures than there are.
pub(super) fn source(own: &Settings, seed: u64, files: &dyn Files) -> Result<Samples, StudyError> {
    Halves::new(own.world, seed, files)?.source(own.pictures)
}

/// Pictures of a task: to learn from, to choose by, to test on. Those of a smaller task are among those of the larger one.
///
/// # Errors
/// As [`source`].
pub(super) fn task(own: &Settings, task: Task, seed: u64, files: &dyn Files) -> Result<[Samples; 3], StudyError> {
    let few = match task {
        Task::DigitsFew => own.digits_few,
        Task::DigitsMore => own.digits_more,
        Task::XraysFew => own.xrays_few,
        Task::XraysMore => own.xrays_more,
    };
    let mut parts = if !task.is_of_xrays() {
        let mut all = Halves::new(own.world, seed, files)?;
        let (more, held, test) = (all.target(own.digits_more)?, all.target(own.digits_held)?, all.target(own.digits_test)?);
        [first_of_each(&more, few), held, test]
    } else if own.world == World::Digits {
        let of = |k: u64, part: Part, most: usize| xrays::draw(part, most, &mut stream(seed, Purpose::Pictures, 2 + k), files);
        [of(0, Part::Train, few)?, of(1, Part::Valid, own.xrays_held)?, of(2, Part::Test, usize::MAX)?]
    } else {
        let mut tree = Tree::new(stream(seed, Purpose::Pictures, 1));
        let more = made(&mut tree, own.xrays_more);
        [first_of_each(&more, few.div_ceil(KINDS.len())), made(&mut tree, own.xrays_held), made(&mut tree, 2 * own.digits_test)]
    };
    standardise(&mut parts);
    Ok(parts)
}

/// The first pictures of every class, so many at most.
fn first_of_each(samples: &Samples, count: usize) -> Samples {
    let (mut found, each) = (Samples::new(samples.side), samples.side * samples.side);
    let mut seen: Vec<usize> = Vec::new();
    for (picture, label) in samples.pixels.chunks_exact(each.max(1)).zip(&samples.labels) {
        let class = *label as usize;
        seen.resize(seen.len().max(class + 1), 0);
        if seen[class] < count {
            seen[class] += 1;
            found.pixels.extend_from_slice(picture);
            found.labels.push(*label);
        }
    }
    found
}

/// As many pictures of two kinds, together as many as wanted or one more.
fn made(tree: &mut Tree, count: usize) -> Samples {
    let each = count.div_ceil(KINDS.len());
    let mut samples = Samples::new(halves::SIDE);
    for (class, kind) in KINDS.into_iter().enumerate() {
        let mut drawn = Vec::new();
        tree.draw(kind, each, &mut drawn);
        drawn.chunks_exact(pictures::PIXELS).for_each(|picture| bilinear(picture, pictures::SIDE, halves::SIDE, &mut samples.pixels));
        samples.labels.resize(samples.labels.len() + each, class as u32);
    }
    samples
}
