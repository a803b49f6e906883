//! Emergence: when a skill appears in training, in which order skills appear, and whether two models agree about it.
//!
//! What the Implicit Curriculum Hypothesis (arXiv 2604.08510) measures, with what its headline numbers need beside
//! them: how much of an agreement is only *whether* a skill emerged, what a trivial predictor reaches, and how wide
//! the interval is when tasks of one family are not counted as new evidence. Pure functions on slices.
//!
//! - [`smooth`]: Gaussian smoothing; [`point`]: the emergence point of one curve.
//! - [`censor`]: what of two models is compared; [`agreement`]: how well it agrees.
//! - [`order`]: components before composites; [`trajectory`]: a task's curve predicted from other tasks.
//! - [`survival`]: emergence as a right-censored time; [`trend`]: what is left of two curves without their trends.

pub mod agreement;
pub mod censor;
pub mod grid;
pub mod order;
pub mod point;
pub mod smooth;
pub mod survival;
pub mod trajectory;
pub mod trend;

pub use point::{Axis, Definition, Emergence, Rule};

use crate::stat::{Interval, resample};

/// The interval of a statistic whose resamples are already there: the value of the data first, then one value a resample.
///
/// Several statistics of the same draws, or means over them, have intervals that way at the cost of one. `units` is the
/// number of units that the draws were made from. `None` as for [`resample`].
pub fn interval_of_draws(draws: &[f64], units: usize, level: f64) -> Option<Interval> {
    let mut next = draws.iter().copied();
    resample(&[units], draws.len().checked_sub(1)?, 0, level, |_| next.next().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests;
