//! Rows as typed Parquet, and what is the same of them whoever wrote it.

use evaluation::Frame;
use sha2::{Digest, Sha256};
use tables::TableColumn;

use crate::RunError;

/// A name that is both a text column and a number column is told apart by this end of the number's name, in files.
const NUMBER: &str = " (number)";

/// The columns of rows as files have them: texts first.
pub fn columns(frame: &Frame) -> Vec<(String, TableColumn)> {
    let rows = 0..frame.len();
    let texts: Vec<String> = frame.text_columns().map(str::to_owned).collect();
    let mut all = Vec::new();
    for name in &texts {
        all.push((name.clone(), TableColumn::Text(rows.clone().map(|r| frame.text(name, r).unwrap_or_default().to_owned()).collect())));
    }
    for name in frame.number_columns() {
        let file_name = if texts.iter().any(|t| t == name) { format!("{name}{NUMBER}") } else { name.to_owned() };
        all.push((file_name, TableColumn::Number(rows.clone().map(|r| frame.number(name, r).unwrap_or(f64::NAN)).collect())));
    }
    all
}

/// Rows as Parquet; no bytes for no columns.
///
/// # Errors
/// Rows that cannot be written, which would be a bug.
pub fn to_parquet(frame: &Frame) -> Result<Vec<u8>, RunError> {
    let columns = columns(frame);
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let (names, cells): (Vec<String>, Vec<TableColumn>) = columns.into_iter().unzip();
    let named: Vec<(&str, TableColumn)> = names.iter().map(String::as_str).zip(cells).collect();
    tables::parquet_bytes(&named).map_err(|e| RunError::Jobs(e.to_string()))
}

/// Rows from Parquet; none from no bytes.
///
/// # Errors
/// Bytes that are no Parquet.
pub fn from_parquet(file: &str, bytes: &[u8]) -> Result<Frame, String> {
    if bytes.is_empty() {
        return Ok(Frame::new());
    }
    let columns = tables::read_typed(file, bytes).map_err(|e| e.to_string())?;
    let mut frame = Frame::new();
    for (name, column) in columns {
        match column {
            TableColumn::Text(cells) => frame.push_text_column(&name, &cells),
            TableColumn::Number(cells) => frame.push_number_column(name.strip_suffix(NUMBER).unwrap_or(&name), cells),
            TableColumn::Logged(cells) => frame.push_number_column(name.strip_suffix(NUMBER).unwrap_or(&name), cells.values),
        }
    }
    Ok(frame)
}

/// A hash of the values: columns in the order of their names, row by row, whatever the file that holds them looks like. Columns that hold
/// nothing count for nothing.
pub fn fingerprint(frame: &Frame, without: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update((frame.len() as u64).to_le_bytes());
    let mut texts: Vec<&str> = frame.text_columns().collect();
    texts.sort_unstable();
    for name in texts {
        if (0..frame.len()).all(|r| frame.text(name, r).unwrap_or_default().is_empty()) {
            continue;
        }
        hash.update([b't']);
        hash.update(name.as_bytes());
        for r in 0..frame.len() {
            hash.update([0]);
            hash.update(frame.text(name, r).unwrap_or_default().as_bytes());
        }
    }
    let mut numbers: Vec<&str> = frame.number_columns().filter(|c| !without.contains(c)).collect();
    numbers.sort_unstable();
    for name in numbers {
        let Ok(values) = frame.numbers(name) else { continue };
        if values.iter().all(|v| v.is_nan()) {
            continue;
        }
        hash.update([b'n']);
        hash.update(name.as_bytes());
        for v in values {
            // One NaN for all: whichever bits it has, it says that there is no number.
            hash.update(if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() }.to_le_bytes());
        }
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let mut f = Frame::new();
        f.push_row(&[("ask", "a"), ("size", "70M")], &[("loss", Some(2.5)), ("size", Some(7e7))]);
        f.push_row(&[("ask", "b, \"c\"")], &[("loss", None)]);
        f
    }

    #[test]
    fn rows_survive_parquet_types_and_all() {
        let before = frame();
        let after = from_parquet("t", &to_parquet(&before).unwrap()).unwrap();
        assert_eq!(fingerprint(&before, &[]), fingerprint(&after, &[]));
        assert_eq!(
            (after.text("size", 0), after.number("size", 0), after.text("ask", 1), after.number("loss", 1)),
            (Some("70M"), Some(7e7), Some("b, \"c\""), None)
        );
        assert!(from_parquet("t", &[]).unwrap().is_empty() && to_parquet(&Frame::new()).unwrap().is_empty());
        assert!(from_parquet("t", b"PAR1").is_err());
    }

    #[test]
    fn a_fingerprint_is_of_values() {
        let mut other = frame();
        other.add_numbers("seconds", &[(0, 1.0)]);
        assert_ne!(fingerprint(&frame(), &[]), fingerprint(&other, &[]));
        assert_eq!(fingerprint(&frame(), &[]), fingerprint(&other, &["seconds"]));
        let mut empty = frame();
        empty.add_numbers("nothing", &[]);
        assert_eq!(fingerprint(&frame(), &[]), fingerprint(&empty, &[]));
    }
}
