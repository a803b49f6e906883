//! `saturating`: the laws M1 to M4 by the alternating algorithm of the paper that proposed them.
//!
//! M1: y = b x^c. M2: y − e_inf = b x^c. M3: y = b (1/x + g)^c. M4: (y − e_inf) / (e_0 − y)^a = b x^c.
//!
//! What is minimised is the mean of ½ (ln g(y) − ln f(x))², g being the left side and f the right. Linear least squares for (ln b, c, a)
//! and steps for (e_inf, e_0) take turns: first 1,000 steps down the gradient, 10⁻⁸ long, and from the 101st turn on 100 steps of a tenth of
//! Newton's, each of the two by itself. It ends where b moves less than 10⁻¹⁰ from one turn to the next, at the earliest after 103 turns.
//! Whoever wants the optimum takes `law`; this is what was published, with all that is peculiar to it:
//!
//! - the coefficients of M4 are not negative, so that b ≥ 1, c ≤ 0 and a ≥ 0;
//! - its regressor ln(e_0 − y) is computed once, from the first e_0, and stays when e_0 moves;
//! - its prediction is the best of 10,000 values between e_inf and e_0, so no nearer than (e_0 − e_inf) / 10⁴ (`grid`);
//! - e_inf begins a thousandth below the least value seen, and often ends near there, because b stands still before e_inf does;
//! - g of M3 is looked for among the values that make one point exact.
//!
//! A point at or above the first e_0 has no ln(e_0 − y). Then a stays at zero and M4 is M2; scikit-learn, which the authors call, stops there.
//!
//! Source: Alabdulmohsin, Neyshabur and Zhai 2022, and their code (google-research, `revisiting_neural_scaling_laws`). On the 92 curves
//! of their benchmark the results agree with an independent port that solves for the prediction, `experiments/scaling-benchmark`.

use curves::{Curve, Forecast, Shape};
use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Answer, FitError, Forecaster, Question};

/// How far e_inf stays below the least value, and e_0 above the largest.
const MARGIN: f64 = 1e-3;
/// Turns at most.
const TURNS: usize = 10_000;
/// Turns that go down the gradient.
const GRADIENT_TURNS: usize = 100;
/// Steps of such a turn, and their length.
const GRADIENT: (usize, f64) = (1_000, 1e-8);
/// Steps of a later turn, and which part of Newton's step each is.
const NEWTON: (usize, f64) = (100, 0.1);
/// Where b stands still.
const STILL: f64 = 1e-10;
/// Curvatures of M4 below this are not divided by, and smaller a are none.
const FLAT: f64 = 1e-5;
/// Values among which M4 predicts.
const VALUES: usize = 10_000;

/// One of the four laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// y = b x^c.
    M1,
    /// y = e_inf + b x^c.
    M2,
    /// y = b (1/x + g)^c.
    M3,
    /// (y − e_inf) / (e_0 − y)^a = b x^c.
    M4,
}

impl Which {
    /// Its name, as rows have it.
    pub fn name(self) -> &'static str {
        match self {
            Which::M1 => "m1",
            Which::M2 => "m2",
            Which::M3 => "m3",
            Which::M4 => "m4",
        }
    }
}

/// Where e_0, the error of a guess, begins in M4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Guess {
    /// At a number.
    At(f64),
    /// At a word.
    Word(GuessWord),
}

/// Where e_0 begins, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GuessWord {
    /// A thousandth above the largest value seen.
    Largest,
}

/// Which laws, and what becomes of e_0. The answers are called `m1` to `m4`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Saturating {
    /// The laws. Default: all four.
    #[serde(default = "all_four")]
    pub laws: Vec<Which>,
    /// Where e_0 begins in M4: a number, or `largest`, a thousandth above the largest value seen. Default: 0.999, as the README of the code.
    #[serde(default = "readme")]
    pub guess: Guess,
    /// The largest e_0, which a thousandth is added to; any, when left out. The authors' notebook has 1 for errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<f64>,
    /// Whether e_0 moves. It never falls to less than a thousandth above the largest value. Default: true.
    #[serde(default = "yes")]
    pub learn_guess: bool,
    /// Whether M4 predicts the best of 10,000 values, as published, or the solution itself. Default: true.
    #[serde(default = "yes")]
    pub grid: bool,
}

