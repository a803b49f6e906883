//! A market of stocks by days, and markets that are made here, in which it is known what who a stock is says of where its price goes.
//!
//! The return of stock s from day t to the next is `μ + κₛ σₛ tanh(zₛ / 2σₛ) + βₖ f + σₛ e`: zₛ is the mean price of the last five days over that of
//! the last twenty, less one; k is the sector of s; f and e are normal and drawn anew for each day (f) and each stock (e). The second term is what
//! can be foreseen. It is bounded by κₛ standard deviations, however strong a trend is.
//!
//! Sectors differ in volatility: they stand at equal distances of its logarithm, in random order, and stocks of a sector lie close together.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// Prices at the end of days.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Market {
    /// Trading days.
    pub(crate) days: usize,
    /// Stocks.
    pub(crate) stocks: usize,
    /// Sectors.
    pub(crate) sectors: usize,
    /// The sector of every stock.
    pub(crate) sector: Vec<u32>,
    /// Prices, positive, day after day.
    pub(crate) close: Vec<f64>,
    /// What of the return after a day can be foreseen, day after day; known of made markets alone.
    pub(crate) foreseen: Option<Vec<f64>>,
}

impl Market {
    /// The price of a stock at the end of a day.
    pub(crate) fn price(&self, day: usize, stock: usize) -> f64 {
        self.close.get(day * self.stocks + stock).copied().unwrap_or(f64::NAN)
    }

    /// How much is gained, as a share, from the end of a day to that of the next, stock by stock.
    pub(crate) fn returns_after(&self, day: usize) -> Vec<f64> {
        (0..self.stocks).map(|s| self.price(day + 1, s) / self.price(day, s) - 1.0).collect()
    }

    /// The mean price of the last `length` days, the day itself included.
    pub(crate) fn moving(&self, day: usize, stock: usize, length: usize) -> f64 {
        let from = (day + 1).saturating_sub(length);
        (from..=day).map(|d| self.price(d, stock)).sum::<f64>() / (day + 1 - from) as f64
    }
}

/// What the sign of κ is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It alternates from sector to sector, in the order of their volatility: who knows the sector knows whether a trend goes on or turns.
    Identity,
    /// It is the same for all: a trend goes on, whoever's it is.
    Alike,
    /// There is no κ: nothing can be foreseen.
    Coin,
}

/// Days before the first that is kept.
const WARM_UP: usize = 60;

/// Volatility of the calmest and of the wildest sector, a day.
const VOLATILITY: (f64, f64) = (0.007, 0.03);

/// Standard deviation of the logarithm of the volatility of stocks of one sector.
const SPREAD: f64 = 0.1;

/// Standard deviation of what moves the whole market, a day.
const FACTOR: f64 = 0.005;

/// Mean return of a day.
const DRIFT: f64 = 3e-4;

/// A made market: what it is made of, and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    /// What κ is made of.
    pub(crate) effect: Effect,
    /// How large it is.
    pub(crate) strength: f64,
    /// Stocks, at least one.
    pub(crate) stocks: usize,
    /// Sectors, at least one.
    pub(crate) sectors: usize,
    /// Days.
    pub(crate) days: usize,
}

