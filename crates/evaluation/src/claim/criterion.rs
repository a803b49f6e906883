//! Is a number close enough to what was published, and within the bounds?

use super::{Claim, short};
use crate::{EvaluationError, Mark};

/// Outside its criterion but within this many times it, a number is near.
const NEAR: f64 = 3.0;

/// What a number of ours came to.
pub(super) struct Check {
    pub mark: Mark,
    /// Distance from the published number, else the largest shortfall from a bound.
    pub off: Option<f64>,
    pub words: Vec<String>,
}

/// Holds `ours` against `published` with `within`, and against the bounds; the worst of them decides.
///
/// When a number was published the tolerance belongs to it and bounds are strict; else it widens the bounds.
/// A bound without tolerance has nothing to be three times of, unless `by_factor` (a ratio), where a third
/// of the claimed factor is near.
pub(super) fn check(claim: &Claim, ours: f64, se: Option<f64>, by_factor: bool) -> Result<Check, EvaluationError> {
    let mut check = Check { mark: Mark::Reproduced, off: None, words: Vec::new() };
    if let Some(published) = claim.published {
        let off = distance(ours, published);
        match tolerance(claim, published, se)? {
            Some(allowed) => {
                check.mark = grade(off, allowed, slack(ours, published));
                let because = claim.because();
                check.words.push(format!(
                    "{} against {} published, off by {} where {} is allowed ({because})",
                    short(ours),
                    short(published),
                    short(off),
                    short(allowed)
                ));
            }
            None => check.words.push(format!("{} against {} published", short(ours), short(published))),
        }
        check.off = Some(off);
    }
    let bounds = [("at least", claim.at_least, 1.0), ("at most", claim.at_most, -1.0)];
    for (words, bound, sign) in bounds.into_iter().filter_map(|(w, b, s)| Some((w, b?, s))) {
        let allowed = if claim.published.is_none() { tolerance(claim, bound, se)?.unwrap_or(0.0) } else { 0.0 };
        let short_by = if ours == bound { 0.0 } else { sign * (bound - ours) };
        let mut mark = grade(short_by, allowed, slack(ours, bound));
        let third = if sign > 0.0 { NEAR * ours >= bound } else { ours <= NEAR * bound };
        if mark == Mark::NotReproduced && by_factor && allowed == 0.0 && bound > 0.0 && third {
            mark = Mark::Near;
        }
        check.mark = check.mark.max(mark);
        check.off = check.off.or(Some(short_by.max(0.0)));
        check.words.push(match mark {
            Mark::Reproduced => format!("{} is {words} {}", short(ours), short(bound)),
            Mark::Near => format!("{} is not quite {words} {}", short(ours), short(bound)),
            Mark::NotReproduced | Mark::Untested => format!("{} is not {words} {}", short(ours), short(bound)),
        });
    }
    Ok(check)
}

fn distance(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() }
}

/// Decimal fractions are not exact: 0.83 − 0.81 is a little over 0.02, and must not fail for that.
fn slack(a: f64, b: f64) -> f64 {
    1e-12 * a.abs().max(b.abs()).min(f64::MAX)
}

fn grade(off: f64, allowed: f64, slack: f64) -> Mark {
    if off <= allowed + slack {
        Mark::Reproduced
    } else if off <= NEAR * allowed + slack {
        Mark::Near
    } else {
        Mark::NotReproduced
    }
}

/// How far from `reference` is still inside; `None` when no tolerance is given.
fn tolerance(claim: &Claim, reference: f64, ours: Option<f64>) -> Result<Option<f64>, EvaluationError> {
    let Some(within) = claim.within else {
        return Ok(None);
    };
    let errors = match (claim.se, ours) {
        (None, None) => None,
        (published, ours) => Some(published.unwrap_or(0.0).hypot(ours.unwrap_or(0.0))),
    };
    Ok(Some(match (within.abs, within.rel, within.se, errors) {
        (Some(abs), ..) => abs,
        (_, Some(rel), ..) => rel * reference.abs(),
        (_, _, Some(se), Some(error)) => se * error,
        _ => {
            let what = "within.se, but there is no standard error, published or ours".to_string();
            return Err(EvaluationError::InvalidClaim { id: claim.id.clone(), what });
        }
    }))
}
