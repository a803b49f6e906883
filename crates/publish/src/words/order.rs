//! Who is ahead of whom.

use evaluation::{Cell, Claim, Mark, Stat, Verdict};

use super::Teller;
use super::names::{apart, code, paired};
use super::number::{brackets, decimals, fixed};

/// "`p1` leads `mcmc-pp-m3` by 0.111 [0.085, 0.140] in the mean of `log-score`, on 2,000 paired curves."
pub(super) fn tell(teller: &Teller<'_>, claim: &Claim, verdict: &Verdict) -> Option<String> {
    let (of, best, by) = (claim.of.as_ref()?, claim.best_first.as_ref()?, verdict.ours?);
    let cells: Vec<Cell> = best.iter().map(|selection| of.with(selection)).collect();
    let names = apart(&cells.iter().collect::<Vec<_>>());
    let (low, high) = verdict.interval.unzip();
    let digits = decimals(&[by, low.unwrap_or(0.0), high.unwrap_or(0.0)], 3);
    let one = |v: f64| fixed(v, digits);
    let metric = code(&of.metric);
    let what = match of.stat {
        Stat::Median => format!("the median of {metric}"),
        Stat::MeanRank => format!("mean rank by {metric}"),
        _ => format!("the mean of {metric}"),
    };
    let on = paired(cells.first()?, teller.frame, verdict.n);
    let found = match names.as_slice() {
        [first, second] if by < 0.0 => {
            // Behind by so much: both ends of the interval change places.
            let behind = verdict.interval.map(|(low, high)| (-high, -low));
            format!("{first} trails {second} by {}{} in {what}, on {on}", one(-by), brackets(behind, &one))
        }
        [first, second] => format!("{first} leads {second} by {}{} in {what}, on {on}", one(by), brackets(verdict.interval, &one)),
        several => {
            let order = several.join(", ");
            format!("in the order {order} the smallest lead of one over the next is {}{} in {what}, on {on}", one(by), brackets(verdict.interval, &one))
        }
    };
    let caveat = match (verdict.mark, verdict.interval) {
        (Mark::Near, Some(_)) => "; the interval holds zero, so that this is no win",
        (Mark::Near, None) => "; with a single unit there is no interval, and no win",
        _ => "",
    };
    Some(format!("{found}{caveat}"))
}
