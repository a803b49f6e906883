//! What is left of curves once their trends are taken out: do tasks move together, or do they both just rise?
//!
//! Any two rising curves correlate, so the questions of The Fine Line (Yang et al. 2024, arXiv 2404.01204) are asked of
//! residuals too. `experiments/fine-line` calls them D1 (the same task in models of other sizes, from the abstract), D2
//! (tasks within and across domains) and D3 (exams together, both as summaries of the paper list them). Consecutive
//! checkpoints are not independent either: intervals resample blocks of them, around the ends (Politis & Romano 1992).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stat::{Interval, median, pearson, resample};

/// What is taken out of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Detrend {
    /// Nothing.
    None,
    /// All but the step from one checkpoint to the next.
    Difference,
    /// The straight line in ln x that fits best.
    Line,
    /// What follows the mean curve of the model's other tasks.
    Common,
}

impl Detrend {
    /// Its name in specs and rows.
    pub fn name(self) -> &'static str {
        match self {
            Detrend::None => "none",
            Detrend::Difference => "difference",
            Detrend::Line => "line",
            Detrend::Common => "common",
        }
    }
}

/// A curve without its trend; `common` is what [`Detrend::Common`] takes out, on the same points.
///
/// One value fewer for differences. `None` with fewer than 3 points, unequal lengths, a value that is not finite,
/// x that is not positive where its logarithm is needed.
pub fn detrended(x: &[f64], y: &[f64], common: &[f64], how: Detrend) -> Option<Vec<f64>> {
    if y.len() < 3 || x.len() != y.len() || y.iter().any(|v| !v.is_finite()) {
        return None;
    }
    match how {
        Detrend::None => Some(y.to_vec()),
        Detrend::Difference => Some(y.windows(2).map(|w| w[1] - w[0]).collect()),
        Detrend::Line => residual(y, &x.iter().map(|v| v.ln()).collect::<Vec<f64>>()),
        Detrend::Common => residual(y, common),
    }
}

/// What a straight line in `on` leaves of `y`.
fn residual(y: &[f64], on: &[f64]) -> Option<Vec<f64>> {
    let (intercept, slope) = line(on, y)?;
    let rest: Vec<f64> = y.iter().zip(on).map(|(v, o)| v - intercept - slope * o).collect();
    // What rounding leaves of a curve that is its own trend would correlate with anything.
    let size = y.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    Some(if rest.iter().all(|r| r.abs() <= 1e-12 * size) { vec![0.0; y.len()] } else { rest })
}

/// Least squares: intercept and slope of `y` on `x`; slope 0 where x is constant. `None` for none or unequal lengths or
/// values that are not finite.
pub fn line(x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let n = x.len();
    if n == 0 || n != y.len() || x.iter().chain(y).any(|v| !v.is_finite()) {
        return None;
    }
    let (mx, my) = (x.iter().sum::<f64>() / n as f64, y.iter().sum::<f64>() / n as f64);
    let (xx, xy) = x.iter().zip(y).fold((0.0, 0.0), |(xx, xy), (a, b)| (xx + (a - mx) * (a - mx), xy + (a - mx) * (b - my)));
    let slope = if x.iter().any(|v| *v != x[0]) { xy / xx } else { 0.0 };
    Some((my - slope * mx, slope))
}

/// Places of a series of `n` drawn as blocks of `block` in a row, around the end; the first `⌈n/block⌉` of `starts` begin them.
///
/// `starts` must be below `n`; as many places as the series has, or fewer when starts run out.
pub fn blocks(starts: &[usize], n: usize, block: usize) -> Vec<usize> {
    let block = block.max(1);
    starts.iter().flat_map(|s| (0..block).map(move |k| (s + k) % n.max(1))).take(n).collect()
}

