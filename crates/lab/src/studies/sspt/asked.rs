//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::{Sspt, frames};
use crate::blocks::{positive, quotes, within};
use crate::{Study, StudyError};

/// Which market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Made: the sector decides whether a trend goes on or turns.
    Identity,
    /// Made: all trends go on.
    Alike,
    /// Made: nothing can be foreseen.
    Coin,
    /// Stocks of the United States.
    Stocknet,
}

/// What ranks the stocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The network from its first weights.
    Scratch,
    /// The same, trained for longer.
    Longer,
    /// Pretrained on codes of stocks.
    Scc,
    /// Pretrained on sectors.
    Ssc,
    /// Pretrained on means of windows with holes.
    Map,
    /// Pretrained on the numbers in the holes.
    Masked,
    /// Pretrained on codes, sectors and means at once.
    All,
    /// Pretrained on codes that are dealt out at random.
    Shuffled,
    /// Pretrained on codes, with gradients that are never cleared.
    Accumulated,
    /// As `scc`, and the front end stays as it is afterwards.
    SccFrozen,
    /// As `ssc`, and the front end stays as it is afterwards.
    SscFrozen,
    /// What can be foreseen, in a made market.
    Oracle,
    /// The gain of the last 20 days.
    Momentum,
    /// How far a price is below what it is divided by.
    Room,
}

/// What prices are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// The largest price of the stock on all days, as in the authors' code.
    Whole,
    /// The largest on training days, so that a network looks ahead while it learns.
    Train,
    /// The largest so far, which never looks ahead.
    Past,
}

/// What is added to the squared error of returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ranking {
    /// Nothing, or as `mended`: chosen on other seeds.
    Chosen,
    /// Nothing.
    None,
    /// Pairs in the wrong order, by how wrong.
    Mended,
    /// The same with a prediction in the place of a return, as in the authors' code.
    Released,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The market.
    pub world: World,
    /// What ranks the stocks.
    pub method: Method,
    /// What prices are divided by.
    pub scaling: Scaling,
    /// What is added to the squared error of returns.
    pub ranking: Ranking,
    /// Stocks of a made market, 4 to 1,000.
    pub stocks: usize,
    /// Its sectors, 2 to 100.
    pub sectors: usize,
    /// Its days.
    pub days: usize,
    /// What can be foreseen of a return there, in standard deviations of it, above 0.
    pub strength: f64,
    /// The first so many days are for training.
    pub train: usize,
    /// The next so many are for validation, all others for testing.
    pub valid: usize,
    /// Days of a window, 2 to 256.
    pub window: usize,
    /// Width of the network, 4 to 256.
    pub width: usize,
    /// Heads of attention, which divide the width.
    pub heads: usize,
    /// Its layers, 1 to 8.
    pub layers: usize,
    /// Steps of pretraining, at least 1.
    pub pretraining_steps: usize,
    /// Windows of a step of pretraining, at least 2.
    pub pretraining_batch: usize,
    /// Its learning rate, > 0, falling to zero; it is not chosen.
    pub pretraining_rate: f64,
    /// Steps afterwards, each of one day and all stocks, at least 1.
    pub steps: usize,
    /// Learning rates, > 0, of which one is chosen; they fall to zero.
    pub rates: Vec<f64>,
    /// The weight of the rank loss, > 0.
    pub weight: f64,
    /// Stocks that are held for a day.
    pub hold: usize,
    /// Seeds that are for choosing, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Identity,
            method: Method::Scc,
            scaling: Scaling::Past,
            ranking: Ranking::Chosen,
            stocks: 40,
            sectors: 5,
            days: 1_260,
            strength: 0.4,
            train: 756,
            valid: 252,
            window: 16,
            width: 16,
            heads: 2,
            layers: 2,
            pretraining_steps: 600,
            pretraining_batch: 80,
            pretraining_rate: 3e-3,
            steps: 600,
            rates: vec![2e-4, 1e-3, 4e-3, 2e-2],
            weight: 5.0,
            hold: 5,
            tuning_seeds: 2,
        }
    }
}

/// Days of each part that there have to be, at least.
const FEWEST: usize = 12;

impl Settings {
    /// Stocks, sectors and days of its market.
    pub(super) fn shape(&self) -> (usize, usize, usize) {
        match self.world {
            World::Stocknet => (quotes::STOCKS, quotes::SECTORS, quotes::DAYS),
            _ => (self.stocks, self.sectors, self.days),
        }
    }

    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", Sspt::NAME)));
        let (stocks, _, days) = self.shape();
        let first = frames::first(self.window);
        within(
            Sspt::NAME,
            &[
                ("stocks", self.stocks, 4, 1_000),
                ("sectors", self.sectors, 2, self.stocks.min(100)),
                ("window", self.window, 2, 256),
                ("days", days, first + 3 * FEWEST, 100_000),
                ("train", self.train, first + FEWEST, days.saturating_sub(2 * FEWEST)),
                ("valid", self.valid, FEWEST, days.saturating_sub(self.train + FEWEST)),
                ("width", self.width, 4, 256),
                ("heads", self.heads, 1, self.width),
                ("layers", self.layers, 1, 8),
                ("pretraining-steps", self.pretraining_steps, 1, MANY),
                ("pretraining-batch", self.pretraining_batch, 2, 65_536),
                ("steps", self.steps, 1, MANY),
                ("rates", self.rates.len(), 1, 100),
                ("hold", self.hold, 1, stocks),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        if !self.width.is_multiple_of(self.heads) {
            return wrong(format!("heads is {}, which does not divide a width of {}", self.heads, self.width));
        }
        if self.method == Method::Oracle && self.world == World::Stocknet {
            return wrong("method is oracle, and what can be foreseen of real stocks is not known; take a made market".to_owned());
        }
        let mut all: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        all.extend([("pretraining-rate", self.pretraining_rate), ("weight", self.weight), ("strength", self.strength)]);
        positive(Sspt::NAME, &all)
    }
}
