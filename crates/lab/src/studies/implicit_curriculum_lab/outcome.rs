//! What a training gives: a curve for every task, and numbers about their order.

use evaluation::emergence::trajectory::{Combine, Gram, Kernel, combine, scores, weighted};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::{Outcome, Series, Status};

use super::Settings;
use super::language::{Op, TASKS};

/// A curve for every task.
pub(super) const SERIES: [(&str, &str); TASKS.len()] = {
    let mut series = [("", "Share of held-out items answered without a slip"); TASKS.len()];
    let mut k = 0;
    while k < TASKS.len() {
        series[k].0 = TASKS[k].name;
        k += 1;
    }
    series
};

pub(super) const SCALARS: [(&str, &str); 23] = [
    ("emerged", "Tasks that emerged"),
    ("composites-emerged", "Composites that emerged"),
    ("order-share", "Share of pairs of a composite and one of its components, both emerged, in which the component emerged first or with it"),
    ("order-share-others", "The same with elementary tasks that are no components of the composite"),
    ("order-gain", "The difference of the two: what being a component adds"),
    ("lag-upper", "Composites with `upper`: mean log2 of their steps to emergence, less that of the composites without it"),
    ("lag-lower", "The same for `lower`"),
    ("lag-first", "The same for `first`"),
    ("lag-last", "The same for `last`"),
    ("lag-reverse", "The same for `reverse`"),
    ("lag-successor", "The same for `successor`"),
    ("lag-lookup", "The same for `lookup`"),
    ("vectors-error", "Mean absolute error of the curves of composites, predicted from function vectors"),
    ("shuffled-error", "The same with vectors dealt out at random, mean of twenty deals"),
    ("others-error", "The same predicted by the mean of all other tasks"),
    ("composites-error", "The same predicted by the mean of the other composites"),
    ("product-error", "The same predicted by the product of the components"),
    ("minimum-error", "The same predicted by the smaller of the components"),
    ("gain-over-shuffled", "What function vectors take off the error of vectors dealt out at random, as a share of it"),
    ("gain-over-others", "What they take off the error of the mean of all other tasks, as a share of it"),
    ("gain-over-components", "What they take off the smaller of the errors of product and minimum of the components, as a share of it"),
    ("vectors-r2", "Squared correlation of the curves predicted from function vectors with the truth, mean over composites"),
    ("vectors-determination", "Their coefficient of determination, median over composites"),
];

/// Ridge and shuffles as in the paper's code.
const LAMBDA: f64 = 1e-3;
const SHUFFLES: usize = 20;

/// What was seen at the checkpoints so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) steps: Vec<f64>,
    /// A list for every task.
    pub(super) shares: Vec<Vec<f64>>,
}

impl Seen {
    pub(super) fn push(&mut self, step: u64, shares: Vec<f64>) {
        self.steps.push(step as f64);
        self.shares.resize_with(shares.len(), Vec::new);
        self.shares.iter_mut().zip(shares).for_each(|(all, one)| all.push(one));
    }

    fn series(&self) -> Vec<Series> {
        if self.steps.is_empty() {
            return Vec::new();
        }
        TASKS.iter().zip(&self.shares).map(|(task, y)| Series { name: task.name.to_owned(), x: self.steps.clone(), y: y.clone() }).collect()
    }

    /// The step at which each task emerged.
    fn emerged(&self, threshold: f64) -> Vec<Option<f64>> {
        self.shares.iter().map(|y| y.iter().position(|&s| s >= threshold).map(|k| self.steps[k])).collect()
    }
}

/// Progress as bytes: step, checkpoints, and the weights as their own format.
pub(super) fn to_bytes(step: u64, seen: &Seen, weights: &[u8]) -> Vec<u8> {
    let mut bytes = step.to_le_bytes().to_vec();
    bytes.extend((seen.steps.len() as u64).to_le_bytes());
    for v in seen.steps.iter().chain(seen.shares.iter().flatten()) {
        bytes.extend(v.to_le_bytes());
    }
    bytes.extend(weights);
    bytes
}

/// `None` for bytes that are none of it; what is wrong with the weights is found when they are read.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<(u64, Seen, Vec<u8>)> {
    let word = |k: usize| bytes.get(8 * k..8 * k + 8)?.try_into().ok().map(u64::from_le_bytes);
    let (step, n) = (word(0)?, usize::try_from(word(1)?).ok()?);
    let numbers = n.checked_mul(TASKS.len() + 1)?;
    if numbers > bytes.len() / 8 {
        return None;
    }
    let all: Vec<f64> = (0..numbers).map(|k| word(k + 2).map(f64::from_bits)).collect::<Option<_>>()?;
    let (steps, shares) = all.split_at(n);
    let shares = if n == 0 { Vec::new() } else { shares.chunks(n).map(<[f64]>::to_vec).collect() };
    Some((step, Seen { steps: steps.to_vec(), shares }, bytes[8 * (numbers + 2)..].to_vec()))
}

/// A training that ended early.
pub(super) fn diverged(seen: &Seen, why: String) -> Outcome {
    let scalars = SCALARS.iter().map(|(name, _)| ((*name).to_owned(), None)).collect();
    Outcome { series: seen.series(), scalars, weights: None, status: Status::Diverged(why) }
}

