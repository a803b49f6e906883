//! `ladder`: what accuracy will a large model reach, judged by small ones, in two steps?
//!
//! Step one predicts the task's loss from parameters and tokens, step two the accuracy from that loss (Bhagia et al. 2024,
//! arXiv 2412.04403). Beside it stand the step two given the target's true loss (`link-only`), the two steps without the
//! authors' ideal point (`two-step-free`), one power law straight to the error (`one-step`), and no model at all: the
//! accuracy of the small run that cost most (`largest-run`). Accuracies are in points, 0 to 100.

mod series;
mod steps;

use std::collections::BTreeMap;

use curves::CurveSet;
use evaluation::Frame;
use evaluation::stat::quantile;
use fitters::{Fit, FitError};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::Output;
use crate::method::Built;
use crate::protocol::{AskHead, At, Input, Inputs, MOST_REPEATS, Names, Part, Protocol, Shape, Sizes};
use crate::spec::About;
use series::Series;
use steps::{Effort, Rung, at, link, parameters, surface};

/// What is asked; the ask's own source holds the accuracies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LadderSpec {
    /// The source of the task losses.
    pub loss: String,
    /// The covariate that names the run.
    #[serde(default = "run_name")]
    pub run: String,
    /// The covariate that names the measure.
    #[serde(default = "measure_name")]
    pub measure: String,
    /// The covariate that holds the parameters, a count.
    #[serde(default = "params_name")]
    pub params: String,
    /// Tokens in one unit of the resource.
    #[serde(default = "billion")]
    pub unit: f64,
    /// The runs that both laws are fitted on.
    pub small: Vec<String>,
    /// The runs that are predicted, by the name they have in rows.
    pub target: BTreeMap<String, String>,
    /// Checkpoints in a mean: the last ones of step one and of a target, and the window of step two.
    #[serde(default = "five")]
    pub average: usize,
    /// The share of every small run's checkpoints that step two leaves out at the beginning.
    #[serde(default = "tenth")]
    pub skip: f64,
    /// Starts of a fit.
    #[serde(default = "twenty")]
    pub starts: usize,
    /// Resamples of the small runs behind an interval; 0 for none.
    #[serde(default = "hundred")]
    pub resamples: usize,
    /// Confidence of intervals.
    #[serde(default = "usual")]
    pub confidence: f64,
    /// The tasks.
    #[serde(rename = "task")]
    pub tasks: Vec<Task>,
}

/// One task: the measures that are averaged to its accuracy and its loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Task {
    /// Its name in rows.
    pub id: String,
    /// Names of accuracy measures.
    pub accuracy: Vec<String>,
    /// Names of loss measures, in the same order.
    pub loss: Vec<String>,
    /// Weights in the mean; equal when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<f64>,
}

impl Task {
    fn weight(&self, k: usize) -> f64 {
        self.weights.get(k).copied().unwrap_or(1.0)
    }
}

fn run_name() -> String {
    "run".into()
}
fn measure_name() -> String {
    "metric".into()
}
fn params_name() -> String {
    "params".into()
}
fn billion() -> f64 {
    1e9
}
fn five() -> usize {
    5
}
fn tenth() -> f64 {
    0.1
}
fn twenty() -> usize {
    20
}
fn hundred() -> usize {
    100
}
fn usual() -> f64 {
    0.95
}

impl LadderSpec {
    /// What is wrong with it, and how to mend it.
    pub fn check(&self) -> Result<(), String> {
        if self.tasks.is_empty() || self.small.len() < 5 || self.target.is_empty() {
            return Err("ladder needs `task` (at least one), `small` (at least five runs) and `target` (at least one)".into());
        }
        let unit = self.unit > 0.0 && self.unit.is_finite();
        if !unit || !(0.0..1.0).contains(&self.skip) || self.average == 0 || self.starts == 0 {
            return Err("ladder: `unit` must be positive, `skip` from 0 to below 1, `average` and `starts` at least 1".into());
        }
        if self.resamples > MOST_REPEATS || self.starts > MOST_REPEATS {
            return Err(format!("ladder: `resamples` and `starts` are at most {MOST_REPEATS}"));
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(format!("ladder: `confidence` is {}; it must be between 0 and 1", self.confidence));
        }
        let mut seen = std::collections::BTreeSet::new();
        for t in &self.tasks {
            let fits = !t.accuracy.is_empty() && t.accuracy.len() == t.loss.len() && (t.weights.is_empty() || t.weights.len() == t.loss.len());
            if !fits {
                return Err(format!("ladder: task {:?} needs as many `accuracy` as `loss` measures, and `weights` for all or none", t.id));
            }
            if t.weights.iter().any(|w| !(*w > 0.0 && w.is_finite())) {
                return Err(format!("ladder: the weights of task {:?} must be positive", t.id));
            }
            if !seen.insert(&t.id) {
                return Err(format!("ladder: two tasks are called {:?}", t.id));
            }
        }
        Ok(())
    }
}

