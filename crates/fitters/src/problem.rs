//! `Problem`: a law, what is minimised, and the rows to do it on. `Solved`: what a solver found.

use curves::Samples;
use models::{Law, Schedule};

use crate::threads::{OneThread, Threads};
use crate::{Fit, FitError, Loss, Rows};

/// A law, what it minimises, and the rows to do it on.
#[derive(Clone)]
pub struct Problem<'a> {
    /// The law.
    pub law: &'static dyn Law,
    /// What is minimised.
    pub loss: Loss,
    /// The rows: inputs, targets and weights.
    pub samples: Samples,
    /// The run of each row, by any number; rows of one run err together.
    pub runs: Vec<usize>,
    /// Parameters that are held: one entry per parameter of the law, or none at all.
    pub pinned: Vec<Option<f64>>,
    /// The learning-rate schedules; none for a law that reads none.
    pub schedules: &'a [Schedule],
    /// The schedule of each row, by its place in `schedules`; empty without schedules.
    pub schedule_of: Vec<usize>,
    /// Who does independent pieces of the work.
    pub threads: &'a dyn Threads,
}

impl std::fmt::Debug for Problem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {:?} on {} rows of {} runs", self.law.name(), self.loss, self.samples.len(), self.count_runs())
    }
}

impl<'a> Problem<'a> {
    /// A law on rows, with nothing held, no schedules and one thread; `runs` names the run of every row.
    pub fn new(law: &'static dyn Law, loss: Loss, samples: Samples, runs: Vec<usize>) -> Self {
        Self { law, loss, samples, runs, pinned: Vec::new(), schedules: &[], schedule_of: Vec::new(), threads: &OneThread }
    }

    /// The same rows with other targets.
    ///
    /// # Errors
    /// Targets that are not as many as rows, or not finite.
    pub fn with_targets(&self, targets: Vec<f64>) -> Result<Self, FitError> {
        self.with(targets, self.samples.weights().to_vec())
    }

    /// The same rows with other weights.
    ///
    /// # Errors
    /// Weights that are not as many as rows, negative, not finite, or all zero.
    pub fn with_weights(&self, weights: Vec<f64>) -> Result<Self, FitError> {
        self.with(self.samples.targets().to_vec(), weights)
    }

    fn with(&self, targets: Vec<f64>, weights: Vec<f64>) -> Result<Self, FitError> {
        let x = (0..self.samples.len()).flat_map(|i| self.samples.row(i).iter().copied()).collect();
        Ok(Self { samples: Samples::new(self.samples.inputs(), x, targets, weights)?, ..self.clone() })
    }

    /// Some of the rows, by their numbers.
    ///
    /// # Errors
    /// A number that no row has, and no rows.
    pub fn of_rows(&self, rows: &[usize]) -> Result<Self, FitError> {
        let (s, n) = (&self.samples, self.samples.len());
        if let Some(row) = rows.iter().find(|row| **row >= n) {
            return Err(FitError::Setting(format!("row {row} of {n}; the last one is {}", n.saturating_sub(1))));
        }
        let of = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<_>>();
        let x = rows.iter().flat_map(|&i| s.row(i).iter().copied()).collect();
        let samples = Samples::new(s.inputs(), x, of(s.targets()), of(s.weights()))?;
        // Without schedules there are none to name.
        let schedule_of = rows.iter().filter_map(|&i| self.schedule_of.get(i).copied()).collect();
        Ok(Self { samples, runs: rows.iter().map(|&i| self.runs[i]).collect(), schedule_of, ..self.clone() })
    }

    /// The rows as fitters see them.
    ///
    /// # Errors
    /// Schedules that are not named for every row.
    pub fn view(&self) -> Result<Rows<'_>, FitError> {
        if self.schedules.is_empty() { Ok(Rows::new(&self.samples)) } else { Rows::under(&self.samples, self.schedules, &self.schedule_of) }
    }

    /// How many different runs there are.
    pub fn count_runs(&self) -> usize {
        let mut runs = self.runs.clone();
        runs.sort_unstable();
        runs.dedup();
        runs.len()
    }

    /// Is a parameter held?
    pub fn is_pinned(&self) -> bool {
        self.pinned.iter().any(Option::is_some)
    }

    /// How many parameters are found, and not held.
    pub fn free(&self) -> usize {
        self.law.params().len() - self.pinned.iter().flatten().count()
    }

    /// The law's values at some parameters, row by row; NaN where it has none.
    ///
    /// # Errors
    /// As [`view`](Self::view).
    pub fn values(&self, theta: &[f64]) -> Result<Vec<f64>, FitError> {
        let rows = self.view()?;
        Ok((0..rows.len()).map(|i| self.law.eval(&rows.at(i), theta)).collect())
    }

    /// The loss at some parameters, summed over the rows.
    ///
    /// # Errors
    /// As [`view`](Self::view), and a sum that is not finite.
    pub fn total(&self, theta: &[f64]) -> Result<f64, FitError> {
        let values = self.values(theta)?;
        let rows = values.iter().zip(self.samples.targets()).zip(self.samples.weights());
        let total: f64 = rows.map(|((f, y), w)| w * self.loss.of(self.loss.residual(*f, *y).0).0).sum();
        if total.is_finite() { Ok(total) } else { Err(FitError::NotFinite { who: self.law.name().to_owned() }) }
    }
}

/// How the starts of a grid ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Starts {
    /// How many came to the global optimum.
    pub succeeded: usize,
    /// How many there were.
    pub tried: usize,
    /// The loss at the global optimum.
    pub optimum: f64,
    /// The best loss over that.
    pub best: f64,
    /// The median loss over that.
    pub median: f64,
}

/// Parameters, and what else a solver tells.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The parameters, the loss there, and how the search ended.
    pub fit: Fit,
    /// How the starts ended, of a solver that counts them against the global optimum.
    pub starts: Option<Starts>,
    /// Where the search began, of a solver with one start.
    pub start: Option<Vec<f64>>,
}

impl From<Fit> for Solved {
    fn from(fit: Fit) -> Self {
        Self { fit, starts: None, start: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_and_summed_by_hand() {
        // 3 + 0.5 / K at K = 1, 2, 4, held against 3.5, 3.25 and 3.025: the last one is 0.1 off.
        let law = models::find("ensemble").unwrap();
        let samples = Samples::new(1, vec![1.0, 2.0, 4.0], vec![3.5, 3.25, 3.025], vec![1.0, 1.0, 2.0]).unwrap();
        let mut problem = Problem::new(law, Loss::Squares, samples, vec![7, 7, 2]);
        assert_eq!((problem.count_runs(), problem.free(), problem.is_pinned()), (2, 3, false));
        assert!((problem.total(&[3.0, 0.5, 1.0]).unwrap() - 0.02).abs() < 1e-12);
        assert!(matches!(problem.total(&[f64::NAN, 0.5, 1.0]), Err(FitError::NotFinite { .. })));
        problem.pinned = vec![None, Some(0.5), None];
        let other = problem.with_targets(vec![3.5, 3.25, 3.125]).unwrap();
        assert!(other.total(&[3.0, 0.5, 1.0]).unwrap() < 1e-24 && other.is_pinned() && other.free() == 2);
        assert!(problem.with_weights(vec![1.0]).is_err());
    }
}
