//! What has to be done something about is a warning; how things were understood is a note.

mod common;

use common::{curvecast, file, text};

/// Lines that are said with a level.
fn said(args: &[&str]) -> Vec<String> {
    let out = curvecast(args);
    let talk = text(&out.stderr);
    assert_eq!(out.status.code(), Some(0), "{talk}");
    talk.lines().filter(|l| l.starts_with("note: ") || l.starts_with("warning: ")).map(str::to_owned).collect()
}

fn value(t: u32) -> f64 {
    0.4 + 0.9 * f64::from(t).powf(-0.6)
}

#[test]
fn an_ordinary_file_has_notes_and_no_warnings() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..=30).map(|t| format!("{t};{:.5};x\n", value(t))).collect();
    let csv = file(&dir, "run.csv", &format!("epoch;val_loss;note\n{rows}"));
    let lines = said(&["forecast", &csv, "--at", "60"]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "note: the columns are separated by semicolons");
    assert!(lines[1].starts_with("note: the resource is taken from the column \"epoch\" and the measure from \"val_loss\""), "{lines:?}");
    // The same of every run of a sweep, with its name.
    let lines = said(&["decide", &csv, "--at", "60", "--best", "0.3"]);
    assert!(lines.len() == 2 && lines.iter().all(|l| l.starts_with("note: ") && l.contains("run.csv: ")), "{lines:?}");
}

#[test]
fn percent_is_a_note_and_a_wrong_direction_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..=30).map(|t| format!("{t},{:.4}\n", 100.0 - 60.0 * f64::from(t).powf(-0.5))).collect();
    let acc = file(&dir, "acc.csv", &format!("epoch,accuracy\n{rows}"));
    let lines = said(&["forecast", &acc, "--at", "60"]);
    assert!(lines.len() == 1 && lines[0].starts_with("note: values look like percent"), "{lines:?}");
    let loss = file(&dir, "loss.csv", &format!("epoch,loss\n{rows}"));
    let lines = said(&["forecast", &loss, "--at", "60"]);
    assert!(lines.iter().any(|l| l.starts_with("warning: the series rises")), "{lines:?}");
}

#[test]
fn a_log_says_how_it_was_read_and_warns_of_what_was_lost() {
    let dir = tempfile::tempdir().unwrap();
    let line = |(t, less): (u32, f64)| format!("step {t}: loss {:.4}\n", value(t) - less);
    let steps = (1..=30).map(|t| (t, 0.0)).chain((21..=40).map(|t| (t, 0.01)));
    let log = file(&dir, "run.log", &steps.map(line).collect::<String>());
    let lines = said(&["forecast", &log, "--y", "loss", "--at", "60"]);
    assert!(lines[0].starts_with("note: read as log: 1 run, "), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("warning: run run: steps go back from 30 to 21")), "{lines:?}");
}

#[test]
fn a_law_without_a_value_at_zero_leaves_the_row_out() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |from: u32| (from..=30).map(|t| format!("{t},{:.6}\n", 0.4 + 0.9 * f64::from(t + 1).powf(-0.6))).collect::<String>();
    let csv = file(&dir, "run.csv", &format!("step,loss\n{}", rows(0)));
    let lines = said(&["forecast", &csv, "--at", "60", "--method", "pow3"]);
    assert_eq!(lines, ["note: pow3 has no value at step 0: the point there is left out"]);
    // The answer is that of the other rows.
    let without = file(&dir, "without.csv", &format!("step,loss\n{}", rows(1)));
    let ask = |csv: &str| text(&curvecast(&["forecast", csv, "--at", "60", "--method", "pow3", "--format", "csv"]).stdout);
    assert_eq!(ask(&csv), ask(&without));
    let few = file(&dir, "few.csv", "step,loss\n0,2\n1,1.5\n2,1.2\n3,1.1\n");
    let out = curvecast(&["forecast", &few, "--at", "9", "--method", "pow3"]);
    let why = text(&out.stderr);
    assert!(out.status.code() == Some(101) && why.contains("few.csv: pow3 has no value at step 0, which leaves 3 points"), "{why}");
    let out = curvecast(&["fit", &csv, "--law", "pow3", "--x", "step"]);
    let why = text(&out.stderr);
    assert!(out.status.code() == Some(101) && why.contains("`step` is 0 in row 1") && why.contains("leave the row out"), "{why}");
}

#[test]
fn what_zstd_has_packed_is_read() {
    let fixture = |name: &str| format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
    let csv = fixture("tables/tests/fixtures/runs.csv.zst");
    let out = curvecast(&["forecast", &csv, "--x", "epoch", "--y", "loss", "--at", "80"]);
    assert!(text(&out.stderr).contains("40 points of loss seen up to epoch 40"), "{}", text(&out.stderr));
    let out = curvecast(&["import", &fixture("import/tests/fixtures/zstd"), "--format", "csv"]);
    assert!(text(&out.stderr).contains("read as tensorboard: 1 run"), "{}", text(&out.stderr));
    let dir = tempfile::tempdir().unwrap();
    let whole = std::fs::read(&csv).unwrap();
    std::fs::write(dir.path().join("cut.csv.zst"), &whole[..whole.len() / 2]).unwrap();
    let out = curvecast(&["forecast", &dir.path().join("cut.csv.zst").display().to_string(), "--at", "80"]);
    let why = text(&out.stderr);
    assert!(out.status.code() == Some(101) && why.contains("cut.csv.zst: not a whole zstd file ("), "{why}");
}
