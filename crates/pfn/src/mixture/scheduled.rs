//! `SchedulePfn`: the trained network as a forecaster. One forward pass answers.

use curves::{Curve, CurveError, Forecast, Normals, Shape};
use fitters::{Answer, FitError, Forecaster, Question, Run};
use priors::annealing::{Earlier, HALF, Path, matched};

use super::episodes;
use super::frame::{ABOVE_ZERO, Frame, noise};
use super::network::Part;
use super::shipped::Trained;
use super::train::Without;
use super::weights::Card;
use crate::PfnError;

/// A network that reads the learning-rate schedule of a [`Question`], past and future, and is ready to answer.
///
/// It works in the units of the curve, lower or higher being better, on any axis that begins above zero. With a schedule the
/// axis is the step, 0 the first; without one the rate is taken as constant, which the network is told. Curves of more points than it was
/// trained on are averaged over neighbours, and what that takes from their noise is given back to the answer, which is about one measurement
/// and not about a mean.
///
/// A network that has learnt from curves of positive values without schedules (`nsl-s1`) refuses a schedule and negative values.
///
/// Earlier runs are used by networks that were trained beside some. Each is compared where as large a share of its summed learning rate has gone
/// by as of the run that is predicted, and where that has a schedule, it needs one up to its own end.
pub struct SchedulePfn(Trained);

/// The fewest points it answers for.
const FEWEST: usize = 4;
/// The fewest points of an earlier run up to the place of comparison, and after it.
const FEWEST_EARLIER: (usize, usize) = (4, 3);

/// What is seen, as the network takes it.
struct Seen {
    t: Vec<f64>,
    y: Vec<f64>,
    /// The standard deviation of one measurement that averaging has removed.
    removed: f64,
}

impl Seen {
    fn of(curve: &Curve, most: usize) -> Self {
        let points = || curve.x().iter().copied().zip(curve.y().iter().copied()).filter(|p| p.0 > 0.0);
        let (t, y): (Vec<f64>, Vec<f64>) = points().unzip();
        if t.len() <= most {
            return Self { t, y, removed: 0.0 };
        }
        let one = noise(&t, &y);
        let (t, y, counts) = averaged(&t, &y, (3 * most / 4).max(1));
        let late = &counts[counts.len() / 2..];
        let together = late.iter().sum::<f64>() / late.len() as f64;
        Self { t, y, removed: one * (1.0 - 1.0 / together.max(1.0)).sqrt() }
    }
}

