//! `global`: the global optimum, by variable projection where the law is a sum, else from many seeded starts.

use models::Law;
use serde::{Deserialize, Serialize};

use super::{Resampling, Solver};
use crate::interval::bootstrap;
use crate::threads::map;
use crate::{Fit, FitError, Global, Loss, Problem, Separable, Solved, global, large};

/// How hard the global optimum is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GlobalSearch {
    /// Values per exponent on the coarse grid of a law that is a sum; 0 for as many as the number of exponents allows. Default: 0.
    pub grid: usize,
    /// How many of the best cells, or starts, are polished. Default: 6.
    pub keep: usize,
    /// Starts that are drawn for a law that is no sum. Default: 400.
    pub starts: usize,
}

impl Default for GlobalSearch {
    fn default() -> Self {
        let usual = Global::default();
        Self { grid: usual.grid, keep: usual.keep, starts: usual.starts }
    }
}

impl GlobalSearch {
    /// Its name.
    pub const NAME: &'static str = "global";

    fn of(&self, problem: &Problem<'_>) -> Global {
        Global { grid: self.grid, keep: self.keep, starts: self.starts, pinned: problem.pinned.clone() }
    }
}

impl Solver for GlobalSearch {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn check(&self, _: &dyn Law, _: Loss) -> Result<(), FitError> {
        Ok(())
    }

    fn solve(&self, problem: &Problem<'_>, seed: u64) -> Result<Solved, FitError> {
        let Some(part) = large::part(problem)? else {
            return global::fit(problem.law, problem.view()?, problem.loss, &self.of(problem), seed).map(Solved::from);
        };
        let first = global::fit(problem.law, part.problem.view()?, problem.loss, &self.of(problem), seed)?;
        let last = global::fit_from(problem.law, problem.view()?, problem.loss, &problem.pinned, &first.theta)?;
        Ok(Fit { evaluations: first.evaluations + last.evaluations, agreeing: first.agreeing, ..last }.into())
    }

    /// Through the global search again, so that several optima show; started at the estimate they would be hidden.
    fn resample(&self, problem: &Problem<'_>, how: Resampling, seed: u64) -> Result<Vec<Result<Fit, FitError>>, FitError> {
        let rows = problem.view()?;
        let base = rows.weights();
        if Separable::knows(problem.law) && !problem.is_pinned() {
            let separable = Separable::of(problem.law, rows, problem.loss, self.grid)?;
            return Ok(map(problem.threads, how.count, |k| bootstrap::resample(&separable, base, &problem.runs, how.keep, seed, k)));
        }
        // A tenth of the starts: a resample's optimum lies near one that the fit itself has looked at.
        let all = self.of(problem);
        let again = Global { keep: how.keep, starts: all.starts.div_ceil(10).max(20), ..all };
        Ok(map(problem.threads, how.count, |k| -> Result<Fit, FitError> {
            let weighted = problem.with_weights(bootstrap::weights(base, &problem.runs, seed, k)?)?;
            let rows = weighted.view()?;
            global::fit(problem.law, rows, problem.loss, &again, crate::seed::of(&["resample", &seed.to_string(), &k.to_string()]))
        }))
    }
}
