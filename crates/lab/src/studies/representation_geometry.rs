//! Three phases of the geometry of representations: collapse, expansion, compression (Li et al., arXiv 2509.23024).
//!
//! **What the paper claims.** Along pretraining the effective rank of last-token representations falls at first (*warm-up*), then rises by a factor
//! while n-grams are memorised (*entropy-seeking*), and falls again while what is asked downstream is learned (*compression-seeking*).
//! Cross-entropy, skewed frequencies and fewer dimensions than words are enough for it. Supervised fine-tuning and preferences raise the rank,
//! rewards that are checked lower it.
//!
//! **What is trained.** A small decoder on documents of a chain of order two whose conditionals are known (`blocks::corpora`), with frequencies of
//! words that fall as their rank; a share of the documents repeats a phrase to the end, which asks for a look far back. At checkpoints that are
//! evenly spaced in the logarithm of the step, from the states of the last place of other documents: the effective rank of the variances along
//! principal components (as the authors' code has it) and of singular values (as RankMe has it), the decay of the variances and its fit; beside
//! them how well the model's likelihoods rank the words of texts as the exact conditionals do, and the share of right words in phrases that are
//! repeated.
//!
//! **Phases.** Fixed before the first run: the logarithm of the rank, smoothed over `window` checkpoints on either side, and turns after a way back
//! of `hysteresis` (`blocks::turns`). A first leg down is the collapse, the next one up the expansion, the one down after it the compression; each
//! is zero where there is none. A *sequence* has all three.
//!
//! **What is taken out** (`without`). `skew`: all words are as frequent. `bottleneck`: no more tokens than dimensions. `entropy`: squared errors of
//! scores in the place of cross-entropy. Each has the same model, the same steps and documents a step; rates are chosen for each from one grid on
//! seeds from 1000 on, by what is known of texts and phrases.
//!
//! **Afterwards** (`after`). From a model after fewer steps (`base`), whose phrases are half known: `sft`, texts of a related domain; `dpo`, pairs
//! of endings, by that domain and by the first one (Rafailov et al., 2023); `rl`, the model's own endings of phrases, rewarded where all their
//! words are right (REINFORCE with the mean of a group as baseline). Controls: `continue` has as many texts of the first domain in as many steps at
//! the rate of `sft`; `dpo-random` has pairs whose order is dealt out, `rl-random` rewards that are dealt out within groups, both at the rates of
//! what they are held against.
//!
//! **What is known.** `toy`: features that are free, of samples of four words, the paper's smallest case, with the same parts taken out.
//! `balanced`: the same from FᵀF = W Wᵀ, which gradient flow conserves (Theorem 1), so that singular values of both stay equal; and singular values
//! move by σ̇ = −σ pᵀG r, at most σ times the length of G (Theorem 2).
//!
//! **Sources.** The metrics: the authors' code, and the paper, as a survey of ours read them.

mod after;
mod asked;
mod exam;
mod gather;
mod phases;
mod plan;
#[cfg(test)]
mod tests;
mod toy;
mod train;
mod world;

use std::ops::Range;

pub use asked::{After, Settings, Without, World};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct RepresentationGeometry;

impl Study for RepresentationGeometry {
    const NAME: &'static str = "representation-geometry";
    const TITLE: &'static str = "Effective rank of a small language model's states along pretraining and after it, its causes taken out one by one";
    const CITE: &'static str = "li2025tracing";
    const EPOCH: u32 = 2;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Trial(own) => train::short(&own, false, needs, context),
            plan::Piece::Base(own) => train::short(&own, true, needs, context),
            plan::Piece::Whole(own) => train::whole(&own, needs, context),
            plan::Piece::After(own) => after::run(&own, needs, context),
            plan::Piece::Toy(own) => toy::run(&own, context),
            plan::Piece::Balanced(own) => toy::balanced(&own, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", RepresentationGeometry::NAME))
}
