//! Views `prediction`, `point`, `optimum` and `reach`: what a fit predicts, and what it was worth.

use std::collections::BTreeMap;

use fitters::efficiency::reach;
use fitters::intervals::Intervals;
use fitters::{Fit, FitError, Surface};
use models::At;
use models::sum::OnePower;

use super::data::Data;
use super::errors::Errors;
use super::problem::value_at;
use super::rows::{FitRows, OK, RowKey, count, flag};
use super::schedule::Schedules;
use super::settings::Baseline;
use super::spec::SurfaceSpec;
use super::split::Cell;

/// A prediction of one row held out.
struct Prediction {
    row: usize,
    predicted: f64,
    ends: Option<(f64, f64)>,
    distance: f64,
    /// How much of an input the row's loss takes, as the fit has it, and how much the row has.
    needed: Option<(f64, f64)>,
}

/// What is held out, as a fit predicts it.
#[expect(clippy::too_many_arguments, reason = "the fit, where it comes from and where its rows go")]
pub(super) fn predictions(
    asked: &SurfaceSpec,
    data: &Data<'_>,
    schedules: &Schedules,
    cell: &Cell,
    fit: &Fit,
    intervals: &Intervals<'_>,
    place: &RowKey<'_>,
    out: &mut FitRows<'_>,
) {
    let far = distances(asked, data, cell);
    let predictions: Vec<Prediction> = cell
        .test
        .iter()
        .zip(far)
        .map(|(&row, distance)| {
            let value = |theta: &[f64]| value_at(fit.law, data, schedules, row, theta);
            let ends = if asked.each { intervals.first(&value).map(|i| (i.low, i.high)) } else { None };
            Prediction { row, predicted: value(&fit.theta), ends, distance, needed: needed(asked, data, schedules, fit, row) }
        })
        .collect();
    scored(asked, data, fit.law.inputs(), &predictions, place, out);
}

/// What is held out, as forecasts without a law have it.
pub(super) fn baselines(asked: &SurfaceSpec, data: &Data<'_>, cell: &Cell, place: &RowKey<'_>, out: &mut FitRows<'_>) {
    for baseline in &asked.baselines {
        let place = RowKey { method: baseline.name(), law: "", ..place.clone() };
        let value = match baseline {
            Baseline::BestSeen => cell.train.iter().map(|&r| data.target[r]).min_by(f64::total_cmp),
            Baseline::LastValue => last_value(asked, data, &cell.train),
        };
        match value {
            None => out.push("prediction", "all", "no-training-rows", &place, &[], &[]),
            Some(predicted) => {
                let far = distances(asked, data, cell);
                let predictions: Vec<Prediction> =
                    cell.test.iter().zip(far).map(|(&row, distance)| Prediction { row, predicted, ends: None, distance, needed: None }).collect();
                scored(asked, data, &[], &predictions, &place, out);
            }
        }
    }
}

/// How much of the input `needed` the loss of a row takes, all other inputs as they are, and how much the row has. Infinite where the fit has not come
/// down to it at a billion times as much, or has no number there; a fit that is below it at a billionth says a billionth.
fn needed(asked: &SurfaceSpec, data: &Data<'_>, schedules: &Schedules, fit: &Fit, row: usize) -> Option<(f64, f64)> {
    let at = fit.law.inputs().iter().position(|input| Some(*input) == asked.needed.as_deref())?;
    let mut x: Vec<f64> = fit.law.inputs().iter().map(|i| data.input(i).map_or(f64::NAN, |column| column[row])).collect();
    let (own, wanted) = (x[at], data.actual[row]);
    let schedule = schedules.which.get(row).and_then(|k| schedules.all.get(*k));
    // Losses fall with what is spent.
    let mut above = |factor: f64| {
        x[at] = own * factor;
        // No number is no loss that is reached.
        !matches!(fit.law.eval(&At { x: &x, schedule }, &fit.theta).partial_cmp(&wanted), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal))
    };
    let (mut low, mut high) = (-9.0_f64, 9.0_f64);
    if above(10.0_f64.powf(high)) {
        return Some((f64::INFINITY, own));
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        *(if above(10.0_f64.powf(middle)) { &mut low } else { &mut high }) = middle;
    }
    Some((own * 10.0_f64.powf(0.5 * (low + high)), own))
}

