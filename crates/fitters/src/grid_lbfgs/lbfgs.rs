//! L-BFGS for a few variables, on the stack: the optimiser of the old recipe, made for thousands of short searches.
//!
//! Two-loop recursion (Nocedal 1980) with a line search for the strong Wolfe conditions (Nocedal and Wright 2006,
//! algorithms 3.5 and 3.6); stopping rules are those of L-BFGS-B as SciPy calls it.

use crate::Status;

/// The most pairs remembered.
const MEMORY: usize = 30;
/// Sufficient decrease, and curvature, as in SciPy's line search.
const DECREASE: f64 = 1e-3;
const CURVATURE: f64 = 0.9;
/// Trials of one line search.
const TRIALS: usize = 30;

/// When to stop, and how much to remember.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Stop when a step lowers the value by less than this times max(|value|, 1): absolute for values below one.
    pub value: f64,
    /// Stop when no slope is larger than this.
    pub gradient: f64,
    /// Pairs remembered, 1 to 30.
    pub memory: usize,
    /// Steps at most.
    pub steps: usize,
}

/// Where a search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End<const N: usize> {
    pub x: [f64; N],
    pub value: f64,
    pub status: Status,
    pub evaluations: usize,
}

struct Pairs<const N: usize> {
    s: [[f64; N]; MEMORY],
    y: [[f64; N]; MEMORY],
    rho: [f64; MEMORY],
    count: usize,
    next: usize,
    most: usize,
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn along<const N: usize>(x: &[f64; N], direction: &[f64; N], t: f64) -> [f64; N] {
    std::array::from_fn(|i| x[i] + t * direction[i])
}

impl<const N: usize> Pairs<N> {
    /// −H g, with the inverse Hessian that the pairs stand for.
    fn direction(&self, g: &[f64; N]) -> [f64; N] {
        let mut q = g.map(|v| -v);
        let mut alpha = [0.0; MEMORY];
        // From the newest to the oldest and back.
        for k in 0..self.count {
            let i = (self.next + self.most - 1 - k) % self.most;
            alpha[i] = self.rho[i] * dot(&self.s[i], &q);
            q = along(&q, &self.y[i], -alpha[i]);
        }
        if self.count > 0 {
            let i = (self.next + self.most - 1) % self.most;
            let gamma = 1.0 / (self.rho[i] * dot(&self.y[i], &self.y[i]));
            q = q.map(|v| v * gamma);
        }
        for k in (0..self.count).rev() {
            let i = (self.next + self.most - 1 - k) % self.most;
            let beta = self.rho[i] * dot(&self.y[i], &q);
            q = along(&q, &self.s[i], alpha[i] - beta);
        }
        q
    }

