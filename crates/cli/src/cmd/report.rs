//! `curvecast report`: tables, figures, pages and the scoreboard from the rows there are.

use clap::Args;
use runner::{RunError, exit};

use crate::publish::{self, scoreboard};
use crate::{OK, What, root};

/// Options of `report`.
#[derive(Args, Clone)]
pub struct ReportArgs {
    /// The experiment; without one, only the scoreboard is spliced
    name: Option<String>,
    /// smoke (seconds), laptop (minutes) or full (the paper's own)
    #[arg(long, default_value = runner::DEFAULT_SIZE)]
    size: String,
    /// Where results are, instead of results/NAME
    #[arg(long, value_name = "DIR")]
    results: Option<std::path::PathBuf>,
    /// Change nothing; exit with 110 when the scoreboard in README.md is not current
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    data: crate::Data,
}

/// Writes the report of one experiment, and the scoreboard.
pub fn run(a: &ReportArgs) -> Result<u8, RunError> {
    if let Some(name) = a.name.as_ref().filter(|_| !a.check) {
        let what = What {
            name: name.clone(),
            size: a.size.clone(),
            set: Vec::new(),
            results: a.results.clone(),
            data: a.data.clone(),
            out: crate::Out { format: crate::output::Format::Table },
        };
        let plan = what.plan()?;
        let gathered = plan.gather()?;
        if gathered.frame.is_empty() {
            return Err(RunError::Nothing(format!("no rows yet; run `curvecast run {name} --size {}` first", a.size)));
        }
        publish::write(&plan, &gathered)?;
        eprintln!("wrote {}", plan.results.display());
    }
    let root = root()?;
    let current = scoreboard::splice(&root, a.check)?;
    if a.check && !current {
        eprintln!("README.md: the scoreboard is not current; run `cargo curvecast report`");
        return Ok(exit::WRITE);
    }
    Ok(OK)
}
