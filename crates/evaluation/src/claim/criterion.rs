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
    /// A bound on a printed number was passed by more than its tolerance.
    pub better: bool,
    pub words: Vec<String>,
}

/// Our number, and how sure it is.
#[derive(Clone, Copy)]
pub(super) struct Ours {
    pub value: f64,
    pub se: Option<f64>,
    /// What it is judged on; `None` where there is none, or the claim needs none.
    pub interval: Option<(f64, f64)>,
}

/// Holds `ours` against `published` with `within`, and against the bounds; the worst of them decides.
///
/// When a number was published the tolerance belongs to it and bounds are strict; else it widens the bounds.
/// A bound without tolerance has nothing to be three times of, unless `by_factor` (a ratio), where a third
/// of the claimed factor is near. An interval that holds a bound is no win, and near.
pub(super) fn check(claim: &Claim, ours: Ours, by_factor: bool) -> Result<Check, EvaluationError> {
    let Ours { value: ours, se, interval } = ours;
    let mut check = Check { mark: Mark::Reproduced, off: None, better: false, words: Vec::new() };
    if let Some(published) = claim.published {
        let off = distance(ours, published);
        match tolerance(claim, published, se)? {
            Some(allowed) => {
                check.mark = grade(off, allowed, published, slack(ours, published));
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
        let mut mark = grade(short_by, allowed, bound, slack(ours, bound));
        let third = if sign > 0.0 { NEAR * ours >= bound } else { ours <= NEAR * bound };
        if mark == Mark::NotReproduced && by_factor && allowed == 0.0 && bound > 0.0 && third {
            mark = Mark::Near;
        }
        let edge = bound - sign * allowed;
        let held = mark == Mark::Reproduced && interval.is_some_and(|(low, high)| low < high && if sign > 0.0 { low < edge } else { high > edge });
        if held {
            mark = Mark::Near;
        }
        check.mark = check.mark.max(mark);
        check.off = check.off.or(Some(short_by.max(0.0)));
        let room = if allowed > 0.0 { format!(", give or take {}", short(allowed)) } else { String::new() };
        check.words.push(match mark {
            Mark::Near if held => format!("{} is {words} {}{room}, but its interval holds that bound, which is no win", short(ours), short(bound)),
            Mark::Reproduced => format!("{} is {words} {}{room}", short(ours), short(bound)),
            Mark::Near => format!("{} is not quite {words} {}{room}", short(ours), short(bound)),
            Mark::NotReproduced | Mark::Untested => format!("{} is not {words} {}{room}", short(ours), short(bound)),
        });
    }
    check.better = check.mark == Mark::Reproduced && is_better(claim, ours, se)?;
    Ok(check)
}

/// Is our number beyond a printed one, on the side where a bound has it, by more than the tolerance? Without a tolerance by more than two
/// standard errors, or a thousandth where there are none: less would be the digits of the print.
fn is_better(claim: &Claim, ours: f64, se: Option<f64>) -> Result<bool, EvaluationError> {
    let Some(published) = claim.published else { return Ok(false) };
    let beyond = match (claim.at_least, claim.at_most) {
        (Some(_), None) => ours - published,
        (None, Some(_)) => published - ours,
        _ => return Ok(false),
    };
    let allowed = tolerance(claim, published, se)?.unwrap_or_else(|| se.map_or(1e-3 * published.abs(), |se| 2.0 * se));
    Ok(beyond > allowed)
}

fn distance(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() }
}

/// Decimal fractions are not exact: 0.83 − 0.81 is a little over 0.02, and must not fail for that.
fn slack(a: f64, b: f64) -> f64 {
    1e-12 * a.abs().max(b.abs()).min(f64::MAX)
}

/// Near is no more than three tolerances away, and only where three tolerances are less than the number itself: else nearly anything
/// would be near, on both sides of zero.
fn grade(off: f64, allowed: f64, reference: f64, slack: f64) -> Mark {
    if off <= allowed + slack {
        Mark::Reproduced
    } else if off <= NEAR * allowed + slack && NEAR * allowed < reference.abs() {
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
