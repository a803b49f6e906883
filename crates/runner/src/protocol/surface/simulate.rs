//! `[[ask.surface.simulate]]`, view `coverage`: do intervals hold the truth as often as they say, when runs err as a whole?

use std::collections::BTreeMap;

use curves::runs::{Filter, RunTable};
use fitters::intervals::{Intervals, Quantity};
use fitters::{FitError, IntervalMethod, Problem};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::{Data, Trouble};
use super::interval_settings;
use super::problem::of_rows;
use super::rows::{FitRows, OK, RowKey, flag};
use super::schedule::schedules;
use super::settings::{FitOf, LossOf, Recipe, of_parameters};
use super::spec::SurfaceSpec;
use crate::protocol::AskHead;

/// Losses drawn from a law with known parameters on the rows' design, fitted again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Simulate {
    /// Its name: the `method` column.
    pub id: String,
    /// A law by name.
    pub law: String,
    /// All of its parameters.
    pub truth: BTreeMap<String, f64>,
    /// What is minimised. Default: log-huber.
    #[serde(default)]
    pub loss: LossOf,
    /// Where a Huber loss turns linear. Default: 0.001.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Standard deviation of ln loss that all rows of a run share.
    pub run_noise: f64,
    /// Standard deviation of ln loss of each row by itself.
    pub row_noise: f64,
    /// How often. Default: 100.
    #[serde(default = "hundred")]
    pub repeats: usize,
    /// Which intervals.
    pub intervals: Vec<IntervalMethod>,
    /// Which of the ask's rows.
    #[serde(default)]
    pub rows: Filter,
}

fn hundred() -> usize {
    100
}

impl Simulate {
    /// As a fit, whose `given` parameters are the truth.
    pub(super) fn fit(&self) -> FitOf {
        FitOf {
            id: self.id.clone(),
            law: self.law.clone(),
            loss: self.loss,
            delta: self.delta,
            start: self.truth.clone(),
            intervals: self.intervals.clone(),
            rows: self.rows.clone(),
            ..FitOf::default()
        }
    }

    pub(super) fn check(&self, inputs: &BTreeMap<String, String>) -> Result<(), String> {
        FitOf { recipe: Recipe::Given, intervals: Vec::new(), ..self.fit() }.check(inputs)?;
        let sound = |v: f64| v >= 0.0 && v.is_finite();
        if !sound(self.run_noise) || !sound(self.row_noise) || self.intervals.is_empty() {
            return Err("run-noise and row-noise are 0 or more, and there is at least one of `intervals`".into());
        }
        Ok(())
    }
}

/// One simulation, on the design of the ask's rows, whatever their group.
pub(super) fn run(ask: &AskHead, asked: &SurfaceSpec, how: &Simulate, table: &RunTable, seed: &str, out: &mut FitRows<'_>) {
    let place = RowKey { method: &how.id, law: &how.law, ..RowKey::default() };
    let trouble = |t: Trouble| (t.word, t.what);
    let setting = |e: fitters::FitError| (e.word(), e.to_string());
    let mut made = || -> Result<(), (&'static str, String)> {
        let fit = how.fit();
        let law = fit.law().map_err(|e| ("bad-setting", e))?;
        let data = Data::read(asked, &fit.inputs, table).map_err(trouble)?;
        let rows = asked.rows.kept(&data, &(0..table.len()).collect::<Vec<_>>()).and_then(|r| how.rows.kept(&data, &r)).map_err(|e| trouble(e.into()))?;
        let (rows, _) = data.usable(rows, law.inputs());
        let schedules = schedules(asked, &data, law.inputs(), &rows).map_err(trouble)?;
        let problem = of_rows(law, fit.loss(), &data, &schedules, &rows).map_err(setting)?;
        let truth: Vec<f64> = of_parameters(law, &how.truth, &Default::default()).map_err(|e| ("bad-setting", e))?.into_iter().flatten().collect();
        let values = problem.values(&truth).map_err(setting)?;
        let fit = FitOf { start: Default::default(), ..fit };
        // Rows of a repeat are made by itself, so that threads may share the repeats.
        let repeats: Vec<FitRows<'_>> = (0..how.repeats)
            .into_par_iter()
            .map(|k| repeat(ask, asked, how, &fit, &problem, &truth, &values, fitters::seed::of(&[seed, &k.to_string()]), k))
            .collect();
        repeats.into_iter().for_each(|r| out.extend(r));
        Ok(())
    };
    if let Err((word, what)) = made() {
        out.push("coverage", "each", word, &place, &[("parameter", &what)], &[]);
    }
}

#[expect(clippy::too_many_arguments, reason = "one repeat: the question, the truth and its number")]
fn repeat<'a>(
    ask: &'a AskHead,
    asked: &SurfaceSpec,
    how: &Simulate,
    fit: &FitOf,
    problem: &Problem<'_>,
    truth: &[f64],
    values: &[f64],
    seed: u64,
    k: usize,
) -> FitRows<'a> {
    let mut out = FitRows::new(ask);
    let place = RowKey { method: &how.id, law: &how.law, ..RowKey::default() };
    let curve = k.to_string();
    let solver = fit.solver();
    let drawn = problem.with_targets(noisy(how, problem, values, seed)).and_then(|p| solver.solve(&p, seed).map(|s| (p, s)));
    let (problem, solved) = match drawn {
        Ok(found) => found,
        Err(e) => {
            out.push("coverage", "each", e.word(), &place, &[("curve", &curve)], &[]);
            return out;
        }
    };
    let intervals = Intervals::new(&problem, &*solver, &solved.fit, &interval_settings(asked, fit), seed);
    for (name, quantity) in Quantity::of(problem.law) {
        let is = quantity.at(truth);
        for (index, (method, trouble)) in intervals.each().enumerate() {
            let interval = intervals.of(index, quantity);
            let status = trouble.map_or(if interval.is_some() { OK } else { "no-interval" }, FitError::word);
            let numbers = [
                ("truth", Some(is)),
                ("estimate", Some(quantity.at(&solved.fit.theta))),
                ("low", interval.map(|i| i.low)),
                ("high", interval.map(|i| i.high)),
                ("covered", interval.and_then(|i| flag((i.low..=i.high).contains(&is)))),
            ];
            out.push("coverage", "each", status, &place, &[("parameter", &name), ("statistic", method.name()), ("curve", &curve)], &numbers);
        }
    }
    out
}

/// The law's values times e^(what the run shares + what the row has for itself).
fn noisy(how: &Simulate, problem: &Problem<'_>, values: &[f64], seed: u64) -> Vec<f64> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let most = problem.runs.iter().copied().max().unwrap_or(0);
    let shared: Vec<f64> = (0..=most).map(|_| how.run_noise * normal(&mut rng)).collect();
    values.iter().zip(&problem.runs).map(|(v, run)| v * (shared[*run] + how.row_noise * normal(&mut rng)).exp()).collect()
}

/// A standard normal deviate by Box and Muller's transform.
fn normal(rng: &mut Pcg64) -> f64 {
    // 1 − u lies above 0, where the logarithm is finite.
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_normal() {
        let mut rng = Pcg64::seed_from_u64(7);
        let draws: Vec<f64> = (0..20_000).map(|_| normal(&mut rng)).collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|d| d * d).sum::<f64>() / n;
        let inside = draws.iter().filter(|d| d.abs() < 1.644_854).count() as f64 / n;
        // Four standard errors: 1/√n, √(2/n), √(0.09/n).
        assert!(mean.abs() < 0.029 && (variance - 1.0).abs() < 0.04 && (inside - 0.9).abs() < 0.009, "{mean} {variance} {inside}");
    }
}
