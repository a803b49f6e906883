//! Progressive layer freezing and pretraining in the domain, for few X-rays (Goedicke-Fritz et al., arXiv 2507.12269).
//!
//! **What the paper claims.** A ResNet-50 says from the first chest X-ray of 163 extremely preterm infants who will have bronchopulmonary
//! dysplasia. It is pretrained on other chest X-rays or on ImageNet, and its stages are unfrozen one after the other, from the head downwards.
//! The best has a linear probe before that, and CutMix; pretraining in the domain is better than pretraining outside it.
//!
//! **What is trained.** A convolutional network of four stages, on 80 X-rays with pneumonia and 80 without, to which so much noise is added that
//! first weights do about as well as the paper's network (`real`); or on as many pictures of a synthetic thorax with and without an infiltrate
//! (`made`). Five folds, twice; a network learns from four folds and is tested on the fifth, with scores of a repeat pooled for one area under
//! the ROC curve.
//!
//! **What comes before.** `thorax`: six findings of a synthetic thorax (five, without the infiltrate, in the made world). `xrays`: other X-rays,
//! with a label of another kind: whether they are mirrored, and whether they are upside down. `digits`: ten digits, the role of ImageNet (shapes
//! in the made world). `random`: nothing.
//!
//! **Controls.** `shuffled`: as `thorax` and at its rate, with labels dealt out among the pictures, so that statistics and steps are the same and
//! only what labels say of pictures is gone. `longer`: nothing before, and as many more steps as hold the operations of the pretraining. Recipes:
//! `graded` has the rates and the frozen stage of `progressive`, without the order in time. `probe` trains a head on stages that stay as they
//! are, from whichever weights. `null`: labels of the target are dealt out.
//!
//! **The authors' code** leaves batch norm of frozen stages in training mode: it takes the moments of eight pictures, and its running statistics
//! drift. So it is in every recipe but those called `-still`, which mend it.
//!
//! **The corrected test** (Nadeau and Bengio) is done for every seed, as one who has 160 X-rays would do it, on differences of folds: with digits
//! in place of what came before, and with all stages learning from the first step. `published` trains nothing: it is the interval that the test
//! gives for a difference that the paper prints.
//!
//! One learning rate for each pretraining and arm is chosen from one grid on seeds from 1000 on. Arms of one seed share pictures, folds, first
//! weights, heads, and the pictures of every step.
//!
//! **Sources.** Factors of rates, shares of steps, the schedule of the rate, dropout, decay, batch, probe and CutMix: the authors' code
//! (phflot/bpdneo-cxr), as notes of ours read it.

mod course;
mod data;
mod folds;
mod gather;
mod method;
mod network;
mod outcome;
mod plan;
mod pretraining;
mod published;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};
pub use method::{Init, Recipe};

/// The study.
pub struct BpdFreezing;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// X-rays with noise.
    Real,
    /// A synthetic thorax.
    Made,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// What comes before.
    pub init: Init,
    /// How the network learns from the target.
    pub recipe: Recipe,
    /// Whether labels of the target are dealt out at random.
    pub null: bool,
    /// Channels of the first stage, doubled by every further one, 1 to 64.
    pub width: usize,
    /// Pictures of each class of the target, at least as many as folds.
    pub half: usize,
    /// Further pictures to test on, at least 4.
    pub fresh: usize,
    /// Standard deviation of the noise, in units of that of the pictures, at least 0.
    pub noise: f64,
    /// Pictures to pretrain on, at least 8.
    pub source: usize,
    /// Pictures that are held out of it, at least 8.
    pub held: usize,
    /// Steps of pretraining, at least 1.
    pub source_steps: usize,
    /// Pictures of such a step, at least 2.
    pub source_batch: usize,
    /// Folds, 2 to 20.
    pub folds: usize,
    /// Repeats of all folds, 1 to 20.
    pub repeats: usize,
    /// Steps of a fold, at least 3; a third of them are the probe where there is one.
    pub steps: usize,
    /// Pictures of such a step, at least 2.
    pub batch: usize,
    /// Learning rates of the head, > 0, of which one is chosen for each pretraining and arm.
    pub rates: Vec<f64>,
    /// Seeds that rates of the target are chosen on, at least 1; those of pretraining are chosen on the first of them.
    pub tuning_seeds: u64,
    /// Of `published`: the difference that is printed, > 0.
    pub gap: f64,
    /// Of `published`: the correlation of folds of both, at least 0 and below 1.
    pub alike: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            init: Init::Thorax,
            recipe: Recipe::Progressive,
            null: false,
            width: 6,
            half: 80,
            fresh: 600,
            noise: 3.0,
            source: 3_000,
            held: 300,
            source_steps: 400,
            source_batch: 32,
            folds: 5,
            repeats: 2,
            steps: 240,
            batch: 8,
            rates: vec![6e-4, 1.9e-3, 6e-3, 1.9e-2, 6e-2],
            tuning_seeds: 2,
            gap: 0.014,
            alike: 0.5,
        }
    }
}

impl Study for BpdFreezing {
    const NAME: &'static str = "bpd-freezing";
    const TITLE: &'static str = "A small convolutional network on 160 X-rays in folds, by what it was pretrained on and how stages are unfrozen";
    const CITE: &'static str = "goedickefritz2025site";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "fold";
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
            plan::Piece::Folds(own) => folds::run(&own, needs, context),
            plan::Piece::Arm(own) => gather::run(&own, needs),
            plan::Piece::Published(own) => published::run(&own),
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("width", self.width, 1, 64),
            ("folds", self.folds, 2, 20),
            ("half", self.half, self.folds, MANY),
            ("fresh", self.fresh, 4, MANY),
            ("source", self.source, 8, MANY),
            ("held", self.held, 8, MANY),
            ("source-steps", self.source_steps, 1, MANY),
            ("source-batch", self.source_batch, 2, 65_536),
            ("repeats", self.repeats, 1, 20),
            ("steps", self.steps, 3, MANY),
            ("batch", self.batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(BpdFreezing::NAME, &counts)?;
        let mut numbers: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        numbers.push(("gap", self.gap));
        positive(BpdFreezing::NAME, &numbers)?;
        let refused = |what: String| Err(StudyError::Setting(format!("{}: {what}", BpdFreezing::NAME)));
        if !(0.0..1e3).contains(&self.noise) || !(0.0..1.0).contains(&self.alike) {
            return refused(format!("noise is 0 or more, and alike at least 0 and below 1; they are {} and {}", self.noise, self.alike));
        }
        let xrays = 2 * self.half + self.fresh + self.source + self.held;
        if self.world == World::Real && xrays > 4_708 {
            return refused(format!("twice half, fresh, source and held are {xrays} together; there are 4,708 X-rays"));
        }
        if self.world == World::Real && self.source + self.held > 10_000 {
            return refused(format!("source and held are {} together; there are 10,000 digits", self.source + self.held));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", BpdFreezing::NAME))
}
