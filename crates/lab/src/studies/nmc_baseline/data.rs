//! The classes of pretraining, and the stream of all others.

use std::ops::Range;

use rand::seq::SliceRandom;

use super::Settings;
use super::gather::Table;
use crate::blocks::pictures::{Pictures, Source, World};
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// Classes that come in the stream: half of the shapes, and six of the digits; all others are for pretraining.
pub(super) fn stream_classes(world: World) -> usize {
    match world {
        World::Tree => 16,
        World::Digits => 6,
    }
}

/// Tasks of the stream; the last takes what is left, so that none has a class alone.
pub(super) fn tasks(own: &Settings) -> usize {
    (stream_classes(own.world) / own.task.max(1)).max(1)
}

/// The classes of pretraining, and those of the stream in the order in which they come: dealt out at random by the seed.
fn deal(world: World, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut classes: Vec<usize> = (0..world.classes()).collect();
    classes.shuffle(&mut stream(seed, Purpose::Deal, 0));
    let later = classes.split_off(world.classes() - stream_classes(world).min(world.classes()));
    (classes, later)
}

/// Pictures of pretraining.
///
/// # Errors
/// Files that are absent, or more pictures than there are.
pub(super) fn pretraining(world: World, seed: u64, each: usize, files: &dyn Files) -> Result<Pictures, StudyError> {
    Source::new(world, seed, files)?.take(&deal(world, seed).0, each)
}

/// A stream of classes, task after task.
pub(super) struct Stream {
    /// To learn from, in the order of the tasks.
    pub(super) train: Pictures,
    /// To measure on, in the same order.
    pub(super) test: Pictures,
    /// Of every task, where its pictures lie, to learn from and to measure on.
    pub(super) tasks: Vec<(Range<usize>, Range<usize>)>,
    /// Pictures of a class, to learn from.
    pub(super) each: usize,
    /// The classes in their order.
    pub(super) classes: Vec<usize>,
    /// Classes of all tasks up to the k-th.
    pub(super) seen: Vec<usize>,
}

impl Stream {
    pub(super) fn new(own: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut source = Source::new(own.world, seed, files)?;
        let classes = deal(own.world, seed).1;
        let (train, test) = (source.take(&classes, own.pictures)?, source.take(&classes, own.test)?);
        let count = tasks(own);
        let border = |t: usize| if t == count { classes.len() } else { t * own.task };
        let tasks = (0..count).map(|t| {
            let (from, to) = (border(t), border(t + 1));
            (from * own.pictures..to * own.pictures, from * own.test..to * own.test)
        });
        let (tasks, seen) = (tasks.collect(), (1..=count).map(border).collect());
        Ok(Self { train, test, tasks, each: own.pictures, classes, seen })
    }

    /// A table of right answers: `after` learns task t and answers for the test pictures of all tasks up to it.
    ///
    /// # Errors
    /// What `after` says.
    pub(super) fn table(&self, mut after: impl FnMut(usize) -> Result<Vec<u32>, StudyError>) -> Result<Table, StudyError> {
        let mut rows = Vec::with_capacity(self.tasks.len());
        for t in 0..self.tasks.len() {
            let answers = after(t)?;
            let share = |(_, test): &(Range<usize>, Range<usize>)| {
                let right = test.clone().filter(|k| answers.get(*k) == self.test.labels.get(*k)).count();
                right as f64 / test.len().max(1) as f64
            };
            rows.push(self.tasks[..=t].iter().map(share).collect());
        }
        Ok(Table { rows, counts: self.tasks.iter().map(|(_, test)| test.len()).collect() })
    }

    /// How many test pictures have come by the end of task t.
    pub(super) fn come(&self, t: usize) -> usize {
        self.tasks.get(t).map_or(0, |(_, test)| test.end)
    }
}
