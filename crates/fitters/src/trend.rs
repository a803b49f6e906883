//! `trend`: learning trends, the prediction level and the proximity criterion of Vilares Ferro, Darriba and Ribadas (CSL 2017, arXiv 2402.02515).
//!
//! A curve of accuracies is observed level by level. The trend of level ℓ is the least-squares fit of the pattern `π(x) = c − a x^(−b)`, with
//! a, b, c > 0, to the first ℓ observations; its limit c is the level's asymptote, and the asymptotes in their order are the backbone. Three
//! levels follow from the backbone:
//!
//! - the *working level* ω, the first from which on, over `look-ahead` levels, the asymptote moves by no more than ν^(1/ς) for each unit of the
//!   resource (ν the `verticality`, ς the `slowdown`);
//! - the *prediction level* ℘, the first one from ω on whose asymptote can be: at most the upper bound of the measure;
//! - the *convergence level*, the first one from ℘ on whose proximity is at most the user's `threshold` τ.
//!
//! `anchored` trends have one observation more, the asymptote of the level before at infinity, so that odd observations do not blow them up.
//!
//! **How sure this is.** Scheme, pattern, trends, backbone and the existence of anchors were read; the two inequalities of the levels, and the
//! form of the anchor, are as remembered. The proximity of the paper is not known to us in its exact form: here it is the largest distance
//! between the trend and the one before it on all that is still to come, which the theorem of uniform convergence is about. The least squares
//! are solved for a and c at each b, and b is searched; the paper's own solver (a trust region) ends at the same optimum where it converges.
//! The paper gives no distribution: the band here, normal, with a proximity of two standard deviations, is ours.

use curves::{Forecast, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Answer, FitError, Forecaster, Question};

/// The settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trend {
    /// ν > 0: how steep the backbone may be, in units of the measure for each unit of the resource. The paper's 4e-5 is in percent for each word. Default: 4e-5.
    #[serde(default = "verticality")]
    pub verticality: f64,
    /// ς > 0: the root of it that is taken. Default: 1.
    #[serde(default = "slowdown")]
    pub slowdown: f64,
    /// Levels over which the backbone has to be so calm, at least 1. Default: 5.
    #[serde(default = "look_ahead")]
    pub look_ahead: usize,
    /// τ > 0, in units of the measure: the proximity that the user asks for; an answer `threshold` is added. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The largest value that there can be; an asymptote beyond it is no prediction. Default: the upper bound of the measure, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<f64>,
    /// Does every trend hold to the asymptote of the one before? Default: no.
    #[serde(default)]
    pub anchored: bool,
}

fn verticality() -> f64 {
    4e-5
}

fn slowdown() -> f64 {
    1.0
}

fn look_ahead() -> usize {
    5
}

impl Default for Trend {
    fn default() -> Self {
        Self { verticality: verticality(), slowdown: slowdown(), look_ahead: look_ahead(), threshold: None, highest: None, anchored: false }
    }
}

/// The fewest observations of a trend.
pub const FIRST: usize = 3;

/// A pattern c − a (x / unit)^(−b).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pattern {
    /// How far below its limit it is at one unit, 0 or more.
    pub a: f64,
    /// How fast it closes, above 0.
    pub b: f64,
    /// The limit.
    pub c: f64,
    /// The unit of the resource.
    pub unit: f64,
}

impl Pattern {
    /// Its value at x > 0.
    pub fn at(&self, x: f64) -> f64 {
        self.c - self.a * (x / self.unit).powf(-self.b)
    }

    /// The largest distance to another one from x on: it is at x, at infinity, or at the one place between where the slopes are equal.
    pub fn distance(&self, other: &Self, x: f64) -> f64 {
        let gap = |x: f64| (self.at(x) - other.at(x)).abs();
        // In units of x, so that both scales are one.
        let scale = |p: &Self| p.a * p.b * (x / p.unit).powf(-p.b);
        let place = x * (scale(self) / scale(other)).powf(1.0 / (self.b - other.b));
        let between = if place.is_finite() && place > x { gap(place) } else { 0.0 };
        gap(x).max((self.c - other.c).abs()).max(between)
    }
}