/// Means over bins that are half as in t, half as in ln t, so that both the beginning and a cooldown at the end keep their shape; and how many
/// points are in each. Times increase and are positive, and the last is after the first.
fn averaged(t: &[f64], y: &[f64], bins: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (first, last) = (t[0], t[t.len() - 1]);
    let bin = |x: f64| ((0.5 * ((x - first) / (last - first) + (x / first).ln() / (last / first).ln()) * bins as f64) as usize).min(bins - 1);
    let (mut means, mut counts): (Vec<(f64, f64)>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut current = usize::MAX;
    for (&x, &v) in t.iter().zip(y) {
        if bin(x) != current {
            current = bin(x);
            means.push((0.0, 0.0));
            counts.push(0.0);
        }
        if let (Some(mean), Some(count)) = (means.last_mut(), counts.last_mut()) {
            *count += 1.0;
            mean.0 += (x - mean.0) / *count;
            mean.1 += (v - mean.1) / *count;
        }
    }
    let (t, y) = means.into_iter().unzip();
    (t, y, counts)
}

/// An earlier run as the network takes it: a dozen points up to the place of comparison, and a dozen after it. None where there are too few, or
/// where its schedule is not known and that of the run that is predicted is.
fn earlier(run: &Run<'_>, own: Option<&Path>, cut: f64) -> Option<Earlier> {
    let (t, y): (Vec<f64>, Vec<f64>) = run.curve.x().iter().copied().zip(run.curve.y().iter().copied()).filter(|p| p.0 > 0.0).unzip();
    let length = *t.last()?;
    let path = match own {
        Some(_) => Some(run.schedule.filter(|s| s.steps() as f64 >= length).and_then(Path::of)?),
        None => None,
    };
    let share = own.map_or(0.0, |own| own.at(cut).s1 / own.s1()[own.s1().len() - 1].max(f64::MIN_POSITIVE));
    let at = matched(cut, share, path.as_ref(), length);
    // A run that ended before as much of its schedule had gone by says nothing of what comes then.
    if at >= length {
        return None;
    }
    let at = at.min(0.97 * length);
    let before = t.partition_point(|t| *t <= at);
    if before < FEWEST_EARLIER.0 || t.len() - before < FEWEST_EARLIER.1 {
        return None;
    }
    let thin = |t: &[f64], y: &[f64]| {
        if t.len() <= HALF {
            (t.to_vec(), y.to_vec())
        } else {
            let (t, y, _) = averaged(t, y, HALF);
            (t, y)
        }
    };
    let (mut times, mut values) = thin(&t[..before], &y[..before]);
    let (late, later) = thin(&t[before..], &y[before..]);
    let cut = times.len();
    times.extend(late);
    values.extend(later);
    (cut >= FEWEST_EARLIER.0).then_some(Earlier { path, t: times, y: values, cut })
}

impl SchedulePfn {
    /// A network from the bytes of a safetensors file with a model card.
    ///
    /// # Errors
    /// A file that is damaged, or a network of another kind.
    pub fn from_bytes(data: &[u8]) -> Result<Self, PfnError> {
        Trained::from_bytes(data, false).map(Self)
    }

    /// One of the networks shipped with this program.
    ///
    /// # Errors
    /// A name that none has.
    pub fn shipped(name: &str) -> Result<Self, PfnError> {
        Trained::shipped(name, false).map(Self)
    }

    /// Where the network comes from.
    pub fn card(&self) -> &Card {
        &self.0.card
    }

    /// The names of all networks shipped.
    pub fn names() -> Vec<&'static str> {
        Trained::names(false)
    }

    /// A checksum of its weights.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    /// How many of the earlier runs of a question it takes.
    pub fn heard(&self, q: &Question<'_>) -> usize {
        let seen = Seen::of(q.seen, self.0.card.recipe.points);
        seen.t.last().map_or(0, |cut| self.nearest(q, self.path(q).as_ref(), *cut).len())
    }

    /// The schedule of a question, where the network is told of it.
    fn path(&self, q: &Question<'_>) -> Option<Path> {
        q.schedule.filter(|_| !self.0.card.recipe.lacks(Without::Rates)).and_then(Path::of)
    }

    /// Whether it reads a schedule; one that does not has learnt from curves of values above zero.
    fn reads_rates(&self) -> bool {
        self.0.card.recipe.network.inputs != ABOVE_ZERO
    }

    fn answer(&self, q: &Question<'_>) -> Result<Forecast, FitError> {
        let recipe = &self.0.card.recipe;
        let who = || recipe.name.clone();
        let horizon = q.schedule.map_or(f64::INFINITY, |s| s.steps() as f64);
        let outside = |x: &f64| !(*x > 0.0 && *x <= horizon);
        if let Some(&x) = q.at.iter().find(|x| outside(x)).or_else(|| q.seen.x().last().filter(|x| **x > horizon)) {
            return Err(FitError::OutsideRange { x, horizon, who: who() });
        }
        if q.at.is_empty() {
            return Err(CurveError::Empty.into());
        }
        let seen = Seen::of(q.seen, recipe.points);
        if seen.t.len() < FEWEST {
            return Err(FitError::TooFewPoints { have: seen.t.len(), need: FEWEST, who: who() });
        }
        if !self.reads_rates() {
            if let Some((row, &value)) = seen.y.iter().enumerate().find(|(_, y)| **y < 0.0) {
                return Err(FitError::Setting(format!("{} has learnt from values above zero; point {} is {value}", who(), row + 1)));
            }
            if q.schedule.is_some() {
                return Err(FitError::Setting(format!(
                    "{} has learnt from curves without a learning rate; leave the rate out, or take a network that reads one",
                    who()
                )));
            }
        }
        let path = self.path(q);
        let frame = Frame::new(path.as_ref(), &seen.t, &seen.y);
        let inputs = recipe.network.inputs;
        let mut tokens = vec![0.0; seen.t.len() * inputs];
        seen.t.iter().zip(&seen.y).zip(tokens.chunks_exact_mut(inputs)).for_each(|((t, y), row)| frame.token(*t, Some(*y), row));
        self.nearest(q, path.as_ref(), seen.t[seen.t.len() - 1]).iter().for_each(|run| episodes::earlier(run, &frame, &mut tokens));
        let mut asked = vec![0.0; q.at.len() * inputs];
        q.at.iter().zip(asked.chunks_exact_mut(inputs)).for_each(|(t, row)| frame.token(*t, None, row));
        let parts = recipe.network.normals;
        let raw = self.0.with_arena(|arena| self.0.net.answers(&self.0.weights, &tokens, &asked, arena));
        let all: Vec<Part> = raw.chunks_exact(3 * parts).flat_map(|raw| self.own_units(raw, &frame, seen.removed)).collect();
        if !all.iter().all(|p| p.weight.is_finite() && p.mean.is_finite() && p.sd.is_finite()) {
            return Err(FitError::NotFinite { who: who() });
        }
        let column = |f: fn(&Part) -> f64| all.iter().map(f).collect();
        Ok(Forecast::new(q.at.to_vec(), Shape::Normals(Normals::new(parts, column(|p| p.weight), column(|p| p.mean), column(|p| p.sd))?))?)
    }

    /// The earlier runs that the network takes, as many as it knows: those nearest in length where the length of the run that is predicted is
    /// known from its schedule, else the first.
    fn nearest(&self, q: &Question<'_>, path: Option<&Path>, cut: f64) -> Vec<Earlier> {
        let most = self.0.card.recipe.earlier;
        if most == 0 {
            return Vec::new();
        }
        let mut runs: Vec<&Run<'_>> = q.earlier.iter().collect();
        if let Some(own) = q.schedule {
            let far = |run: &Run<'_>| run.schedule.map_or(f64::INFINITY, |its| (its.steps().max(1) as f64 / own.steps().max(1) as f64).ln().abs());
            runs.sort_by(|a, b| far(a).total_cmp(&far(b)));
        }
        runs.into_iter().filter_map(|run| earlier(run, path, cut)).take(most).collect()
    }

    fn own_units(&self, raw: &[f32], frame: &Frame<'_>, removed: f64) -> Vec<Part> {
        let own = |p: Part| {
            let sd = (frame.scale * p.sd).hypot(removed).max(f64::MIN_POSITIVE);
            Part { weight: p.weight, mean: frame.last + frame.scale * p.mean, sd }
        };
        self.0.net.mixture(raw).into_iter().map(own).collect()
    }
}

