//! Knowledge that all classes share and knowledge of single classes, kept apart in a generative model (KIND; Xie et al., arXiv 2408.07337).
//!
//! **What the paper claims.** The matrices of a diffusion model are pretrained as sums of singular directions, `W(c) = U_G S_G V_Gᵀ + U_c S_c
//! V_cᵀ`: the first part, *learngenes*, is in use for every class, the second, a *tailor*, for its class alone. So what is common ends in
//! learngenes, and these serve new classes better than the methods that add small parts to a whole pretrained network, with less to train and to
//! compute.
//!
//! **What is trained.** A network of three layers says the noise in a row that is noised (see `blocks::diffusion`): digits of 10 by 10 pixels, or
//! normal rows that are made here. Five classes are for pretraining. Of the five others there are few rows, on which an arm is trained, and rows
//! that it generates are held against real ones: the Fréchet distance `fd` in the features of a judge that was trained on rows of its own, in those
//! of a random layer (`fd-random`), class by class (`fd-class`), and the share of rows that the judge takes for their class (`right`). Distances of
//! finite sets are too large; `floor` is that of two draws of real rows of the same size, `floor-half` of half of it, and `fd-spread` is over draws
//! of one network.
//!
//! **Methods.** `kind`: learngenes stay, new tailors are trained. `kind-tuned`: learngenes are trained as well. `svd`: the first singular
//! directions of whole pretrained matrices as learngenes. `lora`: whole pretrained matrices stay, and a part of low rank is added (Hu et al., arXiv
//! 2106.09685); in `lora-gated` every new class has a part of its own, as tailors are. `pissa`: the first singular directions are trained, the rest
//! stays (Meng et al., arXiv 2404.02948). In all of these but `kind-tuned` equally many numbers are trained. `full`: whole pretrained matrices are
//! trained.
//!
//! **Controls.** `ungated`: learngenes from the same pretraining with one tailor that is in use for every class: a row uses as many directions, as
//! many are left behind, and nothing parts what is common from what is not. `shuffled`: pretrained as `kind` with tailors that are dealt out to
//! rows at random, so that a tailor belongs to nothing while the network is told the right class. `wrong`: learngenes that were pretrained as
//! `kind` on rows whose numbers stand in another order: the same spectrum, and nothing in its place. `random`: learngenes are the first weights of
//! the pretraining of `kind`, untrained. In both, all but learngenes is that of `kind`. `scratch`: whole matrices from first weights;
//! `scratch-longer` with as many operations as pretraining and training of `kind` take together, where a row takes those of the tailor of its
//! class, and what stays has no gradient. New tailors and parts add nothing at first, and what says a class begins with the same new numbers in all
//! arms.
//!
//! **Worlds.** `planted`: all classes vary along shared directions, and each along some of its own: there is common knowledge to find. `alien`: the
//! new classes share other directions than those of pretraining. `digits`. With the target `inverted` the new classes are turned into their
//! opposites, light on dark into dark on light: the large shift of the paper.
//!
//! Learning rates of pretraining (by its loss) and of every arm (by `fd`) are chosen from one grid on seeds from 1000 on. Arms of one seed share
//! rows, first weights of what they have in common, what each step sees, and the noise from which rows are generated.
//!
//! **Sources.** The abstract, and a survey of ours on it; the ranks and the networks are ours.

mod data;
mod fit;
mod gather;
mod judge;
mod learner;
mod method;
mod network;
mod plan;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Kind;

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Made here: all classes share directions.
    Planted,
    /// Made here: the new classes share others.
    Alien,
    /// Handwritten digits.
    Digits,
}

/// What the new classes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// As they are.
    Same,
    /// Turned into their opposites.
    Inverted,
}

