//! What a clone can do: committed rows answer without data and without a run; rows come out as files; stale ones are named or removed.

mod common;

use std::path::Path;

use common::{curvecast_in, house, row_files, text};
use evaluation::Frame;
use runner::frames;

fn ok(root: &Path, args: &[&str]) -> String {
    let out = curvecast_in(root, args);
    assert_eq!(out.status.code(), Some(0), "{args:?}: {}{}", text(&out.stdout), text(&out.stderr));
    text(&out.stdout) + &text(&out.stderr)
}

fn read(path: &Path) -> Frame {
    frames::from_parquet("rows", &std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn committed_rows_answer_without_data() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    ok(&root, &["reproduce", "tiny", "--size", "full", "--data", "mirror"]);
    ok(&root, &["report"]);
    let results = root.join("results/tiny");
    let files = ["tables/errors.csv", "tables/verdicts.csv", "verdicts.md", "manifest.json", "rows.parquet"];
    let content = || files.map(|f| std::fs::read(results.join(f)).unwrap());
    let before = content();
    // A clone.
    std::fs::remove_dir_all(results.join(".rows")).unwrap();
    std::fs::remove_dir_all(root.join("mirror")).unwrap();
    ok(&root, &["report", "--check"]);
    let said = ok(&root, &["check", "tiny", "--size", "full", "--format", "csv"]);
    assert!(said.contains("small-error"), "{said}");
    assert_eq!(ok(&root, &["check", "tiny", "--size", "full", "--marks"]).lines().next(), Some("tiny small-error [Re]"));
    // Without a size, those of the full one, which is said.
    let said = ok(&root, &["report", "tiny"]);
    assert!(said.contains("nothing has run at size laptop"), "{said}");
    assert!(content() == before);
    ok(&root, &["rows", "tiny", "--out", "out.parquet"]);
    assert_eq!(frames::fingerprint(&read(&root.join("out.parquet")), &[]), frames::fingerprint(&read(&results.join("rows.parquet")), &[]));
}

#[test]
fn what_is_committed_and_not_made_of_its_rows_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    ok(&root, &["reproduce", "tiny", "--size", "full", "--data", "mirror"]);
    let out = curvecast_in(&root, &["report", "--check"]);
    assert!(out.status.code() == Some(110) && text(&out.stdout).contains("README.md"), "{}", text(&out.stdout));
    ok(&root, &["report"]);
    assert!(ok(&root, &["report", "--check"]).contains("not looked at: far"));

    let named = |file: &str, says: &str| {
        let out = curvecast_in(&root, &["report", "--check", "--format", "csv"]);
        let said = text(&out.stdout);
        assert!(out.status.code() == Some(110) && said.contains(file) && said.contains(says), "{said}{}", text(&out.stderr));
    };
    let change = |file: &str, from: &str, to: &str| {
        let path = root.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{before}");
        std::fs::write(&path, before.replacen(from, to, 1)).unwrap();
        before
    };
    let table = "results/tiny/tables/errors.csv";
    let before = change(table, "persist", "insist");
    named(table, "run `curvecast report tiny --size full`");
    std::fs::remove_file(root.join(table)).unwrap();
    named(table, "it is missing");
    std::fs::write(root.join(table), before).unwrap();
    std::fs::write(root.join("results/tiny/tables/old.csv"), "a\n").unwrap();
    named("results/tiny/tables/old.csv", "remove it");
    std::fs::remove_file(root.join("results/tiny/tables/old.csv")).unwrap();
    ok(&root, &["report", "--check"]);

    let before = change("experiments/tiny/published.toml", "errors are small", "errors are tiny");
    named("experiments/tiny/published.toml", "run `curvecast reproduce tiny --size full`");
    std::fs::write(root.join("experiments/tiny/published.toml"), before).unwrap();
    change("experiments/tiny/spec.toml", "seed = 7", "seed = 8");
    named("experiments/tiny/spec.toml", "run `curvecast reproduce tiny --size full`");
}

#[test]
fn rows_come_out_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    ok(&root, &["run", "tiny", "--size", "smoke", "--data", "mirror"]);
    let export = |name: &str| ok(&root, &["rows", "tiny", "--size", "smoke", "--data", "mirror", "--out", name]);
    assert!(export("out.parquet").contains("out.parquet"));
    export("out.csv");
    export("out.csv.gz");
    let frame = read(&root.join("out.parquet"));
    // Four curves by two methods, and three runs by one.
    assert_eq!(frame.len(), 11);
    let csv = std::fs::read_to_string(root.join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 12);
    for name in ["out.csv", "out.csv.gz"] {
        let table = tables::load(&root.join(name), None).unwrap();
        assert_eq!(table.numbers("absolute-error").unwrap().len(), 11, "{name}");
        let names: Vec<String> = frames::columns(&frame).into_iter().map(|(name, _)| name).collect();
        assert_eq!(table.columns(), names);
    }
}

#[test]
fn rows_of_no_size_are_removed_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let results = root.join("results/tiny");
    ok(&root, &["run", "tiny", "--size", "smoke", "--data", "mirror"]);
    ok(&root, &["run", "tiny", "--size", "full", "--data", "mirror"]);
    // The three runs are the same at both sizes.
    assert_eq!(row_files(&results), 5);
    ok(&root, &["run", "tiny", "--size", "smoke", "--data", "mirror", "experiment.seed=1"]);
    assert_eq!(row_files(&results), 8);
    // While data are missing, nobody can tell.
    let out = curvecast_in(&root, &["run", "tiny", "--size", "smoke", "--prune"]);
    assert!(out.status.code() == Some(101) && text(&out.stderr).contains("nothing was removed"), "{}", text(&out.stderr));
    assert_eq!(row_files(&results), 8);
    let said = ok(&root, &["run", "tiny", "--size", "smoke", "--data", "mirror", "--prune"]);
    assert!(said.contains("3 files of rows removed"), "{said}");
    assert_eq!(row_files(&results), 5);
}

#[test]
fn a_run_with_overrides_takes_no_ones_place() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    ok(&root, &["reproduce", "tiny", "--size", "full", "--data", "mirror"]);
    let before = std::fs::read(root.join("results/tiny/verdicts.md")).unwrap();
    let said = ok(&root, &["reproduce", "tiny", "--size", "full", "--data", "mirror", "source.prior.curves=3"]);
    assert!(said.contains("overrides") && said.contains("2 untested"), "{said}");
    assert_eq!(std::fs::read(root.join("results/tiny/verdicts.md")).unwrap(), before);
}
