//! Tables out: CSV, gzipped CSV and Parquet, whole or not at all.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::prelude::{Column, CsvWriter, DataFrame, ParquetWriter, SerWriter};

use crate::TableError;

/// One column to write.
#[derive(Clone, Debug, PartialEq)]
pub enum TableColumn {
    /// Text.
    Text(Vec<String>),
    /// Numbers; NaN and the infinities are written as `NaN`, `inf` and `-inf`.
    Number(Vec<f64>),
}

impl TableColumn {
    fn len(&self) -> usize {
        match self {
            TableColumn::Text(cells) => cells.len(),
            TableColumn::Number(cells) => cells.len(),
        }
    }
}

/// Writes a CSV file, gzipped when its name ends in `.gz`. An existing file is replaced only by a whole one.
pub fn write_csv(path: &Path, columns: &[(&str, TableColumn)]) -> Result<(), TableError> {
    let mut frame = frame(path, columns)?;
    let packed = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    atomically(path, |file| {
        if packed {
            let mut out = GzEncoder::new(file, Compression::default());
            CsvWriter::new(&mut out).finish(&mut frame).map_err(|e| e.to_string())?;
            out.finish().map(|_| ()).map_err(|e| e.to_string())
        } else {
            CsvWriter::new(file).finish(&mut frame).map_err(|e| e.to_string())
        }
    })
}

/// Writes a Parquet file. An existing file is replaced only by a whole one.
pub fn write_parquet(path: &Path, columns: &[(&str, TableColumn)]) -> Result<(), TableError> {
    let mut frame = frame(path, columns)?;
    atomically(path, |file| ParquetWriter::new(file).finish(&mut frame).map(|_| ()).map_err(|e| e.to_string()))
}

/// The columns as polars has them; columns of different lengths or of one name are refused.
fn frame(path: &Path, columns: &[(&str, TableColumn)]) -> Result<DataFrame, TableError> {
    let refused = |why: String| TableError::Write { file: path.display().to_string(), why };
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
        })
        .collect();
    DataFrame::new(height, columns).map_err(|e| refused(e.to_string()))
}

/// Writes beside the file and renames: whoever reads at the same time, or after a crash, sees the old file or the new.
fn atomically(path: &Path, write: impl FnOnce(&mut File) -> Result<(), String>) -> Result<(), TableError> {
    // two threads may write the same file: each beside it under a name of its own, and the last rename wins
    static WRITES: AtomicUsize = AtomicUsize::new(0);
    let failed = |why: String| TableError::Write { file: path.display().to_string(), why };
    let name = path.file_name().ok_or_else(|| failed("not the name of a file".to_owned()))?.to_string_lossy();
    let n = WRITES.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_file_name(format!(".{name}.{}-{n}.part", std::process::id()));
    let mut file = File::create(&beside).map_err(|e| failed(e.to_string()))?;
    let done = write(&mut file).and_then(|()| std::fs::rename(&beside, path).map_err(|e| e.to_string()));
    done.map_err(|why| {
        // the reason is worth more than whether the remains could be removed
        let _ = std::fs::remove_file(&beside);
        failed(why)
    })
}
