//! `fixed`: parameters that somebody else found. Nothing is fitted; the loss there is what is told.

use std::collections::BTreeMap;

use models::Law;
use serde::{Deserialize, Serialize};

use super::{Solver, nothing_pinned};
use crate::{Fit, FitError, Loss, Problem, Solved, Status, by_name};

/// The parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fixed {
    /// Parameter → value. Every parameter is needed, here or in `start-ln`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start: BTreeMap<String, f64>,
    /// The same as natural logarithms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start_ln: BTreeMap<String, f64>,
}

impl Fixed {
    /// Its name.
    pub const NAME: &'static str = "fixed";

    fn theta(&self, law: &dyn Law) -> Result<Vec<f64>, FitError> {
        let given = by_name::parameters(law, &self.start, &self.start_ln)?;
        let whole = law.params().iter().zip(given).map(|(p, value)| {
            value.ok_or_else(|| FitError::Setting(format!("the solver `fixed` needs every parameter in `start`, and `{}` is not there", p.name)))
        });
        whole.collect()
    }
}

impl Solver for Fixed {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn check(&self, law: &dyn Law, _: Loss) -> Result<(), FitError> {
        self.theta(law).map(|_| ())
    }

    fn solve(&self, problem: &Problem<'_>, _: u64) -> Result<Solved, FitError> {
        nothing_pinned(self, problem)?;
        let theta = self.theta(problem.law)?;
        problem.loss.check(&problem.samples)?;
        let loss = problem.total(&theta)?;
        Ok(Fit { law: problem.law, theta, loss, status: Status::Converged, evaluations: 1, agreeing: (1, 1) }.into())
    }

    fn minimises(&self) -> bool {
        false
    }

    fn takes_pinned(&self) -> bool {
        false
    }
}
