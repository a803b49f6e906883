//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::NeverFromScratch;
use crate::blocks::list_ops::Grammar;
use crate::blocks::long_encoder::{Mixer, Size};
use crate::blocks::pathfinder::Pathfinder;
use crate::blocks::{positive, within};
use crate::{Study, StudyError};

/// Heads of attention of every model.
const HEADS: usize = 4;

/// What is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The value of nested lists of operations.
    Lists,
    /// Whether two marks are joined by a path.
    Paths,
}

impl Task {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Lists => Self::Paths,
            Self::Paths => Self::Lists,
        }
    }
}

/// What a model begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Random weights.
    Scratch,
    /// The same, and as many more steps as make the operations of pretraining.
    Longer,
    /// A pretraining on the sequences of the task.
    Pretrained,
    /// The same on their tokens in random order.
    Shuffled,
    /// The same on the sequences of the other task.
    Other,
    /// Nothing is trained: gaps between what the other beginnings give.
    Relation,
    /// Nothing is trained: what is known of the data and of the layer.
    Statistics,
}

impl Start {
    /// Whether a pretraining comes first.
    pub(super) fn pretrained(self) -> bool {
        matches!(self, Self::Pretrained | Self::Shuffled | Self::Other)
    }

    /// Whose rate it takes. Training for longer has trials of its own, as long: where few steps leave a model at chance, its rate would be no choice.
    pub(super) fn tuned_as(self) -> Self {
        match self {
            Self::Longer => Self::Longer,
            _ if self.pretrained() => Self::Pretrained,
            _ => Self::Scratch,
        }
    }
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is learned.
    pub task: Task,
    /// How places exchange what they know.
    pub mixer: Mixer,
    /// What a model begins with.
    pub start: Start,
    /// Values of lists, 2 to 10.
    pub values: usize,
    /// Expressions of a list within one another, 1 to 4.
    pub depth: usize,
    /// Arguments of an operation, at most, 2 to 5.
    pub arguments: usize,
    /// Tokens of a list, at least.
    pub shortest: usize,
    /// Tokens of a list, at most, no fewer than the shortest.
    pub longest: usize,
    /// Cells along a side of a picture, 3 to 16.
    pub side: usize,
    /// Cells of a path, 3 to twice a side.
    pub path: usize,
    /// Width of the models, 4 to 256, a multiple of 4.
    pub width: usize,
    /// Their blocks, 1 to 8.
    pub layers: usize,
    /// Units of the feed-forward part of a block, at least 1.
    pub hidden: usize,
    /// States of each number of a state space, in each direction, 1 to 256.
    pub states: usize,
    /// Sequences with labels to learn from, and to pretrain on; at least 1.
    pub labels: usize,
    /// The same with which rates are chosen, at least 1.
    pub tuning_labels: usize,
    /// Of a relation: fewer labels that are asked as well; 0 for none.
    pub few: usize,
    /// Sequences to test on, at least 1.
    pub test: usize,
    /// Steps on labels, at least 1.
    pub steps: usize,
    /// Steps of pretraining, at least 1.
    pub pretraining_steps: usize,
    /// Sequences of a step, at least 1.
    pub batch: usize,
    /// Share of tokens of lists that are masked, > 0 and at most 1.
    pub masked_lists: f64,
    /// The same of pictures.
    pub masked_paths: f64,
    /// Peaks of the learning rate, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Looks at the test along the steps on labels, at least 1.
    pub looks: usize,
    /// Draws that shares of root values are counted in, at least 1.
    pub draws: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            task: Task::Paths,
            mixer: Mixer::Attention,
            start: Start::Scratch,
            values: 10,
            depth: 2,
            arguments: 4,
            shortest: 7,
            longest: 26,
            side: 5,
            path: 4,
            width: 16,
            layers: 2,
            hidden: 32,
            states: 4,
            labels: 1_000,
            tuning_labels: 1_000,
            few: 0,
            test: 1_000,
            steps: 600,
            pretraining_steps: 800,
            batch: 16,
            masked_lists: 0.1,
            masked_paths: 0.5,
            rates: vec![3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2],
            looks: 4,
            draws: 40_000,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", NeverFromScratch::NAME)));
        let counts = [
            ("values", self.values, 2, 10),
            ("depth", self.depth, 1, 4),
            ("arguments", self.arguments, 2, 5),
            ("shortest", self.shortest, 1, 512),
            ("longest", self.longest, self.shortest.max(4), 512),
            ("side", self.side, 3, 16),
            ("path", self.path, 3, 2 * self.side),
            ("width", self.width, 4, 256),
            ("layers", self.layers, 1, 8),
            ("hidden", self.hidden, 1, 4_096),
            ("states", self.states, 1, 256),
            ("labels", self.labels, 1, MANY),
            ("tuning-labels", self.tuning_labels, 1, MANY),
            ("few", self.few, 0, self.labels),
            ("test", self.test, 1, MANY),
            ("steps", self.steps, 1, MANY),
            ("pretraining-steps", self.pretraining_steps, 1, MANY),
            ("batch", self.batch, 1, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("looks", self.looks, 1, 10_000),
            ("draws", self.draws, 1, 100 * MANY),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(NeverFromScratch::NAME, &counts)?;
        if !self.width.is_multiple_of(HEADS) {
            return wrong(format!("width is {}; it must be a multiple of {HEADS}", self.width));
        }
        if self.shortest > self.grammar().longest() {
            return wrong(format!("shortest is {}; the longest list there is has {} tokens", self.shortest, self.grammar().longest()));
        }
        let shares = [("masked-lists", self.masked_lists), ("masked-paths", self.masked_paths)];
        if let Some((name, value)) = shares.into_iter().find(|(_, value)| *value > 1.0) {
            return wrong(format!("{name} is {value}; it is a share"));
        }
        let rates = self.rates.iter().map(|rate| ("rates", *rate)).collect::<Vec<_>>();
        positive(NeverFromScratch::NAME, &[rates, shares.to_vec()].concat())
    }

    /// How lists are drawn.
    pub(super) fn grammar(&self) -> Grammar {
        Grammar { values: self.values, depth: self.depth, arguments: self.arguments }
    }

    /// How pictures are drawn.
    pub(super) fn pathfinder(&self) -> Pathfinder {
        Pathfinder { side: self.side, path: self.path }
    }

    /// Tokens of a sequence of a task, with what fills it up.
    pub(super) fn length(&self, task: Task) -> usize {
        match task {
            Task::Lists => self.longest.min(self.grammar().longest()),
            Task::Paths => self.side * self.side,
        }
    }

    /// Answers there are.
    pub(super) fn answers(&self) -> usize {
        match self.task {
            Task::Lists => self.values,
            Task::Paths => 2,
        }
    }

    /// The first token of pictures; those of lists come before.
    pub(super) fn cells(&self) -> u32 {
        self.grammar().tokens() as u32
    }

    /// The token that fills lists up.
    pub(super) fn filler(&self) -> u32 {
        self.cells() + 3
    }

    /// The token in the place of what is masked.
    pub(super) fn mask(&self) -> u32 {
        self.cells() + 4
    }

    /// Share of tokens that are masked in sequences of a task.
    pub(super) fn masked(&self, task: Task) -> f64 {
        match task {
            Task::Lists => self.masked_lists,
            Task::Paths => self.masked_paths,
        }
    }

    /// The task whose sequences are pretrained on.
    pub(super) fn pretraining_task(&self) -> Task {
        if self.start == Start::Other { self.task.other() } else { self.task }
    }

    /// What the encoder looks like: the same for both tasks.
    pub(super) fn size(&self) -> Size {
        Size {
            vocabulary: self.mask() as usize + 1,
            length: self.length(Task::Lists).max(self.length(Task::Paths)),
            width: self.width,
            heads: HEADS,
            states: self.states,
            layers: self.layers,
            hidden: self.hidden,
        }
    }
}
