//! Variable projection: the global optimum of a law that is a sum of coefficients, none below zero, times basis
//! functions of a few shapes.
//!
//! L = E + A N^−α + B D^−β is linear in (E, A, B) once the shapes (α, β) are held. So the shapes are put on a coarse
//! grid; at every cell the best coefficients follow from non-negative least squares on a Gram matrix of all basis
//! functions, made once; the best cells under the loss itself are polished by a damped Newton method with the
//! exact gradient of the paper's objective, all parameters together, coefficients as logarithms (which for a log
//! loss is the log-sum-exp form of Hoffmann et al. 2022).
//!
//! Inputs are centred in their logarithm, targets scaled, weights made to sum to one: units, sums or means, and the
//! order of rows do not move the answer. Variable projection: Golub and Pereyra 1973; for scaling laws, VPNLS
//! (arXiv 2603.22339).

mod column;
mod grid;
mod nnls;
mod robust;
mod spec;

use curves::vector::Arch;
use models::{Law, MAX_PARAMS};

use crate::newton::{End, Stop, minimise};
use crate::{Fit, FitError, Loss, Rows};
use column::Column;
use robust::Robust;
use spec::Spec;

/// Rows are filled up to a multiple of this, with weight zero, so that no loop has a scalar tail.
const LANES: usize = 8;
/// Logarithms of coefficients, relative to the size of the targets, stay within these.
const COEFFICIENT: (f64, f64) = (-30.0, 60.0);
/// A coefficient that the grid found to be zero starts here: small, but where its slope is felt.
const FAINT: f64 = 1e-3;
/// Fits within this share of the best loss count as the same optimum.
const SAME: f64 = 1e-6;

/// A law and its rows, ready to be solved for any weights.
pub struct Separable {
    law: &'static dyn Law,
    spec: Spec,
    /// Shapes that are held, in the order of the shapes.
    fixed: [Option<f64>; MAX_PARAMS],
    loss: Loss,
    rows: usize,
    /// Targets over `scale`, filled up with ones.
    y: Vec<f64>,
    ln_y: Vec<f64>,
    scale: f64,
    columns: Vec<Column>,
    /// Values of each shape on the grid.
    points: Vec<Vec<f64>>,
    /// Every basis function of the grid over all rows, of a log loss over the target; end to end.
    dictionary: Vec<f64>,
    arch: Arch,
}

/// Where one polish ended.
struct Polished {
    x: [f64; MAX_PARAMS],
    end: End,
}

impl Separable {
    /// Is there a form for this law?
    pub fn knows(law: &dyn Law) -> bool {
        spec::of(law).is_some()
    }

    /// Can this law be solved for with these parameters held (one entry per parameter, or none)? Shapes can be held, coefficients cannot.
    pub fn holds(law: &dyn Law, held: &[Option<f64>]) -> bool {
        spec::of(law).is_some_and(|spec| (0..held.len()).all(|k| held[k].is_none() || spec.shapes.iter().any(|s| s.theta == k)))
    }

    /// A law on rows; `grid` is the number of values per exponent (0: as many as the number of shapes allows).
    ///
    /// # Errors
    /// A law that is no such sum, rows that do not have its inputs, an input of a power that is not positive, targets
    /// the loss cannot take.
    pub fn of(law: &'static dyn Law, rows: Rows<'_>, loss: Loss, grid: usize) -> Result<Self, FitError> {
        Self::with_held(law, rows, loss, grid, &[])
    }

