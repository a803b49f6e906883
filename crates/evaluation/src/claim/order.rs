//! Who is better than whom.

use curves::Better;

use super::pairs::pairs;
use super::{Claim, RESAMPLES, brackets, required, sampled, short};
use crate::verdict::Finding;
use crate::{EvaluationError, Frame, Mark};

/// How far one selection is ahead of the next.
struct Lead {
    words: String,
    by: f64,
    interval: Option<(f64, f64)>,
    se: Option<f64>,
}

impl Lead {
    fn mark(&self, exact: bool) -> Mark {
        match self.interval {
            Some((low, _)) if low > 0.0 && self.by > 0.0 => Mark::Reproduced,
            _ if self.by > 0.0 && exact => Mark::Reproduced,
            _ if self.by > 0.0 => Mark::Near,
            _ => Mark::NotReproduced,
        }
    }
}

/// Each selection of `best-first` against the next, on the paired bootstrap interval of the difference.
///
/// Reproduced when every interval is on the right side of zero, near when every difference is but an interval
/// straddles zero (or there is none, with a single unit). Where the rows are exact, any lead is one. Our number is the smallest lead,
/// whatever the good direction.
pub(super) fn judge(claim: &Claim, frame: &Frame, seed: u64) -> Result<Finding, EvaluationError> {
    let of = required(claim, claim.of.as_ref(), "of")?;
    let selections = claim.best_first.as_deref().unwrap_or_default();
    let mut leads = Vec::with_capacity(selections.len());
    let (mut n, mut failed) = (usize::MAX, 0);
    for (k, two) in selections.windows(2).enumerate() {
        let (better, worse) = (of.with(&two[0]), of.with(&two[1]));
        let pairs = match of.better()? {
            Better::Higher => pairs(&better, &worse, frame)?,
            Better::Lower => pairs(&worse, &better, frame)?,
        };
        let (by, interval) = pairs.difference(of.stat, RESAMPLES, seed.wrapping_add(k as u64), claim.confidence());
        if by.is_nan() {
            return Err(EvaluationError::NotANumber { what: format!("the difference of {} and {}", better.describe(), worse.describe()) });
        }
        let (interval, se) = (sampled(claim, interval.map(|i| (i.low, i.high))), interval.map(|i| i.se).filter(|se| se.is_finite()));
        let words = format!("{} leads {} by {} {}", better.describe(), worse.describe(), short(by), brackets(interval));
        leads.push(Lead { words, by, interval, se });
        n = n.min(pairs.len());
        failed += pairs.lost;
    }
    let smallest = leads.iter().min_by(|a, b| a.mark(claim.exact).cmp(&b.mark(claim.exact)).reverse().then(a.by.total_cmp(&b.by)));
    let Some(smallest) = smallest else {
        return Err(EvaluationError::InvalidClaim { id: claim.id.clone(), what: "best-first needs two selections or more".to_string() });
    };
    let mark = smallest.mark(claim.exact);
    let caveat = match (mark, smallest.interval) {
        (Mark::Near, Some(_)) => "; an interval that straddles zero is not a win",
        (Mark::Near, None) => "; without two units there is no interval, and no win",
        _ => "",
    };
    let words: Vec<&str> = leads.iter().map(|l| l.words.as_str()).collect();
    let reason = format!("{}{caveat}", words.join("; "));
    Ok(Finding { mark, ours: Some(smallest.by), interval: smallest.interval, se: smallest.se, n, failed, off: None, better: false, reason })
}
