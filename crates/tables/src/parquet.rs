//! Parquet through polars.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{ArrowDataType, ParquetReader, PolarsError, SerReader};

use crate::load::wanted;
use crate::{Table, TableError};

/// Reads a Parquet file.
pub(crate) fn read(file: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    // polars slices the file by what its footer says and panics where a damaged one points outside; nothing that is
    // shared is left half-done, since all of it is dropped on the way out
    catch_unwind(AssertUnwindSafe(|| open(file, bytes, columns)))
        .unwrap_or_else(|_| Err(TableError::Malformed { file: file.to_owned(), why: "its footer does not fit its contents".to_owned() }))
}

fn open(file: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    let broken = |e: PolarsError| TableError::Malformed { file: file.to_owned(), why: e.to_string() };
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema().map_err(broken)?;
    let rows = reader.num_rows().map_err(broken)?;
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
    if rows == 0 {
        return Err(TableError::NoRows { file: file.to_owned() });
    }
    let keep = wanted(file, &names, columns)?;
    let frame = reader.with_columns(Some(keep)).finish().map_err(broken)?;
    Ok(Table::new(file, frame, 1, unreadable))
}

/// The types that polars handles as it is built here; further ones cost features and minutes of compilation.
fn readable(kind: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    matches!(kind, A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Boolean | A::Int32 | A::Int64 | A::UInt32 | A::UInt64 | A::Float32 | A::Float64 | A::Null)
}
