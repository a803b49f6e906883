//! `stop`: which runs can be cut short?
//!
//! Vertical model selection as LC-PFN replays it (§4.3): runs come in a random order, none is
//! resumed, and the budget is that of a number of full runs. A forecasting policy stops a run after
//! T epochs when at no later epoch the probability to exceed the best value seen so far is more than
//! `below`. That is the same as: the largest upper quantile over the epochs to come is at most the
//! best so far. So the forecasts are made once per run and T, as rows that hold that quantile, and
//! replaying any number of orders costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Frame;
use fitters::Question;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::extrapolate::{curve_by_curve, known_methods};
use super::{AskHead, At, Input, Inputs, Kept, Names, Part, Protocol, Settled, Shape, Sizes};
use crate::eval_curves::{EvalCurve, EvalCurves};
use crate::job::Output;
use crate::method::{Built, answer_name};
use crate::source::Axis;
use crate::stopwatch::Stopwatch;

/// More orders times full runs of budget than this are a slip of a key.
const MOST: usize = 100_000;

/// Which policies are replayed, on forecasts of which methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stop {
    /// The methods whose forecasts policies go by.
    pub methods: Vec<String>,
    /// Random orders per task.
    pub orders: usize,
    /// The budget, in full runs.
    pub budget: usize,
    /// Which policies are replayed.
    #[serde(rename = "policy")]
    pub policies: Vec<Policy>,
}

/// When a run is stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// The `method` column of its rows.
    pub id: String,
    /// What it goes by.
    pub rule: Rule,
    /// `patience`: epochs without a new best of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// `forecast`: whose forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// `forecast`: stop when no later point exceeds the best so far with more than this probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// `forecast`: looked at only after these shares of the run; at every epoch from the second when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<f64>,
}

/// What a stopping policy goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Every run to its end.
    Never,
    /// The run's own history.
    Patience,
    /// A forecast.
    Forecast,
}

impl Policy {
    fn check(&self, names: &Names<'_>) -> Result<(), String> {
        let fine = match self.rule {
            Rule::Never => self.patience.is_none() && self.answer.is_none() && self.below.is_none() && self.looks.is_empty(),
            Rule::Patience => self.patience.is_some() && self.answer.is_none() && self.below.is_none() && self.looks.is_empty(),
            Rule::Forecast => self.patience.is_none() && self.answer.is_some() && self.below.is_some_and(|b| b > 0.0 && b < 1.0),
        };
        if !fine {
            let takes = "never takes nothing, patience takes `patience`, forecast takes `answer`, `below` (0 to 1) and `looks`";
            return Err(format!("stop: policy {:?}: {takes}", self.id));
        }
        match self.answer.as_ref().filter(|a| !names.answers.contains(a)) {
            Some(a) => Err(format!("stop: policy {:?}: {}", self.id, curves::no_such("answer", a, names.answers.iter().map(String::as_str)))),
            None => Ok(()),
        }
    }
}

impl Protocol for Stop {
    fn epoch(&self) -> u32 {
        2
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        known_methods(&self.methods, names)?;
        if (names.offer)(&ask.source).is_some_and(|o| o.axis != Axis::Points) {
            return Err(format!("stop: runs are stopped epoch by epoch, so that source {:?} must count points; leave out its `axis`", ask.source));
        }
        let product = self.orders.saturating_mul(self.budget);
        if self.orders == 0 || self.budget == 0 || product > MOST {
            return Err(format!("stop: `orders` and `budget` are at least 1, and their product at most {MOST}"));
        }
        let ids: BTreeSet<&str> = self.policies.iter().map(|p| p.id.as_str()).collect();
        if self.policies.is_empty() || ids.len() != self.policies.len() || ids.contains("") {
            return Err("stop: there is at least one `policy`, and every policy has an id of its own".into());
        }
        self.policies.iter().try_for_each(|p| p.check(names))
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::EvalCurves)]
    }

    fn parts(&self, ask: &AskHead, sizes: &Sizes<'_>) -> Vec<Part> {
        // A fine policy looks at nearly every epoch, a coarse one at its own shares.
        let forecasts = self.policies.iter().filter(|p| p.rule == Rule::Forecast);
        let questions = forecasts.map(|p| if p.looks.is_empty() { 50 } else { p.looks.len() }).max().unwrap_or(1);
        curve_by_curve(&self.methods, ask, sizes, questions as f64)
    }

    // Which forecasts a replay needs depends on its policies alone; orders and budget are settled afterwards.
    fn decides(&self) -> Option<String> {
        Some(self.policies.iter().map(|p| format!("{:?} {:?} {:?} {:?}", p.rule, p.answer, p.below, p.looks)).collect::<Vec<_>>().join(";"))
    }

    fn run(&self, part: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        match (inputs.eval_curves(&at.ask.source), at.method) {
            (Some(curves), Some(method)) => self.bounds(at, method, curves, part.range.clone()),
            _ => Output::default(),
        }
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        Some(self.policies.iter().map(|p| p.id.clone()).collect())
    }

    fn settles_with_data(&self) -> bool {
        true
    }

    /// A run without its forecasts is never stopped: a replay of half of them would show a policy that does nothing.
    fn settle(&self, at: &At<'_>, rows: Frame, _: &dyn Kept, inputs: Option<&dyn Inputs>, complete: bool) -> Settled {
        match inputs.and_then(|i| i.eval_curves(&at.ask.source)).filter(|_| complete) {
            Some(curves) => self.replay(at, curves, &rows),
            None => Settled { rows: Frame::new(), series: Frame::new() },
        }
    }
}

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