/// What is known of a curve by its trends.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The trends of levels [`FIRST`], [`FIRST`] + 1, …
    pub trends: Vec<Pattern>,
    /// For each of them its proximity: the largest distance to the trend before on all that is to come; nothing for the first.
    pub proximity: Vec<Option<f64>>,
    /// The working level, in observations.
    pub working: Option<usize>,
    /// The prediction level, in observations.
    pub prediction: Option<usize>,
    /// The convergence level, in observations, where a threshold is set.
    pub convergence: Option<usize>,
}

impl Trace {
    /// The trend of a level.
    pub fn trend(&self, level: usize) -> Option<&Pattern> {
        self.trends.get(level.checked_sub(FIRST)?)
    }

    /// The proximity of a level.
    pub fn proximity_at(&self, level: usize) -> Option<f64> {
        self.proximity.get(level.checked_sub(FIRST)?).copied().flatten()
    }
}

impl Trend {
    /// Refuses settings that mean nothing.
    ///
    /// # Errors
    /// A verticality, slowdown or threshold that is not positive, and no look-ahead.
    pub fn checked(self) -> Result<Self, FitError> {
        let positive = |v: f64| v > 0.0 && v.is_finite();
        if !(positive(self.verticality) && positive(self.slowdown) && self.threshold.is_none_or(positive) && self.look_ahead >= 1) {
            return Err(FitError::Setting("trend: verticality, slowdown and threshold are positive, and look-ahead is at least 1".to_owned()));
        }
        Ok(self)
    }

    /// The trends of a curve whose measure can be at most `highest`.
    ///
    /// # Errors
    /// Fewer than three observations, and a resource that is not positive.
    pub fn trace(&self, x: &[f64], y: &[f64], highest: f64) -> Result<Trace, FitError> {
        if x.len() < FIRST {
            return Err(FitError::TooFewPoints { have: x.len(), need: FIRST, who: "trend".to_owned() });
        }
        if x[0] <= 0.0 {
            return Err(FitError::Setting(format!("trend: the resource begins at {}; a power of it needs positive amounts", x[0])));
        }
        let (mut trends, mut proximity): (Vec<Pattern>, Vec<Option<f64>>) = (Vec::new(), Vec::new());
        for level in FIRST..=x.len() {
            let before = trends.last().copied();
            let anchor = before.filter(|_| self.anchored).map(|t| t.c);
            let trend = pattern(&x[..level], &y[..level], anchor);
            proximity.push(before.map(|b| trend.distance(&b, x[level - 1])));
            trends.push(trend);
        }
        let steep = self.verticality.powf(1.0 / self.slowdown);
        let calm = |level: usize| {
            let k = level - FIRST;
            (trends[k + 1].c - trends[k].c).abs() / (x[level] - x[level - 1]) <= steep
        };
        let last = x.len();
        let working = (FIRST..last).find(|&w| w + self.look_ahead < last && (w..=w + self.look_ahead).all(calm));
        let prediction = working.and_then(|w| (w..=last).find(|&l| trends[l - FIRST].c <= highest));
        let near = |level: usize, t: f64| proximity[level - FIRST].is_some_and(|p| p <= t);
        let convergence = self.threshold.zip(prediction).and_then(|(t, p)| (p..=last).find(|&l| near(l, t)));
        Ok(Trace { trends, proximity, working, prediction, convergence })
    }
}

/// Values of b that are looked at first, evenly spaced in the logarithm.
const RATES: usize = 40;
const SLOWEST: f64 = 0.005;
const FASTEST: f64 = 20.0;
/// Steps of the golden section around the best of them.
const STEPS: usize = 60;

