//! Pretraining on the data of the task itself, before architectures are compared (Amos, Berant and Gupta, arXiv 2310.02980).
//!
//! **What the paper claims.** Trained from random weights on Long Range Arena, state space models are far ahead of transformers. Where both first
//! learn to restore masked tokens of the sequences of the task itself, both gain much, the gap between them nearly closes, and what structured
//! parameterisations of state spaces are worth is mostly gone.
//!
//! **What is trained.** Encoders that are alike but for how places exchange what they know (`blocks::long_encoder`): attention, diagonal state
//! spaces that begin structured (as in S4D), or at random. Two tasks, made here in small: nested lists of operations on ten values
//! (`blocks::list_ops`), with the generator of Long Range Arena, and paths that join two marks or do not (`blocks::pathfinder`), as sequences of
//! cells. An answer is read off the mean of all places.
//!
//! **Beginnings** (`start`). `scratch`: random weights. `pretrained`: for `pretraining-steps` the encoder restores masked tokens (a tenth in lists,
//! half in pictures, as in the paper) of the very sequences that it is given labels of afterwards, and goes on from there with a new head.
//!
//! **Controls.** `longer`: random weights, and as many more labelled steps as make the operations of pretraining. `shuffled`: pretraining on the
//! same sequences with the tokens of each in an order that is drawn anew whenever it is seen, so that counts of tokens are all that is left of
//! them. `other`: pretraining on the sequences of the other task, which has no token in common. All arms of a seed share data, first weights of
//! what they have in common, and the sequences of every labelled step. One learning rate for pretraining and after it is chosen for every mixer,
//! from one grid, by the test accuracy on seeds from 1000 on, once from scratch, once for `longer` with its own steps, and once pretrained (taken by
//! `shuffled` and `other`), with all labels (taken with few). Pictures come in pairs of either answer whose marks lie alike, so that answers cannot
//! be told by where the marks are.
//!
//! **What is known.** `statistics`: the share of every root value of lists by enumeration against that of draws, answers of pictures against a
//! search along paths and against what marks alone tell, and a state space layer against the convolution that it is.
//!
//! **Sources.** The abstract; the authors' configurations and the generator of Long Range Arena, as a survey of ours read them.

mod asked;
mod data;
mod fit;
mod gather;
mod plan;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use asked::{Settings, Start, Task};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct NeverFromScratch;

impl Study for NeverFromScratch {
    const NAME: &'static str = "never-from-scratch";
    const TITLE: &'static str = "Attention and state spaces on small lists and paths, from scratch and pretrained on the same sequences";
    const CITE: &'static str = "amos2024never";
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
            plan::Piece::Pretraining(own) => fit::pretrain(&own, needs, context),
            plan::Piece::Fit(own) => fit::run(&own, needs, context),
            plan::Piece::Relation(own) => gather::relation(&own, needs),
            plan::Piece::Statistics(own) => data::statistics(&own, context.seed),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", NeverFromScratch::NAME))
}
