//! A target: how likely a curve is to be there at some places, and when it is first reached.
//!
//! The probability at a place is that of the curve, as it is logged and with its noise, being at the target or beyond it AT that place, in
//! the direction that is good. It is not that of having been there at some time before: a curve that overfits may reach a target and lose
//! it again, and then the probability falls.
//!
//! The time of the first crossing follows from these probabilities at many places between the last point seen and the furthest place asked:
//! by a place it is reached with at least the largest probability up to there. That is exact for curves that only ever improve, and a lower
//! bound for all others, since a forecast at one place says nothing of how places hang together. So a quantile of the crossing is where that
//! largest probability passes its level; where it does not, the target is not reached within the furthest place at that level.

use std::sync::Arc;

use curves::{Better, Forecast};

use crate::forecast::predict;
use crate::{Error, ForecastOptions, ForecastResult, Quantile, Series, Warning};

/// Where a target is looked for when no places are asked, in multiples of what was seen.
pub const MULTIPLES: [f64; 5] = [1.5, 2.0, 3.0, 5.0, 10.0];
/// Places between the last point seen and the furthest one asked at which the crossing is looked for: a tenfold way in steps of 6 %.
const PLACES: usize = 40;

/// How likely a target is reached, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetResult {
    /// The target.
    pub target: f64,
    /// The first resource value seen at which the curve was there already; `None` where it was not yet.
    pub seen_at: Option<f64>,
    /// Every place asked, with the probability that the curve is at the target or beyond it at that place.
    pub probabilities: Vec<(f64, f64)>,
    /// The median of the first resource value at which it is reached; `None` where that is not within the furthest place.
    pub median: Option<f64>,
    /// Its quantiles at the levels asked; `None` where one is not within the furthest place.
    pub reached_at: Vec<Quantile>,
    /// The furthest place looked at.
    pub within: f64,
    /// The probability that it is reached within the furthest place.
    pub reached: f64,
}

/// A forecast with its distributions.
pub(crate) struct Predicted {
    /// What is said of it.
    pub result: ForecastResult,
    /// For every place asked the distributions, and which of their points that place is.
    pub answers: Vec<(Arc<Forecast>, usize)>,
}

impl Predicted {
    /// The probability of being at a value or beyond it, in the good direction, at the `i`-th place; `None` where there is no such place.
    pub fn reaches(&self, i: usize, value: f64) -> Option<f64> {
        match self.result.measure.better {
            Better::Lower => self.at_most(i, value),
            // All that is not below it.
            Better::Higher => Some(1.0 - self.at_most(i, value.next_down())?),
        }
    }

    /// The probability of being better than a value at the `i`-th place; `None` where there is no such place.
    pub fn beats(&self, i: usize, value: f64) -> Option<f64> {
        match self.result.measure.better {
            Better::Lower => self.at_most(i, value.next_down()),
            Better::Higher => Some(1.0 - self.at_most(i, value)?),
        }
    }

    /// P(Y ≤ value), all that lies beyond the bounds of the measure being moved to them.
    fn at_most(&self, i: usize, value: f64) -> Option<f64> {
        let (forecast, place) = self.answers.get(i)?;
        let measure = &self.result.measure;
        let p = if value >= measure.high {
            1.0
        } else if value < measure.low {
            0.0
        } else {
            forecast.cdf(*place, value)
        };
        Some(p.clamp(0.0, 1.0)).filter(|p| !p.is_nan())
    }
}

/// Where a target is looked for when no places are asked: at 1.5, 2, 3, 5 and 10 times what was seen, in round numbers, and as far as the
/// learning rate is known where it is told.
pub fn places(series: &Series, options: &ForecastOptions) -> Vec<f64> {
    let (Some(first), Some(last)) = (series.x.first(), series.x.last()) else { return Vec::new() };
    let seen = last - first.min(0.0);
    let whole = series.x.iter().all(|x| x.fract() == 0.0);
    let round = |x: f64| if whole { round_up(x).ceil() } else { round_up(x) };
    let all = MULTIPLES.iter().map(|m| round(last + (m - 1.0) * seen)).filter(|x| x > last);
    let Some(rates) = &options.schedule else { return all.collect() };
    // The rate is known at every step from 0 on.
    let end = rates.len().saturating_sub(1) as f64;
    let mut known: Vec<f64> = all.filter(|x| *x < end).collect();
    known.extend(Some(end).filter(|end| end > last));
    known
}

/// Two significant digits, none of them lost downwards.
fn round_up(x: f64) -> f64 {
    if x <= 0.0 || !x.is_finite() {
        return x;
    }
    let unit = 10f64.powf(x.log10().floor() - 1.0);
    (x / unit).ceil() * unit
}

