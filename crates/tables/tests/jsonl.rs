//! JSON lines come in as tables do: every cell as it was written, or a message with the line and the key.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::{btree_map, vec};
use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};
use tables::{Long, Table, TableError, load, load_bytes, read_long};

const RUNS: &str = concat!(
    "{\"run\": \"007\", \"step\": 1, \"loss\": 2.50, \"done\": false}\n",
    "{\"step\": 1e1, \"run\": \"008\", \"note\": \"a, \\\"b\\\"\\n\\u00e9\", \"loss\": null}\n",
    "{\"run\":\"009\",\"loss\":-0.1234567890123456789,\"done\":true}\n",
);

fn json(text: &str) -> Result<Table, TableError> {
    load_bytes("runs.jsonl", text.as_bytes(), None)
}

fn message(text: &str) -> String {
    json(text).unwrap_err().to_string()
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|c| (*c).to_owned()).collect()
}

#[test]
fn cells_are_read_as_they_are_written() {
    for text in [RUNS.to_owned(), format!("\u{feff}{}\n\n", RUNS.replace('\n', "\r\n")), RUNS.trim_end().to_owned()] {
        let t = json(&text).unwrap();
        assert_eq!(t.columns(), ["run", "step", "loss", "done", "note"]);
        assert_eq!(t.rows(), 3);
        assert_eq!(t.text("run").unwrap(), ["007", "008", "009"]);
        assert_eq!(t.text("step").unwrap(), ["1", "1e1", ""]);
        assert_eq!(t.text("loss").unwrap(), ["2.50", "", "-0.1234567890123456789"]);
        assert_eq!(t.text("done").unwrap(), ["false", "", "true"]);
        assert_eq!(t.text("note").unwrap(), ["", "a, \"b\"\n\u{e9}", ""]);
        let steps = t.numbers("step").unwrap();
        assert_eq!(steps[..2], [1.0, 10.0]);
        assert!(steps[2].is_nan());
    }
}

#[test]
fn names_say_how_the_file_is_packed() {
    let dir = tempfile::tempdir().unwrap();
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(RUNS.as_bytes()).unwrap();
    let packed = out.finish().unwrap();
    for (name, bytes) in [("a.jsonl", RUNS.as_bytes()), ("a.json", RUNS.as_bytes()), ("a.jsonl.gz", packed.as_slice())] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(load(&path, None).unwrap().text("run").unwrap(), ["007", "008", "009"], "{name}");
    }
}

#[test]
fn words_of_python_are_numbers() {
    let t = json("{\"a NaN\": NaN, \"y\": -Infinity}\n{\"a NaN\": Infinity, \"y\": \"NaN and Infinity\"}\n").unwrap();
    let cells = t.numbers("a NaN").unwrap();
    assert!(cells[0].is_nan() && cells[1] == f64::INFINITY);
    assert_eq!(t.text("y").unwrap(), ["-inf", "NaN and Infinity"]);
}

#[test]
fn only_the_columns_asked_are_kept() {
    let text = "{\"_wandb\": {\"runtime\": 3}, \"loss\": 1}\n{\"loss\": 2, \"step\": 7}\n";
    let t = load_bytes("runs.jsonl", text.as_bytes(), Some(&names(&["step", "loss"]))).unwrap();
    assert_eq!(t.columns(), ["loss", "step"]);
    assert_eq!(t.text("step").unwrap(), ["", "7"]);
    let e = load_bytes("runs.jsonl", text.as_bytes(), Some(&names(&["los"]))).unwrap_err();
    assert_eq!(e.to_string(), "runs.jsonl: no column is called \"los\"; did you mean \"loss\"?");
    assert_eq!(load_bytes("runs.jsonl", text.as_bytes(), Some(&[])).unwrap_err(), TableError::NoColumns { file: "runs.jsonl".into() });
}

#[test]
fn runs_become_curves() {
    let text = "{\"run\": \"a\", \"step\": 2, \"loss\": 0.5}\n{\"run\": \"a\", \"step\": 1, \"loss\": 0.75}\n";
    let long = Long { id: vec!["run".into()], x: "step".into(), y: "loss".into(), ..Long::default() };
    let resource = curves::Resource { name: "step".into() };
    let measure = curves::Measure { name: "loss".into(), unit: String::new(), better: curves::Better::Lower, bounds: None };
    let set = read_long(&json(text).unwrap(), &long, resource, measure).unwrap();
    assert_eq!((set.entries()[0].x.as_slice(), set.entries()[0].y.as_slice()), (&[1.0, 2.0][..], &[0.75, 0.5][..]));
}

#[test]
fn what_is_no_table_is_refused_with_its_place() {
    let end = "; every line has to be one JSON object, such as {\"step\": 1, \"loss\": 2.5}";
    assert_eq!(message(""), "runs.jsonl: empty; a table has a header and rows");
    assert_eq!(message("\u{feff}\n \n"), "runs.jsonl: empty; a table has a header and rows");
    assert_eq!(message("{}\n{}\n"), "runs.jsonl: empty; a table has a header and rows");
    assert_eq!(message("{\"a\": 1}\n\n{\"a\": 2}\n"), format!("runs.jsonl: line 2: it is blank{end}"));
    assert_eq!(message("{\"a\": 1}\n{\"a\": 1, \"a\": 2}\n"), format!("runs.jsonl: line 2: key \"a\" stands there twice{end}"));
    for (text, line) in [
        ("[{\"a\": 1}]\n", 1),
        ("{\"a\": 1}\n[1]\n", 2),
        ("{\"a\": 1}\n3\n", 2),
        ("{\"a\": 1}\n{\"a\": 01}\n", 2),
        ("{\"a\": 1}\n{\"a\": 1}\n{\"a\": 1} {\"a\": 1}\n", 3),
        ("{\n  \"a\": 1\n}\n", 1),
        ("a,b\n1,2\n", 1),
        ("{\"a\": \"\\ud800\"}", 1),
    ] {
        let e = message(text);
        assert!(e.starts_with(&format!("runs.jsonl: line {line}: ")) && e.ends_with(end), "{text:?}: {e}");
        assert!(!e.contains("at line"), "{e}");
    }
    let e = message("{\"a\": 1}\n{\"b\": {\"c\": 1}}\n");
    assert!(e.starts_with("runs.jsonl: line 2: key \"b\" holds an object; only text, numbers"), "{e}");
    let e = message("{\"a\": [1, 2]}\n");
    assert!(e.starts_with("runs.jsonl: line 1: key \"a\" holds a list; only text, numbers"), "{e}");
    let e = load_bytes("runs.jsonl", b"{\"a\": 1}\n{\"a\": \"\xe9\"}\n", None).unwrap_err();
    assert_eq!(e, TableError::NotUtf8 { file: "runs.jsonl".into(), line: 2 });
    let e = json("{\"a\": 1}\n{\"a\": \"x\"}\n").unwrap().numbers("a").unwrap_err();
    assert_eq!(e.to_string(), "runs.jsonl: row 2, column \"a\": \"x\" is not a number");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_survives(rows in vec(btree_map("[a-c\"\\\\]{1,3}", ".{0,6}", 1..4), 1..6)) {
        let lines: Vec<String> = rows.iter().map(|row: &BTreeMap<String, String>| serde_json::to_string(row).unwrap()).collect();
        let t = json(&lines.join("\n")).unwrap();
        prop_assert_eq!(t.rows(), rows.len());
        for name in t.columns() {
            let want: Vec<String> = rows.iter().map(|row| row.get(&name).cloned().unwrap_or_default()).collect();
            prop_assert_eq!(t.text(&name).unwrap(), want);
        }
    }
}
