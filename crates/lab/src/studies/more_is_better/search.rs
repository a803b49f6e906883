//! The least value of a function of one number.

use crate::StudyError;

/// The golden section: what is kept of a bracket in a step.
const KEPT: f64 = 0.618_033_988_749_894_9;

/// Steps of the golden section: a bracket of two cells shrinks to a ten-millionth of itself.
const STEPS: usize = 34;

/// Where `f` is least between `from` and `to`: the best of `cells` + 1 even places, then the golden section between its neighbours. A function with
/// several minima is searched as finely as its cells.
///
/// # Errors
/// Those of `f`.
pub(super) fn least(mut f: impl FnMut(f64) -> Result<f64, StudyError>, from: f64, to: f64, cells: usize) -> Result<f64, StudyError> {
    let cells = cells.max(1);
    let width = (to - from) / cells as f64;
    let (mut at, mut best) = (from, f64::INFINITY);
    for cell in 0..=cells {
        let place = from + width * cell as f64;
        let value = f(place)?;
        if value < best {
            (at, best) = (place, value);
        }
    }
    let (mut low, mut high) = ((at - width).max(from), (at + width).min(to));
    let (mut left, mut right) = (high - KEPT * (high - low), low + KEPT * (high - low));
    let (mut of_left, mut of_right) = (f(left)?, f(right)?);
    for _ in 0..STEPS {
        if of_left < of_right {
            (high, right, of_right) = (right, left, of_left);
            left = high - KEPT * (high - low);
            of_left = f(left)?;
        } else {
            (low, left, of_left) = (left, right, of_right);
            right = low + KEPT * (high - low);
            of_right = f(right)?;
        }
    }
    let (place, value) = if of_left < of_right { (left, of_left) } else { (right, of_right) };
    // At an end the best cell is better than everything inside.
    Ok(if value < best { place } else { at })
}

/// Where `f`, which is below 0 at `from` and rises, reaches 0 before `to`, by halving; `to` if it does not.
///
/// # Errors
/// Those of `f`.
pub(super) fn crossing(mut f: impl FnMut(f64) -> Result<f64, StudyError>, from: f64, to: f64) -> Result<f64, StudyError> {
    let (mut low, mut high) = (from, to);
    if f(high)? < 0.0 {
        return Ok(high);
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if f(middle)? < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}
