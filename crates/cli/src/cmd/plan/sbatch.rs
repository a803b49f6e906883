//! A script that runs a plan on Slurm: an array of stages, an array of jobs when all of them are done, and then the report.

use runner::{Plan, RunError};

use super::steps::{self, Step};
use crate::What;

/// The script, for `sh`.
///
/// # Errors
/// A folder whose absolute path is not known.
pub fn script(plan: &Plan, what: &What, tasks: usize) -> Result<String, RunError> {
    let folder = quoted(&steps::absolute(&plan.root)?);
    let mut out = format!(
        "#!/bin/sh\n# Submits {} at size {} to Slurm; run it with sh. What is done already is not done again.\nset -eu\ncd {folder}\n",
        what.name,
        what.size(),
    );
    let mut after = None;
    for step in steps::of(plan, what, tasks)? {
        out.push_str(&submit(&what.name, &step, after));
        after = Some(step.name);
    }
    out.push_str("\necho \"submitted; the report is job $report\"\n");
    Ok(out)
}

/// Submits one step, and keeps its number in a variable of the step's name.
fn submit(name: &str, step: &Step, after: Option<&str>) -> String {
    let job = quoted(&format!("curvecast-{name}-{}", step.name));
    let array = step.shards.map(|n| format!(" --array=1-{n}")).unwrap_or_default();
    // What waits for a task that failed leaves the queue, so that submitting again is enough.
    let dependency = after.map(|before| format!(" --dependency=\"afterok:${before}\" --kill-on-invalid-dep=yes")).unwrap_or_default();
    // The shard is a variable, which single quotes would hide.
    let mut command = step.command.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" ");
    if let Some(n) = step.shards {
        command.push_str(&format!(" --shard \"$SLURM_ARRAY_TASK_ID/{n}\""));
    }
    let step = step.name;
    format!(
        "\nsubmit_{step}() {{\n  sbatch --parsable --job-name={job}{array} --cpus-per-task=1{dependency} <<'SCRIPT'\n\
         #!/bin/sh\nexport RAYON_NUM_THREADS=\"${{SLURM_CPUS_PER_TASK:-1}}\"\nexec {command}\nSCRIPT\n}}\n{step}=$(submit_{step})\n"
    )
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
        let step = |name, shards| Step { name, shards, command: vec!["curvecast".to_owned(), "run".to_owned(), "x".to_owned()] };
        assert_eq!(
            submit("x", &step("jobs", Some(4)), Some("stages")),
            "
submit_jobs() {
  sbatch --parsable --job-name=curvecast-x-jobs --array=1-4 --cpus-per-task=1 --dependency=\"afterok:$stages\" --kill-on-invalid-dep=yes <<'SCRIPT'
#!/bin/sh
export RAYON_NUM_THREADS=\"${SLURM_CPUS_PER_TASK:-1}\"
exec curvecast run x --shard \"$SLURM_ARRAY_TASK_ID/4\"
SCRIPT
}
jobs=$(submit_jobs)
"
        );
        assert!(!submit("x", &step("report", None), None).contains("dependency"));
    }
}
