//! What several fuzz targets assert.
//!
//! A target panics, and so fails, when a parser panics or when one of these properties does not hold. That a file is refused with an
//! error is always right.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::Serialize;
use tables::{Table, TableColumn};

/// A column by its name.
pub type Named = (String, TableColumn);

/// Tables with their types survive the bytes of Parquet, to the last bit.
pub fn survives_parquet(columns: &[Named]) {
    let named: Vec<(&str, TableColumn)> = columns.iter().map(|(name, column)| (name.as_str(), column.clone())).collect();
    let bytes = tables::parquet_bytes(&named).expect("what was read can be written");
    let back = tables::read_typed("back.parquet", &bytes).expect("what was written can be read");
    assert!(same(&back, columns), "{back:?} came back from {columns:?}");
}

/// The same names with the same cells, where any NaN equals any NaN.
pub fn same(a: &[Named], b: &[Named]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same_cells(&a.1, &b.1))
}

fn same_cells(a: &TableColumn, b: &TableColumn) -> bool {
    match (a, b) {
        (TableColumn::Text(a), TableColumn::Text(b)) => a == b,
        (TableColumn::Number(a), TableColumn::Number(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
        }
        _ => false,
    }
}

/// Every column of a table as text, and those that can be read as numbers as numbers as well, under another name.
///
/// Asserts that a table has rows, that every column is as long as the table, and, where `exact`, that a number is what its text says.
pub fn columns(table: &Table, exact: bool) -> Vec<Named> {
    assert!(table.rows() > 0, "a table without rows was not refused");
    let mut all = Vec::new();
    for (k, name) in table.columns().into_iter().enumerate() {
        let texts = table.text(&name).expect("a column that is listed can be read as text");
        assert_eq!(texts.len(), table.rows(), "{name:?}");
        if let Ok(numbers) = table.numbers(&name) {
            assert_eq!(numbers.len(), table.rows(), "{name:?}");
            for (text, number) in texts.iter().zip(&numbers).filter(|_| exact) {
                let said = text.trim().parse::<f64>().unwrap_or(f64::NAN);
                assert!(said.to_bits() == number.to_bits() || (said.is_nan() && number.is_nan()), "{text:?} was read as {number}");
            }
            all.push((format!("number {k}"), TableColumn::Number(numbers)));
        }
        all.push((format!("text {k}"), TableColumn::Text(texts)));
    }
    all
}

/// What is read from TOML, written and read again is the same; answers it.
pub fn survives_toml<T>(text: &str, file: &str) -> Option<T>
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    let first: T = runner::parse(text, file).ok()?;
    let written = toml::to_string(&first).expect("what was read can be written");
    let second: T = runner::parse(&written, file).unwrap_or_else(|e| panic!("what was written cannot be read: {e}\n{written}"));
    assert_eq!(toml::to_string(&second).expect("what was read can be written"), written);
    // A NaN is not equal to itself; the texts above are.
    if !written.contains("nan") {
        assert_eq!(first, second);
    }
    Some(first)
}

/// A folder of this process, for parsers that take a path.
pub fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = std::env::temp_dir().join(format!("curvecast-fuzz-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
            folder
        })
        .clone()
}