impl Forecaster for SchedulePfn {
    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        Answer::only(self.answer(q))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Schedule;
    use models::schedule::shapes;

    fn shipped() -> SchedulePfn {
        SchedulePfn::shipped("anneal-s1").unwrap()
    }

    fn ask(p: &SchedulePfn, x: &[f64], y: &[f64], at: &[f64], schedule: Option<&Schedule>) -> Forecast {
        let seen = Curve::new(x.to_vec(), y.to_vec()).unwrap();
        p.forecast(&Question { schedule, ..Question::of(&seen, at) }, 0).remove(0).forecast.unwrap()
    }

    /// A power law on 60 points of a run of `steps`, the first half of it seen.
    fn power(steps: f64) -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (1..=60).map(|k| f64::from(k) * steps / 120.0).collect();
        let y = x.iter().enumerate().map(|(k, x)| 2.0 + (x / steps).powf(-0.5) + 0.004 * (k as f64 * 2.1).sin()).collect();
        (x, y)
    }

    #[test]
    fn every_shipped_network_goes_on_with_a_power_law() {
        for name in SchedulePfn::names() {
            let p = SchedulePfn::shipped(name).unwrap();
            let (x, y) = power(12_000.0);
            let constant = shapes::constant(12_000, 0, 3e-4).unwrap();
            let schedules = [None, Some(&constant)];
            for schedule in schedules.into_iter().take(if p.reads_rates() { 2 } else { 1 }) {
                let f = ask(&p, &x, &y, &[12_000.0], schedule);
                // 3.0 is the truth, 3.41 the last value seen.
                assert!((f.median(0) - 3.0).abs() < 0.1, "{name}: {}", f.median(0));
                assert!(f.quantile(0, 0.05) < 3.0 && f.quantile(0, 0.95) > 3.0, "{name}: {} {}", f.quantile(0, 0.05), f.quantile(0, 0.95));
                assert!(f.quantile(0, 0.95) - f.quantile(0, 0.05) < 0.5, "{name}");
            }
        }
    }

    #[test]
    fn a_cooldown_that_is_known_lowers_the_forecast() {
        let p = shipped();
        let (x, y) = power(12_000.0);
        let wsd = shapes::warm_up_stable_decay(12_000, 100, 9_600, 3e-4, 3e-6, shapes::Decay::Linear).unwrap();
        let constant = shapes::constant(12_000, 100, 3e-4).unwrap();
        let (with, without) = (ask(&p, &x, &y, &[12_000.0], Some(&wsd)), ask(&p, &x, &y, &[12_000.0], Some(&constant)));
        assert!(with.median(0) < without.median(0) - 0.03, "{} {}", with.median(0), without.median(0));
        // Before the decay begins there is little between them.
        let (a, b) = (ask(&p, &x, &y, &[9_000.0], Some(&wsd)), ask(&p, &x, &y, &[9_000.0], Some(&constant)));
        assert!((a.median(0) - b.median(0)).abs() < 0.03, "{} {}", a.median(0), b.median(0));
    }

    #[test]
    fn units_do_not_matter() {
        let p = shipped();
        let (x, y) = power(12_000.0);
        let rates = shapes::cosine(12_000, 600, 3e-4, 3e-5).unwrap();
        let louder = Schedule::new(rates.rates().iter().map(|r| 7.0 * r).collect()).unwrap();
        let slower = Schedule::new((0..36_003).map(|k| rates.rates()[k / 3]).collect()).unwrap();
        for schedule in [None, Some(&rates)] {
            let base = ask(&p, &x, &y, &[12_000.0], schedule);
            let spread = base.quantile(0, 0.9) - base.quantile(0, 0.1);
            let same = |f: &Forecast, k: f64, c: f64, of: f64, p: f64, q: f64| {
                let (have, want) = (f.quantile(0, p), k * base.quantile(0, q) + c);
                assert!((have - want).abs() < of * spread * k.abs(), "{have} {want} at {p}");
            };
            for (k, c) in [(250.0, -7.0), (1e-3, 5.0), (-2.0, 1.0)] {
                let other: Vec<f64> = y.iter().map(|y| k * y + c).collect();
                let f = ask(&p, &x, &other, &[12_000.0], schedule);
                for q in [0.1, 0.5, 0.9] {
                    same(&f, k, c, 2e-3, if k > 0.0 { q } else { 1.0 - q }, q);
                }
            }
            if schedule.is_some() {
                same(&ask(&p, &x, &y, &[12_000.0], Some(&louder)), 1.0, 0.0, 1e-3, 0.5, 0.5);
                let thrice: Vec<f64> = x.iter().map(|x| 3.0 * x).collect();
                same(&ask(&p, &thrice, &y, &[36_000.0], Some(&slower)), 1.0, 0.0, 0.1, 0.5, 0.5);
            } else {
                let thrice: Vec<f64> = x.iter().map(|x| 3.0 * x).collect();
                same(&ask(&p, &thrice, &y, &[36_000.0], None), 1.0, 0.0, 1e-3, 0.5, 0.5);
            }
        }
    }

    #[test]
    fn one_point_or_several_is_the_same_answer() {
        let p = shipped();
        let (x, y) = power(1000.0);
        let at: Vec<f64> = (51..=100).map(|k| 10.0 * f64::from(k)).collect();
        let all = ask(&p, &x, &y, &at, None);
        for i in [0, 7, 49] {
            let one = ask(&p, &x, &y, &at[i..=i], None);
            let spread = one.quantile(0, 0.9) - one.quantile(0, 0.1);
            for q in [0.05, 0.25, 0.5, 0.75, 0.95] {
                let (a, b) = (all.quantile(i, q), one.quantile(0, q));
                assert_eq!(a, b, "{i} {q} {spread}");
            }
            let m = one.median(0);
            let (a, b) = (all.log_density(i, m).unwrap(), one.log_density(0, m).unwrap());
            assert!((a - b).abs() < 0.1, "{a} {b}");
        }
    }

    #[test]
    fn long_curves_are_averaged_and_keep_their_noise() {
        let p = shipped();
        let mut state = 1u64;
        let mut noise = || {
            // Twelve uniforms: a normal, near enough.
            (0..12).fold(-6.0, |sum, _| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum + (state >> 11) as f64 / (1u64 << 53) as f64
            })
        };
        let x: Vec<f64> = (1..=20_000).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 + 20.0 * x.powf(-0.5) + 0.05 * noise()).collect();
        let f = ask(&p, &x, &y, &[30_000.0], None);
        let (median, width) = (f.median(0), f.quantile(0, 0.95) - f.quantile(0, 0.05));
        assert!((median - (2.0 + 20.0 / 30_000f64.sqrt())).abs() < 0.03, "{median}");
        // ±1.645 standard deviations of one measurement, at least.
        assert!((0.16..0.3).contains(&width), "{width}");
    }

    #[test]
    fn questions_that_cannot_be_answered_say_why() {
        let p = shipped();
        let asked = |x: Vec<f64>, at: f64, schedule: Option<&Schedule>| {
            let seen = Curve::new(x.clone(), vec![1.0; x.len()]).unwrap();
            p.forecast(&Question { schedule, ..Question::of(&seen, &[at]) }, 0).remove(0).forecast
        };
        assert!(matches!(asked(vec![1.0, 2.0, 3.0], 9.0, None), Err(FitError::TooFewPoints { have: 3, need: 4, .. })));
        assert!(matches!(asked(vec![0.0, 1.0, 2.0, 3.0], 9.0, None), Err(FitError::TooFewPoints { have: 3, .. })));
        let schedule = shapes::constant(10, 0, 1.0).unwrap();
        assert!(matches!(asked(vec![1.0, 2.0, 3.0, 4.0], 12.0, Some(&schedule)), Err(FitError::OutsideRange { x: 12.0, .. })));
        assert!(matches!(asked(vec![1.0, 2.0, 3.0, 4.0], -1.0, None), Err(FitError::OutsideRange { .. })));
        // A curve that does not move, and rates that are all zero, are answered.
        let zero = Schedule::new(vec![0.0; 20]).unwrap();
        for schedule in [None, Some(&schedule), Some(&zero)] {
            let f = asked(vec![1.0, 2.0, 3.0, 4.0], 9.0, schedule).unwrap();
            assert!((f.median(0) - 1.0).abs() < 0.01, "{}", f.median(0));
        }
        // Values that leave the range of numbers give an error and no panic.
        let seen = Curve::new((1..=6).map(f64::from).collect(), vec![1e300, -1e300, 1.7e308, 1.0, 1e300, -1.7e308]).unwrap();
        for at in [&[9.0][..], &[8.0, 9.0]] {
            assert!(p.forecast(&Question::of(&seen, at), 0).remove(0).forecast.is_err());
        }
        // The one of positive curves takes neither a schedule nor a negative value.
        let scaling = SchedulePfn::shipped("nsl-s1").unwrap();
        let seen = |y: f64| Curve::new(vec![1.0, 2.0, 3.0, 4.0, 5.0], vec![0.9, 0.6, 0.5, 0.45, y]).unwrap();
        let answer = |seen: &Curve, schedule| scaling.forecast(&Question { schedule, ..Question::of(seen, &[9.0]) }, 0).remove(0).forecast;
        assert!(matches!(answer(&seen(-0.1), None), Err(FitError::Setting(why)) if why.contains("point 5 is -0.1")));
        assert!(matches!(answer(&seen(0.42), Some(&schedule)), Err(FitError::Setting(why)) if why.contains("without a learning rate")));
        let f = answer(&seen(0.42), None).unwrap();
        assert!((0.25..0.42).contains(&f.median(0)) && f.quantile(0, 0.05) > 0.1, "{} {}", f.median(0), f.quantile(0, 0.05));
        assert!(matches!(SchedulePfn::shipped("anneal-s9"), Err(PfnError::Unknown { .. })));
        let own = networks::ALL.iter().find(|n| n.name == "anneal-s1").unwrap().weights;
        for broken in [&own[..100], &b""[..], &own[..own.len() - 4]] {
            assert!(matches!(SchedulePfn::from_bytes(broken), Err(PfnError::Weights(_))));
        }
    }

    #[test]
    fn earlier_runs_of_a_project_are_heard() {
        // Runs whose cooldown brings much, or little: what the past of the run itself cannot tell.
        let p = SchedulePfn::shipped("anneal-m2").unwrap();
        let wsd = shapes::warm_up_stable_decay(12_000, 100, 9_600, 3e-4, 3e-6, shapes::Decay::Linear).unwrap();
        let run = |brings: f64, level: f64| {
            let x: Vec<f64> = (1..=120).map(|k| f64::from(k) * 100.0).collect();
            let y =
                x.iter().map(|x| level + (x / 12_000.0).powf(-0.4) - brings * ((x - 9_600.0) / 2_400.0).max(0.0).sqrt() + 0.002 * (x * 0.7).sin()).collect();
            Curve::new(x, y).unwrap()
        };
        let truth = run(0.0, 2.0);
        let seen = Curve::new(truth.x()[..80].to_vec(), truth.y()[..80].to_vec()).unwrap();
        let told = |brings: f64| {
            let runs: Vec<Curve> = (0..3).map(|k| run(brings, 2.1 + 0.1 * f64::from(k))).collect();
            let earlier: Vec<Run<'_>> = runs.iter().map(|curve| Run { curve, schedule: Some(&wsd) }).collect();
            let q = Question { schedule: Some(&wsd), earlier: &earlier, ..Question::of(&seen, &[12_000.0]) };
            p.forecast(&q, 0).remove(0).forecast.unwrap()
        };
        let (little, much) = (told(0.02), told(0.3));
        assert!(much.median(0) < little.median(0) - 0.15, "{} {}", much.median(0), little.median(0));
        let width = |f: &Forecast| f.quantile(0, 0.95) - f.quantile(0, 0.05);
        let alone = p.forecast(&Question { schedule: Some(&wsd), ..Question::of(&seen, &[12_000.0]) }, 0).remove(0).forecast.unwrap();
        assert!(width(&little) < 0.7 * width(&alone), "{} {}", width(&little), width(&alone));
        // Runs whose schedule nobody knows say nothing where that of the run is known.
        let runs = [run(0.3, 2.1)];
        let unknown = [Run { curve: &runs[0], schedule: None }];
        let q = Question { schedule: Some(&wsd), earlier: &unknown, ..Question::of(&seen, &[12_000.0]) };
        assert_eq!(p.forecast(&q, 0).remove(0).forecast.unwrap(), alone);
    }
}
