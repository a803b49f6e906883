//! `curvecast import`: logs of training tools as a person has them, to a table and on to a forecast.

mod common;

use common::{curvecast, curvecast_in, file, text};

const FIXTURES: &str = "crates/import/tests/fixtures";

/// The log of a run that went on for a while, as nanoGPT writes it.
fn log() -> String {
    let line = |step: u32| {
        let loss = 2.0 + 5.0 * (f64::from(step) + 1.0).powf(-0.35);
        format!("step {step}: train loss {loss:.4}, val loss {:.4}\nsaving checkpoint to out\n", loss + 0.1)
    };
    (0..40).map(|k| line(250 * k)).collect()
}

#[test]
fn a_folder_of_runs_becomes_a_table() {
    let out = curvecast(&["import", &format!("{FIXTURES}/tensorboard"), "--format", "csv"]);
    let (csv, said) = (text(&out.stdout), text(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{said}");
    assert_eq!(csv.lines().next(), Some("run,step,loss,val_loss,single,double,epoch_loss,train/loss,val/loss,acc,wall_time"));
    assert_eq!(csv.lines().filter(|l| l.starts_with("resumed,")).count(), 20);
    assert!(said.contains("read as tensorboard: 6 runs, "), "{said}");
    assert!(said.contains("warning: run resumed: steps go back from 150 to 110"), "{said}");
    let long = text(&curvecast(&["import", &format!("{FIXTURES}/lightning"), "--long", "--format", "csv"]).stdout);
    assert_eq!(long.lines().next(), Some("run,step,measure,value,epoch"));
    let json: serde_json::Value = serde_json::from_slice(&curvecast(&["import", &format!("{FIXTURES}/keras"), "--format", "json"]).stdout).unwrap();
    assert_eq!((json.as_array().map(Vec::len), json[0]["run"].as_str(), json[0]["loss"].as_f64()), (Some(6), Some("training"), Some(7.0)));
    let shown = text(&curvecast(&["import", &format!("{FIXTURES}/hugging-face")]).stdout);
    assert!(shown.contains("NaN") && shown.contains("eval_loss"), "{shown}");
}

#[test]
fn what_is_written_is_what_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let from = file(&dir, "run.log", &log());
    for name in ["t.csv", "t.parquet", "t.jsonl"] {
        let out = curvecast_in(dir.path(), &["import", &from, "--out", name]);
        assert_eq!((out.status.code(), text(&out.stdout)), (Some(0), format!("{name}\n")), "{}", text(&out.stderr));
        let table = tables::load_own(&dir.path().join(name)).unwrap();
        assert_eq!((table.rows(), table.columns().join(" ")), (40, "run step train_loss val_loss".to_owned()), "{name}");
    }
    let printed = curvecast_in(dir.path(), &["import", &from, "--format", "csv"]).stdout;
    assert_eq!(printed, std::fs::read(dir.path().join("t.csv")).unwrap());
}

#[test]
fn a_log_is_forecast_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let from = file(&dir, "run.log", &log());
    let out = curvecast(&["forecast", &from, "--y", "val_loss", "--at", "12000", "--format", "csv"]);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(0), "{said}");
    for part in ["read as log: 1 run, 80 values of 2 measures by step", "40 points of val_loss seen up to step 9750"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn formats_are_listed_and_slips_are_mended() {
    let list = text(&curvecast(&["import", "--list", "--format", "csv"]).stdout);
    assert!(["tensorboard,", "trainer-state,", "lightning,", "wandb,", "keras,", "log,"].iter().all(|f| list.contains(f)), "{list}");
    let dir = tempfile::tempdir().unwrap();
    let plain = file(&dir, "run.csv", "epoch,loss\n1,2\n2,1.5\n");
    let notes = file(&dir, "notes.txt", "nothing\n");
    let cases: [(&[&str], i32, &str); 5] = [
        (&["import"], 2, "required"),
        (&["import", "no/such/file"], 101, "cannot be read"),
        (&["import", &plain, "--format-of", "keas"], 4, "did you mean \"keras\"?"),
        (&["import", &plain], 4, "needs no import"),
        (&["import", &notes, "--out", "a.xlsx"], 2, ".jsonl"),
    ];
    for (args, code, says) in cases {
        let out = curvecast(args);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {}", text(&out.stderr));
        assert!(text(&out.stderr).contains(says), "{args:?}: {}", text(&out.stderr));
    }
}