impl Stop {
    /// The bounds of one method on some curves: a row per curve, epoch looked at and answer.
    fn bounds(&self, at: &At<'_>, method: &Built, curves: &EvalCurves, range: std::ops::Range<usize>) -> Output {
        let mut out = Output::default();
        for k in range {
            let case = curves.curve(k);
            // A diverged run is watched until it diverges; the epochs to come are those of a whole run.
            let Some(curve) = case.curve.as_ref().ok().or(case.finite_prefix.as_ref()) else { continue };
            let m = whole_run(&case, curves);
            let mut looked: BTreeMap<usize, Vec<(String, f64)>> = BTreeMap::new();
            for p in self.policies.iter().filter(|p| p.rule == Rule::Forecast) {
                let Some((answer, below)) = p.answer.clone().zip(p.below).filter(|(a, _)| method.answers.contains(a)) else { continue };
                for t in looks(p, m).into_iter().filter(|t| *t <= curve.len()) {
                    let wanted = looked.entry(t).or_default();
                    if !wanted.contains(&(answer.clone(), below)) {
                        wanted.push((answer.clone(), below));
                    }
                }
            }
            for (t, wanted) in looked {
                let Ok(seen) = curve.prefix(t) else { continue };
                let later: Vec<f64> = (t + 1..=m).map(|v| v as f64).collect();
                let seed = fitters::seed::of(&[&at.about.seed.to_string(), &at.ask.source, &case.id, "stop", &t.to_string(), &method.id]);
                let started = Stopwatch::start();
                let answers = method.forecaster.forecast(&Question { bounds: case.bounds, ..Question::of(&seen, &later) }, seed);
                let seconds = started.seconds();
                for a in answers {
                    let name = answer_name(&method.id, &a.name);
                    let belows: Vec<f64> = wanted.iter().filter(|w| w.0 == name).map(|w| w.1).collect();
                    if belows.is_empty() {
                        continue;
                    }
                    let seen_text = t.to_string();
                    let keys = [
                        ("ask", at.ask.id.as_str()),
                        ("source", &at.ask.source),
                        ("task", &case.task),
                        ("curve", &case.id),
                        ("seen", &seen_text),
                        ("method", &name),
                        ("status", a.forecast.as_ref().map_or_else(|e| e.word(), |_| "ok")),
                    ];
                    let columns: Vec<String> = belows.iter().map(|b| bound_column(*b)).collect();
                    let bound = |below: f64| {
                        let f = a.forecast.as_ref().ok()?;
                        Some((0..f.len()).map(|i| f.quantile(i, 1.0 - below)).fold(f64::NEG_INFINITY, f64::max)).filter(|v| v.is_finite())
                    };
                    let numbers: Vec<(&str, Option<f64>)> = columns.iter().zip(&belows).map(|(c, b)| (c.as_str(), bound(*b))).collect();
                    out.rows.push_row(&keys, &numbers);
                    out.seconds.push((case.id.clone(), seen_text.clone(), name, seconds * a.share));
                }
            }
        }
        out
    }
}

/// Epochs of a whole run: the curve's own length, or that of the longest run of the source when it broke off.
fn whole_run(case: &EvalCurve, curves: &EvalCurves) -> usize {
    case.curve.as_ref().map_or_else(|_| curves.longest(), curves::Curve::len)
}

/// One run as the replay sees it: its values, and per policy the bound after each epoch.
struct Run {
    y: Vec<f64>,
    bounds: Vec<Vec<Option<f64>>>,
}

