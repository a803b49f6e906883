//! Common minima of several sources: steps along an inner loop of normalised gradients (Nexus, arXiv 2604.09258) against AdamW, at equal loss.
//!
//! **What the paper claims.** Two trainings that end at the same loss may differ in how near to one another the minima of their sources lie. AdamW
//! tends to end where they are far apart. Nexus raises the similarity of the gradients of the sources, which brings minima together, and what was
//! never trained on is predicted better at the same loss.
//!
//! **What is trained.** `language`: a small decoder on eight domains that are made here (see `world`). A domain is a chain of words in an alphabet,
//! both of which are named at the head of a document; each of four chains and each of four alphabets is seen in two domains, and the other eight
//! pairs are never seen (out of distribution). Losses are in nats a word above the entropy of the chain, on new documents. `quadratic`: losses ½ (θ −
//! cᵢ)ᵀ Aᵢ (θ − cᵢ) that share their flat directions, where all can be said exactly (see `quadratic`).
//!
//! **The optimiser** is a reconstruction of ours from notes on the paper, whose code is not published. From θ₀ = θ, for every source k in turn, θₖ =
//! θₖ₋₁ − γ gₖ(θₖ₋₁) / |gₖ(θₖ₋₁)|; then AdamW makes a step along (θ₀ − θ_K) / (K γ), times the mean length of the gradients.
//!
//! **Controls.** `adamw`: the mean gradient of the same documents. `normalised`: γ → 0, normalised gradients without an inner loop. `reptile`: an
//! inner loop without normalising. `nexus-order`: sources in random order, anew in every step. `nexus-mixed`: the same inner loop over the same
//! documents, dealt out to its steps at random, so that a step is no source. `sam`: sharpness-aware minimisation. `penalty`: the loss less λ times
//! the mean cosine of gradients, whose slope is taken by differences of gradients. The last two need two gradients of a document and so make half
//! as many steps: all arms pass equally many documents forward and backward.
//!
//! **Matched loss.** Along every training both losses are looked at. An arm is held against AdamW of its seed at the lowest training loss that both
//! reach, by straight lines between looks (`ood-gap`). The rate of an arm is chosen by its training loss, from one grid on seeds from 1000 on; the
//! strength (γ, the radius or λ) by `ood-gap` there, among those whose training loss ends at most `slack` above that of AdamW, and is the smallest
//! where there is none. That favours the arms with a strength over AdamW, which has none. Arms of one seed share world, first weights and documents.
//!
//! **Sources.** The abstract, and a survey of ours of notes on the paper.

mod closeness;
mod direction;
mod exam;
mod gather;
mod language;
mod plan;
mod quadratic;
mod root;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{best, planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Nexus;

/// What a step goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The mean gradient.
    Adamw,
    /// The mean of normalised gradients.
    Normalised,
    /// An inner loop of normalised gradients.
    Nexus,
    /// The same with its sources in random order.
    NexusOrder,
    /// The same with documents dealt out to its steps at random.
    NexusMixed,
    /// An inner loop of gradients as they are.
    Reptile,
    /// The mean gradient a little uphill.
    Sam,
    /// The slope of the loss less a multiple of the mean cosine of gradients.
    Penalty,
}

impl Method {
    /// Whether it has a strength.
    fn has_strength(self) -> bool {
        !matches!(self, Self::Adamw | Self::Normalised)
    }

    /// How many gradients of a document a step takes.
    fn passes(self) -> usize {
        if matches!(self, Self::Sam | Self::Penalty) { 2 } else { 1 }
    }
}