/// A training that came to its end; `vectors` are those of the last checkpoint.
pub(super) fn of(seen: &Seen, vectors: &[Vec<f64>], settings: &Settings, seed: u64) -> Outcome {
    let emerged = seen.emerged(settings.threshold);
    let late = 2.0 * settings.steps as f64;
    let mut found: Vec<Option<f64>> = vec![
        Some(emerged.iter().flatten().count() as f64),
        Some(TASKS.iter().zip(&emerged).filter(|(task, at)| task.second.is_some() && at.is_some()).count() as f64),
        order(&emerged, true),
        order(&emerged, false),
        order(&emerged, true).zip(order(&emerged, false)).map(|(own, others)| own - others),
    ];
    for op in [Op::Upper, Op::Lower, Op::First, Op::Last, Op::Reverse, Op::Successor, Op::Lookup] {
        let mean = |with: bool| {
            let of: Vec<f64> =
                TASKS.iter().zip(&emerged).filter(|(t, _)| t.second.is_some() && t.has(op) == with).map(|(_, at)| at.unwrap_or(late).log2()).collect();
            of.iter().sum::<f64>() / of.len().max(1) as f64
        };
        found.push(Some(mean(true) - mean(false)));
    }
    found.extend(predicted(seen, vectors, seed));
    let scalars = SCALARS.iter().zip(found).map(|((name, _), value)| ((*name).to_owned(), value)).collect();
    Outcome { series: seen.series(), scalars, weights: None, status: Status::Done }
}

/// The share of (composite, elementary task) pairs, both emerged, in which the elementary one was not later; over components, or over
/// elementary tasks that are none (`copy` aside).
fn order(emerged: &[Option<f64>], components: bool) -> Option<f64> {
    let (mut first, mut all) = (0.0, 0.0);
    for (composite, at) in TASKS.iter().zip(emerged).filter(|(task, _)| task.second.is_some()) {
        for (elementary, before) in TASKS.iter().zip(emerged).filter(|(task, _)| task.second.is_none() && task.first != Op::Copy) {
            if let (Some(at), Some(before)) = (at, before)
                && composite.has(elementary.first) == components
            {
                all += 1.0;
                first += f64::from(u8::from(before <= at));
            }
        }
    }
    (all > 0.0).then(|| first / all)
}

/// Errors of the curves of composites by every predictor, then squared correlation and determination of function vectors.
fn predicted(seen: &Seen, vectors: &[Vec<f64>], seed: u64) -> [Option<f64>; 11] {
    let n = TASKS.len();
    if vectors.len() != n || seen.shares.len() != n {
        return [None; 11];
    }
    let width = vectors[0].len();
    let mean: Vec<f64> = (0..width).map(|k| vectors.iter().map(|v| v[k]).sum::<f64>() / n as f64).collect();
    let centred: Vec<Vec<f64>> = vectors.iter().map(|v| v.iter().zip(&mean).map(|(a, b)| a - b).collect()).collect();
    let gram = Gram::new(&centred, Kernel::Rbf, None);
    let composites: Vec<usize> = (0..n).filter(|&k| TASKS[k].second.is_some()).collect();
    let curve = |k: usize| seen.shares[k].as_slice();
    // `place[k]` is the task whose vector task k is given.
    let by_vectors = |place: &[usize], target: usize| {
        let others: Vec<usize> = (0..n).filter(|&k| k != target).collect();
        let basis: Vec<usize> = others.iter().map(|&k| place[k]).collect();
        let weights = gram.as_ref()?.weights(&basis, place[target], LAMBDA).ok()?;
        weighted(&weights, &others.iter().map(|&k| curve(k)).collect::<Vec<_>>())
    };
    let score = |predict: &dyn Fn(usize) -> Option<Vec<f64>>| -> Option<Vec<_>> { composites.iter().map(|&k| scores(curve(k), &predict(k)?)).collect() };
    let error = |predict: &dyn Fn(usize) -> Option<Vec<f64>>| score(predict).map(|all| all.iter().map(|s| s.mae).sum::<f64>() / all.len() as f64);
    let own: Vec<usize> = (0..n).collect();
    let mut rng = Pcg64::seed_from_u64(seed ^ 0x5eed);
    let deals: Vec<Option<f64>> = (0..SHUFFLES)
        .map(|_| {
            let mut place = own.clone();
            for k in (1..n).rev() {
                place.swap(k, rng.random_range(0..=k));
            }
            error(&|target| by_vectors(&place, target))
        })
        .collect();
    let shuffled = deals.iter().copied().collect::<Option<Vec<f64>>>().map(|all| all.iter().sum::<f64>() / SHUFFLES as f64);
    let component = |op: Op| TASKS.iter().position(|t| t.second.is_none() && t.first == op);
    let parts = |how: Combine| {
        error(&|target| {
            let (a, b) = (component(TASKS[target].first)?, component(TASKS[target].second?)?);
            combine(how, &[curve(a), curve(b)])
        })
    };
    let mean_of = |of: &[usize]| error(&|target| combine(Combine::Mean, &of.iter().filter(|&&k| k != target).map(|&k| curve(k)).collect::<Vec<_>>()));
    let all = score(&|target| by_vectors(&own, target));
    let r2: Vec<f64> = all.iter().flatten().filter_map(|s| s.pearson_r2).collect();
    let mut determination: Vec<f64> = all.iter().flatten().filter_map(|s| s.determination).collect();
    determination.sort_by(f64::total_cmp);
    let (by_own, others) = (error(&|target| by_vectors(&own, target)), mean_of(&own));
    let (product, minimum) = (parts(Combine::Product), parts(Combine::Minimum));
    let gain = |over: Option<f64>| over.zip(by_own).filter(|(over, _)| *over > 0.0).map(|(over, own)| 1.0 - own / over);
    [
        by_own,
        shuffled,
        others,
        mean_of(&composites),
        product,
        minimum,
        gain(shuffled),
        gain(others),
        gain(product.zip(minimum).map(|(a, b)| a.min(b))),
        (!r2.is_empty()).then(|| r2.iter().sum::<f64>() / r2.len() as f64),
        determination.get(determination.len() / 2).copied(),
    ]
}