/// The forecast at some places, and when the target is reached.
pub(crate) fn reach(series: &Series, at: &[f64], target: f64, options: &ForecastOptions) -> Result<ForecastResult, Error> {
    if !target.is_finite() {
        return Err(Error::Option(format!("a target of {target}; give a value of the measure")));
    }
    let at = if at.is_empty() { places(series, options) } else { at.to_vec() };
    let asked = predict(series, &at, options)?;
    let probabilities = at.iter().enumerate().map(|(i, x)| (*x, asked.reaches(i, target).unwrap_or(0.0))).collect();
    let (last, within) = (asked.result.last, at.iter().copied().fold(asked.result.last, f64::max));
    let seen_at = seen_at(series, target, &asked.result);
    // What is certain already has one quantile.
    let crossing = match seen_at {
        Some(_) => Vec::new(),
        None => crossing(series, target, &between(last, within), options, last)?,
    };
    let quantile = |level: f64| seen_at.or_else(|| passes(&crossing, level));
    let reached_at = options.levels.iter().map(|level| Quantile { level: *level, value: quantile(*level) }).collect();
    let reached = if seen_at.is_some() { 1.0 } else { crossing.last().map_or(0.0, |last| last.1) };
    let found = TargetResult { target, seen_at, probabilities, median: quantile(0.5), reached_at, within, reached };
    Ok(ForecastResult { target: Some(found), ..asked.result })
}

/// Where the curve was at the target or beyond it first. A first point that is no part of the curve does not count.
fn seen_at(series: &Series, target: f64, found: &ForecastResult) -> Option<f64> {
    let there = |y: f64| match found.measure.better {
        Better::Lower => y <= target,
        Better::Higher => y >= target,
    };
    let left_out = found.warnings.iter().find_map(|w| match w {
        Warning::FirstLeftOut { at, .. } => Some(*at),
        _ => None,
    });
    let mut points = series.x.iter().zip(&series.y).filter(|(x, _)| Some(**x) != left_out);
    points.find(|(_, y)| there(**y)).map(|(x, _)| *x)
}

/// Places from the last point seen to the furthest one asked, even in the logarithm where there is one.
fn between(last: f64, within: f64) -> Vec<f64> {
    let step = |k: usize| {
        let share = k as f64 / PLACES as f64;
        if last > 0.0 { last * (within / last).powf(share) } else { last + share * (within - last) }
    };
    (1..PLACES).map(step).filter(|x| *x > last && *x < within).chain([within]).collect()
}

/// The last point seen and places after it, each with the probability that the target was reached by then.
fn crossing(series: &Series, target: f64, places: &[f64], options: &ForecastOptions, last: f64) -> Result<Vec<(f64, f64)>, Error> {
    let seen = predict(series, places, options)?;
    let mut largest = 0.0f64;
    let reached = places.iter().enumerate().map(|(i, x)| {
        largest = largest.max(seen.reaches(i, target).unwrap_or(0.0));
        (*x, largest)
    });
    Ok([(last, 0.0)].into_iter().chain(reached).collect())
}

