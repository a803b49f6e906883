//! Least squares of few variables inside bounds, by the trust-region reflective method.
//!
//! A Gauss–Newton model of ½ Σ r² is minimised within a radius that grows where the model was right and shrinks where
//! it was not. Variables are scaled by the root of their distance to the bound that the gradient points at, so that
//! steps bend away from bounds; a step that would cross one is shortened, reflected there, or replaced by the steepest
//! descent, whichever the model likes best. All points are strictly inside the bounds.
//!
//! Papers that fit by SciPy's `curve_fit` with bounds used this method, with these tolerances, from one start. In flat
//! valleys where a search stops is part of what they found; so this one takes the same steps. To find an optimum, use
//! [`global`](crate::global).
//!
//! Slopes are exact. Differences end in the same place wherever the rows determine the variables; where they do not,
//! rounding decides, here and there.
//!
//! Source: Branch, Coleman & Li 1999; for the damping Moré 1978; for the radius, the choice of steps and the tolerances
//! the documentation of SciPy's `least_squares(method="trf")`.

mod bounds;
mod law;
mod model;
mod reduce;
mod step;
#[cfg(test)]
mod tests;

use models::MAX_PARAMS;

use crate::{FitError, Status};
use bounds::{check, inward, rooms};
pub use law::{Form, fit};
use model::Model;
use reduce::{Reduced, dot, norm, reduce};
use step::Place;

/// As many numbers as there may be variables; those beyond the variables are zero.
type Vector = [f64; MAX_PARAMS];

/// A vector of residuals, of at most [`MAX_PARAMS`] variables.
pub trait Residuals {
    /// How many variables.
    fn variables(&self) -> usize;

    /// How many residuals: at least as many as variables.
    fn rows(&self) -> usize;

    /// The residuals at `x`, into `out`. Not finite where they are not defined.
    fn residuals(&mut self, x: &[f64], out: &mut [f64]);

    /// Their slopes at `x`, into `out`: those of all rows in the first variable, then in the second …
    ///
    /// It is asked for after `residuals` at the same `x`.
    fn slopes(&mut self, x: &[f64], out: &mut [f64]);
}

/// When to stop. The default is SciPy's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Stops where a step lowers the value by less than this share, and the model predicted that.
    pub value: f64,
    /// Stops where a step is shorter than this share of the point's length.
    pub step: f64,
    /// Stops where no slope, times the distance to the bound it points at, is as large.
    pub gradient: f64,
    /// Evaluations of the residuals at most; 0 for 100 per variable.
    pub evaluations: usize,
}

impl Default for Stop {
    fn default() -> Self {
        Self { value: 1e-8, step: 1e-8, gradient: 1e-8, evaluations: 0 }
    }
}

/// Why a search stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Slopes are below their tolerance.
    Gradient,
    /// The value no longer falls.
    Value,
    /// Steps have become short.
    Step,
    /// Both: the value no longer falls, and steps have become short.
    ValueAndStep,
    /// Out of evaluations.
    Budget,
    /// The point reached has a value but no finite slopes.
    NoSlopes,
}

impl Reason {
    /// As fits tell it.
    pub fn status(self) -> Status {
        match self {
            Reason::Gradient | Reason::Value | Reason::Step | Reason::ValueAndStep => Status::Converged,
            Reason::Budget => Status::BudgetSpent,
            Reason::NoSlopes => Status::Stalled,
        }
    }
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// ½ Σ r² there.
    pub value: f64,
    /// The largest slope, times the distance to the bound it points at where there is one; NaN where slopes are not finite.
    pub gradient: f64,
    /// Why it stopped.
    pub reason: Reason,
    /// Evaluations of the residuals.
    pub evaluations: usize,
}

/// A start on a bound is moved off it by this share of the bound, or this much.
const NUDGE: f64 = 1e-10;

