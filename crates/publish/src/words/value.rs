//! A number, against the published one or a bound.

use evaluation::{Claim, Stat, Verdict};

use super::names::{quantity, rows};
use super::number::{brackets, decimals, exact, fixed, short};
use super::{Teller, criterion, decision};

/// What a comparison decided, or "For the mean of `log-score` we find 1.568 [1.528, 1.610] over 9,993 curves. The paper prints 1.628; …"
pub(super) fn tell(teller: &Teller<'_>, claim: &Claim, verdict: &Verdict) -> Option<String> {
    let (of, ours) = (claim.of.as_ref()?, verdict.ours?);
    if let Some(decided) = decision::tell(teller, of) {
        return Some(decided);
    }
    let (low, high) = verdict.interval.unzip();
    let digits = if of.stat == Stat::Count { 0 } else { decimals(&[ours, low.unwrap_or(0.0), high.unwrap_or(0.0)], 4) };
    let one = |v: f64| fixed(v, digits);
    let over = if verdict.n > 1 && of.stat != Stat::Count { format!(" over {}", rows(of, teller.frame, verdict.n)) } else { String::new() };
    let found = format!("for {} we find {}{}{over}.", quantity(of, verdict.n), one(ours), brackets(verdict.interval, &one));
    Some(found + &criterion::tell(claim, verdict, ours, &exact, &short))
}
