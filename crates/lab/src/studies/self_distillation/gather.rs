//! An arm: both targets, put together.

use super::outcome::{SCALARS, SERIES, diverged, outcome};
use super::{Settings, other};
use crate::blocks::few_shot::at_end;
use crate::{Outcome, Status, StudyError};

/// Learning rates among the numbers, and factors of the pull.
const RATES: [&str; 5] = ["rate-source", "rate-further-xrays", "rate-further-turned", "rate-xrays", "rate-turned"];
const PULLS: [&str; 2] = ["pull-xrays", "pull-turned"];

/// Gathers the numbers of the targets, which it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let first = needs.first().ok_or_else(|| other("an arm lacks its targets"))?;
    let before = first.points(SERIES[0].0);
    if let Some(why) = needs.iter().find_map(|o| if let Status::Diverged(why) = &o.status { Some(why) } else { None }) {
        return Ok(diverged(&before, why.clone()));
    }
    let known = |name: &str| needs.iter().find_map(|o| o.scalar(name));
    let mut found: Vec<(&str, Option<f64>)> = SCALARS.iter().map(|(name, _)| (*name, known(name))).collect();
    let chosen = RATES.iter().map(|name| (name, &own.rates)).chain(PULLS.iter().map(|name| (name, &own.pulls)));
    let chosen: Vec<bool> = chosen.filter_map(|(name, grid)| Some(at_end(grid, known(name)?))).collect();
    let edges = chosen.iter().filter(|edge| **edge).count();
    for (name, count) in [("edges", edges), ("chosen", chosen.len())] {
        if let Some(place) = found.iter_mut().find(|place| place.0 == name) {
            place.1 = Some(count as f64);
        }
    }
    if own.method.added().is_none() {
        found.iter_mut().filter(|place| ["work", "teaching", "steps"].contains(&place.0)).for_each(|place| place.1 = Some(0.0));
    }
    Ok(outcome(&before, &found, None, Status::Done))
}
