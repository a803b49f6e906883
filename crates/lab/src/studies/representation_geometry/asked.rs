//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::RepresentationGeometry;
use crate::blocks::corpora::{Language, Mixture};
use crate::blocks::language_model::Size;
use crate::blocks::{positive, within};
use crate::{Study, StudyError};

/// Heads of attention of every model.
const HEADS: usize = 4;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// A small decoder.
    Language,
    /// Free features of samples of a few words.
    Toy,
    /// The same from a beginning that theory is about.
    Balanced,
}

/// What is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Without {
    /// Nothing.
    Nothing,
    /// Frequencies that differ.
    Skew,
    /// More tokens than dimensions; in the toy there are more dimensions.
    Bottleneck,
    /// Cross-entropy, in the place of which there are squared errors.
    Entropy,
}

/// What comes after pretraining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// Nothing: pretraining itself is looked at, all of it.
    Whole,
    /// Nothing: the model after fewer steps that all below go on from.
    Base,
    /// Texts of the first domain.
    Continue,
    /// Texts of a related domain.
    Sft,
    /// Pairs of endings, by the related domain and by the first one.
    Dpo,
    /// Pairs whose order is dealt out.
    DpoRandom,
    /// The model's own endings of phrases, rewarded where they are right.
    Rl,
    /// The same with rewards dealt out within groups.
    RlRandom,
}

impl After {
    /// Whether there are steps.
    pub(super) fn learns(self) -> bool {
        !matches!(self, Self::Whole | Self::Base)
    }

    /// Whether the model answers, and is rewarded.
    pub(super) fn rewarded(self) -> bool {
        matches!(self, Self::Rl | Self::RlRandom)
    }

    /// Whether there are pairs.
    pub(super) fn paired(self) -> bool {
        matches!(self, Self::Dpo | Self::DpoRandom)
    }

