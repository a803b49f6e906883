//! Pretraining that only asks neighbours to agree: leave-one-out nearest neighbours (LOOK; Feng et al., arXiv 2110.06014).
//!
//! **What the paper claims.** Supervised pretraining pulls all pictures of a class to one place and so loses what differs within it; that is
//! why it transfers badly. LOOK asks only that most of the nearest neighbours of a picture, itself left out, share its class. A class may then
//! lie in several places, more of what differs within it is kept, and downstream tasks are solved better than after supervised or
//! self-supervised pretraining.
//!
//! **What is trained.** A small convolutional network is pretrained on groups of classes (eight shapes with four textures each, made here; or
//! five random pairs of digits in random places). What is then measured on frozen features is the class itself, on new pictures: by a ridge
//! classifier that learns from a few pictures of each class (`probe`), and by five nearest neighbours among the pictures of pretraining
//! (`fine`). `group` is the share of right groups by neighbours: what was asked in pretraining. `structure` is how far class means lie from the
//! mean of their group, over the spread within classes (squared), of features of length one.
//!
//! **Losses.** With cosines s over a temperature, against the other pictures of the step and a queue of earlier ones:
//! - `look`: −ln of the share, among the k nearest, of those with the same group, weighted by eˢ. Where none of them shares the
//!   group, the nearest that does takes part, so that the loss has a slope.
//! - `sup-con` (Khosla et al., arXiv 2004.11362): the mean of −ln softmax(s) over all that share the group.
//! - `ce`: cross-entropy of the group. `contrastive`: two views of a picture find each other (InfoNCE), without labels.
//!
//! **Controls.** `shuffled`: cross-entropy with groups dealt out at random. `random`: first weights. `pixels`: no network. `target-only`:
//! cross-entropy on the classes of the few pictures that the probe learns from, for as many steps: the same computation without pretraining.
//! `classes`: cross-entropy on the classes themselves, which shows what there is to be had. The learning rate of every objective (and k) is chosen on
//! seeds from 1000 on, from one grid, by the probe on pictures for validation. Arms of one seed share worlds, pictures, first weights and the
//! pictures of every step.
//!
//! **Sources.** The abstract. The authors' code is not public: the weights of the loss are as a survey of ours remembers them from the paper,
//! which could not be read again.

mod evaluate;
mod objectives;
mod plan;
mod pretraining;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::pictures::World;
use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Look;

/// What features are learned by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Leave-one-out nearest neighbours: the method of the paper.
    Look,
    /// Cross-entropy of groups.
    Ce,
    /// Supervised contrast of groups.
    SupCon,
    /// Two views of a picture, without labels.
    Contrastive,
    /// Cross-entropy of groups that are dealt out at random.
    Shuffled,
    /// Cross-entropy of classes.
    Classes,
    /// Cross-entropy of classes, on the pictures of the probe alone.
    TargetOnly,
    /// Nothing: first weights.
    Random,
    /// Nothing: pixels.
    Pixels,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// What features are learned by.
    pub objective: Objective,
    /// Channels of the first convolution, 1 to 128.
    pub width: usize,
    /// Numbers that similarities are measured in, or scores; 10 (digits) or 32 (shapes) to 512.
    pub outputs: usize,
    /// Pictures of each class for pretraining, at least 1.
    pub pictures: usize,
    /// Steps, at least 1.
    pub steps: usize,
    /// Pictures of a step, at least 4.
    pub batch: usize,
    /// Learning rates, > 0, of which one is chosen; they fall to zero.
    pub rates: Vec<f64>,
    /// Numbers of neighbours of `look`, at least 1, of which one is chosen.
    pub neighbours: Vec<usize>,
    /// Pictures of earlier steps that `look` and `sup-con` remember.
    pub queue: usize,
    /// Temperature of similarities, 0.05 or more.
    pub temperature: f64,
    /// Pictures of each class that the probe learns from, at least 1.
    pub few: usize,
    /// Pictures of each class for validation, at least 1.
    pub valid: usize,
    /// Pictures of each class to measure on, at least 1.
    pub test: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Tree,
            objective: Objective::Look,
            width: 10,
            outputs: 32,
            pictures: 100,
            steps: 400,
            batch: 128,
            rates: vec![1e-3, 3e-3, 1e-2],
            neighbours: vec![10, 40, 100],
            queue: 1_024,
            temperature: 0.1,
            few: 20,
            valid: 20,
            test: 40,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        within(
            Look::NAME,
            &[
                ("width", self.width, 1, 128),
                ("outputs", self.outputs, self.world.classes(), 512),
                ("pictures", self.pictures, 1, MANY),
                ("steps", self.steps, 1, MANY),
                ("batch", self.batch, 4, 65_536),
                ("rates", self.rates.len(), 1, 100),
                ("neighbours", self.neighbours.len(), 1, 100),
                ("neighbours", self.neighbours.iter().copied().min().unwrap_or(0), 1, MANY),
                ("queue", self.queue, 0, 65_536),
                ("few", self.few, 1, MANY),
                ("valid", self.valid, 1, MANY),
                ("test", self.test, 1, MANY),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        if self.temperature < 0.05 {
            let what = format!("{}: temperature is {}; below 0.05 similarities leave the range of numbers", Look::NAME, self.temperature);
            return Err(StudyError::Setting(what));
        }
        let mut all: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        all.push(("temperature", self.temperature));
        positive(Look::NAME, &all)
    }
}

impl Study for Look {
    const NAME: &'static str = "look";
    const TITLE: &'static str = "Pretraining on groups of classes, by neighbours that agree and by other losses: what is left of the classes";
    const CITE: &'static str = "feng2022look";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &evaluate::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &evaluate::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "learning rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Pretraining(own) => pretraining::run(&own, needs, context),
            plan::Piece::Arm(own) => evaluate::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Look::NAME))
}