impl Protocol for LadderSpec {
    // Rises whenever a change of the laws or the fit moves a number, too.
    fn epoch(&self) -> u32 {
        1
    }

    fn check(&self, _: &AskHead, _: &Names<'_>) -> Result<(), String> {
        self.check()
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::Curves), Input::new(&self.loss, Shape::Curves)]
    }

    fn parts(&self, _: &AskHead, _: &Sizes<'_>) -> Vec<Part> {
        Part::pieces(self.tasks.len(), 10.0)
    }

    fn run(&self, part: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        match (inputs.curves(&at.ask.source), inputs.curves(&self.loss)) {
            (Some(accuracy), Some(loss)) => run(at.about, at.ask, self, accuracy, loss, part.range.clone()),
            _ => Output::default(),
        }
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        Some(METHODS.iter().map(|m| (*m).to_owned()).collect())
    }
}

/// The answers, in the order of the rows.
const METHODS: [&str; 5] = ["two-step", "two-step-free", "link-only", "one-step", "largest-run"];

/// Asks for the tasks `range`: rows of view `target` (a prediction each, and the worst over targets) and of view `fit`.
fn run(about: &About, ask: &AskHead, asked: &LadderSpec, accuracy: &CurveSet, loss: &CurveSet, range: std::ops::Range<usize>) -> Output {
    let mut out = Output::default();
    for task in asked.tasks.iter().take(range.end).skip(range.start) {
        let seed = fitters::seed::of(&[&about.seed.to_string(), &ask.source, &ask.id, &task.id]);
        one(ask, asked, task, accuracy, loss, seed, &mut out.rows);
    }
    out
}

/// The fits of one set of rungs.
struct Fits {
    law: Result<Fit, FitError>,
    link: Result<Fit, FitError>,
    free: Result<Fit, FitError>,
    single: Result<Fit, FitError>,
}

impl Fits {
    fn new(rungs: &[Rung], times: &[f64], effort: Effort, seed: u64) -> Self {
        Self {
            law: surface(rungs, times, false, effort, seed),
            link: link(rungs, times, true, effort, seed),
            free: link(rungs, times, false, effort, seed),
            single: surface(rungs, times, true, effort, seed),
        }
    }

    /// The loss and the accuracy (0 to 1) that a method predicts for a target of this size and true loss.
    fn predict(&self, method: &str, size: [f64; 2], loss: f64, largest: f64) -> Result<(Option<f64>, f64), String> {
        let word = |e: &FitError| e.word().to_owned();
        let (predicted_loss, accuracy) = match method {
            "largest-run" => (None, largest),
            "one-step" => (None, 1.0 - at(self.single.as_ref().map_err(word)?, &size)),
            "link-only" => (None, at(self.link.as_ref().map_err(word)?, &[loss])),
            _ => {
                let loss = at(self.law.as_ref().map_err(word)?, &size);
                let second = if method == "two-step" { &self.link } else { &self.free };
                (Some(loss), at(second.as_ref().map_err(word)?, &[loss]))
            }
        };
        if accuracy.is_finite() { Ok((predicted_loss, accuracy)) } else { Err("not-finite".into()) }
    }
}

