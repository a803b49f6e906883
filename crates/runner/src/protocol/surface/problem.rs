//! A law on the rows of a cell, as fitters take it.

use curves::Samples;
use fitters::{FitError, Loss, Problem, Threads};
use models::{At, Law};
use rayon::prelude::*;

use super::data::Data;
use super::schedule::Schedules;

/// The threads of the run.
struct Pool;

impl Threads for Pool {
    fn each(&self, count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).into_par_iter().for_each(work);
    }
}

/// A law on rows, their places given in the order of the table.
pub(super) fn of_rows<'a>(law: &'static dyn Law, loss: Loss, data: &Data<'_>, schedules: &'a Schedules, rows: &[usize]) -> Result<Problem<'a>, FitError> {
    let inputs: Vec<&[f64]> = law.inputs().iter().filter_map(|i| data.input(i)).collect();
    let x = rows.iter().flat_map(|&r| inputs.iter().map(move |column| column[r])).collect();
    let pick = |column: &[f64]| rows.iter().map(|&r| column[r]).collect::<Vec<f64>>();
    let samples = Samples::new(law.inputs().len(), x, pick(&data.target), pick(&data.weight))?;
    let runs = rows.iter().map(|&r| data.run[r]).collect();
    let schedule_of = if schedules.all.is_empty() { Vec::new() } else { rows.iter().map(|&r| schedules.which[r]).collect() };
    Ok(Problem { schedules: &schedules.all, schedule_of, threads: &Pool, ..Problem::new(law, loss, samples, runs) })
}

/// The value of a law at one row of the table, in the row's schedule.
pub(super) fn value_at(law: &dyn Law, data: &Data<'_>, schedules: &Schedules, row: usize, theta: &[f64]) -> f64 {
    let x: Vec<f64> = law.inputs().iter().map(|i| data.input(i).map_or(f64::NAN, |column| column[row])).collect();
    let schedule = schedules.which.get(row).and_then(|k| schedules.all.get(*k));
    law.eval(&At { x: &x, schedule }, theta)
}
