//! An interval that does not hold a point.

use evaluation::{Claim, Verdict};

use super::Teller;
use super::names::{quantity, rows};
use super::number::{brackets, decimals, exact, fixed};

/// "For the median of `correlation` we find 0.6936 [0.5906, 0.7853] over 57 tasks; the interval excludes 0."
pub(super) fn tell(teller: &Teller<'_>, claim: &Claim, verdict: &Verdict) -> Option<String> {
    let (of, point, ours) = (claim.of.as_ref()?, claim.point?, verdict.ours?);
    let Some((low, high)) = verdict.interval else {
        return Some(format!("for {} we find {}, without an interval", quantity(of, verdict.n), exact(ours)));
    };
    let digits = decimals(&[ours, low, high], 4);
    let one = |v: f64| fixed(v, digits);
    let holds = if (low..=high).contains(&point) { "holds" } else { "excludes" };
    let over = rows(of, teller.frame, verdict.n);
    let numbers = format!("{}{}", one(ours), brackets(verdict.interval, &one));
    let mut text = format!("for {} we find {numbers} over {over}; the interval {holds} {}", quantity(of, verdict.n), exact(point));
    if let Some(published) = claim.published.filter(|p| (*p > point) != (ours > point)) {
        text.push_str(&format!(", and our number lies on the other side of it than the published {}", exact(published)));
    }
    Some(text)
}
