//! Features that are free: every sample has its own, and scores of words are their products with a table.
//!
//! With orthonormal inputs a linear map gives every sample features of its own, so that features F and weights W are what is learned; scores are F
//! W. By gradient flow, with G the slope of the loss by the scores, Ḟ = −G Wᵀ and Ẇ = −Fᵀ G, so that FᵀF − W Wᵀ does not change (Theorem 1 is the
//! case that it begins at zero). A singular value σ of F with vectors p and q moves by −pᵀ G Wᵀ q, which is −σ pᵀ G r with a unit r where FᵀF = W
//! Wᵀ (Theorem 2).

use evaluation::stat::spearman;
use linalg::{qr, svd};
use ndarray::{Array2, ArrayView2};
use nets::params::normal;

use super::gather::{self, Look};
use super::{Settings, Without, other, phases};
use crate::blocks::spectrum::{Spectrum, effective_rank};
use crate::blocks::streams::{Purpose, stream};
use crate::grid::log_spaced;
use crate::{Context, Go, Outcome, StudyError};

/// Steps between two looks at the watch.
const PIECE: u64 = 500;
/// The rate of the case that theory is about, over that of the toy: small enough that steps are nearly a flow.
const SLOW: f64 = 0.02;

/// Samples of every word.
fn counts(own: &Settings) -> Vec<usize> {
    let (all, words) = (own.counts.iter().sum::<usize>(), own.counts.len().max(1));
    // As many of each, rounded up, so that there are no fewer in all.
    if own.without == Without::Skew { vec![all.div_ceil(words); words] } else { own.counts.clone() }
}

/// Operations of a run, about.
pub(super) fn flops(own: &Settings) -> f64 {
    let (samples, words) = (own.counts.iter().sum::<usize>(), own.counts.len());
    own.toy_steps as f64 * (samples * words * (6 * own.dimensions + 30)) as f64
}

/// Features and weights.
#[derive(Clone)]
pub(super) struct Toy {
    /// The word of every sample.
    labels: Vec<usize>,
    counts: Vec<usize>,
    pub(super) features: Array2<f64>,
    pub(super) weights: Array2<f64>,
    squared: bool,
}

impl Toy {
    /// First features and weights, all normal.
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        let counts = counts(own);
        let labels: Vec<usize> = counts.iter().enumerate().flat_map(|(word, count)| std::iter::repeat_n(word, *count)).collect();
        let dimensions = own.dimensions + usize::from(own.without == Without::Bottleneck);
        let mut rng = stream(seed, Purpose::Weights, 0);
        let mut table = |rows: usize, columns: usize| Array2::from_shape_fn((rows, columns), |_| own.start * normal(&mut rng));
        let weights = table(dimensions, counts.len());
        Self { features: table(labels.len(), dimensions), weights, labels, counts, squared: own.without == Without::Entropy }
    }

    /// The same weights with features that are as long along their directions: FᵀF = W Wᵀ.
    pub(super) fn balanced(own: &Settings, seed: u64) -> Result<Self, StudyError> {
        let mut toy = Self::new(own, seed);
        let (directions, _) = qr(toy.features.view()).map_err(other)?;
        let (left, lengths, _) = svd(toy.weights.view()).map_err(other)?;
        let common = lengths.len().min(directions.ncols());
        let along = |i: usize, a: usize| (0..common).map(|k| directions[(i, k)] * lengths[k] * left[(a, k)]).sum::<f64>();
        toy.features = Array2::from_shape_fn(toy.features.dim(), |(i, a)| along(i, a));
        Ok(toy)
    }

    fn scores(&self) -> Array2<f64> {
        self.features.dot(&self.weights)
    }

    /// The slope of the mean loss by the scores.
    pub(super) fn slope(&self) -> Array2<f64> {
        let mut slope = self.scores();
        let share = 1.0 / self.labels.len().max(1) as f64;
        for (mut row, label) in slope.rows_mut().into_iter().zip(&self.labels) {
            if self.squared {
                row[*label] -= 1.0;
                row.mapv_inplace(|v| 2.0 * share * v);
                continue;
            }
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.mapv_inplace(|v| (v - top).exp());
            let all = row.sum();
            row.mapv_inplace(|v| share * v / all);
            row[*label] -= share;
        }
        slope
    }

    /// One step of gradient descent.
    pub(super) fn step(&mut self, rate: f64) {
        let slope = self.slope();
        let (by_features, by_weights) = (slope.dot(&self.weights.t()), self.features.t().dot(&slope));
        self.features.scaled_add(-rate, &by_features);
        self.weights.scaled_add(-rate, &by_weights);
    }

    /// A look after so many steps.
    fn look(&self, step: u64) -> Look {
        let dimensions = self.features.ncols();
        let features: Vec<f32> = self.features.iter().map(|v| *v as f32).collect();
        let Some(spectrum) = Spectrum::of(&features, dimensions) else { return Look::nothing(step as f64) };
        let rank = effective_rank(&spectrum.variances).unwrap_or(1.0);
        let (alpha, fit) = spectrum.decay(1, dimensions).unwrap_or((0.0, 0.0));
        let (mut said, mut hits) = (vec![0.0; self.counts.len()], vec![0.0; self.counts.len()]);
        for (row, label) in self.scores().rows().into_iter().zip(&self.labels) {
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let all = top + row.iter().map(|v| (v - top).exp()).sum::<f64>().ln();
            let count = self.counts[*label].max(1) as f64;
            said[*label] += (row[*label] - if self.squared { 0.0 } else { all }) / count;
            hits[*label] += f64::from(u8::from(row[*label] >= top)) / count;
        }
        let sizes: Vec<f64> = self.counts.iter().map(|count| *count as f64).collect();
        let right: f64 = hits.iter().zip(&sizes).map(|(share, count)| share * count).sum();
        // The rarest word; the last of equals.
        let rarest = (0..sizes.len()).reduce(|best, word| if sizes[word] <= sizes[best] { word } else { best });
        Look {
            step: step as f64,
            rank,
            singular: effective_rank(&spectrum.singular).unwrap_or(1.0),
            before: rank,
            alpha,
            fit,
            alignment: spearman(&said, &sizes).unwrap_or(0.0),
            copying: rarest.map_or(0.0, |word| hits[word]),
            known: right / self.labels.len().max(1) as f64,
        }
    }
}

