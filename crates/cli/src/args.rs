//! Options that verbs share.

use std::path::{Path, PathBuf};

use clap::Args;
use runner::{DEFAULT_SIZE, Experiment, Plan, RunError};

use crate::hint;
use crate::output::Format;

/// Options every verb that looks for data has.
#[derive(Args, Clone)]
pub struct Data {
    /// A folder that holds datasets, looked at first [env: CURVECAST_DATA]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Data {
    /// The folder asked for, or that of the environment.
    pub fn mirror(&self) -> Option<PathBuf> {
        self.data.clone().or_else(|| std::env::var_os("CURVECAST_DATA").filter(|d| !d.is_empty()).map(PathBuf::from))
    }
}

/// Options of verbs about one experiment.
#[derive(Args, Clone)]
pub struct What {
    /// The experiment, a folder of experiments/
    pub name: String,
    /// smoke (seconds), laptop (minutes) or full (the paper's own) [default: laptop]
    #[arg(long)]
    pub size: Option<String>,
    /// Overrides such as source.prior.curves=50; values are TOML or bare words
    #[arg(value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Where results go, instead of results/NAME
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    #[command(flatten)]
    pub data: Data,
}

/// How results are printed.
#[derive(Args, Clone, Copy)]
pub struct Out {
    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

impl What {
    /// The size asked for, or the one a run has when none is.
    pub fn size(&self) -> &str {
        self.size.as_deref().unwrap_or(DEFAULT_SIZE)
    }

    /// The same at another size, as it is written there.
    pub fn at(&self, size: &str) -> Self {
        Self { size: Some(size.to_owned()), set: Vec::new(), ..self.clone() }
    }

    /// The experiment, checked.
    pub fn experiment(&self) -> Result<Experiment, RunError> {
        load(&root()?, &self.name, self.size(), &self.set)
    }

    /// Its plan.
    pub fn plan(&self) -> Result<Plan, RunError> {
        Plan::new(&root()?, self.experiment()?, self.data.mirror().as_deref(), self.results.as_deref())
    }
}

/// An experiment with everything checked that can be before it runs, its tables and figures among it.
pub fn load(root: &Path, name: &str, size: &str, set: &[String]) -> Result<Experiment, RunError> {
    let experiment = Experiment::load(root, name, size, set).map_err(|e| hint::path(e, root, name))?;
    publish::check(&experiment)?;
    Ok(experiment)
}

/// The checkout that the current folder lies in.
pub fn root() -> Result<PathBuf, RunError> {
    let here = std::env::current_dir().map_err(|e| RunError::Nothing(e.to_string()))?;
    runner::find_root(&here)
}
