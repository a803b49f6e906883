//! How well two models agree about an order: a rank correlation with what it takes to read it.
//!
//! Beside the number stand a permutation null (tasks shuffled in one model: what no agreement looks like), and an interval
//! by resampling families of tasks, because tasks of one family share items and are not independent evidence.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::censor::{Column, Compared};
use super::interval_of_draws;
use crate::stat::{Interval, kendall, pearson, quantile, ranks, resample, spearman};

/// Which rank correlation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// Pearson's correlation of ranks, ties at their mean rank. Of two columns of 0 and 1 it is the phi coefficient.
    Spearman,
    /// Kendall's tau-b; of spans (C − D)/(C + D) over the pairs of tasks whose order is known in both models.
    Kendall,
}

impl Statistic {
    /// Its name in specs and rows.
    pub fn name(self) -> &'static str {
        match self {
            Statistic::Spearman => "spearman",
            Statistic::Kendall => "kendall",
        }
    }
}

/// Why there is no correlation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Fewer tasks than asked for.
    TooFewTasks,
    /// In one model all tasks share one rank.
    Constant,
    /// Spans have no ranks.
    NoRankOfIntervals,
    /// Of no two tasks is the order known in both models.
    NothingKnown,
}

impl Why {
    /// The reason as a row's status.
    pub fn word(self) -> &'static str {
        match self {
            Why::TooFewTasks => "too-few-tasks",
            Why::Constant => "constant",
            Why::NoRankOfIntervals => "no-rank-of-intervals",
            Why::NothingKnown => "nothing-known",
        }
    }
}

/// How a correlation is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Which one.
    pub statistic: Statistic,
    /// Fewer tasks have none; at least 2 are always needed.
    pub min_tasks: usize,
    /// Shuffles behind p; 0 for none.
    pub permutations: usize,
    /// Resamples of families behind the interval; 0 for none.
    pub resamples: usize,
    /// Confidence of the interval, between 0 and 1.
    pub confidence: f64,
}

/// What two models agree on.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// The correlation, in [−1, 1].
    pub correlation: Result<f64, Why>,
    /// Tasks it rests on.
    pub n: usize,
    /// Families they are of.
    pub families: usize,
    /// Two-sided p of the permutation test, `(1 + #{|r*| ≥ |r|}) / (1 + permutations)`.
    pub p: Option<f64>,
    /// The 95 % quantile of |r*| under permutation: what chance reaches.
    pub null_95: Option<f64>,
    /// Over resampled families.
    pub interval: Option<Interval>,
    /// The value and its resamples, NaN where a resample has none; the same families were drawn for every pair of one seed.
    pub draws: Vec<f64>,
}

/// Compares two models. `families` says for every task (as `compared.tasks` counts them) which of the `all` families it is of.
///
/// Families are drawn with `block_seed` from all of them, whether this pair has tasks of them or not, so that the same
/// resample means the same families in every pair and means over pairs can be resampled too ([`mean_agreement`]).
pub fn agreement(compared: &Compared, families: &[usize], all: usize, settings: &Settings, permutation_seed: u64, block_seed: u64) -> Agreement {
    let n = compared.tasks.len();
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, task) in compared.tasks.iter().enumerate() {
        if let Some(&family) = families.get(*task) {
            members.entry(family).or_default().push(place);
        }
    }
    let nothing = |why| Agreement { correlation: Err(why), n, families: members.len(), p: None, null_95: None, interval: None, draws: Vec::new() };
    if n < settings.min_tasks.max(2) {
        return nothing(Why::TooFewTasks);
    }
    let whole: Vec<usize> = (0..n).collect();
    let r = match measure(compared, settings.statistic, &whole) {
        Ok(r) => r,
        Err(why) => return nothing(why),
    };
    let mut draws = Vec::with_capacity(settings.resamples + 1);
    let mut pick = Vec::with_capacity(2 * n);
    let interval = resample(&[all], settings.resamples, block_seed, settings.confidence, |drawn| {
        if draws.is_empty() {
            draws.push(r);
            return r;
        }
        pick.clear();
        pick.extend(drawn[0].iter().filter_map(|family| members.get(family)).flatten().copied());
        let value = measure(compared, settings.statistic, &pick).unwrap_or(f64::NAN);
        draws.push(value);
        value
    });
    let null = permuted(compared, settings, permutation_seed);
    let at_least = null.iter().filter(|v| **v >= r.abs() - 1e-12).count();
    let p = (!null.is_empty()).then(|| (1 + at_least) as f64 / (1 + null.len()) as f64);
    Agreement { correlation: Ok(r), n, families: members.len(), p, null_95: quantile(&null, 0.95), interval, draws }
}

