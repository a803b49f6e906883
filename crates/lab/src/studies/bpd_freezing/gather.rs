//! An arm: its folds, and what the corrected test says of them and those of other arms.

use evaluation::stat::{pearson, resampled_t};

use super::other;
use super::outcome::{SCALARS, areas, diverged, outcome};
use super::plan::Gathered;
use crate::blocks::few_shot::at_end;
use crate::{Outcome, Status, StudyError};

/// Learning rates among the numbers.
const RATES: [&str; 2] = ["rate", "rate-pretraining"];

/// What is found below this p is called significant.
const LEVEL: f64 = 0.05;

/// Names of what a comparison finds: the difference, both p-values, whether it is seen by either test, and how alike folds are.
pub(super) const DOMAIN: [&str; 6] = ["domain", "domain-p", "domain-plain-p", "domain-seen", "domain-plain-seen", "domain-alike"];
const THAW: [&str; 6] = ["thaw", "thaw-p", "thaw-plain-p", "thaw-seen", "thaw-plain-seen", "thaw-alike"];

/// Gathers the numbers of its folds, and compares them with those of the other arms that it needs.
pub(super) fn run(own: &Gathered, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (first, others) = needs.split_first().ok_or_else(|| other("an arm lacks its folds"))?;
    if let Status::Diverged(why) = &first.status {
        return Ok(diverged(why.clone()));
    }
    let settings = &own.settings;
    let mut found: Vec<(&str, Option<f64>)> = SCALARS.iter().map(|(name, _)| (*name, first.scalar(name))).filter(|(_, v)| v.is_some()).collect();
    let rates: Vec<f64> = RATES.iter().filter_map(|name| first.scalar(name)).collect();
    let edges = rates.iter().filter(|rate| at_end(&settings.rates, **rate)).count();
    found.extend([("edges", Some(edges as f64)), ("chosen", Some(rates.len() as f64))]);
    let before = first.scalar("work-before").unwrap_or(0.0);
    found.push(("work-all", first.scalar("work-done").map(|done| done + before)));
    let test = 2 * settings.half / settings.folds.max(1);
    let sizes = (2 * settings.half - test, test);
    let names = own.against.iter().map(|against| if against.domain { DOMAIN } else { THAW });
    for (names, theirs) in names.zip(others) {
        found.extend(compared(names, areas(first), areas(theirs), sizes));
    }
    Ok(outcome(areas(first), &found, None, Status::Done))
}

/// What the tests say of folds with so many pictures to learn from and to test on.
pub(super) fn compared(names: [&'static str; 6], own: &[f64], others: &[f64], (train, test): (usize, usize)) -> Vec<(&'static str, Option<f64>)> {
    if own.len() != others.len() {
        return Vec::new();
    }
    let gaps: Vec<f64> = own.iter().zip(others).map(|(a, b)| a - b).collect();
    // Without pictures to test on, the correction is none.
    let (corrected, plain) = (resampled_t(&gaps, train, test), resampled_t(&gaps, train, 0));
    // Folds that are all alike show no difference.
    let seen = |found: Option<evaluation::stat::Resampled>| Some(f64::from(u8::from(found.is_some_and(|t| t.mean > 0.0 && t.p < LEVEL))));
    let [gap, p, plain_p, is_seen, plain_seen, alike] = names;
    vec![
        (gap, Some(gaps.iter().sum::<f64>() / gaps.len().max(1) as f64)),
        (p, corrected.map(|t| t.p)),
        (plain_p, plain.map(|t| t.p)),
        (is_seen, seen(corrected)),
        (plain_seen, seen(plain)),
        (alike, pearson(own, others)),
    ]
}
