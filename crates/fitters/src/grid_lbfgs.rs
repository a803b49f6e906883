//! The old recipe: the Chinchilla law from a grid of starts, each by L-BFGS on the log-sum-exp form.
//!
//! Σ Huber_δ(ln L̂ − ln L) with ln L̂ = LSE(a − α ln N, b − β ln D, e), from α, β in {0, ½, 1, 3/2, 2}, e in
//! {−1, −½, 0, ½, 1} and a, b in {0, 5, …, 25}: 4,500 starts. Papers used it, with a sum or a mean, with exact
//! slopes or differences, with tight or default tolerances, and what they found depends on those; so they are
//! settings. To fit a law, use [`global`](crate::global).
//!
//! One start at a time: whoever calls brings the threads.
//!
//! Source: Hoffmann et al. 2022; Besiroglu et al. 2024 for the sum and what the mean does.

mod lbfgs;

use curves::vector::Arch;
use curves::vector::vector;
use models::Law;
use models::surface::chinchilla::Chinchilla;
use priors::fast::{exp, ln};

use crate::{Fit, FitError, Loss, Rows, Status};
pub use lbfgs::Tolerance;

/// Rows are filled up to a multiple of this.
const LANES: usize = 8;
const EXPONENTS: [f64; 5] = [0.0, 0.5, 1.0, 1.5, 2.0];
const FLOORS: [f64; 5] = [-1.0, -0.5, 0.0, 0.5, 1.0];
const COEFFICIENTS: [f64; 6] = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0];
/// Starts within this share of the best value count as the same optimum.
const SAME: f64 = 1e-6;

impl Tolerance {
    /// What SciPy's L-BFGS-B does unless told otherwise.
    pub const SCIPY: Self = Self { value: 2.220_446_049_250_313e-9, gradient: 1e-5, memory: 10, steps: 15_000 };
    /// Down to the optimum's last digits.
    pub const TIGHT: Self = Self { value: 1e-15, gradient: 1e-10, memory: 30, steps: 15_000 };
}

/// How slopes are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slopes {
    /// The formula's.
    Exact,
    /// Forward differences with a step of 1.5e-8, as SciPy takes them when it is given no gradient.
    Differences,
}

/// The settings that papers differ in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Where Huber's loss turns linear.
    pub delta: f64,
    /// What the sum over rows is multiplied with before it is minimised: 1 for the sum, 1/rows for the mean, and 10⁴
    /// where an absolute tolerance is to bite later.
    pub factor: f64,
    /// When a search stops.
    pub tolerance: Tolerance,
    /// How slopes are taken.
    pub slopes: Slopes,
}

impl Recipe {
    /// The sum, with exact slopes and tight tolerances.
    pub const TIGHT: Self = Self { delta: 1e-3, factor: 1e4, tolerance: Tolerance::TIGHT, slopes: Slopes::Exact };
}

/// The grid of starts on some rows.
pub struct GridLbfgs {
    law: &'static dyn Law,
    ln_n: Vec<f64>,
    ln_d: Vec<f64>,
    ln_l: Vec<f64>,
    w: Vec<f64>,
    recipe: Recipe,
    arch: Arch,
}

/// Where one start ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ended {
    /// a, b, e, α, β: the coefficients as logarithms.
    pub x: [f64; 5],
    /// Σ w Huber there, whatever the recipe's factor.
    pub value: f64,
    /// How the search ended.
    pub status: Status,
    /// Evaluations of the loss.
    pub evaluations: usize,
}

/// Per row: both powers, what weighs their slopes, and the loss.
struct Scratch {
    by_n: Vec<f64>,
    by_d: Vec<f64>,
    slope: Vec<f64>,
    loss: Vec<f64>,
}

impl GridLbfgs {
    /// The recipe on rows of parameters and tokens.
    ///
    /// # Errors
    /// Rows that do not have two positive inputs, targets that are not positive, fewer rows than parameters, a threshold
    /// or a factor that is not positive.
    pub fn new(rows: Rows<'_>, recipe: Recipe) -> Result<Self, FitError> {
        let law: &'static dyn Law = &Chinchilla;
        Loss::LogHuber { delta: recipe.delta }.check(rows.samples())?;
        if !(recipe.factor > 0.0 && recipe.factor.is_finite()) {
            return Err(FitError::Setting(format!("a factor of {}; it must be positive", recipe.factor)));
        }
        if rows.inputs() != 2 {
            return Err(FitError::Setting(format!("chinchilla reads params and tokens, and the rows have {} inputs", rows.inputs())));
        }
        if rows.len() < 5 {
            return Err(FitError::TooFewPoints { have: rows.len(), need: 5, who: law.name().to_owned() });
        }
        let column = |k: usize| -> Result<Vec<f64>, FitError> {
            let mut out = Vec::with_capacity(rows.len().next_multiple_of(LANES));
            for i in 0..rows.len() {
                let x = rows.at(i).input(k);
                if x.is_nan() || x <= 0.0 {
                    return Err(FitError::Setting(format!("`{}` is {x} in row {i}; a power law needs positive inputs", law.inputs()[k])));
                }
                out.push(x.ln());
            }
            out.resize(rows.len().next_multiple_of(LANES), 0.0);
            Ok(out)
        };
        let (ln_n, ln_d) = (column(0)?, column(1)?);
        let mut ln_l: Vec<f64> = rows.targets().iter().map(|y| y.ln()).collect();
        ln_l.resize(ln_n.len(), 0.0);
        let mut w = rows.weights().to_vec();
        w.resize(ln_n.len(), 0.0);
        Ok(Self { law, ln_n, ln_d, ln_l, w, recipe, arch: Arch::new() })
    }

