//! Parquet through polars.

use std::io::Cursor;

use polars::prelude::{ArrowDataType, DataFrame, ParallelStrategy, ParquetReader, PolarsError, SerReader};

use crate::lines::Lines;
use crate::load::wanted;
use crate::pages;
use crate::quiet::quietly;
use crate::{Table, TableError};

/// Names of columns that are not read, and their types.
pub(crate) type Unreadable = Vec<(String, String)>;

/// Reads a Parquet file.
pub(crate) fn read(file: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    guarded(file, || {
        let (frame, unreadable) = open(file, bytes, columns)?;
        if frame.height() == 0 {
            return Err(TableError::NoRows { file: file.to_owned() });
        }
        Ok(Table::new(file, frame, Lines::from(1), unreadable))
    })
}

/// Runs what reads a Parquet file: polars believes what the file says of itself, and panics at several places where a
/// damaged one lies. Nothing that is shared is left half-done, since all of it is dropped on the way out.
pub(crate) fn guarded<T>(file: &str, read: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    quietly(read).unwrap_or_else(|| Err(TableError::Malformed { file: file.to_owned(), why: "polars cannot read it".to_owned() }))
}

/// The columns that are asked and can be read, and the names and types of those that cannot; perhaps without rows.
pub(crate) fn open(file: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<(DataFrame, Unreadable), TableError> {
    let broken = |e: PolarsError| TableError::Malformed { file: file.to_owned(), why: e.to_string() };
    pages::check(file, bytes)?;
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema().map_err(broken)?;
    let (mut names, mut unreadable) = (Vec::new(), Vec::new());
    for (name, field) in schema.iter() {
        if readable(&field.dtype) {
            names.push(name.to_string());
        } else {
            unreadable.push((name.to_string(), format!("{:?}", field.dtype)));
        }
    }
    // a column of dates is no reason to refuse a file of curves, as long as nobody asks for it
    let refused = unreadable.iter().find(|(name, _)| names.is_empty() || columns.is_some_and(|c| c.contains(name)));
    if let Some((column, kind)) = refused {
        return Err(TableError::Unreadable { file: file.to_owned(), column: column.clone(), kind: kind.clone() });
    }
    if names.is_empty() {
        return Err(TableError::Empty { file: file.to_owned() });
    }
    let keep = wanted(file, &names, columns)?;
    // on this thread alone: panics of polars' own threads would be printed, and the jobs of a run are parallel already
    let frame = reader.read_parallel(ParallelStrategy::None).with_columns(Some(keep)).finish().map_err(broken)?;
    // polars takes the number of rows from the footer and the cells from the pages, and does not hold them together
    if let Some(odd) = frame.columns().iter().find(|c| c.len() != frame.height()) {
        let why = format!("column {:?} has {} cells for {} rows", odd.name().as_str(), odd.len(), frame.height());
        return Err(TableError::Malformed { file: file.to_owned(), why });
    }
    Ok((frame, unreadable))
}

/// The types that polars handles as it is built here; further ones cost features and minutes of compilation.
fn readable(kind: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    matches!(kind, A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Boolean | A::Int32 | A::Int64 | A::UInt32 | A::UInt64 | A::Float32 | A::Float64 | A::Null)
}
