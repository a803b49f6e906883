//! `curvecast plan`: what a run would do.

use clap::Args;
use report::{Cell, Column, Table};
use runner::{RunError, Shard};

use crate::{OK, What, output};

/// Options of `plan`.
#[derive(Args, Clone)]
pub struct PlanArgs {
    #[command(flatten)]
    what: What,
    /// Only this slice of the plan, as i/n
    #[arg(long)]
    shard: Option<Shard>,
    /// Print a Slurm array script with so many tasks instead
    #[arg(long, value_name = "TASKS")]
    sbatch: Option<usize>,
}

/// Prints jobs per ask and method: all, done, open and why.
pub fn run(a: &PlanArgs) -> Result<u8, RunError> {
    if let Some(n) = a.sbatch {
        let sets: Vec<String> = a.what.set.iter().map(|s| format!(" '{s}'")).collect();
        println!(
            "#!/bin/sh\n#SBATCH --job-name=curvecast-{0}\n#SBATCH --array=1-{n}\n#SBATCH --cpus-per-task=1\ncurvecast run {0} --size {1} --shard \"$SLURM_ARRAY_TASK_ID/{n}\"{2}",
            a.what.name,
            a.what.size,
            sets.concat()
        );
        return Ok(OK);
    }
    let plan = a.what.plan()?;
    let slice = plan.slice(a.shard);
    if slice.is_empty() && plan.missing.is_empty() {
        return Err(RunError::Nothing("no job is in this plan".into()));
    }
    let columns = vec![
        Column::left("ask"),
        Column::left("method"),
        Column::right("curves"),
        Column::right("jobs"),
        Column::right("done"),
        Column::right("open"),
        Column::left("why open"),
    ];
    let mut t = Table::new("", columns);
    for (i, ask) in plan.experiment.spec.asks.iter().enumerate() {
        if let Some(why) = plan.missing.get(&ask.source) {
            t.push(vec![ask.id.as_str().into(), "all".into(), Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing, why.as_str().into()]);
            continue;
        }
        let methods = plan.experiment.spec.methods.iter().enumerate().map(|(m, method)| (Some(m), method.id.as_str()));
        for (m, method) in methods.chain([(None, "all")]) {
            let jobs: Vec<_> = slice.iter().filter(|j| j.ask == i && j.method == m).collect();
            if jobs.is_empty() {
                continue;
            }
            let done = jobs.iter().filter(|j| plan.store.has(&j.key)).count();
            let curves: usize = jobs.iter().map(|j| j.to - j.from).sum();
            let why = match done {
                d if d == jobs.len() => "",
                0 => "never run with these settings, data and weights",
                _ => "the rest was not reached",
            };
            t.push(vec![
                ask.id.as_str().into(),
                method.into(),
                Cell::count(curves),
                Cell::count(jobs.len()),
                Cell::count(done),
                Cell::count(jobs.len() - done),
                why.into(),
            ]);
        }
    }
    output::print(&t, a.what.out.format);
    Ok(OK)
}
