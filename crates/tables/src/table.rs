//! `Table`: what a file held, by column.

use std::fmt;
use std::ops::Range;

use curves::nearest;
use polars::prelude::{Column, DataFrame, DataType, IdxCa, IdxSize, PolarsError, PolarsResult};

use crate::decimals::Signs;
use crate::lines::Lines;
use crate::text::{logged, number, shortest};
use crate::write::frame;
use crate::{Decimals, TableColumn, TableError};

/// Columns of one file. Each is given as text or as numbers, whichever is asked.
#[derive(Clone)]
pub struct Table {
    file: String,
    frame: DataFrame,
    /// What messages call the rows.
    lines: Lines,
    /// Columns that were left in the file, and the types that are not read.
    unreadable: Vec<(String, String)>,
    /// Of a person's file: how it was found to be written.
    own: Option<Own>,
    /// Of a part: what stands before the decimals in the whole.
    decimals: Option<Decimals>,
}

/// A person's file.
#[derive(Clone, Debug, Default)]
struct Own {
    /// Is it text, whose lines messages count?
    text: bool,
    /// Do semicolons separate its columns?
    semicolons: bool,
    /// What has to be said of it.
    notes: Vec<String>,
}

/// A column as it was logged.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// The numbers; NaN also where nothing was logged.
    pub values: Vec<f64>,
    /// Where nothing was logged: a blank cell, or a word for one. A cell that says `nan` was logged.
    pub blank: Vec<bool>,
}

impl Logged {
    /// Every cell; `None` where nothing was logged.
    pub fn cells(&self) -> Vec<Option<f64>> {
        self.values.iter().zip(&self.blank).map(|(value, blank)| Some(*value).filter(|_| !blank)).collect()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("file", &self.file).field("rows", &self.rows()).field("columns", &self.columns()).finish_non_exhaustive()
    }
}

impl Table {
    pub(crate) fn new(file: &str, frame: DataFrame, lines: Lines, unreadable: Vec<(String, String)>) -> Self {
        Self { file: file.to_owned(), frame, lines, unreadable, own: None, decimals: None }
    }

    /// A table of columns in memory, as if a person's file held them; `file` is its name in messages, `notes` what has to be
    /// said of how it was read.
    ///
    /// # Errors
    /// There are no columns or no rows, two columns of one name, or columns of different lengths.
    pub fn of(file: &str, columns: &[(&str, TableColumn)], notes: Vec<String>) -> Result<Self, TableError> {
        let frame = frame(file, columns)?;
        if frame.height() == 0 {
            return Err(TableError::NoRows { file: file.to_owned() });
        }
        Ok(Self::new(file, frame, Lines::from(1), Vec::new()).own(notes))
    }

    /// A person's text table.
    pub(crate) fn own_text(self, semicolons: bool, notes: Vec<String>) -> Self {
        Self { own: Some(Own { text: true, semicolons, notes }), ..self }
    }

    /// A person's table of another kind, whose lines are its rows.
    pub(crate) fn own(self, notes: Vec<String>) -> Self {
        Self { own: Some(Own { notes, ..Own::default() }), ..self }
    }

    /// What was found of how a person's file is written and has to be said, in whole clauses: `the columns are separated
    /// by semicolons`.
    pub fn notes(&self) -> &[String] {
        self.own.as_ref().map_or(&[], |own| &own.notes)
    }

    /// The line of the file in which a row stands, from 1; where there are no lines, the number of the row.
    pub fn line(&self, row: usize) -> usize {
        self.lines.of(row)
    }

