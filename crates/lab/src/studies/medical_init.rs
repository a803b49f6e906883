//! Initialising networks for X-rays by self-supervision on natural images (Tayebi Arasteh et al., arXiv 2308.07688).
//!
//! **What the paper claims.** A network whose weights come from self-supervised learning (SSL; DINOv2) on unlabelled natural images is better at
//! X-rays of the chest than one whose weights come from supervised learning (SL) on ImageNet, in all of six sets, and in some of them better than
//! one that has learned the labels of other X-rays (MIMIC-CXR). In the paper the objective and the number of images change together: DINOv2 saw ten
//! times as many.
//!
//! **What is trained.** A convolutional network of six thousand weights is pretrained on *natural* pictures that are made here (shapes with
//! textures, 32 kinds), and then trained, all of it, with a new head on labelled pictures of the chest: X-rays with or without pneumonia, and a
//! synthetic thorax with six planted findings (`blocks::thorax`), of each few and many. SSL is self-distillation (DINO, `blocks::self_distilled`);
//! SL learns kinds. Measured is the area under the ROC curve, the mean over findings where there are several.
//!
//! **Methods.** The objective and the number of pictures are two factors: `sl` and `ssl` have 1,024 natural pictures, `sl-many` and `ssl-many`
//! eight times as many. `medical`: the labels of four findings of 1,024 pictures of the thorax, taken with another film curve. All pretrainings
//! take as many operations, see the same views of pictures, and begin with the same weights.
//!
//! **Controls.** `scratch`: first weights. `scratch-longer`: the same, with as many more operations in each task as a pretraining takes. `scrambled`:
//! as `ssl-many`, the pixels of every picture in an order of its own. `tuning = "head"`: the features stay as they are, and with `scratch` they
//! are random; batch norm has the statistics of the task's pictures in all arms.
//! `null`: labels of the tasks are dealt out at random.
//!
//! **What is chosen, on seeds from 1000 on and from one grid for every arm.** The learning rate of a pretraining, by what the four tasks then come
//! to on pictures for validation at the middle rate of the grid, since objectives have no measure in common. Then the rate of each task, by the
//! same measure.
//!
//! **X-rays to test on** are 624, the same for every seed. They are divided into parts, of which every seed has its own (`blocks::own_part`), so that
//! intervals over seeds hold what other X-rays would change; further ones are kept from the part to learn from and are drawn for every seed anew. For
//! `ssl-many` the areas on all 624 are held against those of `sl` by DeLong's test, seed by seed.
//!
//! **Sources.** The abstract; of fine-tuning (all layers, AdamW without decay, losses weighted by negatives over positives) the authors' code
//! (tayebiarasteh/vit-med), as notes of ours read it.

mod data;
mod gather;
mod head;
mod outcome;
mod plan;
mod pretraining;
mod task;
#[cfg(test)]
mod tests;
mod tune;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct MedicalInit;

/// Which pictures take the place of X-rays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// X-rays.
    Real,
    /// Pictures of the synthetic thorax with one finding, so that no data are read.
    Made,
}

/// What comes before the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Nothing.
    Scratch,
    /// Nothing, and the tasks are longer.
    ScratchLonger,
    /// Kinds of natural pictures.
    Sl,
    /// Kinds of more of them.
    SlMany,
    /// Self-distillation of natural pictures.
    Ssl,
    /// Self-distillation of more of them.
    SslMany,
    /// The same, the pixels of every picture in an order of its own.
    Scrambled,
    /// Findings of pictures of a thorax.
    Medical,
}

/// What is trained in the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tuning {
    /// All of the network.
    Whole,
    /// A head on its features, which are standardised.
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
    /// Channels of the first convolution, 1 to 128.
    pub width: usize,
    /// Pictures that few-picture methods and `medical` are pretrained on, at least 32.
    pub pictures: usize,
    /// How many times as many the others have, at least 1.
    pub times: usize,
    /// Steps of self-distillation, at least 1; other pretrainings take as many operations.
    pub steps: usize,
    /// Pictures of a step of pretraining, at least 2.
    pub batch: usize,
    /// Labelled pictures of the smaller tasks, at least 4.
    pub few: usize,
    /// Labelled pictures of the larger ones, at least as many.
    pub many: usize,
    /// Pictures of the thorax to choose by, at least 4; of X-rays there are 524.
    pub valid: usize,
    /// Pictures of the thorax to test on, at least 4; of X-rays there are 624.
    pub test: usize,
    /// X-rays of the part to learn from that are kept to test on, at least 4.
    pub near: usize,
    /// Parts that X-rays to test on are divided into, at least 1.
    pub parts: usize,
    /// Steps of a task, at least 1.
    pub tune_steps: usize,
    /// Pictures of such a step, at least 2.
    pub tune_batch: usize,
    /// Whether the labels of the tasks are dealt out at random.
    pub null: bool,
    /// Learning rates, > 0, of which one is chosen for each pretraining and each task.
    pub rates: Vec<f64>,
    /// Seeds that rates of tasks are chosen on, at least 1; those of pretraining are chosen on the first of them.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            method: Method::SslMany,
            tuning: Tuning::Whole,
            width: 8,
            pictures: 1_024,
            times: 8,
            steps: 350,
            batch: 32,
            few: 128,
            many: 1_024,
            valid: 200,
            test: 400,
            near: 800,
            parts: 12,
            tune_steps: 150,
            tune_batch: 32,
            null: false,
            rates: vec![1e-3, 3e-3, 9.5e-3, 3e-2, 9.5e-2],
            tuning_seeds: 2,
        }
    }
}

impl Study for MedicalInit {
    const NAME: &'static str = "medical-init";
    const TITLE: &'static str = "A small network initialised by self-supervision or labels on natural pictures or by other findings, then trained on X-rays";
    const CITE: &'static str = "arasteh2024enhancing";
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
            ("width", self.width, 1, 128),
            ("pictures", self.pictures, 32, MANY),
            ("times", self.times, 1, 1_000),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("few", self.few, 4, MANY),
            ("many", self.many, self.few, MANY),
            ("valid", self.valid, 4, MANY),
            ("test", self.test, 4, MANY),
            ("near", self.near, 4, 4_000),
            ("parts", self.parts, 1, 100),
            ("tune-steps", self.tune_steps, 1, MANY),
            ("tune-batch", self.tune_batch, 2, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(MedicalInit::NAME, &counts)?;
        let rates: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        positive(MedicalInit::NAME, &rates)?;
        if self.world == World::Real && self.many + self.near > 4_708 {
            let what = format!("many and near are {} and {}; together they are 4,708 X-rays at most", self.many, self.near);
            return Err(StudyError::Setting(format!("{}: {what}", MedicalInit::NAME)));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", MedicalInit::NAME))
}
