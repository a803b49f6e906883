//! `curvecast forecast`: how one's own run goes on.

use std::path::PathBuf;

use clap::Args;
use curves::{Better, Curve, Scale};
use fitters::{Forecaster, LeastSquares, LogLinear, Persist, Question, Search};
use report::{Cell, Column, Table};
use runner::RunError;

use crate::{OK, Out, output};

/// Options of `forecast`.
#[derive(Args, Clone)]
pub struct ForecastArgs {
    /// A CSV, CSV.gz or Parquet file with a column for the resource and one for the measure
    file: PathBuf,
    /// The column of the resource (epoch, step, tokens); the first column when absent
    #[arg(long)]
    x: Option<String>,
    /// The column of the measure (val_loss, accuracy); the second column when absent
    #[arg(long)]
    y: Option<String>,
    /// Resource values to forecast at, beyond the last one seen
    #[arg(long, required = true, num_args = 1.., value_delimiter = ',')]
    at: Vec<f64>,
    /// Which direction of the measure is good
    #[arg(long, default_value = "lower", value_parser = ["lower", "higher"])]
    better: String,
    /// Lowest and highest possible value, for measures that have them (0,1 for an accuracy)
    #[arg(long, value_delimiter = ',', num_args = 2, allow_hyphen_values = true)]
    bounds: Option<Vec<f64>>,
    /// Who answers: pfn, least-squares, persist, log-linear
    #[arg(long, default_value = "pfn")]
    method: String,
    #[command(flatten)]
    out: Out,
}

/// Tokens of the network's axis: whatever the resource, the last point asked is put here.
const HORIZON: f64 = 100.0;

/// Prints a quantile table, one row per point asked.
pub fn run(a: &ForecastArgs) -> Result<u8, RunError> {
    let data = |e: String| RunError::Data(format!("{}: {e}", a.file.display()));
    let table = tables::load(&a.file, None).map_err(|e| RunError::Data(e.to_string()))?;
    let names = table.columns();
    let column = |asked: &Option<String>, k: usize| asked.clone().or_else(|| names.get(k).cloned()).ok_or_else(|| data("needs two columns".into()));
    let (xc, yc) = (column(&a.x, 0)?, column(&a.y, 1)?);
    let (x, y) = (table.numbers(&xc).map_err(|e| RunError::Data(e.to_string()))?, table.numbers(&yc).map_err(|e| RunError::Data(e.to_string()))?);
    // A row may hold another measure's value only: rows without this one are not observations of it.
    let (x, y): (Vec<f64>, Vec<f64>) = x.into_iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip();
    if tables::looks_sampled(&x) {
        eprintln!("warning: about 500 irregular rows: this looks like a sampled history, not the full one; export all rows if you can");
    }
    let seen = Curve::new(x, y).map_err(|e| data(e.to_string()))?;
    let (last, _) = seen.last();
    if let Some(bad) = a.at.iter().find(|v| !v.is_finite() || **v <= last) {
        return Err(data(format!("--at {bad} is not beyond the last {xc} seen, {last}")));
    }
    let scale = scale(a, &seen).map_err(data)?;
    // The axis counts points up to the last one asked, thinned to at most the network's horizon.
    let end = a.at.iter().copied().fold(last, f64::max);
    let first = seen.x()[0];
    let place = |v: f64| 1.0 + (v - first) / (end - first) * (HORIZON - 1.0);
    let thin = seen.thinned(HORIZON as usize);
    let unit =
        Curve::new(thin.x().iter().map(|v| place(*v)).collect(), thin.y().iter().map(|v| scale.forward(*v)).collect()).map_err(|e| data(e.to_string()))?;
    let at: Vec<f64> = a.at.iter().map(|v| place(*v)).collect();
    let setting = |e: fitters::FitError| RunError::Spec(e.to_string());
    let forecaster: Box<dyn Forecaster> = match a.method.as_str() {
        "pfn" => Box::new(pfn::Pfn::shipped("lcpfn-p1").map_err(|e| RunError::Spec(e.to_string()))?),
        "least-squares" => {
            let laws = ["pow3", "ilog2", "janoschek", "exp3", "mmf"].map(String::from);
            Box::new(LeastSquares::new(&laws, Search { starts: 8, patience: 100 }, 1000).map_err(setting)?)
        }
        "persist" => Box::new(Persist),
        "log-linear" => Box::new(LogLinear),
        other => {
            let near = curves::nearest(other, ["pfn", "least-squares", "persist", "log-linear"]).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            return Err(RunError::Nothing(format!("no method is called {other:?}{near}")));
        }
    };
    let answer = forecaster.forecast(&Question { seen: &unit, at: &at, neighbours: &[] }, 0).pop();
    let f = match answer.map(|a| a.forecast) {
        Some(Ok(f)) => f.on_raw_scale(scale),
        Some(Err(e)) => return Err(RunError::Jobs(e.to_string())),
        None => return Err(RunError::Jobs("the method gave no answer".into())),
    };
    let levels = [0.05, 0.25, 0.5, 0.75, 0.95];
    let mut columns = vec![Column::right(xc)];
    columns.extend(["5%", "25%", "median", "75%", "95%"].map(Column::right));
    let mut t = Table::new("", columns);
    for (i, at) in a.at.iter().enumerate() {
        let mut row = vec![Cell::number(*at, 0)];
        row.extend(levels.map(|p| Cell::number(f.quantile(i, p), 4)));
        t.push(row);
    }
    eprintln!("{} points of {yc} seen up to {last}; scale {:?}, soft range {:.4} to {:.4}", seen.len(), a.better, scale.soft_low, scale.soft_high);
    output::print(&t, a.out.format);
    Ok(OK)
}

/// Bounds as given, else the paper's setting for losses: 0 is perfect, the first value is the worst expected.
fn scale(a: &ForecastArgs, seen: &Curve) -> Result<Scale, String> {
    let better = if a.better == "higher" { Better::Higher } else { Better::Lower };
    let y = seen.y();
    let (low, high) = y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if let Some(b) = &a.bounds {
        if low < b[0] || high > b[1] {
            return Err(format!("values from {low} to {high} leave the bounds {} to {}", b[0], b[1]));
        }
        return Scale::new(better, b[0], b[0], b[1], b[1]).map_err(|e| e.to_string());
    }
    match better {
        Better::Higher if low >= 0.0 && high <= 1.0 => Ok(Scale::unit(better)),
        Better::Higher => Err(format!("values from {low} to {high} are no share; give --bounds LOW,HIGH")),
        Better::Lower if low < 0.0 => Err(format!("a loss of {low} is negative; give --bounds LOW,HIGH")),
        Better::Lower => Scale::new(better, 0.0, 0.0, y[0].max(1e-12), f64::INFINITY).map_err(|e| e.to_string()),
    }
}
