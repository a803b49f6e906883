//! What a CSV file must be before polars reads it.
//!
//! polars fills short rows with nulls, renames columns of one name and gives byte offsets in messages: a person's
//! mistake would become a silent gap in a curve. So one pass over the bytes checks the form and knows the line.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::TableError;
use crate::dialect::{Dialect, numbered};
use crate::lines::Lines;

/// A CSV text of good form: every row as wide as the header, every quote closed.
pub(crate) struct Scan {
    /// Names of the columns, all different.
    pub header: Vec<String>,
    /// Where the bytes are that follow the header, without line ends after the last row.
    pub body: Range<usize>,
    /// How many rows the body has, at least one, without those left out.
    pub rows: usize,
    /// The line of every row.
    pub lines: Lines,
    /// What is left out of the body: blank lines, repeated headers, a last line that is cut off. In the order of the text.
    pub left_out: Vec<Range<usize>>,
    /// What has to be said of what is left out.
    pub notes: Vec<String>,
}

/// One record, as `record` measures it.
pub(crate) struct Record {
    /// Bytes, with the line end.
    pub bytes: usize,
    /// Fields.
    fields: usize,
    /// Line ends, with those inside quotes.
    breaks: usize,
}

impl Scan {
    /// Checks the whole text, as it is written.
    pub fn of(file: &str, bytes: &[u8], dialect: &Dialect) -> Result<Self, TableError> {
        let named = || file.to_owned();
        let text = utf8(file, bytes)?;
        // Excel's byte order mark, blank lines before the header and line ends after the last row carry nothing
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let whole = text.ends_with(['\n', '\r']);
        let text = text.trim_end_matches(['\n', '\r']);
        let begun = text.get(bom.max(dialect.start)..).unwrap_or_default().trim_start_matches(['\n', '\r']);
        if begun.trim().is_empty() {
            return Err(TableError::Empty { file: named() });
        }
        let mut line = 1 + breaks(&text.as_bytes()[..text.len() - begun.len()]);
        let (header, body) = match &dialect.names {
            Some(names) => (names.clone(), begun),
            None => {
                let head = record(begun.as_bytes(), dialect.separator).map_err(|what| TableError::Quotes { file: named(), line, what })?;
                line += head.breaks;
                (fields(begun[..head.bytes].trim_end_matches(['\n', '\r']), dialect.separator), &begun[head.bytes..])
            }
        };
        let mut rows = Rows::new(file, dialect, header, line);
        rows.walk(body, text.len() - body.len(), whole)?;
        let header = rows.names()?;
        if rows.lines.0 == 0 {
            return Err(TableError::NoRows { file: named() });
        }
        let (count, lines) = rows.lines;
        let notes = notes(&rows.headers, rows.cut);
        Ok(Self { header, body: text.len() - body.len()..text.len(), rows: count, lines, left_out: rows.left_out, notes })
    }
}

/// What has to be said of lines that are left out.
fn notes(headers: &[usize], cut: Option<usize>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(first) = headers.first() {
        let more = if headers.len() > 1 { format!(" and {} later ones repeat", headers.len() - 1) } else { " repeats".to_owned() };
        notes.push(format!("line {first}{more} the header, as when a run is resumed or appended; such lines are left out"));
    }
    if let Some(line) = cut {
        notes.push(format!("line {line}, the last one, is cut off and left out"));
    }
    notes
}

/// The text, where it is one: other encodings are refused, those too whose bytes happen to be UTF-8 with zeros between.
pub(crate) fn utf8<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, TableError> {
    let not = |at: usize| TableError::NotUtf8 { file: file.to_owned(), line: 1 + breaks(&bytes[..at]) };
    let text = std::str::from_utf8(bytes).map_err(|e| not(e.valid_up_to()))?;
    match bytes.iter().position(|&b| b == 0) {
        Some(at) => Err(not(at)),
        None => Ok(text),
    }
}

/// The rows of a body as they are passed.
struct Rows<'a> {
    file: &'a str,
    dialect: &'a Dialect,
    /// The header as it is written, without blanks around names in a person's file.
    header: Vec<String>,
    /// The line of the next record.
    line: usize,
    /// How many rows there are, and their lines.
    lines: (usize, Lines),
    left_out: Vec<Range<usize>>,
    /// Lines that repeat the header.
    headers: Vec<usize>,
    /// A last line that is cut off.
    cut: Option<usize>,
}

