//! L-BFGS with a preconditioner, for smooth convex functions (Nocedal and Wright, Numerical Optimization, algorithm 7.5), with a line search that
//! brackets the weak conditions of Wolfe and halves.
//!
//! The first inverse of the Hessian is the objective's own preconditioner times `sᵀy / yᵀHy` of the latest pair. It is made anew every
//! [`REFRESH`] steps, with the memory emptied, because the curvature of a logistic loss fades as examples are told apart.

use super::{add_scaled, dot};

/// A convex function that can be minimised.
pub(super) trait Objective {
    /// Its value at `x`; its gradient goes to `gradient`.
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64;

    /// Makes the preconditioner anew, from the curvature at the point evaluated last.
    fn precondition(&mut self);

    /// The preconditioner, a positive definite matrix near the inverse of the Hessian, times `v`.
    fn apply(&self, v: &[f64], out: &mut [f64]);
}

/// Pairs that are remembered.
const MEMORY: usize = 10;
/// Steps between two preconditioners.
const REFRESH: usize = 100;
/// It has settled when no slope is larger: scikit-learn's tolerance.
pub(super) const SMALL: f64 = 1e-4;
/// More steps than this are not taken.
const MOST_STEPS: usize = 20_000;
/// Trials of one line search.
const MOST_TRIALS: usize = 60;
/// Sums of ten thousand terms round by less than this share.
const ROUNDING: f64 = 1e-12;

/// Steps and the changes of the gradient that went with them, the newest last; nothing is allocated after the start.
struct Memory {
    pairs: Vec<Pair>,
    used: usize,
    /// `sᵀy / yᵀHy` of the newest pair.
    scale: f64,
    along: [f64; MEMORY],
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / stepᵀchange.
    rho: f64,
}

impl Memory {
    fn new(n: usize) -> Self {
        let pairs = (0..MEMORY).map(|_| Pair { step: vec![0.0; n], change: vec![0.0; n], rho: 0.0 }).collect();
        Self { pairs, used: 0, scale: 1.0, along: [0.0; MEMORY] }
    }

    fn clear(&mut self) {
        self.used = 0;
        self.scale = 1.0;
    }

    /// Keeps t d and the change from one gradient to the next, where the function curves along it at all.
    fn push(&mut self, objective: &dyn Objective, t: f64, d: &[f64], before: &[f64], after: &[f64], spare: &mut [f64]) {
        let curvature = t * (dot(d, after) - dot(d, before));
        if curvature <= f64::MIN_POSITIVE {
            return;
        }
        if self.used == MEMORY {
            self.pairs.rotate_left(1);
        } else {
            self.used += 1;
        }
        let pair = &mut self.pairs[self.used - 1];
        pair.step.iter_mut().zip(d).for_each(|(s, d)| *s = t * d);
        pair.change.iter_mut().zip(after.iter().zip(before)).for_each(|(y, (after, before))| *y = after - before);
        pair.rho = 1.0 / curvature;
        objective.apply(&pair.change, spare);
        let length = dot(&pair.change, spare);
        self.scale = if length > 0.0 { curvature / length } else { 1.0 };
    }

    /// Minus the inverse of the Hessian, as far as it is known, times the gradient.
    fn direction(&mut self, objective: &dyn Objective, gradient: &[f64], d: &mut [f64], spare: &mut [f64]) {
        spare.copy_from_slice(gradient);
        let pairs = &self.pairs[..self.used];
        for (pair, along) in pairs.iter().zip(&mut self.along[..self.used]).rev() {
            *along = pair.rho * dot(&pair.step, spare);
            add_scaled(spare, -*along, &pair.change);
        }
        objective.apply(spare, d);
        d.iter_mut().for_each(|d| *d *= self.scale);
        for (pair, along) in pairs.iter().zip(&self.along[..self.used]) {
            let back = pair.rho * dot(&pair.change, d);
            add_scaled(d, along - back, &pair.step);
        }
        d.iter_mut().for_each(|d| *d = -*d);
    }
}

/// Moves `x` to the minimum. `go` is asked before every evaluation, and `None` is its refusal; else whether all slopes became small.
pub(super) fn minimise(objective: &mut dyn Objective, x: &mut [f64], go: &mut dyn FnMut() -> bool) -> Option<bool> {
    let n = x.len();
    let mut memory = Memory::new(n);
    let (mut g, mut d, mut spare) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let (mut next, mut next_g) = (vec![0.0; n], vec![0.0; n]);
    let mut f = objective.value(x, &mut g);
    objective.precondition();
    let mut since = 0;
    for _ in 0..MOST_STEPS {
        if !f.is_finite() {
            return Some(false);
        }
        if g.iter().all(|g| g.abs() <= SMALL) {
            return Some(true);
        }
        memory.direction(&*objective, &g, &mut d, &mut spare);
        let mut slope = dot(&g, &d);
        if slope >= 0.0 {
            memory.clear();
            memory.direction(&*objective, &g, &mut d, &mut spare);
            slope = dot(&g, &d);
        }
        let (mut low, mut high, mut t) = (0.0, f64::INFINITY, 1.0);
        let mut found = None;
        for _ in 0..MOST_TRIALS {
            if !go() {
                return None;
            }
            next.iter_mut().zip(x.iter().zip(&d)).for_each(|(next, (x, d))| *next = x + t * d);
            let value = objective.value(&next, &mut next_g);
            let falls = value <= f + 1e-4 * t * slope + ROUNDING * f.abs();
            if falls && dot(&next_g, &d) >= 0.9 * slope {
                found = Some(value);
                break;
            }
            if falls {
                low = t;
            } else {
                high = t;
            }
            t = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * t };
        }
        let Some(value) = found else {
            if memory.used == 0 {
                return Some(false);
            }
            // Once more, down the preconditioned gradient.
            memory.clear();
            f = objective.value(x, &mut g);
            objective.precondition();
            since = 0;
            continue;
        };
        memory.push(&*objective, t, &d, &g, &next_g, &mut spare);
        x.copy_from_slice(&next);
        std::mem::swap(&mut g, &mut next_g);
        f = value;
        since += 1;
        if since == REFRESH {
            memory.clear();
            objective.precondition();
            since = 0;
        }
    }
    Some(false)
}
