//! One pretraining for models of many sizes (POA; Zhang et al., arXiv 2408.01031).
//!
//! **What the paper claims.** In self-distillation a student is to say of one view of a picture what a teacher, its running mean, says of another.
//! POA adds an elastic student: in each step another network, cut out of the student (first channels, some of the blocks), is to say what the
//! teacher says of the other view, and what the whole student says of the same view. Afterwards networks of all sizes are cut out of the teacher
//! without training. They are said to be better than networks of their size that were pretrained alone or distilled, and the whole network is said
//! to gain as well, since the smaller ones act as an ensemble.
//!
//! **What is trained.** A convolutional network with residual blocks (16 channels, four blocks) on digits of 14 by 14 pixels without labels. Widths
//! of 8, 12 and 16 channels and depths of two, three and four blocks make nine sizes, of which three are compared: the smallest, the middle, and
//! the whole.
//!
//! **What is measured.** Features stay as they are. Nearest neighbours (20, by cosine) and a ridge classifier on labelled digits that nobody was
//! pretrained on, and on shapes of pictures that are made here (`blocks::hierarchical_images`), which is another domain.
//!
//! **Methods.** `poa`. `alone`: self-distillation of a network of the arm's size without an elastic student, with as many steps; of the whole size
//! this is the intact student alone. `alone-longer`: the same with as many operations as all of `poa` takes. `distilled`: a network of the arm's
//! size is to say of a view what the whole network, pretrained alone, says of the same view (after SEED, Fang et al., arXiv 2101.04731, with
//! prototypes in the place of a queue). `slim`: cut out of the whole network, pretrained alone, which was never asked to stand that.
//!
//! **Controls.** `random`: first weights. `scrambled`: `poa` on digits whose pixels are in an order of their own, each picture's another.
//! `without-same`: the elastic student has the teacher alone to learn from, not the whole student; `without-other` the reverse. `without-intact`:
//! there is no whole student beside the elastic one. `null`: labels are dealt out at random. All arms of a seed share pictures, views, first weights
//! of their size, and labelled pictures; batch norm has the statistics of the pictures of the task in all of them, so that a network that was cut out
//! or never trained has no worse ones.
//!
//! **What is chosen, on seeds from 1000 on and from one grid for every arm.** The learning rate, by nearest neighbours and ridge on digits for
//! validation: of the arm's size, and of `poa` and its variants the mean over the three sizes, since these share a pretraining.
//!
//! **Collapse** is watched: how many prototypes are in use at the end, and the effective rank of features.
//!
//! **Sources.** The abstract; formulas and tables from notes of ours after the paper's text. Left open by these: how the three losses are weighed
//! (here a half for the student and a half for each of the elastic student's), and whether the whole student learns where it teaches (here it does
//! not).

mod data;
mod look;
mod outcome;
mod plan;
mod pretraining;
mod step;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::elastic::Size;
use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Poa;

/// Which pictures it is pretrained on, and asked of first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Handwritten digits.
    Real,
    /// Pictures made here, so that no data are read.
    Made,
}