fn all_four() -> Vec<Which> {
    vec![Which::M1, Which::M2, Which::M3, Which::M4]
}
fn readme() -> Guess {
    Guess::At(0.999)
}
fn yes() -> bool {
    true
}

impl Saturating {
    /// The settings, checked.
    ///
    /// # Errors
    /// No law, a law that is named twice, or a guess that is no number.
    pub fn checked(self) -> Result<Self, FitError> {
        let mut laws = self.laws.clone();
        laws.sort_unstable();
        laws.dedup();
        if laws.is_empty() || laws.len() != self.laws.len() {
            return Err(FitError::Setting("saturating: `laws` names each of m1, m2, m3 and m4 at most once, and at least one".into()));
        }
        if let Some(v) = self.most.filter(|v| !(v.is_finite() && *v > 0.0)) {
            return Err(FitError::Setting(format!("saturating: `most` is {v}; it is a positive number")));
        }
        match self.guess {
            Guess::At(v) if !(v.is_finite() && v > 0.0) => {
                Err(FitError::Setting(format!("saturating: `guess` is {v}; it is a positive number, or \"largest\"")))
            }
            _ => Ok(self),
        }
    }

    /// A law's parameters for the points seen.
    ///
    /// # Errors
    /// Fewer than three points, a point at x ≤ 0 or a value ≤ 0, and parameters that are not finite.
    pub fn fit(&self, which: Which, seen: &Curve) -> Result<Fitted, FitError> {
        let who = || format!("saturating {}", which.name());
        if seen.len() < 3 {
            return Err(FitError::TooFewPoints { have: seen.len(), need: 3, who: who() });
        }
        if let Some(&x) = seen.x().iter().find(|x| **x <= 0.0) {
            return Err(FitError::Setting(format!("{} reads ln x, and x = {x} has none; leave that point out", who())));
        }
        if let Some(row) = seen.y().iter().position(|y| *y <= 0.0) {
            return Err(FitError::NotPositive { row, value: seen.y()[row] });
        }
        let found = match which {
            Which::M1 => power_law(seen),
            Which::M2 => with_limit(seen),
            Which::M3 => shifted(seen),
            Which::M4 => self.both_ends(seen),
        };
        let Fitted { b, c, g, a, e_inf, e_0, .. } = found;
        if [b, c, g, a, e_inf, e_0].iter().any(|v| !v.is_finite()) {
            return Err(FitError::NotFinite { who: who() });
        }
        Ok(found)
    }

    fn answer(&self, which: Which, q: &Question<'_>) -> Answer {
        let fitted = self.fit(which, q.seen);
        let forecast = fitted.as_ref().map_err(Clone::clone).and_then(|f| {
            let values = q.at.iter().map(|x| f.at(*x)).collect();
            Ok(Forecast::new(q.at.to_vec(), Shape::Points(values))?)
        });
        let notes = fitted.map_or_else(
            |_| Vec::new(),
            |f| vec![("b", f.b), ("c", f.c), ("g", f.g), ("a", f.a), ("e-inf", f.e_inf), ("e-0", f.e_0), ("iterations", f.turns as f64)],
        );
        Answer { name: which.name().into(), forecast, share: 1.0, notes }
    }

