//! `curvecast report DIR --at X`: one page for a sweep of one's own: what to stop, how the runs go on, and what law they follow.

use std::path::{Path, PathBuf};

use curvecast::decide::Sweep;
use curvecast::{DecideOptions, FitOptions, ForecastOptions, IntervalMethod, Runs, Series};
use rayon::prelude::*;
use report::{Axis, Block, Cell, Colour, Column, Figure, Layer, Page, Panel, Section, Style, Table, decimals_for};
use runner::{RunError, write_atomically};

use crate::cmd::decide::row::{self, Row};
use crate::cmd::decide::sweep::SweepArgs;
use crate::cmd::decide::{FINISHED, rows};
use crate::cmd::forecast::figure;
use crate::{OK, cmd::fit::failed};

/// Fans of so many runs are drawn, those first that are most likely to be the best: more are no page that is read.
const FANS: usize = 24;
/// The law whose asymptote and rate are told of every run.
const LAW: &str = "pow3";

/// What the page is about.
pub(super) struct Asked {
    /// The resource value that counts.
    pub at: f64,
    /// The value to beat there; the best of the other runs where there is none.
    pub best: Option<f64>,
    /// The page's file.
    pub page: PathBuf,
}

/// Writes the page, and says where it is.
pub(super) fn run(args: &SweepArgs, asked: &Asked) -> Result<u8, RunError> {
    let forecast = args.forecast()?;
    let options = DecideOptions { forecast, ..DecideOptions::new(asked.at, asked.best.unwrap_or(0.0)) };
    options.check().map_err(|e| failed(e, args.first()))?;
    let sweep = args.read();
    if sweep.runs.is_empty() {
        return Err(args.nothing());
    }
    let page = page(&sweep, &options, asked.best);
    let html = page.to_html().map_err(|e| RunError::Jobs(e.to_string()))?;
    write_atomically(&asked.page, html.as_bytes())?;
    println!("{}", asked.page.display());
    Ok(OK)
}

/// The page of a sweep.
fn page(sweep: &Sweep, options: &DecideOptions, best: Option<f64>) -> Page {
    let rows = rows(sweep, options, best);
    let mut decisions = Table::new("", row::columns());
    rows.iter().for_each(|row| decisions.push(row.cells()));
    let count = |decision: &str| rows.iter().filter(|row| row.decision == decision).count();
    let lead = format!(
        "{} runs, compared at {}: {} to stop, {} to continue, {} finished, {} without an answer.",
        rows.len(),
        options.at,
        count(row::STOP),
        count(row::CONTINUE),
        count(FINISHED),
        rows.iter().filter(|row| !row.is_answered()).count()
    );
    let (fans, left) = fans(sweep, &rows, options);
    let mut forecasts = Section::new("Forecasts");
    if left > 0 {
        forecasts = forecasts.with(Block::Text(format!("The {FANS} runs that are most likely to be the best; {left} more go on and are not drawn.")));
    }
    let forecasts = fans.into_iter().fold(forecasts, Section::with);
    let sections = [
        Section::new("What to do").with(Block::Table(decisions)),
        Section::new("All runs").with(Block::Figure { figure: all(sweep), path: "runs.svg".to_owned() }),
        forecasts,
        fits(sweep),
    ];
    sections.into_iter().filter(|s| !s.blocks.is_empty()).fold(Page::new("A sweep of runs", lead), Page::with_section)
}

/// What was seen of all runs.
fn all(sweep: &Sweep) -> Figure {
    let names = sweep.series().next().map_or(("step", "value"), |(_, s)| (s.resource.as_str(), s.measure.as_str()));
    let few = sweep.runs.len() <= 7;
    let mut panel = Panel::new("", Axis::linear(names.0), Axis::linear(names.1));
    for (k, (name, series)) in sweep.series().enumerate() {
        let points = series.x.iter().copied().zip(series.y.iter().copied()).filter(|(_, y)| y.is_finite()).collect();
        let style = if few { Style::nth(k) } else { Style { width: 1.0, ..Style::solid(Colour::nth(k)) } };
        panel = panel.with(Layer::Line { label: name.to_owned(), points, style });
    }
    let panel = if few { panel } else { panel.without_legend() };
    Figure::new("runs", "What was seen").with_panel_size(720, 420).with_panel(panel)
}

/// How the runs go on that are not at the place yet, the most promising first; and how many are left out.
fn fans(sweep: &Sweep, rows: &[Row], options: &DecideOptions) -> (Vec<Block>, usize) {
    let mut open: Vec<(f64, &str, &Series)> = sweep
        .runs
        .iter()
        .zip(rows)
        .filter(|(_, row)| row.is_answered() && row.decision != FINISHED)
        .filter_map(|(run, row)| Some((row.p_better.unwrap_or(0.0), run.name.as_str(), run.series.as_ref().ok()?)))
        .collect();
    open.sort_by(|a, b| b.0.total_cmp(&a.0));
    let left = open.len().saturating_sub(FANS);
    let better = sweep.better(options.forecast.better);
    let drawn = |(_, name, series): &(f64, &str, &Series)| {
        let forecast = ForecastOptions { better: Some(better), ..options.forecast.clone() };
        let found = curvecast::forecast(series, &[options.at], &forecast).ok()?;
        let figure = figure::draw(series, &[options.at], &forecast, &found).ok()?;
        Some(Block::Figure { figure: Figure { title: (*name).to_owned(), ..figure }, path: format!("{name}.svg") })
    };
    (open.par_iter().take(FANS).filter_map(drawn).collect(), left)
}