/// How a network comes to its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// It is cut out of a network that was pretrained with an elastic student.
    Poa,
    /// The same, of one pretrained on pictures whose pixels are scrambled.
    Scrambled,
    /// The same, of one whose elastic student had the teacher alone to learn from.
    WithoutSame,
    /// The same, of one whose elastic student had the whole student alone to learn from.
    WithoutOther,
    /// The same, of one without a whole student beside the elastic one.
    WithoutIntact,
    /// It is cut out of a network that was pretrained without an elastic student.
    Slim,
    /// It was pretrained as it is.
    Alone,
    /// The same, for as many operations as `Poa` takes.
    AloneLonger,
    /// It was distilled from the whole network.
    Distilled,
    /// It has its first weights.
    Random,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// How the network that is looked at comes to its weights.
    pub method: Method,
    /// Its channels, one of `widths`.
    pub width: usize,
    /// Its residual blocks, one of `depths`.
    pub blocks: usize,
    /// Channels of the sizes that an elastic student may have, even numbers that grow; the last is that of the whole network.
    pub widths: Vec<usize>,
    /// Residual blocks of these sizes, numbers that grow, as many as there are widths.
    pub depths: Vec<usize>,
    /// Pictures to pretrain on, at least 32.
    pub pictures: usize,
    /// Steps of a pretraining, at least 1.
    pub steps: usize,
    /// Pictures of a step, at least 2.
    pub batch: usize,
    /// Labelled pictures of a task to learn from, at least 10.
    pub known: usize,
    /// Labelled pictures for validation, at least 10.
    pub valid: usize,
    /// Labelled pictures to test on, at least 10.
    pub test: usize,
    /// Whether labels to learn from are dealt out at random.
    pub null: bool,
    /// Learning rates, > 0, of which one is chosen for each pretraining.
    pub rates: Vec<f64>,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            method: Method::Poa,
            width: 16,
            blocks: 4,
            widths: vec![8, 12, 16],
            depths: vec![2, 3, 4],
            pictures: 5_000,
            steps: 450,
            batch: 32,
            known: 1_000,
            valid: 1_000,
            test: 2_000,
            null: false,
            rates: vec![1e-3, 3e-3, 9.5e-3, 3e-2, 9.5e-2],
            tuning_seeds: 1,
        }
    }
}

impl Study for Poa {
    const NAME: &'static str = "poa";
    const TITLE: &'static str = "A small network pretrained by self-distillation with an elastic student, and networks of other sizes that are cut out of it";
    const CITE: &'static str = "zhang2024poa";
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
            plan::Piece::Arm(own) => look::run(&own, needs, context),
        }
    }
}

impl Settings {
    /// The size of the network that is looked at.
    fn size(&self) -> Size {
        Size { width: self.width, blocks: self.blocks }
    }

    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("width", self.width, 2, 256),
            ("blocks", self.blocks, 1, 32),
            ("widths", self.widths.len(), 1, 32),
            ("depths", self.depths.len(), self.widths.len(), self.widths.len()),
            ("pictures", self.pictures, 32, MANY),
            ("steps", self.steps, 1, MANY),
            ("batch", self.batch, 2, 65_536),
            ("known", self.known, 10, MANY),
            ("valid", self.valid, 10, MANY),
            ("test", self.test, 10, MANY),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(Poa::NAME, &counts)?;
        within(Poa::NAME, &self.widths.iter().map(|width| ("widths", *width, 2, 256)).collect::<Vec<_>>())?;
        within(Poa::NAME, &self.depths.iter().map(|depth| ("depths", *depth, 1, 32)).collect::<Vec<_>>())?;
        let rates: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        positive(Poa::NAME, &rates)?;
        let refused = |what: String| Err(StudyError::Setting(format!("{}: {what}", Poa::NAME)));
        if self.widths.iter().any(|width| !width.is_multiple_of(2)) {
            return refused(format!("widths are {:?}; the first layer has half as many channels, so that they have to be even", self.widths));
        }
        if self.widths.windows(2).chain(self.depths.windows(2)).any(|two| two[0] >= two[1]) {
            return refused(format!("widths are {:?} and depths {:?}; both have to grow", self.widths, self.depths));
        }
        if !self.widths.contains(&self.width) || !self.depths.contains(&self.blocks) {
            let wanted = format!("expected one of {:?} and one of {:?}", self.widths, self.depths);
            return refused(format!("width is {} and blocks is {}; {wanted}", self.width, self.blocks));
        }
        let all = self.pictures + self.known + self.valid + self.test;
        if self.world == World::Real && all > 10_000 {
            return refused(format!("pictures, known, valid and test are {all} together; there are 10,000 digits"));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Poa::NAME))
}
