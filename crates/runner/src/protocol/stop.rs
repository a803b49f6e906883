//! `stop`: which runs can be cut short?
//!
//! Vertical model selection as LC-PFN replays it (§4.3): runs come in a random order, none is
//! resumed, and the budget is that of a number of full runs. A forecasting policy stops a run after
//! T epochs when at no later epoch the probability to exceed the best value seen so far is more than
//! `below`. That is the same as: the largest upper quantile over the epochs to come is at most the
//! best so far. So the forecasts are made once per run and T, as rows that hold that quantile, and
//! replaying any number of orders costs nothing.

use std::collections::BTreeMap;
use std::time::Instant;

use evaluation::Frame;
use fitters::{Forecaster, Question};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::job::Output;
use crate::method::answer_name;
use crate::source::{Case, Cases};
use crate::spec::{About, Ask, Method, Policy, Rule};

/// The column that holds the upper bound for a policy's `below`.
fn bound_column(below: f64) -> String {
    format!("bound-{below}")
}

/// The epochs of an m-epoch run at which a policy looks.
fn looks(p: &Policy, m: usize) -> Vec<usize> {
    if p.looks.is_empty() {
        return (2..m).collect();
    }
    let mut at: Vec<usize> = p.looks.iter().map(|f| (f * m as f64).ceil() as usize).filter(|t| *t >= 1 && *t < m).collect();
    at.sort_unstable();
    at.dedup();
    at
}

/// The bounds of one method on the cases `range`: a row per case, epoch looked at and answer.
pub(crate) fn run(about: &About, ask: &Ask, method: &Method, forecaster: &dyn Forecaster, cases: &Cases, range: std::ops::Range<usize>) -> Output {
    let mut out = Output::default();
    let names: Vec<String> = forecaster.answers().iter().map(|a| answer_name(&method.id, a)).collect();
    for k in range {
        let case = cases.case(k);
        // A diverged run is watched until it diverges; the epochs to come are those of a whole run.
        let Some(curve) = case.curve.as_ref().ok().or(case.beginning.as_ref()) else { continue };
        let m = whole_run(&case, cases);
        let mut at: BTreeMap<usize, Vec<(String, f64)>> = BTreeMap::new();
        for p in ask.policies.iter().filter(|p| p.rule == Rule::Forecast) {
            let Some((answer, below)) = p.answer.clone().zip(p.below).filter(|(a, _)| names.contains(a)) else { continue };
            for t in looks(p, m).into_iter().filter(|t| *t <= curve.len()) {
                let wanted = at.entry(t).or_default();
                if !wanted.contains(&(answer.clone(), below)) {
                    wanted.push((answer.clone(), below));
                }
            }
        }
        for (t, wanted) in at {
            let Ok(seen) = curve.prefix(t) else { continue };
            let later: Vec<f64> = (t + 1..=m).map(|v| v as f64).collect();
            let seed = fitters::seed::of(&[&about.seed.to_string(), &ask.source, &case.id, "stop", &t.to_string(), &method.id]);
            let started = Instant::now();
            let answers = forecaster.forecast(&Question { seen: &seen, at: &later, neighbours: &[] }, seed);
            let seconds = started.elapsed().as_secs_f64();
            for a in answers {
                let name = answer_name(&method.id, &a.name);
                let belows: Vec<f64> = wanted.iter().filter(|w| w.0 == name).map(|w| w.1).collect();
                if belows.is_empty() {
                    continue;
                }
                let seen_text = t.to_string();
                let keys = [
                    ("ask", ask.id.as_str()),
                    ("source", &ask.source),
                    ("task", &case.task),
                    ("curve", &case.id),
                    ("seen", &seen_text),
                    ("method", &name),
                    ("status", a.forecast.as_ref().map_or_else(|e| e.word(), |_| "ok")),
                ];
                let columns: Vec<String> = belows.iter().map(|b| bound_column(*b)).collect();
                let numbers: Vec<(&str, Option<f64>)> = columns
                    .iter()
                    .zip(&belows)
                    .map(|(c, b)| {
                        let bound = a.forecast.as_ref().ok().map(|f| (0..f.len()).map(|i| f.quantile(i, 1.0 - b)).fold(f64::NEG_INFINITY, f64::max));
                        (c.as_str(), bound.filter(|v| v.is_finite()))
                    })
                    .collect();
                out.rows.push_row(&keys, &numbers);
                out.seconds.push((case.id.clone(), seen_text.clone(), name, seconds * a.share));
            }
        }
    }
    out
}

/// Epochs of a whole run: the case's own length, or that of the longest run of the source when it broke off.
fn whole_run(case: &Case, cases: &Cases) -> usize {
    match (&case.curve, cases) {
        (Ok(c), _) => c.len(),
        (Err(_), Cases::Listed { cases, .. }) => cases.iter().filter_map(|c| c.curve.as_ref().ok().map(curves::Curve::len)).max().unwrap_or(0),
        (Err(_), Cases::Drawn { prior, .. }) => prior.horizon(),
    }
}

/// One run as the replay sees it: its values, and per policy the bound after each epoch.
struct Run {
    y: Vec<f64>,
    bounds: Vec<Vec<Option<f64>>>,
}

