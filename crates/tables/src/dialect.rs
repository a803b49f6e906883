//! How a person's text table is written: what separates its columns, and whether it has a header.
//!
//! Loggers, spreadsheets and other countries write tables with semicolons, tabs, bars or blanks, with a comment before
//! them, or without a header. All of that shows in the first rows; what does not is refused rather than guessed.

use crate::TableError;
use crate::scan::{fields, record};
use crate::text::logged;

/// Rows that are looked at.
const SAMPLE: usize = 20;
/// The most bytes that are looked at.
const WINDOW: usize = 1 << 20;
/// What may separate columns, in the order in which equal claims are settled.
const SEPARATORS: [(u8, &str); 4] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars")];

/// How a text table is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Between two columns. A blank stands for runs of blanks and tabs.
    pub separator: u8,
    /// Where the header begins, or the first row where there is none.
    pub start: usize,
    /// The names of the columns, where the table itself has none.
    pub names: Option<Vec<String>>,
    /// A person's file: blanks around names mean nothing, and blank lines and repeated headers are left out. Files of
    /// data sets are read to the letter.
    pub own: bool,
}

impl Dialect {
    /// Commas and a header: what is read as it stands.
    pub fn plain() -> Self {
        Self { separator: b',', start: 0, names: None, own: false }
    }

    /// What a person's file shows in its first rows, and what of it has to be said.
    pub fn of(file: &str, text: &str) -> Result<(Self, Vec<String>), TableError> {
        let (start, comment, told) = beginning(text);
        let rest = window(&text[start..]);
        let (separator, rows) = match told {
            Some(separator) => (separator, sample(rest, separator).unwrap_or_default()),
            None => separator(rest),
        };
        let mut notes = Vec::new();
        if let Some((_, name)) = SEPARATORS.iter().find(|(s, _)| *s == separator && separator != b',') {
            notes.push(format!("the columns are separated by {name}"));
        } else if separator == b' ' {
            notes.push("the columns are separated by blanks".to_owned());
        }
        let names = if headless(&rows) {
            let first = rows.first().map_or(&[][..], Vec::as_slice);
            let (names, note) = names(first, comment.and_then(|c| cells(c, separator)));
            if note.is_some() && counted(first) {
                return Err(TableError::Numbered { file: file.to_owned(), line: 1 + text[..start].matches('\n').count(), cells: first.join(", ") });
            }
            notes.extend(note);
            Some(names)
        } else {
            None
        };
        Ok((Self { separator, start, names, own: true }, notes))
    }
}

/// The names of a table without a header: those of a comment above it, or numbers, which has to be said.
fn names(first: &[String], comment: Option<Vec<String>>) -> (Vec<String>, Option<String>) {
    if let Some(names) = comment.filter(|names| names.len() == first.len()) {
        return (names, None);
    }
    let names = (1..=first.len()).map(numbered).collect();
    (names, Some("the first line holds numbers and is read as a row; the columns are called \"column 1\", \"column 2\" and so on".to_owned()))
}

/// What a column without a name is called.
pub(crate) fn numbered(column: usize) -> String {
    format!("column {column}")
}

/// Where the table begins, the last comment above it without its `#`, and the separator where the file names it.
fn beginning(text: &str) -> (usize, Option<&str>, Option<u8>) {
    let (mut at, mut comment, mut told) = (0, None, None);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}').trim();
        if let Some(c) = bare.strip_prefix('#') {
            comment = Some(c.trim());
        } else if let Some(&[separator]) = bare.strip_prefix("sep=").map(str::as_bytes) {
            // spreadsheets write this line for one another
            told = Some(separator);
        } else if !bare.is_empty() {
            at += line.len() - line.trim_start_matches('\u{feff}').len();
            break;
        }
        at += line.len();
    }
    // a lone `#` line above no table is no comment but the table
    if at >= text.len() { (0, None, told) } else { (at, comment, told) }
}

/// The beginning of a text, up to the end of a line.
fn window(text: &str) -> &str {
    let end = text.as_bytes().iter().take(WINDOW).rposition(|&b| b == b'\n');
    match end {
        Some(end) if text.len() > WINDOW => &text[..=end],
        _ => text,
    }
}

