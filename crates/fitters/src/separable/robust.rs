//! The loss itself, over all parameters at once: log-sum-exp form, exact gradient and, for powers, exact Hessian.

use curves::vector::vector;
use models::MAX_PARAMS;
use priors::fast::{exp, ln};

use super::column::MOST;
use super::spec::Basis;
use super::{LANES, Separable, dot};
use crate::newton::{Objective, differences};

/// Thresholds on the way down to the loss's own, each a third of the one before.
const NARROWER: f64 = 3.0;

/// Σ w ρ(r) with weights that sum to one, in units that keep slopes of order one: Huber's ρ over its threshold,
/// squares as they are. Variables are the logarithms of the coefficients, then the shapes.
pub(super) struct Robust<'a> {
    p: &'a Separable,
    w: &'a [f64],
    /// The threshold that is used, in units of scaled targets; `None` for squares.
    pub threshold: Option<f64>,
    own: Option<f64>,
    fine: bool,
    powers: bool,
    /// Per variable, the slopes of the fitted values; one row of them per variable.
    slopes: Vec<f64>,
    fitted: Vec<f64>,
    /// Σ over rows of these with slopes make the gradient, and with pairs of slopes part of the Hessian.
    first: Vec<f64>,
    second: Vec<f64>,
    spare: Vec<f64>,
}

impl<'a> Robust<'a> {
    pub fn new(p: &'a Separable, w: &'a [f64]) -> Self {
        let n = p.y.len();
        let own = p.loss.delta().map(|d| if p.loss.is_log() { d } else { d / p.scale });
        let powers = p.spec.terms.iter().all(|t| !matches!(t.basis, Basis::Gain { .. } | Basis::Changes { .. }));
        let buffer = || vec![0.0; n];
        let variables = p.columns.len() + p.spec.shapes.len();
        Self {
            p,
            w,
            threshold: own,
            own,
            fine: false,
            powers,
            slopes: vec![0.0; variables * n],
            fitted: buffer(),
            first: buffer(),
            second: buffer(),
            spare: vec![0.0; (1 + MOST) * n],
        }
    }

    /// Does a basis stand in for a finer one?
    pub fn is_coarse(&self) -> bool {
        !self.fine && self.p.columns.iter().any(|c| c.is_coarse())
    }

    /// From here on, the finer one.
    pub fn refine(&mut self) {
        self.fine = true;
    }

    /// Back to the loss's own threshold.
    pub fn restore(&mut self) {
        self.threshold = self.own;
    }

    /// Thresholds from the size of the residuals at `x` down to, and without, the loss's own; none for squares.
    pub fn thresholds(&mut self, x: &[f64]) -> Vec<Option<f64>> {
        let Some(own) = self.own else { return Vec::new() };
        self.threshold = None;
        let squares = self.value(x, &mut [0.0; MAX_PARAMS]);
        self.restore();
        let size = squares.sqrt();
        let mut out = Vec::new();
        let mut threshold = own * NARROWER;
        while threshold < size && out.len() < 8 {
            out.push(Some(threshold));
            threshold *= NARROWER;
        }
        out.reverse();
        out
    }

    /// What a value must be multiplied with, besides the sum of weights, to be the loss of unscaled targets.
    pub fn unit(&self) -> f64 {
        let scale = if self.p.loss.is_log() { 1.0 } else { self.p.scale };
        match self.own {
            Some(d) => d * scale * scale,
            None => scale * scale,
        }
    }

    /// Fitted values and their slopes in every variable.
    #[inline(always)]
    fn fit(&mut self, x: &[f64]) {
        let (n, q) = (self.p.y.len(), self.p.columns.len());
        self.fitted.fill(0.0);
        let (linear, bent) = self.slopes.split_at_mut(q * n);
        bent.fill(0.0);
        for (k, (term, column)) in self.p.spec.terms.iter().zip(&self.p.columns).enumerate() {
            let own = &mut linear[k * n..(k + 1) * n];
            let shapes = term.shapes();
            if let (super::Column::Power { ln_x, .. }, &[shape]) = (column, shapes) {
                let (z, alpha) = (x[k], x[q + shape]);
                let by = &mut bent[shape * n..(shape + 1) * n];
                for (((o, b), f), l) in own.iter_mut().zip(by.iter_mut()).zip(self.fitted.iter_mut()).zip(ln_x) {
                    let value = term.sign * exp(z - alpha * l);
                    *o = value;
                    *b -= l * value;
                    *f += value;
                }
                continue;
            }
            let coefficient = term.sign * exp(x[k]);
            let (mut values, mut factors) = ([0.0; MOST], [0.0; MOST]);
            for ((value, factor), s) in values.iter_mut().zip(&mut factors).zip(shapes) {
                let shape = &self.p.spec.shapes[*s];
                *value = shape.value_of(x[q + s]);
                *factor = if shape.log { *value * coefficient } else { coefficient };
            }
            let (basis, rest) = self.spare.split_at_mut(n);
            let mut slopes: [&mut [f64]; MOST] = Default::default();
            for (slot, part) in slopes.iter_mut().zip(rest.chunks_mut(n)) {
                *slot = part;
            }
            column.fill(&values[..shapes.len()], self.fine, basis, &mut slopes[..shapes.len()]);
            for ((o, f), b) in own.iter_mut().zip(self.fitted.iter_mut()).zip(basis.iter()) {
                *o = coefficient * b;
                *f += coefficient * b;
            }
            for ((s, factor), slope) in shapes.iter().zip(factors).zip(&slopes) {
                for (b, v) in bent[s * n..(s + 1) * n].iter_mut().zip(slope.iter()) {
                    *b += factor * v;
                }
            }
        }
    }

