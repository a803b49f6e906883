//! `curvecast train`: a network from a recipe.

use std::path::PathBuf;

use clap::Args;
use pfn::{Recipe, Trainer};
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

/// Trains to the end, or goes on with it.
pub fn run(a: &TrainArgs) -> Result<u8, RunError> {
    let text = std::fs::read_to_string(&a.recipe).map_err(|e| RunError::Spec(format!("{}: {e}", a.recipe.display())))?;
    let recipe: Recipe = toml::from_str(&text).map_err(|e| RunError::Spec(format!("{}: {e}", a.recipe.display())))?;
    let fail = |e: pfn::PfnError| match e {
        pfn::PfnError::Io { path, why } => RunError::Write { path, why },
        pfn::PfnError::Diverged { .. } => RunError::Jobs(e.to_string()),
        e => RunError::Spec(e.to_string()),
    };
    let checkpoint = a.out.join("checkpoint.safetensors");
    let name = recipe.name.clone();
    let mut trainer = Trainer::resume(recipe, &checkpoint).map_err(fail)?;
    let (line, from, started) = (Line::new(&name, 0), trainer.step(), std::time::Instant::now());
    if !a.export {
        trainer
            .run(&checkpoint, a.every, |p| {
                let per_step = started.elapsed().as_secs_f64() / (p.step - from).max(1) as f64;
                line.update(p.step, p.steps, &format!("loss {:.4} nats a point, {} curves", p.loss, p.curves), per_step * (p.steps - p.step) as f64);
                true
            })
            .map_err(fail)?;
    }
    line.finish();
    let mut log = String::from("step,curves,rate,loss\n");
    for p in trainer.log() {
        log.push_str(&format!("{},{},{:e},{}\n", p.step, p.curves, p.rate, p.loss));
    }
    runner::write_atomically(&a.out.join(format!("{name}.csv")), log.as_bytes())?;
    let out = trainer.export(&a.out.join(format!("{name}.safetensors")), &a.commit).map_err(fail)?;
    println!("{}", out.display());
    Ok(OK)
}