    /// The same with some shapes held at values of their own: one entry per parameter of the law, or none at all.
    ///
    /// # Errors
    /// As [`of`](Self::of), a list of another length, a coefficient that is held, and a shape that is held outside of its domain.
    pub fn with_held(law: &'static dyn Law, rows: Rows<'_>, loss: Loss, grid: usize, held: &[Option<f64>]) -> Result<Self, FitError> {
        let Some(spec) = spec::of(law) else {
            return Err(FitError::Setting(format!("{} is not a sum of coefficients times basis functions", law.name())));
        };
        if rows.inputs() != law.inputs().len() {
            let need = law.inputs().join(", ");
            return Err(FitError::Setting(format!("{} reads {} inputs ({need}), and the rows have {}", law.name(), law.inputs().len(), rows.inputs())));
        }
        if !held.is_empty() && held.len() != law.params().len() {
            return Err(FitError::Setting(format!("{} parameters held or not, and {} has {}", held.len(), law.name(), law.params().len())));
        }
        if !Self::holds(law, held) {
            return Err(FitError::Setting(format!("only shapes of {} can be held, and not its coefficients", law.name())));
        }
        let mut fixed = [None; MAX_PARAMS];
        for (fixed, shape) in fixed.iter_mut().zip(&spec.shapes) {
            *fixed = held.get(shape.theta).copied().flatten();
            let param = &law.params()[shape.theta];
            if let Some(value) = fixed.filter(|v| !param.domain.contains(*v)) {
                return Err(FitError::Setting(format!("`{}` of {} is pinned at {value}; it must be {}", param.name, law.name(), param.domain)));
            }
        }
        loss.check(rows.samples())?;
        let n = rows.len();
        let targets = rows.targets();
        let scale = scale_of(targets, loss);
        let mut y: Vec<f64> = targets.iter().map(|y| y / scale).collect();
        y.resize(n.next_multiple_of(LANES), 1.0);
        let ln_y = if loss.is_log() { y.iter().map(|y| y.ln()).collect() } else { Vec::new() };
        let columns = spec.terms.iter().map(|t| Column::new(t, law, rows, y.len())).collect::<Result<Vec<_>, _>>()?;
        let points = spec.shapes.iter().zip(fixed).map(|(s, held)| held.map_or_else(|| s.points(grid, spec.shapes.len()), |v| vec![v])).collect();
        let mut made = Self { law, fixed, spec, loss, rows: n, y, ln_y, scale, columns, points, dictionary: Vec::new(), arch: Arch::new() };
        made.dictionary = grid::dictionary(&made);
        Ok(made)
    }

    /// The best fit under these weights, one per row; `keep` cells of the grid are polished, at least one.
    ///
    /// # Errors
    /// Weights that are not as many as rows, negative, or not finite; fewer rows of positive weight than parameters; no
    /// cell with a finite loss.
    pub fn solve(&self, weights: &[f64], keep: usize) -> Result<Fit, FitError> {
        let total: f64 = weights.iter().sum();
        if weights.len() != self.rows || weights.iter().any(|w| *w < 0.0) || !(total > 0.0 && total.is_finite()) {
            return Err(FitError::Setting(format!(
                "{} weights for {} rows; every one must be finite, 0 or more, and one of them positive",
                weights.len(),
                self.rows
            )));
        }
        let (have, need) = (weights.iter().filter(|w| **w > 0.0).count(), self.law.params().len() - self.fixed.iter().flatten().count());
        if have < need {
            return Err(FitError::TooFewPoints { have, need, who: self.law.name().to_owned() });
        }
        let mut w: Vec<f64> = weights.iter().map(|w| w / total).collect();
        w.resize(self.y.len(), 0.0);
        let cells = grid::best(self, &w, keep.max(1));
        let mut objective = Robust::new(self, &w);
        let (mut best, mut all, mut evaluations): (Option<Polished>, Vec<f64>, usize) = (None, Vec::new(), 0);
        let mut take = |p: Option<Polished>| {
            let Some(p) = p else { return };
            evaluations += p.end.evaluations;
            all.push(p.end.value);
            if best.as_ref().is_none_or(|b| p.end.value < b.end.value) {
                best = Some(p);
            }
        };
        for (rank, cell) in cells.iter().enumerate() {
            let start = self.start(&cell.coefficients, &cell.shapes);
            take(self.polish(&mut objective, start, false));
            if rank == 0 {
                // Narrowing the threshold on the way down skips the small dips of a loss that is nearly absolute.
                take(self.polish(&mut objective, start, true));
            }
        }
        let refined = best.as_ref().filter(|_| objective.is_coarse()).map(|b| b.x);
        if let Some(x) = refined {
            // Of a coarse basis only the place is kept: the value is another function's.
            objective.refine();
            best = self.polish(&mut objective, x, false);
            evaluations += best.as_ref().map_or(0, |b| b.end.evaluations);
        }
        let Some(best) = best else {
            return Err(FitError::NotFinite { who: self.law.name().to_owned() });
        };
        let lowest = all.iter().copied().fold(f64::INFINITY, f64::min);
        let agreeing = all.iter().filter(|v| **v <= lowest * (1.0 + SAME) + 1e-300).count();
        let theta = self.theta(&best.x);
        if theta.iter().any(|t| !t.is_finite()) {
            return Err(FitError::NotFinite { who: self.law.name().to_owned() });
        }
        let loss = best.end.value * objective.unit() * total;
        Ok(Fit { law: self.law, theta, loss, status: best.end.status, evaluations, agreeing: (agreeing, all.len()) })
    }

