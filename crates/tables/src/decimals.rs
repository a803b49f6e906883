//! Commas in numbers: of decimals, of thousands, or of both.
//!
//! `2,345` is two and a bit where a comma is the decimal sign, and two thousand where it parts thousands. The columns that
//! are read decide together; where they do not, the file is refused, for either guess may be wrong by a thousand.

use crate::TableError;
use crate::text::logged;

/// What stands before the decimals of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decimals {
    /// `0.5`.
    #[default]
    Point,
    /// `0,5`.
    Comma,
}

/// Where a cell stands, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub row: usize,
    pub column: String,
    pub cell: String,
}

/// What the cells of some columns say so far.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    /// The first number with a comma.
    comma: Option<Found>,
    /// Is there a comma that can only be a decimal one?
    sure: bool,
    /// The first number with a point and no comma.
    point: Option<Found>,
}

impl Signs {
    /// Takes up one cell; the error is a cell that parts thousands.
    pub fn see(&mut self, row: usize, column: &str, cell: &str) -> Result<(), Found> {
        let cell = cell.trim();
        let here = || Found { row, column: column.to_owned(), cell: cell.to_owned() };
        if !cell.contains(',') {
            if self.point.is_none() && cell.contains('.') && logged(cell, false).is_some() {
                self.point = Some(here());
            }
            return Ok(());
        }
        let numeric =
            cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'+' | b'-' | b'e' | b'E')) && cell.bytes().any(|b| b.is_ascii_digit());
        if numeric && (cell.contains('.') || cell.matches(',').count() > 1) {
            return Err(here());
        }
        if logged(cell, true).is_some() {
            self.sure |= !may_part_thousands(cell);
            self.comma.get_or_insert_with(here);
        }
        Ok(())
    }

    /// What all of it says. `semicolons`: spreadsheets part columns by semicolons where the comma is the decimal sign.
    pub fn decide(self, semicolons: bool) -> Result<Decimals, Doubt> {
        match (self.comma, self.point) {
            (None, _) => Ok(Decimals::Point),
            (Some(comma), Some(point)) => Err(Doubt::Mixed { comma, point }),
            (Some(_), None) if self.sure || semicolons => Ok(Decimals::Comma),
            (Some(comma), None) => Err(Doubt::Unsure(comma)),
        }
    }
}

/// Why the decimal sign is not known.
pub(crate) enum Doubt {
    /// Some numbers have commas and others points.
    Mixed { comma: Found, point: Found },
    /// All commas stand where thousands are parted.
    Unsure(Found),
}

/// Does a cell with one comma read as thousands, as `12,345` does and `0,345` does not?
fn may_part_thousands(cell: &str) -> bool {
    let (before, after) = cell.trim_start_matches(['+', '-']).split_once(',').unwrap_or((cell, ""));
    (1..=3).contains(&before.len()) && !before.starts_with('0') && after.len() == 3 && after.bytes().all(|b| b.is_ascii_digit())
}

impl Doubt {
    /// The error, with `line` of a row.
    pub fn error(self, file: &str, line: impl Fn(usize) -> usize) -> TableError {
        let file = file.to_owned();
        match self {
            Doubt::Mixed { comma, point } => TableError::MixedDecimals {
                file,
                line: line(comma.row),
                column: comma.column,
                value: comma.cell,
                other: format!("{:?} in line {}, column {:?},", point.cell, line(point.row), point.column),
            },
            Doubt::Unsure(found) => found.thousands(&file, line),
        }
    }
}

impl Found {
    /// The error of a cell that may be or is parted into thousands.
    pub fn thousands(self, file: &str, line: impl Fn(usize) -> usize) -> TableError {
        TableError::Thousands { file: file.to_owned(), line: line(self.row), column: self.column, value: self.cell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(cells: &[&str], semicolons: bool) -> Result<Decimals, String> {
        let mut signs = Signs::default();
        for (row, cell) in cells.iter().enumerate() {
            signs.see(row, "c", cell).map_err(|f| f.cell)?;
        }
        signs.decide(semicolons).map_err(|d| match d {
            Doubt::Mixed { comma, point } => format!("{} {}", comma.cell, point.cell),
            Doubt::Unsure(found) => found.cell,
        })
    }

    #[test]
    fn the_decimal_sign_is_known_or_asked_for() {
        assert_eq!(decided(&["1", "0.5", "nan", ""], false), Ok(Decimals::Point));
        assert_eq!(decided(&["1", "2,0000", "1,234"], false), Ok(Decimals::Comma));
        assert_eq!(decided(&["0,967"], false), Ok(Decimals::Comma));
        assert_eq!(decided(&["1,5e-3"], false), Ok(Decimals::Comma));
        assert_eq!(decided(&["1,234", "2,345"], true), Ok(Decimals::Comma));
        assert_eq!(decided(&["1,234", "2,345"], false), Err("1,234".into()));
        assert_eq!(decided(&["0.5", "1,234"], true), Err("1,234 0.5".into()));
        assert_eq!(decided(&["1,234.5"], true), Err("1,234.5".into()));
        assert_eq!(decided(&["1.234,5"], true), Err("1.234,5".into()));
        assert_eq!(decided(&["1,234,567"], true), Err("1,234,567".into()));
        assert_eq!(decided(&["a, b", "1,2,3 go", "0.5"], false), Ok(Decimals::Point));
    }
}
