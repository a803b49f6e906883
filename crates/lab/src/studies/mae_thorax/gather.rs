//! An arm: its tasks, put together.

use super::outcome::{SCALARS, SERIES, diverged, outcome};
use super::{Settings, other};
use crate::blocks::few_shot::at_end;
use crate::{Outcome, Status, StudyError};

/// Learning rates among the numbers.
const RATES: [&str; 5] = ["rate-pretraining", "rate-pretraining-natural", "rate-few", "rate-more", "rate-natural"];

/// Gathers the numbers of the tasks, which it needs.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let first = needs.first().ok_or_else(|| other("an arm lacks its tasks"))?;
    let before = first.points(SERIES[0].0);
    if let Some(why) = needs.iter().find_map(|o| if let Status::Diverged(why) = &o.status { Some(why) } else { None }) {
        return Ok(diverged(&before, why.clone()));
    }
    let known = |name: &str| needs.iter().find_map(|o| o.scalar(name));
    let mut found: Vec<(&str, Option<f64>)> = SCALARS.iter().map(|(name, _)| (*name, known(name))).collect();
    let rates: Vec<f64> = RATES.iter().filter_map(|name| known(name)).collect();
    let edges = rates.iter().filter(|rate| at_end(&own.rates, **rate)).count();
    for (name, count) in [("edges", edges), ("chosen", rates.len())] {
        if let Some(place) = found.iter_mut().find(|place| place.0 == name) {
            place.1 = Some(count as f64);
        }
    }
    Ok(outcome(&before, &found, None, Status::Done))
}
