//! Low rank and a second pretraining, so that a pretrained network gets small (PELA; Guo, Wang and Kankanhalli, arXiv 2310.10700).
//!
//! **What the paper claims.** Every linear layer W of a pretrained network is replaced by the product of two thin ones, A B, that is nearest to it.
//! An intermediate pretraining follows, with two modules: the features of every block are pulled to those of the large network (feature
//! distillation), and the largest entry of AB − W is held small (weight perturbation). The small network then takes the place of the large one
//! downstream, and loses little: about 0.6 points at a third to two thirds of the weights less.
//!
//! **What is trained.** A network learns 5,000 digits (the large one, or teacher); it is a perceptron of three hidden layers or a transformer of
//! three blocks over 16 patches. Its layers, the head and the embedding of patches left out, are cut to rank ⌊in · out / (c (in + out))⌋, which has
//! a c-th of the weights, and are trained again on the same digits. Both are then trained on with a new head on 200 pictures each of two tasks: the
//! digits turned by a right angle and inverted, and chest X-rays.
//!
//! **Losses** of the intermediate pretraining: cross-entropy; `fd` adds the mean over layers of the squared difference of features (its weight is
//! 1); `wp` adds the mean over layers of (max |AB − W| − ε)², with ε = 0.001 and a weight of 1, as in the authors' code. As it is squared, it draws
//! the largest entry up to ε as well, and only one entry of a layer has a slope in a step: `wp-all` is the same intention mended, ‖AB − W‖²/‖W‖².
//!
//! **Controls.** `teacher-longer`: the large network goes on for as many steps. `svd`: no intermediate pretraining. `svd-ce-longer`: cross-entropy
//! alone, for as many operations as both modules take with the passes of the teacher. `svd-ce-shuffled`: labels dealt out at random.
//! `svd-fd-untrained`: the features of a network with first weights. `random-ce`, `random-fd`: thin layers from first weights. `small`: whole
//! layers of a width that has as many weights, from first weights and for as many steps as the teacher and the intermediate pretraining together.
//! The learning rates of the intermediate pretraining and of each task are chosen for every arm on seeds from 1000 on, from one grid, by pictures
//! for validation; that of the large network is not, and it has fewer steps than all of what follows, which is why `teacher-longer` is there. Arms of
//! one seed share pictures, the teacher and the pictures of every step. X-rays to test on are the same for every seed (`xrays-se` says what that
//! leaves open).
//!
//! **Sources.** Ranks, losses and weights: the authors' code (guoyang9/PELA, commit 48b8e50: `low_rank.py`, `engine.py`, `Pretrain.py`), and the
//! abstract.

mod data;
mod intermediate;
mod method;
mod network;
mod outcome;
mod plan;
mod shape;
mod teacher;
mod terms;
#[cfg(test)]
mod tests;
mod tune;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Pela;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Handwritten digits, and chest X-rays downstream.
    Digits,
    /// Shapes that are made here, and those of another such world downstream.
    Made,
}

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// A perceptron.
    Mlp,
    /// A transformer over 16 patches.
    Vit,
}