/// What losses there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Those of a small decoder on domains of documents.
    Language,
    /// Quadratic ones with flat directions in common.
    Quadratic,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What losses there are.
    pub world: World,
    /// What a step goes along.
    pub method: Method,
    /// Peaks of the learning rate, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Strengths, > 0, of which one is chosen; at least 1.
    pub strengths: Vec<f64>,
    /// How far above AdamW's the training loss may end, for a strength to be chosen, 0 or more.
    pub slack: f64,
    /// Passes of a source through its loss, in steps of AdamW: even, at least 20.
    pub steps: usize,
    /// Looks along a training, at least 2.
    pub looks: usize,
    /// Seeds that rates and strengths are chosen on, at least 1.
    pub tuning_seeds: u64,
    /// Alphabets, and as many chains, 3 to 8.
    pub styles: usize,
    /// Words there are, 4 to 1,000.
    pub words: usize,
    /// Share of the words that an alphabet deals out anew, 0 to 1.
    pub permuted: f64,
    /// Share of the rows that all chains have from the first, 0 to 1.
    pub shared: f64,
    /// Width of the decoder, 4 to 256, a multiple of 4 (it has four heads).
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Documents of a domain in a step, at least 1.
    pub batch: usize,
    /// Documents of a domain that are held out, at least 1.
    pub held_out: usize,
    /// Steps of fine-tuning to a domain, at least 1.
    pub fine_steps: usize,
    /// Quadratic losses to train on, 2 to 64.
    pub sources: usize,
    /// Numbers that they have, 3 to 100.
    pub dimension: usize,
    /// Flat directions among them, at least 1, and two fewer than there are numbers at most.
    pub flat: usize,
    /// How far apart their minima lie, 0 or more; 0 for one in common.
    pub apart: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Language,
            method: Method::Adamw,
            rates: vec![3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2],
            strengths: vec![3.2e-3, 1e-2, 3.2e-2, 0.1, 0.32],
            slack: 0.02,
            steps: 800,
            looks: 12,
            tuning_seeds: 2,
            styles: 4,
            words: 24,
            permuted: 0.5,
            shared: 0.0,
            width: 32,
            layers: 1,
            batch: 3,
            held_out: 40,
            fine_steps: 50,
            sources: 4,
            dimension: 12,
            flat: 4,
            apart: 1.0,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", Nexus::NAME)));
        within(
            Nexus::NAME,
            &[
                ("rates", self.rates.len(), 1, 100),
                ("strengths", self.strengths.len(), 1, 100),
                ("steps", self.steps, 20, MANY),
                ("looks", self.looks, 2, 10_000),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
                ("styles", self.styles, 3, 8),
                ("words", self.words, 4, 1_000),
                ("width", self.width, 4, 256),
                ("layers", self.layers, 1, 8),
                ("batch", self.batch, 1, 65_536),
                ("held-out", self.held_out, 1, MANY),
                ("fine-steps", self.fine_steps, 1, MANY),
                ("sources", self.sources, 2, 64),
                ("dimension", self.dimension, 3, 100),
                ("flat", self.flat, 1, self.dimension.saturating_sub(2)),
            ],
        )?;
        if let Some((name, value)) = [("permuted", self.permuted), ("shared", self.shared)].into_iter().find(|(_, v)| !(0.0..=1.0).contains(v)) {
            return wrong(format!("{name} is {value}; it must be 0 to 1"));
        }
        if let Some((name, value)) = [("slack", self.slack), ("apart", self.apart)].into_iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
            return wrong(format!("{name} is {value}; it must be 0 or more"));
        }
        if !self.steps.is_multiple_of(2) {
            return wrong(format!("steps is {}; it must be even, as some arms make half as many", self.steps));
        }
        if !self.width.is_multiple_of(world::HEADS) {
            return wrong(format!("width is {}; it must be a multiple of {}", self.width, world::HEADS));
        }
        if self.world == World::Quadratic && self.method == Method::NexusMixed {
            return wrong("a quadratic loss has no documents to deal out; ask for another method than \"nexus-mixed\"".to_owned());
        }
        let all = self.rates.iter().map(|rate| ("rates", *rate)).chain(self.strengths.iter().map(|strength| ("strengths", *strength)));
        positive(Nexus::NAME, &all.collect::<Vec<_>>())
    }

    /// Steps of its training: as many passes for every arm.
    fn own_steps(&self) -> u64 {
        (self.steps / self.method.passes()) as u64
    }

    /// Steps before which a training is looked at; its end is looked at as well.
    fn grid(&self) -> Vec<u64> {
        let (steps, looks) = (self.own_steps(), self.looks as u64);
        let mut grid: Vec<u64> = (0..looks).map(|k| k * steps / looks).collect();
        grid.dedup();
        grid
    }
}

impl Study for Nexus {
    const NAME: &'static str = "nexus";
    const TITLE: &'static str = "Steps along an inner loop of normalised gradients of several sources, held against AdamW at equal training loss";
    const CITE: &'static str = "chen2026nexus";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "pass";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "rates and strengths", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let (own, measured) = match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Run(own) => return gather::run(&own, needs),
            plan::Piece::Trial(own) => (own, false),
            plan::Piece::Train(own) => (own, true),
        };
        let tried = if own.rates.len() > 1 { own.rates.len() * own.tuning_seeds as usize } else { 0 };
        let (rated, strengthened) = needs.split_at_checked(tried).ok_or_else(|| other("a training lacks those that its rate is chosen by"))?;
        let scores: Vec<f64> = rated.iter().map(|outcome| outcome.scalar("score").unwrap_or(0.0)).collect();
        let rate = best(&own.rates, &scores).ok_or_else(|| other("there is no rate to choose from"))?;
        let strength = gather::chosen(&own.strengths, strengthened, own.slack);
        match own.world {
            World::Language => language::run(&own, measured, (rate, strength), context),
            World::Quadratic => quadratic::run(&own, (rate, strength), context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Nexus::NAME))
}
