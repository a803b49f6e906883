//! An interval that does not hold a point.

use super::{Claim, RESAMPLES, brackets, left_out, required, short};
use crate::verdict::Finding;
use crate::{EvaluationError, Frame, Mark};

/// Reproduced when the interval excludes `point`. When a number was published ours must also lie on its side
/// of the point, and an interval that still holds the point is then near.
pub(super) fn judge(claim: &Claim, frame: &Frame, seed: u64) -> Result<Finding, EvaluationError> {
    let missing = || EvaluationError::InvalidClaim { id: claim.id.clone(), what: "point is missing".to_string() };
    let point = claim.point.ok_or_else(missing)?;
    let of = required(claim, claim.of.as_ref(), "of")?;
    let ours = of.evaluate(frame, RESAMPLES, seed, claim.confidence())?;
    let failed = left_out(of, ours.failed, ours.missing);
    let Some((low, high)) = ours.low.zip(ours.high) else {
        let reason = "there is no interval: too few units, or a number that has none".to_string();
        return Ok(Finding { ours: Some(ours.value), n: ours.n, failed, ..Finding::untested(reason) });
    };
    let excluded = !(low..=high).contains(&point);
    let same_side = claim.published.map(|p| (p > point && ours.value > point) || (p < point && ours.value < point));
    let mark = match (excluded, same_side) {
        (true, None | Some(true)) => Mark::Reproduced,
        (false, Some(true)) => Mark::Near,
        _ => Mark::NotReproduced,
    };
    let mut reason = format!("{} {} {} {}", short(ours.value), brackets(Some((low, high))), if excluded { "excludes" } else { "holds" }, short(point));
    if same_side == Some(false) {
        reason.push_str(", and lies on the other side of it than what was published");
    }
    let off = Some((ours.value - point).abs());
    Ok(Finding { mark, ours: Some(ours.value), interval: Some((low, high)), se: ours.se, n: ours.n, failed, off, better: false, reason })
}
