//! `simulate`: what stopping would have saved on recorded runs.

use curvecast::simulate::{Policy, PolicyResult};
use curvecast::{Error, Series, SimulateOptions, SimulateResult};
use pyo3::prelude::*;

use crate::options::Options;
use crate::said;
use crate::series::Points;

/// What is replayed, as Python has it.
#[derive(FromPyObject)]
pub(crate) struct Replay {
    #[pyo3(item)]
    policies: Option<Vec<String>>,
    #[pyo3(item)]
    at: Option<f64>,
    #[pyo3(item)]
    below: f64,
    #[pyo3(item)]
    min_points: usize,
    #[pyo3(item)]
    looks: usize,
    #[pyo3(item)]
    top: f64,
    #[pyo3(item)]
    orders: usize,
    #[pyo3(item)]
    seed: u64,
}

impl Replay {
    fn build(self, options: Options) -> Result<SimulateOptions, Error> {
        let policies = match self.policies {
            Some(names) => names.iter().map(|name| Policy::named(name)).collect::<Result<Vec<_>, _>>()?,
            None => Policy::usual(),
        };
        Ok(SimulateOptions {
            policies,
            at: self.at,
            below: self.below,
            min_points: self.min_points,
            looks: self.looks,
            top: self.top,
            orders: self.orders,
            seed: self.seed,
            forecast: options.build()?,
            watch: None,
        })
    }
}

/// Replays recorded runs under policies.
#[pyfunction]
pub(crate) fn simulate(py: Python<'_>, runs: Vec<(String, Points)>, replay: Replay, options: Options) -> PyResult<Found> {
    let asked = move || -> Result<SimulateResult, Error> {
        let runs: Vec<(String, Series)> = runs.into_iter().map(|(name, points)| (name, points.series())).collect();
        curvecast::simulate(&runs, &replay.build(options)?)
    };
    py.detach(asked).map(Found::from).map_err(said::error)
}

/// What a replay has shown.
#[derive(IntoPyObject)]
pub(crate) struct Found {
    runs: usize,
    points: usize,
    top: usize,
    best: f64,
    winner: String,
    better: String,
    at: f64,
    orders: usize,
    policies: Vec<Replayed>,
}

/// What a policy would have done.
#[derive(IntoPyObject)]
struct Replayed {
    policy: String,
    points: f64,
    saved: f64,
    best: f64,
    regret: f64,
    worst: f64,
    stopped: f64,
    killed: f64,
    failed: usize,
}

impl From<SimulateResult> for Found {
    fn from(found: SimulateResult) -> Self {
        Self {
            runs: found.runs,
            points: found.points,
            top: found.top,
            best: found.best,
            winner: found.winner,
            better: said::better(found.better).to_owned(),
            at: found.at,
            orders: found.orders,
            policies: found.policies.into_iter().map(Replayed::from).collect(),
        }
    }
}

impl From<PolicyResult> for Replayed {
    fn from(found: PolicyResult) -> Self {
        Self {
            policy: found.policy,
            points: found.points,
            saved: found.saved,
            best: found.best,
            regret: found.regret,
            worst: found.worst,
            stopped: found.stopped,
            killed: found.killed,
            failed: found.failed,
        }
    }
}
