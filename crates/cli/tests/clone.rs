//! What a clone can do: committed rows answer without data and without a run; rows come out as files; stale ones are named or removed.

mod common;

use std::path::Path;

use common::{curvecast_in, house, row_files, text};
use evaluation::Frame;
use publish::Publication;
use runner::{Experiment, Plan, RunError, frames};

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

/// Figures, one of which cannot be drawn, a table in which cells are missing, and one of nothing.
const SHOWN: &str = r#"
[[table]]
id = "everywhere"
title = "Absolute error, wherever it was asked"
rows = "method"
cols = "seen"
print = true
cell = { metric = "absolute-error" }

[[table]]
id = "nowhere"
title = "Nothing"
rows = "method"
cols = "seen"
cell = { select = { ask = "forecast", method = "persist", seen = "90%" }, metric = "absolute-error" }

[[figure]]
id = "fans"
title = "Forecasts"
[figure.fans]
select = { ask = "forecast", seen = "20%" }
answers = ["persist", "log-linear"]
curves = 2

[[figure]]
id = "coverage"
title = "Coverage"
[figure.calibration]
select = { ask = "forecast" }

[[figure]]
id = "none"
title = "Nothing"
[figure.fans]
select = { ask = "forecast", seen = "90%" }
answers = ["persist"]
"#;

/// A printed number that is met and one that is missed, which a statement of the abstract rests on; and a deviation.
const PRINTED: &str = r#"
[[headline]]
id = "errs"
says = "it errs"
where = "Abstract"
basis = "simulation"
on = "six curves"
parts = ["printed"]

[[claim]]
id = "printed"
says = "the error is 0.1"
where = "Table 1"
kind = "value"
level = "cell"
source = "paper"
published = 0.1
of = { select = { ask = "forecast", method = "persist", seen = "20%" }, metric = "absolute-error" }
within = { abs = 10.0 }
because = "one decimal is printed"

[[claim]]
id = "missed"
says = "the error is 100"
where = "Table 1"
kind = "value"
level = "cell"
source = "paper"
published = 100.0
of = { select = { ask = "forecast", method = "log-linear", seen = "20%" }, metric = "absolute-error" }
within = { abs = 0.1 }
because = "it is made up"

[[deviation]]
id = "small"
where = "Section 1"
says = "the paper has more curves"
we = "six"
touches = ["printed"]
"#;

/// A house in which all jobs of `tiny` have run and nothing is published yet, and that plan.
fn run_of_tiny(dir: &tempfile::TempDir) -> Plan {
    let root = house(dir);
    for (file, more) in [("spec.toml", SHOWN), ("published.toml", PRINTED)] {
        let path = root.join("experiments/tiny").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text + more).unwrap();
    }
    ok(&root, &["run", "tiny", "--size", "full", "--data", "mirror"]);
    Plan::new(&root, Experiment::load(&root, "tiny", "full", &[]).unwrap(), Some(&root.join("mirror")), None).unwrap()
}

/// Publishes with this limit of bytes for rows.
fn publish_up_to(plan: &Plan, most: usize) -> Publication {
    let results = plan.gather().unwrap();
    results.keep_rows_up_to(most).unwrap();
    let publication = Publication::of(&results).unwrap();
    publication.write().unwrap();
    publication
}

