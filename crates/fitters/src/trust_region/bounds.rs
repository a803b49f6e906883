//! Bounds: what they ask of a start, and how far a point is from them.

use models::MAX_PARAMS;

use super::Vector;
use crate::FitError;

/// Refuses what [`minimise`](super::minimise) cannot work with.
pub(super) fn check(n: usize, m: usize, x: &[f64], bounds: &[(f64, f64)]) -> Result<(), FitError> {
    let bad = |what: String| Err(FitError::Setting(what));
    if n == 0 || n > MAX_PARAMS {
        return bad(format!("{n} variables; there must be 1 to {MAX_PARAMS}"));
    }
    if m < n {
        return Err(FitError::TooFewPoints { have: m, need: n, who: "the trust-region search".to_owned() });
    }
    if x.len() != n || bounds.len() != n {
        return bad(format!("a start of {} values and {} bounds for {n} variables", x.len(), bounds.len()));
    }
    match x.iter().zip(bounds).position(|(x, (low, high))| !(x.is_finite() && low < high && (low..=high).contains(&x))) {
        Some(k) => bad(format!("variable {k} starts at {}, outside its bounds {} to {}", x[k], bounds[k].0, bounds[k].1)),
        None => Ok(()),
    }
}

/// Moves what is on a bound, or within a share of it, inside; with a share of zero to the next number.
pub(super) fn inward(x: &mut [f64], bounds: &[(f64, f64)], share: f64) {
    for (x, &(low, high)) in x.iter_mut().zip(bounds) {
        let (below, above) = (share * low.abs().max(1.0), share * high.abs().max(1.0));
        let (down, up) = (*x - low, high - *x);
        // An infinite bound is never near, though its share is infinite.
        if low.is_finite() && down <= below && down <= up {
            *x = if share == 0.0 { low.next_up() } else { low + below };
        } else if high.is_finite() && up <= above {
            *x = if share == 0.0 { high.next_down() } else { high - above };
        }
        if *x <= low || *x >= high {
            *x = 0.5 * (low + high);
        }
    }
}

/// How far each variable may go along the descent before its bound, 1 where there is none; and how that changes with
/// the variable: −1, 0 or 1, with the sign of the gradient.
pub(super) fn rooms(x: &[f64], gradient: &Vector, bounds: &[(f64, f64)]) -> (Vector, Vector) {
    let (mut room, mut turn) = ([1.0; MAX_PARAMS], [0.0; MAX_PARAMS]);
    for (k, (&x, &(low, high))) in x.iter().zip(bounds).enumerate() {
        if gradient[k] < 0.0 && high.is_finite() {
            (room[k], turn[k]) = (high - x, -1.0);
        } else if gradient[k] > 0.0 && low.is_finite() {
            (room[k], turn[k]) = (x - low, 1.0);
        }
    }
    (room, turn)
}
