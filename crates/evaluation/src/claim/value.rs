//! A number, against the published one or a bound.

use super::{Claim, RESAMPLES, brackets, criterion, left_out, required, sampled};
use crate::verdict::Finding;
use crate::{EvaluationError, Frame};

/// |ours − published| against `within`; bounds if given.
pub(super) fn judge(claim: &Claim, frame: &Frame, seed: u64) -> Result<Finding, EvaluationError> {
    let of = required(claim, claim.of.as_ref(), "of")?;
    let ours = of.evaluate(frame, RESAMPLES, seed, claim.confidence())?;
    let interval = sampled(claim, ours.low.zip(ours.high));
    let check = criterion::check(claim, criterion::Ours { value: ours.value, se: ours.se, interval }, false)?;
    Ok(Finding {
        mark: check.mark,
        ours: Some(ours.value),
        interval,
        se: ours.se,
        n: ours.n,
        failed: left_out(of, ours.failed, ours.missing),
        off: check.off,
        better: check.better,
        reason: format!("{}; {}", check.words.join("; "), brackets(interval)),
    })
}
