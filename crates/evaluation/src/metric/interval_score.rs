//! Interval score of the central 90 % interval [l, u], a mean over the points:
//! (u − l) + (2/α) (l − y)₊ + (2/α) (y − u)₊ with α = 0.1.
//!
//! Narrow intervals score well, and a truth outside pays for its distance; proper for the two quantiles.
//!
//! Source: Gneiting & Raftery 2007, Strictly proper scoring rules, prediction, and estimation, eq. 43.

use curves::Better;

use super::{FromKept, Metric, Outcome};

/// The share of the truth that may lie outside.
const ALPHA: f64 = 0.1;

/// The quantiles that bound the interval.
const ENDS: (f64, f64) = (0.05, 0.95);

/// Interval score of the central 90 % interval; `None` for bare numbers.
pub(crate) struct IntervalScore;

fn score(low: f64, high: f64, truth: f64) -> f64 {
    (high - low) + 2.0 / ALPHA * ((low - truth).max(0.0) + (truth - high).max(0.0))
}

impl Metric for IntervalScore {
    fn name(&self) -> &'static str {
        "interval-score-90"
    }

    fn title(&self) -> &'static str {
        "interval score of the central 90 % interval, in the unit of the measure"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Lower)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        outcome.pit()?;
        outcome.mean(|i, truth| Some(score(outcome.quantile(i, ENDS.0), outcome.quantile(i, ENDS.1), truth)))
    }

    fn of_kept(&self) -> Option<FromKept> {
        Some(|points| {
            let scores: Option<Vec<f64>> = points.iter().map(|p| Some(score(p.quantile(ENDS.0)?, p.quantile(ENDS.1)?, p.truth))).collect();
            scores.filter(|s| !s.is_empty()).map(|s| s.iter().sum::<f64>() / s.len() as f64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::{Forecast, Mixture, Shape};

    #[test]
    fn scores_by_hand() {
        assert!((score(1.0, 3.0, 2.0) - 2.0).abs() < 1e-15);
        // 0.5 below the interval: 2 + 20 · 0.5.
        assert!((score(1.0, 3.0, 0.5) - 12.0).abs() < 1e-12 && (score(1.0, 3.0, 3.5) - 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_kept_forecast_scores_as_the_forecast_itself() {
        let draws: Vec<f64> = (0..600).map(|k| (f64::from(k) * 0.754_877_666_2).fract()).collect();
        let mixture = Mixture::new(2, draws, vec![0.05; 300], vec![]).unwrap();
        for shape in [Shape::Normal { mean: vec![0.4, 0.6], sd: vec![0.1, 0.2] }, Shape::Mixture(mixture)] {
            let forecast = Forecast::new(vec![1.0, 2.0], shape).unwrap();
            let truth = [0.1, 0.9];
            let outcome = Outcome::new(&forecast, &truth).unwrap();
            let direct = IntervalScore.of(&outcome).unwrap();
            let again = IntervalScore.of_kept().unwrap()(&outcome.kept()).unwrap();
            assert_eq!(direct, again);
        }
        let bare = Forecast::new(vec![1.0], Shape::Points(vec![0.5])).unwrap();
        assert_eq!(IntervalScore.of(&Outcome::new(&bare, &[0.4]).unwrap()), None);
    }

    #[test]
    fn a_normal_forecast_has_the_score_of_its_quantiles() {
        let forecast = Forecast::new(vec![1.0], Shape::Normal { mean: vec![0.0], sd: vec![1.0] }).unwrap();
        let width = 2.0 * 1.644_853_626_951_472_7;
        assert!((IntervalScore.score(&forecast, &[0.3]).unwrap() - width).abs() < 1e-9);
        assert!((IntervalScore.score(&forecast, &[2.0]).unwrap() - (width + 20.0 * (2.0 - 0.5 * width))).abs() < 1e-8);
    }
}
