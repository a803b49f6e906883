//! Models with the same pretraining loss and different features: flatness of the minimum, and what a probe finds (arXiv 2210.14199).
//!
//! **What the paper claims.** Where pretraining has reached the least loss there can be, longer training, a larger model or another optimiser still
//! change what a probe finds in the features. Flatness, the trace of the Hessian, tells these models apart where the loss does not: stochastic
//! gradient descent moves along the minima towards flatter ones, which transfer better.
//!
//! **What is trained.** `markov`: a small transformer on texts of a hidden Markov chain (see `blocks::hidden_markov`), one symbol of which is masked.
//! The distribution of a masked symbol given the rest is known exactly, and so is the excess of the loss over its least value. A model is brought
//! near that value with exact distributions as targets (*saturation*), so that no noise of labels is in it. An arm goes on from there for some steps
//! (*noise*), and all end with the same steps at a falling rate, again with exact targets (*settling*), so that arms are held against one another
//! with all noise gone. `diagonal`: scores uₖ vₖ of a few classes, where the drift of stochastic gradient descent along the minima is known exactly.
//!
//! **Arms.** `base`: nothing between saturation and settling. `short`, `longer`: AdamW on sampled symbols, for a quarter of the steps and for all.
//! `sgd`: plain stochastic gradient descent on them. `sam`: AdamW on gradients a little uphill. `adversarial`: AdamW on the loss less λ times the
//! loss of a linear head that learns the hidden states from the features. `table`: no network; the features of a place are its exact distribution
//! given the rest. Sizes of the feed-forward parts are arms as well.
//!
//! **Controls.** `exact`, `sgd-exact`: the steps, batches and rates of `longer` and `sgd` with exact targets, so that only the noise of labels is
//! gone. `random`: first weights. `shuffled`: saturated and settled on texts in random order. `rescaled`: `base` with the gains of its norms
//! multiplied and the weights after them divided by the same numbers, which changes the trace and no output. `sam` takes two passes in a step and makes
//! half as many; `adversarial` takes two as well and has the steps and the rate of `longer`, which it is held against. The rate of saturation is chosen
//! by the excess after `trial-steps`, and that of an arm is the largest with which the excess ends at most half of `slack` above that of `base`, both
//! from a grid on seeds from 1000 on. Arms of one seed share chain, first weights, and the
//! texts of every phase; a smaller batch is the beginning of a larger one.
//!
//! **What is measured.** `excess`: mean Kullback–Leibler divergence from the exact distributions. `trace`: the trace of the Hessian as the mean
//! squared length of the gradient of the logarithm of a symbol's share, the symbol drawn from the model (the paper's estimator, which is the
//! Hessian's where the model is right). `relative`: the same with the part of every tensor times the squared length of that tensor, which no
//! rescaling of two tensors against one another changes. `probe`: ridge classifiers that find the hidden state of a place in what stands there
//! after the last block.
//!
//! **Sources.** The abstract, and notes of others on the paper, as a survey of ours has them.

mod asked;
mod data;
mod diagonal;
mod gather;
mod measure;
mod plan;
mod reparametrise;
#[cfg(test)]
mod tests;
mod train;

use std::ops::Range;

pub use asked::{Method, Settings, World};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct SameLoss;

impl Study for SameLoss {
    const NAME: &'static str = "same-loss";
    const TITLE: &'static str = "Masked models of a hidden Markov chain at the least loss there can be: flatness, and what a probe finds";
    const CITE: &'static str = "liu2022same";
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
            plan::Piece::Saturation(own) => train::saturate(&own, needs, context),
            plan::Piece::Try(own) => train::branch(&own, false, needs, context),
            plan::Piece::Branch(own) => train::branch(&own, true, needs, context),
            plan::Piece::Given(own) => measure::given(&own, needs, context.seed),
            plan::Piece::Run(own) => gather::run(&own, needs),
            plan::Piece::Relation(own) => gather::relation(&own, needs),
            plan::Piece::Diagonal(own) => diagonal::run(&own, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", SameLoss::NAME))
}
