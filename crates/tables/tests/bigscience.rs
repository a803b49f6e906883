//! The converter, on files of our own in upstream's format. Expected text by CPython 3 (`%.7g`, `round(x, 4)`).

use tables::{TableError, convert_bigscience, load_bytes};

const C4: &[u8] = include_bytes!("fixtures/tr3e-1B3-made_agg.json");
const OSCAR: &[u8] = include_bytes!("fixtures/tr3d-1B3-made_agg.json");
const TIDY: &str = include_str!("fixtures/bigscience.csv");

fn file(stem: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    (stem.to_owned(), bytes.to_vec())
}

#[test]
fn files_become_the_tidy_table_in_any_order() {
    let (c4, oscar) = (file("tr3e-1B3-made_agg", C4), file("tr3d-1B3-made_agg", OSCAR));
    assert_eq!(convert_bigscience(&[c4.clone(), oscar.clone()]).unwrap(), TIDY);
    assert_eq!(convert_bigscience(&[oscar, c4]).unwrap(), TIDY);
    let table = load_bytes("bigscience.csv", TIDY.as_bytes(), None).unwrap();
    assert!(table.numbers("stderr").unwrap()[3].is_nan(), "a measure without an error");
}

#[test]
fn other_files_are_refused() {
    let message = |stem: &str, json: &str| convert_bigscience(&[file(stem, json.as_bytes())]).unwrap_err().to_string();
    assert!(message("tr9x-1B3_agg", "{}").contains("begins with none of the runs (tr3d, tr3e, tr3m, tr12a, tr12b)"));
    assert!(message("tr3d-1B3_agg", "{").contains("EOF while parsing"));
    assert!(message("tr3d-1B3_agg", r#"{"tokens": [1], "checkpoints": [], "results": {}}"#).contains("1 tokens and 0 checkpoints"));
    let short = r#"{"tokens": [1, 2], "checkpoints": [1, 2], "results": {"wsc": {"acc": [0.5]}}}"#;
    assert!(message("tr3d-1B3_agg", short).contains("task \"wsc\", \"acc\": 1 values"));
    let twice = convert_bigscience(&[file("tr3d-a_agg", OSCAR), file("tr3d-b_agg", OSCAR)]).unwrap_err();
    assert!(matches!(twice, TableError::BigScience { .. }) && twice.to_string().contains("as well"));
    assert!(matches!(convert_bigscience(&[file("tr3e-x_agg", &C4[..C4.len() / 2])]), Err(TableError::BigScience { .. })));
}
