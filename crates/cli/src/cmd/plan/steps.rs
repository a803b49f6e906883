//! What a scheduler has to run for a plan: shards of stages, then shards of jobs, then the report. Each waits for all of those before it.

use std::path::Path;

use runner::{Plan, RunError};

use crate::What;

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// `stages`, `jobs` or `report`.
    pub name: &'static str,
    /// How many tasks may run side by side; `None` for a step that is one task and no shard.
    pub shards: Option<usize>,
    /// The program and its arguments, but for the shard.
    pub command: Vec<String>,
}

impl Step {
    /// The command of one of its tasks; `number` counts from 1 and may be a variable of the scheduler.
    pub fn task(&self, number: &str) -> Vec<String> {
        let mut command = self.command.clone();
        if let Some(of) = self.shards {
            command.extend(["--shard".to_owned(), format!("{number}/{of}")]);
        }
        command
    }
}

/// The steps of a plan, in at most so many tasks each. Every task is told the same as this command was, and finds its files wherever it starts.
///
/// # Errors
/// A folder whose absolute path is not known.
pub fn of(plan: &Plan, what: &What, tasks: usize) -> Result<Vec<Step>, RunError> {
    let mut given = vec![what.name.clone(), "--size".to_owned(), what.size().to_owned()];
    for (option, folder) in [("--results", what.results.clone()), ("--data", what.data.mirror())] {
        if let Some(folder) = folder {
            given.extend([option.to_owned(), absolute(&folder)?]);
        }
    }
    given.extend(what.set.iter().cloned());
    let program = std::env::current_exe().map_or_else(|_| "curvecast".to_owned(), |p| p.display().to_string());
    let command = |words: &[&str], more: &[&str]| -> Vec<String> {
        let told = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<String>>();
        [vec![program.clone()], told(words), given.clone(), told(more)].concat()
    };
    let sharded = [("stages", plan.stages.len()), ("jobs", plan.jobs.len())].into_iter().filter(|(_, size)| *size > 0);
    let mut steps: Vec<Step> =
        sharded.map(|(name, size)| Step { name, shards: Some(tasks.min(size)), command: command(&["run"], &["--only", name]) }).collect();
    steps.push(Step { name: "report", shards: None, command: command(&["report"], &[]) });
    Ok(steps)
}

/// A path that holds wherever a task starts.
///
/// # Errors
/// A folder whose absolute path is not known.
pub fn absolute(path: &Path) -> Result<String, RunError> {
    std::path::absolute(path).map(|p| p.display().to_string()).map_err(|e| RunError::Nothing(format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_told_to_the_tasks_that_are_shards() {
        let words = |v: &[&str]| v.iter().map(|w| (*w).to_owned()).collect::<Vec<String>>();
        let step = Step { name: "jobs", shards: Some(4), command: words(&["curvecast", "run", "x"]) };
        assert_eq!(step.task("2"), words(&["curvecast", "run", "x", "--shard", "2/4"]));
        assert_eq!(Step { shards: None, ..step }.task("1"), words(&["curvecast", "run", "x"]));
    }
}
