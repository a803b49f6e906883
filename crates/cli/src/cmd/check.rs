//! `curvecast check`: claims against the rows there are.

use runner::{RunError, exit, judge};

use crate::publish::verdicts::rows;
use crate::{OK, What, output};

/// Judges and prints; 100 when a claim came out otherwise than expected.
pub fn run(a: &What) -> Result<u8, RunError> {
    let plan = a.plan()?;
    if plan.open() == plan.jobs.len() {
        return Err(RunError::Nothing(format!("no rows yet; run `curvecast run {} --size {}` first", a.name, a.size)));
    }
    let gathered = plan.gather()?;
    let verdicts = judge::verdicts(&plan, &gathered.frame);
    output::print(&report::claims_table(&rows(&verdicts)), a.out.format);
    let surprises = judge::surprises(&verdicts);
    if surprises.is_empty() {
        return Ok(OK);
    }
    eprintln!("not as expected: {}", surprises.join(", "));
    Ok(exit::CLAIM)
}
