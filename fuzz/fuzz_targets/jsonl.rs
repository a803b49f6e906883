//! JSON lines: cells are what was written, and a table that is read survives being written as Parquet.
#![no_main]

use curvecast_fuzz::{columns, survives_parquet};
use libfuzzer_sys::fuzz_target;
use tables::load_bytes;

fuzz_target!(|data: &[u8]| {
    if let Ok(table) = load_bytes("fuzz.jsonl", data, None) {
        survives_parquet(&columns(&table, true));
    }
});
