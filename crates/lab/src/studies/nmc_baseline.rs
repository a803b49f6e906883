//! A frozen pretrained encoder and the nearest class mean as a baseline of continual learning (Janson et al., arXiv 2210.04428).
//!
//! **What the paper claims.** Features of a pretrained network, left as they are, and the mean of each class are a competitive or better
//! continual learner than methods that go on training the network; and it needs one head, no stored examples and no borders between tasks.
//!
//! **What is trained.** A small convolutional network learns half of the classes of a world at once. The other classes come two at a time, in
//! random order, and after each task the share of right answers among all classes so far is measured on new pictures. `average` is the mean
//! over tasks (the average incremental accuracy), `final` the last one. Worlds: shapes with textures that are made here (see
//! `blocks::hierarchical_images`), and handwritten digits in random places.
//!
//! **Methods.**
//! - `nmc`: as in the authors' code, features are divided by their length, means are not; the nearest mean (Euclidean) answers.
//! - `fine-tune`, `head`, `ewc`, `replay`: the network, or a linear head on frozen features, is trained on task after task; `ewc` holds weights
//!   that mattered (elastic weight consolidation, Kirkpatrick et al., arXiv 1612.00796, with the squared gradients of single pictures at the
//!   end of each task added up), `replay` keeps some pictures of every class. Scores of classes that have not come yet take no part.
//! - `joint` keeps all pictures: what can be had without forgetting.
//!
//! **Controls.** `nmc-random`: the same network with its first weights. `nmc-shuffled`: pretrained on labels that are dealt out at random.
//! `nmc-pixels`: no network. `random-lda`: a random projection and a linear discriminant. `joint-longer`: no pretraining, all pictures kept,
//! and as many more pictures passed as pretraining took. Learning rates (and the strength of `ewc`) are chosen for every method on seeds from
//! 1000 on, from one grid, by the average incremental accuracy. Arms of one seed share worlds, orders, pictures and the pretrained network.
//! Batch norm is frozen in all that goes on from pretrained weights, so that its running means do not forget for them.
//!
//! **Sources.** The baseline: the authors' code (Pauljanson002/pretrained-cl) as a survey of ours read it, and the abstract.

mod data;
mod fit;
mod gather;
mod learner;
mod plan;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::pictures::World;
use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct NmcBaseline;

/// What learns the stream of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The nearest mean of pretrained features.
    Nmc,
    /// The nearest mean of random features.
    NmcRandom,
    /// The nearest mean of features that were pretrained on labels dealt out at random.
    NmcShuffled,
    /// The nearest mean of pixels.
    NmcPixels,
    /// A random projection of pixels, and a linear discriminant.
    RandomLda,
    /// The pretrained network, trained on task after task.
    FineTune,
    /// A linear head on pretrained features, trained on task after task.
    Head,
    /// As `fine-tune`, and weights that mattered are held.
    Ewc,
    /// As `fine-tune`, and some pictures of every class are kept.
    Replay,
    /// As `fine-tune`, and all pictures are kept.
    Joint,
    /// The network from its first weights, all pictures kept, and for longer.
    JointLonger,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// What learns the stream.
    pub method: Method,
    /// Channels of the first convolution, 1 to 128.
    pub width: usize,
    /// Pictures of each class of pretraining, at least 1.
    pub pretraining_pictures: usize,
    /// Steps of pretraining, at least 1.
    pub pretraining_steps: usize,
    /// Pictures of a step of pretraining, at least 2.
    pub pretraining_batch: usize,
    /// Its learning rate, > 0, falling to zero.
    pub pretraining_rate: f64,
    /// Classes of a task, at least 2.
    pub task: usize,
    /// Pictures of each class of the stream to learn from, at least 1.
    pub pictures: usize,
    /// Pictures of each class of the stream to measure on, at least 1.
    pub test: usize,
    /// Steps on each task, at least 1.
    pub steps: usize,
    /// Pictures of such a step, at least 2.
    pub batch: usize,
    /// Learning rates on the stream, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Strengths of `ewc`, > 0, of which one is chosen.
    pub strengths: Vec<f64>,
    /// Pictures of each class that `replay` keeps, at least 1.
    pub kept: usize,
    /// Features of the random projection, at least 1.
    pub projection: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Tree,
            method: Method::Nmc,
            width: 16,
            pretraining_pictures: 100,
            pretraining_steps: 600,
            pretraining_batch: 64,
            pretraining_rate: 3e-3,
            task: 2,
            pictures: 60,
            test: 40,
            steps: 60,
            batch: 32,
            rates: vec![3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
            strengths: vec![1e1, 1e3, 1e5],
            kept: 20,
            projection: 256,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        within(
            NmcBaseline::NAME,
            &[
                ("width", self.width, 1, 128),
                ("pretraining-pictures", self.pretraining_pictures, 1, MANY),
                ("pretraining-steps", self.pretraining_steps, 1, MANY),
                ("pretraining-batch", self.pretraining_batch, 2, 65_536),
                ("task", self.task, 2, data::stream_classes(self.world)),
                ("pictures", self.pictures, 1, MANY),
                ("test", self.test, 1, MANY),
                ("steps", self.steps, 1, MANY),
                ("batch", self.batch, 2, 65_536),
                ("rates", self.rates.len(), 1, 100),
                ("strengths", self.strengths.len(), 1, 100),
                ("kept", self.kept, 1, MANY),
                ("projection", self.projection, 1, 4_096),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        let many = |name: &'static str, values: &[f64]| values.iter().map(move |v| (name, *v)).collect::<Vec<_>>();
        let all = [vec![("pretraining-rate", self.pretraining_rate)], many("rates", &self.rates), many("strengths", &self.strengths)].concat();
        positive(NmcBaseline::NAME, &all)
    }
}

impl Study for NmcBaseline {
    const NAME: &'static str = "nmc-baseline";
    const TITLE: &'static str = "Nearest class means of a frozen pretrained network against networks that go on learning, class after class";
    const CITE: &'static str = "janson2022simple";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "task";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "learning rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Pretraining(own) => fit::pretrain(&own, context),
            plan::Piece::Fit(own) => fit::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", NmcBaseline::NAME))
}
