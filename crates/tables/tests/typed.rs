//! Tables with their types, through the bytes of Parquet.

use std::path::Path;

use proptest::collection::vec;
use proptest::num::f64::ANY;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use tables::{TableColumn, TableError, load, parquet_bytes, read_typed, write_parquet};

/// The same text, or the same bits, where any NaN equals any NaN.
fn same(a: &TableColumn, b: &TableColumn) -> bool {
    match (a, b) {
        (TableColumn::Text(a), TableColumn::Text(b)) => a == b,
        (TableColumn::Number(a), TableColumn::Number(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
        }
        _ => false,
    }
}

fn round(columns: &[(&str, TableColumn)]) -> Vec<(String, TableColumn)> {
    read_typed("rows.parquet", &parquet_bytes(columns).unwrap()).unwrap()
}

fn texts(cells: &[&str]) -> TableColumn {
    TableColumn::Text(cells.iter().map(|c| (*c).to_owned()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_is_read_back(rows in vec((".{0,8}", "[ab]", ANY), 0..300)) {
        let columns = [
            ("any", TableColumn::Text(rows.iter().map(|r| r.0.clone()).collect())),
            ("few, \"different\"", TableColumn::Text(rows.iter().map(|r| r.1.clone()).collect())),
            ("y", TableColumn::Number(rows.iter().map(|r| r.2).collect())),
        ];
        let bytes = parquet_bytes(&columns).unwrap();
        prop_assert_eq!(&bytes, &parquet_bytes(&columns).unwrap(), "equal columns, equal bytes");
        let back = read_typed("rows.parquet", &bytes).unwrap();
        prop_assert_eq!(back.len(), columns.len());
        for ((name, column), (old_name, old)) in back.iter().zip(&columns) {
            prop_assert_eq!(name, old_name);
            prop_assert!(same(column, old), "{}: {:?} from {:?}", name, column, old);
        }
    }
}

#[test]
fn numbers_that_are_none_and_signs_of_zero_survive() {
    let numbers = [f64::NAN, -0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE / 4.0, 0.1, f64::MAX];
    // many times over, so that a writer that keeps different values apart by equality would lose the sign of zero
    let column = TableColumn::Number(numbers.repeat(200));
    let back = round(&[("y", column.clone())]);
    assert!(same(&back[0].1, &column));
    assert!(!same(&TableColumn::Number(vec![0.0]), &TableColumn::Number(vec![-0.0])));
}

#[test]
fn a_table_without_rows_keeps_its_types() {
    let back = round(&[("run", texts(&[])), ("y", TableColumn::Number(vec![]))]);
    assert_eq!(back, [("run".to_owned(), texts(&[])), ("y".to_owned(), TableColumn::Number(vec![]))]);
}

#[test]
fn many_rows_keep_their_order() {
    let n = 600_000;
    let column = TableColumn::Number((0..n).map(f64::from).collect());
    let back = round(&[("i", column.clone())]);
    assert_eq!(back[0].1, column, "over more than one row group");
}

/// 100,000 of four words in a random order: two bits a row are what cannot be saved.
#[test]
fn text_of_few_different_values_is_small() {
    let words = ["a long name of a method, number one", "a long name of a method, number two", "another name, of a policy", "and a fourth one of all"];
    let mut state = 7_u64;
    let cells = (0..100_000).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(state >> 62) as usize].to_owned()
    });
    let bytes = parquet_bytes(&[("method", TableColumn::Text(cells.collect()))]).unwrap();
    assert!(bytes.len() < 40_000, "{} bytes", bytes.len());
}

#[test]
fn the_file_is_the_one_that_is_written_to_disk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.parquet");
    let columns = [("run", texts(&["a", "", "c"])), ("y", TableColumn::Number(vec![0.5, f64::NAN, 2.0]))];
    write_parquet(&path, &columns).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), parquet_bytes(&columns).unwrap());
    assert_eq!(load(&path, None).unwrap().text("run").unwrap(), ["a", "", "c"]);
}

#[test]
fn what_is_no_table_is_refused() {
    let e = parquet_bytes(&[]).unwrap_err();
    assert_eq!(e.to_string(), "a table in memory: cannot be written: no columns");
    let e = parquet_bytes(&[("a", texts(&["x"])), ("b", texts(&[]))]).unwrap_err();
    assert!(e.to_string().ends_with("column \"a\" has 1 rows and \"b\" 0"), "{e}");
    assert_eq!(read_typed("r.parquet", b"").unwrap_err(), TableError::Empty { file: "r.parquet".into() });
    let e = read_typed("r.parquet", b"ask,source\nforecast,prior\n").unwrap_err();
    assert!(e.to_string().starts_with("r.parquet: damaged, or not what its name says: "), "{e}");
    assert!(load(Path::new("no/such.parquet"), None).unwrap_err().to_string().contains("cannot be read"));
}
