//! `curvecast validate`: is an experiment sound, and can it run here?

use std::path::PathBuf;

use clap::Args;
use runner::RunError;

use crate::args::Data;
use crate::{OK, What};

/// Options of `validate`.
#[derive(Args, Clone)]
pub struct ValidateArgs {
    /// The experiment, a folder of experiments/
    name: String,
    /// Only this size; all sizes when absent
    #[arg(long)]
    size: Option<String>,
    /// Overrides such as source.prior.curves=50; values are TOML or bare words
    #[arg(value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where results would go, instead of results/NAME
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

/// Loads spec, claims, tables, figures and the descriptions of data at every size, opens no data, and prints what there is.
pub fn run(a: &ValidateArgs) -> Result<u8, RunError> {
    let what = What { name: a.name.clone(), size: a.size.clone(), set: a.set.clone(), results: a.results.clone(), data: a.data.clone() };
    let plan = what.plan()?;
    let spec = &plan.experiment.spec;
    let mut parts = vec![count(spec.sources.len(), "source"), count(spec.asks.len(), "ask")];
    if !plan.stages.is_empty() {
        parts.push(count(plan.stages.len(), "stage"));
    }
    parts.extend([count(plan.jobs.len(), "job"), count(plan.experiment.published.claims.len(), "claim")]);
    let mut sizes = Vec::new();
    for size in spec.sizes.keys().filter(|s| a.size.as_ref().is_none_or(|only| only == *s)) {
        let jobs = What { size: Some(size.clone()), ..what.clone() }.plan()?.jobs.len();
        sizes.push(format!("{size} {jobs}"));
    }
    println!("valid: {}", parts.join(", "));
    println!("jobs by size: {}", sizes.join(", "));
    for (source, why) in &plan.missing {
        println!("missing here: source {source:?}: {why}");
    }
    Ok(OK)
}

/// A number of things.
fn count(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
