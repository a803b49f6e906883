//! `curvecast check`: claims against the rows there are.

use clap::Args;
use runner::RunError;

use crate::judged::Judged;
use crate::{Out, What, found, output};

/// Options of `check`.
#[derive(Args, Clone)]
pub struct CheckArgs {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    out: Out,
    /// Print a line `experiment claim mark` for every claim that is judged, in place of the table
    #[arg(long, hide = true, conflicts_with = "format")]
    marks: bool,
}

/// Judges and prints; 100 when a claim came out otherwise than expected. Answers that were kept of rows are judged already: this needs the rows.
pub fn run(a: &CheckArgs) -> Result<u8, RunError> {
    let found = found::find(&a.what)?;
    let judged = Judged::now(&found.results);
    if a.marks {
        print!("{}", judged.marks(&a.what.name));
    } else {
        output::print(&judged.table(), a.out.format);
        eprintln!("{}", judged.summary());
    }
    Ok(judged.code())
}