    /// How many starts there are: 4,500.
    pub fn starts(&self) -> usize {
        EXPONENTS.len() * EXPONENTS.len() * FLOORS.len() * COEFFICIENTS.len() * COEFFICIENTS.len()
    }

    /// The `index`-th start, as a, b, e, α, β; starts repeat beyond the last.
    pub fn start(&self, index: usize) -> [f64; 5] {
        let mut rest = index;
        let mut of = |values: &[f64]| {
            let value = values[rest % values.len()];
            rest /= values.len();
            value
        };
        [of(&COEFFICIENTS), of(&COEFFICIENTS), of(&FLOORS), of(&EXPONENTS), of(&EXPONENTS)]
    }

    /// The search from the `index`-th start.
    pub fn run(&self, index: usize) -> Ended {
        self.run_from(self.start(index))
    }

    /// The search from any start.
    pub fn run_from(&self, start: [f64; 5]) -> Ended {
        let buffer = || vec![0.0; self.w.len()];
        let mut scratch = Scratch { by_n: buffer(), by_d: buffer(), slope: buffer(), loss: buffer() };
        let mut calls = 0;
        let f = |x: &[f64; 5], g: &mut [f64; 5]| {
            calls += 1;
            let value = self.value(x, g, &mut scratch);
            if self.recipe.slopes == Slopes::Differences {
                for i in 0..5 {
                    const STEP: f64 = 1.490_116_119_384_765_6e-8;
                    let mut moved = *x;
                    moved[i] += STEP;
                    calls += 1;
                    g[i] = (self.value(&moved, &mut [0.0; 5], &mut scratch) - value) / STEP;
                }
            }
            value
        };
        let end = lbfgs::minimise(f, start, self.recipe.tolerance);
        Ended { x: end.x, value: end.value / self.recipe.factor, status: end.status, evaluations: calls }
    }

    /// The parameters of the law (E, A, B, α, β) where a search ended.
    pub fn theta(&self, ended: &Ended) -> Vec<f64> {
        let [a, b, e, alpha, beta] = ended.x;
        vec![e.exp(), a.exp(), b.exp(), alpha, beta]
    }

    /// The best of several ends; `None` where no value is finite.
    pub fn best(&self, ends: &[Ended]) -> Option<Fit> {
        let best = ends.iter().filter(|e| e.value.is_finite()).min_by(|a, b| a.value.total_cmp(&b.value))?;
        let agreeing = ends.iter().filter(|e| e.value <= best.value * (1.0 + SAME)).count();
        let evaluations = ends.iter().map(|e| e.evaluations).sum();
        Some(Fit { law: self.law, theta: self.theta(best), loss: best.value, status: best.status, evaluations, agreeing: (agreeing, ends.len()) })
    }

