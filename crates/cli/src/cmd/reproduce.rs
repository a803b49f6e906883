//! `curvecast reproduce`: run, judge, report.

use clap::Args;
use runner::RunError;

use crate::judged::Judged;
use crate::output::Format;
use crate::{Out, What, cmd, output};

/// Options of `reproduce`.
#[derive(Args, Clone)]
pub struct ReproduceArgs {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    out: Out,
}

/// Runs an experiment and prints paper against ours.
pub fn run(a: &ReproduceArgs) -> Result<u8, RunError> {
    let plan = a.what.plan()?;
    cmd::run::execute(&plan, None, None)?;
    let results = plan.gather()?;
    results.keep_rows()?;
    let judged = Judged::of(&results, publish::write(&results)?);
    if a.out.format == Format::Table {
        let e = &results.experiment;
        for table in e.spec.tables.iter().filter(|t| t.print) {
            match publish::tables::render(table, &e.published.claims, &results.frame) {
                Ok(t) => {
                    output::print(&t, Format::Table);
                    println!();
                }
                Err(why) => eprintln!("table {:?} is left out: {why}", table.id),
            }
        }
    }
    judged.print(a.out.format);
    eprintln!("{}\nwrote {}", judged.summary(), results.folder.display());
    Ok(judged.code())
}
