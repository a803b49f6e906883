//! Files in: CSV, JSON lines and Parquet, told apart by their names.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::{Packing, Table, TableError, csv, jsonl, parquet};

/// The most bytes that a `.gz` or `.zst` is unpacked to, 4 GiB. A few megabytes can unpack to terabytes; a table that is larger
/// than this has to come as Parquet.
pub const MOST_UNPACKED: u64 = 4 << 30;

/// Reads a file whose name ends in `.csv`, `.jsonl`, `.json` (one object a line), one of these and `.gz` or `.zst`, or
/// `.parquet`; with `columns`, only these are kept.
///
/// # Errors
/// The file cannot be read, is damaged or not what its name says, unpacks to more than [`MOST_UNPACKED`] bytes, or lacks
/// a column that is asked.
pub fn load(path: &Path, columns: Option<&[String]>) -> Result<Table, TableError> {
    let name = path.display().to_string();
    // a file of an unknown kind is refused before it is read: it may be large
    let kind = Kind::of(&name)?;
    let bytes = bytes_of(path, &name, kind.packed)?;
    parsed(&name, kind, Cow::Owned(bytes), columns)
}

/// What a file holds, unpacked.
fn bytes_of(path: &Path, name: &str, packed: Option<Packing>) -> Result<Vec<u8>, TableError> {
    let failed = |e: std::io::Error| TableError::Read { file: name.to_owned(), why: e.to_string() };
    match packed {
        // unpacked as it is read, so that it is not in memory packed as well
        Some(packing) => unpacked(name, packing, BufReader::new(File::open(path).map_err(failed)?), MOST_UNPACKED),
        None => std::fs::read(path).map_err(failed),
    }
}

/// Reads a file that is already in memory; `name` says what it is and appears in messages.
///
/// # Errors
/// As those of [`load`].
pub fn load_bytes(name: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    let kind = Kind::of(name)?;
    let bytes = match kind.packed {
        Some(packing) => Cow::Owned(unpacked(name, packing, bytes, MOST_UNPACKED)?),
        None => Cow::Borrowed(bytes),
    };
    parsed(name, kind, bytes, columns)
}

/// Reads a person's own table: as [`load`], and `.tsv` and `.txt` as well, whatever separates the columns of a text.
///
/// Commas, semicolons, tabs, bars and runs of blanks are recognised from the header and the first rows; a text without a
/// header gets names; blanks around names and cells mean nothing; decimal commas are understood (see
/// [`Table::decimals`]); blank lines, comments above the header, repeated headers and a last line that is cut off are
/// left out. [`Table::notes`] says what of this was found.
///
/// # Errors
/// As those of [`load`]; and what may be read in two ways.
pub fn load_own(path: &Path) -> Result<Table, TableError> {
    let name = path.display().to_string();
    let kind = Kind::of_own(&name)?;
    own(&name, kind.form, bytes_of(path, &name, kind.packed)?)
}

/// As [`load_own`], of a file that is already in memory; `name` says what it is and appears in messages.
///
/// # Errors
/// As those of [`load_own`].
pub fn load_own_bytes(name: &str, bytes: &[u8]) -> Result<Table, TableError> {
    let kind = Kind::of_own(name)?;
    let bytes = match kind.packed {
        Some(packing) => unpacked(name, packing, bytes, MOST_UNPACKED)?,
        None => bytes.to_vec(),
    };
    own(name, kind.form, bytes)
}

/// Does the name say that [`load_own`] reads the file?
pub fn reads_own(name: &str) -> bool {
    Kind::of_own(name).is_ok()
}

fn own(name: &str, form: Form, bytes: Vec<u8>) -> Result<Table, TableError> {
    if bytes.is_empty() {
        return Err(TableError::Empty { file: name.to_owned() });
    }
    match form {
        Form::Csv => csv::read_own(name, bytes),
        Form::JsonLines => jsonl::read_own(name, &bytes),
        Form::Parquet => Ok(parquet::read(name, &bytes, None)?.own(Vec::new())),
    }
}

fn parsed(name: &str, kind: Kind, bytes: Cow<'_, [u8]>, columns: Option<&[String]>) -> Result<Table, TableError> {
    if bytes.is_empty() {
        return Err(TableError::Empty { file: name.to_owned() });
    }
    match kind.form {
        Form::Csv => csv::read(name, bytes.into_owned(), columns),
        Form::JsonLines => jsonl::read(name, &bytes, columns),
        Form::Parquet => parquet::read(name, &bytes, columns),
    }
}

