//! Exit codes, as the README lists them, and closed pipes.

mod common;

use std::process::Stdio;

use common::{checkout, curvecast, curvecast_in, house, program, text};

/// The exit code, with what was said should it be another.
fn code(out: &std::process::Output) -> i32 {
    let code = out.status.code().unwrap();
    // Shown by the test runner where an assertion fails.
    std::eprintln!("{code}: {}", text(&out.stderr));
    code
}

#[test]
fn data_that_are_missing_are_101_where_nothing_else_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    for verb in ["run", "reproduce", "check", "report"] {
        let out = curvecast_in(&root, &[verb, "far"]);
        assert_eq!(code(&out), 101, "{verb}");
        assert!(text(&out.stderr).contains("CURVECAST_DATA"), "{verb}");
    }
    let out = curvecast_in(&root, &["plan", "far", "--sbatch", "2"]);
    assert_eq!(code(&out), 101);
    // With the data there is something to do.
    assert_eq!(code(&curvecast_in(&root, &["run", "far", "--data", "mirror"])), 0);
    // Damaged data are no missing data.
    std::fs::write(root.join("mirror/runs/runs.csv"), "task,config,e0\n").unwrap();
    std::fs::remove_dir_all(root.join("results")).unwrap();
    let out = curvecast_in(&root, &["run", "far", "--data", "mirror"]);
    assert!(code(&out) == 101 && text(&out.stderr).contains("checksum"));
}

#[test]
fn data_that_are_missing_in_part_leave_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let out = curvecast_in(&root, &["run", "tiny"]);
    assert_eq!(code(&out), 0);
    assert!(text(&out.stderr).contains("source \"runs\" is left out"));
    assert!(text(&out.stderr).contains("tiny: 2 jobs in "));
    assert_eq!(code(&curvecast_in(&root, &["reproduce", "tiny"])), 0);
}

#[test]
fn an_empty_shard_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let out = curvecast_in(&root, &["run", "tiny", "--shard", "3/3"]);
    assert!(code(&out) == 0 && text(&out.stderr).contains("holds none of the 2 jobs"));
    for shard in ["1/3", "2/3"] {
        assert_eq!(code(&curvecast_in(&root, &["run", "tiny", "--shard", shard])), 0);
    }
    let out = curvecast_in(&root, &["run", "tiny"]);
    assert!(code(&out) == 0 && text(&out.stderr).contains("tiny: 0 jobs in ") && text(&out.stderr).contains("2 were there already"));
}

#[test]
fn what_is_not_there_is_4_and_what_is_wrong_2() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let cases: [(&[&str], i32, &str); 10] = [
        (&["check", "tiny"], 4, "run `curvecast run tiny --size laptop` first"),
        (&["rows", "tiny", "--out", "x.csv"], 4, "run `curvecast run tiny --size laptop` first"),
        (&["run", "tini"], 4, "did you mean \"tiny\"?"),
        (&["run", "tiny/"], 4, "no experiment"),
        (&["run", "tiny", "--size", "medium"], 4, "no size \"medium\""),
        (&["run", "tiny", "--shard", "4/3"], 2, "is no shard"),
        (&["run", "tiny", "--prune", "--shard", "1/3"], 2, "cannot be used with"),
        (&["rows", "tiny", "--out", "x.xlsx"], 2, ".parquet, .csv or .csv.gz"),
        (&["show", "tiny", "prior.curves=5"], 102, "did you mean source.prior.curves?"),
        (&["show", "tiny", "--format", "csv"], 2, "invalid value 'csv'"),
    ];
    for (args, want, says) in cases {
        let out = curvecast_in(&root, args);
        assert_eq!(code(&out), want, "{args:?}");
        assert!(text(&out.stderr).contains(says), "{args:?}");
    }
}

#[test]
fn a_results_folder_that_is_a_file_is_110() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    std::fs::write(root.join("blocked"), "").unwrap();
    let out = curvecast_in(&root, &["run", "tiny", "--results", "blocked"]);
    assert!(code(&out) == 110 && text(&out.stderr).contains("cannot write"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    for args in [&["laws"][..], &["ls", "--format", "json"], &["show", "lcpfn"], &["--help"], &["doctor"], &["plan", "lcpfn", "--size", "smoke"]] {
        // Nobody reads, neither the result nor the talk.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let talk = writer.try_clone().unwrap();
        let status = program(&checkout()).args(args).stdout(Stdio::from(writer)).stderr(Stdio::from(talk)).status().unwrap();
        assert_eq!(status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_result_that_cannot_be_printed_is_110() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let out = program(&checkout()).args(["laws"]).stdout(Stdio::from(full)).stderr(Stdio::piped()).output().unwrap();
    assert!(code(&out) == 110 && text(&out.stderr).contains("cannot write to the standard output"));
}

#[test]
fn lines_end_where_the_reader_says() {
    let out = curvecast(&["laws"]);
    let widest = text(&out.stdout).lines().map(|l| l.chars().count()).max().unwrap();
    assert!(code(&out) == 0 && widest <= 160, "{widest}");
}
