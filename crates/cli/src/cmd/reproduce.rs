//! `curvecast reproduce`: run, judge, report.

use runner::{RunError, exit, judge};

use crate::publish;
use crate::publish::verdicts::{rows, summary};
use crate::{OK, What, cmd, output};

/// Runs an experiment and prints paper against ours.
pub fn run(a: &What) -> Result<u8, RunError> {
    let plan = a.plan()?;
    cmd::run::execute(&plan, None)?;
    let gathered = plan.gather()?;
    let verdicts = publish::write(&plan, &gathered)?;
    let claims = rows(&verdicts);
    output::print(&publish::verdicts::short_table(&claims), a.out.format);
    eprintln!("{}\nwrote {}", summary(&claims), plan.results.display());
    let surprises = judge::surprises(&verdicts);
    if surprises.is_empty() {
        return Ok(OK);
    }
    eprintln!("not as expected: {}", surprises.join(", "));
    Ok(exit::CLAIM)
}
