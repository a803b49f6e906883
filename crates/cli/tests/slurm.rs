//! `plan --sbatch`: the script is read by a shell, and what it submits does the whole run.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use common::{curvecast_in, house, text};

#[test]
fn the_script_carries_everything_and_runs() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    std::fs::rename(root.join("mirror"), root.join("it's")).unwrap();
    let args = ["plan", "tiny", "--size", "smoke", "--sbatch", "1", "--results", "a b/r", "--data", "it's", "experiment.title=it's one"];
    let out = curvecast_in(&root, &args);
    let script = text(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let house = root.display();
    for part in [
        "#!/bin/sh\n".to_owned(),
        format!("run tiny --size smoke --results '{house}/a b/r' --data '{house}/it'\\''s' 'experiment.title=it'\\''s one' --only jobs"),
        format!("report tiny --size smoke --results '{house}/a b/r' --data '{house}/it'\\''s' 'experiment.title=it'\\''s one'\n"),
        "--job-name=curvecast-tiny-jobs --array=1-1 --cpus-per-task=1 <<".to_owned(),
        "--shard \"$SLURM_ARRAY_TASK_ID/1\"".to_owned(),
        "--dependency=\"afterok:$jobs\"".to_owned(),
    ] {
        assert!(script.contains(&part), "{part}\n{script}");
    }
    // There are no stages, and so no array of them.
    assert!(!script.contains("stages"), "{script}");

    // A queue that runs what is submitted at once.
    let queue = dir.path().join("queue");
    std::fs::create_dir(&queue).unwrap();
    let sbatch = queue.join("sbatch");
    std::fs::write(&sbatch, "#!/bin/sh\necho \"$@\" >> \"$QUEUE_LOG\"\nSLURM_ARRAY_TASK_ID=1 sh - >> \"$QUEUE_LOG\" 2>&1 || exit 1\necho 42\n").unwrap();
    std::fs::set_permissions(&sbatch, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (file, log) = (dir.path().join("tiny.sh"), dir.path().join("log"));
    std::fs::write(&file, &script).unwrap();
    let path = format!("{}:{}", queue.display(), std::env::var("PATH").unwrap_or_default());
    let ran = Command::new("sh").arg(&file).env("PATH", path).env("QUEUE_LOG", &log).env_remove("CURVECAST_CACHE").current_dir(dir.path()).output().unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(ran.status.success(), "{}\n{said}", text(&ran.stderr));
    assert!(said.contains("--dependency=afterok:42") && said.contains("tiny: 3 jobs in "), "{said}");
    assert_eq!(text(&ran.stdout), "submitted; the report is job 42\n");
    let overrides: Vec<_> = std::fs::read_dir(root.join("a b/r/overrides")).unwrap().flatten().map(|e| e.path()).collect();
    assert!(overrides.len() == 1 && overrides[0].join("verdicts.md").is_file(), "{overrides:?}");
}

#[test]
fn what_makes_no_script_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let cases: [(&[&str], i32); 6] = [
        (&["plan", "tiny", "--sbatch", "0"], 2),
        (&["plan", "tiny", "--sbatch", "-1"], 2),
        (&["plan", "tiny", "--sbatch", "2", "--format", "json"], 2),
        (&["plan", "tiny", "--sbatch", "2", "--shard", "1/2"], 2),
        (&["plan", "nope", "--sbatch", "4"], 4),
        (&["plan", "tiny", "--sbatch", "4", "source.prior.curve=1"], 102),
    ];
    for (args, want) in cases {
        let out = curvecast_in(&root, args);
        assert_eq!((out.status.code(), out.stdout.is_empty()), (Some(want), true), "{args:?}: {}", text(&out.stderr));
    }
}