/// A mean over pairs of models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanAgreement {
    /// The mean correlation.
    pub mean: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// Pairs that have one.
    pub pairs: usize,
    /// Over resampled families, the same ones in every pair: pairs share their tasks, and are no sample of anything.
    pub interval: Option<Interval>,
}

/// The mean correlation of several pairs, all of them compared with one `block_seed`. `None` when no pair has one.
///
/// In a resample the mean is over the pairs that have a number there.
pub fn mean_agreement(pairs: &[&Agreement], all: usize, confidence: f64) -> Option<MeanAgreement> {
    let (values, draws): (Vec<f64>, Vec<&[f64]>) = pairs.iter().filter_map(|a| Some((a.correlation.ok()?, a.draws.as_slice()))).unzip();
    let length = draws.iter().map(|d| d.len()).min()?;
    let mean = |numbers: &mut dyn Iterator<Item = f64>| {
        let (sum, n) = numbers.filter(|v| !v.is_nan()).fold((0.0, 0_usize), |(s, n), v| (s + v, n + 1));
        sum / n as f64
    };
    let means: Vec<f64> = (0..length).map(|k| mean(&mut draws.iter().map(|d| d[k]))).collect();
    Some(MeanAgreement {
        mean: mean(&mut values.iter().copied()),
        minimum: values.iter().copied().fold(f64::INFINITY, f64::min),
        maximum: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        pairs: values.len(),
        interval: interval_of_draws(&means, all, confidence),
    })
}

/// The correlation over the places picked, which may repeat.
fn measure(c: &Compared, statistic: Statistic, pick: &[usize]) -> Result<f64, Why> {
    match (&c.left, &c.right) {
        (Column::Numbers(left), Column::Numbers(right)) => {
            let gather = |side: &[f64]| -> Vec<f64> { pick.iter().map(|&i| side[i]).collect() };
            let correlation = match statistic {
                Statistic::Spearman => spearman,
                Statistic::Kendall => kendall,
            };
            correlation(&gather(left), &gather(right)).ok_or(Why::Constant)
        }
        (Column::Spans(left), Column::Spans(right)) if statistic == Statistic::Kendall => concordance(left, right, pick, pick).ok_or(Why::NothingKnown),
        _ => Err(Why::NoRankOfIntervals),
    }
}

/// (C − D)/(C + D) over pairs of tasks whose order is known on both sides; place k of the one side is `left[a[k]]`, of the other `right[b[k]]`.
fn concordance(left: &[(f64, f64)], right: &[(f64, f64)], a: &[usize], b: &[usize]) -> Option<f64> {
    let (mut score, mut known) = (0_i64, 0_i64);
    for (i, (&ai, &bi)) in a.iter().zip(b).enumerate() {
        for (&aj, &bj) in a[..i].iter().zip(&b[..i]) {
            let product = before(left[ai], left[aj]) * before(right[bi], right[bj]);
            score += product;
            known += product.abs();
        }
    }
    (known > 0).then(|| score as f64 / known as f64)
}

/// 1 if the first span is certainly before the second, −1 if after, 0 if that is not known.
fn before(x: (f64, f64), y: (f64, f64)) -> i64 {
    i64::from(x.1 <= y.0) - i64::from(y.1 <= x.0)
}

/// |r*| of as many shuffles as asked; a correlation that exists does so however its sides are paired.
fn permuted(c: &Compared, settings: &Settings, seed: u64) -> Vec<f64> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let n = c.tasks.len();
    let mut null = Vec::with_capacity(settings.permutations);
    match (&c.left, &c.right) {
        (Column::Numbers(left), Column::Numbers(right)) => {
            let ranked = settings.statistic == Statistic::Spearman;
            // Shuffled ranks are the ranks of what was shuffled.
            let prepared = |side: &[f64]| if ranked { ranks(side) } else { Some(side.to_vec()) };
            let (Some(left), Some(mut right)) = (prepared(left), prepared(right)) else { return null };
            for _ in 0..settings.permutations {
                shuffle(&mut right, &mut rng);
                let r = if ranked { pearson(&left, &right) } else { kendall(&left, &right) };
                null.extend(r.map(f64::abs));
            }
        }
        (Column::Spans(left), Column::Spans(right)) => {
            let (whole, mut order): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..n).collect());
            for _ in 0..settings.permutations {
                shuffle(&mut order, &mut rng);
                // Of another pairing nothing may be known: that is no agreement.
                null.push(concordance(left, right, &whole, &order).map_or(0.0, f64::abs));
            }
        }
        _ => {}
    }
    null
}

fn shuffle<T>(values: &mut [T], rng: &mut Pcg64) {
    for i in (1..values.len()).rev() {
        values.swap(i, rng.random_range(0..=i));
    }
}
