//! What a number is held against: the published one with a tolerance, and bounds.

use evaluation::claim::Source;
use evaluation::{Claim, Verdict};

/// How a number is written.
type Written<'a> = &'a dyn Fn(f64) -> String;

/// The sentences about it, each with a space before it. `one` writes a number of the claim, and `gap` a distance.
pub(super) fn tell(claim: &Claim, verdict: &Verdict, ours: f64, one: Written<'_>, gap: Written<'_>) -> String {
    let mut out = String::new();
    if let Some(published) = claim.published {
        let whose = match claim.source {
            Source::Paper => "The paper prints",
            Source::Code => "The authors' code gives",
            Source::Recomputed => "Computed again it is",
        };
        out.push_str(&format!(" {whose} {}", one(published)));
        if let Some(allowed) = allowed(claim, published, verdict.se) {
            out.push_str(&format!("; the difference is {}, and {} is allowed", gap((ours - published).abs()), gap(allowed)));
        }
        out.push('.');
    }
    let bounds = [("at least", claim.at_least, 1.0), ("at most", claim.at_most, -1.0)];
    for (words, bound, sign) in bounds.into_iter().filter_map(|(words, bound, sign)| Some((words, bound?, sign))) {
        // Where a number was published, the tolerance belongs to it.
        let give = if claim.published.is_none() { allowed(claim, bound, verdict.se) } else { None };
        let room = give.filter(|give| *give > 0.0).map(|give| format!(", give or take {}", gap(give))).unwrap_or_default();
        let met = sign * (ours - bound) + give.unwrap_or(0.0) >= -SLACK * bound.abs();
        let edge = bound - sign * give.unwrap_or(0.0);
        let held =
            verdict.mark != evaluation::Mark::Reproduced && verdict.interval.is_some_and(|(low, high)| if sign > 0.0 { low < edge } else { high > edge });
        let is = match (met, held) {
            (false, _) => "is not",
            (true, true) => "is, but its interval holds that bound",
            (true, false) => "is",
        };
        out.push_str(&format!(" It has to be {words} {}{room}, and {is}.", one(bound)));
    }
    if verdict.better {
        out.push_str(" Ours is better than the print.");
    }
    out
}

/// Decimal fractions are not exact.
const SLACK: f64 = 1e-12;

/// How far from `reference` is still inside; `None` where the claim names no tolerance, or one in standard errors without any.
fn allowed(claim: &Claim, reference: f64, ours: Option<f64>) -> Option<f64> {
    let within = claim.within?;
    let errors = match (claim.se, ours) {
        (None, None) => None,
        (published, ours) => Some(published.unwrap_or(0.0).hypot(ours.unwrap_or(0.0))),
    };
    let share = within.rel.map(|rel| rel * reference.abs());
    within.abs.or(share).or_else(|| Some(within.se? * errors?))
}
