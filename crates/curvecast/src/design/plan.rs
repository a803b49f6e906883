//! Runs that could be trained, and the grid that usually is.

use super::slopes::Slopes;

/// Levels of compute of the candidates, even in the logarithm.
const LEVELS: usize = 25;
/// Ratios of tokens to parameters on each of them.
const RATIOS: usize = 13;
/// The cheapest candidate costs this share of what may be spent.
const CHEAPEST: f64 = 1e-4;
/// The levels of an IsoFLOP grid span so much compute.
const SPREAD: f64 = 100.0;
/// On a level sizes go from the best one divided by this to the best one times this.
const AROUND: f64 = 4.0;

/// Where candidates lie.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// FLOP of all runs together.
    pub spendable: f64,
    /// FLOP per parameter and token.
    pub per: f64,
    /// The fewest parameters.
    pub smallest: f64,
    /// Which share one run may cost.
    pub largest: f64,
    /// Tokens per parameter.
    pub ratios: (f64, f64),
}

/// A run that could be trained.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// Parameters and tokens.
    pub run: (f64, f64),
    /// The share of what may be spent.
    pub cost: f64,
    /// The slopes of the law there.
    pub slopes: Vec<f64>,
}

/// Levels of compute times ratios of tokens to parameters, in two significant digits.
pub(super) fn candidates(slopes: &Slopes, span: Span) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let lowest = CHEAPEST.min(span.largest);
    for j in 0..LEVELS {
        let flop = span.spendable * lowest * (span.largest / lowest).powf(j as f64 / (LEVELS - 1) as f64);
        for i in 0..RATIOS {
            let ratio = span.ratios.0 * (span.ratios.1 / span.ratios.0).powf(i as f64 / (RATIOS - 1) as f64);
            let params = (flop / span.per / ratio).sqrt();
            let run = (two_digits(params), two_digits(params * ratio));
            if params < span.smallest || found.iter().any(|c| c.run == run) {
                continue;
            }
            if let Some(slopes) = slopes.at(run) {
                found.push(Candidate { run, cost: span.per * run.0 * run.1 / span.spendable, slopes });
            }
        }
    }
    found
}

fn two_digits(v: f64) -> f64 {
    let unit = 10f64.powf(v.log10().floor() - 1.0);
    (v / unit).round() * unit
}

/// As many runs on about as many levels of compute as on each there are sizes; the levels are even in the logarithm, and all runs cost what may
/// be spent. `None` where a level has no best size.
pub(super) fn iso_flop(slopes: &Slopes, runs: usize, spendable: f64, per: f64) -> Option<Vec<(f64, f64)>> {
    let levels = runs.isqrt().max(2);
    let sizes = |level: usize| runs / levels + usize::from(level < runs % levels);
    let weight = |level: usize| SPREAD.powf(level as f64 / (levels - 1) as f64);
    let unit = spendable / (0..levels).map(|level| sizes(level) as f64 * weight(level)).sum::<f64>();
    let mut found = Vec::with_capacity(runs);
    for level in 0..levels {
        let product = unit * weight(level) / per;
        let (best, _) = slopes.best_split(product)?;
        let last = sizes(level).saturating_sub(1);
        for k in 0..sizes(level) {
            let share = if last == 0 { 0.5 } else { k as f64 / last as f64 };
            let params = best * AROUND.powf(2.0 * share - 1.0);
            found.push((params, product / params));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slopes() -> Slopes {
        Slopes { law: models::find("chinchilla").unwrap(), theta: vec![1.8, 480.0, 2100.0, 0.35, 0.37] }
    }

    #[test]
    fn candidates_lie_where_they_may() {
        let span = Span { spendable: 1e21, per: 6.0, smallest: 1e7, largest: 0.5, ratios: (4.0, 400.0) };
        let all = candidates(&slopes(), span);
        assert!(all.len() > 200 && all.len() <= LEVELS * RATIOS, "{}", all.len());
        for c in &all {
            let (params, tokens) = c.run;
            // Two digits move a number by up to a twentieth.
            assert!(params >= 0.95e7 && c.cost <= 0.5 * 1.11 && c.cost >= 1e-4 / 1.11, "{c:?}");
            assert!(tokens / params > 4.0 / 1.11 && tokens / params < 400.0 * 1.11, "{c:?}");
        }
        assert!(candidates(&slopes(), Span { smallest: 1e12, ..span }).is_empty());
    }

    #[test]
    fn a_grid_costs_what_may_be_spent() {
        for runs in [6, 12, 17, 100] {
            let grid = iso_flop(&slopes(), runs, 1e21, 6.0).unwrap();
            let cost: f64 = grid.iter().map(|(n, d)| 6.0 * n * d).sum();
            assert!(grid.len() == runs && (cost / 1e21 - 1.0).abs() < 1e-9, "{runs}: {cost}");
        }
        // Three levels of four sizes, a factor of ten apart.
        let grid = iso_flop(&slopes(), 12, 1e21, 6.0).unwrap();
        let flop = |k: usize| grid[k].0 * grid[k].1;
        assert!((flop(4) / flop(0) / 10.0 - 1.0).abs() < 1e-9 && (flop(3) / flop(0) - 1.0).abs() < 1e-9);
        assert!((grid[3].0 / grid[0].0 / 16.0 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_rounded_to_two_digits() {
        for (v, want) in [(1.234e9, 1.2e9), (9.96e7, 1e8), (1.25e8, 1.3e8)] {
            assert!((two_digits(v) / want - 1.0).abs() < 1e-12, "{v}");
        }
    }
}
