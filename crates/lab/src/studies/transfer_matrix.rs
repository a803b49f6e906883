//! A matrix of transfers: the same small encoder after every pretraining, on the same targets, with the same budgets. No paper stands behind it.
//!
//! **What is asked.** Papers on pretraining compare a strategy of theirs with a few others, on targets of theirs, and mostly at equal steps or with
//! computation unsaid. Which ranking of strategies is left when all are given as many operations, and when training from scratch is given as many in
//! the target itself? Does it matter more how an encoder is pretrained, or on what? And are networks that were pretrained better calibrated, before
//! and after one temperature is fitted?
//!
//! **Encoder.** Three convolutions and a mean over the picture (`blocks::encoder`, six thousand weights), on grey pictures of 20 by 20.
//!
//! **Targets.** Handwritten digits as they are, turned by a right angle, and in negative; eight kinds of shapes; X-rays with or without pneumonia;
//! a synthetic thorax with six findings, each there or not. Of each a few labelled pictures, on which all of the network is trained with a new
//! head. `value` is the share of right classes of new pictures, or the area under the ROC curve (mean over findings); `skill` stretches it so that
//! chance is 0 and all right is 1; `gain` is the share of the distance from training from scratch to all right that is covered: (skill − s) / (1 −
//! s), s being the skill from scratch with the same seed. The distance to all right is taken, not that to the best strategy, since the best of
//! several is best by luck as well.
//!
//! **Strategies.** A *bank* of shapes and kinds that no target has is what most are pretrained on, so that they differ in the objective alone:
//! labels (`kinds`), masked reconstruction (`masked`), self-distillation (`distilled`, DINO), and labels of which neighbours are to agree (`look`).
//! `fractals`: which of 32 systems of maps are in a picture of several. `in-domain` and `out-of-domain` are self-distillation too, of pictures
//! without labels of the target's own domain, and of another (the thorax for digits and shapes, digits for X-rays and thorax).
//!
//! **Budgets.** `steps`: all pretrainings have as many steps, scratch has none. `operations`: all have as many operations as the dearest
//! (self-distillation) has in those steps, and scratch has as many more in the target.
//!
//! **Controls.** Scratch at equal operations (`longer`). Random frozen features: `tuning = "head"` trains the head alone, and with `scratch` what is
//! below it has first weights; everything else is as it is with the whole network. `scrambled`: self-distillation of the bank, the pixels of every
//! picture in an order of its own. `null`: labels of a target are dealt out at random.
//!
//! **Rankings.** An arm with `ranking` holds two seeds against each other that share nothing. `again` is how rankings with one budget agree
//! (Spearman's correlation of mean ranks over targets), `matched` how one with equal steps agrees with one with equal operations; chance lowers
//! both alike, so that `lost`, their difference, is what matching changes.
//!
//! **Calibration.** Mean −ln of the probability of what is right, and the expected calibration error in 15 bins, on new pictures, before and after a
//! temperature that makes pictures for validation likeliest. A finding that is there or not counts as a decision between two.
//!
//! **What is chosen, on seeds from 1000 on and from one grid for every arm.** The rate of a pretraining, by the mean skill on pictures for
//! validation of the targets that it is used for, each trained at the middle rate of its grid; then that of each target, by the same measure.

mod data;
mod gather;
mod measure;
mod outcome;
mod piece;
mod plan;
mod pretraining;
mod strategy;
mod task;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use piece::Piece;