    /// Some rows of it, in this order; messages name the lines that they have in the file. `decimals` is what stands before those of the whole, since
    /// a few numbers may leave open what all of them say.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn part(&self, rows: &[usize], decimals: Decimals) -> Result<Self, TableError> {
        let places: Vec<IdxSize> = rows.iter().map(|row| IdxSize::try_from(*row).unwrap_or(IdxSize::MAX)).collect();
        let frame = self.frame.take(&IdxCa::from_vec("rows".into(), places)).map_err(|e| self.broken(&e))?;
        let mut lines = Lines::new();
        rows.iter().enumerate().for_each(|(k, row)| lines.push(k, self.lines.of(*row)));
        Ok(Self { frame, lines, decimals: Some(decimals), ..self.clone() })
    }

    /// The file it came from, as messages name it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The names of the columns, in the file's order.
    pub fn columns(&self) -> Vec<String> {
        self.frame.get_column_names().into_iter().map(|name| name.to_string()).collect()
    }

    /// The same table with more columns, each as long as it is.
    pub(crate) fn with(&self, more: &[Column]) -> PolarsResult<Self> {
        Ok(Self { frame: self.frame.hstack(more)?, ..self.clone() })
    }

    /// How many rows there are, without the header; never zero.
    pub fn rows(&self) -> usize {
        self.frame.height()
    }

    /// A column as text: cells of a CSV as they were written, numbers of a Parquet file in their shortest form,
    /// nothing as the empty text.
    ///
    /// Cells of a person's file come without blanks around them.
    pub fn text(&self, column: &str) -> Result<Vec<String>, TableError> {
        let c = self.column(column)?;
        let cells: PolarsResult<Vec<String>> = match c.dtype() {
            DataType::String if self.own.is_some() => c.str().map(|v| shown(v.iter(), |cell| cell.trim().to_owned())),
            DataType::String => c.str().map(|v| shown(v.iter(), str::to_owned)),
            DataType::Boolean => c.bool().map(|v| shown(v.iter(), |b| b.to_string())),
            DataType::Int32 => c.i32().map(|v| shown(v.iter(), |n| n.to_string())),
            DataType::Int64 => c.i64().map(|v| shown(v.iter(), |n| n.to_string())),
            DataType::UInt32 => c.u32().map(|v| shown(v.iter(), |n| n.to_string())),
            DataType::UInt64 => c.u64().map(|v| shown(v.iter(), |n| n.to_string())),
            DataType::Float32 => c.f32().map(|v| shown(v.iter(), |n| shortest(n, f64::from(n)))),
            DataType::Float64 => c.f64().map(|v| shown(v.iter(), |n| shortest(n, n))),
            // only a column without any value is left
            _ => Ok(vec![String::new(); c.len()]),
        };
        cells.map_err(|e| self.broken(&e))
    }

    /// A column as numbers: nothing is NaN; `nan`, `inf` and `-inf` are understood; other text is an error.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>, TableError> {
        if self.own.is_some() {
            return Ok(self.logged(column, self.decimals(&[column])?, None)?.values);
        }
        self.numbers_where(column, None)
    }

    /// What stands before the decimals in these columns of a person's file, which decide together.
    ///
    /// # Errors
    /// A column that is not there, and numbers whose commas may part thousands.
    pub fn decimals(&self, columns: &[&str]) -> Result<Decimals, TableError> {
        if let Some(decided) = self.decimals {
            return Ok(decided);
        }
        let mut texts = Vec::new();
        for name in columns {
            let c = self.column(name)?;
            if c.dtype() == &DataType::String {
                texts.push((*name, c.str().map_err(|e| self.broken(&e))?));
            }
        }
        // commas are rare: only where there are some, the cells are looked at one by one
        if !texts.iter().any(|(_, cells)| cells.iter().flatten().any(|cell| cell.contains(','))) {
            return Ok(Decimals::Point);
        }
        let mut signs = Signs::default();
        for (name, cells) in texts {
            for (row, cell) in cells.iter().enumerate() {
                signs.see(row, name, cell.unwrap_or_default()).map_err(|found| found.thousands(&self.file, |row| self.line(row)))?;
            }
        }
        let semicolons = self.own.as_ref().is_some_and(|own| own.semicolons);
        signs.decide(semicolons).map_err(|doubt| doubt.error(&self.file, |row| self.line(row)))
    }

    /// A column as it was logged, as long as the table; what stands in rows that are not kept does not matter and is blank.
    ///
    /// # Errors
    /// A column that is not there, and a cell that is neither a number nor a word for nothing.
    pub fn logged(&self, column: &str, decimals: Decimals, keep: Option<&[bool]>) -> Result<Logged, TableError> {
        let c = self.column(column)?;
        let kept = |row: usize| keep.is_none_or(|k| k.get(row) == Some(&true));
        if c.dtype() != &DataType::String {
            return self.logged_numbers(column, c, keep);
        }
        let cells = c.str().map_err(|e| self.broken(&e))?;
        let mut out = Logged { values: Vec::with_capacity(cells.len()), blank: Vec::with_capacity(cells.len()) };
        for (row, cell) in cells.iter().enumerate() {
            let cell = cell.filter(|_| kept(row)).unwrap_or_default();
            let value = logged(cell, decimals == Decimals::Comma).ok_or_else(|| self.not_number(column, row, cell))?;
            out.values.push(value.unwrap_or(f64::NAN));
            out.blank.push(value.is_none());
        }
        Ok(out)
    }

    /// As `logged`, of a column that is not text.
    fn logged_numbers(&self, column: &str, c: &Column, keep: Option<&[bool]>) -> Result<Logged, TableError> {
        let mut blank: Vec<bool> = c.is_null().iter().map(|b| b.unwrap_or(true)).collect();
        let all = keep.map_or_else(|| vec![true; c.len()], <[bool]>::to_vec);
        let mut kept = self.numbers_where(column, Some(&all))?.into_iter();
        let values = all.iter().map(|k| if *k { kept.next().unwrap_or(f64::NAN) } else { f64::NAN }).collect();
        for (b, k) in blank.iter_mut().zip(&all) {
            *b |= !k;
        }
        Ok(Logged { values, blank })
    }

    /// For every row, whether a column holds anything there, a number or a text; `nan` is nothing.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn filled(&self, column: &str) -> Result<Vec<bool>, TableError> {
        let c = self.column(column)?;
        match c.dtype() {
            DataType::String => {
                let cells = c.str().map_err(|e| self.broken(&e))?;
                Ok(cells.iter().map(|cell| cell.is_some_and(holds)).collect())
            }
            DataType::Float32 | DataType::Float64 => Ok(self.numbers_where(column, None)?.iter().map(|v| !v.is_nan()).collect()),
            _ => Ok(c.is_not_null().iter().map(|b| b.unwrap_or(false)).collect()),
        }
    }

    /// The one text that stands in all of some rows of a column of text; `None` where there are several, blank ones, or none.
    pub fn constant(&self, column: &str, rows: Range<usize>) -> Option<&str> {
        let cells = self.column(column).ok()?.str().ok()?;
        let text = |row: usize| cells.get(row).map(str::trim).filter(|cell| !cell.is_empty());
        let first = text(rows.start)?;
        rows.into_iter().all(|row| text(row) == Some(first)).then_some(first)
    }

    /// As `numbers`, of the rows kept; what stands in other rows does not matter.
    pub(crate) fn numbers_where(&self, column: &str, keep: Option<&[bool]>) -> Result<Vec<f64>, TableError> {
        let c = self.column(column)?;
        let kept = |row: usize| keep.is_none_or(|k| k.get(row) == Some(&true));
        match c.dtype() {
            DataType::String => {
                let cells = c.str().map_err(|e| self.broken(&e))?;
                let mut out = Vec::with_capacity(cells.len());
                for (row, cell) in cells.iter().enumerate() {
                    if kept(row) {
                        let cell = cell.unwrap_or_default();
                        out.push(number(cell).ok_or_else(|| self.not_number(column, row, cell))?);
                    }
                }
                Ok(out)
            }
            DataType::Boolean => {
                let cells = c.bool().map_err(|e| self.broken(&e))?;
                let mut out = Vec::with_capacity(cells.len());
                for (row, cell) in cells.iter().enumerate() {
                    match cell {
                        Some(b) if kept(row) => return Err(self.not_number(column, row, &b.to_string())),
                        None if kept(row) => out.push(f64::NAN),
                        _ => {}
                    }
                }
                Ok(out)
            }
            _ => {
                let cells = c.cast(&DataType::Float64).map_err(|e| self.broken(&e))?;
                let cells = cells.f64().map_err(|e| self.broken(&e))?;
                let all = cells.iter().enumerate().filter(|&(row, _)| kept(row));
                Ok(all.map(|(_, n)| n.unwrap_or(f64::NAN)).collect())
            }
        }
    }

    /// What messages call a row.
    pub(crate) fn row_number(&self, row: usize) -> usize {
        self.lines.of(row)
    }

    fn column(&self, column: &str) -> Result<&Column, TableError> {
        if let Some((_, kind)) = self.unreadable.iter().find(|(name, _)| name == column) {
            let (file, column, kind) = (self.file.clone(), column.to_owned(), kind.clone());
            return Err(TableError::Unreadable { file, column, kind });
        }
        self.frame.column(column).map_err(|_| TableError::UnknownColumn {
            file: self.file.clone(),
            column: column.to_owned(),
            nearest: nearest(column, self.columns().iter().map(String::as_str)).map(str::to_owned),
        })
    }

    fn not_number(&self, column: &str, row: usize, value: &str) -> TableError {
        let (file, column, value) = (self.file.clone(), column.to_owned(), value.trim().to_owned());
        match &self.own {
            Some(own) if own.text && self.columns().contains(&value) => TableError::SecondHeader { file, line: self.line(row) },
            Some(own) if own.text => TableError::NotLogged { file, line: self.line(row), column, value },
            _ => TableError::NotNumber { file, row: self.row_number(row), column, value },
        }
    }

    fn broken(&self, why: &PolarsError) -> TableError {
        TableError::Malformed { file: self.file.clone(), why: why.to_string() }
    }
}

/// Does a cell hold a number or a text? The first byte tells for most.
fn holds(cell: &str) -> bool {
    cell.as_bytes().first().is_some_and(u8::is_ascii_digit) || logged(cell, false).is_none_or(|v| v.is_some_and(|v| !v.is_nan()))
}

/// Cells as text, nothing as the empty text.
fn shown<T>(cells: impl Iterator<Item = Option<T>>, show: impl Fn(T) -> String) -> Vec<String> {
    cells.map(|cell| cell.map(&show).unwrap_or_default()).collect()
}
