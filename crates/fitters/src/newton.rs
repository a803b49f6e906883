//! A damped Newton method for few variables inside bounds, to the last digits.
//!
//! Levenberg's and Marquardt's damping on the Hessian, projected onto the bounds: a variable on a bound that the
//! gradient pushes against rests there. Made for sums of robust losses, where the Hessian is exact but jumps as
//! points pass the threshold: every step must lower the value, and the damping adapts.

use models::MAX_PARAMS;

use crate::Status;

/// A function of at most [`MAX_PARAMS`] variables.
pub trait Objective {
    /// How many variables.
    fn variables(&self) -> usize;

    /// The value at `x`, and into `gradient` its slopes. Not finite where the function is not defined.
    fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64;

    /// The Hessian at `x`, row after row. It is asked for after `value` at the same `x`.
    ///
    /// Without one of its own, an objective gets central differences of its gradient.
    fn hessian(&mut self, x: &[f64], out: &mut [f64]) {
        differences(self, x, out);
    }
}

/// The Hessian by central differences of the gradient.
pub fn differences<O: Objective + ?Sized>(objective: &mut O, x: &[f64], out: &mut [f64]) {
    // Balances truncation (h²) against rounding (1e-16 / h) of a gradient of order one.
    const STEP: f64 = 1e-5;
    let n = objective.variables().min(MAX_PARAMS);
    let (mut moved, mut up, mut down) = ([0.0; MAX_PARAMS], [0.0; MAX_PARAMS], [0.0; MAX_PARAMS]);
    moved[..n].copy_from_slice(&x[..n]);
    for (i, &at) in x.iter().enumerate().take(n) {
        let h = STEP * at.abs().max(1.0);
        moved[i] = at + h;
        objective.value(&moved[..n], &mut up[..n]);
        moved[i] = at - h;
        objective.value(&moved[..n], &mut down[..n]);
        moved[i] = at;
        for (out, (up, down)) in out[i * n..(i + 1) * n].iter_mut().zip(up.iter().zip(&down)) {
            *out = (up - down) / (2.0 * h);
        }
    }
    for i in 0..n {
        for j in 0..i {
            let mean = 0.5 * (out[i * n + j] + out[j * n + i]);
            out[i * n + j] = mean;
            out[j * n + i] = mean;
        }
    }
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// The largest slope of a free variable at which the search has converged.
    pub gradient: f64,
    /// Steps at most.
    pub steps: usize,
}

impl Stop {
    /// For a loss with this Huber threshold, or squares.
    ///
    /// Slopes of a Huber loss over its threshold are of order one at any residual. Those of squares vanish with the
    /// residuals, so that nearly perfect data need a bound far below the rounding of order one.
    pub fn of(loss: crate::Loss) -> Self {
        Self { gradient: if loss.delta().is_some() { 1e-11 } else { 1e-16 }, steps: 200 }
    }
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// The value there.
    pub value: f64,
    /// The largest slope of a free variable there.
    pub gradient: f64,
    /// Converged, out of steps, or no further step lowers the value.
    pub status: Status,
    /// Evaluations of value and gradient.
    pub evaluations: usize,
}

/// Slopes this small, of an objective of order one, are rounding: a search that stalls there has converged.
const ROUNDING: f64 = 1e-8;

/// Lowers `objective` from `x`, which becomes the best point found; `None` when its value at the start is not finite.
///
/// `bounds` are one pair (low, high) per variable, low ≤ high; the start is moved between them.
pub fn minimise<O: Objective + ?Sized>(objective: &mut O, x: &mut [f64], bounds: &[(f64, f64)], stop: Stop) -> Option<End> {
    let n = objective.variables();
    let sound = bounds.iter().all(|(low, high)| low <= high);
    if n == 0 || n > MAX_PARAMS || x.len() != n || bounds.len() != n || !sound {
        return None;
    }
    let (mut gradient, mut tried, mut slopes) = ([0.0; MAX_PARAMS], [0.0; MAX_PARAMS], [0.0; MAX_PARAMS]);
    let mut hessian = [0.0; MAX_PARAMS * MAX_PARAMS];
    for (x, (low, high)) in x.iter_mut().zip(bounds) {
        *x = x.clamp(*low, *high);
    }
    let mut value = objective.value(x, &mut gradient[..n]);
    let mut evaluations = 1;
    if !value.is_finite() {
        return None;
    }
    let mut damping = 1e-3;
    let mut free = [0usize; MAX_PARAMS];
    let end = |value, gradient: f64, status, evaluations| Some(End { value, gradient, status, evaluations });
    for _ in 0..stop.steps {
        let count = free_variables(x, bounds, &gradient, &mut free);
        let free = &free[..count];
        let largest = largest(free, &gradient);
        if largest <= stop.gradient {
            return end(value, largest, Status::Converged, evaluations);
        }
        objective.hessian(x, &mut hessian[..n * n]);
        let top = free.iter().map(|&i| hessian[i * n + i].abs()).fold(0.0, f64::max);
        loop {
            let mut step = [0.0; MAX_PARAMS];
            let solved = solve(&hessian, n, free, &gradient, damping, (1e-8 * top).max(1e-30), &mut step);
            if solved {
                tried[..n].copy_from_slice(x);
                for (k, &i) in free.iter().enumerate() {
                    tried[i] = (x[i] - step[k]).clamp(bounds[i].0, bounds[i].1);
                }
                let next = objective.value(&tried[..n], &mut slopes[..n]);
                evaluations += 1;
                let lower = next < value;
                // At the bottom values no longer tell points apart, but slopes still do.
                let level = next <= value * (1.0 + 1e-14) + 1e-300 && norm(free, &slopes) < norm(free, &gradient);
                if lower || level {
                    x.copy_from_slice(&tried[..n]);
                    gradient = slopes;
                    value = next;
                    damping = (damping * 0.1).max(1e-15);
                    break;
                }
            }
            damping = (damping * 10.0).max(1e-12);
            if damping > 1e15 {
                let status = if largest <= ROUNDING { Status::Converged } else { Status::Stalled };
                return end(value, largest, status, evaluations);
            }
        }
    }
    let count = free_variables(x, bounds, &gradient, &mut free);
    let last = largest(&free[..count], &gradient);
    end(value, last, if last <= stop.gradient { Status::Converged } else { Status::BudgetSpent }, evaluations)
}