    /// The recipe's objective and its exact slopes.
    fn value(&self, x: &[f64; 5], g: &mut [f64; 5], s: &mut Scratch) -> f64 {
        let [a, b, e, alpha, beta] = *x;
        let (d, floor) = (self.recipe.delta, e.exp());
        vector(
            self.arch,
            #[inline(always)]
            || {
                let logs = self.ln_n.iter().zip(&self.ln_d).zip(&self.ln_l).zip(&self.w);
                let out = s.by_n.iter_mut().zip(s.by_d.iter_mut()).zip(s.slope.iter_mut()).zip(s.loss.iter_mut());
                for ((((by_n, by_d), slope), loss), (((n, t), l), w)) in out.zip(logs) {
                    // No exponent is large enough to need the largest one taken off first: `exp` stops at 708.
                    *by_n = exp(a - alpha * n);
                    *by_d = exp(b - beta * t);
                    let sum = floor + *by_n + *by_d;
                    let r = ln(sum) - l;
                    let size = r.abs();
                    let near = if size > d { d } else { size };
                    *loss = w * near * (size - 0.5 * near);
                    *slope = w * near.copysign(r) / sum;
                }
                let factor = self.recipe.factor;
                let mut sums = [[0.0; LANES]; 6];
                let rows = s.by_n.chunks_exact(LANES).zip(s.by_d.chunks_exact(LANES)).zip(s.slope.chunks_exact(LANES)).zip(s.loss.chunks_exact(LANES));
                let logs = self.ln_n.chunks_exact(LANES).zip(self.ln_d.chunks_exact(LANES));
                for ((((by_n, by_d), slope), loss), (n, t)) in rows.zip(logs) {
                    for lane in 0..LANES {
                        let (u, v) = (slope[lane] * by_n[lane], slope[lane] * by_d[lane]);
                        sums[0][lane] += u;
                        sums[1][lane] += v;
                        sums[2][lane] += slope[lane];
                        sums[3][lane] -= u * n[lane];
                        sums[4][lane] -= v * t[lane];
                        sums[5][lane] += loss[lane];
                    }
                }
                let [by_a, by_b, by_e, by_alpha, by_beta, total] = sums.map(|lanes| factor * lanes.iter().sum::<f64>());
                *g = [by_a, by_b, floor * by_e, by_alpha, by_beta];
                total
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Samples;
    use models::At;

    fn rows(noise: f64) -> Samples {
        let law = models::find("chinchilla").unwrap();
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for i in 0..48i32 {
            let at = [1e7 * 3f64.powi(i / 8), 4e8 * 2.2f64.powi(i % 8)];
            x.extend(at);
            y.push(law.eval(&At::at(&at), &[1.8, 480.0, 2100.0, 0.35, 0.37]) * (1.0 + noise * (1.7 * f64::from(i) + 0.3 * f64::from(i % 5)).sin()));
        }
        Samples::new(2, x, y, vec![]).unwrap()
    }

    #[test]
    fn slopes_are_those_of_differences() {
        let data = rows(0.01);
        let grid = GridLbfgs::new(Rows::new(&data), Recipe { delta: 0.3, factor: 1.0, ..Recipe::TIGHT }).unwrap();
        let buffer = || vec![0.0; grid.w.len()];
        let mut s = Scratch { by_n: buffer(), by_d: buffer(), slope: buffer(), loss: buffer() };
        let x = [5.0, 7.0, 0.4, 0.3, 0.4];
        let mut g = [0.0; 5];
        grid.value(&x, &mut g, &mut s);
        for i in 0..5 {
            let mut at = |h: f64| {
                let mut x = x;
                x[i] += h;
                grid.value(&x, &mut [0.0; 5], &mut s)
            };
            let want = (at(1e-6) - at(-1e-6)) / 2e-6;
            assert!((g[i] - want).abs() < 1e-6 * (1.0 + want.abs()), "{i}: {} {want}", g[i]);
        }
    }

    #[test]
    fn the_grid_is_that_of_the_paper_and_its_best_start_reaches_the_optimum() {
        let data = rows(0.01);
        let grid = GridLbfgs::new(Rows::new(&data), Recipe::TIGHT).unwrap();
        assert_eq!(grid.starts(), 4500);
        assert_eq!((grid.start(0), grid.start(4499)), ([0.0, 0.0, -1.0, 0.0, 0.0], [25.0, 25.0, 1.0, 2.0, 2.0]));
        // Every 45th start: SciPy's optimum of these rows, see `separable/tests.rs`.
        let ends: Vec<Ended> = (0..100).map(|k| grid.run(45 * k + k % 45)).collect();
        let best = grid.best(&ends).unwrap();
        assert!((best.loss / 2.614_906_655_962_57e-4 - 1.0).abs() < 1e-6, "{:e} {:?}", best.loss, best.theta);
        assert!((best.loss - Loss::LogHuber { delta: 1e-3 }.total(best.law, &best.theta, &data)).abs() < 1e-12);
    }

    #[test]
    fn the_mean_under_default_tolerances_stops_short() {
        let data = rows(0.01);
        let tight = GridLbfgs::new(Rows::new(&data), Recipe::TIGHT).unwrap();
        let loose = Recipe { factor: 1.0 / 48.0, tolerance: Tolerance::SCIPY, ..Recipe::TIGHT };
        let loose = GridLbfgs::new(Rows::new(&data), loose).unwrap();
        // SciPy 1.17 on the same 60 starts: 19 with the sum and tight tolerances, none with the mean and its defaults.
        let reach = |g: &GridLbfgs| (0..60).filter(|k| g.run(75 * k + k % 75).value < 2.614_906_655_962_57e-4 * 1.000_1).count();
        assert!(reach(&tight) >= 6, "{}", reach(&tight));
        assert_eq!(reach(&loose), 0);
    }

    #[test]
    fn bad_rows_and_settings_are_refused() {
        let data = rows(0.0);
        assert!(GridLbfgs::new(Rows::new(&data), Recipe { delta: 0.0, ..Recipe::TIGHT }).is_err());
        assert!(GridLbfgs::new(Rows::new(&data), Recipe { factor: f64::NAN, ..Recipe::TIGHT }).is_err());
        let one = Samples::new(1, vec![1.0; 6], vec![2.0; 6], vec![]).unwrap();
        assert!(GridLbfgs::new(Rows::new(&one), Recipe::TIGHT).is_err());
        let zero = Samples::new(2, vec![0.0; 12], vec![2.0; 6], vec![]).unwrap();
        assert!(GridLbfgs::new(Rows::new(&zero), Recipe::TIGHT).is_err());
        let few = Samples::new(2, vec![1.0; 4], vec![2.0; 2], vec![]).unwrap();
        assert!(matches!(GridLbfgs::new(Rows::new(&few), Recipe::TIGHT), Err(FitError::TooFewPoints { .. })));
    }
}
