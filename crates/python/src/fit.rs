//! `fit`: a law on one's own runs.

mod found;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use curvecast::solver::GlobalSearch;
use curvecast::{Error, FitOptions, FitResult, IntervalMethod, Loss, Warning};
use pyo3::prelude::*;

use self::found::Found;
use self::rows::Rows;
use crate::said;

/// The methods of intervals.
const INTERVALS: [IntervalMethod; 3] = [IntervalMethod::Bootstrap, IntervalMethod::Laplace, IntervalMethod::Profile];

/// The options of a fit, as Python has them.
#[derive(FromPyObject)]
pub(crate) struct Options {
    #[pyo3(item)]
    law: String,
    #[pyo3(item)]
    objective: String,
    #[pyo3(item)]
    delta: f64,
    #[pyo3(item)]
    starts: usize,
    #[pyo3(item)]
    pinned: BTreeMap<String, f64>,
    #[pyo3(item)]
    intervals: Vec<String>,
    #[pyo3(item)]
    confidence: f64,
    #[pyo3(item)]
    resamples: usize,
    #[pyo3(item)]
    keep: usize,
    #[pyo3(item)]
    predict: Vec<BTreeMap<String, f64>>,
    #[pyo3(item)]
    budgets: Vec<f64>,
    #[pyo3(item)]
    flop_per: f64,
    #[pyo3(item)]
    slack: f64,
    #[pyo3(item)]
    seed: u64,
}

impl Options {
    fn build(self) -> Result<FitOptions, Error> {
        Ok(FitOptions {
            loss: objective(&self.objective, self.delta)?,
            law: self.law,
            solver: Arc::new(GlobalSearch { starts: self.starts, ..GlobalSearch::default() }),
            pinned: self.pinned,
            intervals: self.intervals.iter().map(|name| interval(name)).collect::<Result<Vec<_>, _>>()?,
            confidence: self.confidence,
            resamples: self.resamples,
            keep: self.keep,
            predict: self.predict,
            budgets: self.budgets,
            flop_per: self.flop_per,
            slack: self.slack,
            seed: self.seed,
            watch: None,
        })
    }
}

/// Fits a law to runs.
#[pyfunction]
pub(crate) fn fit(py: Python<'_>, rows: Rows, options: Options) -> PyResult<Found> {
    let asked = move || -> Result<(FitResult, Vec<Warning>), Error> {
        let (runs, mut warnings) = rows.build(&options.law)?;
        let found = curvecast::fit(&runs, &options.build()?)?;
        warnings.extend(found.warnings.iter().cloned());
        Ok((found, warnings))
    };
    let (found, warnings) = py.detach(asked).map_err(said::error)?;
    Ok(Found::of(&found, &warnings))
}

/// What is minimised, by its word.
fn objective(word: &str, delta: f64) -> Result<Loss, Error> {
    match word {
        "log-huber" => Ok(Loss::LogHuber { delta }),
        "log-squares" => Ok(Loss::LogSquares),
        "squares" => Ok(Loss::Squares),
        "huber" => Ok(Loss::Huber { delta }),
        other => Err(Error::Option(format!("the objective is {other:?}; it is \"log-huber\", \"log-squares\", \"squares\" or \"huber\""))),
    }
}

/// A method of intervals by its word.
fn interval(word: &str) -> Result<IntervalMethod, Error> {
    INTERVALS.into_iter().find(|m| m.name() == word).ok_or_else(|| {
        let there: Vec<&str> = INTERVALS.iter().map(|m| m.name()).collect();
        Error::Option(format!("no method of intervals is called {word:?} (there are {})", there.join(", ")))
    })
}
