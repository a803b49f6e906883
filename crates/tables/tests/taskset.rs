//! TaskSet's upstream format becomes the tidy tables. The files are made up; the tables beside them were written by
//! CPython from the same numbers (`'%.7g' % loss`, `repr(float(hyperparameter))`).

use std::collections::BTreeMap;

use curves::{Better, Measure, Resource};
use tables::{TableError, Wide, convert_taskset, load_bytes, read_wide};

const GRU: &[u8] = include_bytes!("fixtures/FixedTextRNNClassification_made_GRU8.json");
const LSTM: &[u8] = include_bytes!("fixtures/FixedTextRNNClassification_made_LSTM8.json");
const CURVES: &str = include_str!("fixtures/taskset_curves.csv");
const CONFIGS: &str = include_str!("fixtures/taskset_configs.csv");

fn file(task: &str, json: &[u8]) -> (String, Vec<u8>) {
    (format!("FixedTextRNNClassification_{task}"), json.to_vec())
}

#[test]
fn the_tables_are_those_that_python_writes() {
    let (gru, lstm) = (file("made_GRU8", GRU), file("made_LSTM8", LSTM));
    let tables = convert_taskset(&[gru.clone(), lstm.clone()]).unwrap();
    assert_eq!(tables.curves_csv, CURVES);
    assert_eq!(tables.configs_csv, CONFIGS);
    assert_eq!(convert_taskset(&[lstm, gru]).unwrap(), tables, "the order of the files does not matter");
}

#[test]
fn the_tables_are_curves() {
    let tables = convert_taskset(&[file("made_GRU8", GRU)]).unwrap();
    let table = load_bytes("taskset_curves.csv", tables.curves_csv.as_bytes(), None).unwrap();
    let wide = Wide {
        id: vec!["task".into(), "config".into()],
        prefix: "e".into(),
        filter: BTreeMap::from([("split".to_owned(), "valid".to_owned())]),
        ..Wide::default()
    };
    let measure = Measure { name: "loss".into(), unit: "nats".into(), better: Better::Lower, bounds: None };
    let set = read_wide(&table, &wide, Resource { name: "epoch".into() }, measure).unwrap();
    assert_eq!(set.entries()[0].id, "made_GRU8/0");
    assert_eq!(set.entries()[0].y, [0.72, 0.6601562, 0.5987654, 0.59]);
    let diverged = &set.entries()[1].y;
    assert_eq!(diverged[..2], [0.715, f64::NEG_INFINITY]);
    assert!(diverged[2].is_nan() && diverged[3].is_nan());
}

#[test]
fn other_json_is_refused() {
    let message = |json: &str| convert_taskset(&[file("t", json.as_bytes())]).unwrap_err().to_string();
    let start = "FixedTextRNNClassification_t: not a TaskSet file: ";
    let hp = r#"{"learning_rate": 1, "beta1": 1, "beta2": 1, "epsilon": 1, "l1": 1, "l2": 1, "linear_decay": 1, "exponential_decay": 1}"#;
    for (json, why) in [
        ("[]".to_owned(), "its list is empty"),
        ("[{".to_owned(), "EOF while parsing"),
        (format!(r#"[{{"hp": {hp}, "train": {{"loss": [1]}}, "valid": {{"loss": [1]}}}}]"#), "missing field `test`"),
        (format!(r#"[{{"hp": {hp}, "train": {{"loss": [1]}}, "valid": {{"loss": ["x"]}}, "test": {{"loss": [1]}}}}]"#), "a number, NaN, Infinity or -Infinity"),
        (
            format!(r#"[{{"hp": {hp}, "train": {{"loss": [1]}}, "valid": {{"loss": [1, 2]}}, "test": {{"loss": [1]}}}}]"#),
            "configuration 0, \"valid\": 2 losses where others have 1",
        ),
        (
            r#"[{"hp": {"beta1": 1}, "train": {"loss": [1]}, "valid": {"loss": [1]}, "test": {"loss": [1]}}]"#.to_owned(),
            "configuration 0 has no \"learning_rate\" in \"hp\"",
        ),
    ] {
        let got = message(&json);
        assert!(got.starts_with(start) && got.contains(why), "{got}");
    }
    let cut = &GRU[..GRU.len() / 2];
    assert!(matches!(convert_taskset(&[file("t", cut)]), Err(TableError::TaskSet { .. })));
}
