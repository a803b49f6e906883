//! What stopping runs early would have saved, and cost: recorded runs of a sweep, replayed under policies.
//!
//! Every policy sees the same runs in the same orders. What it has in the end is the best value of all that it looked at, checkpoints of
//! stopped runs among it; its regret is how much worse that is than the best value of all runs to their ends.
//!
//! A replay shows what a policy would have done to these runs: it stops some, and starts none in their place.

mod policy;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use curves::Better;
use fitters::policy::{Place, Record, Rule, replay, shuffled};
use rayon::prelude::*;

use crate::decide::{Outlook, better, check, clean};
use crate::threads::Watch;
use crate::{Error, ForecastOptions, Series};

pub use policy::Policy;

/// How few runs can be compared.
const FEWEST: usize = 2;
/// One of so many is kept in successive halving and Hyperband, as in the original of the latter.
const ETA: usize = 3;
/// The median rule begins after so many runs.
const STARTUP: usize = 3;
/// Orders beyond this are a slip of a key.
const MOST_ORDERS: usize = 10_000;

/// What is replayed.
#[derive(Clone)]
pub struct SimulateOptions {
    /// The policies. Default: all.
    pub policies: Vec<Policy>,
    /// The resource value at which runs are compared by forecasts. Default: where the longest run ends.
    pub at: Option<f64>,
    /// Curvecast stops a run that is better than the best so far with a lower probability than this. Default: 0.05.
    pub below: f64,
    /// Curvecast and the median rule stop no run before so many points. Default: 4.
    pub min_points: usize,
    /// At how many places, evenly along a run, Curvecast asks for a forecast. Default: 20.
    pub looks: usize,
    /// Which share of the runs are its top: those that should not be killed. Default: 0.1, and one run at the least.
    pub top: f64,
    /// In how many orders the runs come: the first one as given, the others drawn. Default: 20.
    pub orders: usize,
    /// The seed of the orders. Default: 0.
    pub seed: u64,
    /// Who answers, and what is known of the measure.
    pub forecast: ForecastOptions,
    /// Hears how many forecasts of how many are made, from any thread and in any order. Default: nobody.
    pub watch: Option<Watch>,
}

impl Default for SimulateOptions {
    fn default() -> Self {
        Self {
            policies: Policy::usual(),
            at: None,
            below: 0.05,
            min_points: 4,
            looks: 20,
            top: 0.1,
            orders: 20,
            seed: 0,
            forecast: ForecastOptions::default(),
            watch: None,
        }
    }
}

impl fmt::Debug for SimulateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulateOptions")
            .field("policies", &self.policies)
            .field("at", &self.at)
            .field("below", &self.below)
            .field("min_points", &self.min_points)
            .field("looks", &self.looks)
            .field("top", &self.top)
            .field("orders", &self.orders)
            .field("seed", &self.seed)
            .field("forecast", &self.forecast)
            .finish_non_exhaustive()
    }
}

/// What a policy would have done: means over orders.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyResult {
    /// Its name.
    pub policy: String,
    /// Points that were looked at.
    pub points: f64,
    /// The share of all points that were not.
    pub saved: f64,
    /// The best value of all that was looked at.
    pub best: f64,
    /// How much worse that is than the best value of all runs to their ends.
    pub regret: f64,
    /// The largest regret of an order.
    pub worst: f64,
    /// Runs that were stopped before their ends.
    pub stopped: f64,
    /// Runs of the top that were stopped before they reached their best values.
    pub killed: f64,
    /// Forecasts of it that failed; there the run went on.
    pub failed: usize,
}

/// What a replay has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulateResult {
    /// How many runs.
    pub runs: usize,
    /// All their points.
    pub points: usize,
    /// How many of the runs are the top.
    pub top: usize,
    /// The best value of all runs to their ends.
    pub best: f64,
    /// The run that has it.
    pub winner: String,
    /// Which direction of the measure is good.
    pub better: Better,
    /// The resource value at which runs are compared by forecasts.
    pub at: f64,
    /// In how many orders the runs came.
    pub orders: usize,
    /// Every policy, in the order asked.
    pub policies: Vec<PolicyResult>,
}

/// The runs as a replay has them.
struct Sweep<'a> {
    names: Vec<&'a str>,
    series: Vec<Series>,
    records: Vec<Record>,
    /// Runs of the top.
    top: Vec<usize>,
    at: f64,
    better: Better,
}

