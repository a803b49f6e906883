//! Targets, decisions on running sweeps, replays and designs as a person meets them.

mod common;

use std::process::Stdio;
use std::time::Duration;
use std::{fs, thread};

use common::{checkout, curvecast, file, program, text};

/// Epochs of a loss that falls to a floor.
fn loss(floor: f64, epochs: u32) -> String {
    (1..=epochs).map(|t| format!("{t},{:.5}\n", floor + f64::from(t).powf(-0.7))).collect()
}

/// A folder with these runs.
fn folder(runs: &[(&str, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, rows) in runs {
        file(&dir, name, &format!("epoch,val_loss\n{rows}"));
    }
    dir
}

fn json(out: &std::process::Output) -> Vec<serde_json::Value> {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", text(&out.stdout), text(&out.stderr)))
}

#[test]
fn a_target_has_probabilities_and_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..=100).map(|t| format!("{t},{:.6}\n", 2.0 + 5.0 * f64::from(t).powf(-0.5) + 0.02 * (1.7 * f64::from(t)).sin())).collect();
    let csv = file(&dir, "run.csv", &format!("epoch,loss\n{rows}"));
    let plot = dir.path().join("fan.svg").display().to_string();
    let out = curvecast(&["forecast", &csv, "--target", "2.35", "--format", "json", "--plot", &plot]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let rows = json(&out);
    // Five places that were chosen, and when it is first reached: 2 + 5 x^−0.5 is 2.35 at 204.
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert!(text(&out.stderr).contains("no --at: the places are 1.5, 2, 3, 5, 10 times what was seen"), "{}", text(&out.stderr));
    let p: Vec<f64> = rows.iter().map(|r| r["P(target)"].as_f64().unwrap()).collect();
    assert!(rows[0]["epoch"] == 150.0 && p[..5].is_sorted() && p[0] < 0.5 && p[4] > 0.7, "{rows:?}");
    let (what, median) = (rows[5]["what"].as_str().unwrap(), rows[5]["median"].as_f64().unwrap());
    assert!(what == "loss <= 2.35 first reached" && (150.0..280.0).contains(&median), "{rows:?}");
    assert!(fs::read_to_string(&plot).unwrap().contains("target"));
    // What is not within the places asked is said, and is nothing in a file.
    let far = curvecast(&["forecast", &csv, "--at", "120", "--target", "1.0"]);
    assert!(far.status.code() == Some(0) && text(&far.stdout).contains("> 120"), "{}", text(&far.stdout));
    let far = json(&curvecast(&["forecast", &csv, "--at", "120", "--target", "1.0", "--format", "json"]));
    assert!(far[1]["median"].is_null() && far[1]["P(target)"].as_f64().unwrap() < 0.01, "{far:?}");
    // Without either there is nothing to ask, and without a target the columns are those they were.
    assert_eq!(curvecast(&["forecast", &csv]).status.code(), Some(2));
    let plain = text(&curvecast(&["forecast", &csv, "--at", "200", "--format", "csv"]).stdout);
    assert!(plain.starts_with("epoch,5%,25%,median,75%,95%\n200,"), "{plain}");
}

#[test]
fn every_run_of_a_sweep_is_decided() {
    let broken = loss(0.3, 8) + "9,nan\n10,nan\n11,nan\n";
    let runs =
        [("best.csv", loss(0.1, 50)), ("broken.csv", broken), ("hopeless.csv", loss(0.9, 20)), ("odd.csv", "1,many\n".to_owned()), ("young.csv", loss(0.1, 2))];
    let dir = folder(&runs);
    let path = dir.path().display().to_string();
    let out = curvecast(&["decide", &path, "--at", "50", "--format", "json"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let rows = json(&out);
    let decisions: Vec<(&str, &str)> = rows.iter().map(|r| (r["run"].as_str().unwrap(), r["decision"].as_str().unwrap())).collect();
    let want = [("best.csv", "finished"), ("broken.csv", "stop"), ("hopeless.csv", "stop"), ("odd.csv", "unreadable"), ("young.csv", "continue")];
    assert_eq!(decisions, want);
    let hopeless = &rows[2];
    assert!(hopeless["reason"].as_str().unwrap().contains("after 20 of 50 epochs") && hopeless["P(better)"].as_f64().unwrap() < 0.05, "{hopeless}");
    assert!(hopeless["5%"].as_f64() < hopeless["median"].as_f64() && hopeless["seen"] == 20.0, "{hopeless}");
    assert!(rows[3]["reason"].as_str().unwrap().contains("many") && rows[1]["ground"] == "diverged", "{rows:?}");
    // The best of the others, not of the run itself: the finished one is held against the runner-up.
    assert!(rows[0]["P(better)"] == 1.0 && rows[0]["best"].as_f64() > rows[0]["last"].as_f64(), "{rows:?}");
    let bold = json(&curvecast(&["decide", &path, "--at", "50", "--best", "5", "--format", "json"]));
    assert_eq!(bold[2]["decision"], "continue");
}

#[test]
fn runs_of_one_file_are_told_apart_by_a_column() {
    let dir = tempfile::tempdir().unwrap();
    let of = |name: &str, floor: f64, n: u32| loss(floor, n).lines().map(|l| format!("{name},{l}\n")).collect::<String>();
    let csv = file(&dir, "sweep.csv", &format!("run,epoch,val_loss\n{}{}", of("a", 0.1, 50), of("b", 0.9, 20)));
    let table = text(&curvecast(&["decide", &csv, "--at", "50", "--format", "csv"]).stdout);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[1].starts_with("a,50,50,") && lines[1].contains(",finished,"), "{table}");
    assert!(lines[2].starts_with("b,20,20,") && lines[2].contains(",stop,forecast,"), "{table}");
}

#[test]
fn what_cannot_be_decided_has_its_code() {
    let dir = folder(&[("odd.csv", "1,many\n".to_owned())]);
    let path = dir.path().display().to_string();
    let code = |args: &[&str]| curvecast(&[&["decide", path.as_str()], args].concat()).status.code();
    assert_eq!(code(&["--at", "50"]), Some(101));
    assert_eq!(code(&["--at", "50", "--below", "2"]), Some(4));
    assert_eq!(code(&["--at", "50", "--method", "pnf"]), Some(4));
    assert_eq!(code(&["--at", "50", "--watch", "0"]), Some(4));
    assert_eq!(code(&[]), Some(2));
    let empty = tempfile::tempdir().unwrap();
    let out = curvecast(&["decide", &empty.path().display().to_string(), "--at", "50"]);
    assert!(out.status.code() == Some(4) && text(&out.stderr).contains("no file in"), "{}", text(&out.stderr));
}

#[test]
fn a_sweep_is_watched_until_all_is_done() {
    let dir = folder(&[("a.csv", loss(0.1, 12))]);
    let path = dir.path().display().to_string();
    let mut command = program(&checkout());
    command.args(["decide", &path, "--at", "30", "--best", "0.9", "--watch", "0.05", "--format", "csv"]);
    let watcher = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(400));
    // Whole at once, so that no look sees half of a line.
    let next = dir.path().join("a.part");
    fs::write(&next, format!("epoch,val_loss\n{}", loss(0.1, 30))).unwrap();
    fs::rename(&next, dir.path().join("a.csv")).unwrap();
    let out = watcher.wait_with_output().unwrap();
    let lines: Vec<String> = text(&out.stdout).lines().map(str::to_owned).collect();
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    // A header, and the two decisions: on a slow machine the first look may be late.
    assert!(lines.len() >= 2 && lines.len() <= 3 && lines[0].starts_with("run,seen,"), "{lines:?}");
    assert!(lines.last().unwrap().contains(",finished,") && (lines.len() == 2 || lines[1].contains(",continue,")), "{lines:?}");
}

