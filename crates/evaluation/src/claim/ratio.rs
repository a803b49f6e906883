//! How many times larger one number is than another.

use super::{Claim, RESAMPLES, brackets, criterion, left_out, required, sampled};
use crate::cell::Sample;
use crate::stat::resample;
use crate::verdict::Finding;
use crate::{Cell, EvaluationError, Frame, Mark};

/// `of / to`, against what was published and the bounds.
///
/// Units that both cells have are drawn together; else each cell's units on their own. A ratio claimed to be
/// above (below) one compares two noisy numbers: below (above) one it is not reproduced, and with an interval
/// that holds one it is at most near. Where the rows are exact there is nothing to be unsure of.
pub(super) fn judge(claim: &Claim, frame: &Frame, seed: u64) -> Result<Finding, EvaluationError> {
    let to = required(claim, claim.to.as_ref(), "to")?;
    let bottom = to.sample(frame)?;
    if let Some(top) = claim.of_value {
        return constant_top(claim, top, to, &bottom, seed);
    }
    let of = required(claim, claim.of.as_ref(), "of")?;
    let top = of.sample(frame)?;
    let ours = top.estimate() / bottom.estimate();
    if ours.is_nan() {
        return Err(EvaluationError::NotANumber { what: format!("the ratio of {} to {}", of.describe(), to.describe()) });
    }
    let (sizes, same) = ([top.units.len(), bottom.units.len()], of.unit == to.unit && top.units == bottom.units);
    let found = if !top.can_be_resampled() || !bottom.can_be_resampled() {
        None
    } else if same {
        resample(&sizes[..1], RESAMPLES, seed, claim.confidence(), |drawn| top.statistic(&drawn[0]) / bottom.statistic(&drawn[0]))
    } else {
        resample(&sizes, RESAMPLES, seed, claim.confidence(), |drawn| top.statistic(&drawn[0]) / bottom.statistic(&drawn[1]))
    };
    let se = found.map(|i| i.se).filter(|se| se.is_finite());
    let interval = sampled(claim, found.map(|i| (i.low, i.high)));
    let mut check = criterion::check(claim, criterion::Ours { value: ours, se, interval }, true)?;
    let clear = claim.exact || interval.is_some_and(|(low, high)| low > 1.0 || high < 1.0);
    if let Some(above) = side(claim) {
        if (above && ours < 1.0) || (!above && ours > 1.0) {
            check.mark = Mark::NotReproduced;
            check.words.push("which is on the wrong side of one".to_string());
        } else if !clear && check.mark == Mark::Reproduced {
            check.mark = Mark::Near;
            check.words.push("but no interval of it excludes one, and that is not a win".to_string());
        }
    }
    Ok(Finding {
        mark: check.mark,
        ours: Some(ours),
        interval,
        se,
        n: top.n + bottom.n,
        failed: left_out(of, top.failed, top.missing) + left_out(to, bottom.failed, bottom.missing),
        off: check.off,
        better: check.better,
        reason: format!("{}; {}", check.words.join("; "), brackets(interval)),
    })
}

/// A number from outside over a cell: only the cell varies.
fn constant_top(claim: &Claim, top: f64, to: &Cell, bottom: &Sample, seed: u64) -> Result<Finding, EvaluationError> {
    let ours = top / bottom.estimate();
    if ours.is_nan() {
        return Err(EvaluationError::NotANumber { what: format!("the ratio of {top} to {}", to.describe()) });
    }
    let found = resample(&[bottom.units.len()], RESAMPLES, seed, claim.confidence(), |drawn| top / bottom.statistic(&drawn[0]));
    let se = found.map(|i| i.se).filter(|se| se.is_finite());
    let interval = sampled(claim, found.map(|i| (i.low, i.high)));
    let check = criterion::check(claim, criterion::Ours { value: ours, se, interval }, true)?;
    Ok(Finding {
        mark: check.mark,
        ours: Some(ours),
        interval,
        se,
        n: bottom.n,
        failed: left_out(to, bottom.failed, bottom.missing),
        off: check.off,
        better: check.better,
        reason: format!("{}; {}", check.words.join("; "), brackets(interval)),
    })
}

/// Is the ratio claimed to be above one, below it, or neither?
fn side(claim: &Claim) -> Option<bool> {
    match (claim.at_least, claim.at_most, claim.published) {
        (Some(bound), ..) if bound >= 1.0 => Some(true),
        (_, Some(bound), _) if bound <= 1.0 => Some(false),
        (_, _, Some(published)) if published != 1.0 => Some(published > 1.0),
        _ => None,
    }
}
