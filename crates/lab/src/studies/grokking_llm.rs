//! Memorising first and generalising later in a mixture of experts, and the ways of samples through it (Li et al., arXiv 2506.21551).
//!
//! **What the paper claims.** In the pretraining of a language model with experts (OLMoE) samples are memorised at different times, and what was
//! held out is answered later. Meanwhile the ways of samples through the experts become more alike, and each of them less complex; both numbers
//! need no test and predict the accuracy of tests.
//!
//! **What is trained.** Three layers of eight experts, of which a router chooses two for a question, on three domains at once (see `world`): sums
//! modulo a number, of which a part is held out; pairs of keys with an answer drawn at random, which can only be learned by heart; and text in
//! which a word follows another. A question is one row of two embedded tokens. AdamW decays all weights; experts are balanced as in OLMoE; the rate
//! falls to zero.
//!
//! **What is measured** at every look: the distance of ways (Levenshtein's, of what the authors write, and over the length), their complexity C and
//! with it the consistency 1 − C (the paper's formula makes C lower where layers follow one another smoothly, and its tables speak of consistency:
//! the sign is not clear, so that both can be read off), the entropy of the weights of experts, and when every question is memorised (t*) or
//! answered for good (t#), both as defined by the authors (see `onset`). `fit` is the first look at which nine tenths of the sums that are learned
//! are right; from there to the end distances and complexity are followed (`fall-…`), and held against the share of held-out sums that are right:
//! by rank (`rank-…`, with that of the step itself), and with the logarithm of the step taken out (`partial-…`).
//!
//! **Controls.**
//! - `frozen`: the router keeps its first weights, so that nothing about it can be learned; what its experts are given still changes.
//! - `held`: the entropy of the weights of experts is held at what it was at first, so that a way cannot become shorter or plainer by sharper
//!   weights.
//! - `sharp`: the router does not decay, and becomes sharper by itself.
//! - `no-decay`: no weight decays. The network memorises the same questions and does not generalise in these steps.
//! - `random-sums`: the answers to sums are drawn at random, independently for every question: nothing that is learned says anything about what is
//!   held out, and generalisation is impossible. What falls here as well is no sign of it.
//! - In every arm, the ways of the same questions with the experts of every layer dealt out anew (`distance-permuted`): their number and weights,
//!   and so the entropy, are the same, and nothing else. And the ways of pairs, within the same network (`distance-pairs`).
//! - The step itself, as a predictor.
//!
//! The rate is chosen from one grid on seeds from 1000 on, by the mean share of right answers at the end of the learned router over what is learned
//! and what is held out, and is the same for all arms: with another one a control would differ in more than what it is a control of, since
//! distances of ways depend on the rate. Arms of one seed share questions, first weights and batches.
//!
//! **Sources.** A survey of ours, which read the paper's full text; sizes are ours, such that a training takes seconds.

mod fit;
mod gather;
mod network;
mod onset;
mod plan;
mod record;
mod relation;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{best, planned, positive, within};
use crate::grid::log_spaced;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct GrokkingLlm;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// All weights, the router's among them.
    Learned,
    /// The router does not decay.
    Sharp,
    /// The router keeps its first weights.
    Frozen,
    /// The entropy of the weights of experts is held.
    Held,
    /// No weight decays.
    NoDecay,
    /// The answers to sums are drawn at random.
    RandomSums,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is trained.
    pub method: Method,
    /// Learning rates, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Weight decay, > 0: each step takes this times the rate of a number away.
    pub decay: f64,
    /// Weight of the loss that balances experts, > 0.
    pub balance: f64,
    /// Weight of the loss that holds the entropy, > 0.
    pub hold: f64,
    /// What sums are taken modulo, 3 to 200.
    pub modulus: usize,
    /// Share of the sums that is learned, between 0 and 1.
    pub learned: f64,
    /// Keys there are, 2 to 1,000.
    pub keys: usize,
    /// Pairs of keys, at least 1.
    pub pairs: usize,
    /// How often a pair is given with an answer drawn anew, 0 to 1.
    pub noise: f64,
    /// Words there are, 2 to 1,000.
    pub words: usize,
    /// Texts that are learned, and as many that are held out, at least 1.
    pub texts: usize,
    /// Width of the network, 2 to 512.
    pub width: usize,
    /// Hidden units of an expert, 1 to 512.
    pub hidden: usize,
    /// Experts of a layer, 2 to 10.
    pub experts: usize,
    /// Experts that are chosen for a question, at least 1.
    pub chosen: usize,
    /// Layers, 3 to 12: of fewer a way has no complexity.
    pub layers: usize,
    /// Questions of a step, at least 1.
    pub batch: usize,
    /// Steps, at least 20.
    pub steps: usize,
    /// Looks, evenly spaced; half as many more are evenly spaced in the logarithm of the step. At least 20.
    pub looks: usize,
    /// Questions of every domain whose ways are followed, at least 2.
    pub tracked: usize,
    /// The weight that the experts of a way add up to, between 0 and 1.
    pub weight_share: f64,
    /// How far a memorised question may be from its last loss, > 0.
    pub delta: f64,
    /// Share of the learned sums that is right when they are fitted, between 0 and 1.
    pub fit: f64,
    /// Share of held-out questions that is right when the network generalises, between 0 and 1.
    pub general: f64,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::Learned,
            rates: vec![1e-3, 3.2e-3, 1e-2, 3.2e-2, 0.1],
            decay: 3.0,
            balance: 0.01,
            hold: 1.0,
            modulus: 23,
            learned: 0.7,
            keys: 20,
            pairs: 200,
            noise: 0.1,
            words: 24,
            texts: 300,
            width: 48,
            hidden: 24,
            experts: 8,
            chosen: 2,
            layers: 3,
            batch: 256,
            steps: 1_600,
            looks: 64,
            tracked: 48,
            weight_share: 0.7,
            delta: 0.05,
            fit: 0.9,
            general: 0.8,
            tuning_seeds: 3,
        }
    }
}

