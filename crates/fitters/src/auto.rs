//! `auto`: the best of several, weighed by how well each would have predicted this curve's own past, with bands that hold what they say.
//!
//! A curve is cut at several places of its past, and every expert is asked what then came (a rolling origin). Errors at the distance
//! asked count most, and later places more than earlier ones; earlier runs of the same project are more such places. The answer is the mean of
//! the experts, each weighed by the inverse of its mean square error, and the spread is Student's t with four degrees of freedom, whose
//! square is a sum of what can be seen: the error of that mean in the past, how far the experts are apart, the noise of the curve, and the
//! change that is predicted.
//!
//! The five coefficients of that sum are [`SPREAD`]. They make the likelihood of what came largest on the curves that are not kept out (two of three,
//! by the hash of their name) of TaskSet, LCDB 1.1, the scaling benchmark and two sets of language-model losses, every set and cutoff
//! weighing the square root of its curves; this is the calibration of split-conformal prediction with a parametric score (Vovk et al. 2005;
//! Romano et al. 2019). Curves kept out were not looked at.

mod experts;
mod past;

use curves::{Curve, Forecast, Shape};

use crate::{Answer, FitError, Forecaster, Question};
use experts::EXPERTS;
use past::{Past, noise, shift};

/// What the square of the scale is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of the mean square error of the answer in the past, carried to the distance asked.
    pub tests: f64,
    /// Of the variance among the experts.
    pub apart: f64,
    /// Of the noise of the curve.
    pub noise: f64,
    /// Of the square of the change that is predicted.
    pub change: f64,
    /// Of the same where nothing of the past could be tested.
    pub untested: f64,
    /// Points: with so few the square is twice as large.
    pub few: f64,
}

/// The coefficients in force; where they come from stands above.
pub const SPREAD: Spread = Spread { tests: 0.076, apart: 0.303, noise: 0.635, change: 0.088, untested: 0.674, few: 1.6 };

/// Shares of the points seen at which the past is cut.
const CUTS: [f64; 9] = [0.3, 0.4, 0.5, 0.6, 0.68, 0.76, 0.84, 0.9, 0.95];
/// Of what was known after a cut, these shares (in ln x) are held against the experts.
const AHEAD: [f64; 4] = [0.25, 0.5, 0.75, 1.0];
/// A test this far, in the logarithm of its distance, from the distance asked counts e^−½.
const KERNEL: f64 = 0.6;
/// What is believed of an expert beforehand weighs as much as so many tests.
const BELIEF: f64 = 1.0;
/// Of the largest value, a spread below which nothing is believed: numbers are logged with five digits.
const LEAST: f64 = 1e-5;
/// A curve of fewer points is not forecast.
const FEWEST: usize = 3;

/// The forecaster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auto {
    /// How wide the bands are.
    pub spread: Spread,
}

impl Default for Auto {
    fn default() -> Self {
        Self { spread: SPREAD }
    }
}

/// An expert in the answer at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a few words.
    pub says: &'static str,
    /// Its weight, 0 to 1.
    pub weight: f64,
    /// The root of its mean square error in the past at the distance asked; `None` where it could not be tested.
    pub error: Option<f64>,
}

/// An answer with its reasons.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The forecast.
    pub forecast: Forecast,
    /// The experts at every place asked, the heaviest first.
    pub shares: Vec<Vec<Share>>,
}

/// Where values can lie.
#[derive(Clone, Copy)]
struct Within {
    least: f64,
    most: f64,
}

/// What one place of the past says of every expert.
struct Test {
    /// How far ahead, in ln x.
    distance: f64,
    /// How much it counts.
    weight: f64,
    truth: f64,
    said: Vec<Option<f64>>,
}