impl<'a> Rows<'a> {
    fn new(file: &'a str, dialect: &'a Dialect, header: Vec<String>, line: usize) -> Self {
        let header = if dialect.own { header.iter().map(|name| name.trim().to_owned()).collect() } else { header };
        Self { file, dialect, header, line, lines: (0, Lines::new()), left_out: Vec::new(), headers: Vec::new(), cut: None }
    }

    /// Passes all records of the body, which begins at `from`; `whole` says that its last line has an end.
    fn walk(&mut self, body: &str, from: usize, whole: bool) -> Result<(), TableError> {
        let mut at = 0;
        while at < body.len() {
            let line = self.line;
            let row = record(&body.as_bytes()[at..], self.dialect.separator).map_err(|what| TableError::Quotes { file: self.file.to_owned(), line, what })?;
            let end = at + row.bytes;
            if self.dialect.own && self.means_nothing(&body[at..end]) {
                self.leave_out(from + at..from + end);
            } else if row.fields == self.header.len() {
                self.lines.1.push(self.lines.0, line);
                self.lines.0 += 1;
            } else if self.dialect.own && end == body.len() && !whole && row.fields < self.header.len() && self.lines.0 > 0 {
                // whoever reads the log of a run that goes on meets a line that is being written
                self.cut = Some(line);
                self.leave_out(from + at..from + end);
            } else {
                return Err(self.ragged(&body[at..end], row.fields));
            }
            self.line += row.breaks;
            at = end;
        }
        Ok(())
    }

    /// Is this a blank line, or the header once more?
    fn means_nothing(&mut self, record: &str) -> bool {
        let blank = record.as_bytes().first().is_some_and(|b| *b <= b' ') && record.trim().is_empty();
        let header = !blank && self.dialect.names.is_none() && self.is_header(record);
        if header {
            self.headers.push(self.line);
        }
        blank || header
    }

    /// Is this the header? The first field decides most of the time, without a copy.
    fn is_header(&self, record: &str) -> bool {
        let first = record.split(char::from(self.dialect.separator)).next().unwrap_or_default();
        let alike = self.header.first().is_some_and(|name| first.trim().trim_matches('"').trim() == name);
        alike && self.cells(record) == self.header
    }

    fn cells(&self, record: &str) -> Vec<String> {
        fields(record.trim_end_matches(['\n', '\r']), self.dialect.separator).iter().map(|f| f.trim().to_owned()).collect()
    }

    fn leave_out(&mut self, bytes: Range<usize>) {
        match self.left_out.last_mut().filter(|last| last.end == bytes.start) {
            Some(last) => last.end = bytes.end,
            None => self.left_out.push(bytes),
        }
    }

    /// Why a record of another width is refused.
    fn ragged(&self, record: &str, have: usize) -> TableError {
        let (file, line) = (self.file.to_owned(), self.line);
        let known = |cell: &String| !cell.is_empty() && self.header.contains(cell);
        if self.dialect.own && self.cells(record).iter().any(known) {
            return TableError::SecondHeader { file, line };
        }
        TableError::Ragged { file, line, have, want: self.header.len() }
    }

    /// The names of the columns; in a person's file, one without a name is called by its number.
    fn names(&self) -> Result<Vec<String>, TableError> {
        let mut names = self.header.clone();
        if self.dialect.own {
            for (k, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
                *name = numbered(k + 1);
            }
        }
        let mut seen = BTreeSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(twice) => Err(TableError::DuplicateColumn { file: self.file.to_owned(), column: twice.clone() }),
            None => Ok(names),
        }
    }
}

/// Line ends in some bytes.
fn breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b == b'\n').count()
}

