//! `local`: the optimum that one start leads to. For recipes of papers that have one start, and for laws most of whose
//! parameters are held.

use std::collections::BTreeMap;

use models::Law;
use serde::{Deserialize, Serialize};

use super::Solver;
use crate::{FitError, Loss, Problem, Solved, by_name, global};

/// Where the search starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Local {
    /// Parameter → value. Default: the literature's start of every parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start: BTreeMap<String, f64>,
    /// The same as natural logarithms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start_ln: BTreeMap<String, f64>,
}

impl Local {
    /// Its name.
    pub const NAME: &'static str = "local";
}

impl Solver for Local {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn check(&self, law: &dyn Law, _: Loss) -> Result<(), FitError> {
        by_name::start(law, &self.start, &self.start_ln).map(|_| ())
    }

    fn solve(&self, problem: &Problem<'_>, _: u64) -> Result<Solved, FitError> {
        let start = by_name::start(problem.law, &self.start, &self.start_ln)?;
        let fit = global::fit_from(problem.law, problem.view()?, problem.loss, &problem.pinned, &start)?;
        Ok(Solved { start: Some(start), ..fit.into() })
    }
}
