//! `use = "…"` → a forecaster. One line registers a kind.

use fitters::ensemble::Coordinates;
use fitters::{Ensemble, Forecaster, LeastSquares, LogLinear, Persist, Reading, Search, Smc};
use pfn::Pfn;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::spec::Method;
use crate::toml_file::explain;

/// The kinds a spec may use, with what each is.
pub const KINDS: [(&str, &str); 6] = [
    ("pfn", "a prior-data fitted network: one forward pass"),
    ("ensemble", "affine-invariant ensemble MCMC on a prior's posterior"),
    ("smc", "tempered sequential Monte Carlo on a prior's posterior: the reference"),
    ("least-squares", "laws fitted by multi-start least squares: the best one, and their average"),
    ("persist", "the last value goes on"),
    ("log-linear", "a straight line in ln x through the last quarter"),
];

/// Rises with every change that moves the numbers of a kind; part of a job's key.
fn epoch(kind: &str) -> u32 {
    match kind {
        "pfn" | "ensemble" | "smc" | "least-squares" | "persist" | "log-linear" => 1,
        _ => 0,
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PfnSettings {
    weights: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EnsembleSettings {
    prior: String,
    walkers: usize,
    readings: Vec<Reading>,
    #[serde(default = "four_thousand")]
    draws: usize,
    #[serde(default = "raw")]
    coordinates: Coordinates,
    #[serde(default = "hundred")]
    horizon: usize,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SmcSettings {
    prior: String,
    groups: usize,
    particles: usize,
    sweeps: usize,
    #[serde(default = "tenth_above_one")]
    agree: f64,
    #[serde(default = "one_retry")]
    retries: u32,
    #[serde(default = "hundred")]
    horizon: usize,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LeastSquaresSettings {
    laws: Vec<String>,
    #[serde(default = "four")]
    starts: usize,
    #[serde(default = "forty")]
    patience: usize,
    #[serde(default = "two_hundred")]
    draws: usize,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NoSettings {}

fn four() -> usize {
    4
}
fn forty() -> usize {
    40
}
fn hundred() -> usize {
    100
}
fn tenth_above_one() -> f64 {
    1.1
}
fn one_retry() -> u32 {
    1
}
fn two_hundred() -> usize {
    200
}
fn four_thousand() -> usize {
    4000
}
fn raw() -> Coordinates {
    Coordinates::Raw
}

fn settings<T: DeserializeOwned>(m: &Method, experiment: &str) -> Result<T, RunError> {
    m.with.clone().try_into().map_err(|e: toml::de::Error| wrong(m, experiment, &explain(e.message())))
}

fn wrong(m: &Method, experiment: &str, what: &str) -> RunError {
    RunError::Spec(format!("experiments/{experiment}/spec.toml: method {:?}: {what}", m.id))
}

/// Makes the forecaster a method names. Unknown kinds and settings are answered with the nearest right one.
pub fn build(m: &Method, experiment: &str) -> Result<Box<dyn Forecaster>, RunError> {
    let fail = |e: String| wrong(m, experiment, &e);
    Ok(match m.kind.as_str() {
        "pfn" => {
            let s: PfnSettings = settings(m, experiment)?;
            Box::new(Pfn::shipped(&s.weights).map_err(|e| fail(e.to_string()))?)
        }
        "ensemble" => {
            let s: EnsembleSettings = settings(m, experiment)?;
            let prior = priors::find(&s.prior, s.horizon).map_err(|e| fail(e.to_string()))?;
            let e = Ensemble { prior, walkers: s.walkers, readings: s.readings, draws: s.draws, coordinates: s.coordinates };
            e.check().map_err(|e| fail(e.to_string()))?;
            Box::new(e)
        }
        "smc" => {
            let s: SmcSettings = settings(m, experiment)?;
            let prior = priors::find(&s.prior, s.horizon).map_err(|e| fail(e.to_string()))?;
            let smc = Smc { prior, groups: s.groups, particles: s.particles, sweeps: s.sweeps, agree: s.agree, retries: s.retries };
            smc.check().map_err(|e| fail(e.to_string()))?;
            Box::new(smc)
        }
        "least-squares" => {
            let s: LeastSquaresSettings = settings(m, experiment)?;
            let search = Search { starts: s.starts, patience: s.patience };
            Box::new(LeastSquares::new(&s.laws, search, s.draws).map_err(|e| fail(e.to_string()))?)
        }
        "persist" => settings::<NoSettings>(m, experiment).map(|_| Box::new(Persist))?,
        "log-linear" => settings::<NoSettings>(m, experiment).map(|_| Box::new(LogLinear))?,
        other => {
            let near = curves::nearest(other, KINDS.iter().map(|k| k.0)).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            let known: Vec<&str> = KINDS.iter().map(|k| k.0).collect();
            return Err(fail(format!("no method is called {other:?} (there are {}){near}", known.join(", "))));
        }
    })
}

/// What of a method decides its numbers, as text for a job's key: kind, settings, code epoch, and a network's weights.
pub fn identity(m: &Method) -> String {
    let weights = match (m.kind.as_str(), m.with.get("weights").and_then(toml::Value::as_str)) {
        ("pfn", Some(name)) => Pfn::shipped(name).map(|p| p.fingerprint()).unwrap_or_default(),
        _ => String::new(),
    };
    format!("{} {} {} {weights}", m.kind, epoch(&m.kind), toml::to_string(&m.with).unwrap_or_default())
}

/// The name of one answer in rows.
pub fn answer_name(method: &str, answer: &str) -> String {
    if answer.is_empty() { method.to_owned() } else { format!("{method}-{answer}") }
}
