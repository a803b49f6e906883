//! Learning-rate schedules that people use: warm-up, then constant, cosine, or a decay at the end.
//!
//! Every shape runs from step 0 to step `last`, so it has `last` + 1 rates; the warm-up rises in a straight line
//! from 0 at step 0 to the peak at step `warm_up`.

use std::f64::consts::PI;

use crate::{LawError, Schedule};

/// How a schedule that was constant comes down at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decay {
    /// In a straight line.
    Linear,
    /// By a constant factor per step; the floor must be above zero.
    Exponential,
}

/// Warm-up, then the peak rate to the end.
pub fn constant(last: usize, warm_up: usize, peak: f64) -> Result<Schedule, LawError> {
    build(last, warm_up, peak, |_| peak)
}

/// Warm-up, then half a cosine from the peak to the floor at step `last`.
pub fn cosine(last: usize, warm_up: usize, peak: f64, floor: f64) -> Result<Schedule, LawError> {
    build(last, warm_up, peak, |step| floor + 0.5 * (peak - floor) * (1.0 + (PI * share(step, warm_up, last)).cos()))
}

/// Warm-up, the peak until step `from`, then a decay to the floor at step `last` (WSD).
pub fn warm_up_stable_decay(last: usize, warm_up: usize, from: usize, peak: f64, floor: f64, decay: Decay) -> Result<Schedule, LawError> {
    build(last, warm_up, peak, |step| {
        let done = share(step, from, last);
        match decay {
            Decay::Linear => peak - (peak - floor) * done,
            Decay::Exponential => peak * (floor / peak).powf(done),
        }
    })
}

/// Warm-up, the peak until step `at`, and from there another constant rate.
pub fn two_stage(last: usize, warm_up: usize, at: usize, peak: f64, then: f64) -> Result<Schedule, LawError> {
    build(last, warm_up, peak, |step| if step < at { peak } else { then })
}

/// How far a step is from one to another, between 0 and 1.
fn share(step: usize, from: usize, to: usize) -> f64 {
    if step <= from { 0.0 } else { ((step - from) as f64 / to.saturating_sub(from).max(1) as f64).min(1.0) }
}

fn build(last: usize, warm_up: usize, peak: f64, after: impl Fn(usize) -> f64) -> Result<Schedule, LawError> {
    let rate = |step: usize| if step < warm_up { peak * (step as f64 / warm_up as f64) } else { after(step) };
    Schedule::new((0..=last).map(rate).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_rates_of_their_definitions() {
        let c = cosine(30, 10, 3.0, 1.0).unwrap();
        assert_eq!(c.steps(), 31);
        assert_eq!((c.rate(0), c.rate(5), c.rate(10)), (Some(0.0), Some(1.5), Some(3.0)));
        assert!((c.rate(20).unwrap() - 2.0).abs() < 1e-15 && (c.rate(30).unwrap() - 1.0).abs() < 1e-15);
        let w = warm_up_stable_decay(30, 10, 20, 4.0, 1.0, Decay::Exponential).unwrap();
        assert!((w.rate(25).unwrap() - 2.0).abs() < 1e-15 && w.rate(19) == Some(4.0));
        let l = warm_up_stable_decay(30, 10, 20, 4.0, 1.0, Decay::Linear).unwrap();
        assert!((l.rate(25).unwrap() - 2.5).abs() < 1e-15);
        let t = two_stage(30, 0, 20, 4.0, 1.0).unwrap();
        assert_eq!((t.rate(0), t.rate(19), t.rate(20)), (Some(4.0), Some(4.0), Some(1.0)));
    }

    #[test]
    fn a_shape_that_is_none_is_refused() {
        assert!(constant(10, 0, f64::NAN).is_err());
        assert!(cosine(10, 2, 1.0, -1.0).is_err());
        // The decay would end where it begins: no division by zero.
        assert!(warm_up_stable_decay(10, 0, 10, 1.0, 0.1, Decay::Linear).is_ok());
    }
}