/// Steps before which there is a look.
fn grid(own: &Settings) -> Vec<u64> {
    std::iter::once(0).chain(log_spaced(1, own.toy_steps as u64, own.points)).filter(|step| *step < own.toy_steps as u64).collect()
}

/// Descends, with something to do before some steps; it is over in a moment, so that nothing is kept.
fn descend(own: &Settings, rate: f64, toy: &mut Toy, context: &Context<'_>, mut before: impl FnMut(&Toy, u64)) -> Result<(), StudyError> {
    let (grid, last) = (grid(own), own.toy_steps as u64);
    for step in 0..last {
        if grid.binary_search(&step).is_ok() {
            before(toy, step);
        }
        toy.step(rate);
        if (step + 1).is_multiple_of(PIECE) && step + 1 < last && (context.watch)((step + 1) as f64 / last as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    before(toy, last);
    Ok(())
}

/// The toy from its first features to its end.
pub(super) fn run(own: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut toy = Toy::new(own, context.seed);
    let mut looks = Vec::new();
    descend(own, own.toy_rate, &mut toy, context, |toy, step| looks.push(toy.look(step)))?;
    if let Some(look) = looks.iter().find(|look| !look.is_finite()) {
        return Ok(gather::diverged(format!("features are not finite at step {}; lower the rate", look.step)));
    }
    let mut found = phases::numbers(own, &looks);
    found.extend([("rate", Some(own.toy_rate)), ("passed", Some((own.toy_steps * toy.labels.len()) as f64))]);
    Ok(gather::done(&looks, &found, None))
}

/// Length of all numbers of a matrix.
fn length(matrix: &Array2<f64>) -> f64 {
    matrix.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// FᵀF, and the same less W Wᵀ.
fn moments(toy: &Toy) -> (Array2<f64>, Array2<f64>) {
    let features = toy.features.t().dot(&toy.features);
    let gap = &features - &toy.weights.dot(&toy.weights.t());
    (features, gap)
}

/// What theory says of the flow, and how far it is from it.
#[derive(Default)]
struct Laws {
    first: Option<Array2<f64>>,
    balance: f64,
    gap: f64,
    bound: f64,
    /// Sums of products of speeds with those of theory, and of squares of those.
    speeds: [f64; 2],
}

/// The largest of two numbers; NaN where one of them is.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn lengths(matrix: ArrayView2<'_, f64>) -> Option<Vec<f64>> {
    Some(svd(matrix).ok()?.1.to_vec())
}

impl Laws {
    /// Holds theory against a step at this rate.
    fn add(&mut self, toy: &Toy, rate: f64) -> Option<()> {
        let (features, gap) = moments(toy);
        let first = self.first.get_or_insert_with(|| gap.clone());
        self.balance = larger(self.balance, length(&(&gap - &*first)) / length(&features));
        let (left, values, right) = svd(toy.features.view()).ok()?;
        let others = lengths(toy.weights.view())?;
        let slope = toy.slope();
        let mut next = toy.clone();
        next.step(rate);
        let moved = lengths(next.features.view())?;
        // −pᵀ G Wᵀ q for every singular value.
        let speeds = left.t().dot(&slope).dot(&toy.weights.t()).dot(&right.t());
        let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        for (k, value) in values.iter().copied().enumerate() {
            let (theory, found) = (-speeds[(k, k)], (moved.get(k)? - value) / rate);
            self.speeds[0] += found * theory;
            self.speeds[1] += theory * theory;
            self.gap = larger(self.gap, (value - others.get(k)?).abs() / largest);
            self.bound = larger(self.bound, found.abs() / (value * length(&slope)).max(f64::MIN_POSITIVE));
        }
        Some(())
    }
}

/// The case that theory is about.
pub(super) fn balanced(own: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut toy = Toy::balanced(own, context.seed)?;
    let (mut looks, mut laws, mut sound, rate) = (Vec::new(), Laws::default(), true, SLOW * own.toy_rate);
    descend(own, rate, &mut toy, context, |toy, step| {
        looks.push(toy.look(step));
        sound &= laws.add(toy, rate).is_some();
    })?;
    if !sound || looks.iter().any(|look| !look.is_finite()) {
        return Ok(gather::diverged("features are not finite; lower the rate".to_owned()));
    }
    let mut found = phases::numbers(own, &looks);
    found.extend([
        ("balance", Some(laws.balance)),
        ("singular-gap", Some(laws.gap)),
        ("speed-slope", Some(laws.speeds[0] / laws.speeds[1])),
        ("speed-bound", Some(laws.bound)),
        ("rate", Some(rate)),
        ("passed", Some((own.toy_steps * toy.labels.len()) as f64)),
    ]);
    Ok(gather::done(&looks, &found, None))
}
