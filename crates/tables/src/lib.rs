//! People's files in and tables out, through polars. Alone because polars is the heaviest dependency of the house.
//!
//! [`load`] opens CSV, gzipped CSV and Parquet; [`read_wide`] and [`read_long`] turn a [`Table`] into a set of curves;
//! [`write_csv`] and [`write_parquet`] go the other way; [`convert_taskset`] and [`convert_bigscience`] make tidy tables of
//! upstream files. No type of polars appears in a public signature.

mod bigscience;
mod csv;
mod error;
mod join;
mod load;
mod long;
mod parquet;
mod pattern;
mod runs;
mod sampled;
mod scan;
mod table;
mod taskset;
mod text;
mod wide;
mod write;

pub use bigscience::convert_bigscience;
pub use error::TableError;
pub use join::Join;
pub use load::{load, load_bytes};
pub use long::{Long, read_long};
pub use pattern::matches;
pub use sampled::looks_sampled;
pub use table::Table;
pub use taskset::{TasksetTables, convert_taskset};
pub use wide::{Wide, read_wide};
pub use write::{TableColumn, write_csv, write_parquet};
