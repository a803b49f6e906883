//! `curve-fit`: where SciPy's `curve_fit` with bounds stops from one start: the trust-region reflective method with its
//! default tolerances.

use std::collections::BTreeMap;

use models::Law;
use serde::{Deserialize, Serialize};

use super::Solver;
use crate::trust_region::{self, Form, Stop};
use crate::{FitError, Loss, Problem, Solved, by_name};

/// Where the search starts, and which parameters move as logarithms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CurveFit {
    /// Parameter → value; it moves as itself, within its domain. Default: the literature's start of every parameter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start: BTreeMap<String, f64>,
    /// The same as natural logarithms; these parameters move as logarithms too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start_ln: BTreeMap<String, f64>,
}

impl CurveFit {
    /// Its name.
    pub const NAME: &'static str = "curve-fit";

    /// As what each parameter moves.
    fn forms(&self, law: &dyn Law) -> Vec<Form> {
        law.params().iter().map(|p| if self.start_ln.contains_key(p.name) { Form::Logarithm } else { Form::Value }).collect()
    }
}

impl Solver for CurveFit {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn check(&self, law: &dyn Law, loss: Loss) -> Result<(), FitError> {
        if !matches!(loss, Loss::Squares | Loss::LogSquares) {
            return Err(FitError::Setting("the solver `curve-fit` is for the losses squares and log-squares".to_owned()));
        }
        by_name::start(law, &self.start, &self.start_ln).map(|_| ())
    }

    fn solve(&self, problem: &Problem<'_>, _: u64) -> Result<Solved, FitError> {
        let start = by_name::start(problem.law, &self.start, &self.start_ln)?;
        let forms = self.forms(problem.law);
        let fit = trust_region::fit(problem.law, problem.view()?, problem.loss, &problem.pinned, &start, &forms, Stop::default())?;
        Ok(Solved { start: Some(start), ..fit.into() })
    }
}
