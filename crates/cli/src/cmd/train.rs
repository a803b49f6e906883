//! `curvecast train`: a network from a recipe.

use std::path::PathBuf;

use clap::Args;
use pfn::{MixtureRecipe, MixtureTrainer, Progress, Recipe, Trainer};
use runner::RunError;

use crate::OK;
use crate::progress::Line;

/// Options of `train`.
#[derive(Args, Clone)]
pub struct TrainArgs {
    /// A recipe, such as crates/pfn/models/lcpfn-p1.toml
    recipe: PathBuf,
    /// Where checkpoint, learning curve and weights go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Steps between checkpoints
    #[arg(long, default_value_t = 500)]
    every: u64,
    /// The commit of this repository, for the model card
    #[arg(long, default_value = "")]
    commit: String,
    /// Only write the weights of the checkpoint there is
    #[arg(long)]
    export: bool,
}

/// Trains to the end, or goes on with it. The head of a recipe's network, normals or bins, says which kind it is.
pub fn run(a: &TrainArgs) -> Result<u8, RunError> {
    let wrong = |e: String| RunError::Spec(format!("{}: {e}", a.recipe.display()));
    let text = std::fs::read_to_string(&a.recipe).map_err(|e| wrong(e.to_string()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let checkpoint = a.out.join("checkpoint.safetensors");
    if answers_in_normals(&table) {
        let recipe: MixtureRecipe = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        let name = recipe.name.clone();
        let mut trainer = MixtureTrainer::resume(recipe, &checkpoint).map_err(fail)?;
        let mut watch = watch(&name, trainer.step());
        if !a.export {
            trainer.run(&checkpoint, a.every, &mut watch).map_err(fail)?;
        }
        write_log(a, &name, trainer.log())?;
        let out = trainer.export(&a.out.join(format!("{name}.safetensors")), &a.commit).map_err(fail)?;
        println!("{}", out.display());
    } else {
        let recipe: Recipe = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        let name = recipe.name.clone();
        let mut trainer = Trainer::resume(recipe, &checkpoint).map_err(fail)?;
        let mut watch = watch(&name, trainer.step());
        if !a.export {
            trainer.run(&checkpoint, a.every, &mut watch).map_err(fail)?;
        }
        write_log(a, &name, trainer.log())?;
        let out = trainer.export(&a.out.join(format!("{name}.safetensors")), &a.commit).map_err(fail)?;
        println!("{}", out.display());
    }
    Ok(OK)
}

/// Is it a recipe of a network whose answers are mixtures of normals?
pub(super) fn answers_in_normals(recipe: &toml::Table) -> bool {
    recipe.get("network").and_then(|n| n.get("normals")).is_some()
}

pub(super) fn fail(e: pfn::PfnError) -> RunError {
    match e {
        pfn::PfnError::Io { path, why } => RunError::Write { path, why },
        pfn::PfnError::Diverged { .. } => RunError::Jobs(e.to_string()),
        e => RunError::Spec(e.to_string()),
    }
}

/// Shows every line of a training run that begins at step `from`, and never stops it.
fn watch(name: &str, from: u64) -> impl FnMut(&Progress) -> bool {
    let (line, started) = (Line::new(name, 0), std::time::Instant::now());
    move |p| {
        let per_step = started.elapsed().as_secs_f64() / (p.step - from).max(1) as f64;
        line.update(p.step, p.steps, &format!("loss {:.4} nats a point, {} curves", p.loss, p.curves), per_step * (p.steps - p.step) as f64);
        if p.step == p.steps {
            line.finish();
        }
        true
    }
}

/// The network's own learning curve, as a table.
fn write_log(a: &TrainArgs, name: &str, log: &[Progress]) -> Result<(), RunError> {
    let mut text = String::from("step,curves,rate,loss\n");
    for p in log {
        text.push_str(&format!("{},{},{:e},{}\n", p.step, p.curves, p.rate, p.loss));
    }
    runner::write_atomically(&a.out.join(format!("{name}.csv")), text.as_bytes())
}
