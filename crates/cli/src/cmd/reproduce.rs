//! `curvecast reproduce`: run, judge, report.

use runner::{RunError, exit, judge};

use crate::output::Format;
use crate::publish::verdicts::{rows, summary};
use crate::publish::{self, tables};
use crate::{OK, What, cmd, output};

/// Runs an experiment and prints paper against ours.
pub fn run(a: &What) -> Result<u8, RunError> {
    let plan = a.plan()?;
    cmd::run::execute(&plan, None)?;
    let gathered = plan.gather()?;
    let verdicts = publish::write(&plan, &gathered)?;
    let claims = rows(&verdicts);
    if a.out.format == Format::Table {
        for table in plan.experiment.spec.tables.iter().filter(|t| t.print) {
            match tables::render(table, &plan.experiment.published.claims, &gathered.frame) {
                Ok(t) => println!("{}", t.to_text()),
                Err(why) => eprintln!("table {:?} is left out: {why}", table.id),
            }
        }
    }
    output::print(&publish::verdicts::short_table(&claims), a.out.format);
    eprintln!("{}\nwrote {}", summary(&claims), plan.results.display());
    let surprises = judge::surprises(&verdicts);
    if surprises.is_empty() {
        return Ok(OK);
    }
    eprintln!("not as expected: {}", surprises.join(", "));
    Ok(exit::CLAIM)
}
