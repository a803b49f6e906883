//! The quadratic model of ½ Σ r² in scaled variables, and its lowest point within a radius.

use models::MAX_PARAMS;

use super::Vector;
use super::reduce::{Reduced, dot, norm};

/// Twice the variables in rows: the triangle, and below it the curvature that the scaling adds.
const ROWS: usize = 2 * MAX_PARAMS;

/// ½ |A s|² + g·s in the scaled step s.
pub(super) struct Model {
    n: usize,
    /// A, a column in each entry.
    columns: [[f64; ROWS]; MAX_PARAMS],
    gradient: Vector,
    /// The right singular vectors, one in each entry, and the squares of the singular values.
    basis: [Vector; MAX_PARAMS],
    squares: Vector,
    /// The gradient along the right singular vectors.
    pull: Vector,
    /// Are all singular values above the rounding of the rows?
    full: bool,
}

/// Columns whose cosine is below this are orthogonal.
const ORTHOGONAL: f64 = 1e-15;
/// A radius is met within this share, in at most so many steps of the damping.
const NEAR: f64 = 0.01;
const STEPS: usize = 10;

impl Model {
    /// `scale` are the roots of the rooms to the bounds, `turn` how the rooms change, `rows` the number of residuals.
    pub fn new(reduced: &Reduced, gradient: &Vector, scale: &Vector, turn: &Vector, n: usize, rows: usize) -> Self {
        let mut model = Self {
            n,
            columns: [[0.0; ROWS]; MAX_PARAMS],
            gradient: [0.0; MAX_PARAMS],
            basis: [[0.0; MAX_PARAMS]; MAX_PARAMS],
            squares: [0.0; MAX_PARAMS],
            pull: [0.0; MAX_PARAMS],
            full: false,
        };
        for k in 0..n {
            for i in 0..=k {
                model.columns[k][i] = reduced.triangle[k * n + i] * scale[k];
            }
            // Turn has the sign of the gradient.
            model.columns[k][n + k] = (gradient[k] * turn[k]).sqrt();
            model.gradient[k] = scale[k] * gradient[k];
            model.basis[k][k] = 1.0;
        }
        let turned = model.decompose();
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for (k, column) in turned.iter().enumerate().take(n) {
            model.squares[k] = dot(column, column);
            model.pull[k] = dot(&column[..n], &reduced.side[..n]);
            least = least.min(model.squares[k].sqrt());
            most = most.max(model.squares[k].sqrt());
        }
        model.full = least > f64::EPSILON * rows as f64 * most;
        model
    }

    /// Jacobi's rotations from one side: A times `basis`, whose columns are orthogonal.
    fn decompose(&mut self) -> [[f64; ROWS]; MAX_PARAMS] {
        let mut turned = self.columns;
        for _ in 0..30 {
            let mut rotated = false;
            for p in 0..self.n {
                for q in p + 1..self.n {
                    let (a, b, c) = (dot(&turned[p], &turned[p]), dot(&turned[q], &turned[q]), dot(&turned[p], &turned[q]));
                    if c == 0.0 || c.abs() <= ORTHOGONAL * a.sqrt() * b.sqrt() {
                        continue;
                    }
                    rotated = true;
                    let slant = (b - a) / (2.0 * c);
                    let tangent = 1.0_f64.copysign(slant) / (slant.abs() + slant.hypot(1.0));
                    let cosine = tangent.hypot(1.0).recip();
                    rotate(&mut turned, p, q, cosine, cosine * tangent);
                    rotate(&mut self.basis, p, q, cosine, cosine * tangent);
                }
            }
            if !rotated {
                break;
            }
        }
        turned
    }

    /// A s: as long as `ROWS`.
    fn image(&self, s: &Vector) -> [f64; ROWS] {
        let mut out = [0.0; ROWS];
        for (column, s) in self.columns.iter().zip(s).take(self.n) {
            for (o, c) in out.iter_mut().zip(column) {
                *o += c * s;
            }
        }
        out
    }

    /// The model's value at a scaled step; zero without one.
    pub fn value(&self, s: &Vector) -> f64 {
        let image = self.image(s);
        0.5 * dot(&image, &image) + dot(&self.gradient, s)
    }

    /// The model from `from` on, at `from` + t `along`: t² times the first plus t times the second.
    pub fn along(&self, from: &Vector, along: &Vector) -> (f64, f64) {
        let (start, way) = (self.image(from), self.image(along));
        (0.5 * dot(&way, &way), dot(&self.gradient, along) + dot(&start, &way))
    }

    /// The steepest descent.
    pub fn descent(&self) -> Vector {
        self.gradient.map(|g| -g)
    }

    /// The model's lowest step no longer than `radius`. `damping` is what the last one was found with, and becomes what
    /// this one was: the step is that of A with its squares raised by it.
    pub fn within(&self, radius: f64, damping: &mut f64) -> Vector {
        if self.full {
            let step = self.damped(0.0);
            if norm(&step) <= radius {
                *damping = 0.0;
                return step;
            }
        }
        let (mut low, mut high) = (0.0_f64, norm(&self.pull) / radius);
        if self.full {
            let (excess, slope) = self.excess(0.0, radius);
            low = -excess / slope;
        }
        let middle = |low: f64, high: f64| (0.001 * high).max((low * high).sqrt());
        if !self.full && *damping == 0.0 {
            *damping = middle(low, high);
        }
        for _ in 0..STEPS {
            if *damping < low || *damping > high {
                *damping = middle(low, high);
            }
            let (excess, slope) = self.excess(*damping, radius);
            if excess < 0.0 {
                high = *damping;
            }
            let ratio = excess / slope;
            low = low.max(*damping - ratio);
            // Newton's step for the reciprocal of the length, which is nearly straight in the damping.
            *damping -= (excess + radius) * ratio / radius;
            if excess.abs() < NEAR * radius {
                break;
            }
        }
        let step = self.damped(*damping);
        // On the radius to the last digit: a length beyond it would count as a step that left.
        let length = norm(&step);
        if length > 0.0 { step.map(|s| s * (radius / length)) } else { step }
    }

    /// How much longer than the radius the damped step is, and the slope of that in the damping.
    fn excess(&self, damping: f64, radius: f64) -> (f64, f64) {
        let (mut length, mut slope) = (0.0_f64, 0.0_f64);
        for (pull, square) in self.pull.iter().zip(&self.squares).filter(|(pull, _)| **pull != 0.0) {
            let part = pull / (square + damping);
            length += part * part;
            slope -= part * part / (square + damping);
        }
        let length = length.sqrt();
        (length - radius, slope / length)
    }

    fn damped(&self, damping: f64) -> Vector {
        let mut step = [0.0; MAX_PARAMS];
        for ((direction, pull), square) in self.basis.iter().zip(&self.pull).zip(&self.squares).filter(|((_, pull), _)| **pull != 0.0) {
            let part = pull / (square + damping);
            for (s, d) in step.iter_mut().zip(direction) {
                *s -= part * d;
            }
        }
        step
    }
}

/// Turns columns p and q, p < q.
fn rotate<const N: usize>(columns: &mut [[f64; N]; MAX_PARAMS], p: usize, q: usize, cosine: f64, sine: f64) {
    let (first, second) = columns.split_at_mut(q);
    for (a, b) in first[p].iter_mut().zip(second[0].iter_mut()) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}