use crate::blocks::{TUNING, positive, tuned, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

pub use strategy::{Budget, Strategy, Target, Tuning, World};

/// The study.
pub struct TransferMatrix;

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Digits and X-rays, or pictures that are made here in their place.
    pub world: World,
    /// What is to be told apart.
    pub target: Target,
    /// What comes before.
    pub strategy: Strategy,
    /// What strategies have alike.
    pub budget: Budget,
    /// What is trained in the target.
    pub tuning: Tuning,
    /// Whether an arm is about the rankings of all strategies on all targets; its target, strategy, budget and tuning then do not matter.
    pub ranking: bool,
    /// Whether the labels of the target are dealt out at random.
    pub null: bool,
    /// Channels of the first convolution, 1 to 128.
    pub width: usize,
    /// Pictures of a domain to pretrain on, at least 32.
    pub pictures: usize,
    /// Steps of a pretraining, at least 1; with equal operations those of self-distillation.
    pub steps: usize,
    /// Pictures of such a step, at least 2.
    pub batch: usize,
    /// Share of patches that are blank in masked reconstruction, above 0 and below 1.
    pub mask: f64,
    /// Neighbours that are to agree, at least 1.
    pub neighbours: usize,
    /// Pictures of earlier steps that may be neighbours.
    pub queue: usize,
    /// Points of a fractal, at least 50.
    pub points: usize,
    /// Labelled pictures of the target, 4 to 1,000.
    pub labels: usize,
    /// Pictures to choose by, at least 4.
    pub valid: usize,
    /// Pictures to test on, at least 4.
    pub test: usize,
    /// Steps in the target, at least 1.
    pub tune_steps: usize,
    /// Pictures of such a step, at least 2.
    pub tune_batch: usize,
    /// Learning rates of a pretraining, > 0, of which one is chosen.
    pub pretraining_rates: Vec<f64>,
    /// Learning rates in the target, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Seeds that rates in the target are chosen on, at least 1; those of pretraining are chosen on the first of them.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            target: Target::Digits,
            strategy: Strategy::Distilled,
            budget: Budget::Steps,
            tuning: Tuning::Whole,
            ranking: false,
            null: false,
            width: 8,
            pictures: 2_048,
            steps: 150,
            batch: 32,
            mask: 0.6,
            neighbours: 10,
            queue: 512,
            points: 1_000,
            labels: 100,
            valid: 150,
            test: 400,
            tune_steps: 80,
            tune_batch: 32,
            pretraining_rates: vec![1e-3, 3.2e-3, 1e-2, 3.2e-2, 1e-1],
            rates: vec![3.2e-3, 1e-2, 3.2e-2, 1e-1, 3.2e-1, 1.0],
            tuning_seeds: 2,
        }
    }
}

impl Study for TransferMatrix {
    const NAME: &'static str = "transfer-matrix";
    const TITLE: &'static str = "One small encoder after every pretraining on every target, at equal steps and at equal operations, with its calibration";
    const CITE: &'static str = "guo2017calibration";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &outcome::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &outcome::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        for (arm, own) in tuned(Self::NAME, "learning rates", settings, arms, &seeds, Settings::check)? {
            if own.ranking && 2 * seeds.end > TUNING {
                return Err(other(format!("a ranking has two seeds, and those from {TUNING} on are for choosing learning rates; take fewer")));
            }
            for seed in seeds.clone() {
                plan.arm(arm, seed, &own)?;
            }
        }
        Ok(plan.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<Piece>(&stage.settings)? {
            Piece::Pretraining(own) => pretraining::run(&own, needs, context),
            Piece::Task(own) => task::run(&own, needs, context),
            Piece::Arm(own) if own.ranking => gather::ranking(needs),
            Piece::Arm(_) => gather::arm(needs),
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("width", self.width, 1, 128),
            ("pictures", self.pictures, 32, MANY),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("neighbours", self.neighbours, 1, MANY),
            ("queue", self.queue, 0, 65_536),
            ("points", self.points, 50, MANY),
            ("labels", self.labels, 4, data::MOST),
            ("valid", self.valid, 4, MANY),
            ("test", self.test, 4, MANY),
            ("tune-steps", self.tune_steps, 1, MANY),
            ("tune-batch", self.tune_batch, 2, 65_536),
            ("pretraining-rates", self.pretraining_rates.len(), 1, 100),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(TransferMatrix::NAME, &counts)?;
        let rates: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        positive(TransferMatrix::NAME, &rates)?;
        let rates: Vec<(&str, f64)> = self.pretraining_rates.iter().map(|rate| ("pretraining-rates", *rate)).collect();
        positive(TransferMatrix::NAME, &rates)?;
        let refused = |what: String| Err(StudyError::Setting(format!("{}: {what}", TransferMatrix::NAME)));
        if !(self.mask > 0.0 && self.mask < 1.0) {
            return refused(format!("mask has {}, which is not above 0 and below 1", self.mask));
        }
        let all = self.labels + self.valid + self.test + self.pictures;
        if self.world == World::Real && all > data::XRAYS_AT_MOST {
            return refused(format!("labels, valid, test and pictures are {all} together; there are {} X-rays", data::XRAYS_AT_MOST));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", TransferMatrix::NAME))
}