/// Replays recorded runs under policies.
///
/// # Errors
/// Fewer than two runs, a run that is no curve, options that cannot work, and methods that are not there.
pub fn simulate(runs: &[(String, Series)], options: &SimulateOptions) -> Result<SimulateResult, Error> {
    let wrong = |what: String| Err(Error::Option(what));
    if !(options.top > 0.0 && options.top <= 1.0) {
        return wrong(format!("a top of {} of the runs; give a share between 0 and 1, such as 0.1", options.top));
    }
    if options.orders == 0 || options.orders > MOST_ORDERS || options.looks == 0 {
        return wrong(format!("{} orders and {} looks; give 1 to {MOST_ORDERS} orders, and 1 look or more", options.orders, options.looks));
    }
    if options.policies.is_empty() {
        return wrong(format!("no policy is asked for; there are {}", Policy::NAMES.join(", ")));
    }
    let sweep = Sweep::of(runs, options)?;
    check(sweep.at, options.below)?;
    let orders: Vec<Vec<usize>> = (0..options.orders).map(|k| sweep.order(k, options.seed)).collect();
    let methods = options.policies.iter().map(|p| p.method(&options.forecast.method)).collect::<Result<Vec<_>, _>>()?;
    let all = sweep.looks(options).len() * methods.iter().flatten().count();
    let heard = Heard { watch: options.watch.as_ref(), done: AtomicUsize::new(0), all };
    let mut policies = Vec::with_capacity(options.policies.len());
    for (policy, method) in options.policies.iter().zip(methods) {
        let outlooks = match method {
            Some(method) => sweep.outlooks(&ForecastOptions { method, better: Some(sweep.better), ..options.forecast.clone() }, options, &heard),
            None => Outlooks::default(),
        };
        let asked = |at: Place| outlooks.stops(at, options.below, sweep.sign());
        let rule = match policy {
            Policy::None => Rule::Never,
            Policy::Patience(most) => Rule::Patience(*most),
            Policy::Median => Rule::Median { startup: STARTUP, warmup: options.min_points },
            Policy::SuccessiveHalving => Rule::Halving { eta: ETA },
            Policy::Hyperband => Rule::Hyperband { eta: ETA },
            Policy::Curvecast(_) => Rule::Ask(&asked),
        };
        policies.push(sweep.result(policy.name(), &orders, rule, outlooks.failed));
    }
    let winner = sweep.top.first().and_then(|k| sweep.names.get(*k)).copied().unwrap_or_default().to_owned();
    Ok(SimulateResult {
        runs: sweep.records.len(),
        points: sweep.points(),
        top: sweep.top.len(),
        best: sweep.sign() * sweep.best(),
        winner,
        better: sweep.better,
        at: sweep.at,
        orders: options.orders,
        policies,
    })
}

/// Who hears of the forecasts.
struct Heard<'a> {
    watch: Option<&'a Watch>,
    done: AtomicUsize,
    all: usize,
}

impl Heard<'_> {
    fn one_more(&self) {
        if let Some(watch) = self.watch {
            watch(self.done.fetch_add(1, Ordering::Relaxed) + 1, self.all);
        }
    }
}

/// What was predicted after some points of every run.
#[derive(Default)]
struct Outlooks {
    /// For every run, the points after which it was asked, in order, and what was predicted.
    of: Vec<Vec<(usize, Outlook)>>,
    failed: usize,
}

impl Outlooks {
    /// Is the run stopped here, held against the best of the runs before it?
    fn stops(&self, at: Place, below: f64, sign: f64) -> bool {
        let Some(of) = self.of.get(at.run).filter(|_| at.best.is_finite()) else { return false };
        let found = of.binary_search_by_key(&at.seen, |(seen, _)| *seen).ok().and_then(|k| of.get(k));
        found.is_some_and(|(_, outlook)| outlook.stops(sign * at.best, below))
    }
}

