//! `curvecast simulate`: what stopping runs early would have saved, and cost, on runs that are known to their ends.

mod figure;

use std::path::PathBuf;

use clap::Args;
use curvecast::simulate::Policy;
use curvecast::{Error, Level, Series, SimulateOptions, SimulateResult};
use report::{Cell, Column, Table, decimals_for};
use runner::{RunError, exit};

use super::decide::sweep::SweepArgs;
use super::drawn;
use super::fit::failed;
use crate::progress::pieces;
use crate::{OK, Out, output};

/// Options of `simulate`.
#[derive(Args, Clone)]
pub struct SimulateArgs {
    #[command(flatten)]
    sweep: SweepArgs,
    /// none, patience-N, median, successive-halving, hyperband, curvecast, curvecast:METHOD; all, with patience-1 and patience-3, when absent
    #[arg(long, value_delimiter = ',', value_name = "POLICY,…")]
    policies: Vec<String>,
    /// The resource value at which forecasts compare runs; where the longest run ends when absent
    #[arg(long)]
    at: Option<f64>,
    /// Curvecast stops a run that is better than the best so far with a lower probability than this
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.05)]
    below: f64,
    /// Curvecast and the median rule stop no run before so many points
    #[arg(long, default_value_t = 4)]
    min_points: usize,
    /// Places along a run at which Curvecast asks for a forecast
    #[arg(long, default_value_t = 20)]
    looks: usize,
    /// Orders in which the runs come: as the files have them, and drawn ones
    #[arg(long, default_value_t = 20)]
    orders: usize,
    /// The share of the runs that should not be killed
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    top: f64,
    /// The seed of the orders
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw what each policy looked at against its regret into this SVG or PNG file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    out: Out,
}

/// Prints a row for every policy.
pub fn run(a: &SimulateArgs) -> Result<u8, RunError> {
    a.plot.as_deref().map(drawn::check).transpose()?;
    let why = |e: Error| failed(e, a.sweep.first());
    let policies = if a.policies.is_empty() {
        Policy::usual()
    } else {
        a.policies.iter().map(|name| Policy::named(name.trim())).collect::<Result<Vec<_>, _>>().map_err(why)?
    };
    let options = SimulateOptions {
        policies,
        at: a.at,
        below: a.below,
        min_points: a.min_points,
        looks: a.looks,
        orders: a.orders,
        top: a.top,
        seed: a.seed,
        forecast: a.sweep.forecast()?,
        watch: Some(pieces("simulate", "forecasts")),
    };
    let found = curvecast::simulate(&runs(a)?, &options).map_err(why)?;
    eprintln!("{}", seen(&found));
    output::print(&table(&found), a.out.format);
    if let Some(path) = &a.plot {
        drawn::write(&figure::draw(&found), path)?;
    }
    // Every run went on where no forecast could be made: that says nothing of forecasts.
    let told = found.policies.iter().all(|p| p.failed == 0 || p.stopped > 0.0);
    Ok(if told { OK } else { exit::JOBS })
}

/// The runs that can be read; what is wrong with others, and doubtful about these, is said.
fn runs(a: &SimulateArgs) -> Result<Vec<(String, Series)>, RunError> {
    let sweep = a.sweep.read();
    if sweep.runs.is_empty() {
        return Err(a.sweep.nothing());
    }
    let mut runs = Vec::with_capacity(sweep.runs.len());
    for run in sweep.runs {
        match run.series {
            Ok(series) => {
                for note in &series.notes {
                    output::said(note.level(), format!("{}: {note}", run.name));
                }
                runs.push((run.name, series));
            }
            Err(e) => output::said(Level::Warning, format!("{} is left out: {e}", run.name)),
        }
    }
    if runs.len() < 2 {
        return Err(RunError::Data(format!("{} runs can be read, and a replay compares two or more", runs.len())));
    }
    Ok(runs)
}

/// What was replayed.
fn seen(found: &SimulateResult) -> String {
    let digits = decimals_for(found.best, 5);
    let orders = if found.orders == 1 { "in the order given".to_owned() } else { format!("means over {} orders", found.orders) };
    format!(
        "{} runs with {} points; the best value of all is {:.digits$}, of {}; best runs whose loss is counted: {}; {orders}",
        found.runs, found.points, found.best, found.winner, found.top
    )
}

fn table(found: &SimulateResult) -> Table {
    let names = ["points", "saved", "best", "regret", "worst regret", "stopped", "top killed", "failed forecasts"];
    let mut columns = vec![Column::left("policy")];
    columns.extend(names.map(Column::right));
    let mut t = Table::new("", columns);
    let digits = decimals_for(found.best, 5);
    for p in &found.policies {
        t.push(vec![
            p.policy.as_str().into(),
            Cell::number(p.points, 1),
            Cell::number(p.saved, 3),
            Cell::number(p.best, digits),
            Cell::number(p.regret, digits),
            Cell::number(p.worst, digits),
            Cell::number(p.stopped, 1),
            Cell::number(p.killed, 2),
            Cell::count(p.failed),
        ]);
    }
    t
}
