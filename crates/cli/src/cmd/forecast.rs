//! `curvecast forecast`: how one's own run goes on.

use std::path::{Path, PathBuf};

use clap::Args;
use curvecast::{Better, ForecastOptions, Method, ReadSeries, Series};
use report::{Cell, Column, Table};
use runner::{RunError, exit};

use super::assign;
use super::fit::{failed, say};
use crate::{OK, Out, output};

/// Options of `forecast`.
#[derive(Args, Clone)]
pub struct ForecastArgs {
    /// A CSV, CSV.gz or Parquet file with a column for the resource and one for the measure
    #[arg(allow_negative_numbers = true)]
    file: PathBuf,
    /// The second of two bounds that are given apart: `--bounds 0 10`
    #[arg(hide = true, allow_negative_numbers = true)]
    high: Option<String>,
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
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    bounds: Option<String>,
    /// Who answers: pfn, least-squares, persist, log-linear
    #[arg(long, default_value = "pfn")]
    method: String,
    #[command(flatten)]
    out: Out,
}

/// Prints a quantile table, one row per point asked.
pub fn run(a: &ForecastArgs) -> Result<u8, RunError> {
    let (file, bounds) = file_and_bounds(a.bounds.as_deref(), &a.file, a.high.as_deref()).map_err(RunError::Nothing)?;
    let why = |e| failed(e, &file);
    let better = if a.better == "higher" { Better::Higher } else { Better::Lower };
    let options = ForecastOptions { method: Method::named(&a.method).map_err(why)?, better, bounds, ..ForecastOptions::default() };
    let series = Series::read(&file, &ReadSeries { x: a.x.clone(), y: a.y.clone() }).map_err(why)?;
    let found = curvecast::forecast(&series, &a.at, &options).map_err(why)?;
    say(&found.warnings);
    let mut columns = vec![Column::right(series.resource)];
    columns.extend(["5%", "25%", "median", "75%", "95%"].map(Column::right));
    let mut t = Table::new("", columns);
    for p in &found.points {
        let mut row = vec![Cell::number(p.at, 0)];
        row.extend(p.quantiles.iter().map(|q| Cell::maybe(q.value, 4)));
        t.push(row);
    }
    let scale = found.scale;
    eprintln!(
        "{} points of {} seen up to {}; scale {:?}, soft range {:.4} to {:.4}",
        found.seen, series.measure, found.last, a.better, scale.soft_low, scale.soft_high
    );
    output::print(&t, a.out.format);
    Ok(if found.points.iter().all(|p| p.median.is_some()) { OK } else { exit::JOBS })
}

/// The file, and the bounds in either of their forms: `LOW,HIGH`, or `LOW HIGH`, whose second number stands among the files.
fn file_and_bounds(bounds: Option<&str>, file: &Path, more: Option<&str>) -> Result<(PathBuf, Option<(f64, f64)>), String> {
    let wrong = || "--bounds takes the lowest and the highest possible value: --bounds LOW,HIGH, for example --bounds 0,1".to_owned();
    let number = |text: &str| assign::number(text).ok_or_else(wrong);
    match (bounds.map(|b| b.split(',').collect::<Vec<_>>()).as_deref(), more) {
        (None, None) => Ok((file.to_owned(), None)),
        (Some([low, high]), None) => Ok((file.to_owned(), Some((number(low)?, number(high)?)))),
        (Some([low]), Some(more)) => {
            // `--bounds 0 10 run.csv` has the number first, `run.csv --bounds 0 10` the file.
            let before = file.to_str().and_then(assign::number);
            let (file, high) = match (assign::number(more), before) {
                (Some(high), _) => (file.to_owned(), high),
                (None, Some(high)) => (PathBuf::from(more), high),
                (None, None) => return Err(wrong()),
            };
            Ok((file, Some((number(low)?, high))))
        }
        (None | Some([_, _]), Some(more)) => Err(format!("unexpected {more:?}: a forecast is of one file")),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bounds: Option<&str>, file: &str, more: Option<&str>) -> Result<(PathBuf, Option<(f64, f64)>), String> {
        file_and_bounds(bounds, Path::new(file), more)
    }

    #[test]
    fn bounds_are_read_in_every_form() {
        let run = PathBuf::from("run.csv");
        assert_eq!(of(None, "run.csv", None), Ok((run.clone(), None)));
        assert_eq!(of(Some("0,10"), "run.csv", None), Ok((run.clone(), Some((0.0, 10.0)))));
        assert_eq!(of(Some("-1,1"), "run.csv", None), Ok((run.clone(), Some((-1.0, 1.0)))));
        assert_eq!(of(Some("-2"), "run.csv", Some("-1")), Ok((run.clone(), Some((-2.0, -1.0)))));
        assert_eq!(of(Some("0"), "10", Some("run.csv")), Ok((run, Some((0.0, 10.0)))));
    }

    #[test]
    fn bounds_that_are_none_say_how_they_are_given() {
        for (bounds, more) in [("0", None), ("0,x", None), ("0,1,2", None), ("0", Some("other.csv"))] {
            assert!(of(Some(bounds), "run.csv", more).unwrap_err().contains("--bounds LOW,HIGH"), "{bounds}");
        }
        assert!(of(None, "run.csv", Some("other.csv")).unwrap_err().contains("one file"));
    }
}
