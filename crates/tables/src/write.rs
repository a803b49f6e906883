//! Tables out: CSV, gzipped CSV and Parquet, whole or not at all.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::prelude::{Column, CsvWriter, DataFrame, ParquetCompression, ParquetWriter, SerWriter};

use crate::{Logged, TableError, atomic};

/// What messages call a table that becomes no file.
pub(crate) const MEMORY: &str = "a table in memory";

/// Rows of a row group of Parquet. A fixed number, so that the bytes do not depend on how the rows came together.
const ROW_GROUP: usize = 1 << 18;

/// One column to write.
#[derive(Clone, Debug, PartialEq)]
pub enum TableColumn {
    /// Text.
    Text(Vec<String>),
    /// Numbers; NaN and the infinities are written as `NaN`, `inf` and `-inf`.
    Number(Vec<f64>),
    /// Numbers as they were logged: a blank is written as nothing, and NaN as `NaN`.
    Logged(Logged),
}

impl TableColumn {
    fn len(&self) -> usize {
        match self {
            TableColumn::Text(cells) => cells.len(),
            TableColumn::Number(cells) => cells.len(),
            TableColumn::Logged(cells) => cells.values.len(),
        }
    }
}

/// Writes a CSV file, gzipped when its name ends in `.gz`. An existing file is replaced only by a whole one.
pub fn write_csv(path: &Path, columns: &[(&str, TableColumn)]) -> Result<(), TableError> {
    let mut frame = frame(&path.display().to_string(), columns)?;
    let packed = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    atomic::replace(path, |file| {
        if packed {
            let mut out = GzEncoder::new(file, Compression::default());
            CsvWriter::new(&mut out).finish(&mut frame).map_err(|e| e.to_string())?;
            out.finish().map(|_| ()).map_err(|e| e.to_string())
        } else {
            CsvWriter::new(file).finish(&mut frame).map_err(|e| e.to_string())
        }
    })
}

/// The text of the CSV file that [`write_csv`] writes.
///
/// # Errors
/// There are no columns, two of one name, or columns of different lengths.
pub fn csv_text(columns: &[(&str, TableColumn)]) -> Result<String, TableError> {
    let mut frame = frame(MEMORY, columns)?;
    let failed = |why: String| TableError::Write { file: MEMORY.to_owned(), why };
    let mut out = Vec::new();
    CsvWriter::new(&mut out).finish(&mut frame).map_err(|e| failed(e.to_string()))?;
    String::from_utf8(out).map_err(|e| failed(e.to_string()))
}

/// Writes a Parquet file. An existing file is replaced only by a whole one.
pub fn write_parquet(path: &Path, columns: &[(&str, TableColumn)]) -> Result<(), TableError> {
    let mut frame = frame(&path.display().to_string(), columns)?;
    atomic::replace(path, |file| pack(file, &mut frame))
}

/// Writes a frame as Parquet: compressed by zstd, text of few different values as a dictionary, on this thread alone.
pub(crate) fn pack(out: impl Write, frame: &mut DataFrame) -> Result<(), String> {
    let writer = ParquetWriter::new(out).with_compression(ParquetCompression::Zstd(None)).with_row_group_size(Some(ROW_GROUP)).set_parallel(false);
    writer.finish(frame).map(|_| ()).map_err(|e| e.to_string())
}

/// The columns as polars has them; columns of different lengths or of one name are refused.
pub(crate) fn frame(file: &str, columns: &[(&str, TableColumn)]) -> Result<DataFrame, TableError> {
    let refused = |why: String| TableError::Write { file: file.to_owned(), why };
    let Some((first, height)) = columns.first().map(|(name, c)| (*name, c.len())) else {
        return Err(refused("no columns".to_owned()));
    };
    if let Some((name, odd)) = columns.iter().find(|(_, c)| c.len() != height) {
        return Err(refused(format!("column {first:?} has {height} rows and {name:?} {}", odd.len())));
    }
    if let Some((_, (name, _))) = columns.iter().enumerate().find(|(i, (n, _))| columns[..*i].iter().any(|(m, _)| m == n)) {
        return Err(refused(format!("two columns are called {name:?}")));
    }
    let columns = columns
        .iter()
        .map(|(name, column)| match column {
            TableColumn::Text(cells) => Column::new::<_, [String]>((*name).into(), cells),
            TableColumn::Number(cells) => Column::new::<_, [f64]>((*name).into(), cells),
            TableColumn::Logged(cells) => Column::new::<_, [Option<f64>]>((*name).into(), cells.cells()),
        })
        .collect();
    DataFrame::new(height, columns).map_err(|e| refused(e.to_string()))
}
