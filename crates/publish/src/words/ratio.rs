//! How many times larger one number is than another.

use evaluation::{Claim, Mark, Verdict};

use super::criterion;
use super::names::{alone, apart, quantity};
use super::number::{brackets, decimals, exact, fixed, short};

/// "The mean of `loss` of `14b` is 1.008 times [1.007, 1.009] that of `55b`. It has to be at most 1.01, and is."
pub(super) fn tell(claim: &Claim, verdict: &Verdict) -> Option<String> {
    let (to, ours) = (claim.to.as_ref()?, verdict.ours?);
    let (low, high) = verdict.interval.unzip();
    let digits = decimals(&[ours, low.unwrap_or(0.0), high.unwrap_or(0.0)], 4);
    let one = |v: f64| fixed(v, digits);
    let times = format!("{} times{}", one(ours), brackets(verdict.interval, &one));
    let found = match (&claim.of, claim.of_value) {
        (Some(of), _) => {
            // Each cell has at least one row.
            let n = verdict.n.saturating_sub(1);
            let names = apart(&[of, to]);
            let [above, below] = names.as_slice() else { return None };
            let (top, bottom) = (quantity(of, n), quantity(to, n));
            if top == bottom {
                format!("{top} of {above} is {times} that of {below}.")
            } else if of.select == to.select {
                format!("{top} is {times} {bottom}.")
            } else {
                format!("{top} of {above} is {times} {bottom} of {below}.")
            }
        }
        (None, Some(given)) => {
            let whose = alone(to).map(|name| format!(" of {name}")).unwrap_or_default();
            format!("{}, which is given, is {times} {}{whose}.", exact(given), quantity(to, verdict.n))
        }
        (None, None) => return None,
    };
    let clear = claim.exact || verdict.interval.is_some_and(|(low, high)| low > 1.0 || high < 1.0);
    let caveat = if verdict.mark == Mark::Near && !clear { " No interval of it excludes one, so that this is no win." } else { "" };
    Some(format!("{found}{}{caveat}", criterion::tell(claim, verdict, ours, &exact, &short)))
}