impl<'a> Sweep<'a> {
    fn of(runs: &'a [(String, Series)], options: &SimulateOptions) -> Result<Self, Error> {
        if runs.len() < FEWEST {
            return Err(Error::Option(format!("{} of {FEWEST} runs: a replay compares runs of a sweep", runs.len())));
        }
        let better = better(runs.iter().map(|(_, series)| series), options.forecast.better);
        let sign = sign(better);
        let (mut names, mut all, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for (name, series) in runs {
            let series = clean(series)?.series;
            let y = series.y.iter().map(|y| sign * y).collect();
            records.push(Record::new(series.x.clone(), y).map_err(|e| Error::Option(format!("run {name}: {}", Error::Curve(e))))?);
            names.push(name.as_str());
            all.push(series);
        }
        let mut order: Vec<usize> = (0..records.len()).collect();
        let best = |k: &usize| records.get(*k).map_or(f64::INFINITY, |r: &Record| r.best(r.len()));
        order.sort_by(|a, b| best(a).total_cmp(&best(b)));
        // A hair less, so that a tenth of twenty is two whatever the product rounds to.
        let count = (options.top * records.len() as f64 - 1e-9).ceil().max(1.0) as usize;
        order.truncate(count);
        let end = records.iter().map(Record::end).fold(f64::NEG_INFINITY, f64::max);
        Ok(Self { names, series: all, records, top: order, at: options.at.unwrap_or(end), better })
    }

    /// What turns the measure into one of which less is better, and back.
    fn sign(&self) -> f64 {
        sign(self.better)
    }

    fn points(&self) -> usize {
        self.records.iter().map(Record::len).sum()
    }

    /// The best value of all, less being better.
    fn best(&self) -> f64 {
        self.records.iter().map(|r| r.best(r.len())).fold(f64::INFINITY, f64::min)
    }

    /// The `k`-th order of the runs.
    fn order(&self, k: usize, seed: u64) -> Vec<usize> {
        let n = self.records.len();
        if k == 0 { (0..n).collect() } else { shuffled(n, fitters::seed::of(&["simulate", &seed.to_string(), &k.to_string()])) }
    }

    /// Where forecasts are made: runs with numbers of points, before their ends and before the place of comparison.
    fn looks(&self, options: &SimulateOptions) -> Vec<(usize, usize)> {
        let mut looks = Vec::new();
        for (run, series) in self.series.iter().enumerate() {
            let n = series.x.len();
            let first = options.min_points.max(1);
            // The place is known where it is reached.
            let last = series.x.partition_point(|x| *x < self.at).min(n - 1);
            if first > last {
                continue;
            }
            let steps = options.looks.min(last - first + 1);
            let step = |k: usize| first + k * (last - first + 1) / steps;
            looks.extend((0..steps).map(|k| (run, step(k))));
        }
        looks
    }

    /// The forecasts at every look, on all threads.
    fn outlooks(&self, how: &ForecastOptions, options: &SimulateOptions, heard: &Heard<'_>) -> Outlooks {
        let looks = self.looks(options);
        let one = |&(run, seen): &(usize, usize)| {
            let whole = self.series.get(run)?;
            let x = whole.x.get(..seen)?.to_vec();
            let y = whole.y.get(..seen)?.to_vec();
            // What is noted of the file is about its end.
            let series = Series { x, y, notes: Vec::new(), ..whole.clone() };
            let found = Outlook::of(&series, self.at, options.min_points, how).ok();
            heard.one_more();
            found
        };
        let found: Vec<Option<Outlook>> = looks.par_iter().map(one).collect();
        let mut outlooks = Outlooks { of: self.series.iter().map(|_| Vec::new()).collect(), failed: found.iter().filter(|f| f.is_none()).count() };
        for ((run, seen), outlook) in looks.into_iter().zip(found) {
            if let (Some(of), Some(outlook)) = (outlooks.of.get_mut(run), outlook) {
                of.push((seen, outlook));
            }
        }
        outlooks
    }

    /// A policy over all orders.
    fn result(&self, policy: String, orders: &[Vec<usize>], rule: Rule<'_>, failed: usize) -> PolicyResult {
        let all: Vec<Replayed> = orders.iter().map(|order| self.replayed(&replay(&self.records, order, rule))).collect();
        let mean = |of: &dyn Fn(&Replayed) -> f64| all.iter().map(of).sum::<f64>() / all.len().max(1) as f64;
        let (points, whole) = (mean(&|r| r.points as f64), self.points() as f64);
        let regret = |r: &Replayed| r.best - self.best();
        PolicyResult {
            policy,
            points,
            saved: 1.0 - points / whole,
            best: self.sign() * mean(&|r| r.best),
            regret: mean(&regret),
            worst: all.iter().map(regret).fold(0.0, f64::max),
            stopped: mean(&|r| r.stopped as f64),
            killed: mean(&|r| r.killed as f64),
            failed,
        }
    }

    /// What was looked at, counted.
    fn replayed(&self, seen: &[usize]) -> Replayed {
        let each = || self.records.iter().zip(seen);
        let killed = |k: &&usize| self.records.get(**k).zip(seen.get(**k)).is_some_and(|(r, seen)| *seen < r.to_best());
        Replayed {
            points: seen.iter().sum(),
            best: each().map(|(r, seen)| r.best(*seen)).fold(f64::INFINITY, f64::min),
            stopped: each().filter(|(r, seen)| **seen < r.len()).count(),
            killed: self.top.iter().filter(killed).count(),
        }
    }
}

/// One order under one policy; less is better.
struct Replayed {
    points: usize,
    best: f64,
    stopped: usize,
    killed: usize,
}

fn sign(better: Better) -> f64 {
    match better {
        Better::Lower => 1.0,
        Better::Higher => -1.0,
    }
}

#[cfg(test)]
mod tests;
