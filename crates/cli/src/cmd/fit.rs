//! `curvecast fit`: a law on one's own runs.

mod figure;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use curvecast::solver::GlobalSearch;
use curvecast::{Error, Estimate, FitOptions, FitResult, Interval, Loss, LossUnit, ReadRuns, Runs, Warning};
use report::{Cell, Column, Table, decimals_for};
use runner::RunError;

use super::{assign, drawn};
use crate::progress::pieces;
use crate::{OK, Out, output};

/// Options of `fit`.
#[derive(Args, Clone)]
pub struct FitArgs {
    /// A CSV, TSV, JSON-lines (also with .gz or .zst) or Parquet file with a row for every run or checkpoint
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
    /// A run to predict: params=70e9,tokens=1.4e12. May be given several times
    #[arg(long, value_name = "INPUT=VALUE,…")]
    predict: Vec<String>,
    /// Compute in FLOP whose best size and data are asked. May be given several times
    #[arg(long)]
    budget: Vec<f64>,
    /// FLOP per parameter and token
    #[arg(long, default_value_t = 6.0)]
    flop_per: f64,
    /// Starts of the search that are drawn, for a law that is no sum of powers
    #[arg(long, default_value_t = 400)]
    starts: usize,
    /// Resamples of runs behind the intervals; 0 for none
    #[arg(long, default_value_t = 400)]
    resamples: usize,
    /// Confidence of the intervals
    #[arg(long, default_value_t = 0.9)]
    confidence: f64,
    /// Draw the fit, its residuals and IsoFLOP curves into this SVG or PNG file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    out: Out,
}

/// Prints parameters, predictions and optima with their intervals.
pub fn run(a: &FitArgs) -> Result<u8, RunError> {
    a.plot.as_deref().map(drawn::check).transpose()?;
    let options = FitOptions { watch: Some(pieces("fit", "resamples")), ..options(a)? };
    let why = |e: Error| match e {
        Error::LossNotPositive { row, value } => {
            let say = "a loss in nats or bits is positive: check the column, or fit with --loss squares";
            RunError::Data(format!("{}: `{}` is {value} in row {row}; {say}", a.file.display(), a.y))
        }
        e => failed(e, &a.file),
    };
    let (runs, doubts) = Runs::read(&a.file, &columns(a)?).map_err(why)?;
    say(&doubts);
    let found = curvecast::fit(&runs, &options).map_err(why)?;
    let fit = &found.fit;
    eprintln!(
        "{} rows, {} runs; {} of {} parameters free; {}, {} of {} searches agree",
        found.rows,
        found.runs,
        found.free,
        found.parameters.len(),
        fit.status.name(),
        fit.agreeing.0,
        fit.agreeing.1
    );
    say(&found.warnings);
    output::print(&table(a, &found), a.out.format);
    if let Some(path) = &a.plot {
        let (samples, _) = runs.samples(fit.law).map_err(why)?;
        drawn::write(&figure::draw(fit, &samples, &a.budget, a.flop_per), path)?;
    }
    Ok(OK)
}

/// The options of the library.
fn options(a: &FitArgs) -> Result<FitOptions, RunError> {
    let loss = match a.loss.as_str() {
        "log-squares" => Loss::LogSquares,
        "squares" => Loss::Squares,
        "huber" => Loss::Huber { delta: a.delta },
        _ => Loss::LogHuber { delta: a.delta },
    };
    Ok(FitOptions {
        law: a.law.clone(),
        loss,
        solver: Arc::new(GlobalSearch { starts: a.starts, ..GlobalSearch::default() }),
        pinned: a.pin.as_ref().map_or(Ok(BTreeMap::new()), |p| once("--pin", p))?,
        confidence: a.confidence,
        resamples: a.resamples,
        predict: a.predict.iter().map(|p| once("--predict", p)).collect::<Result<_, _>>()?,
        budgets: a.budget.clone(),
        flop_per: a.flop_per,
        ..FitOptions::default()
    })
}

/// Which columns are what.
fn columns(a: &FitArgs) -> Result<ReadRuns, RunError> {
    let unit = match a.unit.as_str() {
        "bits" => LossUnit::Bits,
        "perplexity" => LossUnit::Perplexity,
        _ => LossUnit::Nats,
    };
    let scale = a.scale.as_ref().map_or(Ok(BTreeMap::new()), |s| once("--scale", s))?;
    Ok(ReadRuns { law: a.law.clone(), x: a.x.clone(), y: a.y.clone(), run: a.run.clone(), unit, scale })
}

/// Names with numbers, each name once.
fn once(option: &str, text: &str) -> Result<BTreeMap<String, f64>, RunError> {
    let pairs = assign::pairs(text)?;
    let mut seen = BTreeSet::new();
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !seen.insert(name.as_str())) {
        return Err(RunError::Nothing(format!("{option} {text}: {name:?} is given twice; give it once")));
    }
    Ok(pairs.into_iter().collect())
}