/// What is read.
enum Form {
    Csv,
    JsonLines,
    Parquet,
}

/// What a name says of a file.
struct Kind {
    form: Form,
    /// How it is packed, if it is.
    packed: Option<Packing>,
}

impl Kind {
    /// A table that is read to the letter.
    fn of(name: &str) -> Result<Self, TableError> {
        Self::among(name, &[".csv"], ".csv, .jsonl or .json")
    }

    /// A person's table.
    fn of_own(name: &str) -> Result<Self, TableError> {
        Self::among(name, &[".csv", ".tsv", ".txt"], ".csv, .tsv, .txt, .jsonl or .json")
    }

    fn among(name: &str, texts: &[&str], kinds: &'static str) -> Result<Self, TableError> {
        let lower = name.to_lowercase();
        let (stem, packed) = Packing::split(&lower);
        let form = if texts.iter().any(|end| stem.ends_with(end)) {
            Form::Csv
        } else if stem.ends_with(".jsonl") || stem.ends_with(".json") {
            Form::JsonLines
        } else if stem.ends_with(".parquet") && packed.is_none() {
            Form::Parquet
        } else {
            return Err(TableError::UnknownKind { file: name.to_owned(), kinds });
        };
        Ok(Self { form, packed })
    }
}

/// What a packed file holds, at most so many bytes.
fn unpacked(name: &str, packing: Packing, mut from: impl BufRead, most: u64) -> Result<Vec<u8>, TableError> {
    let nothing = from.fill_buf().map_err(|e| TableError::Read { file: name.to_owned(), why: e.to_string() })?.is_empty();
    if nothing {
        return Err(TableError::Empty { file: name.to_owned() });
    }
    let mut out = Vec::new();
    let damaged = |e: std::io::Error| TableError::Packed { file: name.to_owned(), packing, why: e.to_string() };
    let text = packing.reader(from).map_err(damaged)?;
    text.take(most.saturating_add(1)).read_to_end(&mut out).map_err(damaged)?;
    if out.len() as u64 > most {
        return Err(TableError::TooLarge { file: name.to_owned(), most });
    }
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_bomb_is_put_down() {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(&b"1,2\n".repeat(100_000)).unwrap();
        let bomb = out.finish().unwrap();
        let smaller = zstd::encode_all(b"1,2\n".repeat(100_000).as_slice(), 3).unwrap();
        for (packing, bomb) in [(Packing::Gzip, bomb), (Packing::Zstd, smaller)] {
            assert!(bomb.len() < 4_000, "{packing}");
            assert_eq!(unpacked("t.csv.z", packing, bomb.as_slice(), 400_000).unwrap().len(), 400_000, "{packing}");
            let e = unpacked("t.csv.z", packing, bomb.as_slice(), 399_999).unwrap_err();
            assert_eq!(e, TableError::TooLarge { file: "t.csv.z".into(), most: 399_999 }, "{packing}");
            assert!(e.to_string().starts_with("t.csv.z: unpacks to more than 399999 bytes, the most that is read"), "{packing}: {e}");
            assert_eq!(unpacked("t.csv.z", packing, &b""[..], 10), Err(TableError::Empty { file: "t.csv.z".into() }), "{packing}");
        }
    }

    #[test]
    fn names_say_what_a_file_is() {
        for name in ["a.csv", "A.CSV.GZ", "a.jsonl", "a.jsonl.gz", "a.json", "a.Json.gz", "a.csv.zst", "a.jsonl.ZST", "a.parquet", "dir.xlsx/a.csv"] {
            assert!(Kind::of(name).is_ok(), "{name}");
        }
        for name in ["a.xlsx", "a.parquet.gz", "a.parquet.zst", "a.gz", "a.zst", "a.csv.gz.zst", "csv", "a.csv/b", "a.csv.zip", ""] {
            assert!(Kind::of(name).is_err(), "{name}");
        }
        for (name, own) in [("a.tsv", true), ("a.TXT.gz", true), ("a.txt.zst", true), ("a.csv", true), ("a.log", false)] {
            assert_eq!(reads_own(name), own, "{name}");
        }
        assert!(Kind::of("a.tsv").is_err());
    }
}