    /// M4.
    fn both_ends(&self, seen: &Curve) -> Fitted {
        let (x, y) = (seen.x(), seen.y());
        let (least, largest) = ends(y);
        let n = y.len();
        let mut e_0 = match self.guess {
            Guess::At(v) => v,
            Guess::Word(GuessWord::Largest) => largest,
        };
        let most = self.most.map_or(f64::INFINITY, |v| v + MARGIN);
        let mut e_inf = least;
        let columns = if y.iter().all(|y| *y < e_0) { 3 } else { 2 };
        let design = DMatrix::from_fn(n, columns, |i, k| match k {
            0 => 1.0,
            1 => -x[i].ln(),
            _ => (e_0 - y[i]).ln(),
        });
        let regression = NonNegative::new(&design);
        let (mut labels, mut power, mut top) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let (mut b, mut c, mut a) = (1.0f64, -0.5, 0.0);
        let mut turns = 0;
        while turns < TURNS {
            let before = b;
            labels.iter_mut().zip(y).for_each(|(l, y)| *l = (y - e_inf).ln());
            let [ln_b, minus_c, slow] = regression.solve(&labels);
            (b, c, a) = (ln_b.exp(), -minus_c, slow);
            // f stays while the ends move.
            power.iter_mut().zip(&design.column(1)).for_each(|(p, minus_ln)| *p = b.ln() - c * minus_ln);
            let moves = self.learn_guess && a != 0.0;
            let (steps, rate) = if turns < GRADIENT_TURNS { GRADIENT } else { NEWTON };
            for step in 0..steps {
                if step == 0 || moves {
                    top.iter_mut().zip(y).for_each(|(t, y)| *t = a * (e_0 - y).ln());
                }
                let (mut g_inf, mut h_inf, mut g_0, mut h_0) = (0.0, 0.0, 0.0, 0.0);
                for i in 0..n {
                    let (low, high) = (y[i] - e_inf, e_0 - y[i]);
                    // Where a is zero, nothing is said of e_0, which may lie below a value.
                    let r = low.ln() - if a == 0.0 { 0.0 } else { top[i] } - power[i];
                    g_inf -= r / low;
                    h_inf += (1.0 - r) / (low * low);
                    g_0 -= r / high;
                    h_0 += (a + r) / (high * high);
                }
                let k = n as f64;
                let (g_inf, h_inf, g_0, h_0) = (g_inf / k, h_inf / k, a * g_0 / k, a * h_0 / k);
                if turns < GRADIENT_TURNS {
                    e_inf -= rate * g_inf;
                    if moves {
                        e_0 -= rate * g_0;
                    }
                } else {
                    if h_inf.abs() > FLAT {
                        e_inf -= rate * g_inf / h_inf;
                    }
                    if moves && h_0.abs() > FLAT {
                        e_0 -= rate * g_0 / h_0;
                    }
                }
                e_inf = e_inf.max(0.0).min(least);
                e_0 = e_0.max(largest).min(most);
            }
            turns += 1;
            if stands(b, before, turns) {
                break;
            }
        }
        Fitted { which: Which::M4, b, c, g: 0.0, a, e_inf, e_0, turns, grid: self.grid }
    }
}

impl Forecaster for Saturating {
    fn answers(&self) -> Vec<String> {
        self.laws.iter().map(|w| w.name().to_owned()).collect()
    }

    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        let mut answers: Vec<Answer> = self.laws.iter().map(|w| self.answer(*w, q)).collect();
        // Turns are what costs.
        let turns = |a: &Answer| a.notes.iter().find(|n| n.0 == "iterations").map_or(0.0, |n| n.1);
        let all: f64 = answers.iter().map(turns).sum();
        answers.iter_mut().filter(|_| all > 0.0).for_each(|a| a.share = turns(a) / all);
        answers
    }
}

/// Parameters as the algorithm leaves them; those that a law does not have are zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// The law.
    pub which: Which,
    /// The scale.
    pub b: f64,
    /// The exponent; not negative in M3, where it is that of 1/x + g.
    pub c: f64,
    /// The shift of 1/x in M3.
    pub g: f64,
    /// The slowness of the start in M4.
    pub a: f64,
    /// The error at infinity in M2 and M4.
    pub e_inf: f64,
    /// The error of a guess in M4.
    pub e_0: f64,
    /// Turns until it stood still.
    pub turns: usize,
    /// Does M4 predict on its grid?
    pub grid: bool,
}

