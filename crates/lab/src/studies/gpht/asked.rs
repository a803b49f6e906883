//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::Gpht;
use crate::blocks::{positive, within};
use crate::{Study, StudyError};

/// Which series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// One transformer is the source, another one the target.
    Ett,
    /// The source is a transformer, the target noise.
    Noise,
    /// Both are made.
    Made,
}

/// What forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Pretrained on real and made series: the method of the paper.
    Gpht,
    /// The same, and no stage sees maxima.
    Flat,
    /// The same, and pieces are normalised by what came before them.
    Causal,
    /// Pretrained on real series alone.
    Real,
    /// Pretrained on made series alone.
    Synthetic,
    /// Pretrained on windows whose hours are in random order.
    Shuffled,
    /// First weights, of which heads alone learn.
    RandomHeads,
    /// No pretraining, and all weights learn.
    Scratch,
    /// The same for longer.
    Longer,
    /// A linear forecast of trend and remainder, which learns for as long as `longer`.
    Dlinear,
    /// The last day again.
    Naive,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The series.
    pub world: World,
    /// What forecasts.
    pub method: Method,
    /// The share of the training part that is learned from, its first hours; 0 is none. All of it standardises the channels.
    pub share: f64,
    /// Hours of a piece, 2 to 256.
    pub piece: usize,
    /// Pieces of a window, 2 to 64.
    pub pieces: usize,
    /// For each stage, over how many hours it sees maxima; each divides a piece.
    pub pooling: Vec<usize>,
    /// Width of a stage, 4 to 256.
    pub width: usize,
    /// Heads of attention, which divide the width.
    pub heads: usize,
    /// Layers of a stage, 1 to 8.
    pub layers: usize,
    /// Hours that are forecast, a multiple of a piece.
    pub horizon: usize,
    /// Hours of the training part.
    pub train: usize,
    /// Hours of the validation part, after it.
    pub valid: usize,
    /// Hours of the test part, after that.
    pub test: usize,
    /// A forecast begins at every so many hours of the test part.
    pub stride: usize,
    /// Steps of pretraining, at least 1.
    pub pretraining_steps: usize,
    /// Windows of such a step, at least 1.
    pub pretraining_batch: usize,
    /// Its learning rate, > 0, falling to zero.
    pub pretraining_rate: f64,
    /// Steps afterwards, at least 1.
    pub steps: usize,
    /// Windows of such a step, at least 1.
    pub batch: usize,
    /// Learning rates, > 0, of which one is chosen; they fall to zero.
    pub rates: Vec<f64>,
    /// Seeds that are for choosing, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Made,
            method: Method::Gpht,
            share: 0.05,
            piece: 24,
            pieces: 7,
            pooling: vec![4, 1],
            width: 32,
            heads: 2,
            layers: 1,
            horizon: 96,
            train: 8_640,
            valid: 2_880,
            test: 2_880,
            stride: 8,
            pretraining_steps: 1_200,
            pretraining_batch: 64,
            pretraining_rate: 3e-3,
            steps: 300,
            batch: 64,
            rates: vec![3e-4, 2e-3, 1e-2],
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// Hours that a forecast is made from.
    pub(super) fn window(&self) -> usize {
        self.piece * self.pieces
    }

    /// Hours of the training part that are learned from.
    pub(super) fn known(&self) -> usize {
        (self.share * self.train as f64).round() as usize
    }

    /// Whether anything is learned from the target.
    pub(super) fn learns(&self) -> bool {
        self.share > 0.0 && self.method != Method::Naive
    }

    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", Gpht::NAME)));
        let (whole, pooled) = (self.window() + self.horizon, self.pooling.iter().copied());
        within(
            Gpht::NAME,
            &[
                ("piece", self.piece, 2, 256),
                ("pieces", self.pieces, 2, 64),
                ("pooling", self.pooling.len(), 1, 8),
                ("pooling", pooled.clone().min().unwrap_or(0), 1, self.piece),
                ("pooling", pooled.clone().max().unwrap_or(0), 1, self.piece),
                ("width", self.width, 4, 256),
                ("heads", self.heads, 1, self.width),
                ("layers", self.layers, 1, 8),
                ("horizon", self.horizon, self.piece, 100 * self.piece),
                ("train", self.train, whole, MANY),
                ("valid", self.valid, self.horizon + 1, MANY),
                ("test", self.test, self.horizon + 1, MANY),
                ("stride", self.stride, 1, self.test - self.horizon.min(self.test)),
                ("pretraining-steps", self.pretraining_steps, 1, MANY),
                ("pretraining-batch", self.pretraining_batch, 1, 65_536),
                ("steps", self.steps, 1, MANY),
                ("batch", self.batch, 1, 65_536),
                ("rates", self.rates.len(), 1, 100),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        if !self.width.is_multiple_of(self.heads) {
            return wrong(format!("heads is {}, which does not divide a width of {}", self.heads, self.width));
        }
        if let Some(odd) = pooled.clone().find(|hours| !self.piece.is_multiple_of(*hours)) {
            return wrong(format!("pooling has {odd}, which does not divide a piece of {} hours", self.piece));
        }
        if !self.horizon.is_multiple_of(self.piece) {
            return wrong(format!("horizon is {}, which is no multiple of a piece of {} hours", self.horizon, self.piece));
        }
        let sensible = (0.0..=1.0).contains(&self.share);
        if !sensible {
            return wrong(format!("share is {}; it lies between 0 and 1", self.share));
        }
        if self.share > 0.0 && self.known() < whole {
            return wrong(format!("share is {}: {} hours, where a window and what comes after it have {whole}", self.share, self.known()));
        }
        if self.share == 0.0 && !self.method.forecasts_as_it_is() {
            return wrong("share is 0, and this method has nothing but the target to learn from; give it a share".to_owned());
        }
        let mut all: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        all.push(("pretraining-rate", self.pretraining_rate));
        positive(Gpht::NAME, &all)
    }
}