/// Where a probability that never falls passes a level, on straight lines between its places.
fn passes(reached: &[(f64, f64)], level: f64) -> Option<f64> {
    reached.windows(2).find_map(|pair| match pair {
        [(x0, p0), (x1, p1)] if *p0 < level && *p1 >= level => Some(x0 + (level - p0) / (p1 - p0) * (x1 - x0)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast;

    /// 2 + 5 x^−0.5 up to x = 100, with a ripple, so that a forecast has a spread.
    fn falling() -> Series {
        let x: Vec<f64> = (1..=100).map(f64::from).collect();
        let y = x.iter().map(|x| 2.0 + 5.0 * x.powf(-0.5) + 0.02 * (1.7 * x).sin()).collect();
        Series { measure: "loss".to_owned(), resource: "epoch".to_owned(), ..Series::new(x, y) }
    }

    /// The same as something of which more is better.
    fn rising() -> Series {
        let series = falling();
        Series { y: series.y.iter().map(|y| 10.0 - y).collect(), measure: "score".to_owned(), ..series }
    }

    fn asked(series: &Series, at: &[f64], target: f64) -> TargetResult {
        forecast(series, at, &ForecastOptions { target: Some(target), ..ForecastOptions::default() }).unwrap().target.unwrap()
    }

    #[test]
    fn a_target_is_reached_about_where_the_curve_reaches_it() {
        // 2 + 5 x^−0.5 is 2.35 at (5 / 0.35)² ≈ 204.
        let found = asked(&falling(), &[150.0, 200.0, 300.0, 1000.0], 2.35);
        let median = found.median.unwrap();
        assert!((median / 204.0).ln().abs() < 0.25, "{median}");
        let p: Vec<f64> = found.probabilities.iter().map(|p| p.1).collect();
        assert!(p.is_sorted() && p[0] < 0.5 && p[3] > 0.8, "{p:?}");
        let order: Vec<f64> = found.reached_at.iter().map(|q| q.value.unwrap_or(f64::INFINITY)).collect();
        assert!(order.is_sorted() && order[0] > 100.0 && found.reached_at[2].value == found.median && found.within == 1000.0, "{order:?}");
        assert!(found.reached >= p[3], "{} {p:?}", found.reached);
    }

    #[test]
    fn the_probability_at_a_place_is_that_of_the_forecast_there() {
        // The quantile of level p is passed with probability p where less is better, and with 1 − p where more is.
        for (series, sign) in [(falling(), 1.0), (rising(), -1.0)] {
            let plain = forecast(&series, &[200.0], &ForecastOptions::default()).unwrap();
            for q in &plain.points[0].quantiles {
                let p = asked(&series, &[200.0], q.value.unwrap()).probabilities[0].1;
                let want = if sign > 0.0 { q.level } else { 1.0 - q.level };
                assert!((p - want).abs() < 1e-6, "{p} for {want}");
            }
            // Nothing else of the forecast moves.
            let with = forecast(&series, &[200.0], &ForecastOptions { target: Some(2.3), ..ForecastOptions::default() }).unwrap();
            assert_eq!((with.points, with.warnings), (plain.points, plain.warnings));
        }
    }

    #[test]
    fn a_target_that_is_far_is_not_within_what_is_asked() {
        let found = asked(&falling(), &[200.0], 1.0);
        assert!(found.median.is_none() && found.reached_at.iter().all(|q| q.value.is_none()), "{found:?}");
        assert!(found.probabilities[0].1 < 0.01 && found.reached < 0.01 && found.seen_at.is_none(), "{found:?}");
    }

    #[test]
    fn a_target_that_was_reached_says_where() {
        let found = asked(&falling(), &[200.0], 3.0);
        // The ripple carries the first crossing to 24, a step before (5 / 1)² = 25.
        let first = falling().x.into_iter().zip(falling().y).find(|p| p.1 <= 3.0).unwrap().0;
        assert_eq!((found.seen_at, found.median, found.reached), (Some(first), Some(first), 1.0));
        assert!(found.reached_at.iter().all(|q| q.value == Some(first)) && found.probabilities[0].1 > 0.99, "{found:?}");
        // A zero that was logged before the first loss is no loss.
        let mut zero = falling();
        zero.x.insert(0, 0.0);
        zero.y.insert(0, 0.0);
        assert_eq!(asked(&zero, &[200.0], 2.35).seen_at, None);
    }

    #[test]
    fn bounds_are_never_passed() {
        let found = asked(&falling(), &[200.0], -0.5);
        assert_eq!(found.probabilities[0].1, 0.0);
        let options = ForecastOptions { target: Some(7.5), bounds: Some((0.0, 7.2)), ..ForecastOptions::default() };
        let found = forecast(&falling(), &[200.0], &options).unwrap().target.unwrap();
        assert_eq!((found.probabilities[0].1, found.seen_at), (1.0, Some(1.0)));
    }

    #[test]
    fn places_are_round_and_end_with_the_rates() {
        let none = ForecastOptions::default();
        assert_eq!(places(&falling(), &none), [150.0, 200.0, 300.0, 500.0, 1000.0]);
        let of = |x: &[f64]| places(&Series::new(x.to_vec(), vec![1.0; x.len()]), &none);
        assert_eq!(of(&[1.0, 7.0]), [11.0, 14.0, 21.0, 35.0, 70.0]);
        assert_eq!(of(&[1000.0, 13_371.0]), [21_000.0, 27_000.0, 41_000.0, 67_000.0, 140_000.0]);
        assert!(of(&[0.1, 0.25, 0.59]).is_sorted() && of(&[0.1, 0.25, 0.59])[0] > 0.88);
        assert!(of(&[-4.0, 0.0]).iter().all(|x| *x > 0.0) && of(&[]).is_empty());
        let scheduled = ForecastOptions { schedule: Some(vec![1e-3; 251]), ..none };
        assert_eq!(places(&falling(), &scheduled), [150.0, 200.0, 250.0]);
        // Without places these are taken.
        let found = forecast(&falling(), &[], &ForecastOptions { target: Some(2.4), ..ForecastOptions::default() }).unwrap();
        assert_eq!((found.points.len(), found.target.unwrap().within), (5, 1000.0));
    }

    #[test]
    fn levels_are_passed_on_lines_between_places() {
        let reached = [(10.0, 0.0), (20.0, 0.5), (30.0, 0.5), (40.0, 0.9)];
        assert_eq!((passes(&reached, 0.25), passes(&reached, 0.5), passes(&reached, 0.7)), (Some(15.0), Some(20.0), Some(35.0)));
        assert_eq!(passes(&reached, 0.95), None);
    }

    #[test]
    fn what_is_no_target_is_refused() {
        let why = |target: f64| forecast(&falling(), &[200.0], &ForecastOptions { target: Some(target), ..ForecastOptions::default() }).unwrap_err();
        assert!(why(f64::NAN).to_string().contains("a value of the measure"));
        let past = forecast(&falling(), &[50.0], &ForecastOptions { target: Some(2.0), ..ForecastOptions::default() }).unwrap_err();
        assert!(past.to_string().contains("not beyond"));
    }
}
