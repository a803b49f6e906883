//! `decide`: should a run be stopped?

use curvecast::decide::Decision;
use curvecast::{DecideOptions, Error, Level};
use pyo3::prelude::*;

use crate::forecast::Point;
use crate::options::Options;
use crate::said;
use crate::series::Points;

/// What a run is held against, as Python has it.
#[derive(FromPyObject)]
pub(crate) struct Against {
    #[pyo3(item)]
    at: f64,
    #[pyo3(item)]
    best: f64,
    #[pyo3(item)]
    below: f64,
    #[pyo3(item)]
    min_points: usize,
}

/// Should a run be stopped?
#[pyfunction]
pub(crate) fn decide(py: Python<'_>, points: Points, against: Against, options: Options) -> PyResult<Found> {
    let asked = move || -> Result<Decision, Error> {
        let Against { at, best, below, min_points } = against;
        let options = DecideOptions { at, best, below, min_points, forecast: options.build()? };
        curvecast::decide::decide(&points.series(), &options)
    };
    py.detach(asked).map(Found::from).map_err(said::error)
}

/// A decision.
#[derive(IntoPyObject)]
pub(crate) struct Found {
    stop: bool,
    ground: String,
    p_better: Option<f64>,
    forecast: Option<Point>,
    reason: String,
    seen: usize,
    last: f64,
    value: Option<f64>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

impl From<Decision> for Found {
    fn from(found: Decision) -> Self {
        Self {
            stop: found.stop,
            ground: found.ground.word().to_owned(),
            p_better: found.p_better,
            forecast: found.forecast.map(Point::from),
            reason: found.reason,
            seen: found.seen,
            last: found.last,
            value: found.value,
            warnings: said::at(Level::Warning, &found.warnings),
            notes: said::at(Level::Note, &found.warnings),
        }
    }
}