/// Makes a market.
pub(crate) fn made(mut rng: Pcg64, recipe: &Recipe) -> Market {
    let Recipe { effect, strength, stocks, sectors, days } = *recipe;
    let sectors = sectors.max(1);
    let mut rank: Vec<usize> = (0..sectors).collect();
    rank.shuffle(&mut rng);
    let first = if rng.random::<f64>() < 0.5 { 1.0 } else { -1.0 };
    let betas: Vec<f64> = (0..sectors).map(|_| 0.5 + rng.random::<f64>()).collect();
    let sector: Vec<u32> = (0..stocks).map(|s| (s % sectors) as u32).collect();
    let (low, high) = (VOLATILITY.0.ln(), VOLATILITY.1.ln());
    let level = |k: u32| low + (high - low) * rank[k as usize] as f64 / sectors.saturating_sub(1).max(1) as f64;
    let sigma: Vec<f64> = sector.iter().map(|k| (level(*k) + SPREAD * normal(&mut rng)).exp()).collect();
    let kappa = |k: u32| match effect {
        Effect::Identity if rank[k as usize].is_multiple_of(2) => first * strength,
        Effect::Identity => -first * strength,
        Effect::Alike => strength,
        Effect::Coin => 0.0,
    };
    let mut market = Market { days: WARM_UP + days, stocks, sectors, sector, close: vec![100.0; stocks], foreseen: None };
    let mut foreseen = Vec::with_capacity((WARM_UP + days) * stocks);
    for day in 0..WARM_UP + days {
        let shared = FACTOR * normal(&mut rng);
        let mut next = Vec::with_capacity(stocks);
        for (stock, (sigma, k)) in sigma.iter().zip(&market.sector).enumerate() {
            let trend = market.moving(day, stock, 5) / market.moving(day, stock, 20) - 1.0;
            let known = kappa(*k) * sigma * (trend / (2.0 * sigma)).tanh();
            let gained = DRIFT + known + betas[*k as usize] * shared + sigma * normal(&mut rng);
            foreseen.push(known);
            // Twenty standard deviations and more are cut, so that prices are positive whatever is drawn.
            next.push(market.price(day, stock) * (1.0 + gained).max(0.2));
        }
        if day + 1 < WARM_UP + days {
            market.close.extend(next);
        }
    }
    market.close.drain(..WARM_UP * stocks);
    foreseen.drain(..WARM_UP * stocks);
    Market { days, foreseen: Some(foreseen), ..market }
}

#[cfg(test)]
mod tests {
    use evaluation::stat::pearson;
    use rand::SeedableRng;

    use super::*;

    fn market(effect: Effect, seed: u64) -> Market {
        made(Pcg64::seed_from_u64(seed), &Recipe { effect, strength: 0.4, stocks: 20, sectors: 5, days: 600 })
    }

    /// How returns go with what is foreseen, and with the trend: five days over twenty, less one.
    fn correlations(market: &Market) -> (Option<f64>, Option<f64>) {
        let (mut after, mut known, mut trends) = (Vec::new(), Vec::new(), Vec::new());
        for day in 20..market.days - 1 {
            after.extend(market.returns_after(day));
            for stock in 0..market.stocks {
                known.push(market.foreseen.as_ref().unwrap()[day * market.stocks + stock]);
                trends.push(market.moving(day, stock, 5) / market.moving(day, stock, 20) - 1.0);
            }
        }
        (pearson(&after, &known), pearson(&after, &trends))
    }

    #[test]
    fn a_market_has_every_day_and_stock() {
        let market = market(Effect::Identity, 1);
        assert_eq!((market.close.len(), market.foreseen.as_ref().unwrap().len(), market.days), (12_000, 12_000, 600));
        assert!(market.close.iter().all(|price| *price > 0.0 && price.is_finite()));
        assert_eq!(market.sector[..6], [0, 1, 2, 3, 4, 0]);
        assert_eq!(market.returns_after(3)[2], market.price(4, 2) / market.price(3, 2) - 1.0);
        assert!((market.moving(9, 1, 2) - 0.5 * (market.price(8, 1) + market.price(9, 1))).abs() < 1e-9);
        assert_ne!(market, self::market(Effect::Identity, 2));
    }

    #[test]
    fn the_same_noise_with_and_without_an_effect() {
        let (with, without) = (market(Effect::Identity, 3), market(Effect::Coin, 3));
        let gap = |day: usize| with.returns_after(day)[0] - without.returns_after(day)[0];
        let known = |day: usize| with.foreseen.as_ref().unwrap()[day * 20];
        assert!((0..500).all(|day| (gap(day) - known(day)).abs() < 1e-9));
    }

    #[test]
    fn what_is_foreseen_comes_and_the_trend_alone_says_it_only_where_stocks_are_alike() {
        let (known, _) = correlations(&market(Effect::Identity, 4));
        assert!(known.unwrap() > 0.15, "{known:?}");
        let (_, trend) = correlations(&market(Effect::Alike, 4));
        assert!(trend.unwrap() > 0.1, "{trend:?}");
        let (known, trend) = correlations(&market(Effect::Coin, 4));
        assert!(known.is_none() && trend.unwrap().abs() < 0.05, "{trend:?}");
    }
}