/// The mean of the last targets of the largest run; of runs of one size, of the one that went furthest.
fn last_value(asked: &SurfaceSpec, data: &Data<'_>, rows: &[usize]) -> Option<f64> {
    let progress = data.column(&asked.progress).ok()?;
    // Without sizes all runs are as large.
    let size = data.column(&asked.size).unwrap_or_else(|_| vec![0.0; progress.len()]);
    let last = rows.iter().copied().max_by(|&a, &b| size[a].total_cmp(&size[b]).then(progress[a].total_cmp(&progress[b])))?;
    let mut own: Vec<usize> = rows.iter().copied().filter(|&r| data.run[r] == data.run[last]).collect();
    own.sort_by(|&a, &b| progress[a].total_cmp(&progress[b]));
    let ends = &own[own.len().saturating_sub(asked.last)..];
    Some(ends.iter().map(|&r| data.target[r]).sum::<f64>() / ends.len() as f64)
}

/// How much larger each row held out is than the largest trained on, in ln; 0 where there is no size, or it is smaller.
fn distances(asked: &SurfaceSpec, data: &Data<'_>, cell: &Cell) -> Vec<f64> {
    let Ok(size) = data.column(&asked.size) else { return vec![0.0; cell.test.len()] };
    let largest = cell.train.iter().map(|&r| size[r]).fold(0.0, f64::max);
    cell.test.iter().map(|&r| Some((size[r] / largest).ln()).filter(|d| d.is_finite()).map_or(0.0, |d| d.max(0.0))).collect()
}

/// Rows of predictions: each, by run, and all.
fn scored(asked: &SurfaceSpec, data: &Data<'_>, inputs: &[&'static str], predictions: &[Prediction], place: &RowKey<'_>, out: &mut FitRows<'_>) {
    if predictions.is_empty() {
        return;
    }
    let actual = |f: &Prediction| data.actual[f.row];
    let mut runs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (k, f) in predictions.iter().enumerate() {
        runs.entry(data.run[f.row]).or_default().push(k);
        if !asked.each {
            continue;
        }
        let (p, a) = (f.predicted, actual(f));
        let covered = f.ends.and_then(|(low, high)| flag((low..=high).contains(&a)));
        let mut numbers = vec![
            ("predicted", Some(p)),
            ("actual", Some(a)),
            ("error", Some(p - a)),
            ("absolute-error", Some((p - a).abs())),
            ("are", Some(100.0 * ((p - a) / a).abs())),
            ("signed-are", Some(100.0 * (p - a) / a)),
            ("log-error", if p > 0.0 && a > 0.0 { Some(p.ln() - a.ln()) } else { None }),
            ("low", f.ends.map(|e| e.0)),
            ("high", f.ends.map(|e| e.1)),
            ("covered", covered),
            ("distance", Some(f.distance)),
        ];
        if let Some((needed, own)) = f.needed {
            // A loss that is never reached has no amount; it counts as all of what was spent, and a loss that is reached too late may count for more.
            let error = if needed.is_finite() { (needed / own - 1.0).abs() } else { 1.0 };
            let numbers_of = [("needed", Some(needed).filter(|n| n.is_finite())), ("needed-are", Some(100.0 * error)), ("reached", flag(needed.is_finite()))];
            numbers.extend(numbers_of);
        }
        numbers.extend(inputs.iter().map(|i| (*i, data.input(i).map(|column| column[f.row]))));
        let run = data.run_name(f.row);
        out.push("prediction", "each", if p.is_finite() { OK } else { "not-finite" }, place, &[("model", run), ("curve", run)], &numbers);
    }
    let of = |which: &mut dyn Iterator<Item = &Prediction>| -> Errors {
        let (p, a): (Vec<f64>, Vec<f64>) = which.map(|f| (f.predicted, actual(f))).unzip();
        Errors::of(&p, &a, asked.huber)
    };
    for (run, members) in &runs {
        let errors = of(&mut members.iter().map(|k| &predictions[*k]));
        let name = data.run_names[*run].as_str();
        out.push("prediction", "run", errors.status(), place, &[("model", name), ("curve", name)], &errors.numbers());
    }
    let errors = of(&mut predictions.iter());
    let mut numbers = errors.numbers().to_vec();
    let near = |f: &Prediction| 1.0 / (1.0 + f.distance);
    let weight: f64 = predictions.iter().map(near).sum();
    let weighted: f64 = predictions.iter().map(|f| near(f) * 100.0 * ((f.predicted - actual(f)) / actual(f)).abs()).sum();
    let covered: Vec<bool> = predictions.iter().filter_map(|f| f.ends.map(|(low, high)| (low..=high).contains(&actual(f)))).collect();
    let share = covered.iter().filter(|c| **c).count() as f64 / covered.len() as f64;
    numbers.extend([("weighted-are", Some(weighted / weight)), ("coverage", Some(share)), ("runs", count(runs.len()))]);
    out.push("prediction", "all", errors.status(), place, &[], &numbers);
}