/// Measures the record at the beginning of `rest`, or says what its quotes do wrong.
pub(crate) fn record(rest: &[u8], separator: u8) -> Result<Record, &'static str> {
    let (mut at, mut fields, mut breaks) = (0, 1, 0);
    loop {
        let begun = at;
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
            if rest.get(at).is_some_and(|&b| b != separator && b != b'\n') {
                return Err("text after a closing quote; write a quote inside a quoted value twice");
            }
        } else {
            // polars counts every quote when it cuts the file in parts, so a lone one would shift all rows after it
            while let Some(&b) = rest.get(at) {
                match b {
                    b'\n' => break,
                    b if b == separator => break,
                    b'"' if at > begun && rest[begun..at].iter().all(|b| *b == b' ') => return Err("a blank before a quote; take the blank away"),
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
pub(crate) fn fields(record: &str, separator: u8) -> Vec<String> {
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
            c if c == char::from(separator) && !quoted => out.push(std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    out.push(field);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &[u8]) -> Result<Scan, TableError> {
        Scan::of("f", text, &Dialect::plain())
    }

    fn own(text: &str) -> Result<Scan, TableError> {
        let (dialect, _) = Dialect::of("f", text)?;
        Scan::of("f", text.as_bytes(), &dialect)
    }

    #[test]
    fn a_good_text_is_measured() {
        let text = "\u{feff}\r\na,\"b \"\"c\"\"\",\"d,\ne\"\r\n1,,\r\n\"x\ny\",2,3\r\n\r\n";
        let s = plain(text.as_bytes()).unwrap();
        assert_eq!(s.header, ["a", "b \"c\"", "d,\ne"]);
        assert_eq!(s.rows, 2);
        assert_eq!(&text[s.body], "1,,\r\n\"x\ny\",2,3");
    }

    #[test]
    fn lines_are_counted_through_quotes_and_blank_beginnings() {
        let e = plain(b"\n\na,b\n\"1\n\n\",2\n3\n").err().unwrap();
        assert_eq!(e, TableError::Ragged { file: "f".into(), line: 7, have: 1, want: 2 });
    }

    #[test]
    fn a_row_of_one_column_may_be_blank() {
        assert_eq!(plain(b"a\n1\n\n2\n").unwrap().rows, 3);
    }

    #[test]
    fn blank_lines_and_repeated_headers_of_a_persons_file_are_left_out() {
        let text = " epoch , loss \n1,2\n\n   \nepoch,loss\n3,4\n\n5,6\n";
        let s = own(text).unwrap();
        assert_eq!((s.header.as_slice(), s.rows), (&["epoch".to_owned(), "loss".to_owned()][..], 3));
        assert_eq!([0, 1, 2].map(|r| s.lines.of(r)), [2, 6, 8]);
        assert_eq!(s.left_out.iter().map(|r| &text[r.clone()]).collect::<Vec<_>>(), ["\n   \nepoch,loss\n", "\n"]);
        assert!(s.notes[0].starts_with("line 5 repeats the header"), "{:?}", s.notes);
    }

    #[test]
    fn a_second_header_with_other_columns_is_named() {
        let second = TableError::SecondHeader { file: "f".into(), line: 3 };
        assert_eq!(own("epoch,loss\n1,2\nepoch,loss,acc\n2,1,0.5\n").err(), Some(second));
    }

    #[test]
    fn a_line_that_is_being_written_is_left_out_and_said() {
        let s = own("epoch,loss\n1,2\n2,1\n3").unwrap();
        assert_eq!((s.rows, s.notes.len()), (2, 1));
        assert_eq!(own("epoch,loss\n1,2\n2,1\n3\n").err(), Some(TableError::Ragged { file: "f".into(), line: 4, have: 1, want: 2 }));
    }

    #[test]
    fn columns_without_names_are_called_by_their_numbers() {
        assert_eq!(own(",loss,,\n0,1,,\n").unwrap().header, ["column 1", "loss", "column 3", "column 4"]);
        assert!(matches!(own("loss, loss\n0,1\n").err(), Some(TableError::DuplicateColumn { .. })));
    }

    #[test]
    fn utf_16_is_no_text_without_a_mark_either() {
        let wide: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(plain(&wide).err(), Some(TableError::NotUtf8 { line: 1, .. })));
        // A zero anywhere is none, so that what is read can be read again when it is written. Found by fuzzing.
        let late = format!("run,loss\n{}1,0.5\n1,\0\0\n", "1,0.5\n".repeat(40));
        assert!(matches!(plain(late.as_bytes()).err(), Some(TableError::NotUtf8 { line: 43, .. })));
    }

    #[test]
    fn a_blank_before_a_quote_is_named() {
        assert!(matches!(own("a,b\n1, \"2,0\"\n").err(), Some(TableError::Quotes { what: "a blank before a quote; take the blank away", .. })));
    }
}
