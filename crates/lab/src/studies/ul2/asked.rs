//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::{Ul2, world};
use crate::blocks::prefix_model::Size;
use crate::blocks::{positive, within};
use crate::{Study, StudyError};

/// Where text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// A chain of words, made here.
    Chain,
    /// Words that say nothing of each other.
    Null,
    /// English, as letters.
    English,
    /// Made genres, as letters.
    Made,
}

/// What a model learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The mixture of denoisers: the method of the paper.
    Ul2,
    /// Regular denoisers.
    R,
    /// The sequential denoiser.
    S,
    /// Extreme denoisers.
    X,
    /// Causal language modelling.
    Clm,
    /// Prefix language modelling.
    PrefixLm,
    /// The span corruption of T5.
    SpanCorruption,
    /// The mixture without tokens for modes.
    NoModes,
    /// Regular and extreme denoisers.
    RX,
    /// Regular denoisers and the sequential one.
    RS,
    /// The mixture on symbols drawn one by one.
    Scrambled,
    /// Nothing: first weights.
    Random,
    /// Labels alone, for longer.
    Longer,
}

/// What is equal in all pretrainings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// Rows passed forward and backward.
    Tokens,
    /// Operations.
    Flop,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Where text comes from.
    pub world: World,
    /// What a model learns from.
    pub method: Method,
    /// What is equal in all pretrainings.
    pub budget: Budget,
    /// Symbols of a window, 8 to 256.
    pub window: usize,
    /// Width of the model, 4 to 256.
    pub width: usize,
    /// Heads of attention, which divide the width.
    pub heads: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Rows of a pretraining, at least those of twenty steps.
    pub tokens: usize,
    /// Windows of a step, at least 1.
    pub batch: usize,
    /// Peaks of the learning rate of pretraining, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Words of the chain, 4 to 100.
    pub words: usize,
    /// Standard deviation of the logarithms of its rows, 0 or more.
    pub spread: f64,
    /// How often the word before the last one decides in the chain, 0 to 1.
    pub far: f64,
    /// Windows to measure on, at least 1.
    pub asked: usize,
    /// Windows to choose formats and rates by, at least 1.
    pub valid: usize,
    /// Windows of a text whose genre is asked for, 1 to 100.
    pub windows: usize,
    /// Texts of each genre that labels are known of, at least 1.
    pub few: usize,
    /// Texts to measure genres on, at least 1.
    pub texts: usize,
    /// Steps of the fit, at least 1.
    pub steps: usize,
    /// Texts of such a step, at least 1.
    pub fit_batch: usize,
    /// Learning rates of the fit, > 0, of which one is chosen; they fall to zero.
    pub fit_rates: Vec<f64>,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Chain,
            method: Method::Ul2,
            budget: Budget::Tokens,
            window: 32,
            width: 32,
            heads: 2,
            layers: 1,
            tokens: 1_000_000,
            batch: 16,
            rates: vec![1e-3, 3.2e-3, 1e-2, 3.2e-2, 1e-1],
            words: 12,
            spread: 3.0,
            far: 0.2,
            asked: 256,
            valid: 64,
            windows: 4,
            few: 34,
            texts: 600,
            steps: 80,
            fit_batch: 8,
            fit_rates: vec![3e-4, 9.6e-4, 3e-3, 9.6e-3, 3e-2],
            tuning_seeds: 1,
        }
    }
}

impl World {
    /// Whether the least bits there can be are known.
    pub(super) fn exact(self) -> bool {
        matches!(self, Self::Chain | Self::Null)
    }
}

impl Settings {
    /// The model.
    pub(super) fn size(&self) -> Size {
        Size { vocabulary: world::alphabet(self).tokens(), width: self.width, heads: self.heads, layers: self.layers }
    }

    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", Ul2::NAME)));
        within(
            Ul2::NAME,
            &[
                ("window", self.window, 8, 256),
                ("width", self.width, 4, 256),
                ("heads", self.heads, 1, self.width),
                ("layers", self.layers, 1, 8),
                ("batch", self.batch, 1, 65_536),
                ("tokens", self.tokens, (20 * self.batch).saturating_mul(2 * self.window), 1_000 * MANY),
                ("rates", self.rates.len(), 1, 100),
                ("words", self.words, 4, 100),
                ("asked", self.asked, 1, MANY),
                ("valid", self.valid, 1, MANY),
                ("windows", self.windows, 1, 100),
                ("few", self.few, 1, MANY),
                ("texts", self.texts, 1, MANY),
                ("steps", self.steps, 1, MANY),
                ("fit-batch", self.fit_batch, 1, 65_536),
                ("fit-rates", self.fit_rates.len(), 1, 100),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        if !self.width.is_multiple_of(self.heads) || !self.width.is_multiple_of(2) {
            return wrong(format!("width is {}; it must be a multiple of 2 and of the {} heads", self.width, self.heads));
        }
        if !(self.spread.is_finite() && self.spread >= 0.0) {
            return wrong(format!("spread is {}; it must be 0 or more", self.spread));
        }
        if !(0.0..=1.0).contains(&self.far) {
            return wrong(format!("far is {}; it must be 0 to 1", self.far));
        }
        if self.world.exact() && matches!(self.method, Method::Scrambled | Method::Longer) {
            return wrong("the words of a chain have no genres, and are not scrambled; ask for another world".to_owned());
        }
        let all = self.rates.iter().map(|rate| ("rates", *rate)).chain(self.fit_rates.iter().map(|rate| ("fit-rates", *rate)));
        positive(Ul2::NAME, &all.collect::<Vec<_>>())
    }
}