/// What separates the columns, and the first rows as it separates them.
fn separator(text: &str) -> (u8, Vec<Vec<String>>) {
    let mut best: Option<(f64, u8, Vec<Vec<String>>)> = None;
    for (separator, _) in SEPARATORS {
        let Some(rows) = even(text, separator) else { continue };
        let share = numbers(&rows);
        if best.as_ref().is_none_or(|(most, ..)| share > *most) {
            best = Some((share, separator, rows));
        }
    }
    if let Some((_, separator, rows)) = best {
        return (separator, rows);
    }
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: u8| head.bytes().filter(|b| *b == separator).count();
    // none divides all rows alike: one of them is broken, and the header shows what was meant
    let (meant, most) = SEPARATORS.iter().rev().map(|(s, _)| (*s, count(*s))).max_by_key(|(_, n)| *n).unwrap_or((b',', 0));
    if most == 0
        && let Some(rows) = even(text, b' ').filter(|rows| numbers(rows) >= 0.5)
    {
        return (b' ', rows);
    }
    let meant = if most == 0 { b',' } else { meant };
    (meant, sample(text, meant).unwrap_or_default())
}

/// The first rows, when all have equally many columns, two or more.
fn even(text: &str, separator: u8) -> Option<Vec<Vec<String>>> {
    let rows = sample(text, separator)?;
    let width = rows.first().map_or(0, Vec::len);
    (width > 1 && rows.iter().all(|r| r.len() == width)).then_some(rows)
}

/// The first rows; `None` where the quotes do not fit the separator.
fn sample(text: &str, separator: u8) -> Option<Vec<Vec<String>>> {
    if separator == b' ' {
        let lines = text.lines().filter(|l| !l.trim().is_empty()).take(SAMPLE);
        return lines.map(|l| cells(l, separator)).collect();
    }
    let (mut at, mut rows) = (0, Vec::new());
    while at < text.len() && rows.len() < SAMPLE {
        let bytes = record(&text.as_bytes()[at..], separator).ok()?.bytes;
        let row = &text[at..at + bytes];
        if !row.trim().is_empty() {
            rows.push(cells(row, separator)?);
        }
        at += bytes;
    }
    Some(rows)
}

/// The trimmed cells of one row. Quotes among runs of blanks are not understood.
fn cells(row: &str, separator: u8) -> Option<Vec<String>> {
    if separator == b' ' {
        return (!row.contains('"')).then(|| row.split_whitespace().map(str::to_owned).collect());
    }
    Some(fields(row.trim_end_matches(['\n', '\r']), separator).iter().map(|f| f.trim().to_owned()).collect())
}

/// Is this a number, in one of the ways in which people write them?
fn number(cell: &str) -> bool {
    logged(cell, false).or_else(|| logged(cell, true)).is_some_and(|n| n.is_some())
}

/// The share of numbers among the cells below the first row that hold anything.
fn numbers(rows: &[Vec<String>]) -> f64 {
    let all = || rows.iter().skip(usize::from(rows.len() > 1)).flatten().filter(|c| !c.is_empty());
    let count = all().filter(|c| number(c)).count();
    count as f64 / all().count().max(1) as f64
}

/// Is the first row a row like the others? It holds more numbers than words, and no word above numbers.
fn headless(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let filled = first.iter().filter(|c| !c.is_empty()).count();
    let numbers = first.iter().filter(|c| number(c)).count();
    let names = |k: usize, cell: &String| !cell.is_empty() && !number(cell) && rest.iter().any(|row| row.get(k).is_some_and(|c| number(c)));
    2 * numbers > filled && !first.iter().enumerate().any(|(k, cell)| names(k, cell))
}

/// Are these the numbers 0, 1, 2 and so on, which libraries give to columns without names?
fn counted(first: &[String]) -> bool {
    let mut filled = first.iter().filter(|c| !c.is_empty()).peekable();
    filled.peek().is_some() && filled.enumerate().all(|(k, c)| *c == k.to_string()) && first.len() > 1
}

