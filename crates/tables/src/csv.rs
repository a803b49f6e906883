//! CSV through polars, every cell as text.
//!
//! Types are not inferred. A column of losses holds `nan` in the rows that diverged, so inference over a beginning
//! is wrong and over the whole file slow; and text keeps an id such as `007` as it was written. Numbers are parsed
//! from the columns that are asked as numbers.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use polars::prelude::{CsvParseOptions, CsvReadOptions, DataFrame, DataType, Field, PlSmallStr, Schema, SerReader};

use crate::dialect::{Dialect, squeeze};
use crate::lines::Lines;
use crate::load::wanted;
use crate::scan::{Scan, utf8};
use crate::{Table, TableError};

/// Excel's byte order mark.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Reads a CSV text to the letter. Of the file, only these bytes and the columns that are kept are in memory; the bytes
/// go first.
pub(crate) fn read(file: &str, bytes: Vec<u8>, columns: Option<&[String]>) -> Result<Table, TableError> {
    let (frame, _) = parsed(file, bytes, columns, &Dialect::plain())?;
    // as spreadsheets count: the header is row 1
    Ok(Table::new(file, frame, Lines::from(2), Vec::new()))
}

/// Reads a person's text table, whatever separates its columns.
pub(crate) fn read_own(file: &str, mut bytes: Vec<u8>) -> Result<Table, TableError> {
    if !bytes.contains(&b'\n') {
        // line ends of old Macs, in which R and some instruments still write
        bytes.iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
    }
    let (mut dialect, mut notes) = Dialect::of(file, utf8(file, &bytes)?)?;
    let semicolons = dialect.separator == b';';
    if dialect.separator == b' ' {
        squeeze(&mut bytes, dialect.start);
        dialect.separator = b'\t';
    }
    let (frame, scan) = parsed(file, bytes, None, &dialect)?;
    notes.extend(scan.notes);
    Ok(Table::new(file, frame, scan.lines, Vec::new()).own_text(semicolons, notes))
}

/// The cells as text, and how the text was found to be.
fn parsed(file: &str, mut bytes: Vec<u8>, columns: Option<&[String]>, dialect: &Dialect) -> Result<(DataFrame, Scan), TableError> {
    let scan = Scan::of(file, &bytes, dialect)?;
    let keep = wanted(file, &scan.header, columns)?;
    let broken = |why: String| TableError::Malformed { file: file.to_owned(), why };
    // The names come from the scan, not from polars: it would rename doubles and leave doubled quotes doubled.
    let schema: Schema = scan.header.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
    let body = without(&mut bytes, scan.body.clone(), &scan.left_out);
    let start = made_ready(&mut bytes, body);
    let frame = CsvReadOptions::default()
        .with_has_header(false)
        .with_parse_options(CsvParseOptions::default().with_separator(dialect.separator))
        .with_schema(Some(Arc::new(schema)))
        .with_columns(Some(keep.iter().map(|c| PlSmallStr::from(c.as_str())).collect()))
        .into_reader_with_file_handle(Cursor::new(&bytes[start..]))
        .finish()
        .map_err(|e| broken(e.to_string()))?;
    drop(bytes);
    if frame.height() != scan.rows {
        return Err(broken(format!("{} of its {} rows came through", frame.height(), scan.rows)));
    }
    Ok((frame, scan))
}

/// Takes what is left out from the body, in place, and says where the body is then.
fn without(bytes: &mut [u8], body: Range<usize>, left_out: &[Range<usize>]) -> Range<usize> {
    let mut to = body.start;
    let ends = left_out.iter().map(|l| l.start).chain([body.end]);
    let starts = [body.start].into_iter().chain(left_out.iter().map(|l| l.end));
    for (start, end) in starts.zip(ends) {
        // nothing moves before the first gap
        if start != to {
            bytes.copy_within(start..end, to);
        }
        to += end - start;
    }
    // where the end is left out, the line end before it is the last one and carries nothing
    while to > body.start && matches!(bytes[to - 1], b'\n' | b'\r') {
        to -= 1;
    }
    body.start..to
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
        let body = Scan::of("f", &bytes, &Dialect::plain()).unwrap().body;
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
        let body = Scan::of("f", &bytes, &Dialect::plain()).unwrap().body;
        made_ready(&mut bytes, body);
        assert_eq!(bytes.as_ptr(), before);
    }

    #[test]
    fn gaps_are_closed() {
        let mut bytes = b"head\n1\n\n\n2\n\n3".to_vec();
        let body = without(&mut bytes, 5..13, &[7..9, 11..12]);
        assert_eq!(&bytes[body], b"1\n2\n3");
        let body = without(&mut bytes, 5..7, std::slice::from_ref(&(5..7)));
        assert!(body.is_empty());
    }

    #[test]
    fn an_end_that_is_left_out_leaves_no_row() {
        for text in ["a,b\n1,2\n3,4\n   \n", "a,b\n1,2\n3,4\n5", "a,b\n1,2\n\n3,4\na,b\n", "a,b\n1,2\n3,4\r\n\r\n  \r\na,b"] {
            let t = read_own("f", text.as_bytes().to_vec()).unwrap();
            assert_eq!((t.numbers("a").unwrap(), t.numbers("b").unwrap()), (vec![1.0, 3.0], vec![2.0, 4.0]), "{text:?}");
        }
    }

    #[test]
    fn a_header_of_one_letter_is_read() {
        let t = read("f", b"x\nx^3\n1\n".to_vec(), None).unwrap();
        assert_eq!(t.text("x").unwrap(), ["x^3", "1"]);
    }
}