impl Settings {
    /// Sums that are learned.
    fn sums(&self) -> usize {
        (self.learned * self.modulus.pow(2) as f64).round() as usize
    }

    /// Tokens there are.
    fn tokens(&self) -> usize {
        self.modulus + self.keys + self.words
    }

    /// Steps before which a training is looked at; its end is looked at as well.
    fn grid(&self) -> Vec<u64> {
        let (steps, looks) = (self.steps as u64, self.looks as u64);
        let mut grid: Vec<u64> = (1..looks).map(|k| k * steps / looks).collect();
        grid.extend(log_spaced(2, steps, self.looks / 2));
        grid.retain(|step| (1..steps).contains(step));
        grid.sort_unstable();
        grid.dedup();
        grid
    }

    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        within(
            GrokkingLlm::NAME,
            &[
                ("rates", self.rates.len(), 1, 100),
                ("modulus", self.modulus, 3, 200),
                ("keys", self.keys, 2, 1_000),
                ("pairs", self.pairs, 1, self.keys.pow(2)),
                ("words", self.words, 2, 1_000),
                ("texts", self.texts, 1, MANY),
                ("width", self.width, 2, 512),
                ("hidden", self.hidden, 1, 512),
                ("experts", self.experts, 2, 10),
                ("chosen", self.chosen, 1, self.experts),
                ("layers", self.layers, 3, 12),
                ("batch", self.batch, 1, 65_536),
                ("steps", self.steps, 20, MANY),
                ("looks", self.looks, 20, 10_000),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        let open = [("learned", self.learned), ("weight-share", self.weight_share), ("fit", self.fit), ("general", self.general)];
        let inside = |value: f64| value > 0.0 && value < 1.0;
        if let Some((name, value)) = open.into_iter().find(|(_, value)| !inside(*value)) {
            return Err(StudyError::Setting(format!("{}: {name} is {value}; it must be between 0 and 1", GrokkingLlm::NAME)));
        }
        if !(0.0..=1.0).contains(&self.noise) {
            return Err(StudyError::Setting(format!("{}: noise is {}; it must be 0 to 1", GrokkingLlm::NAME, self.noise)));
        }
        let (learned, all) = (self.sums(), self.modulus.pow(2));
        within(GrokkingLlm::NAME, &[("learned sums", learned, 2, all - 1), ("tracked", self.tracked, 2, learned.min(self.pairs).min(self.texts))])?;
        let strengths = [("decay", self.decay), ("balance", self.balance), ("hold", self.hold), ("delta", self.delta)];
        let all = self.rates.iter().map(|rate| ("rates", *rate)).chain(strengths);
        positive(GrokkingLlm::NAME, &all.collect::<Vec<_>>())
    }
}

impl Study for GrokkingLlm {
    const NAME: &'static str = "grokking-llm";
    const TITLE: &'static str = "The ways of samples through a small mixture of experts, from memorising to generalising, with routers frozen and held";
    const CITE: &'static str = "li2025grokking";
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
        let own: Settings = settings::parse(&stage.settings)?;
        let scores: Vec<f64> = needs.iter().map(|outcome| outcome.scalar("score").unwrap_or(0.0)).collect();
        let rate = best(&own.rates, &scores);
        let rate = rate.ok_or_else(|| StudyError::Other(format!("{}: there is no learning rate to choose from", Self::NAME)))?;
        fit::run(&own, rate, context)
    }
}
