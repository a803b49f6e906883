//! CSV: cells are what was written, and a table that is read survives being written as CSV and as Parquet.
#![no_main]

use curvecast_fuzz::{columns, survives_parquet};
use libfuzzer_sys::fuzz_target;
use tables::{csv_text, load_bytes, TableColumn};

fuzz_target!(|data: &[u8]| {
    let Ok(table) = load_bytes("fuzz.csv", data, None) else { return };
    survives_parquet(&columns(&table, true));

    let names = table.columns();
    // A name that is blank, or begins with a byte order mark, is read from quotes and cannot be written back.
    if names.iter().any(|name| name.trim().is_empty() || name.starts_with('\u{feff}')) {
        return;
    }
    let texts: Vec<(&str, TableColumn)> =
        names.iter().map(|name| (name.as_str(), TableColumn::Text(table.text(name).expect("a column that is listed can be read")))).collect();
    let written = csv_text(&texts).expect("what was read can be written");
    let back = load_bytes("back.csv", written.as_bytes(), None).unwrap_or_else(|e| panic!("{e}\n{written:?}"));
    assert_eq!(back.columns(), names);
    for (name, column) in &texts {
        let again = back.text(name).expect("a column that is listed can be read");
        assert!(matches!(column, TableColumn::Text(cells) if *cells == again), "{name:?}: {again:?} came back from {column:?}");
    }
});