/// The least-squares pattern of some observations, and of a limit that is observed as well.
fn pattern(x: &[f64], y: &[f64], limit: Option<f64>) -> Pattern {
    let unit = x[x.len() - 1];
    let at = |ln_b: f64| {
        let b = ln_b.exp();
        let (mut n, mut u, mut v, mut uu, mut uv) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let mut add = |basis: f64, value: f64| {
            n += 1.0;
            u += basis;
            v += value;
            uu += basis * basis;
            uv += basis * value;
        };
        x.iter().zip(y).for_each(|(x, y)| add((x / unit).powf(-b), *y));
        limit.into_iter().for_each(|c| add(0.0, c));
        let slope = (uv - u * v / n) / (uu - u * u / n);
        // A pattern never falls: the best one of what does not rise is level.
        let a = if slope.is_finite() { (-slope).max(0.0) } else { 0.0 };
        let c = v / n + a * u / n;
        let off = |basis: f64, value: f64| (value - c + a * basis).powi(2);
        let own: f64 = x.iter().zip(y).map(|(x, y)| off((x / unit).powf(-b), *y)).sum();
        (own + limit.map_or(0.0, |c| off(0.0, c)), Pattern { a, b, c, unit })
    };
    let step = (FASTEST / SLOWEST).ln() / (RATES - 1) as f64;
    let rate = |k: usize| SLOWEST.ln() + step * k as f64;
    let best = (0..RATES).min_by(|i, j| at(rate(*i)).0.total_cmp(&at(rate(*j)).0)).unwrap_or(0);
    let (mut low, mut high) = (rate(best.saturating_sub(1)), rate((best + 1).min(RATES - 1)));
    let golden = 0.5 * (5f64.sqrt() - 1.0);
    for _ in 0..STEPS {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if at(left).0 <= at(right).0 {
            high = right;
        } else {
            low = left;
        }
    }
    at(0.5 * (low + high)).1
}

/// The names of the answers.
const TREND: &str = "trend";
const PREDICTION: &str = "prediction";
const THRESHOLD: &str = "threshold";
/// A proximity is so many standard deviations.
const WIDE: f64 = 2.0;

impl Forecaster for Trend {
    fn answers(&self) -> Vec<String> {
        [Some(TREND), Some(PREDICTION), self.threshold.map(|_| THRESHOLD)].into_iter().flatten().map(str::to_owned).collect()
    }

    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        let (x, y) = (q.seen.x(), q.seen.y());
        let trace = self.trace(x, y, self.highest.unwrap_or(q.bounds.1));
        let answers = self.answers();
        let share = 1.0 / answers.len() as f64;
        let of = |name: String| {
            let level = |t: &Trace| match name.as_str() {
                PREDICTION => t.prediction,
                THRESHOLD => t.convergence,
                _ => Some(x.len()),
            };
            let found = trace.clone().and_then(|t| {
                let level = level(&t).ok_or_else(|| FitError::NotReached { level: name.clone(), have: x.len() })?;
                let trend = *t.trend(level).ok_or_else(|| FitError::NotReached { level: name.clone(), have: x.len() })?;
                Ok((trend, level, t.proximity_at(level)))
            });
            let notes = found.as_ref().map_or(Vec::new(), |(trend, level, proximity)| {
                let near = proximity.map(|p| ("proximity", p));
                let last = q.at.last().map(|x| ("final", trend.at(*x)));
                [Some(("level", *level as f64)), Some(("asymptote", trend.c)), last, near].into_iter().flatten().collect()
            });
            let largest = y.iter().fold(0.0f64, |a, y| a.max(y.abs()));
            let forecast = found.and_then(|(trend, _, proximity)| {
                let sd = proximity.map_or(largest, |p| p / WIDE).max(1e-6 * largest).max(f64::MIN_POSITIVE);
                let mean = q.at.iter().map(|x| trend.at(*x)).collect();
                Ok(Forecast::new(q.at.to_vec(), Shape::Normal { mean, sd: vec![sd; q.at.len()] })?)
            });
            Answer { name, forecast, share, notes }
        };
        answers.into_iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    fn observed(n: usize, of: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (1..=n).map(|k| 5000.0 * k as f64).collect();
        let y = x.iter().map(|x| of(*x)).collect();
        (x, y)
    }

    fn exact(x: f64) -> f64 {
        95.0 - 200.0 * x.powf(-0.3)
    }

