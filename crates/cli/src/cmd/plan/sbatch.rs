//! A script that runs a plan on Slurm: an array of stages, an array of jobs when all of them are done, and then the report.

use std::path::Path;

use runner::{Plan, RunError};

use crate::What;

/// The script, for `sh`.
///
/// # Errors
/// A folder whose absolute path is not known.
pub fn script(plan: &Plan, what: &What, tasks: usize) -> Result<String, RunError> {
    // Every task is told the same as this command was, and finds its files wherever it starts.
    let mut given = vec![what.name.clone(), "--size".to_owned(), what.size().to_owned()];
    for (option, folder) in [("--results", what.results.clone()), ("--data", what.data.mirror())] {
        if let Some(folder) = folder {
            given.extend([option.to_owned(), absolute(&folder)?]);
        }
    }
    given.extend(what.set.iter().cloned());
    let given = given.iter().map(|g| quoted(g)).collect::<Vec<_>>().join(" ");
    let program = std::env::current_exe().map_or_else(|_| "curvecast".to_owned(), |p| quoted(&p.display().to_string()));

    let mut out = format!(
        "#!/bin/sh\n# Submits {} at size {} to Slurm; run it with sh. What is done already is not done again.\nset -eu\ncd {}\n",
        what.name,
        what.size(),
        quoted(&absolute(&plan.root)?)
    );
    let mut after = None;
    for (step, size) in [("stages", plan.stages.len()), ("jobs", plan.jobs.len())] {
        if size == 0 {
            continue;
        }
        let n = tasks.min(size);
        let array = format!(" --array=1-{n}");
        let command = format!("{program} run {given} --only {step} --shard \"$SLURM_ARRAY_TASK_ID/{n}\"");
        out.push_str(&submit(&what.name, step, &array, after, &command));
        after = Some(step);
    }
    out.push_str(&submit(&what.name, "report", "", after, &format!("{program} report {given}")));
    out.push_str("\necho \"submitted; the report is job $report\"\n");
    Ok(out)
}

/// Submits one step, and keeps its number in a variable of the step's name.
fn submit(name: &str, step: &str, array: &str, after: Option<&str>, command: &str) -> String {
    let job = quoted(&format!("curvecast-{name}-{step}"));
    let dependency = after.map(|before| format!(" --dependency=\"afterok:${before}\"")).unwrap_or_default();
    format!(
        "\nsubmit_{step}() {{\n  sbatch --parsable --job-name={job}{array} --cpus-per-task=1{dependency} <<'SCRIPT'\n\
         #!/bin/sh\nexport RAYON_NUM_THREADS=\"${{SLURM_CPUS_PER_TASK:-1}}\"\nexec {command}\nSCRIPT\n}}\n{step}=$(submit_{step})\n"
    )
}

fn absolute(path: &Path) -> Result<String, RunError> {
    std::path::absolute(path).map(|p| p.display().to_string()).map_err(|e| RunError::Nothing(format!("{}: {e}", path.display())))
}

/// A word as `sh` reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_by_sh_as_they_were() {
        assert_eq!(quoted("source.prior.curves=50"), "source.prior.curves=50");
        assert_eq!(quoted("experiment.title=it's"), "'experiment.title=it'\\''s'");
        for word in ["", "a b", "it's", "'", "$HOME `ls` \"x\" \\", "*", "a;b", "~", "x=[1, 2]", "tab\there"] {
            let out = std::process::Command::new("sh").args(["-c", &format!("printf %s {}", quoted(word))]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&out.stdout), word);
        }
    }

    #[test]
    fn a_step_waits_for_the_one_before() {
        assert_eq!(
            submit("x", "jobs", " --array=1-4", Some("stages"), "curvecast run x"),
            "
submit_jobs() {
  sbatch --parsable --job-name=curvecast-x-jobs --array=1-4 --cpus-per-task=1 --dependency=\"afterok:$stages\" <<'SCRIPT'
#!/bin/sh
export RAYON_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"
exec curvecast run x
SCRIPT
}
jobs=$(submit_jobs)
"
        );
        assert!(!submit("x", "report", "", None, "c").contains("dependency"));
    }
}
