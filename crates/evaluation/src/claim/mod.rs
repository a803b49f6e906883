//! What a paper claims, as data, and how it is judged: one kind of claim, one file.

mod criterion;
mod fraction;
mod order;
mod outside;
mod pairs;
mod published;
mod ratio;
mod table;
mod validate;
mod value;

use std::collections::BTreeSet;

use crate::verdict::Finding;
use crate::{Cell, EvaluationError, Frame, Stat, Verdict};

pub use published::{Claim, ClaimScale, Deviation, Expect, Kind, Level, Published, Relation, Source, Within};
pub use table::{ClaimTable, PrintedCell};

/// Resamples behind the interval of a verdict: the 2.5 % quantile then rests on 50 of them.
pub const RESAMPLES: usize = 2_000;

/// Judges one claim on the rows of a run.
///
/// `available` holds the needs that this run satisfies, as the claims spell them (`size:full`,
/// `data:taskset`, `hardware`). A claim that cannot be judged is untested, and says why.
pub fn judge(claim: &Claim, frame: &Frame, available: &BTreeSet<String>, seed: u64) -> Verdict {
    Verdict::new(claim, finding(claim, frame, available, seed))
}

fn finding(claim: &Claim, frame: &Frame, available: &BTreeSet<String>, seed: u64) -> Finding {
    if let Some(reason) = &claim.untested {
        return Finding::untested(reason.clone());
    }
    if let Err(errors) = claim.validate() {
        let what: Vec<String> = errors.iter().map(ToString::to_string).collect();
        return Finding::untested(what.join("; "));
    }
    let unmet: Vec<&str> = claim.needs.iter().filter(|n| !available.contains(*n)).map(String::as_str).collect();
    let needs = format!("needs {}", unmet.join(", "));
    // Too small a run still has a number worth seeing; it is shown, and no verdict is drawn from it.
    if !unmet.is_empty() && !unmet.iter().all(|n| n.starts_with("size:")) {
        return Finding::untested(needs);
    }
    let found = match claim.kind {
        Kind::Value => value::judge(claim, frame, seed),
        Kind::Order => order::judge(claim, frame, seed),
        Kind::Ratio => ratio::judge(claim, frame, seed),
        Kind::Fraction => fraction::judge(claim, frame),
        Kind::Outside => outside::judge(claim, frame, seed),
    };
    match found {
        Ok(f) if unmet.is_empty() => precise(claim, f),
        Ok(f) => Finding { mark: crate::Mark::Untested, reason: format!("{needs}; at this size: {}", f.reason), ..f },
        Err(e) => Finding::untested(if unmet.is_empty() { e.to_string() } else { needs }),
    }
}

/// How the reason of a claim begins that is not sure enough, and what stands before its number.
pub const PRECISION: &str = "needs precision";
/// What stands between the need and the reason so far.
pub const SO_FAR: &str = "; so far: ";

/// Of fewer rows a standard error is itself a matter of luck: two that agree would have nearly none.
const FEWEST: usize = 10;

/// So many standard errors from its bound, a number of enough rows is on its side of it whatever precision is asked for: more rows would not move
/// it across.
const SURE: f64 = 5.0;

/// How far a number lies from the nearest bound that it is held against; none where it is held against a number.
fn from_bound(claim: &Claim, ours: f64) -> Option<f64> {
    let bounds = match claim.kind {
        Kind::Order => [Some(0.0), None],
        Kind::Value if claim.within.is_none() => [claim.at_least, claim.at_most],
        _ => [None, None],
    };
    bounds.into_iter().flatten().map(|bound| (ours - bound).abs()).reduce(f64::min)
}

/// A number that is not yet as sure as the claim asks for is shown, and no verdict is drawn from it.
fn precise(claim: &Claim, found: Finding) -> Finding {
    let Some(wanted) = claim.precision else { return found };
    let far = found.ours.and_then(|ours| from_bound(claim, ours)).unwrap_or(0.0);
    let needs = match found.se {
        Some(se) if found.n >= FEWEST && far > SURE * se => return found,
        Some(_) if found.n < FEWEST => format!("{PRECISION}: {} rows are too few for a standard error, which has to be {}", found.n, short(wanted)),
        Some(se) if se <= wanted => return found,
        Some(se) => format!("{PRECISION}: the standard error is {}, and has to be {}", short(se), short(wanted)),
        None => format!("{PRECISION}: there is no standard error, and it has to be {}", short(wanted)),
    };
    Finding { mark: crate::Mark::Untested, reason: format!("{needs}{SO_FAR}{}", found.reason), ..found }
}

/// The interval that a claim is judged on: none where its rows carry no sampling error.
fn sampled(claim: &Claim, interval: Option<(f64, f64)>) -> Option<(f64, f64)> {
    interval.filter(|_| !claim.exact)
}

/// A cell that validation has asked for.
fn required<'a>(claim: &Claim, cell: Option<&'a Cell>, key: &str) -> Result<&'a Cell, EvaluationError> {
    cell.ok_or_else(|| EvaluationError::InvalidClaim { id: claim.id.clone(), what: format!("{key} is missing") })
}

/// How many rows are not in a cell's number: a mean rank and a share of good rows hold the failed ones too.
fn left_out(cell: &Cell, failed: usize, missing: usize) -> usize {
    if matches!(cell.stat, Stat::MeanRank | Stat::ShareOk) { missing } else { failed + missing }
}

/// A number for a sentence: four significant digits, without trailing zeros.
fn short(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{}", v + 0.0);
    }
    let magnitude = v.abs().log10().floor();
    if !(-4.0..6.0).contains(&magnitude) {
        return format!("{v:.3e}");
    }
    let decimals = (3.0 - magnitude).max(0.0) as usize;
    let text = format!("{v:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// An interval for a sentence.
fn brackets(interval: Option<(f64, f64)>) -> String {
    interval.map_or_else(|| "without an interval".to_string(), |(low, high)| format!("[{}, {}]", short(low), short(high)))
}

#[cfg(test)]
mod tests;
