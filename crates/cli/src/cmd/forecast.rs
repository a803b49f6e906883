//! `curvecast forecast`: how one's own run goes on.

pub(super) mod figure;

use std::path::{Path, PathBuf};

use clap::Args;
use curvecast::{Better, Earlier, ForecastOptions, ForecastResult, Method, Quantile, ReadSeries, Series, TargetResult};
use report::{Cell, Column, Table, decimals_for};
use runner::{RunError, exit};

use super::assign;
use super::drawn;
use super::fit::{failed, say};
use crate::output::Format;
use crate::{OK, Out, output};

/// Options of `forecast`.
#[derive(Args, Clone)]
pub struct ForecastArgs {
    /// A CSV, TSV, JSON-lines (also with .gz or .zst) or Parquet file with a column for the resource and one for the measure
    #[arg(allow_negative_numbers = true)]
    file: PathBuf,
    /// The second of two bounds that are given apart: `--bounds 0 10`
    #[arg(hide = true, allow_negative_numbers = true)]
    high: Option<String>,
    /// The column of the resource (epoch, step, tokens); the first column when absent
    #[arg(long)]
    x: Option<String>,
    /// The column of the measure (val_loss, accuracy); the column after the resource when absent
    #[arg(long)]
    y: Option<String>,
    /// Resource values to forecast at, beyond the last one seen; with --target 1.5, 2, 3, 5 and 10 times what was seen when absent
    #[arg(long, required_unless_present = "target", num_args = 1.., value_delimiter = ',')]
    at: Vec<f64>,
    /// A value of the measure: how likely the curve is there or beyond at each place, and when it gets there first
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    target: Option<f64>,
    /// Leave out rows before this resource value
    #[arg(long, allow_negative_numbers = true)]
    from: Option<f64>,
    /// Leave out rows after this resource value
    #[arg(long, allow_negative_numbers = true)]
    until: Option<f64>,
    /// Keep a first point that looks like no part of the curve
    #[arg(long)]
    keep_first: bool,
    /// Which direction of the measure is good; when absent as its name says, else as its values move
    #[arg(long, value_parser = ["lower", "higher"])]
    better: Option<String>,
    /// Lowest and highest possible value, for measures that have them (0,1 for an accuracy); inferred when absent
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    bounds: Option<String>,
    /// The column of the learning rate, where the resource is the step: rows to come have it, and a blank measure
    #[arg(long, value_name = "COLUMN")]
    lr: Option<String>,
    /// Earlier runs of the same project, with the same columns (that of --lr, too): what they did from the same place on is heard
    #[arg(long, num_args = 1..)]
    earlier: Vec<PathBuf>,
    /// Who answers: auto, schedule (the network that auto takes with --lr), pfn, least-squares, persist, log-linear, or a law of one input (pow3, mmf, bnsl1, …)
    #[arg(long, default_value = "auto")]
    method: String,
    /// Draw what was seen, the median and the bands into this SVG or PNG file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    out: Out,
}

