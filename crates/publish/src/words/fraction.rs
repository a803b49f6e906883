//! In how many units one is better than the other.

use curves::Better;
use evaluation::claim::Relation;
use evaluation::{Claim, Verdict};

use super::names::{apart, quantity, units};
use super::number::{brackets, exact, percent};
use super::{Teller, criterion};

/// "`one` is better than `two` by the mean of `mae` in 75 % [40.9 %, 92.9 %] of 8 tasks. It has to be at least 50 %, and is."
pub(super) fn tell(teller: &Teller<'_>, claim: &Claim, verdict: &Verdict) -> Option<String> {
    let (of, share) = (claim.of.as_ref()?, verdict.ours?);
    let wanted = claim.relation.unwrap_or(Relation::Better);
    // Of each unit there is a mean, which may be that of a single row.
    let number = quantity(of, 2);
    let what = match (&claim.to, claim.point) {
        (Some(to), _) => {
            let names = apart(&[of, to]);
            let [one, other] = names.as_slice() else { return None };
            let word = if wanted == Relation::Better { "better" } else { "worse" };
            let by = if of.metric == to.metric { format!(" by {number}") } else { String::new() };
            format!("{one} is {word} than {other}{by}")
        }
        (None, Some(point)) => {
            let side = match (of.better().ok()?, wanted) {
                (Better::Higher, Relation::Better) => "at least",
                (Better::Higher, Relation::Worse) => "below",
                (Better::Lower, Relation::Better) => "at most",
                (Better::Lower, Relation::Worse) => "above",
            };
            format!("{number} is {side} {}", exact(point))
        }
        (None, None) => return None,
    };
    let shares = format!("{}{}", percent(share), brackets(verdict.interval, &percent));
    Some(format!("{what} in {shares} of {}.{}", units(of, teller.frame, verdict.n), criterion::tell(claim, verdict, share, &percent, &percent)))
}
