//! `curvecast get`: a dataset from its authors.

use clap::Args;
use runner::{RunError, get};

use crate::{OK, root};

/// Options of `get`.
#[derive(Args, Clone)]
pub struct GetArgs {
    /// The dataset, a folder of datasets/
    name: String,
    /// Fetch from here instead of the address in dataset.toml
    #[arg(long, value_name = "URL")]
    base: Option<String>,
}

/// Fetches, checks, converts.
pub fn run(a: &GetArgs) -> Result<u8, RunError> {
    let folder = get::get(&root()?, &a.name, a.base.as_deref(), |what| eprintln!("{}: {what}", a.name))?;
    println!("{}", folder.display());
    Ok(OK)
}
