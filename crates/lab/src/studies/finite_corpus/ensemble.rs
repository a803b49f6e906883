//! Ensembles: the mean of what members say.

use super::text::Windows;
use super::{Recipe, Settings, gather, other, train};
use crate::{Context, Outcome, StudyError};

/// Operations of a test of all members.
pub(super) fn flops(own: &Settings) -> f64 {
    own.members as f64 * (own.exam * own.length) as f64 * 2.0 * own.size().multiplications()
}

/// The mean distribution of members in every place of windows; `None` where there is no member, or one of them diverged.
pub(super) fn distributions(own: &Settings, members: &[Outcome], windows: &[u32], seed: u64) -> Result<Option<Vec<f32>>, StudyError> {
    let mut mean: Vec<f32> = Vec::new();
    let share = 1.0 / members.len().max(1) as f32;
    for member in members {
        let Some(bytes) = member.handed_over()? else { return Ok(None) };
        let (model, mut training) = train::revived(own, bytes, seed).ok_or_else(|| other("a member is of another network"))?;
        let all = model.distributions(&mut training, windows);
        mean.resize(all.len(), 0.0);
        mean.iter_mut().zip(&all).for_each(|(mean, p)| *mean += share * p);
    }
    Ok((!members.is_empty()).then_some(mean))
}

/// Tests an ensemble.
pub(super) fn run(own: &Settings, members: &[Outcome], context: &Context<'_>) -> Result<Outcome, StudyError> {
    let number = |name: &str| members.first().and_then(|member| member.scalar(name));
    let recipe = match (number("rate"), number("decay"), number("passes")) {
        (Some(rate), Some(decay), Some(passes)) => Recipe { rate, decay, passes },
        _ => return Err(other("an ensemble needs members")),
    };
    // Nothing is learned any more: one window is as good as all.
    let text = Windows::new(own, 1, context)?;
    let Some(all) = distributions(own, members, &text.test, context.seed)? else {
        return Ok(gather::diverged(own, recipe, "a member of the ensemble diverged".to_owned()));
    };
    let wanted = text.test.chunks_exact(own.length + 1).flat_map(|window| &window[1..]);
    let rows = all.chunks_exact(own.size().vocabulary);
    let sum: f64 = rows.zip(wanted).map(|(row, token)| -f64::from(row[*token as usize]).max(f64::MIN_POSITIVE).ln()).sum();
    let loss = sum / (own.exam * own.length) as f64;
    Ok(gather::together(own, recipe, members, loss, text.floor))
}
