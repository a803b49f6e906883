//! Parquet: a file is refused or read whole, with its types, and survives being written again.
#![no_main]

use curvecast_fuzz::{columns, survives_parquet};
use libfuzzer_sys::fuzz_target;
use tables::{load_bytes, read_typed};

fuzz_target!(|data: &[u8]| {
    if let Ok(table) = load_bytes("fuzz.parquet", data, None) {
        survives_parquet(&columns(&table, false));
    }
    if let Ok(typed) = read_typed("fuzz.parquet", data) {
        survives_parquet(&typed);
    }
});
