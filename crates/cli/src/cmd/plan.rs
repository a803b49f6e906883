//! `curvecast plan`: what a run would do.

mod hq;
mod sbatch;
mod steps;

use std::collections::BTreeSet;

use clap::Args;
use report::{Cell, Column, Table};
use runner::job::Job;
use runner::stage::StagePlan;
use runner::{Plan, RunError, Shard};

use crate::{OK, Out, What, output};

/// Options of `plan`.
#[derive(Args, Clone)]
pub struct PlanArgs {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    out: Out,
    /// Only this slice of the plan, as i/n
    #[arg(long)]
    shard: Option<Shard>,
    /// Print a script instead that runs the plan on Slurm, in arrays of so many tasks
    #[arg(long, value_name = "TASKS", value_parser = tasks, conflicts_with_all = ["format", "shard"])]
    sbatch: Option<usize>,
    /// Print a job file instead that runs the plan on HyperQueue, in so many tasks a step
    #[arg(long, value_name = "TASKS", value_parser = tasks, conflicts_with_all = ["format", "shard", "sbatch"])]
    hq: Option<usize>,
}

/// A number of tasks of an array.
fn tasks(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "it has to be a whole number from 1 on".to_owned())
}

/// Prints stages and jobs: all, done, open and why.
pub fn run(a: &PlanArgs) -> Result<u8, RunError> {
    let plan = a.what.plan()?;
    if let Some(tasks) = a.sbatch.or(a.hq) {
        if let Some(why) = plan.impossible() {
            return Err(why);
        }
        let write = if a.hq.is_some() { hq::file } else { sbatch::script };
        print!("{}", write(&plan, &a.what, tasks)?);
        return Ok(OK);
    }
    if plan.jobs.is_empty() && plan.missing.is_empty() {
        return Err(RunError::Nothing("no job is in this plan".into()));
    }
    output::print(&table(&plan, a.shard), a.out.format);
    Ok(OK)
}

fn table(plan: &Plan, shard: Option<Shard>) -> Table {
    let columns = vec![
        Column::left("ask"),
        Column::left("method"),
        Column::right("pieces"),
        Column::right("jobs"),
        Column::right("done"),
        Column::right("open"),
        Column::right("FLOP open"),
        Column::right("minutes open"),
        Column::left("why open"),
    ];
    let mut t = Table::new("", columns);
    let stages = plan.stage_slice(shard);
    for source in stages.iter().map(|s| s.source.as_str()).collect::<BTreeSet<&str>>() {
        let of: Vec<&StagePlan> = stages.iter().copied().filter(|s| s.source == source).collect();
        let done = of.iter().filter(|s| plan.cache.has(&s.key)).count();
        let study = of.first().map_or("", |s| s.study.name());
        let open = || of.iter().filter(|s| !plan.cache.has(&s.key));
        let left = (done < of.len()).then(|| (open().map(|s| s.stage.flops).sum(), open().map(|s| s.cost).sum()));
        t.push(row(&format!("stages of {source}"), study, Cell::Missing, of.len(), done, left));
    }
    let slice = plan.slice(shard);
    for (k, ask) in plan.experiment.spec.asks.iter().enumerate() {
        let reads = ask.protocol().map(|(_, p)| p.reads(&ask.head())).unwrap_or_default();
        if let Some(why) = reads.iter().find_map(|input| plan.missing.get(&input.source)) {
            let mut cells = vec![Cell::Missing; t.columns.len()];
            cells[0] = ask.id.as_str().into();
            cells[1] = "all".into();
            cells[t.columns.len() - 1] = why.to_string().into();
            t.push(cells);
            continue;
        }
        let jobs: Vec<&Job> = slice.iter().copied().filter(|j| j.ask == k).collect();
        let mut methods: Vec<Option<&str>> = Vec::new();
        for method in jobs.iter().map(|j| j.part.method.as_deref()) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        for method in methods {
            let of: Vec<&Job> = jobs.iter().copied().filter(|j| j.part.method.as_deref() == method).collect();
            let done = of.iter().filter(|j| plan.store.has(&j.key)).count();
            let pieces: usize = of.iter().map(|j| j.part.range.len()).sum();
            t.push(row(&ask.id, method.unwrap_or("all"), Cell::count(pieces), of.len(), done, None));
        }
    }
    t
}

/// A row; `left` is what is open of stages, as floating-point operations and seconds on one core.
fn row(about: &str, who: &str, pieces: Cell, all: usize, done: usize, left: Option<(f64, f64)>) -> Vec<Cell> {
    let why = match done {
        d if d == all => "",
        0 => "never run with these settings, data and weights",
        _ => "the rest was not reached",
    };
    let flops = left.map_or(Cell::Missing, |(flops, _)| Cell::text(format!("{flops:.1e}")));
    let minutes = Cell::maybe(left.map(|(_, seconds)| seconds / 60.0), 1);
    vec![about.into(), who.into(), pieces, Cell::count(all), Cell::count(done), Cell::count(all - done), flops, minutes, why.into()]
}
