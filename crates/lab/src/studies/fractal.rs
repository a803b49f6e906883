//! Pretraining on fractals that are made as they are needed (Anderson and Farrell, arXiv 2110.03091).
//!
//! **What the paper claims.** Pictures of fractals cost nothing, have right labels and show nobody; and a network that is pretrained on them, best by
//! saying which of a thousand fractals are in a picture of several (multi-instance prediction), reaches 92.7 to 98.1 per cent of the accuracy
//! of one that was pretrained on ImageNet.
//!
//! **What is trained.** A small convolutional network is pretrained on pictures of 64 systems (`blocks::fractals`), 28 by 28 in grey, each made for
//! the step that sees it. It is then trained on, with a new head, on four small tasks: ten and fifty pictures each of five digits, and 64 and 256
//! chest X-rays. `mean` is the mean of the four: shares of right answers of digits, areas under the ROC curve of X-rays.
//!
//! **Pretrainings.** `fractal-db`, `multi-class`, `multi-class-background` and `multi-instance` go from what was there before to what the paper
//! proposes: unconstrained maps in one grey; maps with constrained singular values, shaded, in several windows; these on a background; and one to
//! five of them in a picture, with a yes or no for each system. `fractal-db-jittered`: as FractalDB, where a change of parameters is made as long as
//! points stay finite; the authors' code refuses it where a map stretches, so that their FractalDB hardly has any.
//!
//! **Controls.** `scratch`: none. `scratch-longer`: none, and as many more pictures passed in each task as pretraining has. `random-labels`: pictures
//! of `multi-class-background` with labels drawn at random. `multi-instance-random`: pictures and objective of `multi-instance`, where every set of
//! systems has another one of its size in its place, drawn at random. `supervised`: five other digits, in the role of ImageNet.
//!
//! The learning rate of pretraining and that of each task are chosen for every arm on seeds from 1000 on, from one grid, by pictures for validation;
//! arms without pretraining have that of each task alone to choose. Arms of one seed share classes, pictures of the tasks, first weights and heads;
//! those with the same kind of systems share these. X-rays to test on are the same for every seed (`xrays-se` says what that leaves open).
//!
//! **Sources.** Systems, rendering, backgrounds and tasks: the authors' code (catalys1/fractal-pretraining), and the abstract.

mod data;
mod outcome;
mod plan;
mod pretraining;
#[cfg(test)]
mod tests;
mod tune;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::halves::World;
use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Fractal;

/// What comes before the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pretraining {
    /// Nothing.
    Scratch,
    /// Nothing, and the tasks are longer.
    ScratchLonger,
    /// Systems of unconstrained maps, in one grey.
    FractalDb,
    /// The same with changes of parameters.
    FractalDbJittered,
    /// Systems of maps with constrained singular values.
    MultiClass,
    /// The same on backgrounds.
    MultiClassBackground,
    /// Several of them in a picture.
    MultiInstance,
    /// As `multi-instance`, with sets of labels of the same sizes drawn at random.
    MultiInstanceRandom,
    /// As `multi-class-background`, with labels drawn at random.
    RandomLabels,
    /// Digits that are in no task.
    Supervised,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Digits and X-rays, or pictures that are made here in their place.
    pub world: World,
    /// What comes before the tasks.
    pub pretraining: Pretraining,
    /// Channels of the first convolution, 1 to 128.
    pub width: usize,
    /// Systems, 2 to 1,000.
    pub systems: usize,
    /// Points of a fractal, at least 50.
    pub points: usize,
    /// Pictures of each class of `supervised`, at least 1.
    pub pictures: usize,
    /// Steps of pretraining, at least 1.
    pub steps: usize,
    /// Pictures of a step, at least 2.
    pub batch: usize,
    /// Learning rates of pretraining, > 0, of which one is chosen; they fall to zero.
    pub pretraining_rates: Vec<f64>,
    /// Pictures of each digit in the smaller task, at least 1.
    pub digits_few: usize,
    /// Pictures of each digit in the larger one, at least as many.
    pub digits_more: usize,
    /// X-rays in the smaller task, at least 4.
    pub xrays_few: usize,
    /// X-rays in the larger one, at least as many.
    pub xrays_more: usize,
    /// Pictures of each digit to choose by, at least 1.
    pub digits_held: usize,
    /// X-rays to choose by, at least 4.
    pub xrays_held: usize,
    /// Pictures of each digit to test on, at least 1; there are 624 X-rays.
    pub digits_test: usize,
    /// Steps of a task, at least 1.
    pub tune_steps: usize,
    /// Pictures of such a step, at least 2.
    pub tune_batch: usize,
    /// Learning rates of a task, > 0, of which one is chosen for each; they fall to zero.
    pub rates: Vec<f64>,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Digits,
            pretraining: Pretraining::MultiInstance,
            width: 10,
            systems: 64,
            points: 2_000,
            pictures: 500,
            steps: 300,
            batch: 64,
            pretraining_rates: vec![3e-4, 1.5e-3, 6e-3, 3e-2],
            digits_few: 10,
            digits_more: 50,
            xrays_few: 64,
            xrays_more: 256,
            digits_held: 40,
            xrays_held: 200,
            digits_test: 200,
            tune_steps: 120,
            tune_batch: 32,
            rates: vec![3e-4, 1.5e-3, 6e-3, 3e-2],
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("width", self.width, 1, 128),
            ("systems", self.systems, 2, 1_000),
            ("points", self.points, 50, MANY),
            ("pictures", self.pictures, 1, MANY),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("pretraining-rates", self.pretraining_rates.len(), 1, 100),
            ("digits-few", self.digits_few, 1, MANY),
            ("digits-more", self.digits_more, self.digits_few, MANY),
            ("xrays-few", self.xrays_few, 4, 4_708),
            ("xrays-more", self.xrays_more, self.xrays_few, 4_708),
            ("digits-held", self.digits_held, 1, MANY),
            ("xrays-held", self.xrays_held, 4, 524),
            ("digits-test", self.digits_test, 1, MANY),
            ("tune-steps", self.tune_steps, 1, MANY),
            ("tune-batch", self.tune_batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(Fractal::NAME, &counts)?;
        let mut numbers: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        numbers.extend(self.pretraining_rates.iter().map(|rate| ("pretraining-rates", *rate)));
        positive(Fractal::NAME, &numbers)
    }
}

impl Study for Fractal {
    const NAME: &'static str = "fractal";
    const TITLE: &'static str = "Pretraining on pictures of fractals, alone or several at once, against none and against other digits";
    const CITE: &'static str = "anderson2022improving";
    const EPOCH: u32 = 2;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &outcome::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &outcome::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "learning rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Pretraining(own) => pretraining::run(&own, needs, context),
            plan::Piece::Arm(own) => tune::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Fractal::NAME))
}