impl Stop {
    /// Replays every policy on every task from the bounds that jobs left: speed-up and regrets, per order, per task and over all tasks, and
    /// mean regret after every epoch of the budget with its standard error over orders (over tasks, where all are taken together).
    fn replay(&self, at: &At<'_>, curves: &EvalCurves, bounds: &Frame) -> Settled {
        let mut by_key: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for row in 0..bounds.len() {
            if let (Some(c), Some(m), Some(t)) = (bounds.text("curve", row), bounds.text("method", row), bounds.text("seen", row)) {
                by_key.insert((c, m, t), row);
            }
        }
        let mut tasks: BTreeMap<String, Vec<Run>> = BTreeMap::new();
        for k in 0..curves.len() {
            let case = curves.curve(k);
            let Some(curve) = case.curve.as_ref().ok().or(case.finite_prefix.as_ref()) else { continue };
            let m = whole_run(&case, curves);
            let per_policy = self
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
        let mut out = Settled { rows: Frame::new(), series: Frame::new() };
        let orders = self.orders;
        let mut over_tasks: Vec<Vec<Vec<f64>>> = vec![Vec::new(); self.policies.len()];
        let never = self.policies.iter().position(|p| p.rule == Rule::Never);
        for (task, runs) in &tasks {
            let m = runs.iter().map(|r| r.y.len()).max().unwrap_or(0);
            let budget = self.budget * m;
            let best = runs.iter().flat_map(|r| &r.y).fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let mut means = Vec::new();
            for (k, p) in self.policies.iter().enumerate() {
                let mut regrets = Vec::with_capacity(orders);
                for o in 0..orders {
                    // One order per task and number, the same for every policy: a paired comparison.
                    let mut rng = Pcg64::seed_from_u64(fitters::seed::of(&[&at.about.seed.to_string(), "order", task, &o.to_string()]));
                    let order = shuffled(runs.len(), &mut rng);
                    let regret = one_order(runs, &order, k, p, budget, best);
                    let order_name = o.to_string();
                    let keys = [
                        ("ask", at.ask.id.as_str()),
                        ("source", &at.ask.source),
                        ("task", task),
                        ("method", &p.id),
                        ("level", "order"),
                        ("order", &order_name),
                        ("status", "ok"),
                    ];
                    let mean = regret.iter().sum::<f64>() / budget.max(1) as f64;
                    out.rows.push_row(&keys, &[("speed-up", None), ("final-regret", regret.last().copied()), ("mean-regret", Some(mean))]);
                    regrets.push(regret);
                }
                let (mean, se) = mean_and_error(&regrets);
                over_tasks[k].push(mean.clone());
                regret_rows(&mut out.series, at.ask, task, &p.id, &mean, &se);
                means.push(mean);
            }
            for (p, mean) in self.policies.iter().zip(&means) {
                push_speed_up(&mut out.rows, at.ask, task, p, "task", mean, never.map(|n| &means[n]));
            }
        }
        let shortest = over_tasks.iter().flatten().map(Vec::len).min().unwrap_or(0);
        let mut pooled = Vec::new();
        for (p, regrets) in self.policies.iter().zip(&mut over_tasks) {
            regrets.iter_mut().for_each(|c| c.truncate(shortest));
            let (mean, se) = mean_and_error(regrets);
            regret_rows(&mut out.series, at.ask, "all", &p.id, &mean, &se);
            pooled.push(mean);
        }
        if !tasks.is_empty() {
            for (p, mean) in self.policies.iter().zip(&pooled) {
                push_speed_up(&mut out.rows, at.ask, "all", p, "all", mean, never.map(|n| &pooled[n]));
            }
        }
        out
    }
}

/// Mean regret against epochs, as figures draw it: about two hundred epochs, even on a log axis.
fn regret_rows(series: &mut Frame, ask: &AskHead, task: &str, policy: &str, mean: &[f64], se: &[f64]) {
    for i in thin(mean.len()) {
        let keys = [("ask", ask.id.as_str()), ("source", &ask.source), ("view", "regret"), ("task", task), ("method", policy)];
        series.push_row(&keys, &[("epochs", Some((i + 1) as f64)), ("regret", Some(mean[i])), ("se", Some(se[i]))]);
    }
}

/// About two hundred of `n` places, even on a log axis.
fn thin(n: usize) -> Vec<usize> {
    let mut places: Vec<usize> = Vec::new();
    for k in 0..=200 {
        let i = ((n as f64).powf(f64::from(k) / 200.0).round() as usize).saturating_sub(1).min(n.saturating_sub(1));
        if n > 0 && places.last() != Some(&i) {
            places.push(i);
        }
    }
    places
}

fn push_speed_up(rows: &mut Frame, ask: &AskHead, task: &str, p: &Policy, level: &str, mean: &[f64], never: Option<&Vec<f64>>) {
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