impl Auto {
    /// The forecast, with the weights of the experts.
    ///
    /// # Errors
    /// Fewer than three points, and places that are not beyond the last one.
    pub fn weigh(&self, q: &Question<'_>) -> Result<Weighed, FitError> {
        let n = q.seen.len();
        if n < FEWEST {
            return Err(FitError::TooFewPoints { have: n, need: FEWEST, who: "auto".to_owned() });
        }
        let (last, _) = q.seen.last();
        if let Some(at) = q.at.iter().find(|at| !(at.is_finite() && **at > last)) {
            return Err(FitError::Setting(format!("auto predicts what comes after {last}, the last point seen, and {at} does not")));
        }
        let shift = shift(q.seen);
        let past = Past::new(q.seen, shift);
        // What was always positive does not cross zero: losses, errors and counts do not.
        let (low, high) = q.bounds;
        let low = if q.seen.y().iter().all(|y| *y > 0.0) { low.max(0.0) } else { low };
        // What was seen beyond a bound says that it is none.
        let (least, most) = q.seen.y().iter().fold((low, high), |(l, h), y| (l.min(*y), h.max(*y)));
        let within = Within { least, most };
        let mut tests = tests(&past, within);
        for run in q.earlier {
            tests.extend(elsewhere(run.curve, last, shift, within));
        }
        let places: Vec<f64> = q.at.iter().map(|at| at + shift).collect();
        let said = asked(&past, &places, within);
        let noise = noise(q.seen);
        let (mut centre, mut scale, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for (i, place) in places.iter().enumerate() {
            let distance = place.ln() - past.l[past.len() - 1];
            let said: Vec<Option<f64>> = said.iter().map(|s| s.as_ref().map(|v| v[i])).collect();
            let (weights, errors) = weights(&said, &tests, distance, noise);
            let mean = mixed(&said, &weights).ok_or_else(|| FitError::NotFinite { who: "auto".to_owned() })?;
            centre.push(mean);
            scale.push(self.scale(&past, &tests, &said, &weights, mean, distance, noise, n));
            let total: f64 = weights.iter().sum();
            let mut here: Vec<Share> = EXPERTS
                .iter()
                .zip(&weights)
                .zip(&errors)
                .filter(|((_, w), _)| **w > 0.0)
                .map(|((e, w), error)| Share { name: e.name, says: e.says, weight: w / total, error: error.map(f64::sqrt) })
                .collect();
            here.sort_by(|a, b| b.weight.total_cmp(&a.weight));
            shares.push(here);
        }
        Ok(Weighed { forecast: Forecast::new(q.at.to_vec(), Shape::Student { centre, scale })?, shares })
    }

    /// The scale of Student's t at one place.
    #[expect(clippy::too_many_arguments, reason = "what a spread is made of")]
    fn scale(&self, past: &Past, tests: &[Test], said: &[Option<f64>], weights: &[f64], mean: f64, distance: f64, noise: f64, points: usize) -> f64 {
        let s = &self.spread;
        let apart = moment(said, weights, mean);
        let change = (mean - past.level()).powi(2);
        let errors = tests.iter().filter_map(|t| mixed(&t.said, weights).map(|m| (t, m - t.truth)));
        let tested = average(errors.map(|(t, error)| (nearness(t, distance), (error * distance / t.distance).powi(2))));
        let seen = s.apart * apart + s.change * change + tested.map_or(s.untested * change, |v| s.tests * v);
        let largest = past.y.iter().fold(0.0f64, |a, y| a.max(y.abs()));
        (seen * (1.0 + s.few / points as f64) + s.noise * noise * noise + (LEAST * largest).powi(2)).sqrt().max(f64::MIN_POSITIVE)
    }
}

impl Forecaster for Auto {
    fn forecast(&self, question: &Question<'_>, _seed: u64) -> Vec<Answer> {
        Answer::only(self.weigh(question).map(|w| w.forecast))
    }
}

/// What every expert says at some places.
fn asked(past: &Past, places: &[f64], within: Within) -> Vec<Option<Vec<f64>>> {
    let answer = |e: &experts::Expert| (past.len() >= e.needs).then(|| (e.answer)(past, places)).flatten();
    let kept = |values: Vec<f64>| values.into_iter().map(|v| v.clamp(within.least, within.most)).collect();
    EXPERTS.iter().map(|e| answer(e).map(kept)).collect()
}

/// What the experts would have said at several places of the past.
fn tests(past: &Past, within: Within) -> Vec<Test> {
    let n = past.len();
    let mut found = Vec::new();
    let mut before = 0;
    for share in CUTS {
        let cut = (share * n as f64).round() as usize;
        if cut < 4 || cut >= n || cut == before {
            continue;
        }
        before = cut;
        found.extend(at_cut(past, cut, share * share, within));
    }
    found
}

/// An earlier run, cut where the present one is.
fn elsewhere(run: &Curve, last: f64, shift: f64, within: Within) -> Vec<Test> {
    let whole = Past::new(run, shift);
    let cut = whole.u.partition_point(|u| *u <= last + shift);
    let usable = cut >= 4 && cut < whole.len() && whole.u[0] > 0.0;
    if usable { at_cut(&whole, cut, 1.0, within) } else { Vec::new() }
}

fn at_cut(past: &Past, cut: usize, weight: f64, within: Within) -> Vec<Test> {
    let n = past.len();
    let known = past.until(cut);
    let (here, end) = (past.l[cut - 1], past.l[n - 1]);
    let mut ahead: Vec<usize> = AHEAD
        .iter()
        .map(|share| {
            // A hair below, so that the last point itself is found whatever its logarithm rounds to.
            let place = (here + share * (end - here)).exp() * (1.0 - 1e-6);
            past.u.partition_point(|u| *u < place).clamp(cut, n - 1)
        })
        .collect();
    ahead.dedup();
    let places: Vec<f64> = ahead.iter().map(|j| past.u[*j]).collect();
    let said = asked(&known, &places, within);
    let test = |(t, j): (usize, &usize)| Test {
        distance: past.l[*j] - here,
        weight,
        truth: past.y[*j],
        said: said.iter().map(|s| s.as_ref().map(|v| v[t])).collect(),
    };
    ahead.iter().enumerate().map(test).collect()
}

/// How much a test says of the distance asked.
fn nearness(test: &Test, distance: f64) -> f64 {
    let off = (test.distance / distance).ln() / KERNEL;
    test.weight * (-0.5 * off * off).exp()
}

/// The weight of every expert, and its mean square error at the distance asked.
fn weights(said: &[Option<f64>], tests: &[Test], distance: f64, noise: f64) -> (Vec<f64>, Vec<Option<f64>>) {
    let errors: Vec<Option<f64>> = (0..said.len())
        .map(|k| {
            said[k]?;
            let errors = tests.iter().filter_map(|t| Some((nearness(t, distance), ((t.said[k]? - t.truth) * distance / t.distance).powi(2))));
            average(errors)
        })
        .collect();
    let mut known: Vec<f64> = errors.iter().flatten().copied().collect();
    known.sort_by(f64::total_cmp);
    let usual = known.get(known.len() / 2).copied().unwrap_or(1.0);
    let total: f64 = tests.iter().map(|t| nearness(t, distance)).sum();
    // Below this experts are equally good, and the noise of the past says which one was lucky.
    let floor = 0.05 * usual + 0.1 * noise * noise + 1e-200;
    let weight = |k: usize| {
        said[k].map_or(0.0, |_| {
            let believed = EXPERTS[k].usual * usual;
            let error = errors[k].unwrap_or(believed);
            ((BELIEF * believed + total * error) / (BELIEF + total) + floor).recip()
        })
    };
    ((0..said.len()).map(weight).collect(), errors)
}

/// The mean of (weight, value); `None` where nothing has a weight.
fn average(pairs: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (weight, sum) = pairs.fold((0.0, 0.0), |(w, s), (weight, value)| (w + weight, s + weight * value));
    let mean = sum / weight;
    (weight > 0.0 && mean.is_finite()).then_some(mean)
}

/// The weighted mean of what was said.
fn mixed(said: &[Option<f64>], weights: &[f64]) -> Option<f64> {
    average(said.iter().zip(weights).filter_map(|(s, w)| Some((*w, (*s)?))))
}

/// The weighted mean square of what was said around a centre.
fn moment(said: &[Option<f64>], weights: &[f64], centre: f64) -> f64 {
    average(said.iter().zip(weights).filter_map(|(s, w)| Some((*w, ((*s)? - centre).powi(2))))).unwrap_or(0.0)
}

#[cfg(test)]
mod tests_of_auto {
    use super::*;
    use crate::Run;