impl Fitted {
    /// The prediction at some x; of M4 on its grid the best of the values it is searched over.
    pub fn at(&self, x: f64) -> f64 {
        match self.which {
            Which::M3 => self.b * (x.recip() + self.g).powf(self.c),
            Which::M4 if self.a.abs() >= FLAT => {
                let f = self.b * x.powf(self.c);
                self.e_inf + if self.grid { self.on_grid(f) } else { self.solved(f) }
            }
            _ => self.e_inf + self.b * x.powf(self.c),
        }
    }

    /// The w at which w = f (gap − w)^a, by bisection to the last digit.
    fn solved(&self, f: f64) -> f64 {
        let gap = self.e_0 - self.e_inf;
        let (mut low, mut high) = (0.0, gap);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return low;
            }
            if middle < f * (gap - middle).powf(self.a) { low = middle } else { high = middle }
        }
    }

    /// The w of the grid at which |w − f (gap − w)^a| is least. What stands between the bars rises in w, so that two values are looked at.
    fn on_grid(&self, f: f64) -> f64 {
        let gap = self.e_0 - self.e_inf;
        let step = gap / (VALUES - 1) as f64;
        let place = |k: usize| if k == VALUES - 1 { gap } else { k as f64 * step };
        let miss = |k: usize| place(k) - f * (gap - place(k)).powf(self.a);
        let (mut low, mut high) = (0, VALUES - 1);
        while low + 1 < high {
            let middle = usize::midpoint(low, high);
            if miss(middle) < 0.0 { low = middle } else { high = middle }
        }
        if miss(low).abs() <= miss(high).abs() { place(low) } else { place(high) }
    }
}

/// The largest e_inf and the smallest e_0 that are allowed.
fn ends(y: &[f64]) -> (f64, f64) {
    let least = y.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least - MARGIN, largest + MARGIN)
}

/// Whether b stood still in the last turn, where that counts.
fn stands(b: f64, before: f64, turns: usize) -> bool {
    (b - before).abs() < STILL && turns > GRADIENT_TURNS + 2
}

/// A straight line through points by least squares: what it is at zero, and its slope.
fn line(u: &[f64], v: &[f64]) -> (f64, f64) {
    let n = u.len() as f64;
    let (mu, mv) = (u.iter().sum::<f64>() / n, v.iter().sum::<f64>() / n);
    let (mut uu, mut uv) = (0.0, 0.0);
    for (u, v) in u.iter().zip(v) {
        uu += (u - mu) * (u - mu);
        uv += (u - mu) * (v - mv);
    }
    let slope = if uu > 0.0 { uv / uu } else { 0.0 };
    (mv - slope * mu, slope)
}

/// M1.
fn power_law(seen: &Curve) -> Fitted {
    let ln = |v: &[f64]| v.iter().map(|v| v.ln()).collect::<Vec<f64>>();
    let (ln_b, c) = line(&ln(seen.x()), &ln(seen.y()));
    Fitted { which: Which::M1, b: ln_b.exp(), c, g: 0.0, a: 0.0, e_inf: 0.0, e_0: 0.0, turns: 1, grid: false }
}

/// M2.
fn with_limit(seen: &Curve) -> Fitted {
    let (x, y) = (seen.x(), seen.y());
    let (least, _) = ends(y);
    let n = y.len() as f64;
    let ln_x: Vec<f64> = x.iter().map(|x| x.ln()).collect();
    let (mut labels, mut power) = (vec![0.0; y.len()], vec![0.0; y.len()]);
    let (mut b, mut c, mut e_inf) = (1.0f64, -0.5, least);
    let mut turns = 0;
    while turns < TURNS {
        let before = b;
        labels.iter_mut().zip(y).for_each(|(l, y)| *l = (y - e_inf).ln());
        let (ln_b, slope) = line(&ln_x, &labels);
        (b, c) = (ln_b.exp(), slope);
        power.iter_mut().zip(&ln_x).for_each(|(p, l)| *p = b.ln() + c * l);
        let (steps, rate) = if turns < GRADIENT_TURNS { GRADIENT } else { NEWTON };
        for _ in 0..steps {
            let (mut gradient, mut curvature) = (0.0, 0.0);
            for (y, p) in y.iter().zip(&power) {
                let low = y - e_inf;
                let r = low.ln() - p;
                gradient -= r / low;
                curvature += (1.0 - r) / (low * low);
            }
            e_inf -= if turns < GRADIENT_TURNS { rate * gradient / n } else { rate * gradient / curvature };
            e_inf = e_inf.max(0.0).min(least);
        }
        turns += 1;
        if stands(b, before, turns) {
            break;
        }
    }
    Fitted { which: Which::M2, b, c, g: 0.0, a: 0.0, e_inf, e_0: 0.0, turns, grid: false }
}