/// What is trained on the new classes, and what it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Tailors beside learngenes.
    Kind,
    /// Tailors and learngenes.
    KindTuned,
    /// Tailors beside learngenes that were pretrained with one tailor for all classes.
    Ungated,
    /// Tailors beside learngenes that were pretrained with tailors dealt out at random.
    Shuffled,
    /// Tailors beside learngenes that were pretrained on rows in another order.
    Wrong,
    /// Tailors beside learngenes that were not pretrained.
    Random,
    /// Tailors beside the first singular directions of whole matrices.
    Svd,
    /// A part of low rank beside whole matrices.
    Lora,
    /// The same for every class.
    LoraGated,
    /// The first singular directions of whole matrices.
    Pissa,
    /// Whole matrices.
    Full,
    /// Whole matrices that were not pretrained.
    Scratch,
    /// The same, for longer.
    ScratchLonger,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Which rows.
    pub world: World,
    /// What the new classes look like.
    pub target: Target,
    /// What is trained.
    pub method: Method,
    /// Numbers of a row of a made world, 2 to 1,000.
    pub dimension: usize,
    /// Rows to pretrain on, of each class that is for that, at least 1.
    pub pretraining_images: usize,
    /// Rows to learn from, of each new class, at least 1.
    pub images: usize,
    /// Rows to hold against, of each new class, and as many generated ones; at least 4.
    pub reference: usize,
    /// Rows for the judge, of every class, at least 1.
    pub judged: usize,
    /// Hidden units, 2 to 4,096.
    pub width: usize,
    /// Directions of learngenes, at least 1.
    pub common: usize,
    /// Directions of the tailor of a class, at least 1; of five classes together as many as a matrix has at most.
    pub tailor: usize,
    /// Steps of noise, 2 to 1,000.
    pub times: usize,
    /// Steps of pretraining, at least 1.
    pub pretraining_steps: usize,
    /// Steps on the new classes, at least 1.
    pub steps: usize,
    /// Rows of a step, at least 1.
    pub batch: usize,
    /// How often rows are generated, at least 1.
    pub draws: usize,
    /// Learning rates, > 0, falling to zero, of which one is chosen for pretraining and one for the new classes.
    pub rates: Vec<f64>,
    /// Seeds that rates are chosen on, at least 1; that of pretraining is chosen on the first.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Planted,
            target: Target::Same,
            method: Method::Kind,
            dimension: 16,
            pretraining_images: 400,
            images: 150,
            reference: 200,
            judged: 300,
            width: 48,
            common: 6,
            tailor: 2,
            times: 50,
            pretraining_steps: 1_200,
            steps: 400,
            batch: 64,
            draws: 3,
            rates: vec![1e-3, 3.2e-3, 1e-2, 3.2e-2, 0.1],
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let most = self.ground().dim().min(self.width);
        within(
            Kind::NAME,
            &[
                ("dimension", self.dimension, 2, 1_000),
                ("pretraining-images", self.pretraining_images, 1, MANY),
                ("images", self.images, 1, MANY),
                ("reference", self.reference, 4, MANY),
                ("judged", self.judged, 1, MANY),
                ("width", self.width, 2, 4_096),
                ("common", self.common, 1, most),
                ("tailor", self.tailor, 1, most / data::HALF),
                ("times", self.times, 2, 1_000),
                ("pretraining-steps", self.pretraining_steps, 1, MANY),
                ("steps", self.steps, 1, MANY),
                ("batch", self.batch, 1, 65_536),
                ("draws", self.draws, 1, 1_000),
                ("rates", self.rates.len(), 1, 100),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        positive(Kind::NAME, &self.rates.iter().map(|rate| ("rates", *rate)).collect::<Vec<_>>())
    }
}

impl Study for Kind {
    const NAME: &'static str = "kind";
    const TITLE: &'static str = "Learngenes and tailors in a small diffusion model: what is common and what is of a class, and what serves new classes";
    const CITE: &'static str = "xie2024kind";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
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
            plan::Piece::Judge(own) => judge::train(&own, context),
            plan::Piece::Pretraining(own) => fit::pretrain(&own, needs, context),
            plan::Piece::Arm(own) => fit::adapt(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Kind::NAME))
}