/// The power law to a floor or ceiling of every run, with its intervals.
fn fits(sweep: &Sweep) -> Section {
    let names = ["asymptote", "its 90 % interval", "rate", "its 90 % interval", "root mean square error"];
    let columns = [Column::left("run")].into_iter().chain(names.map(Column::right)).collect();
    let mut table = Table::new("", columns);
    let options =
        FitOptions { law: LAW.to_owned(), loss: curvecast::Loss::Squares, intervals: vec![IntervalMethod::Laplace], resamples: 0, ..FitOptions::default() };
    let runs: Vec<(&str, &Series)> = sweep.series().collect();
    let rows: Vec<Option<Vec<Cell>>> = runs.par_iter().map(|(name, series)| fitted(name, series, &options)).collect();
    rows.into_iter().flatten().for_each(|row| table.push(row));
    let section = Section::new("Fits");
    if table.rows.is_empty() {
        return section;
    }
    let lead = format!("The law `{LAW}`, c − a x^−α, through all finite points of each run at a resource above 0; a fit, not the forecast above.");
    section.with(Block::Text(lead)).with(Block::Table(table))
}

/// The row of a run; none where the law cannot be fitted.
fn fitted(name: &str, series: &Series, options: &FitOptions) -> Option<Vec<Cell>> {
    let (x, y): (Vec<f64>, Vec<f64>) = series.x.iter().zip(&series.y).filter(|(x, y)| **x > 0.0 && y.is_finite()).map(|(x, y)| (*x, *y)).unzip();
    let found = curvecast::fit(&Runs::new([("resource", x.clone())], y.clone()), options).ok()?;
    let law = found.fit.law;
    let errors = x.iter().zip(&y).map(|(x, y)| law.eval(&models::At::at(&[*x]), &found.fit.theta) - y);
    let rms = (errors.map(|e| e * e).sum::<f64>() / x.len() as f64).sqrt();
    let of = |parameter: &str| {
        let Some(p) = found.parameter(parameter) else { return [Cell::Missing, Cell::Missing] };
        let decimals = decimals_for(p.value, 4);
        let interval = p.interval().map_or(Cell::Missing, |i| Cell::Interval { low: i.low, high: i.high, decimals });
        [Cell::number(p.value, decimals), interval]
    };
    let [c, c_interval] = of("c");
    let [alpha, alpha_interval] = of("alpha");
    Some(vec![name.into(), c, c_interval, alpha, alpha_interval, Cell::number(rms, decimals_for(rms, 3))])
}

/// Whether a name of `report` is a path of runs, and no experiment.
pub(super) fn is_path(name: &str) -> bool {
    let path = Path::new(name);
    path.exists() && !path.join("spec.toml").is_file()
}

#[cfg(test)]
mod tests {
    use curvecast::decide::SweepRun;

    use super::*;

    #[test]
    fn a_page_says_what_to_do_and_draws_what_goes_on() {
        let run = |name: &str, floor: f64, n: u32| {
            let y = (1..=n).map(|t| floor + f64::from(t).powf(-0.7)).collect();
            let series = Series { resource: "epoch".into(), measure: "loss".into(), ..Series::new((1..=n).map(f64::from).collect(), y) };
            SweepRun { name: name.to_owned(), series: Ok(series) }
        };
        let sweep = Sweep { runs: vec![run("done", 0.3, 40), run("good", 0.1, 15), run("hopeless", 0.9, 15)] };
        let page = page(&sweep, &DecideOptions::new(40.0, 0.0), None);
        assert!(page.lead.contains("3 runs, compared at 40: 1 to stop, 1 to continue, 1 finished, 0 without"), "{}", page.lead);
        let titles: Vec<&str> = page.sections.iter().map(|s| s.title.as_str()).collect();
        assert_eq!(titles, ["What to do", "All runs", "Forecasts", "Fits"]);
        let drawn: Vec<&str> =
            page.sections[2].blocks.iter().filter_map(|b| if let Block::Figure { figure, .. } = b { Some(figure.title.as_str()) } else { None }).collect();
        assert_eq!(drawn, ["good", "hopeless"]);
        // The law is the one the runs were made of.
        let Some(Block::Table(fits)) = page.sections[3].blocks.get(1) else { panic!("a table of fits") };
        assert_eq!(fits.rows.len(), 3);
        let asymptote = |k: usize| if let Cell::Number { value, .. } = fits.rows[k][1] { value } else { f64::NAN };
        assert!((asymptote(0) - 0.3).abs() < 1e-3 && (asymptote(1) - 0.1).abs() < 1e-3, "{} {}", asymptote(0), asymptote(1));
        assert!(page.to_html().unwrap().contains("hopeless"));
    }
}
