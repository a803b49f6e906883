//! A law on the rows of a cell, and its parameters by each recipe.

use curves::Samples;
use fitters::critical_batch::{self, Stages};
use fitters::grid_lbfgs::{Ended, GridLbfgs, Recipe as Old, Slopes, Tolerance};
use fitters::{Fit, FitError, Global, Loss, Rows, Status, global, trust_region};
use models::{At, Law, Schedule};
use rayon::prelude::*;

use super::data::Data;
use super::schedule::Schedules;
use super::settings::{FitOf, Recipe, Reduction, SlopesOf, Tolerances, of_parameters};

/// Steps through the starts of the old recipe; a prime.
const STRIDE: usize = 2741;

/// A law, what it minimises, and rows to do it on.
pub(super) struct Problem<'a> {
    pub law: &'static dyn Law,
    pub loss: Loss,
    pub samples: Samples,
    /// The run of each row.
    pub runs: Vec<usize>,
    /// The rows' places in the table.
    pub rows: Vec<usize>,
    schedules: &'a [Schedule],
    which: Vec<usize>,
    pub pinned: Vec<Option<f64>>,
}

/// How the starts of the old recipe ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Starts {
    /// How many came to the global optimum.
    pub succeeded: usize,
    pub tried: usize,
    /// The loss at the global optimum.
    pub optimum: f64,
    /// The best and the median loss over that.
    pub best: f64,
    pub median: f64,
}

/// Parameters, and what else the recipe tells.
pub(super) struct Solved {
    pub fit: Fit,
    pub starts: Option<Starts>,
    /// Where the search began, for a recipe with one start.
    pub start: Option<Vec<f64>>,
}

impl<'a> Problem<'a> {
    /// The rows of a law, their places given in the order of the table.
    pub fn new(law: &'static dyn Law, loss: Loss, data: &Data<'_>, schedules: &'a Schedules, rows: Vec<usize>) -> Result<Self, FitError> {
        let inputs: Vec<&[f64]> = law.inputs().iter().filter_map(|i| data.input(i)).collect();
        let x = rows.iter().flat_map(|&r| inputs.iter().map(move |column| column[r])).collect();
        let pick = |column: &[f64]| rows.iter().map(|&r| column[r]).collect::<Vec<f64>>();
        let samples = Samples::new(law.inputs().len(), x, pick(&data.target), pick(&data.weight))?;
        let runs = rows.iter().map(|&r| data.run[r]).collect();
        let which = if schedules.all.is_empty() { Vec::new() } else { rows.iter().map(|&r| schedules.which[r]).collect() };
        Ok(Self { law, loss, samples, runs, rows, schedules: &schedules.all, which, pinned: Vec::new() })
    }

    /// The same rows with other targets.
    pub fn with_targets(&self, targets: Vec<f64>) -> Result<Self, FitError> {
        self.with(targets, self.samples.weights().to_vec())
    }

    /// The same rows with other weights.
    pub fn with_weights(&self, weights: Vec<f64>) -> Result<Self, FitError> {
        self.with(self.samples.targets().to_vec(), weights)
    }

    fn with(&self, targets: Vec<f64>, weights: Vec<f64>) -> Result<Self, FitError> {
        let x = (0..self.samples.len()).flat_map(|i| self.samples.row(i).iter().copied()).collect();
        Ok(Self {
            samples: Samples::new(self.samples.inputs(), x, targets, weights)?,
            law: self.law,
            loss: self.loss,
            runs: self.runs.clone(),
            rows: self.rows.clone(),
            schedules: self.schedules,
            which: self.which.clone(),
            pinned: self.pinned.clone(),
        })
    }

