//! JSON lines: one flat object a line, every cell as text.
//!
//! Keys become columns in the order in which they first appear. A key that a line lacks, and `null`, are blank; numbers
//! and `true` and `false` are kept as they are written, so that no digit is lost. Python's bare words `NaN`, `Infinity`
//! and `-Infinity`, which JSON does not have, are numbers as well.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use polars::prelude::{Column, DataFrame};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::lines::Lines;
use crate::load::wanted;
use crate::python::quoted;
use crate::{Table, TableError};

/// A column as it grows.
struct Growing {
    name: String,
    /// Is it asked? Cells of others are not kept, and may be of any kind.
    kept: bool,
    /// The last line that had it.
    line: usize,
    /// What it holds that is no cell, in a person's file.
    nested: Option<&'static str>,
    cells: Vec<String>,
}

/// Reads JSON lines to the letter.
pub(crate) fn read(file: &str, bytes: &[u8], columns: Option<&[String]>) -> Result<Table, TableError> {
    objects(file, bytes, columns, false)
}

/// Reads a person's JSON lines: lists and objects in them matter only where they are asked for.
pub(crate) fn read_own(file: &str, bytes: &[u8]) -> Result<Table, TableError> {
    let begun = bytes.trim_ascii_start();
    let whole = |filter| Err(TableError::WholeJson { file: file.to_owned(), filter });
    if begun.starts_with(b"[") {
        return whole(".[]");
    }
    // Hugging Face's trainer_state.json
    if begun.starts_with(b"{") && begun.windows(LOG_HISTORY.len()).any(|w| w == LOG_HISTORY) {
        return whole(".log_history[]");
    }
    Ok(objects(file, bytes, None, true)?.own(Vec::new()))
}

/// The key of the log in the state that Hugging Face's trainer saves.
const LOG_HISTORY: &[u8] = b"\"log_history\"";

fn objects(file: &str, bytes: &[u8], columns: Option<&[String]>, own: bool) -> Result<Table, TableError> {
    let named = || file.to_owned();
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        TableError::NotUtf8 { file: named(), line }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    if text.is_empty() {
        return Err(TableError::Empty { file: named() });
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut growing: Vec<Growing> = Vec::new();
    let mut rows = 0;
    for (row, text) in text.lines().enumerate() {
        let line = row + 1;
        let wrong = |why: String| TableError::JsonLine { file: named(), line, why };
        if text.trim().is_empty() {
            return Err(wrong("it is blank".to_owned()));
        }
        let text = if text.contains("NaN") || text.contains("Infinity") {
            Cow::Owned(String::from_utf8_lossy(&quoted(text.as_bytes())).into_owned())
        } else {
            Cow::Borrowed(text)
        };
        let fields: Fields<'_> = serde_json::from_str(&text).map_err(|e| wrong(reason(&e)))?;
        for (key, raw) in fields.0 {
            let place = match places.get(&key) {
                Some(&place) => place,
                None => {
                    places.insert(key.clone(), growing.len());
                    growing.push(Growing { kept: columns.is_none_or(|c| c.contains(&key)), name: key, line: 0, nested: None, cells: Vec::new() });
                    growing.len() - 1
                }
            };
            let column = &mut growing[place];
            if column.line == line {
                return Err(wrong(format!("key {:?} stands there twice", column.name)));
            }
            column.line = line;
            if column.kept {
                let cell = match raw.get().as_bytes().first() {
                    Some(b @ (b'{' | b'[')) => {
                        let kind = if *b == b'{' { "an object" } else { "a list" };
                        if !own {
                            return Err(TableError::Nested { file: named(), line, key: column.name.clone(), kind });
                        }
                        column.nested = Some(kind);
                        String::new()
                    }
                    Some(b'"') => serde_json::from_str::<String>(raw.get()).map_err(|e| wrong(format!("key {:?}: {}", column.name, reason(&e))))?,
                    Some(b'n') => String::new(),
                    _ => raw.get().to_owned(),
                };
                column.cells.resize(row, String::new());
                column.cells.push(cell);
            }
        }
        rows = line;
    }
    let names: Vec<String> = growing.iter().map(|g| g.name.clone()).collect();
    if names.is_empty() {
        return Err(TableError::Empty { file: named() });
    }
    wanted(file, &names, columns)?;
    let (mut all, mut unreadable) = (Vec::new(), Vec::new());
    for mut column in growing.into_iter().filter(|g| g.kept) {
        if let Some(kind) = column.nested {
            unreadable.push((column.name, kind.to_owned()));
            continue;
        }
        column.cells.resize(rows, String::new());
        all.push(Column::new::<_, [String]>(column.name.as_str().into(), &column.cells));
    }
    let frame = DataFrame::new(rows, all).map_err(|e| TableError::Malformed { file: named(), why: e.to_string() })?;
    // every line is a row, so that messages about rows name the line
    Ok(Table::new(file, frame, Lines::from(1), unreadable))
}

/// What the parser says, without its own count of lines: it sees one at a time.
fn reason(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
}

/// The keys of an object with their values as they are written, in the order of the line.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}
