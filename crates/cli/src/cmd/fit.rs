//! `curvecast fit`: a law on one's own runs.

mod figure;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use curves::Samples;
use fitters::interval::bootstrap::{self, Bootstrap};
use fitters::report::report;
use fitters::{Fit, FitError, Global, Interval, Loss, Rows, Separable, Surface, global};
use models::{At, Law};
use rayon::prelude::*;
use report::{Cell, Column, Table, decimals_for};
use runner::RunError;

use super::assign;
use crate::{OK, Out, output};

/// Options of `fit`.
#[derive(Args, Clone)]
pub struct FitArgs {
    /// A CSV, CSV.gz or Parquet file with a row for every run or checkpoint
    file: PathBuf,
    /// The law (see `curvecast laws`)
    #[arg(long, default_value = "chinchilla")]
    law: String,
    /// Columns of the law's inputs, in its order; or INPUT=COLUMN. Columns of the same names when absent
    #[arg(long, value_delimiter = ',')]
    x: Vec<String>,
    /// The column of the loss
    #[arg(long, default_value = "loss")]
    y: String,
    /// The column that names the run: checkpoints of a run err together. Each row is a run of its own when absent
    #[arg(long)]
    run: Option<String>,
    /// What the loss is counted in
    #[arg(long, default_value = "nats", value_parser = ["nats", "bits", "perplexity"])]
    unit: String,
    /// Inputs that are not counts: params=1e9 for a column in billions
    #[arg(long, value_name = "INPUT=FACTOR,…")]
    scale: Option<String>,
    /// What is minimised
    #[arg(long, default_value = "log-huber", value_parser = ["log-huber", "log-squares", "squares", "huber"])]
    loss: String,
    /// Where a Huber loss turns linear
    #[arg(long, default_value_t = 1e-3)]
    delta: f64,
    /// Parameters that are held: alpha=0.34
    #[arg(long, value_name = "PARAMETER=VALUE,…")]
    pin: Option<String>,
    /// A run to foresee: params=70e9,tokens=1.4e12. May be given several times
    #[arg(long, value_name = "INPUT=VALUE,…")]
    predict: Vec<String>,
    /// Compute in FLOP whose best size and data are asked. May be given several times
    #[arg(long)]
    budget: Vec<f64>,
    /// FLOP per parameter and token
    #[arg(long, default_value_t = 6.0)]
    flop_per: f64,
    /// Resamples of runs behind the intervals; 0 for none
    #[arg(long, default_value_t = 400)]
    resamples: usize,
    /// Confidence of the intervals
    #[arg(long, default_value_t = 0.9)]
    confidence: f64,
    /// Draw the fit, its residuals and IsoFLOP curves into this SVG file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    out: Out,
}

/// A size within this share of the least loss is nearly best.
const SLACK: f64 = 1e-3;
/// Cells of the grid that are polished in a resample.
const KEEP: usize = 4;

/// The rows of a file as a law reads them.
struct Data {
    samples: Samples,
    runs: Vec<usize>,
}