fn one(ask: &AskHead, asked: &LadderSpec, task: &Task, accuracy: &CurveSet, loss: &CurveSet, seed: u64, rows: &mut Frame) {
    let mut rungs = Vec::with_capacity(asked.small.len());
    for name in &asked.small {
        match Series::read(asked, task, name, accuracy, loss) {
            Ok(s) => rungs.push(Rung::of(&s, asked.average, asked.skip)),
            // A run that is missing is a row of its own, and the fit goes on without it.
            Err(word) => push(rows, ask, "fit", "each", &task.id, name, "small-run", "", word, &[]),
        }
    }
    let fits = Fits::new(&rungs, &vec![1.0; rungs.len()], Effort { law: asked.starts, link: asked.starts.min(6) }, seed);
    for (method, fit) in
        [("loss-from-size", &fits.law), ("accuracy-from-loss", &fits.link), ("accuracy-from-loss-free", &fits.free), ("error-from-size", &fits.single)]
    {
        match fit {
            Ok(f) => {
                let mut numbers: Vec<(&str, Option<f64>)> = parameters(f).map(|(n, v)| (n, Some(v))).collect();
                numbers.extend([("objective", Some(f.loss)), ("agreeing", Some(f.agreeing.0 as f64)), ("starts", Some(f.agreeing.1 as f64))]);
                push(rows, ask, "fit", "all", &task.id, "", method, f.status.name(), "ok", &numbers);
            }
            Err(e) => push(rows, ask, "fit", "all", &task.id, "", method, "", e.word(), &[]),
        }
    }
    let redrawn = resampled(asked, &rungs, seed);
    // Six FLOP a parameter and token: what a run cost.
    let largest = rungs.iter().max_by(|a, b| (a.size[0] * a.size[1]).total_cmp(&(b.size[0] * b.size[1]))).map_or(f64::NAN, |r| r.end[1]);
    let mut worst: BTreeMap<&str, (f64, bool)> = BTreeMap::new();
    for (name, run) in &asked.target {
        let series = Series::read(asked, task, run, accuracy, loss);
        for method in METHODS {
            let entry = worst.entry(method).or_insert((0.0, true));
            let found = series.as_ref().map_err(|w| (*w).to_owned()).and_then(|s| {
                let (tokens, true_loss, truth) = s.end(asked.average);
                let size = [s.params, tokens];
                let (predicted_loss, value) = fits.predict(method, size, true_loss, largest)?;
                let draws: Vec<f64> = redrawn.iter().filter_map(|f| f.predict(method, size, true_loss, largest).ok()).map(|(_, v)| 100.0 * v).collect();
                Ok((predicted_loss, 100.0 * value, true_loss, 100.0 * truth, draws))
            });
            match found {
                Ok((predicted_loss, predicted, true_loss, actual, draws)) => {
                    let off = predicted - actual;
                    entry.0 = entry.0.max(off.abs());
                    // An interval from few of the resamples would be one of the easy ones.
                    let enough = method != "largest-run" && asked.resamples > 0 && 2 * draws.len() >= asked.resamples;
                    let ends = [0.5 * (1.0 - asked.confidence), 0.5 * (1.0 + asked.confidence)].map(|p| if enough { quantile(&draws, p) } else { None });
                    let covered = ends[0].zip(ends[1]).map(|(low, high)| f64::from(u8::from((low..=high).contains(&actual))));
                    let numbers = [
                        ("predicted", Some(predicted)),
                        ("actual", Some(actual)),
                        ("error", Some(off)),
                        ("absolute-error", Some(off.abs())),
                        ("relative-error", (actual != 0.0).then(|| 100.0 * off.abs() / actual.abs())),
                        ("low", ends[0]),
                        ("high", ends[1]),
                        ("covered", covered),
                        ("predicted-loss", predicted_loss),
                        ("actual-loss", Some(true_loss)),
                        ("resamples", Some(draws.len() as f64)),
                    ];
                    push(rows, ask, "target", "each", &task.id, name, method, "", "ok", &numbers);
                }
                Err(word) => {
                    entry.1 = false;
                    push(rows, ask, "target", "each", &task.id, name, method, "", &word, &[]);
                }
            }
        }
    }
    for method in METHODS {
        if let Some((error, whole)) = worst.get(method) {
            let status = if *whole { "ok" } else { "incomplete" };
            push(rows, ask, "target", "all", &task.id, "worst", method, "", status, &[("absolute-error", whole.then_some(*error))]);
        }
    }
}

/// Fits on resampled small runs: a run is drawn whole, because its checkpoints are no independent observations.
fn resampled(asked: &LadderSpec, rungs: &[Rung], seed: u64) -> Vec<Fits> {
    if rungs.is_empty() {
        return Vec::new();
    }
    let mut rng = Pcg64::seed_from_u64(fitters::seed::of(&[&seed.to_string(), "resamples"]));
    (0..asked.resamples)
        .map(|k| {
            let mut times = vec![0.0; rungs.len()];
            for _ in 0..rungs.len() {
                times[rng.random_range(0..rungs.len())] += 1.0;
            }
            Fits::new(rungs, &times, Effort { law: 3, link: 1 }, fitters::seed::of(&[&seed.to_string(), &k.to_string()]))
        })
        .collect()
}

#[expect(clippy::too_many_arguments, reason = "one row: what it is about, how it went, and its numbers")]
fn push(
    rows: &mut Frame,
    ask: &AskHead,
    view: &str,
    level: &str,
    task: &str,
    model: &str,
    method: &str,
    outcome: &str,
    status: &str,
    numbers: &[(&str, Option<f64>)],
) {
    let keys = [
        ("ask", ask.id.as_str()),
        ("source", &ask.source),
        ("view", view),
        ("status", status),
        ("level", level),
        ("model", model),
        ("task", task),
        ("method", method),
        ("outcome", outcome),
    ];
    let finite: Vec<(&str, Option<f64>)> = numbers.iter().map(|(n, v)| (*n, v.filter(|v| v.is_finite()))).collect();
    rows.push_row(&keys, &finite);
}

#[cfg(test)]
mod tests;
