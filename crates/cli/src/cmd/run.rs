//! `curvecast run`: the stages and jobs that are not done.

use std::collections::BTreeSet;
use std::time::Instant;

use clap::{Args, ValueEnum};
use runner::{Plan, RunError, Shard};

use crate::progress::{Line, span};
use crate::{OK, What};

/// Options of `run`.
#[derive(Args, Clone)]
pub struct RunArgs {
    #[command(flatten)]
    what: What,
    /// Only this slice of the plan, as i/n; slices write disjoint files
    #[arg(long)]
    shard: Option<Shard>,
    /// Only what sources have to train or solve first, or only what is asked of them
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// First remove rows of jobs that are not in the plan at any size
    #[arg(long, conflicts_with = "shard")]
    prune: bool,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// What sources have to train or solve before they can be read
    Stages,
    /// What is asked
    Jobs,
}

/// Runs what is open.
pub fn run(a: &RunArgs) -> Result<u8, RunError> {
    let plan = a.what.plan()?;
    if a.prune {
        prune(a, &plan)?;
    }
    execute(&plan, a.shard, a.only)?;
    Ok(OK)
}

/// Runs a plan with a line of progress, and says what is not here.
///
/// # Errors
/// All data are missing, there is nothing to run, a stage fails, rows cannot be kept.
pub fn execute(plan: &Plan, shard: Option<Shard>, only: Option<Only>) -> Result<(), RunError> {
    let impossible = plan.impossible();
    // The error names the first.
    for (source, why) in plan.missing.iter().skip(usize::from(impossible.is_some())) {
        eprintln!("note: source {source:?} is left out: {why}");
    }
    if let Some(why) = impossible {
        return Err(why);
    }
    if plan.jobs.is_empty() {
        return Err(RunError::Nothing(format!("{}: no job is in this plan; none of its asks has anything to do at this size", plan.experiment.name)));
    }
    if only != Some(Only::Jobs) {
        stages(plan, shard)?;
    }
    if only != Some(Only::Stages) {
        jobs(plan, shard)?;
    }
    Ok(())
}

fn stages(plan: &Plan, shard: Option<Shard>) -> Result<(), RunError> {
    let slice = plan.stage_slice(shard);
    if slice.is_empty() {
        return Ok(());
    }
    let name = &plan.experiment.name;
    let (line, started) = (Line::new(&format!("{name} stages"), 0), Instant::now());
    let done = plan.run_stages(shard, |stage, p| line.update(p.done as u64, p.all as u64, &format!("{} {}", stage.study.name(), stage.stage.id), p.left));
    line.finish();
    // What other shards' stages give is made here as well where it is needed.
    let done = done?;
    eprintln!("{name}: {done} stages in {}, {} were there already", span(started.elapsed().as_secs_f64()), slice.len().saturating_sub(done));
    Ok(())
}

fn jobs(plan: &Plan, shard: Option<Shard>) -> Result<(), RunError> {
    let (name, slice) = (&plan.experiment.name, plan.slice(shard));
    if slice.is_empty() {
        eprintln!("{name}: this shard holds none of the {} jobs; nothing is to be done", plan.jobs.len());
        return Ok(());
    }
    let (waiting, open) = (plan.open_stages(), slice.iter().any(|j| !plan.store.has(&j.key)));
    if waiting > 0 && open {
        let all = plan.stages.len();
        return Err(RunError::Jobs(format!("{waiting} of {all} stages have not run; when all shards have run `--only stages`, run this again")));
    }
    let (line, started) = (Line::new(name, 0), Instant::now());
    let done = plan.run(shard, |job, p| {
        let who = job.part.method.as_deref().unwrap_or(&plan.experiment.spec.asks[job.ask].id);
        line.update(p.done as u64, p.all as u64, &format!("{who} · {} rows with a status", p.failed_rows), p.left);
    });
    line.finish();
    let done = done?;
    eprintln!("{name}: {done} jobs in {}, {} were there already", span(started.elapsed().as_secs_f64()), slice.len() - done);
    Ok(())
}

/// Removes the rows that no size reads as it is written, nor this run.
fn prune(a: &RunArgs, plan: &Plan) -> Result<(), RunError> {
    let sizes = plan.experiment.spec.sizes.keys().map(|size| a.what.at(size).plan()).collect::<Result<Vec<Plan>, _>>()?;
    if let Some((source, why)) = sizes.iter().chain([plan]).flat_map(|p| &p.missing).next() {
        eprintln!("nothing was removed: while source {source:?} is not here, rows about it cannot be told from those of nothing");
        return Err(RunError::Absent(why.clone()));
    }
    let keys: BTreeSet<&str> = sizes.iter().chain([plan]).flat_map(|p| &p.jobs).map(|j| j.key.as_str()).collect();
    let removed = plan.store.prune(&keys)?;
    eprintln!("{}: {removed} files of rows removed that are of no size", plan.experiment.name);
    Ok(())
}
