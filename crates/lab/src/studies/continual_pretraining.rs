//! Training a language model on: learning rates that are raised again or never fall, warm-up and peak, and the gap in what it can do after the
//! change.
//!
//! **What the papers claim.** Singh et al. (arXiv 2503.02844): a cosine that is repeated on every corpus makes a model forget as it is warmed up
//! again; a schedule without an end, which holds a rate and is annealed whenever a model is wanted, does better and needs no fixed budget. Gupta et
//! al. (arXiv 2308.04014): the rate has to rise again, which costs at first and pays in the end; how long the rise takes hardly matters, a higher
//! peak learns more and forgets more, and even training from scratch on a large corpus is beaten. Guo et al. (arXiv 2406.14833): what a model can
//! do falls at first and recovers, while its perplexity on the new domain falls all the time; several passes over a subset, good documents alone,
//! and a mixture like that of pretraining make this gap smaller.
//!
//! **What is trained.** A small decoder on documents that are made here (see `blocks::corpora`): text of a Markov chain of order two, and phrases
//! that are repeated. It is pretrained on domain A, goes on with domain B, and, where asked, with a third one that is nearly A again. Losses are in
//! nats a token above the entropy of the chain itself, so that zero is all there is to know. Repeating is what it *can* do: it has nothing to do
//! with the domain, and is often seen in A and seldom in B. Knowledge is the share of places where its likeliest word is the likeliest of the
//! chain.
//!
//! **Schedules.** `cosine`: warm-up, then half a cosine down to a tenth of the peak, again on every corpus; it is planned for the whole phase,
//! `cosine-known` for the steps that there will be. `infinite`: warm-up, half a cosine down to half of the peak, held on every corpus, and a tenth
//! of the phase of annealing (by a constant factor a step, on a branch of its own) to a tenth of the peak wherever it is measured. `wsd`: the same
//! without the fall. `constant`: never annealed. `hold`: the last rate of the pretraining is kept.
//!
//! **Data of the second phase** (under the cosine). `subset`: some passes over few documents. `quality`: good documents alone. `replay`: a share of
//! documents of the pretraining. `all`: the three together.
//!
//! **Controls.** `scratch`: B alone, with as many steps on it. `scratch-longer`: as many more as pretraining took. `shuffled`: pretrained on
//! documents whose words are in random order. `second = "a"`: more of A in the place of B, where nothing changes but the rate. `hold` on it: not
//! even that. Peaks are chosen on seeds from 1000 on, from one grid for every arm: either one for the whole course by the mean loss on both domains
//! (`choice = "chain"`), or that of pretraining by its loss, and that of the second phase, relative to it, by what the model can do and knows in B
//! (`"phase"`). Arms of one seed share domains, first weights, and the documents of every step. The optimiser's moments are handed on.
//!
//! **Sources.** The abstracts; a survey of ours of all three papers. The annealing is a constant factor a step: how the first paper writes it could
//! not be checked.

mod exam;
mod gather;
mod part;
mod phases;
mod plan;
#[cfg(test)]
mod tests;
mod train;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct ContinualPretraining;

/// How a model is trained on: a schedule, or what the second phase reads, or what comes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A cosine on every corpus, planned for the whole phase.
    Cosine,
    /// The same, planned for the steps that there will be.
    CosineKnown,
    /// The infinite schedule, annealed where it is measured.
    Infinite,
    /// Constant, annealed where it is measured.
    Wsd,
    /// Constant to the end.
    Constant,
    /// A cosine in pretraining, whose last rate is kept afterwards.
    Hold,
    /// The second phase alone, from first weights.
    Scratch,
    /// The same, with as many more steps as pretraining takes.
    ScratchLonger,
    /// Pretrained on documents whose words are in random order.
    Shuffled,
    /// Some passes over few documents.
    Subset,
    /// Good documents alone.
    Quality,
    /// A share of documents of the pretraining.
    Replay,
    /// Some passes over few good documents, and a share of documents of the pretraining.
    All,
}

/// What a phase reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corpus {
    /// The domain of pretraining.
    A,
    /// Another domain.
    B,
    /// A domain that is nearly that of pretraining.
    Return,
}