    fn curve(n: u32, f: impl Fn(f64) -> f64) -> Curve {
        Curve::on_grid((1..=n).map(|t| f(f64::from(t))).collect()).unwrap()
    }

    fn at(seen: &Curve, places: &[f64]) -> Weighed {
        Auto::default().weigh(&Question::of(seen, places)).unwrap()
    }

    #[test]
    fn a_power_law_goes_on_and_its_experts_win() {
        let seen = curve(100, |t| 2.0 + 5.0 * t.powf(-0.3));
        let found = at(&seen, &[200.0, 1000.0]);
        for (i, (place, near)) in [(200.0f64, 0.02), (1000.0, 0.03)].into_iter().enumerate() {
            let truth = 2.0 + 5.0 * place.powf(-0.3);
            let f = &found.forecast;
            assert!((f.median(i) / truth - 1.0).abs() < near, "{} for {truth}", f.median(i));
            assert!(f.quantile(i, 0.05) < truth && truth < f.quantile(i, 0.95), "{truth}: {:?}", f.shape());
            assert!(found.shares[i][0].name.contains("power"), "{:?}", found.shares[i]);
            assert!((found.shares[i].iter().map(|s| s.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_answer_at_a_place_does_not_depend_on_the_others() {
        let seen = curve(60, |t| 2.0 + 5.0 * t.powf(-0.3) + 0.01 * (7.0 * t).sin());
        let (one, two) = (at(&seen, &[100.0]), at(&seen, &[100.0, 1e5]));
        assert_eq!((one.forecast.median(0), one.forecast.quantile(0, 0.1)), (two.forecast.median(0), two.forecast.quantile(0, 0.1)));
    }

    #[test]
    fn units_do_not_move_the_answer() {
        let f = |t: f64| 2.0 + 5.0 * t.powf(-0.3) + 0.01 * (7.0 * t).sin();
        let seen = curve(60, f);
        let other = Curve::new(seen.x().iter().map(|x| 250.0 * x).collect(), seen.y().iter().map(|y| 1e-3 * y).collect()).unwrap();
        let (own, there) = (at(&seen, &[100.0]).forecast, at(&other, &[25_000.0]).forecast);
        for p in [0.05, 0.5, 0.95] {
            assert!((1e3 * there.quantile(0, p) / own.quantile(0, p) - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_plateau_goes_on_as_a_plateau_within_its_noise() {
        let seen = curve(80, |t| 3.0 + 0.1 * (t * t).sin());
        let f = at(&seen, &[120.0]).forecast;
        assert!((f.median(0) - 3.0).abs() < 0.06 && f.quantile(0, 0.05) > 2.6 && f.quantile(0, 0.95) < 3.4, "{:?}", f.shape());
    }

    #[test]
    fn earlier_runs_narrow_what_the_past_of_one_cannot_tell() {
        // Three points say little; ten runs of the same shape say which experts are right.
        let shape = |level: f64| move |t: f64| level + 2.0 * t.powf(-0.5);
        let seen = curve(5, shape(1.0));
        let runs: Vec<Curve> = (0..10).map(|k| curve(50, shape(0.9 + 0.02 * f64::from(k)))).collect();
        let earlier: Vec<Run<'_>> = runs.iter().map(|curve| Run { curve, schedule: None }).collect();
        let q = Question { earlier: &earlier, ..Question::of(&seen, &[50.0]) };
        let (alone, informed) = (at(&seen, &[50.0]).forecast, Auto::default().weigh(&q).unwrap().forecast);
        let truth = shape(1.0)(50.0);
        assert!((informed.median(0) - truth).abs() < (alone.median(0) - truth).abs());
        assert!(informed.quantile(0, 0.95) - informed.quantile(0, 0.05) < alone.quantile(0, 0.95) - alone.quantile(0, 0.05));
    }

    #[test]
    fn bounds_hold_where_they_are_known_and_true() {
        // A line in ln x leaves the unit interval; an accuracy does not.
        let seen = curve(20, |t| 0.3 * t.ln());
        let bounds = |bounds| Auto::default().weigh(&Question { bounds, ..Question::of(&seen, &[1000.0]) }).unwrap().forecast.median(0);
        let free = bounds((f64::NEG_INFINITY, f64::INFINITY));
        assert!(free > 1.1 && bounds((0.0, 1.0)) <= 1.0, "{free}");
        // A value that was seen beyond a bound is no error of the curve.
        assert!(bounds((0.0, 0.5)) >= 0.8);
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        let two = curve(2, |t| t);
        assert!(matches!(Auto::default().weigh(&Question::of(&two, &[9.0])), Err(FitError::TooFewPoints { have: 2, need: 3, .. })));
        let three = curve(3, |t| t);
        assert!(Auto::default().weigh(&Question::of(&three, &[9.0])).is_ok());
        assert!(matches!(Auto::default().weigh(&Question::of(&three, &[2.0])), Err(FitError::Setting(_))));
        let flat = curve(10, |_| 0.0);
        let f = at(&flat, &[20.0]).forecast;
        assert!(f.median(0) == 0.0 && f.log_density(0, 0.0).is_some());
    }
}