    /// Residuals to the loss, and to the weights of gradient and Hessian.
    #[inline(always)]
    fn weigh(&mut self) -> f64 {
        let n = self.p.y.len();
        let values = &mut self.spare[..n];
        let rows = self.fitted.iter().zip(self.w).zip(self.first.iter_mut().zip(self.second.iter_mut()).zip(values.iter_mut()));
        match (self.threshold, self.p.loss.is_log()) {
            (Some(d), true) => weigh_rows(
                rows.zip(&self.p.ln_y),
                log_residual,
                #[inline(always)]
                |r| huber(r, d),
            ),
            (Some(d), false) => weigh_rows(
                rows.zip(&self.p.y),
                #[inline(always)]
                |f, y| (f - y, 1.0, 0.0),
                #[inline(always)]
                |r| huber(r, d),
            ),
            (None, true) => weigh_rows(
                rows.zip(&self.p.ln_y),
                log_residual,
                #[inline(always)]
                |r| (r * r, 2.0 * r, 2.0),
            ),
            (None, false) => weigh_rows(
                rows.zip(&self.p.y),
                #[inline(always)]
                |f, y| (f - y, 1.0, 0.0),
                #[inline(always)]
                |r| (r * r, 2.0 * r, 2.0),
            ),
        }
        dot(self.w, &self.spare[..n])
    }
}

/// ln f − ln y with its first and second slope in f.
#[inline(always)]
fn log_residual(f: f64, ln_y: f64) -> (f64, f64, f64) {
    let inverse = 1.0 / f;
    (ln(f) - ln_y, inverse, -inverse * inverse)
}

/// Huber's loss over its threshold, and its slopes; without branches, and NaN of NaN.
#[inline(always)]
fn huber(r: f64, d: f64) -> (f64, f64, f64) {
    let a = r.abs();
    let near = if a > d { d } else { a };
    (near * near / (2.0 * d) + (a - near), near.copysign(r) / d, if a > d { 0.0 } else { 1.0 / d })
}

/// Fitted value and weight, what is written (first, second, value), and what was observed.
type Weighed<'a> = (((&'a f64, &'a f64), ((&'a mut f64, &'a mut f64), &'a mut f64)), &'a f64);

/// One long loop of element-wise arithmetic, which becomes vector code.
#[inline(always)]
fn weigh_rows<'a>(rows: impl Iterator<Item = Weighed<'a>>, residual: impl Fn(f64, f64) -> (f64, f64, f64), loss: impl Fn(f64) -> (f64, f64, f64)) {
    for (((f, w), ((first, second), value)), y) in rows {
        let (r, slope, bend) = residual(*f, *y);
        let (of_r, by, by_by) = loss(r);
        *value = of_r;
        *first = w * by * slope;
        *second = w * (by_by * slope * slope + by * bend);
    }
}

impl Objective for Robust<'_> {
    fn variables(&self) -> usize {
        self.p.columns.len() + self.p.spec.shapes.len()
    }

    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let n = self.p.y.len();
        vector(
            self.p.arch,
            #[inline(always)]
            || {
                self.fit(x);
                let value = self.weigh();
                for (g, slope) in gradient.iter_mut().zip(self.slopes.chunks_exact(n)) {
                    *g = dot(&self.first, slope);
                }
                value
            },
        )
    }

    fn hessian(&mut self, x: &[f64], out: &mut [f64]) {
        if !self.powers {
            return differences(self, x, out);
        }
        // The buffers may be those of a step that was refused.
        let mut spare = [0.0; MAX_PARAMS];
        self.value(x, &mut spare);
        let (n, q, m) = (self.p.y.len(), self.p.columns.len(), self.variables());
        vector(
            self.p.arch,
            #[inline(always)]
            || {
                for i in 0..m {
                    for j in 0..=i {
                        let sum = dot3(&self.second, &self.slopes[i * n..(i + 1) * n], &self.slopes[j * n..(j + 1) * n]);
                        out[i * m + j] = sum;
                    }
                }
                // And the slopes' own slopes: of a term t = e^(z − α l), ∂²t/∂z² = t, ∂²t/∂z∂α = −l t, ∂²t/∂α² = l² t.
                for (k, (term, column)) in self.p.spec.terms.iter().zip(&self.p.columns).enumerate() {
                    let own = &self.slopes[k * n..(k + 1) * n];
                    out[k * m + k] += dot(&self.first, own);
                    if let (super::Column::Power { ln_x, .. }, &[shape]) = (column, term.shapes()) {
                        let i = q + shape;
                        out[i * m + k] -= dot3(&self.first, own, ln_x);
                        let mut sums = [0.0; LANES];
                        let rows = self.first.chunks_exact(LANES).zip(own.chunks_exact(LANES)).zip(ln_x.chunks_exact(LANES));
                        for ((w, t), l) in rows {
                            for lane in 0..LANES {
                                sums[lane] += w[lane] * t[lane] * l[lane] * l[lane];
                            }
                        }
                        out[i * m + i] += sums.iter().sum::<f64>();
                    }
                }
            },
        );
        for i in 0..m {
            for j in 0..i {
                out[j * m + i] = out[i * m + j];
            }
        }
    }
}

#[inline(always)]
fn dot3(a: &[f64], b: &[f64], c: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for ((a, b), c) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)).zip(c.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane] * c[lane];
        }
    }
    sums.iter().sum()
}
