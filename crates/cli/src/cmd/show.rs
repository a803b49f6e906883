//! `curvecast show`: the spec as it would run.

use runner::{Experiment, RunError};

use crate::{OK, What, root};

/// Prints the spec after size and overrides.
pub fn run(a: &What) -> Result<u8, RunError> {
    let e = Experiment::load(&root()?, &a.name, &a.size, &a.set)?;
    print!("{}", e.resolved());
    Ok(OK)
}
