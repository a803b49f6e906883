//! The results a verb speaks of: gathered from the rows of jobs, or those that are committed, which a clone has without data.

use std::path::Path;

use curvecast::Level;
use publish::Publication;
use runner::{DEFAULT_SIZE, Manifest, Plan, Results, RunError, manifest};

use crate::{What, output};

/// Results, and whether they were gathered from the rows of jobs here.
pub struct Found {
    /// The results.
    pub results: Results,
    /// From the rows of jobs; else from the files beside the tables.
    pub gathered: bool,
}

/// What a report is made of.
pub enum Source {
    /// Rows, which are judged.
    Rows(Box<Found>),
    /// Answers that were kept because the rows are too many to be committed.
    Answers(Box<Publication>),
}

/// Results of an experiment at the size asked for. Rows of jobs come first, unless the committed ones are of the same spec and rest on more jobs.
/// Where no size was asked for and none has run at the usual one, those of the full size, which are the committed ones.
pub fn find(what: &What) -> Result<Found, RunError> {
    sized(what, at)
}

/// The same for a report, which needs no rows where their answers are committed.
pub fn source(what: &What) -> Result<Source, RunError> {
    sized(what, source_at)
}

/// What is found at the size asked for, or at the full one.
fn sized<T>(what: &What, at: impl Fn(&Plan) -> Result<T, RunError>) -> Result<T, RunError> {
    let plan = what.plan()?;
    match at(&plan) {
        Err(none @ (RunError::Nothing(_) | RunError::Absent(_))) if what.size.is_none() && what.set.is_empty() => {
            let Ok(full) = what.at("full").plan() else { return Err(none) };
            match at(&full) {
                Ok(found) => {
                    eprintln!("note: nothing has run at size {DEFAULT_SIZE}; these are the results of the full size");
                    Ok(found)
                }
                Err(why) if full.results.join("manifest.json").is_file() => Err(why),
                // That there is nothing at the usual size is what has to be said when there is nothing at all.
                Err(_) => Err(none),
            }
        }
        other => other,
    }
}

/// Results of a plan.
fn at(plan: &Plan) -> Result<Found, RunError> {
    match Results::load(plan.experiment.clone(), &plan.results) {
        Ok(results) if is_further(plan, &results.manifest)? => Ok(Found { results, gathered: false }),
        Err(why) if done(plan) == 0 => Err(match (why, plan.impossible()) {
            (RunError::Nothing(_), Some(absent)) => absent,
            (why, _) => why,
        }),
        _ => Ok(Found { results: plan.gather()?, gathered: true }),
    }
}

/// What a report of a plan is made of.
fn source_at(plan: &Plan) -> Result<Source, RunError> {
    match Publication::load(&plan.results) {
        Ok(Some(publication)) if is_further(plan, &publication.manifest)? => Ok(Source::Answers(Box::new(publication))),
        Err(why) if done(plan) == 0 => Err(why),
        _ => at(plan).map(|found| Source::Rows(Box::new(found))),
    }
}

/// How many jobs have rows here.
fn done(plan: &Plan) -> usize {
    plan.jobs.len() - plan.open()
}

/// Does what is committed rest on more than the rows of jobs here? If so, it is said that it was read, and whether it is of another spec.
fn is_further(plan: &Plan, committed: &Manifest) -> Result<bool, RunError> {
    let same = committed.spec_sha256 == manifest::spec_sha256(&plan.experiment)?;
    let done = done(plan);
    let further = done == 0 || (same && committed.jobs.0 > done);
    if further {
        if !same {
            output::said(Level::Warning, format!("{} rests on another spec; run `{}`", plan.results.display(), again(plan)));
        }
        output::said(Level::Note, format!("read from {}", plan.results.display()));
    }
    Ok(further)
}

/// The command that makes the results of a plan again.
fn again(plan: &Plan) -> String {
    format!("curvecast reproduce {} --size {}", plan.experiment.name, plan.experiment.size)
}

/// Does a folder hold rows of a run?
pub fn has_rows(folder: &Path) -> bool {
    folder.join("rows.parquet").is_file()
}
