//! Targets of pretraining that are designed by what they are worth downstream (Ke and Fanti, arXiv 2601.22108), on a softmax learner where all is exact.
//!
//! **What the paper claims.** A small designer softens the next-token targets of a learner towards some of the learner's own candidates, and is trained
//! for the first-order gain of the downstream loss, V = ⟨g_down, g_pre⟩; the learner itself never trains on downstream labels. At equal learner steps
//! this beats next-token prediction on reasoning, and it saves tokens.
//!
//! **What is trained.** A learner that gives the next token by a softmax over linear scores of the features of a context: what is trained of a network
//! when the parameter subset is its last layer. Its stream is a mixture of sources, each with conditionals of its own; nothing says which source a
//! token is from. The downstream task asks for what one of the sources says (up to `related`), and labels of it are known for some contexts; it is
//! tested, exactly, on others. Plain gradient descent at a rate that falls to zero along a line.
//!
//! **Designers.** `value`: candidates are the likeliest `top` tokens of the learner; q = (1 − α) δ_y + α p, where α and the scores of p are linear in the
//! features of the context, with a weight on the learner's own scores, and climb V by AdamW's steps without decay. `plain`: the token that came.
//!
//! **Controls.** `plain-longer`: as many more steps as make the operations of `value`. `random`: g_down in a random direction, as long as it is.
//! `shuffled`: labels dealt out at random. `smoothing` and `distillation`: α is fixed, and p is even or the learner's own. `labels`: no designer; a share
//! α of every step is a gradient on the same labels, which is the simple way to use them and which the paper lacks. `value-less`: `value` with
//! `less` of the steps. `oracle`: g_down of the whole task. Rate and α are chosen for every arm from one grid on seeds from 1000 on, by the loss that is
//! tested. Arms of a seed share world, labels and stream.
//!
//! **Theorem 3.1.** L(θ) − L(θ⁺) ≥ η V − (β η² / 2) |g_pre|², for the loss on all labels, with β half the Frobenius norm of the mean of x xᵀ, which is
//! above its largest eigenvalue times the largest of a softmax's.
//!
//! **Sources.** The paper as a survey of ours read it, and its abstract.

mod course;
mod designer;
mod gather;
mod learner;
mod plan;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{best, planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct VPretraining;

/// Who designs the targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// Nobody: the token that came.
    Plain,
    /// Nobody, for as many operations as `value` takes.
    PlainLonger,
    /// What climbs the value of a step.
    Value,
    /// The same with a share of the steps.
    ValueLess,
    /// The same towards random directions.
    Random,
    /// The same with labels dealt out at random.
    Shuffled,
    /// The same with the gradient of the whole task.
    Oracle,
    /// An even share for the learner's candidates.
    Smoothing,
    /// The learner's own shares for its candidates.
    Distillation,
    /// Nobody: labels are learned from directly.
    Labels,
}

impl Design {
    /// Whether a designer learns.
    fn learns(self) -> bool {
        matches!(self, Self::Value | Self::ValueLess | Self::Random | Self::Shuffled | Self::Oracle)
    }

    /// Whether it has an α.
    fn has_share(self) -> bool {
        !matches!(self, Self::Plain | Self::PlainLonger)
    }
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Who designs the targets.
    pub design: Design,
    /// Contexts, at least 4; labels are of the first half, tests of the second.
    pub contexts: usize,
    /// Features of a context, 2 to 256.
    pub features: usize,
    /// Tokens, 3 to 256.
    pub tokens: usize,
    /// Sources of the stream, 1 to 64.
    pub sources: usize,
    /// Spread of the scores by which a source gives tokens, > 0.
    pub sharp: f64,
    /// How much the task has of the first source, 0 to 1.
    pub related: f64,
    /// Labels that are known, at least 1.
    pub feedback: usize,
    /// Tokens of a step, and labels of a step, at least 1.
    pub batch: usize,
    /// Steps, at least 10.
    pub steps: usize,
    /// Share of the steps of `value-less`, above 0 and at most 1.
    pub less: f64,
    /// Candidates, 1 or more.
    pub top: usize,
    /// Learning rate of the designer, > 0.
    pub designer_rate: f64,
    /// First learning rates of the learner, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Largest shares α (of fixed ones the share itself), 0 to 1, of which one is chosen.
    pub shares: Vec<f64>,
    /// Points of a curve, at least 2.
    pub looks: usize,
    /// Seeds that rates and shares are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            design: Design::Value,
            contexts: 240,
            features: 24,
            tokens: 24,
            sources: 5,
            sharp: 2.5,
            related: 0.9,
            feedback: 64,
            batch: 32,
            steps: 1_000,
            less: 0.4,
            top: 5,
            designer_rate: 0.03,
            rates: vec![1.0, 3.0, 10.0, 30.0, 100.0],
            shares: vec![0.1, 0.3, 0.6, 0.9],
            looks: 24,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", VPretraining::NAME)));
        within(
            VPretraining::NAME,
            &[
                ("contexts", self.contexts, 4, MANY),
                ("features", self.features, 2, 256),
                ("tokens", self.tokens, 3, 256),
                ("sources", self.sources, 1, 64),
                ("feedback", self.feedback, 1, MANY),
                ("batch", self.batch, 1, 65_536),
                ("steps", self.steps, 10, MANY),
                ("top", self.top, 1, self.tokens),
                ("rates", self.rates.len(), 1, 100),
                ("shares", self.shares.len(), 1, 100),
                ("looks", self.looks, 2, 10_000),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        let shares = self.shares.iter().map(|share| ("shares", *share)).chain([("related", self.related)]);
        if let Some((name, value)) = shares.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
            return wrong(format!("{name} has {value}; it must be 0 to 1"));
        }
        if !(self.less > 0.0 && self.less <= 1.0) {
            return wrong(format!("less is {}; it must be above 0 and at most 1", self.less));
        }
        let others = [("sharp", self.sharp), ("designer-rate", self.designer_rate)];
        positive(VPretraining::NAME, &self.rates.iter().map(|rate| ("rates", *rate)).chain(others).collect::<Vec<_>>())
    }

    /// Steps of the learner.
    fn length(&self) -> u64 {
        let steps = self.steps as f64;
        match self.design {
            Design::ValueLess => (steps * self.less).ceil() as u64,
            Design::PlainLonger => (steps * course::flops_of_step(self, Design::Value) / course::flops_of_step(self, Design::Plain)).ceil() as u64,
            _ => self.steps as u64,
        }
    }

    /// Pairs of a rate and a share, in the order in which they are tried.
    fn candidates(&self) -> Vec<(f64, f64)> {
        let none = [0.0];
        let shares: &[f64] = if self.design.has_share() { &self.shares } else { &none };
        self.rates.iter().flat_map(|rate| shares.iter().map(move |share| (*rate, *share))).collect()
    }
}

impl Study for VPretraining {
    const NAME: &'static str = "v-pretraining";
    const TITLE: &'static str = "Next-token targets that are designed by what a step on them is worth downstream, on a softmax learner";
    const CITE: &'static str = "ke2026value";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "rates and shares", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let own = settings::parse::<Settings>(&stage.settings)?;
        let scores: Vec<f64> = needs.iter().map(|need| need.scalar("score").unwrap_or(0.0)).collect();
        let chosen = best(&own.candidates(), &scores).ok_or_else(|| StudyError::Other(format!("{}: there is no rate to choose from", Self::NAME)))?;
        course::run(&own, chosen, context)
    }
}