/// Experts with less of a weight than this are not named.
const NAMED: f64 = 0.15;
/// With a target: the median, and the ends of intervals of 50, 80 and 95 %.
const LEVELS_TO_TARGET: [f64; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

/// Prints a quantile table, one row per point asked; with a target also how likely it is reached, and when.
pub fn run(a: &ForecastArgs) -> Result<u8, RunError> {
    let (file, bounds) = file_and_bounds(a.bounds.as_deref(), &a.file, a.high.as_deref()).map_err(RunError::Nothing)?;
    let why = |e| failed(e, &file);
    a.plot.as_deref().map(drawn::check).transpose()?;
    let better = a.better.as_deref().map(|b| if b == "higher" { Better::Higher } else { Better::Lower });
    let method = Method::named(&a.method).map_err(why)?;
    let how = ReadSeries { x: a.x.clone(), y: a.y.clone(), from: a.from, until: a.until };
    let series = Series::read(&file, &how).map_err(why)?;
    // Of an earlier run all rows are wanted, and the columns that were taken here.
    let all = ReadSeries { x: Some(series.resource.clone()), y: Some(series.measure.clone()), from: a.from, until: None };
    // The rates say how far a run goes, and whatever is asked has to lie within them.
    let rates = |column: &String, path: &Path, asked: Option<f64>| -> Result<Vec<f64>, RunError> {
        let how = ReadSeries { x: Some(series.resource.clone()), y: Some(column.clone()), from: None, until: None };
        let logged = Series::read(path, &how).map_err(|e| failed(e, path))?;
        let end = logged.x.last().copied().unwrap_or(0.0).max(asked.unwrap_or(0.0));
        curvecast::forecast::rates(&logged, end).map_err(|e| failed(e, path))
    };
    let earlier = |path: &PathBuf| -> Result<Earlier, RunError> {
        let series = Series::read(path, &all).map_err(|e| failed(e, path))?;
        Ok(Earlier { series, schedule: a.lr.as_ref().map(|column| rates(column, path, None)).transpose()? })
    };
    let earlier = a.earlier.iter().map(earlier).collect::<Result<Vec<_>, _>>()?;
    let schedule = a.lr.as_ref().map(|column| rates(column, &file, a.at.iter().copied().reduce(f64::max))).transpose()?;
    let usual = ForecastOptions::default();
    let levels = if a.target.is_some() { LEVELS_TO_TARGET.to_vec() } else { usual.levels.clone() };
    let options = ForecastOptions { method, better, bounds, keep_first: a.keep_first, earlier, schedule, levels, target: a.target, ..usual };
    let at = if a.at.is_empty() { chosen(&series, &options) } else { a.at.clone() };
    let found = curvecast::forecast(&series, &at, &options).map_err(why)?;
    say(&found.warnings);
    eprintln!("{}", seen(&series, &found));
    reasons(&found);
    if let Some(target) = &found.target {
        eprintln!("{}", reached(&series, &found, target));
    }
    output::print(&table(&series, &at, &found, a.out.format), a.out.format);
    if let Some(path) = &a.plot {
        drawn::write(&figure::draw(&series, &at, &options, &found).map_err(why)?, path)?;
    }
    Ok(if found.points.iter().all(|p| p.median.is_some()) { OK } else { exit::JOBS })
}

/// Places for a target, said.
fn chosen(series: &Series, options: &ForecastOptions) -> Vec<f64> {
    let times = curvecast::target::MULTIPLES.map(|m| m.to_string()).join(", ");
    let known = if options.schedule.is_some() { ", as far as the learning rate is known" } else { "" };
    eprintln!("no --at: the places are {times} times what was seen, rounded up{known}");
    curvecast::target::places(series, options)
}

/// A row for every place asked. With a target also its probability there, and a last row with the resource at which it is reached first.
fn table(series: &Series, at: &[f64], found: &ForecastResult, format: Format) -> Table {
    let levels = found.points.first().map_or(&[][..], |p| p.quantiles.as_slice());
    let level = |q: &Quantile| if q.level == 0.5 { "median".to_owned() } else { format!("{}%", 100.0 * q.level) };
    let what = found.target.as_ref().map(|_| Column::left("what"));
    let likely = found.target.as_ref().map(|_| Column::right("P(target)"));
    let quantiles = levels.iter().map(|q| Column::right(level(q)));
    let columns = what.into_iter().chain([Column::right(series.resource.clone())]).chain(quantiles).chain(likely);
    let mut t = Table::new("", columns.collect());
    let places = places_of(at);
    let decimals = decimals_of(found.points.iter().flat_map(|p| p.quantiles.iter().filter_map(|q| q.value)), spread_of(found));
    for (i, p) in found.points.iter().enumerate() {
        let mut row: Vec<Cell> = found.target.iter().map(|_| Cell::text(series.measure.clone())).collect();
        row.push(Cell::number(p.at, places));
        row.extend(p.quantiles.iter().map(|q| Cell::maybe(q.value, decimals)));
        row.extend(found.target.iter().map(|t| Cell::maybe(t.probabilities.get(i).map(|p| p.1), 2)));
        t.push(row);
    }
    if let Some(target) = &found.target {
        // Four digits of the furthest place tell the times apart.
        let decimals = places.max(decimals_for(target.within, 4));
        let time = |q: &Quantile| match (q.value, format) {
            (None, Format::Table) => Cell::text(format!("> {}", target.within)),
            (value, _) => Cell::maybe(value, decimals),
        };
        let mut row = vec![Cell::text(format!("{} first reached", condition(series, found, target))), Cell::number(target.within, places)];
        row.extend(target.reached_at.iter().map(time));
        row.push(Cell::number(target.reached, 2));
        t.push(row);
    }
    t
}

/// The target as a condition.
fn condition(series: &Series, found: &ForecastResult, target: &TargetResult) -> String {
    format!("{} {} {}", series.measure, if found.measure.better == Better::Lower { "<=" } else { ">=" }, target.target)
}

/// When the target is reached, in a sentence.
fn reached(series: &Series, found: &ForecastResult, target: &TargetResult) -> String {
    let (condition, resource) = (condition(series, found, target), &series.resource);
    if let Some(x) = target.seen_at {
        return format!("{condition} was seen at {resource} {x} already; P(target) says how likely it holds at a place");
    }
    let digits = decimals_for(target.within, 4);
    let time = |value: Option<f64>| value.map_or_else(|| format!("not within {}", target.within), |v| format!("{v:.digits$}"));
    let quantile = |level: f64| time(target.reached_at.iter().find(|q| q.level == level).and_then(|q| q.value));
    format!(
        "{condition} is first reached at {resource} {} (median; 80 % interval: {} … {}), and within {} with probability {:.2}",
        time(target.median),
        quantile(0.1),
        quantile(0.9),
        target.within,
        target.reached
    )
}

/// What was seen, and how it was understood.
fn seen(series: &Series, found: &ForecastResult) -> String {
    let m = &found.measure;
    let end = |v: f64, none: &str| if v.is_finite() { v.to_string() } else { none.to_owned() };
    let bounds = match (m.low.is_finite(), m.high.is_finite()) {
        (false, false) => "no bounds".to_owned(),
        _ => format!("between {} and {}", end(m.low, "minus infinity"), end(m.high, "infinity")),
    };
    let better = if m.better == Better::Lower { "lower" } else { "higher" };
    let inferred = if m.told { "" } else { " (inferred)" };
    format!("{} points of {} seen up to {} {}; {better} is better{inferred}, {bounds}", found.seen, series.measure, series.resource, found.last)
}

/// Who won in the past of the curve, and how well the answers did there.
fn reasons(found: &ForecastResult) {
    for p in found.points.iter().filter(|p| !p.shares.is_empty()) {
        let named = p.shares.iter().filter(|s| s.weight >= NAMED);
        let words: Vec<String> = named
            .map(|s| {
                let error = s.error.map(|e| format!(", off by {} in the past", significant(e))).unwrap_or_default();
                format!("{} ({:.0} %{error})", s.says, 100.0 * s.weight)
            })
            .collect();
        let words = if words.is_empty() { "no expert stands out".to_owned() } else { words.join("; ") };
        eprintln!("at {}: {words}", p.at);
    }
}

/// Two significant digits.
fn significant(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let digits = (1 - v.abs().log10().floor() as i32).clamp(0, 12) as usize;
    format!("{v:.digits$}")
}

/// As many decimals as tell the places apart that are asked.
fn places_of(at: &[f64]) -> usize {
    let decimals = |v: &f64| format!("{v}").split_once('.').map_or(0, |(_, d)| d.len());
    at.iter().map(decimals).max().unwrap_or(0).min(9)
}

/// The narrowest band between the outer quantiles; infinite where there is none.
fn spread_of(found: &ForecastResult) -> f64 {
    let widths = found.points.iter().filter_map(|p| Some(p.quantiles.last()?.value? - p.quantiles.first()?.value?));
    widths.filter(|w| *w > 0.0).fold(f64::INFINITY, f64::min)
}

/// As many decimals as the size of the values and the width of the bands need: four significant digits, and two of the narrowest band.
fn decimals_of(values: impl Iterator<Item = f64>, narrowest: f64) -> usize {
    let largest = values.fold(0.0f64, |a, v| a.max(v.abs()));
    // Zero, but for a spread that is none.
    if largest < 1e-100 {
        return 4;
    }
    let of = |size: f64, digits: i32| digits - 1 - size.log10().floor() as i32;
    let band = if narrowest.is_finite() { of(narrowest.max(1e-7 * largest), 2) } else { 0 };
    of(largest, 4).max(band).clamp(0, 12) as usize
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
    fn digits_follow_the_size_of_the_numbers() {
        assert_eq!((places_of(&[0.5904255, 0.643617]), places_of(&[100.0, 2e5])), (7, 0));
        assert_eq!(decimals_of([6e-5, 7e-5].into_iter(), 1e-5), 8);
        assert_eq!(decimals_of([2.41, 2.52].into_iter(), 0.08), 3);
        assert_eq!(decimals_of([2.41, 2.52].into_iter(), 2e-5), 6);
        assert_eq!((decimals_of([3100.0].into_iter(), 200.0), decimals_of([0.0].into_iter(), f64::INFINITY)), (0, 4));
        assert_eq!((significant(0.01234), significant(123.4), significant(0.0)), ("0.012".to_owned(), "123".to_owned(), "0".to_owned()));
    }

    #[test]
    fn bounds_that_are_none_say_how_they_are_given() {
        for (bounds, more) in [("0", None), ("0,x", None), ("0,1,2", None), ("0", Some("other.csv"))] {
            assert!(of(Some(bounds), "run.csv", more).unwrap_err().contains("--bounds LOW,HIGH"), "{bounds}");
        }
        assert!(of(None, "run.csv", Some("other.csv")).unwrap_err().contains("one file"));
    }
}
