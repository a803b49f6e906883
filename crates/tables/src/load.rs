//! Files in: CSV, gzipped CSV and Parquet, told apart by their names.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::{Table, TableError, csv, parquet};

/// Reads a file whose name ends in `.csv`, `.csv.gz` or `.parquet`; with `columns`, only these are kept.
pub fn load(path: &Path, columns: Option<&[String]>) -> Result<Table, TableError> {
    let name = path.display().to_string();
    // a file of an unknown kind is refused before it is read: it may be large
    Kind::of(&name)?;
    let bytes = std::fs::read(path).map_err(|e| TableError::Read { file: name.clone(), why: e.to_string() })?;
    load_bytes(&name, &bytes, columns)
}

/// Reads a file that is already in memory; `name` says what it is and appears in messages.
pub fn load_bytes(name: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    let kind = Kind::of(name)?;
    if bytes.is_empty() {
        return Err(TableError::Empty { file: name.to_owned() });
    }
    match kind {
        Kind::Csv => csv::read(name, bytes, columns),
        Kind::CsvGz => csv::read(name, &unpacked(name, bytes)?, columns),
        Kind::Parquet => parquet::read(name, bytes, columns),
    }
}

/// What is read.
enum Kind {
    Csv,
    CsvGz,
    Parquet,
}

impl Kind {
    fn of(name: &str) -> Result<Self, TableError> {
        let lower = name.to_lowercase();
        if lower.ends_with(".csv") {
            Ok(Kind::Csv)
        } else if lower.ends_with(".csv.gz") {
            Ok(Kind::CsvGz)
        } else if lower.ends_with(".parquet") {
            Ok(Kind::Parquet)
        } else {
            Err(TableError::UnknownKind { file: name.to_owned() })
        }
    }
}

/// What a gzip file holds. Several members one after the other are one file, as gzip itself has it.
fn unpacked(name: &str, bytes: &[u8]) -> Result<Vec<u8>, TableError> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut out).map_err(|e| TableError::Gzip { file: name.to_owned(), why: e.to_string() })?;
    Ok(out)
}

/// The columns to keep, in the file's order: those asked, each of which must be there, or all.
pub(crate) fn wanted(file: &str, have: &[String], asked: Option<&[String]>) -> Result<Vec<String>, TableError> {
    let Some(asked) = asked else {
        return Ok(have.to_vec());
    };
    if asked.is_empty() {
        return Err(TableError::NoColumns { file: file.to_owned() });
    }
    if let Some(missing) = asked.iter().find(|a| !have.contains(a)) {
        return Err(TableError::UnknownColumn {
            file: file.to_owned(),
            column: missing.clone(),
            nearest: curves::nearest(missing, have.iter().map(String::as_str)).map(str::to_owned),
        });
    }
    Ok(have.iter().filter(|h| asked.contains(h)).cloned().collect())
}
