//! The results a verb speaks of: gathered from the rows of jobs, or those that are committed, which a clone has without data.

use std::path::Path;

use runner::{DEFAULT_SIZE, Plan, Results, RunError, manifest};

use crate::What;

/// Results, and whether they were gathered from the rows of jobs here.
pub struct Found {
    /// The results.
    pub results: Results,
    /// From the rows of jobs; else from the files beside the tables.
    pub gathered: bool,
}

/// Results of an experiment at the size asked for. Rows of jobs come first, unless the committed ones are of the same spec and rest on more jobs.
/// Where no size was asked for and none has run at the usual one, those of the full size, which are the committed ones.
pub fn find(what: &What) -> Result<Found, RunError> {
    let plan = what.plan()?;
    match at(&plan) {
        Err(none @ (RunError::Nothing(_) | RunError::Absent(_))) if what.size.is_none() && what.set.is_empty() => {
            let full = what.at("full").plan().and_then(|plan| at(&plan));
            if full.is_ok() {
                eprintln!("note: nothing has run at size {DEFAULT_SIZE}; these are the results of the full size");
            }
            // That there is nothing at the usual size is what has to be said when there is nothing at all.
            full.map_err(|_| none)
        }
        other => other,
    }
}

/// Results of a plan.
fn at(plan: &Plan) -> Result<Found, RunError> {
    let done = plan.jobs.len() - plan.open();
    let spec = manifest::spec_sha256(&plan.experiment)?;
    let committed = Results::load(plan.experiment.clone(), &plan.results);
    match committed {
        Ok(results) if done == 0 || (results.manifest.spec_sha256 == spec && results.manifest.jobs.0 > done) => {
            if results.manifest.spec_sha256 != spec {
                eprintln!("warning: {} rests on another spec; run `{}`", plan.results.display(), again(plan));
            }
            eprintln!("note: read from {}", plan.results.display());
            Ok(Found { results, gathered: false })
        }
        Err(why) if done == 0 => Err(match (why, plan.impossible()) {
            (RunError::Nothing(_), Some(absent)) => absent,
            (why, _) => why,
        }),
        _ => Ok(Found { results: plan.gather()?, gathered: true }),
    }
}

/// The command that makes the results of a plan again.
fn again(plan: &Plan) -> String {
    format!("curvecast reproduce {} --size {}", plan.experiment.name, plan.experiment.size)
}

/// Does a folder hold rows of a run?
pub fn has_rows(folder: &Path) -> bool {
    folder.join("rows.parquet").is_file()
}
