//! Windows of prices as the network reads them.

use std::ops::Range;

use super::{Scaling, Settings, World};
use crate::blocks::quotes;
use crate::blocks::stocks::{Effect, Market, Recipe, made};
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// Numbers of a day: the price and its means over so many days.
pub(super) const NUMBERS: usize = 5;

/// Days of the means.
const MEANS: [usize; NUMBERS - 1] = [5, 10, 20, 30];

/// How much a step from one mean to the next is enlarged.
const STEPS: [f64; NUMBERS - 1] = [20.0, 15.0, 12.0, 10.0];

/// Returns are enlarged by so much, to numbers about one.
pub(super) const RETURNS: f64 = 50.0;

/// The first day whose window, and whose longest mean, is whole.
pub(super) fn first(window: usize) -> usize {
    MEANS[NUMBERS - 2] - 1 + window - 1
}

/// Which days are for what. The return after every day of a part lies in that part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) train: Range<usize>,
    pub(super) valid: Range<usize>,
    pub(super) test: Range<usize>,
}

/// A market cut in parts, with all means.
pub(super) struct Frames {
    pub(super) market: Market,
    pub(super) parts: Parts,
    /// Price and means, stock by stock, day after day.
    raw: Vec<[f64; NUMBERS]>,
    /// What prices are divided by, at the end of every day, stock by stock.
    scale: Vec<f64>,
    window: usize,
}

/// What of the settings a market and its windows are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) world: World,
    pub(super) scaling: Scaling,
    pub(super) stocks: usize,
    pub(super) sectors: usize,
    pub(super) days: usize,
    pub(super) strength: f64,
    pub(super) train: usize,
    pub(super) valid: usize,
    pub(super) window: usize,
}

impl Ask {
    pub(super) fn of(own: &Settings) -> Self {
        let Settings { world, scaling, stocks, sectors, days, strength, train, valid, window, .. } = *own;
        Self { world, scaling, stocks, sectors, days, strength, train, valid, window }
    }

    fn market(&self, seed: u64, files: &dyn Files) -> Result<Market, StudyError> {
        let effect = match self.world {
            World::Stocknet => return quotes::read(files),
            World::Identity => Effect::Identity,
            World::Alike => Effect::Alike,
            World::Coin => Effect::Coin,
        };
        let recipe = Recipe { effect, strength: self.strength, stocks: self.stocks, sectors: self.sectors, days: self.days };
        Ok(made(stream(seed, Purpose::Pictures, 0), &recipe))
    }
}

impl Frames {
    /// # Errors
    /// Files that are absent or damaged.
    pub(super) fn new(ask: &Ask, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        Ok(Self::of(ask.market(seed, files)?, ask))
    }

    /// Of a market that is there.
    pub(super) fn of(market: Market, ask: &Ask) -> Self {
        let border = ask.train + ask.valid;
        let parts = Parts { train: first(ask.window)..ask.train - 1, valid: ask.train..border - 1, test: border..market.days - 1 };
        let (days, stocks) = (market.days, market.stocks);
        let places: Vec<(usize, usize)> = (0..days).flat_map(|day| (0..stocks).map(move |stock| (day, stock))).collect();
        let numbers = |(day, stock): (usize, usize)| {
            let mut all = [market.price(day, stock); NUMBERS];
            all.iter_mut().skip(1).zip(MEANS).for_each(|(to, length)| *to = market.moving(day, stock, length));
            all
        };
        let raw = places.iter().copied().map(numbers).collect();
        let largest = |stock: usize, days: Range<usize>| days.map(|day| market.price(day, stock)).fold(0.0, f64::max);
        let fixed = |last: usize| (0..stocks).map(|stock| largest(stock, 0..last)).collect::<Vec<f64>>();
        let scale = match ask.scaling {
            Scaling::Whole => fixed(days).repeat(days),
            Scaling::Train => fixed(ask.train).repeat(days),
            Scaling::Past => {
                let mut so_far = vec![0.0_f64; stocks];
                let largest = |&(day, stock): &(usize, usize)| {
                    so_far[stock] = so_far[stock].max(market.price(day, stock));
                    so_far[stock]
                };
                places.iter().map(largest).collect()
            }
        };
        Self { parts, raw, scale, window: ask.window, market }
    }

    /// What a price is divided by at the end of a day.
    pub(super) fn scale(&self, day: usize, stock: usize) -> f64 {
        self.scale.get(day * self.market.stocks + stock).copied().unwrap_or(1.0)
    }

    /// Appends the window of a stock that ends with a day: for each of its days the price, over what it is divided by at the end of the window,
    /// and the steps from it to its mean over 5 days, from there to that over 10, and so on, in numbers about one.
    pub(super) fn window(&self, day: usize, stock: usize, to: &mut Vec<f32>) {
        let scale = self.scale(day, stock);
        for earlier in (day + 1).saturating_sub(self.window)..=day {
            let [price, means @ ..] = self.raw.get(earlier * self.market.stocks + stock).copied().unwrap_or([scale; NUMBERS]);
            to.push((2.0 * (price / scale - 0.8)) as f32);
            let mut before = price;
            for (mean, enlarged) in means.into_iter().zip(STEPS) {
                to.push((enlarged * (mean - before) / scale) as f32);
                before = mean;
            }
        }
    }

    /// The windows of all stocks that end with a day, in the place of what is there.
    pub(super) fn day(&self, day: usize, to: &mut Vec<f32>) {
        to.clear();
        (0..self.market.stocks).for_each(|stock| self.window(day, stock, to));
    }

    /// Returns after a day, enlarged.
    pub(super) fn wanted(&self, day: usize) -> Vec<f32> {
        self.market.returns_after(day).into_iter().map(|r| (RETURNS * r) as f32).collect()
    }
}