/// Lowers ½ Σ r² from `x`, which becomes the point where the search stopped.
///
/// `bounds` are one pair (low, high) per variable, low < high, infinite where there is none.
///
/// # Errors
/// No variables or more than [`MAX_PARAMS`], fewer rows than variables, a start outside its bounds or not of their
/// number, and residuals or slopes that are not finite at the start.
pub fn minimise<R: Residuals + ?Sized>(problem: &mut R, x: &mut [f64], bounds: &[(f64, f64)], stop: Stop) -> Result<End, FitError> {
    let (n, m) = (problem.variables(), problem.rows());
    check(n, m, x, bounds)?;
    let most = if stop.evaluations == 0 { 100 * n } else { stop.evaluations };
    let (mut residuals, mut ahead) = (vec![0.0; m], vec![0.0; m]);
    let (mut slopes, mut side) = (vec![0.0; m * n], vec![0.0; m]);
    inward(x, bounds, NUDGE);
    problem.residuals(x, &mut residuals);
    let mut value = 0.5 * dot(&residuals, &residuals);
    let mut evaluations = 1;
    // Gradient of ½ Σ r², and slopes and residuals turned so that only as many rows as variables are left.
    let mut look = |problem: &mut R, x: &[f64], residuals: &[f64]| -> (Vector, Reduced) {
        problem.slopes(x, &mut slopes);
        let mut gradient = [0.0; MAX_PARAMS];
        for (g, column) in gradient.iter_mut().zip(slopes.chunks_exact(m)) {
            *g = dot(column, residuals);
        }
        side.copy_from_slice(residuals);
        (gradient, reduce(&mut slopes, &mut side, n))
    };
    let (mut gradient, mut reduced) = look(problem, x, &residuals);
    if !(value.is_finite() && reduced.is_finite() && norm(&gradient).is_finite()) {
        return Err(FitError::NotFinite { who: "the trust-region search".to_owned() });
    }
    let mut tried = [0.0; MAX_PARAMS];
    let (mut radius, mut damping): (Option<f64>, f64) = (None, 0.0);
    let mut reason = None;
    loop {
        let (room, turn) = rooms(x, &gradient, bounds);
        // A maximum skips what is no number: slopes that are none would pass for slopes of zero.
        let sloped = reduced.is_finite() && norm(&gradient).is_finite();
        let largest = if sloped { gradient.iter().zip(&room).take(n).map(|(g, r)| (g * r).abs()).fold(0.0, f64::max) } else { f64::NAN };
        let end = |reason| Ok(End { value, gradient: largest, reason, evaluations });
        if !sloped {
            return end(Reason::NoSlopes);
        }
        if largest < stop.gradient {
            return end(Reason::Gradient);
        }
        if let Some(reason) = reason {
            return end(reason);
        }
        if evaluations >= most {
            return end(Reason::Budget);
        }
        let scale = room.map(f64::sqrt);
        let mut reach = radius.unwrap_or_else(|| first_radius(x, &scale));
        let model = Model::new(&reduced, &gradient, &scale, &turn, n, m);
        let place = Place { x, bounds, scale: &scale, share: (1.0 - largest).max(0.995) };
        let (mut fall, mut lower) = (-1.0, value);
        while fall <= 0.0 && evaluations < most {
            let step = place.step(&model, model.within(reach, &mut damping), reach);
            for ((tried, x), step) in tried.iter_mut().zip(x.iter()).zip(&step.real) {
                *tried = x + step;
            }
            inward(&mut tried[..n], bounds, 0.0);
            problem.residuals(&tried[..n], &mut ahead);
            evaluations += 1;
            let length = norm(&step.scaled);
            lower = 0.5 * dot(&ahead, &ahead);
            if !(lower.is_finite() && norm(&tried).is_finite()) {
                reach = 0.25 * length;
                continue;
            }
            fall = value - lower;
            let (wide, ratio) = resized(reach, fall, step.gain, length);
            reason = reached(stop, fall, value, norm(&step.real), norm(x), ratio);
            if reason.is_some() {
                break;
            }
            damping *= reach / wide;
            reach = wide;
        }
        radius = Some(reach);
        if fall > 0.0 {
            x.copy_from_slice(&tried[..n]);
            std::mem::swap(&mut residuals, &mut ahead);
            value = lower;
            (gradient, reduced) = look(problem, x, &residuals);
        }
    }
}

/// The scaled length of the start; 1 where that is zero.
fn first_radius(x: &[f64], scale: &Vector) -> f64 {
    let length = x.iter().zip(scale).map(|(x, s)| (x / s).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 { length } else { 1.0 }
}

/// The next radius, and how much of what the model predicted came true.
fn resized(radius: f64, fall: f64, predicted: f64, length: f64) -> (f64, f64) {
    let ratio = if predicted > 0.0 {
        fall / predicted
    } else if predicted == 0.0 && fall == 0.0 {
        1.0
    } else {
        0.0
    };
    if ratio < 0.25 {
        (0.25 * length, ratio)
    } else if ratio > 0.75 && length > 0.95 * radius {
        (2.0 * radius, ratio)
    } else {
        (radius, ratio)
    }
}

fn reached(stop: Stop, fall: f64, value: f64, step: f64, from: f64, ratio: f64) -> Option<Reason> {
    let level = fall < stop.value * value && ratio > 0.25;
    let short = step < stop.step * (stop.step + from);
    match (level, short) {
        (true, true) => Some(Reason::ValueAndStep),
        (true, false) => Some(Reason::Value),
        (false, true) => Some(Reason::Step),
        (false, false) => None,
    }
}