    #[test]
    fn trends_of_the_pattern_itself_are_exact() {
        let (x, y) = observed(30, exact);
        let t = Trend { threshold: Some(1.0), ..Trend::default() }.trace(&x, &y, 100.0).unwrap();
        for trend in &t.trends {
            assert!((trend.c - 95.0).abs() < 1e-4 && (trend.b - 0.3).abs() < 1e-5 && (trend.at(1e6) - exact(1e6)).abs() < 1e-5, "{trend:?}");
        }
        assert_eq!((t.working, t.prediction, t.convergence), (Some(3), Some(3), Some(4)));
        // Anchors do not move what is right.
        let anchored = Trend { anchored: true, ..Trend::default() }.trace(&x, &y, 100.0).unwrap();
        assert!(anchored.trends.iter().all(|t| (t.c - 95.0).abs() < 1e-3));
    }

    #[test]
    fn a_level_is_not_reached_before_the_backbone_is_calm_and_can_be() {
        let (x, y) = observed(30, exact);
        let calm = Trend { verticality: 1e-30, ..Trend::default() }.trace(&x, &y, 100.0).unwrap();
        assert_eq!((calm.working, calm.prediction), (None, None));
        // An asymptote above what can be is no prediction.
        let odd = Trend::default().trace(&x, &y, 94.0).unwrap();
        assert_eq!((odd.working, odd.prediction), (Some(3), None));
        // Five levels ahead need five more.
        let (x, y) = observed(8, exact);
        assert_eq!(Trend::default().trace(&x, &y, 100.0).unwrap().working, None);
        let (x, y) = observed(9, exact);
        assert_eq!(Trend::default().trace(&x, &y, 100.0).unwrap().working, Some(3));
    }

    #[test]
    fn the_distance_of_two_patterns_is_the_largest_there_is() {
        let one = Pattern { a: 3.0, b: 0.5, c: 10.0, unit: 1.0 };
        for other in [Pattern { a: 3.0, b: 0.2, c: 10.2, unit: 1.0 }, Pattern { a: 8.0, b: 0.9, c: 9.0, unit: 2.0 }, Pattern { c: 11.0, ..one }] {
            let searched = (0..4000).map(|k| 2.0 * 1.01f64.powi(k)).map(|x| (one.at(x) - other.at(x)).abs()).fold(0.0, f64::max);
            let found = one.distance(&other, 2.0);
            assert!((found - searched).abs() < 1e-3 * searched && found >= searched - 1e-12, "{found} {searched}");
        }
    }

    #[test]
    fn an_anchor_holds_what_one_odd_observation_throws_off() {
        let odd = |x: f64| exact(x) - if x == 30_000.0 { 6.0 } else { 0.0 };
        let (x, y) = observed(12, odd);
        let worst = |anchored: bool| {
            let t = Trend { anchored, ..Trend::default() }.trace(&x, &y, 100.0).unwrap();
            t.trends.iter().map(|t| (t.c - 95.0).abs()).fold(0.0, f64::max)
        };
        assert!(worst(true) < worst(false), "{} {}", worst(true), worst(false));
    }

    #[test]
    fn answers_say_their_level_or_that_it_is_not_reached() {
        let (x, y) = observed(30, exact);
        let seen = Curve::new(x, y).unwrap();
        let q = Question { bounds: (0.0, 100.0), ..Question::of(&seen, &[1e6]) };
        let all = Trend { threshold: Some(0.5), ..Trend::default() }.forecast(&q, 0);
        assert_eq!(all.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["trend", "prediction", "threshold"]);
        for a in &all {
            assert!((a.forecast.as_ref().unwrap().median(0) - exact(1e6)).abs() < 1e-3);
        }
        assert!(all[1].notes.contains(&("level", 3.0)));
        let none = Trend { verticality: 1e-30, ..Trend::default() }.forecast(&q, 0);
        assert!(none[0].forecast.is_ok() && matches!(none[1].forecast, Err(FitError::NotReached { .. })));
        let falling = Curve::on_grid(vec![3.0, 2.0, 1.0]).unwrap();
        assert!((Trend::default().forecast(&Question::of(&falling, &[9.0]), 0)[0].forecast.as_ref().unwrap().median(0) - 2.0).abs() < 1e-9);
        assert!(Trend { look_ahead: 0, ..Trend::default() }.checked().is_err());
    }
}