/// Prints parameters, predictions and optima with their intervals.
pub fn run(a: &FitArgs) -> Result<u8, RunError> {
    let law = models::find(&a.law.replace('-', "_")).map_err(|e| RunError::Nothing(e.to_string()))?;
    if law.inputs() == ["step"] {
        return Err(RunError::Nothing(format!("{} reads whole learning-rate schedules; write an experiment with protocol `surface` for it", law.name())));
    }
    let asked: Vec<Vec<f64>> = a.predict.iter().map(|p| inputs_of(law, p)).collect::<Result<_, _>>()?;
    if a.budget.iter().chain([&a.flop_per]).any(|v| !(*v > 0.0 && v.is_finite())) || !(a.confidence > 0.0 && a.confidence < 1.0) {
        return Err(RunError::Nothing("--budget and --flop-per are positive, --confidence lies between 0 and 1".into()));
    }
    let data = read(a, law)?;
    let pinned = pins(a, law)?;
    let loss = match a.loss.as_str() {
        "log-squares" => Loss::LogSquares,
        "squares" => Loss::Squares,
        "huber" => Loss::Huber { delta: a.delta },
        _ => Loss::LogHuber { delta: a.delta },
    };
    let rows = Rows::new(&data.samples);
    let how = Global { pinned, ..Global::default() };
    let fit = global::fit(law, rows, loss, &how, 0).map_err(|e| explain(a, e))?;
    let held = how.pinned.iter().flatten().count();
    eprintln!(
        "{} rows, {} runs; {} of {} parameters free; {}, {} of {} searches agree",
        rows.len(),
        count(&data.runs),
        law.params().len() - held,
        law.params().len(),
        fit.status.name(),
        fit.agreeing.0,
        fit.agreeing.1
    );
    if held == 0 {
        let seen = report(&fit, rows, loss, None).map_err(|e| explain(a, e))?;
        for w in &seen.warnings {
            eprintln!("warning: {w}");
        }
    }
    let spread = resamples(a, &data, loss, &how, &fit);
    let interval = |quantity: &dyn Fn(&[f64]) -> f64| spread.as_ref().and_then(|b| b.interval(quantity, a.confidence).ok());
    let percent = (100.0 * a.confidence).round();
    let mut columns = vec![Column::left("what"), Column::left("name")];
    columns
        .extend(["value".to_owned(), format!("{percent}% low"), format!("{percent}% high"), "near low".to_owned(), "near high".to_owned()].map(Column::right));
    let mut t = Table::new("", columns);
    for (k, p) in law.params().iter().enumerate() {
        let of = |theta: &[f64]| theta.get(k).copied().unwrap_or(f64::NAN);
        let ends = if how.pinned.get(k).is_some_and(Option::is_some) { None } else { interval(&of) };
        t.push(line("parameter", p.name, fit.theta[k], ends, None));
    }
    for (text, x) in a.predict.iter().zip(&asked) {
        let of = |theta: &[f64]| law.eval(&At::at(x), theta);
        t.push(line("prediction", text, of(&fit.theta), interval(&of), None));
    }
    optima(a, &fit, &interval, &mut t).map_err(|e| RunError::Nothing(e.to_string()))?;
    output::print(&t, a.out.format);
    if let Some(path) = &a.plot {
        let figure = figure::draw(&fit, &data.samples, &a.budget, a.flop_per);
        let svg = figure.to_svg().map_err(|e| RunError::Jobs(e.to_string()))?;
        runner::store::write_atomically(path, svg.as_bytes())?;
        eprintln!("drawn: {}", path.display());
    }
    Ok(OK)
}

/// Columns of the file as rows, with what looks wrong said.
fn read(a: &FitArgs, law: &'static dyn Law) -> Result<Data, RunError> {
    let data = |e: String| RunError::Data(format!("{}: {e}", a.file.display()));
    let table = tables::load(&a.file, None).map_err(|e| RunError::Data(e.to_string()))?;
    let numbers = |column: &str| table.numbers(column).map_err(|e| RunError::Data(e.to_string()));
    let columns = columns(a, law, &table.columns())?;
    let factors: BTreeMap<String, f64> = a.scale.as_ref().map_or(Ok(Vec::new()), |s| assign::pairs(s))?.into_iter().collect();
    if let Some(name) = factors.keys().find(|n| !law.inputs().contains(&n.as_str())) {
        return Err(RunError::Nothing(format!("--scale: {} has no input {name:?} (there are {})", law.name(), law.inputs().join(", "))));
    }
    let mut inputs = Vec::new();
    for (input, column) in law.inputs().iter().zip(&columns) {
        let factor = factors.get(*input).copied().unwrap_or(1.0);
        inputs.push(numbers(column)?.into_iter().map(|v| v * factor).collect::<Vec<f64>>());
    }
    let y: Vec<f64> = numbers(&a.y)?
        .into_iter()
        .map(|v| match a.unit.as_str() {
            "bits" => v * std::f64::consts::LN_2,
            "perplexity" => v.ln(),
            _ => v,
        })
        .collect();
    let named = a.run.clone().or_else(|| table.columns().into_iter().find(|c| c == "run"));
    let names = named.map(|c| table.text(&c)).transpose().map_err(|e| RunError::Data(e.to_string()))?;
    let kept: Vec<usize> = (0..y.len()).filter(|&r| y[r].is_finite() && inputs.iter().all(|x| x[r].is_finite())).collect();
    if kept.len() < y.len() {
        eprintln!("warning: {} of {} rows lack a number and are left out", y.len() - kept.len(), y.len());
    }
    // Every power law takes the logarithm of its inputs.
    for ((input, column), x) in law.inputs().iter().zip(&columns).zip(&inputs) {
        if let Some(r) = kept.iter().find(|r| x[**r] <= 0.0) {
            return Err(data(format!("`{column}` is {} in row {}; {input} must be positive", x[*r], r + 1)));
        }
    }
    if let Some(r) = kept.iter().find(|r| y[**r] <= 0.0 && a.loss.starts_with("log")) {
        let say = "a loss in nats or bits is positive: check the column, or fit with --loss squares";
        return Err(data(format!("`{}` is {} in row {}; {say}", a.y, y[*r], r + 1)));
    }
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let runs = kept
        .iter()
        .map(|&r| {
            names.as_ref().map_or(r, |n| {
                let next = places.len();
                *places.entry(n[r].as_str()).or_insert(next)
            })
        })
        .collect();
    guess(a, law, &inputs, &y, &kept);
    let x = kept.iter().flat_map(|&r| inputs.iter().map(move |column| column[r])).collect();
    let samples = Samples::new(inputs.len(), x, kept.iter().map(|&r| y[r]).collect(), vec![]).map_err(|e| data(e.to_string()))?;
    Ok(Data { samples, runs })
}