    /// As fitters see it.
    pub fn view(&self) -> Result<Rows<'_>, FitError> {
        if self.schedules.is_empty() { Ok(Rows::new(&self.samples)) } else { Rows::under(&self.samples, self.schedules, &self.which) }
    }

    /// How many different runs there are.
    pub fn count_runs(&self) -> usize {
        let mut runs = self.runs.clone();
        runs.sort_unstable();
        runs.dedup();
        runs.len()
    }

    /// How many parameters are found, and not held.
    pub fn free(&self) -> usize {
        self.law.params().len() - self.pinned.iter().flatten().count()
    }

    /// The law's values at some parameters, row by row; NaN where it has none.
    pub fn values(&self, theta: &[f64]) -> Result<Vec<f64>, FitError> {
        let rows = self.view()?;
        Ok((0..rows.len()).map(|i| self.law.eval(&rows.at(i), theta)).collect())
    }

    /// Finds the parameters.
    pub fn solve(&self, how: &FitOf, seed: u64) -> Result<Solved, FitError> {
        let given = of_parameters(self.law, &how.start, &how.start_ln).map_err(FitError::Setting)?;
        let start: Vec<f64> = self.law.params().iter().zip(given).map(|(p, v)| v.unwrap_or(p.start)).collect();
        let rows = self.view()?;
        let plain = |fit| Solved { fit, starts: None, start: None };
        match how.recipe {
            Recipe::Global => global::fit(self.law, rows, self.loss, &self.global(how), seed).map(plain),
            Recipe::From => {
                let fit = global::fit_from(self.law, rows, self.loss, &self.pinned, &start)?;
                Ok(Solved { start: Some(start), ..plain(fit) })
            }
            Recipe::CurveFit => {
                let forms = how.forms(self.law);
                let fit = trust_region::fit(self.law, rows, self.loss, &self.pinned, &start, &forms, trust_region::Stop::default())?;
                Ok(Solved { start: Some(start), ..plain(fit) })
            }
            Recipe::Stages => {
                let levels = if how.levels == 0 { 10 } else { how.levels };
                let found = critical_batch::fit(rows, Stages { converged: how.converged.unwrap_or(f64::INFINITY), levels }, self.loss, seed)?;
                let loss = self.total(&found.theta)?;
                let (status, evaluations, agreeing) = (found.last.status, found.last.evaluations, found.last.agreeing);
                Ok(plain(Fit { law: self.law, theta: found.theta, loss, status, evaluations, agreeing }))
            }
            Recipe::Given => {
                self.loss.check(&self.samples)?;
                let loss = self.total(&start)?;
                Ok(plain(Fit { law: self.law, theta: start, loss, status: Status::Converged, evaluations: 1, agreeing: (1, 1) }))
            }
            Recipe::Hoffmann => self.old(how, seed),
        }
    }

    /// The settings of the global search.
    pub fn global(&self, how: &FitOf) -> Global {
        let usual = Global::default();
        let or = |asked: usize, usual: usize| if asked == 0 { usual } else { asked };
        Global { grid: how.grid, keep: or(how.keep, usual.keep), starts: or(how.starts, usual.starts), pinned: self.pinned.clone() }
    }

    /// The loss at some parameters, summed.
    fn total(&self, theta: &[f64]) -> Result<f64, FitError> {
        let values = self.values(theta)?;
        let rows = values.iter().zip(self.samples.targets()).zip(self.samples.weights());
        let total: f64 = rows.map(|((f, y), w)| w * self.loss.of(self.loss.residual(*f, *y).0).0).sum();
        if total.is_finite() { Ok(total) } else { Err(FitError::NotFinite { who: self.law.name().to_owned() }) }
    }

    /// The old recipe, its starts spread over the threads, and how many of them meet the global optimum.
    fn old(&self, how: &FitOf, seed: u64) -> Result<Solved, FitError> {
        let rows = self.view()?;
        let tolerance = match how.tolerance {
            Tolerances::Tight => Tolerance::TIGHT,
            Tolerances::Scipy => Tolerance::SCIPY,
        };
        let mean = if how.reduction == Reduction::Mean { 1.0 / rows.len() as f64 } else { 1.0 };
        let factor = how.factor.unwrap_or(if how.tolerance == Tolerances::Tight { Old::TIGHT.factor } else { 1.0 });
        let slopes = if how.slopes == SlopesOf::Exact { Slopes::Exact } else { Slopes::Differences };
        let delta = self.loss.delta().unwrap_or(Old::TIGHT.delta);
        let grid = GridLbfgs::new(rows, Old { delta, factor: mean * factor, tolerance, slopes })?;
        let count = if how.starts == 0 { grid.starts() } else { how.starts.min(grid.starts()) };
        // A stride that shares no factor with their number: a part of the starts is spread over all axes of the grid.
        let ends: Vec<Ended> = (0..count).into_par_iter().map(|k| grid.run(k * STRIDE % grid.starts())).collect();
        let fit = grid.best(&ends).ok_or_else(|| FitError::NotFinite { who: self.law.name().to_owned() })?;
        let found = global::fit(self.law, rows, self.loss, &Global::default(), seed)?.loss;
        // No search is sure: what any of them found is the optimum.
        let optimum = found.min(fit.loss);
        let limit = optimum * (1.0 + how.reach.unwrap_or(1e-4));
        let mut values: Vec<f64> = ends.iter().map(|e| if e.value.is_finite() { e.value } else { f64::INFINITY }).collect();
        values.sort_by(f64::total_cmp);
        let succeeded = values.iter().filter(|v| **v <= limit).count();
        let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
        let starts = Starts { succeeded, tried: count, optimum, best: fit.loss / optimum, median: median / optimum };
        Ok(Solved { fit, starts: Some(starts), start: None })
    }
}

/// The value of a law at one row of the table, in the row's schedule.
pub(super) fn value_at(law: &dyn Law, data: &Data<'_>, schedules: &Schedules, row: usize, theta: &[f64]) -> f64 {
    let x: Vec<f64> = law.inputs().iter().map(|i| data.input(i).map_or(f64::NAN, |column| column[row])).collect();
    let schedule = schedules.which.get(row).and_then(|k| schedules.all.get(*k));
    law.eval(&At { x: &x, schedule }, theta)
}
