//! Self-distillation for further pretraining (Lee et al., arXiv 2210.02871).
//!
//! **What the paper claims.** A pretrained transformer that goes on with its pretraining on the few unlabelled pictures of a target overfits them. In
//! self-distillation the network that has gone on is a teacher, and the network as it was before is its student: it goes on as well, and is drawn to
//! the teacher's features of whole pictures. Fine-tuned, it is better than all other ways.
//!
//! **What is trained.** A vision transformer of two blocks over 16 patches is pretrained as a masked autoencoder (MAE) on 4,000 digits: θ₀. There
//! are two targets: chest X-rays, and other digits, turned by a right angle and inverted. It goes on for T steps on 500 pictures of a target (or on
//! 100), and is then trained with a head on 100 labels. X-rays are measured by the area under the ROC curve, digits by the share of right answers.
//!
//! **The loss of the student** is that of the autoencoder plus ‖h(x) − h'(x)‖², where h and h' are the class tokens of student and teacher after
//! the last norm, on the whole picture: summed over their numbers, with the mean over pictures and a weight of 1, as in the authors' code.
//!
//! **Methods.** `ft`: nothing between θ₀ and the labels. `fp`: T steps more (times `length`). `sd`: self-distillation.
//!
//! **Controls.** `fp-twice`: 2 T steps, as many as teacher and student together. A step of the student takes more operations than one of the
//! autoencoder alone, so that there is `fp-matched` too, whose steps take as many operations as self-distillation with its teacher. `fp-l2`: T
//! steps, with a pull of all weights to θ₀ (the square of their distance times a factor). `fp-dealt`: T steps on pictures whose patches are dealt
//! out among the pictures of a step, so that nothing that is seen says anything of what is hidden. `sd-random`: the teacher has first weights, which
//! were never trained. `scratch`: the labels alone, from first weights.
//!
//! The rate of each further pretraining (for `fp-l2` with the factor) is chosen by the autoencoder's own loss on target pictures held out, and that
//! of the labels by pictures for validation, for every arm on seeds from 1000 on, from one grid. Of `fp` the rate is chosen at `length` 1 and is the
//! same for all lengths. Arms of one seed share θ₀, pictures, the pictures of every step and heads.
//!
//! **X-rays to test on** are divided into parts, of which every seed has its own, and further ones are kept from the part to learn from: see
//! `mae_thorax`.
//!
//! **Sources.** Steps, loss and weight of the student: the authors' code (seanie12/self-distillation), as notes of ours read it, and the abstract.

mod data;
mod further;
mod gather;
mod method;
mod network;
mod outcome;
mod piece;
mod plan;
mod source;
#[cfg(test)]
mod tests;
mod tune;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct SelfDistillation;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Digits; X-rays, and turned digits.
    Real,
    /// Shapes that are made here; a synthetic thorax, and turned shapes.
    Made,
}

