//! Do frozen features need pictures in the size and the normalisation of pretraining? (Corley et al., arXiv 2305.13456)
//!
//! **What the paper claims.** Pretrained networks are judged on small pictures, and with other normalisations than they were pretrained with. Whoever
//! resizes and normalises as in pretraining finds much better features.
//!
//! **What is trained.** A convolutional network with a mean over the picture, which takes any size, learns half of the classes of a world (five
//! digits) at 28 by 28 pixels, standardised. Pictures of the other half are made small, to 14 by 14: that is how they come. They are resized
//! (bilinear) to some size, normalised in some way, and passed through the network as it is, batch norm with the running statistics of
//! pretraining. Five nearest neighbours among 100 pictures of each class answer, or a ridge classifier that learns from these.
//!
//! **Encoders.** `pretrained`. `divided`: pretrained on pixels from 0 to 1 in place of standardised ones. `random`: first weights. `statistics`:
//! mean, standard deviation, minimum and maximum of a picture, and means of 4 by 4 parts. `pixels`.
//!
//! **Normalisations.** `own`: that of pretraining. `other`: division by 255, or standardisation for `divided`. `raw`: numbers from 0 to 255.
//!
//! **Controls.** `small`: pretrained on the same pictures at 14 by 14; if it gained from larger pictures as well, the size of pretraining would not
//! be the reason. `shuffled`: pretrained on labels dealt out at random. `target-only`: no pretraining, but as many steps on the pictures that
//! neighbours are looked for among. Learning rates of all that is trained are chosen from one grid on seeds from 1000 on, by neighbours on pictures
//! for validation in the network's own size and normalisation. Arms of one seed share classes, pictures, first weights and the order of classes.
//!
//! A network without biases would be homogeneous, and neighbours blind to the scale of its input. In training a bias of a convolution is taken off
//! by the batch norm after it, which has a bias of its own: these biases begin as those of convolutions do in PyTorch, so that first weights have
//! some.
//!
//! **Sources.** The abstract, and the authors' tables and code (isaaccorley/resize-is-all-you-need) as notes of ours read them.

mod data;
mod measure;
mod network;
mod outcome;
mod plan;
mod pretraining;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::halves::World;
use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct ResizeNormalize;

/// What makes features of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoder {
    /// A network, pretrained on large pictures that are standardised.
    Pretrained,
    /// The same, pretrained on pixels from 0 to 1.
    Divided,
    /// The same, pretrained on small pictures.
    Small,
    /// The same, pretrained on labels dealt out at random.
    Shuffled,
    /// The same, trained on the known pictures alone.
    TargetOnly,
    /// The same with its first weights.
    Random,
    /// A few statistics of the picture.
    Statistics,
    /// The picture itself.
    Pixels,
}

/// What is done to the numbers of a picture, which are from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// What was done in pretraining.
    Own,
    /// Division by 255; standardisation where division is the encoder's own.
    Other,
    /// Nothing.
    Raw,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// What makes features.
    pub encoder: Encoder,
    /// Pixels from top to bottom that pictures are resized to, 4 to 112.
    pub size: usize,
    /// What is done to their numbers.
    pub normalisation: Normalisation,
    /// Channels of the first convolution, 1 to 128.
    pub width: usize,
    /// Pictures of each class of pretraining, at least 2.
    pub pictures: usize,
    /// Steps of pretraining, at least 1.
    pub steps: usize,
    /// Pictures of a step, at least 2.
    pub batch: usize,
    /// Learning rates, > 0, of which one is chosen; they fall to zero.
    pub rates: Vec<f64>,
    /// Known pictures of each of the other classes, at least 1.
    pub known: usize,
    /// Pictures of each of them for validation, at least 1.
    pub valid: usize,
    /// Pictures of each of them to test on, at least 1.
    pub test: usize,
    /// Neighbours that vote, at least 1.
    pub neighbours: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Digits,
            encoder: Encoder::Pretrained,
            size: data::LARGE,
            normalisation: Normalisation::Own,
            width: 12,
            pictures: 600,
            steps: 400,
            batch: 64,
            rates: vec![1e-3, 3e-3, 1e-2],
            known: 100,
            valid: 60,
            test: 300,
            neighbours: 5,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("size", self.size, 4, 112),
            ("width", self.width, 1, 128),
            ("pictures", self.pictures, 2, MANY),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("known", self.known, 1, MANY),
            ("valid", self.valid, 1, MANY),
            ("test", self.test, 1, MANY),
            ("neighbours", self.neighbours, 1, MANY),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(ResizeNormalize::NAME, &counts)?;
        positive(ResizeNormalize::NAME, &self.rates.iter().map(|rate| ("rates", *rate)).collect::<Vec<_>>())
    }
}

impl Study for ResizeNormalize {
    const NAME: &'static str = "resize-normalize";
    const TITLE: &'static str = "Frozen features of small pictures by the size and the normalisation that they are fed in";
    const CITE: &'static str = "corley2024revisiting";
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
            plan::Piece::Measure(own) => measure::run(&own, needs, context),
            plan::Piece::Arm(_) => measure::gather(needs),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", ResizeNormalize::NAME))
}
