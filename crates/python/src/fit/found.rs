//! What a fit found, as Python has it.

use std::collections::BTreeMap;

use curvecast::{FitResult, Level, Warning};
use pyo3::prelude::*;

use crate::said;

/// A fit.
#[derive(IntoPyObject)]
pub(crate) struct Found {
    law: String,
    loss: f64,
    status: String,
    agreeing: (usize, usize),
    rows: usize,
    runs: usize,
    free: usize,
    parameters: Vec<Parameter>,
    predictions: Vec<Prediction>,
    optima: Vec<Optimum>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

#[derive(IntoPyObject)]
struct Parameter {
    name: String,
    value: f64,
    pinned: bool,
    intervals: Vec<(String, Option<Interval>)>,
}

#[derive(IntoPyObject)]
struct Prediction {
    inputs: BTreeMap<String, f64>,
    loss: Estimate,
}

#[derive(IntoPyObject)]
struct Optimum {
    budget: f64,
    params: Estimate,
    tokens: Estimate,
    ratio: Estimate,
    loss: Estimate,
}

#[derive(IntoPyObject)]
struct Estimate {
    value: f64,
    interval: Option<Interval>,
    near: Option<(f64, f64)>,
}

#[derive(IntoPyObject)]
struct Interval {
    low: Option<f64>,
    high: Option<f64>,
    confidence: f64,
    se: Option<f64>,
}

impl Found {
    /// The fit, with everything that has to be said of it and its rows.
    pub(super) fn of(found: &FitResult, said: &[Warning]) -> Self {
        let parameter = |p: &curvecast::Parameter| Parameter {
            name: p.name.to_owned(),
            value: p.value,
            pinned: p.pinned,
            intervals: p.intervals.iter().map(|(method, found)| (method.name().to_owned(), found.map(Interval::from))).collect(),
        };
        let prediction = |p: &curvecast::Prediction| Prediction { inputs: p.inputs.clone(), loss: Estimate::from(p.loss) };
        let optimum = |o: &curvecast::Optimum| Optimum {
            budget: o.budget,
            params: Estimate::from(o.params),
            tokens: Estimate::from(o.tokens),
            ratio: Estimate::from(o.ratio),
            loss: Estimate::from(o.loss),
        };
        Self {
            law: found.fit.law.name().to_owned(),
            loss: found.fit.loss,
            status: found.fit.status.name().to_owned(),
            agreeing: found.fit.agreeing,
            rows: found.rows,
            runs: found.runs,
            free: found.free,
            parameters: found.parameters.iter().map(parameter).collect(),
            predictions: found.predictions.iter().map(prediction).collect(),
            optima: found.optima.iter().map(optimum).collect(),
            warnings: said::at(Level::Warning, said),
            notes: said::at(Level::Note, said),
        }
    }
}

impl From<curvecast::Estimate> for Estimate {
    fn from(e: curvecast::Estimate) -> Self {
        Self { value: e.value, interval: e.interval.map(Interval::from), near: e.near }
    }
}

impl From<curvecast::Interval> for Interval {
    fn from(i: curvecast::Interval) -> Self {
        Self { low: said::finite(i.low), high: said::finite(i.high), confidence: i.level, se: said::finite(i.se) }
    }
}
