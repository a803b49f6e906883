//! CSV through polars, every cell as text.
//!
//! Types are not inferred. A column of losses holds `nan` in the rows that diverged, so inference over a beginning
//! is wrong and over the whole file slow; and text keeps an id such as `007` as it was written. Numbers are parsed
//! from the columns that are asked as numbers.

use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{CsvReadOptions, DataType, Field, PlSmallStr, Schema, SerReader};

use crate::load::wanted;
use crate::scan::Scan;
use crate::{Table, TableError};

/// Reads a CSV text.
pub(crate) fn read(file: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    let scan = Scan::of(file, bytes)?;
    let keep = wanted(file, &scan.header, columns)?;
    let broken = |why: String| TableError::Malformed { file: file.to_owned(), why };
    // The names come from the scan, not from polars: it would rename doubles and leave doubled quotes doubled.
    let schema: Schema = scan.header.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
    // A byte order mark is skipped by polars, and keeps it from taking text that begins with `x^` for a zlib stream.
    let mut body = Vec::with_capacity(scan.body.len() + 4);
    body.extend_from_slice("\u{feff}".as_bytes());
    body.extend_from_slice(scan.body.as_bytes());
    body.push(b'\n');
    let frame = CsvReadOptions::default()
        .with_has_header(false)
        .with_schema(Some(Arc::new(schema)))
        .with_columns(Some(keep.iter().map(|c| PlSmallStr::from(c.as_str())).collect()))
        .into_reader_with_file_handle(Cursor::new(body))
        .finish()
        .map_err(|e| broken(e.to_string()))?;
    if frame.height() != scan.rows {
        return Err(broken(format!("{} of its {} rows came through", frame.height(), scan.rows)));
    }
    // as spreadsheets count: the header is row 1
    Ok(Table::new(file, frame, 2, Vec::new()))
}