    fn remember(&mut self, s: [f64; N], y: [f64; N]) {
        let curvature = dot(&s, &y);
        // A pair without positive curvature would spoil the matrix.
        if curvature > f64::EPSILON * dot(&y, &y) {
            (self.s[self.next], self.y[self.next], self.rho[self.next]) = (s, y, 1.0 / curvature);
            self.next = (self.next + 1) % self.most;
            self.count = (self.count + 1).min(self.most);
        }
    }
}

/// One point of a line search.
#[derive(Clone, Copy)]
struct Trial<const N: usize> {
    t: f64,
    value: f64,
    slope: f64,
    x: [f64; N],
    g: [f64; N],
}

/// Lowers `f`, which writes its gradient, from `x`. A value that is not finite counts as infinitely high.
pub(super) fn minimise<const N: usize>(mut f: impl FnMut(&[f64; N], &mut [f64; N]) -> f64, mut x: [f64; N], tolerance: Tolerance) -> End<N> {
    let mut pairs = Pairs { s: [[0.0; N]; MEMORY], y: [[0.0; N]; MEMORY], rho: [0.0; MEMORY], count: 0, next: 0, most: tolerance.memory.clamp(1, MEMORY) };
    let mut g = [0.0; N];
    let mut value = f(&x, &mut g);
    let mut evaluations = 1;
    if !value.is_finite() {
        return End { x, value, status: Status::Stalled, evaluations };
    }
    for _ in 0..tolerance.steps {
        if g.iter().all(|v| v.abs() <= tolerance.gradient) {
            return End { x, value, status: Status::Converged, evaluations };
        }
        let mut direction = pairs.direction(&g);
        let mut slope = dot(&direction, &g);
        if slope.is_nan() || slope >= 0.0 {
            pairs.count = 0;
            direction = pairs.direction(&g);
            slope = dot(&direction, &g);
        }
        let first = if pairs.count == 0 { (1.0 / dot(&g, &g).sqrt()).min(1.0) } else { 1.0 };
        let mut trial = |t: f64| {
            let x = along(&x, &direction, t);
            let mut g = [0.0; N];
            let value = f(&x, &mut g);
            evaluations += 1;
            let value = if value.is_finite() { value } else { f64::INFINITY };
            Trial { t, value, slope: dot(&g, &direction), x, g }
        };
        let start = Trial { t: 0.0, value, slope, x, g };
        let Some(found) = search(&mut trial, start, first) else {
            if pairs.count > 0 {
                // The matrix was at fault: once more along the gradient.
                pairs.count = 0;
                continue;
            }
            return End { x, value, status: Status::Stalled, evaluations };
        };
        let lowered = value - found.value;
        let small = lowered <= tolerance.value * value.abs().max(found.value.abs()).max(1.0);
        pairs.remember(along(&found.x, &x, -1.0), along(&found.g, &g, -1.0));
        (x, g, value) = (found.x, found.g, found.value);
        if small {
            return End { x, value, status: Status::Converged, evaluations };
        }
    }
    End { x, value, status: Status::BudgetSpent, evaluations }
}

/// A step that meets the strong Wolfe conditions, or at least lowers the value; `None` where none does.
fn search<const N: usize>(trial: &mut impl FnMut(f64) -> Trial<N>, start: Trial<N>, first: f64) -> Option<Trial<N>> {
    let enough = |p: &Trial<N>| p.value <= start.value + DECREASE * p.t * start.slope;
    let flat = |p: &Trial<N>| p.slope.abs() <= -CURVATURE * start.slope;
    let (mut before, mut t) = (start, first);
    let mut bracket = None;
    let mut left = TRIALS;
    while left > 0 {
        left -= 1;
        let p = trial(t);
        if !enough(&p) || (before.t > 0.0 && p.value >= before.value) {
            bracket = Some((before, p));
            break;
        }
        if flat(&p) {
            return Some(p);
        }
        if p.slope >= 0.0 {
            bracket = Some((p, before));
            break;
        }
        before = p;
        t *= 2.0;
    }
    // `low` is the lower end and downhill from it lies `high`.
    let Some((mut low, mut high)) = bracket else {
        return (before.t > 0.0).then_some(before);
    };
    while left > 0 {
        left -= 1;
        let p = trial(between(&low, &high));
        if !enough(&p) || p.value >= low.value {
            high = p;
        } else {
            if flat(&p) {
                return Some(p);
            }
            if p.slope * (high.t - low.t) >= 0.0 {
                high = low;
            }
            low = p;
        }
        if (high.t - low.t).abs() <= f64::EPSILON * low.t.abs().max(f64::MIN_POSITIVE) {
            break;
        }
    }
    (low.t > 0.0 && low.value < start.value).then_some(low)
}

/// The minimum of the cubic through both ends with their slopes, kept off the ends.
fn between<const N: usize>(low: &Trial<N>, high: &Trial<N>) -> f64 {
    let width = high.t - low.t;
    let d1 = low.slope + high.slope - 3.0 * (high.value - low.value) / width;
    let under = d1 * d1 - low.slope * high.slope;
    let d2 = under.max(0.0).sqrt().copysign(width);
    let share = 1.0 - (high.slope + d2 - d1) / (high.slope - low.slope + 2.0 * d2);
    let share = if under >= 0.0 && share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 };
    low.t + share * width
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIGHT: Tolerance = Tolerance { value: 0.0, gradient: 1e-10, memory: 10, steps: 500 };

    #[test]
    fn finds_the_end_of_rosenbrocks_valley() {
        let f = |x: &[f64; 2], g: &mut [f64; 2]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            *g = [-2.0 * a - 400.0 * x[0] * b, 200.0 * b];
            a * a + 100.0 * b * b
        };
        let end = minimise(f, [-1.2, 1.0], TIGHT);
        assert!((end.x[0] - 1.0).abs() < 1e-8 && (end.x[1] - 1.0).abs() < 1e-8, "{end:?}");
        // SciPy's L-BFGS-B takes 50 evaluations to 1e-10 here; a broken line search takes hundreds.
        assert!(end.evaluations < 120, "{end:?}");
    }

    #[test]
    fn a_loose_tolerance_stops_early_and_an_undefined_start_at_once() {
        let f = |x: &[f64; 1], g: &mut [f64; 1]| {
            g[0] = 2e-6 * x[0];
            1e-6 * x[0] * x[0]
        };
        let loose = Tolerance { value: 2.2e-9, gradient: 1e-5, memory: 10, steps: 500 };
        assert_eq!(minimise(f, [1.0], loose).evaluations, 1);
        let end = minimise(|_: &[f64; 1], _: &mut [f64; 1]| f64::NAN, [1.0], TIGHT);
        assert_eq!((end.status, end.evaluations), (Status::Stalled, 1));
    }
}
