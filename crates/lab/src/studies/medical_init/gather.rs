//! An arm: its tasks, put together, and its area on X-rays held against that of another arm.

use evaluation::stat::{DeLong, delong};

use super::outcome::{SCALARS, SERIES, diverged, outcome};
use super::task::Task;
use super::{Settings, other};
use crate::blocks::few_shot::at_end;
use crate::{Outcome, Status, StudyError};

/// What `macro` is the mean of.
const AVERAGED: [&str; 4] = ["near-few", "near-many", "thorax-few", "thorax-many"];

/// Gathers the numbers of the tasks, which it needs; a task of the arm that it is held against comes last.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (tasks, partner) = needs.split_at_checked(Task::ALL.len()).ok_or_else(|| other("an arm lacks its tasks"))?;
    let before = tasks.first().map(|task| task.points(SERIES[0].0)).unwrap_or_default();
    if let Some(why) = tasks.iter().find_map(|o| if let Status::Diverged(why) = &o.status { Some(why) } else { None }) {
        return Ok(diverged(&before, why.clone()));
    }
    let known = |name: &str| tasks.iter().find_map(|o| o.scalar(name));
    let mut found: Vec<(&str, Option<f64>)> = SCALARS.iter().map(|(name, _)| (*name, known(name))).collect();
    let rates: Vec<f64> = Task::ALL.iter().map(|task| task.names().rate).chain(["rate-pretraining"]).filter_map(known).collect();
    let edges = rates.iter().filter(|rate| at_end(&own.rates, **rate)).count();
    let averaged: Option<Vec<f64>> = AVERAGED.iter().map(|name| known(name)).collect();
    let mut put = |name: &str, value: Option<f64>| {
        if let Some(place) = found.iter_mut().find(|place| place.0 == name) {
            place.1 = value;
        }
    };
    put("edges", Some(edges as f64));
    put("macro", averaged.map(|areas| areas.iter().sum::<f64>() / areas.len() as f64));
    if let (Some(first), Some(second)) = (tasks.first(), partner.first()) {
        let compared = compared(first, second)?;
        put("delong-gap", compared.map(|both| both.first - both.second));
        put("delong-se", compared.map(|both| both.se));
        put("delong-p", compared.map(|both| both.p));
    }
    Ok(outcome(&before, &found, None, Status::Done))
}

/// The areas of two tasks on the same X-rays.
fn compared(first: &Outcome, second: &Outcome) -> Result<Option<DeLong>, StudyError> {
    let (Some(first), Some(second)) = (first.handed_over()?, second.handed_over()?) else { return Ok(None) };
    let [(first, positive), (second, _)] = [first, second].map(read);
    Ok(delong(&first, &second, &positive))
}

/// Scores and whether there is pneumonia, of every X-ray in turn.
fn read(bytes: &[u8]) -> (Vec<f64>, Vec<bool>) {
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    numbers.as_chunks::<2>().0.iter().map(|[score, label]| (f64::from(*score), *label > 0.5)).unzip()
}