/// M3.
fn shifted(seen: &Curve) -> Fitted {
    let (x, y) = (seen.x(), seen.y());
    let labels: Vec<f64> = y.iter().map(|y| y.ln()).collect();
    let mut ln_x = vec![0.0; x.len()];
    let (mut b, mut c, mut g) = (1.0f64, -0.5, 0.0f64);
    let mut turns = 0;
    while turns < TURNS {
        let before = b;
        ln_x.iter_mut().zip(x).for_each(|(l, x)| *l = (x.recip() + g).ln());
        let (ln_b, slope) = line(&ln_x, &labels);
        (b, c) = (ln_b.exp(), slope.max(0.0));
        let misfit = |g: f64| x.iter().zip(&labels).map(|(x, l)| (l - (b * (x.recip() + g).powf(c)).ln()).powi(2)).sum::<f64>();
        let mut best = (misfit(g), g);
        for (x, y) in x.iter().zip(y) {
            let exact = (y / b).powf(c.recip()) - x.recip();
            let here = if exact >= 0.0 { misfit(exact) } else { f64::NAN };
            if here < best.0 {
                best = (here, exact);
            }
        }
        g = best.1;
        turns += 1;
        if (b - before).abs() < STILL {
            break;
        }
    }
    Fitted { which: Which::M3, b, c, g, a: 0.0, e_inf: 0.0, e_0: 0.0, turns, grid: false }
}

/// Least squares with coefficients that are not negative, on two or three columns that stay: every set of columns is solved ahead.
struct NonNegative {
    columns: usize,
    /// Columns that are not zero, and what makes their coefficients of labels; larger sets first.
    sets: Vec<(Vec<usize>, DMatrix<f64>)>,
    design: DMatrix<f64>,
}

impl NonNegative {
    fn new(design: &DMatrix<f64>) -> Self {
        let columns = design.ncols();
        let mut sets = Vec::new();
        for bits in 1usize..1 << columns {
            let set: Vec<usize> = (0..columns).filter(|k| bits >> k & 1 == 1).collect();
            if let Ok(inverse) = design.select_columns(&set).pseudo_inverse(0.0) {
                sets.push((set, inverse));
            }
        }
        sets.sort_by_key(|(set, _)| std::cmp::Reverse(set.len()));
        Self { columns, sets, design: design.clone() }
    }

    /// The coefficients; a column that is not there has none.
    fn solve(&self, labels: &[f64]) -> [f64; 3] {
        let mut best = (f64::INFINITY, [0.0; 3]);
        for (set, inverse) in &self.sets {
            let mut found = [0.0; 3];
            for (row, k) in set.iter().enumerate() {
                found[*k] = inverse.row(row).iter().zip(labels).map(|(p, l)| p * l).sum();
            }
            if found.iter().any(|v| *v < 0.0 || !v.is_finite()) {
                continue;
            }
            if set.len() == self.columns {
                return found;
            }
            let misfit: f64 =
                labels.iter().enumerate().map(|(i, l)| (l - (0..self.columns).map(|k| self.design[(i, k)] * found[k]).sum::<f64>()).powi(2)).sum();
            if misfit < best.0 {
                best = (misfit, found);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests;
