//! `su-three-stage`: the constants of `critical_batch` in three steps, as Su et al. take them.

use models::surface::critical_batch::CriticalBatch;
use models::{Formula, Law};
use serde::{Deserialize, Serialize};

use super::{Solver, nothing_pinned};
use crate::critical_batch::{self, Stages};
use crate::{Fit, FitError, Loss, Problem, Solved};

/// What the three steps take from their user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SuThreeStage {
    /// Runs of at least so many steps are converged. It has to be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converged: Option<f64>,
    /// Losses at which the batches of a size are compared: 2 to 10,000. Default: 10.
    pub levels: usize,
}

impl Default for SuThreeStage {
    fn default() -> Self {
        Self { converged: None, levels: 10 }
    }
}

impl SuThreeStage {
    /// Its name.
    pub const NAME: &'static str = "su-three-stage";
}

impl Solver for SuThreeStage {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn check(&self, law: &dyn Law, _: Loss) -> Result<(), FitError> {
        let stages = self.converged.is_some_and(|c| c > 0.0) && (2..=10_000).contains(&self.levels);
        if law.name() == CriticalBatch::NAME && stages {
            return Ok(());
        }
        Err(FitError::Setting(format!(
            "the solver `su-three-stage` is for the law {} and needs `converged` (steps, above 0) and 2 to 10,000 `levels`",
            CriticalBatch::NAME
        )))
    }

    fn solve(&self, problem: &Problem<'_>, seed: u64) -> Result<Solved, FitError> {
        self.check(problem.law, problem.loss)?;
        nothing_pinned(self, problem)?;
        let how = Stages { converged: self.converged.unwrap_or(f64::INFINITY), levels: self.levels };
        let found = critical_batch::fit(problem.view()?, how, problem.loss, seed)?;
        let loss = problem.total(&found.theta)?;
        let (status, evaluations, agreeing) = (found.last.status, found.last.evaluations, found.last.agreeing);
        Ok(Fit { law: problem.law, theta: found.theta, loss, status, evaluations, agreeing }.into())
    }

    fn minimises(&self) -> bool {
        false
    }

    fn takes_pinned(&self) -> bool {
        false
    }
}
