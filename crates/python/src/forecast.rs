//! `forecast`: how a curve goes on.

use curvecast::{Error, ForecastResult, Level};
use pyo3::prelude::*;

use crate::options::Options;
use crate::said;
use crate::series::Points;

/// Forecasts a curve at resource values beyond its last one.
#[pyfunction]
pub(crate) fn forecast(py: Python<'_>, points: Points, at: Vec<f64>, options: Options) -> PyResult<Found> {
    let asked = move || -> Result<ForecastResult, Error> {
        let options = options.build()?;
        curvecast::forecast(&points.series(), &at, &options)
    };
    py.detach(asked).map(Found::from).map_err(said::error)
}

/// The forecast of a curve.
#[derive(IntoPyObject)]
pub(crate) struct Found {
    points: Vec<Point>,
    seen: usize,
    last: f64,
    measure: Measure,
    target: Option<Target>,
    warnings: Vec<String>,
    notes: Vec<String>,
}

/// The forecast at one place.
#[derive(IntoPyObject)]
pub(crate) struct Point {
    at: f64,
    median: Option<f64>,
    quantiles: Vec<Quantile>,
    shares: Vec<Share>,
}

#[derive(IntoPyObject)]
struct Quantile {
    level: f64,
    value: Option<f64>,
}

#[derive(IntoPyObject)]
struct Share {
    name: String,
    says: String,
    weight: f64,
    error: Option<f64>,
}

/// What is known of a measure.
#[derive(IntoPyObject)]
struct Measure {
    better: String,
    told: bool,
    low: Option<f64>,
    high: Option<f64>,
    percent: bool,
}

/// How likely a target is reached, and when.
#[derive(IntoPyObject)]
struct Target {
    target: f64,
    seen_at: Option<f64>,
    probabilities: Vec<(f64, f64)>,
    median: Option<f64>,
    reached_at: Vec<Quantile>,
    within: f64,
    reached: f64,
}

impl From<ForecastResult> for Found {
    fn from(found: ForecastResult) -> Self {
        Self {
            points: found.points.into_iter().map(Point::from).collect(),
            seen: found.seen,
            last: found.last,
            measure: Measure::from(found.measure),
            target: found.target.map(Target::from),
            warnings: said::at(Level::Warning, &found.warnings),
            notes: said::at(Level::Note, &found.warnings),
        }
    }
}

impl From<curvecast::PointForecast> for Point {
    fn from(found: curvecast::PointForecast) -> Self {
        let share = |s: &curvecast::Share| Share { name: s.name.to_owned(), says: s.says.to_owned(), weight: s.weight, error: s.error };
        Self {
            at: found.at,
            median: found.median,
            quantiles: found.quantiles.into_iter().map(Quantile::from).collect(),
            shares: found.shares.iter().map(share).collect(),
        }
    }
}

impl From<curvecast::Quantile> for Quantile {
    fn from(q: curvecast::Quantile) -> Self {
        Self { level: q.level, value: q.value }
    }
}

impl From<curvecast::TargetResult> for Target {
    fn from(found: curvecast::TargetResult) -> Self {
        Self {
            target: found.target,
            seen_at: found.seen_at,
            probabilities: found.probabilities,
            median: found.median,
            reached_at: found.reached_at.into_iter().map(Quantile::from).collect(),
            within: found.within,
            reached: found.reached,
        }
    }
}

impl From<curvecast::Measure> for Measure {
    fn from(found: curvecast::Measure) -> Self {
        Self {
            better: said::better(found.better).to_owned(),
            told: found.told,
            low: said::finite(found.low),
            high: said::finite(found.high),
            percent: found.percent,
        }
    }
}
