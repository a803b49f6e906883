use std::collections::BTreeMap;

use curves::{Better, CurveSet, Entry, Measure, Resource};

use super::*;
use crate::spec::Paper;

fn accuracy_of(loss: f64) -> f64 {
    0.98 - 0.7 / (1.0 + (-5.0 * (loss - 0.9)).exp())
}

fn loss_of(n: f64, d: f64) -> f64 {
    0.5 + 40.0 * n.powf(-0.25) + 100.0 * d.powf(-0.25)
}

/// Runs without noise; the resource is 10⁹ tokens.
fn sets() -> (CurveSet, CurveSet) {
    let mut sizes: Vec<(String, f64, f64)> = Vec::new();
    for n in [2e8, 4e8, 8e8, 1.3e9] {
        for m in [20.0, 100.0] {
            sizes.push((format!("{n}-{m}"), n, n * m));
        }
    }
    sizes.push(("big".into(), 7e9, 4e12));
    let set = |better, name: &str, value: &dyn Fn(f64) -> f64| {
        let entries = sizes
            .iter()
            .map(|(run, n, d)| {
                let x: Vec<f64> = (1..=20).map(|k| d * f64::from(k) / 20.0 / 1e9).collect();
                let y = x.iter().map(|t| value(loss_of(*n, t * 1e9))).collect();
                let covariates = BTreeMap::from([("run".into(), run.clone()), ("metric".into(), name.into()), ("params".into(), n.to_string())]);
                Entry { id: run.clone(), covariates, x, y, given: None, rates: None }
            })
            .collect();
        CurveSet::new(Resource { name: "billion tokens".into() }, Measure { name: name.into(), unit: String::new(), better, bounds: None }, entries).unwrap()
    };
    (set(Better::Higher, "acc", &accuracy_of), set(Better::Lower, "bpb", &|l| l))
}

fn asked() -> LadderSpec {
    toml::from_str(
        r#"
        loss = "losses"
        small = ["200000000-20", "200000000-100", "400000000-20", "400000000-100", "800000000-20", "800000000-100", "1300000000-20", "1300000000-100"]
        target = { big = "big" }
        average = 1
        resamples = 4
        task = [{ id = "t", accuracy = ["acc"], loss = ["bpb"] }]
        "#,
    )
    .unwrap()
}

fn about() -> About {
    About { title: String::new(), paper: Paper { arxiv: String::new(), bib: String::new(), code: None }, version: 1, seed: 7 }
}

fn ask() -> AskHead {
    AskHead { id: "two-step".into(), source: "accuracies".into() }
}

fn number(rows: &Frame, method: &str, level: &str, column: &str) -> Option<f64> {
    let row =
        (0..rows.len()).find(|&r| rows.text("view", r) == Some("target") && rows.text("level", r) == Some(level) && rows.text("method", r) == Some(method))?;
    rows.number(column, row)
}

#[test]
fn the_target_of_noiseless_runs_is_predicted() {
    let (accuracy, loss) = sets();
    let (asked, ask) = (asked(), ask());
    asked.check().unwrap();
    let out = run(&about(), &ask, &asked, &accuracy, &loss, 0..1);
    let actual = 100.0 * accuracy_of(loss_of(7e9, 4e12));
    assert!((number(&out.rows, "two-step-free", "each", "actual").unwrap() - actual).abs() < 1e-9);
    assert!(number(&out.rows, "two-step-free", "each", "absolute-error").unwrap() < 0.7, "{:?}", number(&out.rows, "two-step-free", "each", "error"));
    assert!(number(&out.rows, "link-only", "each", "absolute-error").unwrap() < 0.7);
    let baseline = number(&out.rows, "largest-run", "each", "absolute-error").unwrap();
    assert!(baseline > 2.0, "no model at all falls short: {baseline}");
    assert_eq!(number(&out.rows, "two-step-free", "all", "absolute-error"), number(&out.rows, "two-step-free", "each", "absolute-error"));
}

#[test]
fn rows_do_not_depend_on_how_tasks_are_cut() {
    let (accuracy, loss) = sets();
    let mut asked = asked();
    let mut second = asked.tasks[0].clone();
    second.id = "u".into();
    asked.tasks.push(second);
    let whole = run(&about(), &ask(), &asked, &accuracy, &loss, 0..2).rows.to_csv();
    let mut parts = run(&about(), &ask(), &asked, &accuracy, &loss, 0..1).rows;
    parts.extend(&run(&about(), &ask(), &asked, &accuracy, &loss, 1..2).rows);
    assert_eq!(whole, parts.to_csv());
}

#[test]
fn what_is_missing_is_a_row() {
    let (accuracy, loss) = sets();
    let mut asked = asked();
    asked.resamples = 0;
    asked.small.push("nowhere".into());
    asked.target.insert("gone".into(), "gone".into());
    let rows = run(&about(), &ask(), &asked, &accuracy, &loss, 0..1).rows;
    let statuses: Vec<&str> = (0..rows.len()).filter_map(|r| rows.text("status", r)).filter(|s| *s != "ok").collect();
    assert_eq!(statuses.iter().filter(|s| **s == "no-run").count(), 1 + METHODS.len());
    assert_eq!(statuses.iter().filter(|s| **s == "incomplete").count(), METHODS.len());
    assert_eq!(number(&rows, "two-step", "each", "low"), None, "no resamples, no interval");
}

#[test]
fn settings_that_cannot_work_are_named() {
    let wrong = |change: &dyn Fn(&mut LadderSpec)| {
        let mut a = asked();
        change(&mut a);
        a.check().unwrap_err()
    };
    assert!(wrong(&|a| a.small.truncate(3)).contains("at least five runs"));
    assert!(wrong(&|a| a.skip = 1.0).contains("`skip`"));
    assert!(wrong(&|a| a.unit = f64::NAN).contains("`unit`"));
    assert!(wrong(&|a| a.confidence = 1.0).contains("between 0 and 1"));
    assert!(wrong(&|a| a.tasks[0].weights = vec![1.0, 2.0]).contains("\"t\""));
    assert!(wrong(&|a| a.tasks.push(a.tasks[0].clone())).contains("two tasks"));
}