/// What becomes of the pretrained network before it is used downstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Nothing.
    Teacher,
    /// It is trained for longer.
    TeacherLonger,
    /// A small network from first weights takes its place.
    Small,
    /// Its layers are cut to low rank.
    Svd,
    /// They are cut, and trained by cross-entropy.
    SvdCe,
    /// The same for as many operations as feature distillation and weight perturbation take.
    SvdCeLonger,
    /// The same with labels dealt out at random.
    SvdCeShuffled,
    /// They are cut, and trained by cross-entropy and feature distillation.
    SvdFd,
    /// The same with weight perturbation: the method of the paper.
    SvdFdWp,
    /// The same with a weight perturbation of all entries.
    SvdFdWpAll,
    /// As `svd-fd`, with the features of a network that was not trained.
    SvdFdUntrained,
    /// Thin layers from first weights, by cross-entropy.
    RandomCe,
    /// The same with feature distillation.
    RandomFd,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// The network.
    pub network: Network,
    /// What becomes of it.
    pub method: Method,
    /// How many times fewer weights a thin layer has, 1 to 64.
    pub ratio: usize,
    /// Width of the large network, 4 to 4,096; of a transformer a multiple of its heads.
    pub width: usize,
    /// Hidden layers or blocks, 1 to 12.
    pub depth: usize,
    /// Heads of attention, 1 to 16.
    pub heads: usize,
    /// Pictures upstream to learn from, at least 32.
    pub train: usize,
    /// Pictures upstream to choose by, at least 32.
    pub valid: usize,
    /// Pictures upstream to test on, at least 32.
    pub test: usize,
    /// Steps of the large network, at least 1.
    pub teacher_steps: usize,
    /// Its learning rate, > 0, falling to zero.
    pub teacher_rate: f64,
    /// Steps of the intermediate pretraining, at least 1.
    pub steps: usize,
    /// Pictures of a step, at least 2.
    pub batch: usize,
    /// Learning rates of the intermediate pretraining and downstream, > 0, of which one is chosen for each; they fall to zero.
    pub rates: Vec<f64>,
    /// Weight of feature distillation, > 0.
    pub features: f64,
    /// Weight of weight perturbation, > 0.
    pub perturbation: f64,
    /// ε of weight perturbation, > 0.
    pub tolerance: f64,
    /// Pictures of each task downstream to learn from, at least 4.
    pub few: usize,
    /// Pictures of each task downstream to choose by, at least 4.
    pub held: usize,
    /// Pictures of turned digits to test on, at least 4; there are 624 X-rays.
    pub later: usize,
    /// Steps downstream, at least 1.
    pub tune_steps: usize,
    /// Pictures of a step downstream, at least 2.
    pub tune_batch: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Digits,
            network: Network::Mlp,
            method: Method::SvdFdWp,
            ratio: 16,
            width: 384,
            depth: 3,
            heads: 4,
            train: 5_000,
            valid: 300,
            test: 2_500,
            teacher_steps: 600,
            teacher_rate: 1e-3,
            steps: 300,
            batch: 64,
            rates: vec![3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
            features: 1.0,
            perturbation: 1.0,
            tolerance: 1e-3,
            few: 200,
            held: 200,
            later: 1_800,
            tune_steps: 80,
            tune_batch: 50,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("ratio", self.ratio, 1, 64),
            ("width", self.width, 4, 4_096),
            ("depth", self.depth, 1, 12),
            ("heads", self.heads, 1, 16),
            ("train", self.train, 32, MANY),
            ("valid", self.valid, 32, MANY),
            ("test", self.test, 32, MANY),
            ("teacher-steps", self.teacher_steps, 1, MANY),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("few", self.few, 4, 4_000),
            ("held", self.held, 4, 500),
            ("later", self.later, 4, MANY),
            ("tune-steps", self.tune_steps, 1, MANY),
            ("tune-batch", self.tune_batch, 2, 65_536),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(Pela::NAME, &counts)?;
        if self.network == Network::Vit && !self.width.is_multiple_of(self.heads) {
            let what = format!("{}: width is {}, which {} heads do not divide", Pela::NAME, self.width, self.heads);
            return Err(StudyError::Setting(what));
        }
        let all = self.train + self.valid + self.test + self.few + self.held + self.later;
        if self.world == World::Digits && all > 10_000 {
            let what = format!("{}: train, valid, test, few, held and later are {all} together; there are 10,000 digits", Pela::NAME);
            return Err(StudyError::Setting(what));
        }
        let mut numbers: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        numbers.extend([("teacher-rate", self.teacher_rate), ("features", self.features)]);
        numbers.extend([("perturbation", self.perturbation), ("tolerance", self.tolerance)]);
        positive(Pela::NAME, &numbers)
    }
}

impl Study for Pela {
    const NAME: &'static str = "pela";
    const TITLE: &'static str = "A pretrained network cut to low rank and trained once more, against the large one and other ways to a small one";
    const CITE: &'static str = "guo2024pela";
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
            plan::Piece::Dense(own) => teacher::run(&own, context),
            plan::Piece::Cut(own) => intermediate::cut(&own, needs, context),
            plan::Piece::Middle(own) => intermediate::run(&own, needs, context),
            plan::Piece::Arm(own) => tune::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Pela::NAME))
}
