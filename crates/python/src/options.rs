//! The options that every forecast has.

use curvecast::{Better, Earlier, Error, ForecastOptions, Method};
use pyo3::prelude::*;

use crate::series::Points;

/// The options of a forecast, as Python has them.
#[derive(FromPyObject)]
pub(crate) struct Options {
    #[pyo3(item)]
    better: Option<String>,
    #[pyo3(item)]
    bounds: Option<(f64, f64)>,
    #[pyo3(item)]
    method: String,
    #[pyo3(item)]
    levels: Vec<f64>,
    #[pyo3(item)]
    target: Option<f64>,
    #[pyo3(item)]
    seed: u64,
    #[pyo3(item)]
    keep_first: bool,
    #[pyo3(item)]
    schedule: Option<Vec<f64>>,
    #[pyo3(item)]
    earlier: Vec<(Points, Option<Vec<f64>>)>,
}

impl Options {
    /// The façade's options.
    pub(crate) fn build(self) -> Result<ForecastOptions, Error> {
        Ok(ForecastOptions {
            method: Method::named(&self.method)?,
            better: self.better.as_deref().map(better).transpose()?,
            bounds: self.bounds,
            levels: self.levels,
            target: self.target,
            seed: self.seed,
            keep_first: self.keep_first,
            schedule: self.schedule,
            earlier: self.earlier.into_iter().map(|(points, schedule)| Earlier { series: points.series(), schedule }).collect(),
        })
    }
}

/// A direction by its word.
fn better(word: &str) -> Result<Better, Error> {
    match word {
        "lower" => Ok(Better::Lower),
        "higher" => Ok(Better::Higher),
        other => Err(Error::Option(format!("better is {other:?}; it is \"lower\", \"higher\", or None where name and values tell"))),
    }
}