#[test]
fn kept_answers_make_the_files_that_rows_make() {
    let dir = tempfile::tempdir().unwrap();
    let plan = run_of_tiny(&dir);
    let of_rows = publish_up_to(&plan, 5_000_000).files().unwrap();
    assert!(plan.results.join("rows.parquet").is_file() && !of_rows.contains_key("answers.json"));
    assert!(Publication::load(&plan.results).unwrap().is_none());
    let page = String::from_utf8(of_rows["verdicts.md"].clone()).unwrap();
    for shown in ["Figure `none` is left out", "Table `nowhere` is left out", "This was not expected.", "it errs", "the paper has more curves"] {
        assert!(page.contains(shown), "{shown} is not in\n{page}");
    }
    assert!(of_rows.contains_key("figures/fans.svg") && of_rows.contains_key("tables/headlines.csv"), "{:?}", of_rows.keys());
    let everywhere = String::from_utf8(of_rows["tables/everywhere.csv"].clone()).unwrap();
    assert!(everywhere.lines().any(|line| line.starts_with("log-linear,") && line.ends_with(",,")), "{everywhere}");

    let made = publish_up_to(&plan, 100).files().unwrap();
    assert!(!plan.results.join("rows.parquet").is_file());
    let read = Publication::load(&plan.results).unwrap().unwrap();
    assert!(read.files().unwrap() == made);
    read.write().unwrap();
    for (file, bytes) in &made {
        assert!(std::fs::read(plan.results.join(file)).unwrap() == *bytes, "{file}");
        // The manifest, which the page holds for programs, lists the answers; nothing else tells the two apart.
        let told = ["manifest.json", "report.html", "answers.json"].contains(&file.as_str());
        assert!(told || of_rows[file] == *bytes, "{file}");
    }
    // Rows that can be kept again need no answers.
    publish_up_to(&plan, 5_000_000);
    assert!(plan.results.join("rows.parquet").is_file() && !plan.results.join("answers.json").exists());
    // Series that are too many have no way back either.
    let series = std::fs::metadata(plan.results.join("series.parquet")).unwrap().len() as usize;
    let rows = std::fs::metadata(plan.results.join("rows.parquet")).unwrap().len() as usize;
    publish_up_to(&plan, series.max(rows) - 1);
    assert!(Publication::load(&plan.results).unwrap().is_some());
}

#[test]
fn a_clone_draws_kept_answers_again() {
    let dir = tempfile::tempdir().unwrap();
    let plan = run_of_tiny(&dir);
    publish_up_to(&plan, 100);
    let root = dir.path().join("house");
    ok(&root, &["report"]);
    std::fs::remove_dir_all(plan.results.join(".rows")).unwrap();
    std::fs::remove_dir_all(root.join("mirror")).unwrap();
    let files = ["tables/errors.csv", "figures/fans.svg", "verdicts.md", "manifest.json", "answers.json"];
    let content = || files.map(|f| std::fs::read(plan.results.join(f)).unwrap());
    let before = content();
    assert!(ok(&root, &["report", "--check"]).ends_with("not looked at: far\n"));
    // Without a size, those of the full one.
    let said = ok(&root, &["report", "tiny"]);
    assert!(said.contains("results of the full size") && said.contains("Statements of the abstract") && said.contains("Reproduced: "), "{said}");
    assert!(content() == before && plan.results.join("figures/fans.png").is_file());

    let code = |args: &[&str], code: i32, says: &[&str]| {
        let out = curvecast_in(&root, args);
        let said = text(&out.stdout) + &text(&out.stderr);
        assert!(out.status.code() == Some(code) && says.iter().all(|word| said.contains(word)), "{args:?}: {:?} {said}", out.status.code());
    };
    let table = plan.results.join("tables/errors.csv");
    std::fs::write(&table, "method\n").unwrap();
    code(&["report", "--check"], 110, &["results/tiny/tables/errors.csv", "run `curvecast report tiny --size full`"]);
    ok(&root, &["report", "tiny", "--size", "full"]);
    assert!(content() == before);
    // What judges or hands out rows needs them.
    let too_many = ["its rows were too many to be kept, and this needs them", "run `curvecast run tiny --size full`"];
    for args in [&["check", "tiny"][..], &["check", "tiny", "--size", "full"], &["rows", "tiny", "--out", "out.csv"]] {
        code(args, 4, &too_many);
    }

    let answers = plan.results.join("answers.json");
    let whole = std::fs::read_to_string(&answers).unwrap();
    std::fs::write(&answers, whole.replacen("it errs", "it never errs", 1)).unwrap();
    let damaged = ["answers.json", "SHA-256", "run `curvecast reproduce tiny --size full`"];
    code(&["report", "--check"], 101, &damaged);
    code(&["report", "tiny"], 101, &damaged);
    std::fs::remove_file(&answers).unwrap();
    code(&["report", "tiny"], 101, &["answers.json", "cannot be read", "run `curvecast reproduce tiny --size full`"]);
    assert!(matches!(Publication::load(&plan.results), Err(RunError::Data(_))));
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
