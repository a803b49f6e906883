//! A job file for HyperQueue: one task a shard, with dependencies between the steps.

use std::collections::BTreeMap;

use runner::{Plan, RunError};
use serde::Serialize;

use super::steps::{self, Step};
use crate::What;

/// A job definition file, as `hq job submit-file` reads it.
#[derive(Serialize)]
struct JobFile {
    name: String,
    task: Vec<Task>,
}

#[derive(Serialize)]
struct Task {
    id: usize,
    command: Vec<String>,
    cwd: String,
    env: BTreeMap<&'static str, &'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deps: Vec<usize>,
}

/// The file.
///
/// # Errors
/// A folder whose absolute path is not known.
pub fn file(plan: &Plan, what: &What, tasks: usize) -> Result<String, RunError> {
    let job = job(&what.name, &steps::absolute(&plan.root)?, &steps::of(plan, what, tasks)?);
    let text = toml::to_string(&job).map_err(|e| RunError::Jobs(e.to_string()))?;
    Ok(format!("# Runs {} at size {} on HyperQueue: hq job submit-file FILE. What is done already is not done again.\n{text}", what.name, what.size()))
}

/// Between two steps stands a task that does nothing and waits for all of the first: dependencies grow with the shards, not with their square.
fn job(name: &str, folder: &str, steps: &[Step]) -> JobFile {
    let mut task: Vec<Task> = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    let mut push = |command: Vec<String>, deps: &[usize]| {
        let id = task.len() + 1;
        task.push(Task { id, command, cwd: folder.to_owned(), env: BTreeMap::from([("RAYON_NUM_THREADS", "1")]), deps: deps.to_vec() });
        id
    };
    for step in steps {
        if before.len() > 1 {
            before = vec![push(vec!["true".to_owned()], &before)];
        }
        before = (1..=step.shards.unwrap_or(1)).map(|number| push(step.task(&number.to_string()), &before)).collect();
    }
    JobFile { name: format!("curvecast-{name}"), task }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_waits_for_all_shards_of_the_one_before() {
        let step = |name, shards| Step { name, shards, command: vec!["curvecast".to_owned(), name.to_owned()] };
        let job = job("x", "/w", &[step("stages", Some(3)), step("jobs", Some(2)), step("report", None)]);
        let text = toml::to_string(&job).unwrap();
        let back: toml::Table = toml::from_str(&text).unwrap();
        let tasks = back["task"].as_array().unwrap();
        let of = |k: usize, key: &str| tasks[k].get(key).map(ToString::to_string).unwrap_or_default();
        assert_eq!(tasks.len(), 8);
        assert_eq!((of(0, "deps"), of(2, "command")), (String::new(), "[\"curvecast\", \"stages\", \"--shard\", \"3/3\"]".to_owned()));
        assert_eq!((of(3, "deps"), of(3, "command")), ("[1, 2, 3]".to_owned(), "[\"true\"]".to_owned()));
        assert_eq!((of(4, "deps"), of(5, "deps"), of(6, "deps"), of(7, "deps")), ("[4]".into(), "[4]".into(), "[5, 6]".into(), "[7]".into()));
        assert_eq!(of(7, "command"), "[\"curvecast\", \"report\"]");
    }
}
