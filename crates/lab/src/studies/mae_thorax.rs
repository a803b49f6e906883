//! Masked autoencoders for pictures of the chest (Xiao et al., arXiv 2210.12843).
//!
//! **What the paper claims.** A vision transformer (ViT) that is pretrained as a masked autoencoder (MAE) on chest X-rays comes up to a convolutional
//! network (CNN) for multi-label thorax disease. X-rays want other settings than natural images: a tenth of the patches seen in place of a quarter,
//! and crops of half of a picture or more in place of a fifth. Pretraining in the domain is to be preferred. In fine-tuning, learning rates that
//! decay layer by layer, the magnitude of RandAugment and the rate of DropPath matter.
//!
//! **What is trained.** A ViT of two blocks over 16 patches is pretrained on 3,900 pictures of a *medical* domain, or of another one in the role of
//! *natural* images, and then trained with a new head on 235 or 1,177 labelled medical pictures (a twentieth and a quarter of PneumoniaMNIST). In the
//! world `real` these are chest X-rays and digits; in the world `made` a synthetic thorax with six planted findings (`blocks::thorax`), which is
//! multi-label, and shapes with textures. All tasks have a yes or no for every label (binary cross-entropy) and are measured by the mean area under
//! the ROC curve.
//!
//! **Methods.** `medical`, `natural`: MAE in the domain, and in the other one, each with the mask and the crops that the paper finds best for it.
//! `own`: MAE in the domain of each of two tasks, one medical and one natural, so that masks and crops are held against each other by domain.
//! `cnn`, `cnn-supervised`: a CNN that takes as many multiplications, from first weights and pretrained on natural labels.
//!
//! **Controls.** `scratch`: first weights. `scratch-longer`: the same, with as many more operations in the task as the dearest pretraining takes.
//! `dealt`: MAE on medical pictures whose patches are dealt out among the pictures of a step, so that patches, places and steps are as they were,
//! and nothing that is seen says anything of what is hidden. `supervised`: natural labels, for as many operations. `tuning = "head"`: the features
//! stay as they are; with `scratch` they are random. `null`: labels of the task are dealt out at random.
//!
//! Learning rates of each pretraining (by its own objective on pictures held out) and of each task (by pictures for validation) are chosen for every
//! arm on seeds from 1000 on, from one grid. Arms of one seed share pictures, first weights, heads and the pictures of every step.
//!
//! **X-rays to test on.** There are 624, and they are the same for every seed. They are divided into as many parts as the setting `parts` says, and a
//! seed is tested on its own part: differences over seeds then hold what other X-rays would change as well, which they would not if all seeds had all
//! X-rays. `whole-few` and `whole-more` are of all of them. `near-few` and `near-more` are of 800 X-rays of the part to learn from, drawn for every
//! seed anew and in no pretraining and no task. These are easier: a child may have X-rays on both sides of that division, for all arms alike.
//!
//! **Sources.** Settings of pretraining and fine-tuning: the authors' files PRETRAIN.md and FINETUNE.md (lambert-x/medical_mae), as notes of ours
//! read them, and the abstract.

mod data;
mod gather;
mod method;
mod network;
mod outcome;
mod plan;
mod pretraining;
#[cfg(test)]
mod tests;
mod tune;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct MaeThorax;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Chest X-rays, and digits.
    Real,
    /// A thorax with planted findings, and shapes with textures.
    Made,
}

/// What is trained, and what comes before the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A transformer from first weights.
    Scratch,
    /// The same, and the tasks are longer.
    ScratchLonger,
    /// A masked autoencoder of natural pictures.
    Natural,
    /// A masked autoencoder of medical pictures.
    Medical,
    /// A masked autoencoder of medical pictures whose patches are dealt out.
    Dealt,
    /// A transformer that has learned the labels of natural pictures.
    Supervised,
    /// A convolutional network from first weights.
    Cnn,
    /// A convolutional network that has learned the labels of natural pictures.
    CnnSupervised,
    /// Masked autoencoders of medical pictures for a medical task, and of natural ones for a natural task.
    Own,
}