#[test]
fn a_sweep_is_replayed_under_policies() {
    let runs: Vec<(String, String)> = (0..6).map(|k| (format!("r{k}.csv"), loss(0.1 + 0.1 * f64::from(k), 30))).collect();
    let dir = folder(&runs.iter().map(|(name, rows)| (name.as_str(), rows.clone())).collect::<Vec<_>>());
    let path = dir.path().display().to_string();
    let plot = dir.path().join("regret.svg").display().to_string();
    let args = ["simulate", &path, "--policies", "none,patience-3,curvecast", "--looks", "6", "--format", "json", "--plot", &plot];
    let out = curvecast(&args);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let rows = json(&out);
    assert!(rows[0]["policy"] == "none" && rows[0]["points"] == 180.0 && rows[0]["saved"] == 0.0, "{rows:?}");
    assert!(rows[2]["saved"].as_f64().unwrap() > 0.2 && rows[2]["regret"].as_f64().unwrap() < 1e-9 && rows[2]["top killed"] == 0.0, "{rows:?}");
    assert!(
        text(&out.stderr).contains("6 runs with 180 points; the best value of all is 0.19") && text(&out.stderr).contains("r0.csv"),
        "{}",
        text(&out.stderr)
    );
    assert!(fs::read_to_string(&plot).unwrap().contains("curvecast"));
    let wrong = curvecast(&["simulate", &path, "--policies", "hyperbond"]);
    assert!(wrong.status.code() == Some(4) && text(&wrong.stderr).contains("did you mean \"hyperband\"?"), "{}", text(&wrong.stderr));
    let one = dir.path().join("r0.csv").display().to_string();
    assert_eq!(curvecast(&["simulate", &one]).status.code(), Some(101));
}

#[test]
fn a_design_is_printed_beside_the_grid() {
    let out = curvecast(&["design", "--budget", "1e22", "--law", "chinchilla", "--format", "json"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let rows = json(&out);
    let of = |what: &str| rows.iter().find(|r| r["what"] == what).unwrap();
    let (designed, grid, large) = (of("all runs"), of("IsoFLOP grid"), of("large run"));
    assert!(designed["standard error"].as_f64().unwrap() < grid["standard error"].as_f64().unwrap() / 1.3, "{rows:?}");
    assert!(designed["FLOP"].as_f64().unwrap() <= 1e21 * (1.0 + 1e-9) && designed["times"] == 12.0 && grid["times"] == 12.0, "{rows:?}");
    assert!((large["FLOP"].as_f64().unwrap() / 1e22 - 1.0).abs() < 1e-9, "{rows:?}");
    assert!(text(&out.stderr).contains("besiroglu2024") && text(&out.stderr).contains("if the law is right"), "{}", text(&out.stderr));
    let dir = tempfile::tempdir().unwrap();
    let fit = file(&dir, "fit.csv", "what,name,value\nparameter,e,1.7\nparameter,alpha,0.34\n");
    let own = curvecast(&["design", "--budget", "1e21", "--constants", &fit, "--large", "params=1e9,tokens=2e10"]);
    assert!(own.status.code() == Some(0) && text(&own.stderr).contains("fit.csv: e 1.7"), "{}", text(&own.stderr));
    let wrong = curvecast(&["design", "--budget", "1e22", "--law", "pow3"]);
    assert!(wrong.status.code() == Some(4) && text(&wrong.stderr).contains("parameters and tokens"), "{}", text(&wrong.stderr));
    assert_eq!(curvecast(&["design", "--budget", "1e22", "--constants", "no/such.csv"]).status.code(), Some(101));
}
