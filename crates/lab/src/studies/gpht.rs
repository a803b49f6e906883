//! A generative pretrained hierarchical transformer for forecasting (GPHT; Liu et al., arXiv 2402.16516).
//!
//! **What the paper claims.** One transformer is pretrained to give the next piece of a series, on a mixture of series from everywhere, each
//! channel on its own. It forecasts any horizon by appending what it says, and beats models that were trained for one data set and one horizon,
//! with all of the data, with a few of them, and with none. Its stages see the series at several resolutions: each says what the ones before it
//! have left over.
//!
//! **What is trained.** The same in the small: pieces of 24 hours, seven of them, two stages (maxima over 4 hours, and hours as they are) of
//! width 32. It is pretrained on one electricity transformer (ETTh2) and on made series of six families (see `blocks::series`), and asked to
//! forecast another one (ETTh1) for 24 and for 96 hours: as it is, or after its heads have learned from the first hours of ETTh1 (`share` of
//! its training part). `mse-whole` and the like are in units of the variance of a channel. All that learns is looked at five times on the
//! validation part, and the best is kept.
//!
//! **Controls.** `scratch`: no pretraining, all weights learn. `longer`: the same with as many more windows as pretraining passed.
//! `random-heads`: heads on first weights, which stay. `real` and `synthetic`: pretrained on one half of the mixture. `shuffled`: on the
//! mixture with the hours of every window in random order. `flat`: both stages see hours as they are. `causal`: pieces are normalised by what
//! came before their end, where the paper normalises a window by all of it, so that while it learns a piece knows the level of those that it is
//! asked for. `dlinear`: a linear forecast of trend and remainder (Zeng et al., arXiv 2205.13504), trained for 96 hours, for as many steps as
//! `longer`. `naive`: the last day again. Arms of one seed share first weights, the windows of pretraining (but for where they come from) and
//! those of every later step. Learning rates are chosen on seeds from 1000 on, from one grid, for every arm and share, by the error on the
//! validation part.
//!
//! **What test hours add.** The test part is one stretch of time, the same for all seeds. `dm-longer`, `dm-dlinear` and `dm-naive` are the
//! statistics of Diebold and Mariano of the errors of one seed against those of another arm, which take in that forecasts overlap.
//!
//! **Worlds.** `ett`, as said. `noise`: the target is noise that nobody can foresee, so that the best there is is an error of 1. `made`: source
//! and target are made series with a day and a week, and no data are read.
//!
//! **What the target gives.** Without a share nothing is learned from the target. Its channels are still standardised by all hours of its
//! training part, whatever the share; with a share the whole validation part chooses learning rates and which look is kept.
//!
//! **Sources.** The authors' code (icantnamemyself/GPHT): `models/GPHT.py`, `exp/exp_long_term_forecasting_GPHT.py` and `run.py`, which were
//! read; and the abstract. What is smaller here, and what differs, stands in the deviations of `experiments/gpht`.

mod asked;
mod data;
mod fit;
mod forecast;
mod gather;
mod learner;
mod linear;
mod network;
mod plan;
mod pretraining;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use asked::{Method, Settings, World};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Gpht;

impl Study for Gpht {
    const NAME: &'static str = "gpht";
    const TITLE: &'static str = "A transformer pretrained to give the next day of series, real and made ones, and asked to forecast another series";
    const CITE: &'static str = "liu2024gpht";
    const EPOCH: u32 = 2;
    const RESOURCE: &'static str = "hour";
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
            plan::Piece::Pretraining(own) => pretraining::run(&own, context),
            plan::Piece::Fit(own) => fit::run(&own, needs, context),
            plan::Piece::Arm(own) => gather::run(&own, needs),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Gpht::NAME))
}