/// Mean regret over orders after every epoch of the budget, per task and policy.
pub struct Replay {
    /// Rows: speed-up and regrets, per order, per task and over all tasks.
    pub rows: Frame,
    /// Task (or `all`), policy, mean regret after 1, 2, … epochs, and its standard error over orders (or tasks).
    pub regret: Vec<(String, String, Vec<f64>, Vec<f64>)>,
}

/// Replays every policy on every task from the bounds that [`run`] left.
pub(crate) fn replay(about: &About, ask: &Ask, cases: &Cases, bounds: &Frame) -> Replay {
    let mut by_key: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for row in 0..bounds.len() {
        if let (Some(c), Some(m), Some(t)) = (bounds.text("curve", row), bounds.text("method", row), bounds.text("seen", row)) {
            by_key.insert((c, m, t), row);
        }
    }
    let mut tasks: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    for k in 0..cases.len() {
        let case = cases.case(k);
        let Some(curve) = case.curve.as_ref().ok().or(case.beginning.as_ref()) else { continue };
        let m = whole_run(&case, cases);
        let per_policy = ask
            .policies
            .iter()
            .map(|p| {
                let mut after = vec![None; curve.len() + 1];
                if let (Rule::Forecast, Some(answer), Some(below)) = (p.rule, &p.answer, p.below) {
                    let column = bound_column(below);
                    for t in looks(p, m).into_iter().filter(|t| *t <= curve.len()) {
                        after[t] = by_key.get(&(case.id.as_str(), answer.as_str(), t.to_string().as_str())).and_then(|&r| bounds.number(&column, r));
                    }
                }
                after
            })
            .collect();
        tasks.entry(case.task.clone()).or_default().push(Run { y: curve.y().to_vec(), bounds: per_policy });
    }
    let mut out = Replay { rows: Frame::new(), regret: Vec::new() };
    let orders = ask.orders.unwrap_or(1);
    let mut over_tasks: Vec<Vec<Vec<f64>>> = vec![Vec::new(); ask.policies.len()];
    let never = ask.policies.iter().position(|p| p.rule == Rule::Never);
    for (task, runs) in &tasks {
        let m = runs.iter().map(|r| r.y.len()).max().unwrap_or(0);
        let budget = ask.budget.unwrap_or(1) * m;
        let best = runs.iter().flat_map(|r| &r.y).fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let mut means = Vec::new();
        for (k, p) in ask.policies.iter().enumerate() {
            let mut curves = Vec::with_capacity(orders);
            for o in 0..orders {
                // One order per task and number, the same for every policy: a paired comparison.
                let mut rng = Pcg64::seed_from_u64(fitters::seed::of(&[&about.seed.to_string(), "order", task, &o.to_string()]));
                let order = shuffled(runs.len(), &mut rng);
                let regret = one_order(runs, &order, k, p, budget, best);
                let order_name = o.to_string();
                let keys = [
                    ("ask", ask.id.as_str()),
                    ("source", &ask.source),
                    ("task", task),
                    ("method", &p.id),
                    ("level", "order"),
                    ("order", &order_name),
                    ("status", "ok"),
                ];
                let mean = regret.iter().sum::<f64>() / budget.max(1) as f64;
                out.rows.push_row(&keys, &[("speed-up", None), ("final-regret", regret.last().copied()), ("mean-regret", Some(mean))]);
                curves.push(regret);
            }
            let (mean, se) = mean_and_error(&curves);
            over_tasks[k].push(mean.clone());
            out.regret.push((task.clone(), p.id.clone(), mean.clone(), se));
            means.push(mean);
        }
        for (p, mean) in ask.policies.iter().zip(&means) {
            push_speed_up(&mut out.rows, ask, task, p, "task", mean, never.map(|n| &means[n]));
        }
    }
    let shortest = over_tasks.iter().flatten().map(Vec::len).min().unwrap_or(0);
    let mut pooled = Vec::new();
    for (p, curves) in ask.policies.iter().zip(&mut over_tasks) {
        curves.iter_mut().for_each(|c| c.truncate(shortest));
        let (mean, se) = mean_and_error(curves);
        out.regret.push(("all".into(), p.id.clone(), mean.clone(), se));
        pooled.push(mean);
    }
    if !tasks.is_empty() {
        for (p, mean) in ask.policies.iter().zip(&pooled) {
            push_speed_up(&mut out.rows, ask, "all", p, "all", mean, never.map(|n| &pooled[n]));
        }
    }
    out
}

fn push_speed_up(rows: &mut Frame, ask: &Ask, task: &str, p: &Policy, level: &str, mean: &[f64], never: Option<&Vec<f64>>) {
    let speed = never.and_then(|n| speed_up(mean, n));
    let keys = [("ask", ask.id.as_str()), ("source", &ask.source), ("task", task), ("method", &p.id), ("level", level), ("order", ""), ("status", "ok")];
    let whole = mean.iter().sum::<f64>() / mean.len().max(1) as f64;
    rows.push_row(&keys, &[("speed-up", speed), ("final-regret", mean.last().copied()), ("mean-regret", Some(whole))]);
}