/// Which column each input is.
fn columns(a: &FitArgs, law: &dyn Law, there: &[String]) -> Result<Vec<String>, RunError> {
    let inputs = law.inputs();
    let wrong = |e: String| Err(RunError::Data(format!("{}: {e}", a.file.display())));
    let need = || format!("{} reads {}", law.name(), inputs.join(", "));
    if a.x.is_empty() {
        return match inputs.iter().find(|i| there.iter().all(|t| t != *i)) {
            None => Ok(inputs.iter().map(|i| (*i).to_owned()).collect()),
            Some(missing) => wrong(format!("{}, and no column is called {missing:?} (there are {}); name them with --x", need(), there.join(", "))),
        };
    }
    if a.x.iter().all(|x| x.contains('=')) {
        let named: BTreeMap<&str, &str> = a.x.iter().filter_map(|x| x.split_once('=')).collect();
        let found: Option<Vec<String>> = inputs.iter().map(|i| named.get(i).map(|c| (*c).to_owned())).collect();
        return match found.filter(|f| f.len() == named.len()) {
            Some(found) => Ok(found),
            None => wrong(format!("{}; --x names {}", need(), named.into_keys().collect::<Vec<_>>().join(", "))),
        };
    }
    if a.x.len() == inputs.len() { Ok(a.x.clone()) } else { wrong(format!("{}, {} columns; --x names {}", need(), inputs.len(), a.x.len())) }
}

/// Says what looks like another unit. Coefficients take up units, but budgets and predictions of others go wrong.
fn guess(a: &FitArgs, law: &dyn Law, inputs: &[Vec<f64>], y: &[f64], kept: &[usize]) {
    let range = |v: &[f64]| kept.iter().map(|&r| v[r]).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    for (input, x) in law.inputs().iter().zip(inputs) {
        let (low, high) = range(x);
        // No language model that follows a scaling law has so few.
        let counted = (input.ends_with("params") && high < 1e5) || (input.ends_with("tokens") && high < 1e6);
        if counted {
            eprintln!("warning: {input} runs from {low} to {high}: millions or billions? Budgets need counts: add --scale {input}=1e9 (or 1e6)");
        }
    }
    let (low, high) = range(y);
    if a.unit == "nats" && high > 15.0 {
        eprintln!("warning: losses from {low:.3} to {high:.3} are high for nats per token: perplexity? Add --unit perplexity");
    }
}

/// Held parameters, in the law's order.
fn pins(a: &FitArgs, law: &dyn Law) -> Result<Vec<Option<f64>>, RunError> {
    let mut pinned = vec![None; law.params().len()];
    for (name, value) in a.pin.as_ref().map_or(Ok(Vec::new()), |p| assign::pairs(p))? {
        let Some(k) = law.params().iter().position(|p| p.name == name) else {
            let known: Vec<&str> = law.params().iter().map(|p| p.name).collect();
            return Err(RunError::Nothing(format!("--pin: {} has no parameter {name:?} (there are {})", law.name(), known.join(", "))));
        };
        pinned[k] = Some(value);
    }
    Ok(if pinned.iter().all(Option::is_none) { Vec::new() } else { pinned })
}

