//! What stages do, and what that costs.

use serde::{Deserialize, Serialize};

use super::data::{MOST, SIDE};
use super::strategy::{Budget, Objective, Source, Strategy, Target, Tuning, World};
use super::task::Counts;
use super::{Settings, pretraining};
use crate::blocks::hierarchical_images::CLASSES;
use crate::blocks::{encoder, masked_convolution, self_distilled, sized_encoder};

/// A pretraining. It needs the targets that its rate is chosen by, all of them for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) objective: Objective,
    pub(super) source: Source,
    pub(super) width: usize,
    pub(super) pictures: usize,
    /// Pictures of a tree that are kept from it.
    pub(super) kept: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) mask: f64,
    pub(super) neighbours: usize,
    pub(super) queue: usize,
    pub(super) points: usize,
    pub(super) rates: Vec<f64>,
}

impl Pretraining {
    /// Floating-point operations of all steps: forward, and backward twice as many. Self-distillation has two views of each picture, and a teacher
    /// that passes both forward.
    pub(super) fn work(&self) -> f64 {
        let scored = |outs: usize| sized_encoder::multiplications(self.width, SIDE) + (encoder::features_of(self.width) * outs) as f64;
        let each = match self.objective {
            Objective::Kinds => 6.0 * scored(CLASSES),
            Objective::Fractals => 6.0 * scored(pretraining::SYSTEMS),
            Objective::Masked => 6.0 * masked_convolution::multiplications(self.width, SIDE, self.mask),
            Objective::Look => 6.0 * (scored(pretraining::OUTPUTS) + ((self.batch + self.queue) * pretraining::OUTPUTS) as f64),
            Objective::Distilled => 16.0 * self_distilled::multiplications(self.width, SIDE),
        };
        (self.steps * self.batch) as f64 * each
    }
}

/// A target. It needs its pretraining, if it has one, and then the stages that its rate is chosen by: as many for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Task {
    pub(super) world: World,
    pub(super) target: Target,
    pub(super) pretrained: bool,
    pub(super) tuning: Tuning,
    pub(super) null: bool,
    pub(super) width: usize,
    pub(super) counts: Counts,
    /// Steps that everybody has, and those of a longer training beyond.
    pub(super) steps: usize,
    pub(super) more_steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
    /// The grid of the rate of its pretraining.
    pub(super) pretraining_rates: Vec<f64>,
}

impl Task {
    /// Floating-point operations of a picture passed forward.
    pub(super) fn passed(&self) -> f64 {
        2.0 * (sized_encoder::multiplications(self.width, SIDE) + (encoder::features_of(self.width) * self.target.outs()) as f64)
    }

    /// The same of so many steps.
    pub(super) fn work(&self, steps: usize) -> f64 {
        3.0 * (steps * self.batch) as f64 * self.passed()
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    Task(Task),
    /// An arm.
    Arm(Settings),
}

impl Settings {
    /// A pretraining of so many steps.
    fn one(&self, objective: Objective, source: Source, steps: usize) -> Pretraining {
        let Self { world, width, pictures, batch, mask, neighbours, queue, points, .. } = *self;
        // Of settings that it does not have a pretraining has the same, so that stages of one content are one.
        let kept = if source.target().is_some() { self.valid + self.test + MOST } else { 0 };
        let rates = self.pretraining_rates.clone();
        Pretraining { world, objective, source, width, pictures, kept, steps, batch, mask, neighbours, queue, points, rates }
    }

    /// Operations of self-distillation, which strategies have in all with equal operations.
    fn dearest(&self) -> f64 {
        self.one(Objective::Distilled, Source::Bank, self.steps).work()
    }

    /// The pretraining before the target, if there is one.
    pub(super) fn pretraining(&self) -> Option<Pretraining> {
        let (objective, source) = self.strategy.before(self.target)?;
        let steps = match self.budget {
            Budget::Steps => self.steps,
            Budget::Operations => (self.dearest() / self.one(objective, source, 1).work()).round().max(1.0) as usize,
        };
        Some(self.one(objective, source, steps))
    }

    pub(super) fn task(&self) -> Task {
        let Self { world, target, tuning, null, width, labels, valid, test, .. } = *self;
        let one = Task {
            world,
            target,
            pretrained: self.strategy != Strategy::Scratch,
            tuning,
            null,
            width,
            counts: Counts { labels, valid, test },
            steps: self.tune_steps,
            more_steps: 0,
            batch: self.tune_batch,
            rates: self.rates.clone(),
            pretraining_rates: self.pretraining_rates.clone(),
        };
        let longer = self.strategy == Strategy::Scratch && self.budget == Budget::Operations;
        let more_steps = if longer { (self.dearest() / one.work(1)).round() as usize } else { 0 };
        Task { more_steps, ..one }
    }

    /// The rate at which pretrainings are held against each other.
    pub(super) fn middle(&self) -> Vec<f64> {
        self.rates.get(self.rates.len() / 2).copied().into_iter().collect()
    }

    /// How its stages are called.
    pub(super) fn name(&self) -> String {
        let Self { target, strategy, budget, tuning, labels, .. } = self;
        format!("{target:?}-{labels}/{strategy:?}-{budget:?}-{tuning:?}/").to_lowercase()
    }

    /// Training from scratch at equal steps, which it is held against.
    pub(super) fn scratch(&self) -> Self {
        Self { strategy: Strategy::Scratch, budget: Budget::Steps, tuning: Tuning::Whole, ..self.clone() }
    }
}
