//! `Table`: what a file held, by column.

use std::fmt;

use curves::nearest;
use polars::prelude::{Column, DataFrame, DataType, PolarsError, PolarsResult};

use crate::TableError;
use crate::text::{number, shortest};

/// Columns of one file. Each is given as text or as numbers, whichever is asked.
#[derive(Clone)]
pub struct Table {
    file: String,
    frame: DataFrame,
    /// What messages call the first row.
    first_row: usize,
    /// Columns that were left in the file, and the types that are not read.
    unreadable: Vec<(String, String)>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("file", &self.file).field("rows", &self.rows()).field("columns", &self.columns()).finish_non_exhaustive()
    }
}

impl Table {
    pub(crate) fn new(file: &str, frame: DataFrame, first_row: usize, unreadable: Vec<(String, String)>) -> Self {
        Self { file: file.to_owned(), frame, first_row, unreadable }
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
    pub fn text(&self, column: &str) -> Result<Vec<String>, TableError> {
        let c = self.column(column)?;
        let cells: PolarsResult<Vec<String>> = match c.dtype() {
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
        self.numbers_where(column, None)
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
        row + self.first_row
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
        TableError::NotNumber { file: self.file.clone(), row: self.row_number(row), column: column.to_owned(), value: value.to_owned() }
    }

    fn broken(&self, why: &PolarsError) -> TableError {
        TableError::Malformed { file: self.file.clone(), why: why.to_string() }
    }
}

/// Cells as text, nothing as the empty text.
fn shown<T>(cells: impl Iterator<Item = Option<T>>, show: impl Fn(T) -> String) -> Vec<String> {
    cells.map(|cell| cell.map(&show).unwrap_or_default()).collect()
}
