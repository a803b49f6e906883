//! How good a ranking of stocks is: rank correlations of days, and what is gained by holding the best few.

use evaluation::stat::spearman;

use super::frames::Frames;

/// How often a fit is looked at before its end.
pub(super) const LOOKS: u64 = 4;

/// A look sees every so many test days.
pub(super) const APART: usize = 5;

/// Trading days of a year.
const YEAR: f64 = 252.0;

/// What is said of the stocks on some days, day after day.
pub(super) struct Said {
    pub(super) days: Vec<usize>,
    /// A number for every stock, the higher the better, day after day.
    pub(super) scores: Vec<f64>,
}

impl Said {
    /// Days, each with its scores.
    fn by_day<'a>(&'a self, frames: &'a Frames) -> impl Iterator<Item = (Vec<f64>, &'a [f64])> {
        let stocks = frames.market.stocks.max(1);
        self.days.iter().zip(self.scores.chunks_exact(stocks)).map(move |(day, scores)| (frames.market.returns_after(*day), scores))
    }

    /// Whether all scores are numbers.
    pub(super) fn sound(&self) -> bool {
        self.scores.iter().all(|s| s.is_finite())
    }

    /// The rank correlation with what comes, day by day; 0 where all stocks are said to be alike.
    pub(super) fn correlations(&self, frames: &Frames) -> Vec<f64> {
        self.by_day(frames).map(|(after, scores)| spearman(scores, &after).unwrap_or(0.0)).collect()
    }

    /// The mean return, day by day, of the `hold` stocks with the highest scores, of equals the first.
    pub(super) fn held(&self, frames: &Frames, hold: usize) -> Vec<f64> {
        let best = |(after, scores): (Vec<f64>, &[f64])| {
            let mut order: Vec<usize> = (0..after.len()).collect();
            order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
            order.iter().take(hold).map(|s| after[*s]).sum::<f64>() / hold.clamp(1, after.len().max(1)) as f64
        };
        self.by_day(frames).map(best).collect()
    }

    /// How far scores of one day lie apart, over how far returns do: standard deviations, means over days. What says the same of all stocks has 0.
    pub(super) fn spread(&self, frames: &Frames) -> Option<f64> {
        let deviation = |values: &[f64]| {
            let middle = mean(values)?;
            Some((values.iter().map(|v| (v - middle).powi(2)).sum::<f64>() / values.len() as f64).sqrt())
        };
        let both: Vec<(f64, f64)> = self.by_day(frames).filter_map(|(after, scores)| Some((deviation(scores)?, deviation(&after)?))).collect();
        let (said, came): (f64, f64) = both.iter().fold((0.0, 0.0), |sum, (s, c)| (sum.0 + s, sum.1 + c));
        (came > 0.0).then(|| said / came)
    }
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// What is gained over all days, as a share of what was there before.
pub(super) fn gained(returns: &[f64]) -> f64 {
    returns.iter().map(|r| 1.0 + r).product::<f64>() - 1.0
}

/// The Sharpe ratio of a year: the mean return of a day over its standard deviation, times the root of the days of a year. `None` where nothing
/// varies.
pub(super) fn sharpe(returns: &[f64]) -> Option<f64> {
    let middle = mean(returns)?;
    let free = returns.len().checked_sub(1).filter(|n| *n > 0)?;
    let variance = returns.iter().map(|r| (r - middle).powi(2)).sum::<f64>() / free as f64;
    (variance > 0.0).then(|| middle / variance.sqrt() * YEAR.sqrt())
}