    /// The best fit under the rows' own weights.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn fit(&self, rows: Rows<'_>, keep: usize) -> Result<Fit, FitError> {
        self.solve(rows.weights(), keep)
    }

    /// The law.
    pub fn law(&self) -> &'static dyn Law {
        self.law
    }

    /// Coefficients and shapes as the variables of the polish: logarithms of coefficients, then shapes.
    fn start(&self, coefficients: &[f64], shapes: &[f64]) -> [f64; MAX_PARAMS] {
        let mut x = [0.0; MAX_PARAMS];
        let (linear, bent) = x.split_at_mut(self.columns.len());
        for (x, c) in linear.iter_mut().zip(coefficients) {
            *x = c.max(FAINT).ln();
        }
        for (x, (shape, value)) in bent.iter_mut().zip(self.spec.shapes.iter().zip(shapes)) {
            *x = shape.variable_of(*value);
        }
        x
    }

    fn polish(&self, objective: &mut Robust<'_>, start: [f64; MAX_PARAMS], narrowing: bool) -> Option<Polished> {
        let count = self.columns.len() + self.spec.shapes.len();
        let mut bounds = [(0.0, 0.0); MAX_PARAMS];
        let (linear, bent) = bounds.split_at_mut(self.columns.len());
        linear.fill(COEFFICIENT);
        for ((b, shape), fixed) in bent.iter_mut().zip(&self.spec.shapes).zip(self.fixed) {
            *b = fixed.map_or_else(|| shape.bounds(), |v| (shape.variable_of(v), shape.variable_of(v)));
        }
        let mut x = start;
        let mut spent = 0;
        if narrowing {
            for threshold in objective.thresholds(&x[..count]) {
                objective.threshold = threshold;
                let rough = Stop { gradient: 1e-4, steps: 15 };
                spent += minimise(objective, &mut x[..count], &bounds[..count], rough).map_or(1, |end| end.evaluations);
            }
            objective.restore();
        }
        let mut end = minimise(objective, &mut x[..count], &bounds[..count], Stop::of(self.loss))?;
        end.evaluations += spent;
        Some(Polished { x, end })
    }

    /// The law's own parameters.
    fn theta(&self, x: &[f64; MAX_PARAMS]) -> Vec<f64> {
        let (linear, bent) = x.split_at(self.columns.len());
        let mut theta = vec![0.0; self.law.params().len()];
        for (shape, x) in self.spec.shapes.iter().zip(bent) {
            theta[shape.theta] = shape.value_of(*x);
        }
        for (shape, held) in self.spec.shapes.iter().zip(self.fixed) {
            // Exactly as it was held, whatever its logarithm rounds to.
            theta[shape.theta] = held.unwrap_or(theta[shape.theta]);
        }
        for ((term, column), x) in self.spec.terms.iter().zip(&self.columns).zip(linear) {
            // On its bound a coefficient is zero; its logarithm stopped where nothing of it is left.
            let gone = *x <= COEFFICIENT.0 && self.law.params()[term.theta].domain.contains(0.0);
            let shift = term.exponent().map_or(0.0, |shape| theta[self.spec.shapes[shape].theta] * column.centre());
            let logarithm = x + self.scale.ln() + shift;
            theta[term.theta] = match (gone, term.root()) {
                (true, _) => 0.0,
                (false, false) => logarithm.exp(),
                (false, true) => (logarithm / term.exponent().map_or(1.0, |shape| theta[self.spec.shapes[shape].theta])).exp(),
            };
        }
        theta
    }
}

/// What targets are divided by: their geometric mean for a log loss, else their root mean square.
fn scale_of(targets: &[f64], loss: Loss) -> f64 {
    let n = targets.len() as f64;
    let scale = if loss.is_log() { (targets.iter().map(|y| y.ln()).sum::<f64>() / n).exp() } else { (targets.iter().map(|y| y * y).sum::<f64>() / n).sqrt() };
    if scale > 0.0 && scale.is_finite() { scale } else { 1.0 }
}

/// Σ a b of padded rows, in lanes of a fixed order: vector code, and the same bytes everywhere.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests;
