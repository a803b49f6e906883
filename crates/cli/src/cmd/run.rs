//! `curvecast run`: the jobs that are not done.

use clap::Args;
use runner::{Plan, RunError, Shard};

use crate::progress::{Line, span};
use crate::{OK, What};

/// Options of `run`.
#[derive(Args, Clone)]
pub struct RunArgs {
    #[command(flatten)]
    pub what: What,
    /// Only this slice of the plan, as i/n; slices write disjoint files
    #[arg(long)]
    pub shard: Option<Shard>,
}

/// Runs what is open.
pub fn run(a: &RunArgs) -> Result<u8, RunError> {
    let plan = a.what.plan()?;
    execute(&plan, a.shard)?;
    Ok(OK)
}

/// Runs a plan with a line of progress, and says what is not here.
pub fn execute(plan: &Plan, shard: Option<Shard>) -> Result<(), RunError> {
    for (source, why) in &plan.missing {
        eprintln!("note: source {source:?} is left out: {why}");
    }
    if plan.slice(shard).is_empty() {
        return Err(RunError::Nothing("no job is in this plan; its data are missing, or the shard is empty".into()));
    }
    let name = plan.experiment.name.clone();
    let line = Line::new(&name, 0);
    let started = std::time::Instant::now();
    let done = plan.run(shard, |job, p| {
        let spec = &plan.experiment.spec;
        let method = job.method.map_or(&spec.asks[job.ask].id, |m| &spec.methods[m].id);
        line.update(p.done as u64, p.all as u64, &format!("{method} · {} rows with a status", p.failed_rows), p.left);
    });
    line.finish();
    let done = done?;
    eprintln!("{name}: {done} jobs in {}, {} were there already", span(started.elapsed().as_secs_f64()), plan.slice(shard).len() - done);
    Ok(())
}