/// How peaks of the rate are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// One for all phases, by the mean loss on both domains after the second.
    Chain,
    /// That of pretraining by its loss, that of the second phase by what the model can do and knows in its domain.
    Phase,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// How the model is trained on.
    pub method: Method,
    /// What the second phase reads: `a` or `b`.
    pub second: Corpus,
    /// Whether a third phase follows, on a domain that is nearly that of pretraining.
    pub third: bool,
    /// Share of the last phase that is trained, 0.2 to 1.
    pub stop: f64,
    /// Share of the pretraining that is done, 0.1 to 1.
    pub checkpoint: f64,
    /// Steps of warm-up of later phases, as a share of the phase, 0 to 0.5.
    pub warm_up: f64,
    /// How peaks are chosen.
    pub choice: Choice,
    /// Peaks of the rate, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Peaks of the second phase over that of the pretraining, > 0, of which one is chosen; none takes `factor`. `chain` has no need of them.
    pub factors: Vec<f64>,
    /// The peak of the second phase over that of the pretraining, > 0.
    pub factor: f64,
    /// Share of the rows that B has from A, 0 to 1.
    pub shared: f64,
    /// Share of the rows that the third domain has from A, 0 to 1.
    pub back: f64,
    /// Share of documents that repeat a phrase, in A and in the third domain, 0 to 1.
    pub repeats: f64,
    /// The same in B.
    pub domain_repeats: f64,
    /// Share of bad documents, 0 to 1.
    pub bad: f64,
    /// Share of their words that are any words at all, 0 to 1.
    pub noise: f64,
    /// Share of documents of the pretraining that `replay` and `all` see again, 0 to 1.
    pub replay: f64,
    /// Passes of `subset` and `all`, at least 1.
    pub passes: usize,
    /// Words there are, 4 to 1,000.
    pub words: usize,
    /// Width of the model, 4 to 256, a multiple of 4 (it has four heads).
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Steps of a phase, at least 20.
    pub steps: usize,
    /// Documents of a step, at least 1.
    pub batch: usize,
    /// Looks at the model in a phase, at least 2; they are dense at its beginning.
    pub looks: usize,
    /// Documents of each kind and domain that are looked at, at least 1.
    pub held_out: usize,
    /// Seeds that peaks are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::Cosine,
            second: Corpus::B,
            third: false,
            stop: 1.0,
            checkpoint: 1.0,
            warm_up: 0.01,
            choice: Choice::Phase,
            rates: vec![1e-3, 2.5e-3, 6e-3, 1.5e-2],
            factors: Vec::new(),
            factor: 1.0,
            shared: 0.3,
            back: 0.7,
            repeats: 0.4,
            domain_repeats: 0.03,
            bad: 0.25,
            noise: 0.5,
            replay: 0.2,
            passes: 4,
            words: 32,
            width: 32,
            layers: 2,
            steps: 1_500,
            batch: 16,
            looks: 24,
            held_out: 64,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", ContinualPretraining::NAME)));
        within(
            ContinualPretraining::NAME,
            &[
                ("rates", self.rates.len(), 1, 100),
                ("factors", self.factors.len(), 0, 100),
                ("passes", self.passes, 1, MANY),
                ("words", self.words, 4, 1_000),
                ("width", self.width, 4, 256),
                ("layers", self.layers, 1, 8),
                ("steps", self.steps, 20, MANY),
                ("batch", self.batch, 1, 65_536),
                ("looks", self.looks, 2, 10_000),
                ("held-out", self.held_out, 1, MANY),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        let shares = [
            ("stop", self.stop, 0.2, 1.0),
            ("checkpoint", self.checkpoint, 0.1, 1.0),
            ("warm-up", self.warm_up, 0.0, 0.5),
            ("shared", self.shared, 0.0, 1.0),
            ("back", self.back, 0.0, 1.0),
            ("repeats", self.repeats, 0.0, 1.0),
            ("domain-repeats", self.domain_repeats, 0.0, 1.0),
            ("bad", self.bad, 0.0, 1.0),
            ("noise", self.noise, 0.0, 1.0),
            ("replay", self.replay, 0.0, 1.0),
        ];
        if let Some((name, value, low, high)) = shares.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            return wrong(format!("{name} is {value}; it must be {low} to {high}"));
        }
        if !self.width.is_multiple_of(world::HEADS) {
            return wrong(format!("width is {}; it must be a multiple of {}", self.width, world::HEADS));
        }
        if self.second == Corpus::Return {
            return wrong("second is \"return\"; it must be \"a\" or \"b\"".to_owned());
        }
        if self.third && self.method.scratch() {
            return wrong("a third phase comes after the other two, and a method from scratch has no first".to_owned());
        }
        if self.choice == Choice::Phase && self.method.annealed().is_some() {
            return wrong("a schedule that is annealed has one peak for all phases; ask for choice = \"chain\"".to_owned());
        }
        let all = self.rates.iter().map(|rate| ("rates", *rate)).chain(self.factors.iter().map(|factor| ("factors", *factor)));
        positive(ContinualPretraining::NAME, &all.chain([("factor", self.factor)]).collect::<Vec<_>>())
    }
}

impl Study for ContinualPretraining {
    const NAME: &'static str = "continual-pretraining";
    const TITLE: &'static str = "A small language model that is trained on with another domain: schedules, warm-up, and the gap in what it can do";
    const CITE: &'static str = "singh2025beyond";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "peaks", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Part(own) => train::run(&own, needs, context),
            plan::Piece::Run(own) => gather::run(&own, needs),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", ContinualPretraining::NAME))
}
