//! CSV through polars, every cell as text.
//!
//! Types are not inferred. A column of losses holds `nan` in the rows that diverged, so inference over a beginning
//! is wrong and over the whole file slow; and text keeps an id such as `007` as it was written. Numbers are parsed
//! from the columns that are asked as numbers.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use polars::prelude::{CsvReadOptions, DataType, Field, PlSmallStr, Schema, SerReader};

use crate::load::wanted;
use crate::scan::Scan;
use crate::{Table, TableError};

/// Excel's byte order mark.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Reads a CSV text. Of the file, only these bytes and the columns that are kept are in memory; the bytes go first.
pub(crate) fn read(file: &str, mut bytes: Vec<u8>, columns: Option<&[String]>) -> Result<Table, TableError> {
    let scan = Scan::of(file, &bytes)?;
    let keep = wanted(file, &scan.header, columns)?;
    let broken = |why: String| TableError::Malformed { file: file.to_owned(), why };
    // The names come from the scan, not from polars: it would rename doubles and leave doubled quotes doubled.
    let schema: Schema = scan.header.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
    let start = made_ready(&mut bytes, scan.body);
    let frame = CsvReadOptions::default()
        .with_has_header(false)
        .with_schema(Some(Arc::new(schema)))
        .with_columns(Some(keep.iter().map(|c| PlSmallStr::from(c.as_str())).collect()))
        .into_reader_with_file_handle(Cursor::new(&bytes[start..]))
        .finish()
        .map_err(|e| broken(e.to_string()))?;
    drop(bytes);
    if frame.height() != scan.rows {
        return Err(broken(format!("{} of its {} rows came through", frame.height(), scan.rows)));
    }
    // as spreadsheets count: the header is row 1
    Ok(Table::new(file, frame, 2, Vec::new()))
}

/// Puts a byte order mark before the body and a line end after it, in place, and says where the mark is: in a file of
/// gigabytes, a copy of the body would be as large again.
///
/// polars skips the mark, which keeps it from taking a text that begins with `x^` for a zlib stream. The header, which
/// has been read, makes room for it.
fn made_ready(bytes: &mut Vec<u8>, body: Range<usize>) -> usize {
    bytes.truncate(body.end);
    bytes.reserve_exact(1);
    bytes.push(b'\n');
    match body.start.checked_sub(BOM.len()) {
        Some(start) => {
            bytes[start..body.start].copy_from_slice(BOM);
            start
        }
        None => {
            // a header of one letter is shorter than the mark
            drop(bytes.splice(..body.start, BOM.iter().copied()));
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let body = Scan::of("f", &bytes).unwrap().body;
        let start = made_ready(&mut bytes, body);
        String::from_utf8(bytes[start..].to_vec()).unwrap()
    }

    #[test]
    fn the_body_stands_between_a_mark_and_a_line_end() {
        for (text, body) in [("ab,c\n1,2\n3,4\n", "1,2\n3,4"), ("a\n1\n2", "1\n2"), ("a\r\n1\r\n\r\n\r\n", "1"), ("\u{feff}a\nx^\n", "x^"), ("\n\na\n1", "1")] {
            assert_eq!(ready(text), format!("\u{feff}{body}\n"), "{text:?}");
        }
    }

    #[test]
    fn the_body_is_not_copied() {
        let mut bytes = b"run,loss\na,1\nb,2\n".to_vec();
        let before = bytes.as_ptr();
        let body = Scan::of("f", &bytes).unwrap().body;
        made_ready(&mut bytes, body);
        assert_eq!(bytes.as_ptr(), before);
    }

    #[test]
    fn a_header_of_one_letter_is_read() {
        let t = read("f", b"x\nx^3\n1\n".to_vec(), None).unwrap();
        assert_eq!(t.text("x").unwrap(), ["x^3", "1"]);
    }
}