/// Prints what looks doubtful and how things were understood, with the option that would help.
pub(super) fn say(warnings: &[Warning]) {
    for w in warnings {
        let text = match w {
            Warning::SmallCounts { input, low, high } => {
                format!("{input} runs from {low} to {high}: millions or billions? Budgets need counts: add --scale {input}=1e9 (or 1e6)")
            }
            Warning::HighLoss { low, high } => {
                format!("losses from {low:.3} to {high:.3} are high for nats per token: perplexity? Add --unit perplexity")
            }
            Warning::WrongWay { rises: true } => "the series rises, and lower is said to be better; add --better higher if it is an accuracy".to_owned(),
            Warning::WrongWay { rises: false } => "the series falls, and higher is said to be better; leave out --better higher if it is a loss".to_owned(),
            w => w.to_string(),
        };
        output::said(w.level(), text);
    }
}

/// An error of the library with the file, the option that would help, and the exit code.
pub(super) fn failed(e: Error, file: &Path) -> RunError {
    let file = file.display();
    match e {
        Error::Law(e) => RunError::Nothing(e.to_string()),
        Error::UnknownMethod { .. } | Error::Option(_) | Error::NoOptimum(_) => RunError::Nothing(e.to_string()),
        Error::Table(_)
        | Error::Import(_)
        | Error::WhichRun { .. }
        | Error::NoColumn { .. }
        | Error::Columns { .. }
        | Error::Apart { .. }
        | Error::TooFewValues { .. }
        | Error::TooFewSteps { .. }
        | Error::SeveralRuns { .. }
        | Error::NotSorted { .. }
        | Error::ResourceNotFinite { .. } => RunError::Data(e.to_string()),
        Error::NeedsBounds(why) => RunError::Data(format!("{file}: {why}; give --bounds LOW,HIGH")),
        Error::NotBeyond { at, resource, last } => RunError::Data(format!("{file}: --at {at} is not beyond the last {resource} seen, {last}")),
        Error::TooFewPoints { .. } | Error::Undefined { .. } => RunError::Data(format!("{file}: {e}")),
        Error::Curve(why) => RunError::Data(format!("{file}: {why}")),
        Error::TooFewRows { have, need } => {
            RunError::Data(format!("{file}: {have} rows for {need} free parameters; add runs, hold parameters with --pin, or use a law with fewer"))
        }
        Error::InputNotPositive { .. } | Error::LossNotPositive { .. } | Error::Rows(_) | Error::OutsideBounds { .. } => RunError::Data(format!("{file}: {e}")),
        Error::Network(why) => RunError::Spec(why),
        Error::Fit(why) => RunError::Jobs(format!("{file}: {why}")),
    }
}

/// A line for every parameter, prediction and optimum.
fn table(a: &FitArgs, found: &FitResult) -> Table {
    let percent = (100.0 * a.confidence).round();
    let mut columns = vec![Column::left("what"), Column::left("name")];
    columns
        .extend(["value".to_owned(), format!("{percent}% low"), format!("{percent}% high"), "near low".to_owned(), "near high".to_owned()].map(Column::right));
    let mut t = Table::new("", columns);
    for p in &found.parameters {
        t.push(line("parameter", p.name, p.value, p.interval(), None));
    }
    for (text, p) in a.predict.iter().zip(&found.predictions) {
        t.push(line("prediction", text, p.loss.value, p.loss.interval, None));
    }
    for o in &found.optima {
        let numbers: [(&str, &Estimate); 4] = [("params", &o.params), ("tokens", &o.tokens), ("tokens per param", &o.ratio), ("loss", &o.loss)];
        for (what, e) in numbers {
            t.push(line("optimum", &format!("{what} at {:e} FLOP", o.budget), e.value, e.interval, e.near));
        }
    }
    t
}

fn line(what: &str, name: &str, value: f64, ends: Option<Interval>, near: Option<(f64, f64)>) -> Vec<Cell> {
    let cell = |v: Option<f64>| Cell::maybe(v, v.map_or(0, |v| decimals_for(v, 6)));
    vec![what.into(), name.into(), cell(Some(value)), cell(ends.map(|e| e.low)), cell(ends.map(|e| e.high)), cell(near.map(|n| n.0)), cell(near.map(|n| n.1))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        assert_eq!(once("--predict", "params=1e9,tokens=2B").unwrap(), BTreeMap::from([("params".to_owned(), 1e9), ("tokens".to_owned(), 2e9)]));
        assert!(once("--predict", "params=1,tokens=1,tokens=2").unwrap_err().to_string().contains("twice"));
    }
}