    /// Whose rate it takes.
    pub(super) fn tuned_as(self) -> Self {
        match self {
            Self::Continue => Self::Sft,
            Self::DpoRandom => Self::Dpo,
            Self::RlRandom => Self::Rl,
            own => own,
        }
    }
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is trained.
    pub world: World,
    /// What is taken out.
    pub without: Without,
    /// What comes after pretraining.
    pub after: After,
    /// Words of the language, 4 to 1,024.
    pub words: usize,
    /// The same where there is no bottleneck, at least 4; two more tokens tell kinds of documents, and all are at most the width.
    pub few_words: usize,
    /// The frequency of a word falls as this power of its rank, > 0.
    pub zipf: f64,
    /// Standard deviation of the logarithm of the random factors of conditionals, > 0.
    pub spread: f64,
    /// How often the word before the last one decides, > 0 and at most 1.
    pub far: f64,
    /// Share of documents that repeat a phrase, > 0 and at most 1.
    pub repeats: f64,
    /// Words of a phrase, at least 1.
    pub phrase: usize,
    /// Words of a document, more than twice a phrase.
    pub length: usize,
    /// Width of the model, 4 to 256, a multiple of 4.
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Documents of a step, at least 1.
    pub batch: usize,
    /// Steps of a pretraining that is looked at, at least 1.
    pub steps: usize,
    /// Steps of one that a rate is chosen by, and of the model that others go on from, at least 1.
    pub trial_steps: usize,
    /// Peaks of the rate of pretraining, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Checkpoints that are asked for; the first steps have fewer, as they are whole numbers. At least 3.
    pub points: usize,
    /// Documents whose states are looked at, at least 2.
    pub probe: usize,
    /// Texts that likelihoods are ranked on, at least 2.
    pub texts: usize,
    /// Documents with repeated phrases that are asked about, at least 1.
    pub copies: usize,
    /// The first rank that the decay of variances is fitted on, at least 1.
    pub first_rank: usize,
    /// The last of these ranks, more than the first.
    pub last_rank: usize,
    /// Checkpoints on either side that a curve is smoothed over.
    pub window: usize,
    /// How far the logarithm of a rank comes back before it has turned, > 0.
    pub hysteresis: f64,
    /// Steps on texts and on pairs after pretraining, at least 1.
    pub after_steps: usize,
    /// Steps on rewards, at least 1.
    pub reward_steps: usize,
    /// Rates after pretraining, > 0, of which one is chosen.
    pub after_rates: Vec<f64>,
    /// Texts there are to go on with, and pairs, at least 1.
    pub after_documents: usize,
    /// How much a pair weighs against the model that training goes on from, > 0.
    pub beta: f64,
    /// Phrases of a step on rewards, at least 1.
    pub prompts: usize,
    /// Endings of each, at least 2.
    pub samples: usize,
    /// Words of an ending, 1 to those of a phrase.
    pub answer: usize,
    /// Phrases that endings are tested on, at least 1.
    pub test_prompts: usize,
    /// Endings of each, at least 1.
    pub test_samples: usize,
    /// Of how many endings one has to be right, at most all of them.
    pub many: usize,
    /// Samples of every word of the toy, each at least 1, of two words or more.
    pub counts: Vec<usize>,
    /// Dimensions of its features, at least 1; one more where there is no bottleneck.
    pub dimensions: usize,
    /// Standard deviation of first features and weights, > 0.
    pub start: f64,
    /// Rate of gradient descent, > 0.
    pub toy_rate: f64,
    /// Its steps, at least 1.
    pub toy_steps: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Language,
            without: Without::Nothing,
            after: After::Whole,
            words: 256,
            few_words: 30,
            zipf: 1.0,
            spread: 1.0,
            far: 0.3,
            repeats: 0.3,
            phrase: 8,
            length: 20,
            width: 32,
            layers: 2,
            batch: 16,
            steps: 2_000,
            trial_steps: 700,
            rates: vec![3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2],
            points: 75,
            probe: 400,
            texts: 150,
            copies: 100,
            first_rank: 3,
            last_rank: 16,
            window: 2,
            hysteresis: 0.25,
            after_steps: 200,
            reward_steps: 80,
            after_rates: vec![1e-4, 3.2e-4, 1e-3, 3.2e-3, 1e-2],
            after_documents: 512,
            beta: 0.1,
            prompts: 8,
            samples: 8,
            answer: 3,
            test_prompts: 64,
            test_samples: 16,
            many: 8,
            counts: vec![8, 4, 2, 1],
            dimensions: 2,
            start: 0.1,
            toy_rate: 0.5,
            toy_steps: 20_000,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", RepresentationGeometry::NAME)));
        let counts = [
            ("words", self.words, 4, 1_024),
            ("few-words", self.few_words, 4, 1_024),
            ("phrase", self.phrase, 1, 500),
            ("length", self.length, 2 * self.phrase + 1, 1_024),
            ("width", self.width, 4, 256),
            ("layers", self.layers, 1, 8),
            ("batch", self.batch, 1, 65_536),
            ("steps", self.steps, 1, MANY),
            ("trial-steps", self.trial_steps, 1, MANY),
            ("rates", self.rates.len(), 1, 100),
            ("points", self.points, 3, 10_000),
            ("probe", self.probe, 2, MANY),
            ("texts", self.texts, 2, MANY),
            ("copies", self.copies, 1, MANY),
            ("first-rank", self.first_rank, 1, MANY),
            ("last-rank", self.last_rank, self.first_rank + 1, MANY),
            ("window", self.window, 0, 1_000),
            ("after-steps", self.after_steps, 1, MANY),
            ("reward-steps", self.reward_steps, 1, MANY),
            ("after-rates", self.after_rates.len(), 1, 100),
            ("after-documents", self.after_documents, 1, MANY),
            ("prompts", self.prompts, 1, 65_536),
            ("samples", self.samples, 2, 65_536),
            ("answer", self.answer, 1, self.phrase),
            ("test-prompts", self.test_prompts, 1, 65_536),
            ("test-samples", self.test_samples, 1, 65_536),
            ("many", self.many, 1, self.test_samples),
            ("counts", self.counts.len(), 2, 1_000),
            ("dimensions", self.dimensions, 1, 256),
            ("toy-steps", self.toy_steps, 1, 100 * MANY),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        let each = self.counts.iter().map(|count| ("counts", *count, 1, MANY));
        within(RepresentationGeometry::NAME, &counts.into_iter().chain(each).collect::<Vec<_>>())?;
        if !self.width.is_multiple_of(HEADS) {
            return wrong(format!("width is {}; it must be a multiple of {HEADS}", self.width));
        }
        if self.without == Without::Bottleneck && self.world == World::Language && self.language().vocabulary() > self.width {
            return wrong(format!("few-words is {}; with two more tokens there may be no more than the width, {}", self.few_words, self.width));
        }
        if self.after != After::Whole && (self.world != World::Language || self.without != Without::Nothing) {
            return wrong("what comes after pretraining is asked of a language from which nothing is taken".to_owned());
        }
        if self.world == World::Balanced && self.without != Without::Nothing {
            return wrong("theory is asked without anything taken out".to_owned());
        }
        if let Some((name, value)) = [("far", self.far), ("repeats", self.repeats)].into_iter().find(|(_, value)| *value > 1.0) {
            return wrong(format!("{name} is {value}; it is a share"));
        }
        let named = |name: &'static str, values: &[f64]| values.iter().map(move |value| (name, *value)).collect::<Vec<_>>();
        let others = [
            ("zipf", self.zipf),
            ("spread", self.spread),
            ("far", self.far),
            ("repeats", self.repeats),
            ("hysteresis", self.hysteresis),
            ("beta", self.beta),
            ("start", self.start),
            ("toy-rate", self.toy_rate),
        ];
        positive(RepresentationGeometry::NAME, &[named("rates", &self.rates), named("after-rates", &self.after_rates), others.to_vec()].concat())
    }

    /// How its domains are drawn.
    pub(super) fn language(&self) -> Language {
        let words = if self.without == Without::Bottleneck { self.few_words } else { self.words };
        let zipf = if self.without == Without::Skew { 0.0 } else { self.zipf };
        Language { words, zipf, spread: self.spread, far: self.far }
    }

    /// What documents there are, with this share of repeated phrases.
    pub(super) fn mixture(&self, repeats: f64) -> Mixture {
        Mixture { repeats, phrase: self.phrase, bad: 0.0, noise: 0.0 }
    }

    /// What the model looks like.
    pub(super) fn size(&self) -> Size {
        Size { vocabulary: self.language().vocabulary(), length: self.length, width: self.width, heads: HEADS, layers: self.layers }
    }

    /// Steps after pretraining.
    pub(super) fn own_steps(&self) -> usize {
        match self.after {
            After::Whole | After::Base => 0,
            After::Rl | After::RlRandom => self.reward_steps,
            _ => self.after_steps,
        }
    }
}
