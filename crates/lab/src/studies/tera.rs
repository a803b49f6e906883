//! Encoders of speech that learn to put altered frames right (TERA; Liu et al., arXiv 2007.06028), along time, frequency and magnitude.
//!
//! **What the paper claims.** A transformer that reconstructs frames of sound from frames altered along three axes gives features that are better
//! than the frames themselves and than those of earlier methods, for what is said and for who says it. Altering time helps the one most, altering
//! frequency the other. Small models are the better ones when they are frozen, large ones when all weights are trained on. Features serve data that
//! were not used in pretraining.
//!
//! **What is trained.** Two blocks of width 32 on 40 log-mel numbers of spoken digits, normalised sound by sound (see `blocks::log_mel`), with the
//! loss of the paper: the absolute error of what was altered. What is then measured, on takes that nobody learned from, are digits of a speaker who
//! was left out (`digit`, the mean over all speakers) and speakers (`speaker`): by a ridge classifier that learns from a few takes, on frozen
//! features, as means over the three thirds of a sound, or frame by frame with a vote (`digit-frames`, `speaker-frames`); and by all weights, which
//! learn from the same takes (`digit-tuned`, of two speakers who were left out, and `speaker-tuned`). Means over a whole sound would not do: its
//! frames have mean 0, so that the frames themselves would know nothing by construction.
//!
//! **Worlds.** `fsdd`: ten digits, six speakers, forty takes of each. `made`: pulses through resonances, whose pitch and formants are a speaker's
//! (see `blocks::formant_tones`). `alike`: the same, and speakers do not differ, so that nobody can tell them apart.
//!
//! **Methods.** `t`, `f`, `m`, `tf` and `tera`: alterations of time, frequency, magnitude, of the first two, of all three. `apc`: an earlier method,
//! autoregressive predictive coding (Chung et al., arXiv 1904.03240), which predicts the third frame to come. `t` alone is another one (Mockingjay).
//!
//! **Controls.** `log-mel`: no network. `random`: first weights. `shuffled`: as `tera`, with the frames of every sound in random order: what is left
//! is what stands beside each other in a frame. `noise`: on normal numbers in the place of frames: nothing is left. `elsewhere`: on made sounds.
//! `longer`: first weights, and labels for as many more operations as pretraining took. `transfer`: three of the speakers are for pretraining alone,
//! the three others for all else. Rates of pretraining are chosen for every method by frozen probes on other takes, those of the fit by what all
//! weights know of them, from one grid each, on seeds from 1000 on. Arms of one seed share takes, first weights, the sounds of every step and what is
//! altered of them.
//!
//! **Sources.** The abstract, and the authors' code (s3prl: `task.py` and configurations) as a survey of ours read it.

mod asked;
mod data;
mod fit;
mod gather;
mod lesson;
mod network;
mod plan;
mod pretraining;
mod probe;
#[cfg(test)]
mod tests;
mod tune;

use std::ops::Range;

pub use asked::{Method, Settings, Size, World};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Tera;

impl Study for Tera {
    const NAME: &'static str = "tera";
    const TITLE: &'static str = "Encoders of spoken digits that put altered frames right, along time, frequency and magnitude: what is said, and who says it";
    const CITE: &'static str = "liu2021tera";
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
            plan::Piece::Pretraining(own) => pretraining::run(&own, needs, context),
            plan::Piece::Chosen(own) => pretraining::chosen(&own, stage.seed, needs),
            plan::Piece::Trial(own) => fit::trial(&own, needs, context),
            plan::Piece::Fit(own) => fit::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Tera::NAME))
}
