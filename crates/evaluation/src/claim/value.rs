//! A number, against the published one or a bound.

use super::{Claim, RESAMPLES, brackets, criterion, left_out, required};
use crate::verdict::Finding;
use crate::{EvaluationError, Frame};

/// |ours − published| against `within`; bounds if given.
pub(super) fn judge(claim: &Claim, frame: &Frame, seed: u64) -> Result<Finding, EvaluationError> {
    let of = required(claim, claim.of.as_ref(), "of")?;
    let ours = of.evaluate(frame, RESAMPLES, seed, claim.level())?;
    let check = criterion::check(claim, ours.value, ours.se, false)?;
    let interval = ours.low.zip(ours.high);
    Ok(Finding {
        mark: check.mark,
        ours: Some(ours.value),
        interval,
        se: ours.se,
        n: ours.n,
        failed: left_out(of, ours.failed, ours.missing),
        off: check.off,
        reason: format!("{}; {}", check.words.join("; "), brackets(interval)),
    })
}
