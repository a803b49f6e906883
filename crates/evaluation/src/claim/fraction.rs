//! In how many units one is better than the other.

use curves::Better;

use super::pairs::pairs;
use super::{Claim, Relation, brackets, criterion, left_out, required, sampled};
use crate::stat::wilson;
use crate::verdict::Finding;
use crate::{EvaluationError, Frame};

/// The share of units in which the mean of `of` is better (worse) than that of `to`, or than `point`.
///
/// Against a partner a tie counts for neither; against a point, reaching it is better. The interval is
/// Wilson's, which unlike a bootstrap does not shrink to nothing when all units agree.
pub(super) fn judge(claim: &Claim, frame: &Frame) -> Result<Finding, EvaluationError> {
    let of = required(claim, claim.of.as_ref(), "of")?;
    let direction = of.better()?;
    let wanted = claim.relation.unwrap_or(Relation::Better);
    let (hits, failed): (Vec<bool>, usize) = match (&claim.to, claim.point) {
        (None, Some(point)) => {
            let sample = of.sample(frame)?;
            let reached = |v: f64| match direction {
                Better::Higher => v >= point,
                Better::Lower => v <= point,
            };
            (sample.unit_means().into_iter().map(|v| reached(v) == (wanted == Relation::Better)).collect(), left_out(of, sample.failed, sample.missing))
        }
        (to, _) => {
            let pairs = pairs(of, required(claim, to.as_ref(), "to")?, frame)?;
            let hit = |(a, b): (f64, f64)| match wanted {
                Relation::Better => direction.prefers(a, b),
                Relation::Worse => direction.prefers(b, a),
            };
            (pairs.by_unit().into_iter().map(hit).collect(), pairs.lost)
        }
    };
    let n = hits.len();
    let share = hits.iter().filter(|h| **h).count() as f64 / n as f64;
    let se = (n > 1).then(|| (share * (1.0 - share) / n as f64).sqrt());
    let interval = sampled(claim, (n > 1).then(|| wilson(share, n as f64, claim.confidence())));
    // No interval of a share lies beyond all of them, or none: such a bound asks whether every unit does, and all of them are here.
    let every = claim.at_least == Some(1.0) || claim.at_most == Some(0.0);
    let check = criterion::check(claim, criterion::Ours { value: share, se, interval: interval.filter(|_| !every) }, false)?;
    let reason = format!("{}; {} over {n} units", check.words.join("; "), brackets(interval));
    Ok(Finding { mark: check.mark, ours: Some(share), interval, se, n, failed, off: check.off, better: check.better, reason })
}
