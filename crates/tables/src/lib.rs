//! People's files in and tables out, through polars. Alone because polars is the heaviest dependency of the house.
//!
//! [`load`] opens CSV, JSON lines (both also packed, see [`Packing`]) and Parquet to the letter, as data sets are read, and
//! [`load_own`] a person's table, as people's tools write them; [`read_wide`] and [`read_long`] turn a [`Table`] into a set of curves;
//! [`write_csv`] and [`write_parquet`] go the other way. [`parquet_bytes`] and [`read_typed`] keep tables with their types.
//! [`convert`] makes tidy tables of upstream files, [`atomic`] writes files whole or not at all, and [`sha256_file`] and
//! [`inside()`] tell whether a file is the right one and whether a path stays where it belongs. No type of polars appears in
//! a public signature.

pub mod atomic;
pub mod convert;
mod csv;
mod decimals;
mod dialect;
mod digest;
mod error;
mod inside;
mod join;
mod jsonl;
mod lines;
mod load;
mod long;
mod packing;
mod pages;
mod parquet;
mod python;
mod quiet;
mod runs;
mod sampled;
mod scan;
mod table;
mod text;
mod typed;
mod wide;
mod write;

pub use convert::{TasksetTables, convert_bigscience, convert_taskset};
pub use curves::matches;
pub use decimals::Decimals;
pub use digest::{sha256_file, sha256_unpacked};
pub use error::TableError;
pub use inside::inside;
pub use join::Join;
pub use load::{MOST_UNPACKED, load, load_bytes, load_own, load_own_bytes, reads_own};
pub use long::{Long, Repeats, read_long};
pub use packing::Packing;
pub use python::quoted;
pub use sampled::looks_sampled;
pub use table::{Logged, Table};
pub use typed::{parquet_bytes, read_typed};
pub use wide::{Wide, read_wide};
pub use write::{TableColumn, csv_text, write_csv, write_parquet};
