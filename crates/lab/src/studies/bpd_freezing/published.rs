//! The interval of the corrected resampled t-test for a difference that the paper prints, of which it prints no spread.
//!
//! The spread of the areas of single folds is printed (0.10), for 30 folds. The differences of two methods, whose folds are correlated by ρ and
//! vary as much, have a standard deviation of 0.10 √(2 (1 − ρ)).

use evaluation::stat::resampled_t;

use super::outcome::outcome;
use super::{Settings, other};
use crate::{Outcome, Status, StudyError};

/// Folds of the paper, and the standard deviation of their areas under the ROC curve.
const FOLDS: usize = 30;
const DEVIATION: f64 = 0.10;

/// Folds to learn from for every one to test on.
const RATIO: usize = 4;

/// What is outside an interval has a lower p.
const LEVEL: f64 = 0.05;

/// The interval.
pub(super) fn run(own: &Settings) -> Result<Outcome, StudyError> {
    let half = half_width(DEVIATION * (2.0 * (1.0 - own.alike)).sqrt()).ok_or_else(|| other("there is no interval of a difference without spread"))?;
    let found = [("published-low", Some(own.gap - half)), ("published-high", Some(own.gap + half))];
    Ok(outcome(&[0.0], &found, None, Status::Done))
}

/// Half of the interval of a mean of differences with this standard deviation: the mean at which p is 0.05.
pub(super) fn half_width(deviation: f64) -> Option<f64> {
    // As many above as below, all as far: with n − 1 below the fraction line.
    let size = deviation * ((FOLDS - 1) as f64 / FOLDS as f64).sqrt();
    let p = |mean: f64| {
        let gaps: Vec<f64> = (0..FOLDS).map(|k| if k.is_multiple_of(2) { mean + size } else { mean - size }).collect();
        resampled_t(&gaps, RATIO, 1).map(|found| found.p)
    };
    p(0.0)?;
    let (mut low, mut high) = (0.0, 100.0 * deviation);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if p(middle)? > LEVEL { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}