/// What comes between the pretrained network and the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Nothing, and the network is not pretrained either.
    Scratch,
    /// Nothing.
    Ft,
    /// Further pretraining.
    Fp,
    /// The same for twice as many steps.
    FpTwice,
    /// The same for as many operations as self-distillation takes.
    FpMatched,
    /// The same with a pull of weights to where they began.
    FpL2,
    /// The same on pictures whose patches are dealt out.
    FpDealt,
    /// Self-distillation.
    Sd,
    /// The same with a teacher that was never trained.
    SdRandom,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// What comes between.
    pub method: Method,
    /// By what the steps of `fp` are multiplied, above 0.
    pub length: f64,
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
    /// Share of patches hidden, above 0 and below 1.
    pub mask: f64,
    /// Pictures that the network is pretrained on, at least 32.
    pub source: usize,
    /// Steps of that, at least 1.
    pub source_steps: usize,
    /// Least share of a picture's area that a crop keeps in it, above 0 and at most 1.
    pub source_crop: f64,
    /// Pictures of a target without labels, at least as many as have one.
    pub unlabelled: usize,
    /// Pictures of a target with labels, at least 4.
    pub labels: usize,
    /// Pictures of a target to choose by, at least 4; there are 524 X-rays.
    pub valid: usize,
    /// Turned pictures to test on, at least 4; there are 624 X-rays.
    pub test: usize,
    /// X-rays of the part to learn from that are kept to test on, at least 4.
    pub near: usize,
    /// Parts that X-rays to test on are divided into, at least 1.
    pub parts: usize,
    /// Steps of further pretraining (T), at least 1.
    pub steps: usize,
    /// Pictures of a step of any pretraining, at least 2.
    pub batch: usize,
    /// Weight of the distance to the teacher, > 0.
    pub weight: f64,
    /// Factors of the pull to the beginning, > 0, of which one is chosen.
    pub pulls: Vec<f64>,
    /// Steps with labels, at least 1.
    pub tune_steps: usize,
    /// Pictures of such a step, at least 2.
    pub tune_batch: usize,
    /// Learning rates, > 0, of which one is chosen for each pretraining and each target.
    pub rates: Vec<f64>,
    /// Seeds that rates with labels are chosen on, at least 1; those of pretraining are chosen on the first of them.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            method: Method::Sd,
            length: 1.0,
            patch: 7,
            width: 32,
            depth: 2,
            heads: 4,
            decoder: 32,
            mask: 0.75,
            source: 4_000,
            source_steps: 2_400,
            source_crop: 0.5,
            unlabelled: 500,
            labels: 100,
            valid: 500,
            test: 2_000,
            near: 800,
            parts: 10,
            steps: 300,
            batch: 32,
            weight: 1.0,
            pulls: vec![1e-3, 3.2e-3, 1e-2, 3.2e-2, 1e-1],
            tune_steps: 150,
            tune_batch: 32,
            rates: vec![3e-4, 9.5e-4, 3e-3, 9.5e-3, 3e-2],
            tuning_seeds: 2,
        }
    }
}

impl Study for SelfDistillation {
    const NAME: &'static str = "self-distillation";
    const TITLE: &'static str = "A small masked autoencoder that goes on with few pictures of a target, with itself as a teacher or without";
    const CITE: &'static str = "lee2023selfdistillation";
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
        match settings::parse::<piece::Piece>(&stage.settings)? {
            piece::Piece::Source(own) => source::run(&own, needs, context),
            piece::Piece::Further(own) => further::run(&own, needs, context),
            piece::Piece::Target(own) => tune::run(&own, needs, stage.seed, context),
            piece::Piece::Arm(own) => gather::run(&own, needs),
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
            ("source", self.source, 32, MANY),
            ("source-steps", self.source_steps, 1, MANY),
            ("labels", self.labels, 4, MANY),
            ("unlabelled", self.unlabelled, self.labels, MANY),
            ("valid", self.valid, 4, 524),
            ("test", self.test, 4, MANY),
            ("near", self.near, 4, 4_000),
            ("parts", self.parts, 1, 100),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("pulls", self.pulls.len(), 1, 100),
            ("tune-steps", self.tune_steps, 1, MANY),
            ("tune-batch", self.tune_batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(SelfDistillation::NAME, &counts)?;
        let mut numbers: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        numbers.extend(self.pulls.iter().map(|pull| ("pulls", *pull)));
        numbers.extend([("length", self.length), ("mask", self.mask), ("source-crop", self.source_crop), ("weight", self.weight)]);
        positive(SelfDistillation::NAME, &numbers)?;
        let refused = |what: String| Err(StudyError::Setting(format!("{}: {what}", SelfDistillation::NAME)));
        if !self.width.is_multiple_of(self.heads) || !self.decoder.is_multiple_of(self.heads) {
            return refused(format!("{} heads do not divide a width of {} and a decoder of {}", self.heads, self.width, self.decoder));
        }
        if self.mask >= 1.0 || self.source_crop > 1.0 || self.length > 1e3 {
            let what = "mask is below 1, source-crop at most 1 and length at most 1000";
            return refused(format!("{what}; they are {}, {} and {}", self.mask, self.source_crop, self.length));
        }
        let digits = self.source + self.unlabelled + self.valid + self.test;
        if self.world == World::Real && digits > 10_000 {
            return refused(format!("source, unlabelled, valid and test are {digits} together; there are 10,000 digits"));
        }
        if self.world == World::Real && self.unlabelled + self.near > 4_708 {
            return refused(format!("unlabelled and near are {} together; there are 4,708 X-rays", self.unlabelled + self.near));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", SelfDistillation::NAME))
}