/// The variables that may move: all but those on a bound that the gradient pushes against.
fn free_variables(x: &[f64], bounds: &[(f64, f64)], gradient: &[f64], free: &mut [usize]) -> usize {
    let mut count = 0;
    for (i, (x, (low, high))) in x.iter().zip(bounds).enumerate() {
        let rests = (*x <= *low && gradient[i] >= 0.0) || (*x >= *high && gradient[i] <= 0.0);
        if !rests {
            free[count] = i;
            count += 1;
        }
    }
    count
}

fn largest(free: &[usize], gradient: &[f64]) -> f64 {
    free.iter().map(|&i| gradient[i].abs()).fold(0.0, f64::max)
}

fn norm(free: &[usize], gradient: &[f64]) -> f64 {
    free.iter().map(|&i| gradient[i] * gradient[i]).sum()
}

/// Solves (H + damping · |diag H|) step = gradient over the free variables, by Cholesky; false unless that is
/// positive definite.
fn solve(hessian: &[f64], n: usize, free: &[usize], gradient: &[f64], damping: f64, least: f64, step: &mut [f64]) -> bool {
    let m = free.len();
    let mut l = [0.0; MAX_PARAMS * MAX_PARAMS];
    for (a, &i) in free.iter().enumerate() {
        for (b, &j) in free.iter().enumerate().take(a + 1) {
            l[a * m + b] = hessian[i * n + j];
        }
        l[a * m + a] += damping * hessian[i * n + i].abs().max(least);
        step[a] = gradient[i];
    }
    cholesky_solve(&mut l, m, step)
}

/// Solves A s = s for the positive definite m × m matrix whose lower half is in `a`, which is overwritten by
/// its Cholesky factor; false, and nothing solved, where A is not positive definite.
pub(crate) fn cholesky_solve(a: &mut [f64], m: usize, s: &mut [f64]) -> bool {
    if !cholesky_factor(a, m) {
        return false;
    }
    forward(a, m, s);
    for i in (0..m).rev() {
        let known: f64 = (i + 1..m).map(|k| a[k * m + i] * s[k]).sum();
        s[i] = (s[i] - known) / a[i * m + i];
    }
    true
}

/// Overwrites the lower half of a positive definite m × m matrix by its Cholesky factor L; false where it is not
/// positive definite.
pub(crate) fn cholesky_factor(a: &mut [f64], m: usize) -> bool {
    for i in 0..m {
        let whole = a[i * m + i];
        for j in 0..=i {
            let sum = a[i * m + j] - (0..j).map(|k| a[i * m + k] * a[j * m + k]).sum::<f64>();
            if i != j {
                a[i * m + j] = sum / a[j * m + j];
            } else if sum > 1e-14 * whole {
                a[i * m + i] = sum.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

/// Solves L s = s for the factor L in the lower half of `l`.
pub(crate) fn forward(l: &[f64], m: usize, s: &mut [f64]) {
    for i in 0..m {
        let known: f64 = (0..i).map(|k| l[i * m + k] * s[k]).sum();
        s[i] = (s[i] - known) / l[i * m + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOP: Stop = Stop { gradient: 1e-11, steps: 200 };

    /// Rosenbrock's valley, with its gradient only.
    struct Valley;

    impl Objective for Valley {
        fn variables(&self) -> usize {
            2
        }
        fn value(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            gradient[0] = -2.0 * a - 400.0 * x[0] * b;
            gradient[1] = 200.0 * b;
            a * a + 100.0 * b * b
        }
    }

    #[test]
    fn finds_the_end_of_a_curved_valley() {
        let mut x = [-1.2, 1.0];
        let end = minimise(&mut Valley, &mut x, &[(-9.0, 9.0); 2], STOP).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-9 && (x[1] - 1.0).abs() < 1e-9, "{x:?} {end:?}");
        assert_eq!(end.status, Status::Converged);
    }

    #[test]
    fn rests_on_a_bound() {
        let mut x = [-1.2, 1.0];
        // With x ≤ ½ the best is x = ½, y = ¼.
        let end = minimise(&mut Valley, &mut x, &[(-9.0, 0.5), (-9.0, 9.0)], STOP).unwrap();
        assert!(x[0] == 0.5 && (x[1] - 0.25).abs() < 1e-9, "{x:?} {end:?}");
    }

    #[test]
    fn what_cannot_begin_is_none() {
        assert!(minimise(&mut Valley, &mut [f64::NAN, 0.0], &[(-9.0, 9.0); 2], STOP).is_none());
        assert!(minimise(&mut Valley, &mut [0.0], &[(-9.0, 9.0); 2], STOP).is_none());
    }

    #[test]
    fn cholesky_solves_and_refuses() {
        let mut s = [3.0, 5.0];
        // [[2, 1], [1, 3]] (4/5, 7/5) = (3, 5)
        assert!(cholesky_solve(&mut [2.0, 0.0, 1.0, 3.0], 2, &mut s));
        assert!((s[0] - 0.8).abs() < 1e-15 && (s[1] - 1.4).abs() < 1e-15);
        assert!(!cholesky_solve(&mut [1.0, 0.0, 2.0, 1.0], 2, &mut s));
    }
}
