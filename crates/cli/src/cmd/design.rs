//! `curvecast design`: which small runs foretell a large one best.

use std::path::Path;

use clap::Args;
use curvecast::design::{Plan, PlannedRun, read_constants};
use curvecast::{DesignOptions, DesignResult, Error};
use report::{Cell, Column, Table, decimals_for};
use runner::RunError;

use super::{assign, fit};
use crate::{OK, Out, output};

/// Options of `design`.
#[derive(Args, Clone)]
pub struct DesignArgs {
    /// Compute of the large run in FLOP
    #[arg(long)]
    budget: f64,
    /// The law, of parameters and tokens (see `curvecast laws`)
    #[arg(long, default_value = "chinchilla")]
    law: String,
    /// Whose constants are taken for the truth (see `curvecast eval LAW --constants list`), or a file that `curvecast fit --format csv` wrote; the
    /// first of the list when absent
    #[arg(long, value_name = "NAME|FILE")]
    constants: Option<String>,
    /// The large run, as params=7e10,tokens=1.4T; the best split of the budget when absent
    #[arg(long, value_name = "params=N,tokens=D")]
    large: Option<String>,
    /// The share of the budget that the small runs may cost together
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    spend: f64,
    /// How many small runs
    #[arg(long, default_value_t = 12)]
    runs: usize,
    /// The standard deviation of the loss between seeds, as a share of it
    #[arg(long, value_name = "SHARE", default_value_t = 0.003)]
    noise: f64,
    /// The fewest parameters of a small run
    #[arg(long, value_name = "PARAMS", default_value_t = 1e7)]
    smallest: f64,
    /// The share of what may be spent that one small run may cost
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    largest: f64,
    /// The fewest and the most tokens per parameter of a small run
    #[arg(long, value_name = "LOW,HIGH", default_value = "4,400")]
    ratios: String,
    /// FLOP per parameter and token
    #[arg(long, default_value_t = 6.0)]
    flop_per: f64,
    #[command(flatten)]
    out: Out,
}

/// Prints the runs, what they cost, and how well they foretell, beside the usual grid of the same cost.
pub fn run(a: &DesignArgs) -> Result<u8, RunError> {
    let found = curvecast::design(&options(a)?).map_err(failed)?;
    eprintln!("{}", whose(a, &found));
    eprintln!("{}", promise(a, &found));
    output::print(&table(&found), a.out.format);
    Ok(OK)
}

fn options(a: &DesignArgs) -> Result<DesignOptions, RunError> {
    let mut options = DesignOptions {
        law: a.law.clone(),
        spend: a.spend,
        runs: a.runs,
        noise: a.noise,
        smallest: a.smallest,
        largest: a.largest,
        ratios: ratios(&a.ratios)?,
        flop_per: a.flop_per,
        large: a.large.as_deref().map(large).transpose()?,
        ..DesignOptions::new(a.budget)
    };
    match &a.constants {
        // No paper's name has a dot or a stroke.
        Some(file) if file.contains(['.', '/', '\\']) => options.theta = read_constants(Path::new(file)).map_err(failed)?,
        name => options.constants = name.clone(),
    }
    Ok(options)
}

/// `LOW,HIGH`.
fn ratios(text: &str) -> Result<(f64, f64), RunError> {
    let found = text.split_once(',').and_then(|(low, high)| Some((assign::number(low)?, assign::number(high)?)));
    found.ok_or_else(|| RunError::Nothing(format!("--ratios {text}: give the fewest and the most tokens per parameter as LOW,HIGH, for example 4,400")))
}

/// `params=N,tokens=D`.
fn large(text: &str) -> Result<(f64, f64), RunError> {
    let pairs = assign::pairs(text)?;
    let of = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| *v);
    match (of("params"), of("tokens"), pairs.len()) {
        (Some(params), Some(tokens), 2) => Ok((params, tokens)),
        _ => Err(RunError::Nothing(format!("--large {text}: give both as params=7e10,tokens=1.4T"))),
    }
}

/// There is one file at the most, and errors about it name it.
fn failed(e: Error) -> RunError {
    match e {
        Error::Fit(why) => RunError::Jobs(why.to_string()),
        e => fit::failed(e, Path::new("")),
    }
}

/// The parameters that are taken for the truth.
fn whose(a: &DesignArgs, found: &DesignResult) -> String {
    let own = a.constants.as_deref().filter(|c| found.constants.as_ref().is_none_or(|known| known.id != *c));
    let values: Vec<String> = found.parameters.iter().map(|(name, v)| format!("{name} {v:.prec$}", prec = decimals_for(*v, 5))).collect();
    let source = match (own, &found.constants) {
        (Some(file), _) => file.to_owned(),
        (None, Some(known)) => format!("{} ({})", known.id, known.source),
        (None, None) => "own".to_owned(),
    };
    format!("{} with the constants of {source}: {}", found.law.name(), values.join(", "))
}

/// What the runs promise.
fn promise(a: &DesignArgs, found: &DesignResult) -> String {
    let digits = decimals_for(found.designed.se, 2);
    let beside = if found.grid.se.is_finite() {
        format!("an IsoFLOP grid of the same cost to {:.digits$}", found.grid.se)
    } else {
        "there is no IsoFLOP grid that determines this law".to_owned()
    };
    format!(
        "these runs foretell the large run's loss of {:.4} to a standard error of {:.digits$}, {beside}; for a noise of {} %, and if the law is right",
        found.large.loss,
        found.designed.se,
        100.0 * a.noise
    )
}

/// The small runs, the cheapest first; what they cost and promise, beside the grid; and the large run.
fn table(found: &DesignResult) -> Table {
    let mut columns = vec![Column::left("what")];
    columns.extend(["params", "tokens", "tokens per param", "FLOP", "loss", "times", "standard error"].map(Column::right));
    let mut t = Table::new("", columns);
    for r in found.designed.runs.iter().filter(|r| r.times > 0) {
        t.push(line("run", r));
    }
    t.push(total("all runs", &found.designed));
    t.push(total("IsoFLOP grid", &found.grid));
    t.push(line("large run", &found.large));
    t
}

fn line(what: &str, r: &PlannedRun) -> Vec<Cell> {
    let ratio = r.tokens / r.params;
    let count = |v: f64| Cell::number(v, 0);
    vec![
        what.into(),
        count(r.params),
        count(r.tokens),
        Cell::number(ratio, decimals_for(ratio, 3)),
        count(r.flop),
        Cell::number(r.loss, 4),
        Cell::count(r.times),
        Cell::Missing,
    ]
}

fn total(what: &str, plan: &Plan) -> Vec<Cell> {
    let times = plan.runs.iter().map(|r| r.times).sum();
    let se = Cell::number(plan.se, decimals_for(plan.se, 3));
    vec![what.into(), Cell::Missing, Cell::Missing, Cell::Missing, Cell::number(plan.flop, 0), Cell::Missing, Cell::count(times), se]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_run_has_both_numbers() {
        assert_eq!(large("params=7e10,tokens=1.4T").unwrap(), (7e10, 1.4e12));
        for wrong in ["params=7e10", "params=7e10,tokens=1,runs=2", "params=7e10,params=7e10"] {
            assert!(large(wrong).unwrap_err().to_string().contains("tokens=1.4T"), "{wrong}");
        }
    }

    #[test]
    fn ratios_are_two_numbers() {
        assert_eq!(ratios("4,400").unwrap(), (4.0, 400.0));
        assert!(ratios("20").unwrap_err().to_string().contains("LOW,HIGH"));
    }
}