/// What is trained in the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tuning {
    /// All of the network.
    Whole,
    /// A head on its features.
    Head,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// What comes before the tasks.
    pub method: Method,
    /// What is trained in the tasks.
    pub tuning: Tuning,
    /// Share of patches hidden from masked autoencoders, below 1; 0 stands for what the paper finds best: 0.9 of medical pictures, 0.75 of natural
    /// ones.
    pub mask: f64,
    /// Least share of a picture's area that a crop keeps, at most 1; 0 stands for what the paper finds best: 0.5 of medical pictures, 0.2 of natural
    /// ones.
    pub crop: f64,
    /// Pixels from top to bottom of a patch, 2 to 14; a picture has 28.
    pub patch: usize,
    /// Numbers of a token, a multiple of the heads, 4 to 512.
    pub width: usize,
    /// Blocks, 1 to 12.
    pub depth: usize,
    /// Heads of attention, 1 to 16.
    pub heads: usize,
    /// Numbers of a token in the decoder, a multiple of the heads, 4 to 512.
    pub decoder: usize,
    /// Channels of the first convolution of the convolutional network, 1 to 128.
    pub channels: usize,
    /// Pictures of each domain to pretrain on, at least 32.
    pub unlabelled: usize,
    /// Steps of pretraining, at least 1.
    pub steps: usize,
    /// Pictures of a step, at least 2.
    pub batch: usize,
    /// Medical pictures with labels in the smaller task, at least 4.
    pub few: usize,
    /// Medical pictures with labels in the larger one, at least as many.
    pub more: usize,
    /// Natural pictures with labels in their task, at least 4.
    pub natural_few: usize,
    /// Pictures to choose by, at least 4; there are 524 X-rays.
    pub valid: usize,
    /// Pictures to test on, at least 4; there are 624 X-rays.
    pub test: usize,
    /// X-rays of the part to learn from that are kept to test on, at least 4.
    pub near: usize,
    /// Parts that X-rays to test on are divided into, at least 1.
    pub parts: usize,
    /// Steps of a task, at least 1.
    pub tune_steps: usize,
    /// Pictures of such a step, at least 2.
    pub tune_batch: usize,
    /// By what the rate of a layer of the transformer is multiplied for every layer above it, above 0 and at most 1.
    pub layer_decay: f64,
    /// Probability with which branches of the last block are dropped in a task, 0 to below 1; of earlier ones along a line from 0.
    pub drop_path: f64,
    /// Magnitude of RandAugment in a task, 0 to 10.
    pub augment: f64,
    /// Whether the labels of a task are dealt out at random.
    pub null: bool,
    /// Learning rates, > 0, of which one is chosen for each pretraining and each task; they rise for a tenth of the steps and fall to zero.
    pub rates: Vec<f64>,
    /// Seeds that rates of tasks are chosen on, at least 1; those of pretraining are chosen on the first of them.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            method: Method::Medical,
            tuning: Tuning::Whole,
            mask: 0.0,
            crop: 0.0,
            patch: 7,
            width: 32,
            depth: 2,
            heads: 4,
            decoder: 32,
            channels: 10,
            unlabelled: 3_900,
            steps: 800,
            batch: 32,
            few: 235,
            more: 1_177,
            natural_few: 235,
            valid: 500,
            test: 600,
            near: 800,
            parts: 10,
            tune_steps: 180,
            tune_batch: 32,
            layer_decay: 1.0,
            drop_path: 0.0,
            augment: 0.0,
            null: false,
            rates: vec![3e-4, 9.5e-4, 3e-3, 9.5e-3, 3e-2],
            tuning_seeds: 2,
        }
    }
}

impl Study for MaeThorax {
    const NAME: &'static str = "mae-thorax";
    const TITLE: &'static str = "A small transformer pretrained as a masked autoencoder on X-rays or on other pictures, and a convolutional network";
    const CITE: &'static str = "xiao2023delving";
    const EPOCH: u32 = 1;
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
            plan::Piece::Task(own) => tune::run(&own, needs, stage.seed, context),
            plan::Piece::Arm(own) => gather::run(&own, needs),
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("patch", self.patch, 2, 14),
            ("width", self.width, 4, 512),
            ("depth", self.depth, 1, 12),
            ("heads", self.heads, 1, 16),
            ("decoder", self.decoder, 4, 512),
            ("channels", self.channels, 1, 128),
            ("unlabelled", self.unlabelled, 32, MANY),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("few", self.few, 4, MANY),
            ("more", self.more, self.few, MANY),
            ("natural-few", self.natural_few, 4, MANY),
            ("valid", self.valid, 4, 524),
            ("test", self.test, 4, MANY),
            ("near", self.near, 4, 4_000),
            ("parts", self.parts, 1, 100),
            ("tune-steps", self.tune_steps, 1, MANY),
            ("tune-batch", self.tune_batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(MaeThorax::NAME, &counts)?;
        let mut numbers: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        numbers.push(("layer-decay", self.layer_decay));
        positive(MaeThorax::NAME, &numbers)?;
        let refused = |what: String| Err(StudyError::Setting(format!("{}: {what}", MaeThorax::NAME)));
        if !self.width.is_multiple_of(self.heads) || !self.decoder.is_multiple_of(self.heads) {
            return refused(format!("{} heads do not divide a width of {} and a decoder of {}", self.heads, self.width, self.decoder));
        }
        let shares = [("mask", self.mask, 0.999), ("crop", self.crop, 1.0), ("layer-decay", self.layer_decay, 1.0)];
        let shares = shares.into_iter().chain([("drop-path", self.drop_path, 0.999), ("augment", self.augment, 10.0)]);
        if let Some((name, value, most)) = shares.into_iter().find(|(_, value, most)| !(0.0..=*most).contains(value)) {
            return refused(format!("{name} has {value}, where 0 to {most} can be"));
        }
        let digits = self.natural_few + self.valid + self.test + self.unlabelled;
        if self.world == World::Real && digits > 10_000 {
            return refused(format!("natural-few, valid, test and unlabelled are {digits} together; there are 10,000 digits"));
        }
        if self.world == World::Real && (self.unlabelled + self.near > 4_708 || self.more > self.unlabelled) {
            let what = "unlabelled and near together are 4,708 X-rays at most, and more is unlabelled at most";
            return refused(format!("{what}; they are {}, {} and {}", self.unlabelled, self.near, self.more));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", MaeThorax::NAME))
}