/// A number with an interval, as columns.
fn with_ends(name: &str, value: Option<f64>, intervals: &Intervals<'_>, quantity: &dyn Fn(&[f64]) -> f64, columns: &mut Vec<(String, Option<f64>)>) {
    let interval = intervals.first(quantity);
    columns.push((name.to_owned(), value));
    columns.push((format!("{name}-low"), interval.map(|i| i.low)));
    columns.push((format!("{name}-high"), interval.map(|i| i.high)));
    columns.push((format!("{name}-se"), interval.map(|i| i.se)));
}

/// Points without a truth.
pub(super) fn points(asked: &SurfaceSpec, fit: &Fit, intervals: &Intervals<'_>, place: &RowKey<'_>, out: &mut FitRows<'_>) {
    for point in &asked.points {
        let x: Option<Vec<f64>> = fit.law.inputs().iter().map(|i| point.inputs.get(*i).copied()).collect();
        let Some(x) = x else {
            out.push("point", "each", "no-such-input", place, &[("model", &point.id)], &[]);
            continue;
        };
        let value = |theta: &[f64]| fit.law.eval(&At::at(&x), theta);
        let interval = intervals.first(&value);
        let predicted = value(&fit.theta);
        let mut numbers =
            vec![("predicted", Some(predicted)), ("low", interval.map(|i| i.low)), ("high", interval.map(|i| i.high)), ("se", interval.map(|i| i.se))];
        numbers.extend(fit.law.inputs().iter().zip(&x).map(|(name, v)| (*name, Some(*v))));
        out.push("point", "each", if predicted.is_finite() { OK } else { "not-finite" }, place, &[("model", &point.id)], &numbers);
    }
}

/// The best split of a budget, for laws that have one in closed form.
fn surface(fit: &Fit, theta: &[f64]) -> Result<Surface, FitError> {
    Surface::from_theta(fit.law, theta)
}

/// The best split of every budget.
pub(super) fn optima(asked: &SurfaceSpec, fit: &Fit, intervals: &Intervals<'_>, place: &RowKey<'_>, out: &mut FitRows<'_>) {
    for &flop in &asked.budgets {
        let budget = format!("{flop:e}");
        let best = |theta: &[f64]| surface(fit, theta).and_then(|s| s.optimum(flop, asked.flop_per));
        let (found, near) = match (best(&fit.theta), surface(fit, &fit.theta).and_then(|s| s.near(flop, asked.flop_per, asked.slack))) {
            (Ok(found), Ok(near)) => (found, near),
            (Err(e), _) | (_, Err(e)) => {
                out.push("optimum", "each", e.word(), place, &[("budget", &budget)], &[("flop", Some(flop))]);
                continue;
            }
        };
        let mut columns = vec![("flop".to_owned(), Some(flop)), ("loss".to_owned(), Some(found.loss))];
        with_ends("params", Some(found.params), intervals, &|t| best(t).map_or(f64::NAN, |o| o.params), &mut columns);
        with_ends("tokens", Some(found.tokens), intervals, &|t| best(t).map_or(f64::NAN, |o| o.tokens), &mut columns);
        with_ends("ratio", Some(found.ratio), intervals, &|t| best(t).map_or(f64::NAN, |o| o.ratio), &mut columns);
        for (name, (low, high)) in [("params", near.params), ("tokens", near.tokens), ("ratio", near.ratio)] {
            columns.extend([(format!("near-{name}-low"), Some(low)), (format!("near-{name}-high"), Some(high))]);
        }
        let numbers: Vec<(&str, Option<f64>)> = columns.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        out.push("optimum", "each", OK, place, &[("budget", &budget)], &numbers);
    }
}

/// The resource at which a law of one input comes down to every loss.
pub(super) fn reaches(asked: &SurfaceSpec, fit: &Fit, intervals: &Intervals<'_>, place: &RowKey<'_>, out: &mut FitRows<'_>) {
    let can = OnePower::of(fit.law).is_some();
    for &loss in &asked.losses {
        let budget = loss.to_string();
        let at = |theta: &[f64]| reach(fit.law, theta, loss).unwrap_or(f64::NAN);
        let resource = at(&fit.theta);
        let status = match (can, resource.is_finite()) {
            (true, true) => OK,
            (true, false) => "out-of-reach",
            _ => "no-such-law",
        };
        let mut columns = vec![("loss".to_owned(), Some(loss))];
        with_ends("resource", Some(resource), intervals, &at, &mut columns);
        let numbers: Vec<(&str, Option<f64>)> = columns.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        out.push("reach", "each", status, place, &[("budget", &budget)], &numbers);
    }
}