/// Pearson's correlation of two series with an interval over blocks of `block` points.
///
/// No correlation where one of them is constant (or as [`pearson`] says); no interval where it has none.
pub fn block_correlation(a: &[f64], b: &[f64], block: usize, resamples: usize, seed: u64, level: f64) -> (Option<f64>, Option<Interval>) {
    let Some(r) = pearson(a, b) else { return (None, None) };
    let n = a.len();
    let mut first = true;
    let (mut left, mut right) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let interval = resample(&[n], resamples, seed, level, |drawn| {
        if std::mem::take(&mut first) {
            return r;
        }
        let places = blocks(&drawn[0], n, block);
        left.clear();
        right.clear();
        left.extend(places.iter().map(|&i| a[i]));
        right.extend(places.iter().map(|&i| b[i]));
        pearson(&left, &right).unwrap_or(f64::NAN)
    });
    (Some(r), interval)
}

/// How much the tasks of one family move together, and with tasks outside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoMovement {
    /// Median correlation of two tasks of the family.
    pub within: f64,
    /// Median correlation of a task of the family with one outside.
    pub across: f64,
    /// Pairs of the first kind.
    pub pairs_within: usize,
    /// Pairs of the second.
    pub pairs_across: usize,
}

/// Co-movement of every family 0, 1, … `families` − 1, and last that of all tasks (within any family, across any two), at
/// the places of the series that are picked. `family` says of which each series is; all series must be equally long.
///
/// `None` for a family without a pair of either kind. Series that are constant at the places picked are in no pair.
pub fn co_movement(series: &[Vec<f64>], family: &[usize], families: usize, places: &[usize]) -> Vec<Option<CoMovement>> {
    // Standardised, a correlation is a dot product.
    let standard: Vec<Option<Vec<f64>>> = series.iter().map(|s| standardised(s, places)).collect();
    let mut within: Vec<Vec<f64>> = vec![Vec::new(); families + 1];
    let mut across: Vec<Vec<f64>> = vec![Vec::new(); families + 1];
    for (i, a) in standard.iter().enumerate() {
        for (j, b) in standard[..i].iter().enumerate() {
            let (Some(a), Some(b), Some(&fa), Some(&fb)) = (a, b, family.get(i), family.get(j)) else { continue };
            let r: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
            let kind = if fa == fb { &mut within } else { &mut across };
            kind[families].push(r);
            for f in [fa, fb].into_iter().take(if fa == fb { 1 } else { 2 }).filter(|f| *f < families) {
                kind[f].push(r);
            }
        }
    }
    let one = |(w, a): (&Vec<f64>, &Vec<f64>)| Some(CoMovement { within: median(w)?, across: median(a)?, pairs_within: w.len(), pairs_across: a.len() });
    within.iter().zip(&across).map(one).collect()
}

fn standardised(series: &[f64], places: &[usize]) -> Option<Vec<f64>> {
    let mut picked: Vec<f64> = places.iter().map(|&i| series.get(i).copied()).collect::<Option<_>>()?;
    let first = *picked.first()?;
    if picked.iter().any(|v| !v.is_finite()) || picked.iter().all(|v| *v == first) {
        return None;
    }
    let mean = picked.iter().sum::<f64>() / picked.len() as f64;
    picked.iter_mut().for_each(|v| *v -= mean);
    let length = picked.iter().map(|v| v * v).sum::<f64>().sqrt();
    picked.iter_mut().for_each(|v| *v /= length);
    picked.iter().all(|v| v.is_finite()).then_some(picked)
}

/// How far off the later part of a curve is when it is predicted from another one: a line `y ≈ a + b·m` is fitted on the
/// first `fit` points, and its mean absolute error on the rest is the answer.
///
/// `None` when fewer than 3 points are fitted or none is left, or as for [`line()`].
pub fn prediction_error(m: &[f64], y: &[f64], fit: usize) -> Option<f64> {
    if fit < 3 || fit >= y.len() || m.len() != y.len() {
        return None;
    }
    let (a, b) = line(&m[..fit], &y[..fit])?;
    let error = m[fit..].iter().zip(&y[fit..]).map(|(m, y)| (y - a - b * m).abs()).sum::<f64>() / (y.len() - fit) as f64;
    error.is_finite().then_some(error)
}
