//! What a CSV file must be before polars reads it.
//!
//! polars fills short rows with nulls, renames columns of one name and gives byte offsets in messages: a person's
//! mistake would become a silent gap in a curve. So one pass over the bytes checks the form and knows the line.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::TableError;

/// A CSV text of good form: every row as wide as the header, every quote closed.
pub(crate) struct Scan {
    /// Names of the columns, all different.
    pub header: Vec<String>,
    /// Where the bytes are that follow the header, without line ends after the last row.
    pub body: Range<usize>,
    /// How many rows the body has, at least one.
    pub rows: usize,
}

/// One record, as `record` measures it.
struct Record {
    /// Bytes, with the line end.
    bytes: usize,
    /// Fields.
    fields: usize,
    /// Line ends, with those inside quotes.
    breaks: usize,
}

impl Scan {
    /// Checks the whole text.
    pub fn of(file: &str, bytes: &[u8]) -> Result<Self, TableError> {
        let named = || file.to_owned();
        let text = std::str::from_utf8(bytes).map_err(|e| TableError::NotUtf8 { file: named(), line: 1 + breaks(&bytes[..e.valid_up_to()]) })?;
        // Excel's byte order mark, blank lines before the header and line ends after the last row carry nothing
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let text = text[bom..].trim_end_matches(['\n', '\r']);
        let begun = text.trim_start_matches(['\n', '\r']);
        if begun.trim().is_empty() {
            return Err(TableError::Empty { file: named() });
        }
        let mut line = 1 + breaks(&text.as_bytes()[..text.len() - begun.len()]);
        let head = record(begun.as_bytes()).map_err(|what| TableError::Quotes { file: named(), line, what })?;
        let header = fields(begun[..head.bytes].trim_end_matches(['\n', '\r']));
        let mut seen = BTreeSet::new();
        if let Some(twice) = header.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(TableError::DuplicateColumn { file: named(), column: twice.clone() });
        }
        line += head.breaks;
        let body = &begun[head.bytes..];
        if body.is_empty() {
            return Err(TableError::NoRows { file: named() });
        }
        let (mut at, mut rows) = (0, 0);
        while at < body.len() {
            let row = record(&body.as_bytes()[at..]).map_err(|what| TableError::Quotes { file: named(), line, what })?;
            if row.fields != header.len() {
                return Err(TableError::Ragged { file: named(), line, have: row.fields, want: header.len() });
            }
            line += row.breaks;
            at += row.bytes;
            rows += 1;
        }
        let end = bom + text.len();
        Ok(Self { header, body: end - body.len()..end, rows })
    }
}

/// Line ends in some bytes.
fn breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b == b'\n').count()
}

/// Measures the record at the beginning of `rest`, or says what its quotes do wrong.
fn record(rest: &[u8]) -> Result<Record, &'static str> {
    let (mut at, mut fields, mut breaks) = (0, 1, 0);
    loop {
        if rest.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match rest.get(at) {
                    None => return Err("a quote that is never closed"),
                    Some(b'"') if rest.get(at + 1) == Some(&b'"') => at += 2,
                    Some(b'"') => {
                        at += 1;
                        break;
                    }
                    Some(&b) => {
                        breaks += usize::from(b == b'\n');
                        at += 1;
                    }
                }
            }
            if rest.get(at) == Some(&b'\r') {
                at += 1;
            }
            if !matches!(rest.get(at), None | Some(b',' | b'\n')) {
                return Err("text after a closing quote; write a quote inside a quoted value twice");
            }
        } else {
            // polars counts every quote when it cuts the file in parts, so a lone one would shift all rows after it
            while let Some(&b) = rest.get(at) {
                match b {
                    b',' | b'\n' => break,
                    b'"' => return Err("a quote inside a value; put the value in quotes and write the quote twice"),
                    _ => at += 1,
                }
            }
        }
        match rest.get(at) {
            None => return Ok(Record { bytes: at, fields, breaks }),
            Some(b'\n') => return Ok(Record { bytes: at + 1, fields, breaks: breaks + 1 }),
            Some(_) => {
                fields += 1;
                at += 1;
            }
        }
    }
}

/// The fields of one record of good form, without their quotes.
fn fields(record: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = record.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    out.push(field);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_text_is_measured() {
        let text = "\u{feff}\r\na,\"b \"\"c\"\"\",\"d,\ne\"\r\n1,,\r\n\"x\ny\",2,3\r\n\r\n";
        let s = Scan::of("f", text.as_bytes()).unwrap();
        assert_eq!(s.header, ["a", "b \"c\"", "d,\ne"]);
        assert_eq!(s.rows, 2);
        assert_eq!(&text[s.body], "1,,\r\n\"x\ny\",2,3");
    }

    #[test]
    fn lines_are_counted_through_quotes_and_blank_beginnings() {
        let e = Scan::of("f", b"\n\na,b\n\"1\n\n\",2\n3\n").err().unwrap();
        assert_eq!(e, TableError::Ragged { file: "f".into(), line: 7, have: 1, want: 2 });
    }

    #[test]
    fn a_row_of_one_column_may_be_blank() {
        assert_eq!(Scan::of("f", b"a\n1\n\n2\n").unwrap().rows, 3);
    }
}
