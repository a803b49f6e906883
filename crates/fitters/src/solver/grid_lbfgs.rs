//! `grid-lbfgs`: Hoffmann et al.'s grid of starts with L-BFGS, and how many of the starts meet the global optimum.

use models::surface::chinchilla::Chinchilla;
use models::{Formula, Law};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GlobalSearch, Resampling, Solver, nothing_pinned};
use crate::grid_lbfgs::{Ended, GridLbfgs, Recipe, Slopes, Tolerance};
use crate::threads::map;
use crate::{Fit, FitError, Global, Loss, Problem, Solved, global, problem::Starts};

/// Steps through the starts; a prime, which shares no factor with their number: a part of them is spread over all axes of the grid.
const STRIDE: usize = 2741;

/// What is made of the rows' losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Their sum.
    #[default]
    Sum,
    /// Their mean.
    Mean,
}

/// When a search stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerances {
    /// At the optimum's last digits.
    #[default]
    Tight,
    /// As SciPy does unless told otherwise.
    Scipy,
}

/// How slopes are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SlopesBy {
    /// By the formula.
    #[default]
    Exact,
    /// By differences.
    Differences,
}

/// What papers that used the grid differ in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HoffmannGrid {
    /// So many of the 4,500 starts, spread over the grid; all when 0. Default: 0.
    pub starts: usize,
    /// Sum or mean of the rows' losses. Default: sum.
    pub reduction: Reduction,
    /// What that is multiplied with. By default 1e4 under tight tolerances, else 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// When a search stops. Default: tight.
    pub tolerance: Tolerances,
    /// How slopes are taken. Default: exact.
    pub slopes: SlopesBy,
    /// A start succeeds within this share of the global optimum. Default: 1e-4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<f64>,
}

impl HoffmannGrid {
    /// A start succeeds within this share of the global optimum, if nothing else is asked.
    pub const REACH: f64 = 1e-4;

    /// Its name.
    pub const NAME: &'static str = "grid-lbfgs";

    fn recipe(&self, loss: Loss, rows: usize) -> Recipe {
        let tolerance = match self.tolerance {
            Tolerances::Tight => Tolerance::TIGHT,
            Tolerances::Scipy => Tolerance::SCIPY,
        };
        let mean = if self.reduction == Reduction::Mean { 1.0 / rows as f64 } else { 1.0 };
        let factor = self.factor.unwrap_or(if self.tolerance == Tolerances::Tight { Recipe::TIGHT.factor } else { 1.0 });
        let slopes = if self.slopes == SlopesBy::Exact { Slopes::Exact } else { Slopes::Differences };
        let delta = loss.delta().unwrap_or(Recipe::TIGHT.delta);
        Recipe { delta, factor: mean * factor, tolerance, slopes }
    }
}

impl Solver for HoffmannGrid {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn check(&self, law: &dyn Law, loss: Loss) -> Result<(), FitError> {
        if law.name() != Chinchilla::NAME || !matches!(loss, Loss::LogHuber { .. }) {
            return Err(FitError::Setting(format!("the solver `grid-lbfgs` is for the law {} and the loss log-huber", Chinchilla::NAME)));
        }
        Ok(())
    }

    fn solve(&self, problem: &Problem<'_>, seed: u64) -> Result<Solved, FitError> {
        self.check(problem.law, problem.loss)?;
        nothing_pinned(self, problem)?;
        let rows = problem.view()?;
        let grid = GridLbfgs::new(rows, self.recipe(problem.loss, rows.len()))?;
        let count = if self.starts == 0 { grid.starts() } else { self.starts.min(grid.starts()) };
        let ends: Vec<Ended> = map(problem.threads, count, |k| grid.run(k * STRIDE % grid.starts()));
        let fit = grid.best(&ends).ok_or_else(|| FitError::NotFinite { who: problem.law.name().to_owned() })?;
        let found = global::fit(problem.law, rows, problem.loss, &Global::default(), seed)?.loss;
        // No search is sure: what any of them found is the optimum.
        let optimum = found.min(fit.loss);
        let limit = optimum * (1.0 + self.reach.unwrap_or(Self::REACH));
        let mut values: Vec<f64> = ends.iter().map(|e| if e.value.is_finite() { e.value } else { f64::INFINITY }).collect();
        values.sort_by(f64::total_cmp);
        let succeeded = values.iter().filter(|v| **v <= limit).count();
        let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
        let starts = Starts { succeeded, tried: count, optimum, best: fit.loss / optimum, median: median / optimum };
        Ok(Solved { fit, starts: Some(starts), start: None })
    }

    /// Through the global search: thousands of starts per resample would only find what it finds.
    fn resample(&self, problem: &Problem<'_>, how: Resampling, seed: u64) -> Result<Vec<Result<Fit, FitError>>, FitError> {
        GlobalSearch::default().resample(problem, how, seed)
    }

    fn takes_pinned(&self) -> bool {
        false
    }
}
