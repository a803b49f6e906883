//! Tables with their types, as bytes of Parquet: text stays text and numbers stay numbers, to the last bit.

use polars::prelude::{Column, DataType, PolarsResult};

use crate::parquet::{guarded, open};
use crate::write::{MEMORY, frame, pack};
use crate::{TableColumn, TableError};

/// A Parquet file in memory. Equal columns give equal bytes, on any number of threads, for one version of polars.
///
/// # Errors
/// There are no columns, two of one name, or columns of different lengths.
pub fn parquet_bytes(columns: &[(&str, TableColumn)]) -> Result<Vec<u8>, TableError> {
    let mut frame = frame(MEMORY, columns)?;
    let mut out = Vec::new();
    pack(&mut out, &mut frame).map_err(|why| TableError::Write { file: MEMORY.to_owned(), why })?;
    Ok(out)
}

/// All columns of a Parquet file, in its order; `file` is its name in messages.
///
/// Text becomes text, with `""` for a missing value; integers and floating-point numbers of 32 and 64 bits become numbers,
/// true and false 1 and 0, with NaN for a missing value. A 64-bit integer beyond 2⁵³ is rounded. A column without any value
/// and type is blank text. There may be no rows.
///
/// # Errors
/// The file is damaged or none of Parquet, or a column is of another type: nothing is left out.
pub fn read_typed(file: &str, bytes: &[u8]) -> Result<Vec<(String, TableColumn)>, TableError> {
    if bytes.is_empty() {
        return Err(TableError::Empty { file: file.to_owned() });
    }
    guarded(file, || {
        let (frame, unreadable) = open(file, bytes, None)?;
        if let Some((column, kind)) = unreadable.into_iter().next() {
            return Err(TableError::Unreadable { file: file.to_owned(), column, kind });
        }
        let columns = frame.columns().iter().map(|c| Ok((c.name().to_string(), typed(c)?))).collect::<PolarsResult<Vec<_>>>();
        columns.map_err(|e| TableError::Malformed { file: file.to_owned(), why: e.to_string() })
    })
}

fn typed(column: &Column) -> PolarsResult<TableColumn> {
    Ok(match column.dtype() {
        DataType::String => TableColumn::Text(column.str()?.iter().map(|cell| cell.unwrap_or_default().to_owned()).collect()),
        DataType::Boolean => TableColumn::Number(column.bool()?.iter().map(|cell| cell.map_or(f64::NAN, |yes| f64::from(u8::from(yes)))).collect()),
        DataType::Null => TableColumn::Text(vec![String::new(); column.len()]),
        _ => {
            let numbers = column.cast(&DataType::Float64)?;
            TableColumn::Number(numbers.f64()?.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect())
        }
    })
}
