//! `curvecast decide`: which runs of a sweep should be stopped.

pub(super) mod row;
pub(super) mod sweep;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::thread;
use std::time::Duration;

use clap::Args;
use curvecast::decide::{Standing, Standings, Sweep, SweepRun};
use curvecast::{DecideOptions, ForecastOptions};
use rayon::prelude::*;
use report::Table;
use runner::{RunError, exit};

pub(super) use self::row::FINISHED;
use self::row::{CONTINUE, Row};
use self::sweep::SweepArgs;
use super::fit::failed;
use crate::output::Format;
use crate::{OK, Out, output};

/// Seconds between two looks, at the least and at the most: a fiftieth of a second, and a day.
const PAUSES: (f64, f64) = (0.02, 86_400.0);

/// Options of `decide`.
#[derive(Args, Clone)]
pub struct DecideArgs {
    #[command(flatten)]
    sweep: SweepArgs,
    /// The resource value that counts: where runs end, or where they are compared
    #[arg(long)]
    at: f64,
    /// The value to beat there; for each run the best value that the other runs have reached when absent
    #[arg(long, allow_negative_numbers = true)]
    best: Option<f64>,
    /// Stop a run that is better with a lower probability than this
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.05)]
    below: f64,
    /// Stop no run before so many points were logged
    #[arg(long, default_value_t = 4)]
    min_points: usize,
    /// Look again every so many seconds as the files grow, and print what changes, until all runs are stopped or finished
    #[arg(long, value_name = "SECONDS")]
    watch: Option<f64>,
    #[command(flatten)]
    out: Out,
}

/// Prints a row for every run: what was seen, the forecast, and whether to stop it.
pub fn run(a: &DecideArgs) -> Result<u8, RunError> {
    if let Some(pause) = a.watch.filter(|s| !(PAUSES.0..=PAUSES.1).contains(s)) {
        return Err(RunError::Nothing(format!("--watch {pause}: give seconds from {} to {}, for example 30", PAUSES.0, PAUSES.1)));
    }
    let forecast = a.sweep.forecast()?;
    let asked = DecideOptions { below: a.below, min_points: a.min_points, forecast, ..DecideOptions::new(a.at, a.best.unwrap_or(0.0)) };
    asked.check().map_err(|e| failed(e, a.sweep.first()))?;
    let mut shown = Shown::default();
    loop {
        let rows = rows_as_read(&a.sweep, &asked, a.best);
        // A folder may fill while it is watched.
        if rows.is_empty() && a.watch.is_none() {
            return Err(a.sweep.nothing());
        }
        shown.print(&rows, a.out.format);
        let open = rows.is_empty() || rows.iter().any(|row| row.decision == CONTINUE);
        match a.watch {
            Some(pause) if open => thread::sleep(Duration::from_secs_f64(pause)),
            _ => return Ok(if rows.iter().any(Row::is_answered) { OK } else { exit::DATA }),
        }
    }
}

/// Every run, decided.
pub(super) fn rows(sweep: &Sweep, asked: &DecideOptions, best: Option<f64>) -> Vec<Row> {
    let standings = sweep.standings(asked.at);
    let judge = Judge::new(&standings, asked, best);
    sweep.runs.par_iter().map(|run| judge.row(run)).collect()
}

/// The same for a sweep that is too large to be held: every run is read, judged, and let go. Where the others have to be known before, they are read
/// once more.
fn rows_as_read(sweep: &SweepArgs, asked: &DecideOptions, best: Option<f64>) -> Vec<Row> {
    let standings = match (best, asked.forecast.better) {
        (Some(_), Some(_)) => Standings::default(),
        _ => sweep.each(|run| Standing::of(&run, asked.at)).into_iter().collect(),
    };
    let judge = Judge::new(&standings, asked, best);
    sweep.each(|run| judge.row(&run))
}

/// What every run is held against.
struct Judge<'a> {
    options: DecideOptions,
    best: Option<f64>,
    others: HashMap<&'a str, Option<f64>>,
}

impl<'a> Judge<'a> {
    fn new(standings: &'a Standings, asked: &DecideOptions, best: Option<f64>) -> Self {
        let better = standings.better(asked.forecast.better);
        let forecast = ForecastOptions { better: Some(better), ..asked.forecast.clone() };
        let others = if best.is_some() { HashMap::new() } else { standings.bests_without(better) };
        Self { options: DecideOptions { forecast, ..asked.clone() }, best, others }
    }

    fn row(&self, run: &SweepRun) -> Row {
        let beat = self.best.or_else(|| self.others.get(run.name.as_str()).copied().flatten());
        Row::of(run, beat, &DecideOptions { best: beat.unwrap_or(0.0), ..self.options.clone() })
    }
}

/// What was printed before.
#[derive(Default)]
struct Shown {
    /// Run → its decision.
    decisions: BTreeMap<String, &'static str>,
    warnings: BTreeSet<String>,
}

impl Shown {
    /// Prints the rows whose decisions are new, and warnings that are.
    fn print(&mut self, rows: &[Row], format: Format) {
        for row in rows {
            for warning in &row.warnings {
                let text = format!("{}: {warning}", row.name);
                if self.warnings.insert(text.clone()) {
                    output::said(warning.level(), text);
                }
            }
        }
        let first = self.decisions.is_empty();
        let mut table = Table::new("", row::columns());
        for row in rows {
            if self.decisions.insert(row.name.clone(), row.decision) != Some(row.decision) {
                table.push(row.cells());
            }
        }
        match format {
            _ if table.rows.is_empty() => {}
            // One header for all that is printed.
            Format::Csv if !first => print!("{}", table.to_csv().split_once('\n').map_or("", |(_, rest)| rest)),
            format => output::print(&table, format),
        }
    }
}
