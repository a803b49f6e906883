//! Pictures to pretrain on, and those of the tasks.

use serde::{Deserialize, Serialize};

use super::task::{Objective, Task};
use super::{World, other};
use crate::blocks::hierarchical_images::Tree;
use crate::blocks::label_bits::has;
use crate::blocks::samples::Samples;
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::xrays::{self, Part};
use crate::blocks::{kind_pictures, thorax};
use crate::{Files, StudyError};

/// The side of a picture.
pub(super) const SIDE: usize = 28;

/// Findings that `medical` learns: the first so many.
pub(super) const LEARNED: usize = 4;

/// The film curve of the pictures that `medical` learns from: the power that a pixel is taken to.
const FILM: f32 = 1.5;

/// The finding of the synthetic thorax that takes the place of pneumonia: air.
const FINDING: usize = 3;

/// Natural pictures that features are looked at with: to find the means of kinds, and as many to ask.
const LOOKED_AT: usize = 320;

/// Streams of pictures of a seed.
const TREE: u64 = 2;
const KINDS: u64 = 3;
const ELSEWHERE: u64 = 4;
const XRAYS: u64 = 5;
const THORAX: u64 = 8;
const SCRAMBLED: u64 = 11;

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) few: usize,
    pub(super) many: usize,
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

/// So many pictures to pretrain on; fewer are the first of more. Labels are kinds, or bits of findings.
pub(super) fn source(objective: Objective, count: usize, seed: u64) -> Samples {
    if objective == Objective::Findings {
        let mut samples = thorax::draw(count, &mut stream(seed, Purpose::Pictures, ELSEWHERE));
        samples.pixels.iter_mut().for_each(|v| *v = v.powf(FILM));
        samples.labels.iter_mut().for_each(|bits| *bits &= (1 << LEARNED) - 1);
        return samples;
    }
    let [_, _, learn] = natural(count, seed);
    if objective == Objective::Scrambled {
        return kind_pictures::scrambled(&learn, &mut stream(seed, Purpose::Pictures, SCRAMBLED));
    }
    learn
}

/// Natural pictures that nobody is pretrained on: to find the means of kinds, and to ask.
pub(super) fn looked_at(seed: u64) -> [Samples; 2] {
    let [known, asked, _] = natural(0, seed);
    [known, asked]
}

/// Natural pictures to look with, twice, and those to pretrain on.
fn natural(count: usize, seed: u64) -> [Samples; 3] {
    let mut tree = Tree::new(stream(seed, Purpose::Pictures, TREE));
    let mut rng = stream(seed, Purpose::Pictures, KINDS);
    [LOOKED_AT, LOOKED_AT, count].map(|count| kind_pictures::draw(&mut tree, count, SIDE, &mut rng))
}

/// Pictures of a task: few are among many.
///
/// # Errors
/// Files that are absent or damaged, or more pictures than there are.
pub(super) fn task(world: World, task: Task, counts: &Counts, seed: u64, files: &dyn Files) -> Result<Parts, StudyError> {
    let count = if task.many() { counts.many } else { counts.few };
    if task.xrays() && world == World::Real {
        let all = xrays::draw(Part::Train, usize::MAX, &mut stream(seed, Purpose::Pictures, XRAYS), files)?;
        let n = all.labels.len();
        if n < count + counts.near {
            return Err(other(format!("there are {n} X-rays to learn from; expected {} or more", count + counts.near)));
        }
        return Ok(Parts {
            known: all.those(0..count),
            valid: xrays::draw(Part::Valid, usize::MAX, &mut stream(seed, Purpose::Pictures, XRAYS + 1), files)?,
            // In an order of its own, which is the same for every seed.
            test: xrays::draw(Part::Test, usize::MAX, &mut stream(0, Purpose::Pictures, XRAYS + 2), files)?,
            near: all.those(n - counts.near..n),
        });
    }
    let first = if task.xrays() { XRAYS } else { THORAX };
    let [known, valid, test] = [(0, count), (1, counts.valid), (2, counts.test)].map(|(k, count)| {
        let mut samples = thorax::draw(count, &mut stream(seed, Purpose::Pictures, first + k));
        if task.xrays() {
            samples.labels.iter_mut().for_each(|bits| *bits = u32::from(has(*bits, FINDING)));
        }
        samples
    });
    Ok(Parts { known, valid, near: test.clone(), test })
}