/// The inputs of a prediction, in the law's order.
fn inputs_of(law: &dyn Law, text: &str) -> Result<Vec<f64>, RunError> {
    let given: BTreeMap<String, f64> = assign::pairs(text)?.into_iter().collect();
    let found: Option<Vec<f64>> = law.inputs().iter().map(|i| given.get(*i).copied()).collect();
    let found = found.filter(|f| f.len() == given.len());
    found.ok_or_else(|| RunError::Nothing(format!("--predict {text}: {} reads {}", law.name(), law.inputs().join(", "))))
}

fn count(runs: &[usize]) -> usize {
    let mut runs = runs.to_vec();
    runs.sort_unstable();
    runs.dedup();
    runs.len()
}

/// What a fit's error means for the file.
fn explain(a: &FitArgs, e: FitError) -> RunError {
    match e {
        FitError::TooFewPoints { have, need, .. } => RunError::Data(format!(
            "{}: {have} rows for {need} free parameters; add runs, hold parameters with --pin, or use a law with fewer",
            a.file.display()
        )),
        e => RunError::Jobs(format!("{}: {e}", a.file.display())),
    }
}

/// Fits of resampled runs, or why there are none.
fn resamples(a: &FitArgs, data: &Data, loss: Loss, how: &Global, fit: &Fit) -> Option<Bootstrap> {
    if a.resamples == 0 {
        return None;
    }
    let rows = Rows::new(&data.samples);
    let weights = |k: usize| bootstrap::weights(rows.weights(), &data.runs, 0, k);
    if let Err(e) = weights(0) {
        eprintln!("warning: no intervals: {e}");
        return None;
    }
    let fits: Vec<Result<Fit, FitError>> = match Separable::of(fit.law, rows, loss, 0) {
        Ok(problem) if how.pinned.is_empty() => (0..a.resamples).into_par_iter().map(|k| problem.solve(&weights(k)?, KEEP)).collect(),
        _ => {
            let again = Global { keep: KEEP, starts: 40, ..how.clone() };
            let one = |k: usize| {
                let s = &data.samples;
                let x = (0..s.len()).flat_map(|i| s.row(i).iter().copied()).collect();
                let drawn = Samples::new(s.inputs(), x, s.targets().to_vec(), weights(k)?)?;
                global::fit(fit.law, Rows::new(&drawn), loss, &again, k as u64)
            };
            (0..a.resamples).into_par_iter().map(one).collect()
        }
    };
    let made = Bootstrap::new(fit, fits);
    if made.failed > 0 {
        eprintln!("warning: {} of {} resamples could not be fitted", made.failed, a.resamples);
    }
    Some(made)
}

/// An interval of any number that follows from the parameters.
type Between<'a> = dyn Fn(&dyn Fn(&[f64]) -> f64) -> Option<Interval> + 'a;

/// The best size and data of every budget.
fn optima(a: &FitArgs, fit: &Fit, interval: &Between<'_>, t: &mut Table) -> Result<(), FitError> {
    for &flop in &a.budget {
        let best = |theta: &[f64]| Surface::from_theta(fit.law.name(), theta).and_then(|s| s.optimum(flop, a.flop_per));
        let (found, near) = (best(&fit.theta)?, Surface::of(fit)?.near(flop, a.flop_per, SLACK)?);
        let at = |what: &str| format!("{what} at {flop:e} FLOP");
        t.push(line("optimum", &at("params"), found.params, interval(&|t| best(t).map_or(f64::NAN, |o| o.params)), Some(near.params)));
        t.push(line("optimum", &at("tokens"), found.tokens, interval(&|t| best(t).map_or(f64::NAN, |o| o.tokens)), Some(near.tokens)));
        t.push(line("optimum", &at("tokens per param"), found.ratio, interval(&|t| best(t).map_or(f64::NAN, |o| o.ratio)), Some(near.ratio)));
        t.push(line("optimum", &at("loss"), found.loss, interval(&|t| best(t).map_or(f64::NAN, |o| o.loss)), None));
    }
    Ok(())
}

fn line(what: &str, name: &str, value: f64, ends: Option<Interval>, near: Option<(f64, f64)>) -> Vec<Cell> {
    let cell = |v: Option<f64>| Cell::maybe(v, v.map_or(0, |v| decimals_for(v, 6)));
    vec![what.into(), name.into(), cell(Some(value)), cell(ends.map(|e| e.low)), cell(ends.map(|e| e.high)), cell(near.map(|n| n.0)), cell(near.map(|n| n.1))]
}