/// Makes one tab of every run of blanks within a line, and none at its ends; in place, and line by line.
pub(crate) fn squeeze(bytes: &mut Vec<u8>, from: usize) {
    let (mut to, mut open) = (from, false);
    let mut filled = false;
    for at in from..bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\r' => open = filled,
            b'\n' => {
                bytes[to] = b'\n';
                to += 1;
                (open, filled) = (false, false);
            }
            b => {
                if open {
                    bytes[to] = b'\t';
                    to += 1;
                }
                bytes[to] = b;
                to += 1;
                (open, filled) = (false, true);
            }
        }
    }
    bytes.truncate(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Dialect {
        Dialect::of("f", text).unwrap().0
    }

    #[test]
    fn separators_are_recognised() {
        for (text, separator) in [
            ("epoch,loss\n1,0.5\n2,0.4\n", b','),
            ("epoch;loss\n1;0,5\n2;0,4\n", b';'),
            ("epoch;loss;acc\n1;0.5;0.1\n", b';'),
            ("epoch\tval loss\n1\t0.5\n", b'\t'),
            ("epoch | loss\n1 | 0.5\n2 | 0.4\n", b'|'),
            ("step   loss\n  1    0.5\n 20    0.25\n", b' '),
            ("1,5;2,5\n2,5;2,25\n", b';'),
            ("step,loss,tags\n1,0.5,a;b\n2,0.4,c;d\n", b','),
            ("step;loss, train\n1;0,5\n2;0,4\n", b';'),
            ("epoch,\"val;loss\"\n1,\"2,5\"\n2,\"2,25\"\n", b','),
            ("val loss\n0.5\n0.4\n", b','),
            ("sep=;\na;b\n1;2\n", b';'),
        ] {
            assert_eq!(of(text).separator, separator, "{text:?}");
        }
    }

    #[test]
    fn a_broken_row_does_not_hide_the_separator() {
        assert_eq!(of("a;b\n1;2\n1;2;3\n").separator, b';');
        assert_eq!(of("a,b,c\n1,2\n1,2;3\n").separator, b',');
    }

    #[test]
    fn a_header_is_told_from_a_row() {
        for text in ["step,loss\n1,2\n", "step,1,2,3\n10,2.1,2.2,2.3\n", "run,note\na,b\n", ",loss\n0,2.1\n", "step\n1\n"] {
            assert_eq!(of(text).names, None, "{text:?}");
        }
        for text in ["0,2.14\n1,1.77\n", "1;2,14\n2;1,77\n", "2024-01-01,5,2.14\n2024-01-02,6,1.77\n", "0,2.14,a\n1,1.77,b\n", "1,1.54\n"] {
            let names = of(text).names.unwrap();
            assert_eq!(names[..2], ["column 1", "column 2"], "{text:?}");
        }
    }

    #[test]
    fn numbered_columns_are_not_guessed_at() {
        for text in ["0,1\n0,2.14\n1,1.77\n", ",0,1\n0,2.14,3\n1,1.77,4\n", "\n0,1,2\n1,2,3\n"] {
            assert!(matches!(Dialect::of("f", text).unwrap_err(), TableError::Numbered { .. }), "{text:?}");
        }
    }

    #[test]
    fn comments_are_passed_and_may_name_the_columns() {
        let d = of("# seed 1\n# step loss\n1 0.5\n2 0.4\n");
        assert_eq!((d.separator, d.start, d.names.unwrap()), (b' ', 21, vec!["step".to_owned(), "loss".to_owned()]));
        let d = of("\u{feff}# seed 1\r\n\r\nstep,loss\r\n1,0.5\r\n");
        assert_eq!((d.separator, d.names), (b',', None));
        assert_eq!(of("# step\n# loss\n").start, 0);
    }

    #[test]
    fn runs_of_blanks_become_tabs() {
        let mut bytes = b"head\n  a   b \r\n\n 1 \t 2\n3 4".to_vec();
        squeeze(&mut bytes, 5);
        assert_eq!(String::from_utf8(bytes).unwrap(), "head\na\tb\n\n1\t2\n3\t4");
    }
}