/// How many times sooner a policy reaches the final regret of no stopping. Below 1 when it never does: then it is
/// the share of the budget in which no stopping reaches the policy's own final regret.
pub(crate) fn speed_up(policy: &[f64], never: &[f64]) -> Option<f64> {
    let (goal, own) = (*never.last()?, *policy.last()?);
    let budget = never.len() as f64;
    match policy.iter().position(|r| *r <= goal) {
        Some(i) => Some(budget / (i as f64 + 1.0)),
        None => never.iter().position(|r| *r <= own).map(|i| (i as f64 + 1.0) / budget),
    }
}

fn shuffled(n: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    order
}

/// Regret after every epoch of the budget, for one policy on one order of runs.
fn one_order(runs: &[Run], order: &[usize], policy: usize, p: &Policy, budget: usize, best: f64) -> Vec<f64> {
    let mut regret = Vec::with_capacity(budget);
    let mut so_far = f64::NEG_INFINITY;
    for &r in order {
        let run = &runs[r];
        let (mut own, mut since) = (f64::NEG_INFINITY, 0);
        for (i, &y) in run.y.iter().enumerate() {
            if regret.len() == budget {
                return regret;
            }
            so_far = so_far.max(y);
            if y > own {
                (own, since) = (y, 0);
            } else {
                since += 1;
            }
            regret.push(best - so_far);
            let stop = match p.rule {
                Rule::Never => false,
                Rule::Patience => since > p.patience.unwrap_or(usize::MAX),
                Rule::Forecast => run.bounds[policy].get(i + 1).copied().flatten().is_some_and(|b| b <= so_far),
            };
            if stop {
                break;
            }
        }
    }
    // Every run was seen before the budget was spent: the rest of it changes nothing.
    let last = regret.last().copied().unwrap_or(f64::NAN);
    regret.resize(budget, last);
    regret
}

fn mean_and_error(curves: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let len = curves.iter().map(Vec::len).min().unwrap_or(0);
    (0..len)
        .map(|t| {
            let v: Vec<f64> = curves.iter().map(|c| c[t]).collect();
            evaluation::stat::mean_se(&v).map_or((f64::NAN, f64::NAN), |m| (m.mean, m.se.unwrap_or(0.0)))
        })
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rule: Rule, patience: Option<usize>) -> Policy {
        Policy { id: "p".into(), rule, patience, answer: None, below: None, looks: Vec::new() }
    }

    fn runs() -> Vec<Run> {
        vec![
            Run { y: vec![0.1, 0.2, 0.3, 0.4], bounds: vec![vec![None, None, Some(0.45), None, None]] },
            Run { y: vec![0.2, 0.2, 0.2, 0.2], bounds: vec![vec![None, None, Some(0.25), None, None]] },
            Run { y: vec![0.5, 0.9, 0.9, 0.9], bounds: vec![vec![None, None, Some(0.95), None, None]] },
        ]
    }

    #[test]
    fn a_forecast_cuts_the_hopeless_run_and_spends_what_it_saves() {
        let order = [0, 1, 2];
        let never = one_order(&runs(), &order, 0, &policy(Rule::Never, None), 10, 0.9);
        let cut = one_order(&runs(), &order, 0, &policy(Rule::Forecast, None), 10, 0.9);
        let about = |v: &[f64], w: &[f64]| v.iter().zip(w).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(about(&never, &[0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0.0]), "{never:?}");
        // Run 0 goes on (0.45 > 0.2 seen then), run 1 is cut after two epochs (0.25 ≤ 0.4).
        assert!(about(&cut, &[0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.4, 0.0, 0.0, 0.0]), "{cut:?}");
        assert_eq!(speed_up(&cut, &never), Some(10.0 / 8.0));
        assert_eq!(speed_up(&never, &never), Some(1.0));
    }

    #[test]
    fn patience_waits_as_long_as_it_says() {
        let flat = vec![Run { y: vec![0.3; 6], bounds: vec![vec![]] }, Run { y: vec![0.9; 6], bounds: vec![vec![]] }];
        let epochs_of_first = |k| one_order(&flat, &[0, 1], 0, &policy(Rule::Patience, Some(k)), 12, 0.9).iter().take_while(|r| **r > 0.1).count();
        assert_eq!([epochs_of_first(0), epochs_of_first(1), epochs_of_first(9)], [2, 3, 6]);
    }

    #[test]
    fn a_policy_that_never_gets_there_is_slower_than_none() {
        let never = [0.9, 0.5, 0.2, 0.0];
        assert_eq!(speed_up(&[0.9, 0.5, 0.5, 0.5], &never), Some(0.5));
        assert_eq!(speed_up(&[], &never), None);
    }

    #[test]
    fn looks_are_every_epoch_or_the_shares_rounded_up() {
        let mut p = policy(Rule::Forecast, None);
        assert_eq!(looks(&p, 6), [2, 3, 4, 5]);
        p.looks = vec![0.1, 0.2, 0.4, 0.8];
        assert_eq!(looks(&p, 50), [5, 10, 20, 40]);
    }
}
