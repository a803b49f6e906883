//! The curve that is continued, and how it is read from a file.

mod gaps;
mod order;

use std::path::Path;

use tables::{Decimals, Logged, Table, TableError};

use self::gaps::Missing;
use crate::separator::load;
use crate::{Error, Warning};

/// What has been seen of a run: one measure against one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Resource values, increasing.
    pub x: Vec<f64>,
    /// The measure there.
    pub y: Vec<f64>,
    /// What the resource is called.
    pub resource: String,
    /// What the measure is called.
    pub measure: String,
    /// How many rows have the resource and nothing in the measure. Logs that write several measures in turn have many.
    pub blank: usize,
    /// What a reader of an answer must know of the file and of what was left out.
    pub notes: Vec<Warning>,
}

/// Which columns and rows of a file are what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadSeries {
    /// The column of the resource. Default: the first one that is not the measure.
    pub x: Option<String>,
    /// The column of the measure. Default: the one after the resource.
    pub y: Option<String>,
    /// Rows whose resource is smaller are left out. Default: none.
    pub from: Option<f64>,
    /// Rows whose resource is larger are left out. Default: none.
    pub until: Option<f64>,
}

/// The column that names the run, in tables of several runs and in those that logs become.
const RUN: &str = "run";

/// The file and the columns that are read.
struct File<'a> {
    table: &'a Table,
    name: &'a str,
    resource: &'a str,
    measure: &'a str,
}

/// A row with both numbers.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
    /// The row of the table.
    row: usize,
}

impl Series {
    /// Resource values and the measure there.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        Self { x, y, resource: "x".to_owned(), measure: "y".to_owned(), blank: 0, notes: Vec::new() }
    }

    /// Reads two columns of a text table, of JSON lines or of a Parquet file, or of the log of a training tool: event files of
    /// TensorBoard, the state of Hugging Face's Trainer, a text log, a folder of one run.
    ///
    /// Rows without a value of the measure are no observations of it. Of a run that was resumed, and of a step that is
    /// there several times, the later rows stay. Values that are not finite are left out. `notes` says all of this.
    ///
    /// # Errors
    /// A file that cannot be read, columns that are not there, text where a number should be, several runs in one file,
    /// rows in no order, and fewer than two steps with a number.
    pub fn read(path: &Path, how: &ReadSeries) -> Result<Self, Error> {
        let ((table, said), name) = (load(path)?, path.display().to_string());
        if path.is_dir() {
            let mut runs = table.text(RUN)?;
            runs.dedup();
            if runs.len() > 1 {
                return Err(Error::WhichRun { file: name, runs });
            }
        }
        Self::of_table(&table, said, &name, how)
    }

    /// As [`Series::read`], of a table, behind what has been said of it; messages call it `name`.
    pub(crate) fn of_table(table: &Table, said: Vec<Warning>, name: &str, how: &ReadSeries) -> Result<Self, Error> {
        let mut notes = said;
        let (resource, measure) = how.columns(table, name, &mut notes)?;
        let file = File { table, name, resource: &resource, measure: &measure };
        let decimals = table.decimals(&[file.resource, file.measure])?;
        if decimals == Decimals::Comma {
            notes.push(Warning::ReadAs { what: "numbers have a comma before their decimals".to_owned() });
        }
        let x = table.logged(file.resource, decimals, None)?;
        let keep = how.rows(&x, &file)?;
        let y = table.logged(file.measure, decimals, Some(&keep))?;
        let mut points: Vec<Point> = (0..keep.len()).filter(|&r| keep[r] && !y.blank[r]).map(|row| Point { x: x.values[row], y: y.values[row], row }).collect();
        if points.is_empty() {
            return Err(file.apart(decimals)?);
        }
        let missing = Missing::of(&keep, &y, &file, &mut notes)?;
        points.retain(|p| !(missing.nan_is_blank && p.y.is_nan()));
        file.enough(&points, &missing)?;
        let rows = points.len();
        let points = order::in_order(points, &file, &mut notes)?;
        if let [only] = points.as_slice() {
            return Err(Error::TooFewSteps { file: name.to_owned(), resource, measure, at: only.x, rows });
        }
        let points = gaps::finite(points, &file, &mut notes);
        // a later row without a number may have replaced an earlier one
        file.enough(&points, &missing)?;
        let (x, y) = points.iter().map(|p| (p.x, p.y)).unzip();
        Ok(Self { x, y, resource, measure, blank: missing.blank, notes })
    }
}

impl ReadSeries {
    /// The columns of the resource and the measure; those that were not asked for are said where others could be meant.
    fn columns(&self, table: &Table, file: &str, notes: &mut Vec<Warning>) -> Result<(String, String), Error> {
        let there = table.columns();
        let place = |asked: &Option<String>| -> Result<Option<usize>, Error> {
            let Some(asked) = asked else { return Ok(None) };
            match there.iter().position(|t| t == asked || t == asked.trim()) {
                None => match table.numbers(asked.trim()) {
                    // a column of lists or dates is there, and is not read
                    Err(e @ TableError::Unreadable { .. }) => Err(e.into()),
                    _ => Err(Error::NoColumn { file: file.to_owned(), column: asked.clone(), there: there.clone() }),
                },
                found => Ok(found),
            }
        };
        let wrong = |what: String| Err(Error::Columns { file: file.to_owned(), what });
        let (x, y) = (place(&self.x)?, place(&self.y)?);
        if there.len() < 2 {
            return wrong(format!("needs two columns, of the resource and of the measure, and has {} only", there.join(", ")));
        }
        let first = first_column(&there);
        let x_at = x.unwrap_or(if y == Some(first) { (first + 1) % there.len() } else { first });
        let y_at = y.unwrap_or((x_at + 1) % there.len());
        if x_at == y_at {
            return wrong(format!("{:?} is named for the resource and for the measure; name two of its columns: {}", there[x_at], there.join(", ")));
        }
        let (resource, measure) = (there[x_at].clone(), there[y_at].clone());
        if (x.is_none() || y.is_none()) && there.len() > 2 {
            notes.push(Warning::ColumnsTaken { resource: resource.clone(), measure: measure.clone() });
        }
        Ok((resource, measure))
    }

    /// The rows that have the resource and are between the ends asked.
    fn rows(&self, x: &Logged, file: &File<'_>) -> Result<Vec<bool>, Error> {
        let (from, until) = (self.from.unwrap_or(f64::NEG_INFINITY), self.until.unwrap_or(f64::INFINITY));
        if from.is_nan() || until.is_nan() || from > until {
            return Err(Error::Option(format!("rows from {from} until {until}; give two numbers, the lower one first")));
        }
        if let Some(row) = x.values.iter().position(|v| v.is_infinite()) {
            let (file, column, line) = (file.name.to_owned(), file.resource.to_owned(), file.table.line(row));
            return Err(Error::ResourceNotFinite { file, line, column, value: x.values[row].to_string() });
        }
        let keep: Vec<bool> = x.values.iter().map(|v| *v >= from && *v <= until).collect();
        let (low, high) = x.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        if low <= high && !keep.contains(&true) {
            return Err(Error::Option(format!("no row of {} has {:?} from {from} until {until}; it runs from {low} to {high}", file.name, file.resource)));
        }
        Ok(keep)
    }
}

/// Where the columns of a person's table begin: behind the index that pandas writes without a name, behind the clock that
/// TensorBoard puts first, and behind the name of the run.
fn first_column(there: &[String]) -> usize {
    let is = |k: usize, name: &str| there.get(k).is_some_and(|t| t == name);
    let index = is(0, "column 1") && !is(1, "column 2");
    usize::from(there.len() > 2 && (index || is(0, "Wall time") || is(0, RUN)))
}

impl File<'_> {
    /// Why no row has both columns.
    fn apart(&self, decimals: Decimals) -> Result<Error, Error> {
        let (x, y) = (self.table.filled(self.resource)?, self.table.filled(self.measure)?);
        let of = |column: &[bool]| column.iter().filter(|f| **f).count();
        let (file, resource, measure) = (self.name.to_owned(), self.resource.to_owned(), self.measure.to_owned());
        let blank = if of(&x) == 0 { Some(self.resource) } else { Some(self.measure).filter(|_| of(&y) == 0) };
        if let Some(column) = blank {
            return Ok(Error::Columns { file, what: format!("column {column:?} has no number in any of {} rows; name another one", self.table.rows()) });
        }
        Ok(Error::Apart { file, resource, measure, other: self.beside(&y, decimals) })
    }

    /// The column of increasing numbers that stands beside the measure in most rows, and in how many.
    fn beside(&self, y: &[bool], decimals: Decimals) -> Option<(String, usize)> {
        let mut best: Option<(String, usize)> = None;
        for column in self.table.columns().into_iter().filter(|c| c != self.resource && c != self.measure) {
            let Ok(other) = self.table.logged(&column, decimals, Some(y)) else { continue };
            let beside: Vec<f64> = other.values.into_iter().filter(|v| v.is_finite()).collect();
            let more = beside.len() > best.as_ref().map_or(0, |(_, most)| *most);
            if more && beside.windows(2).all(|p| p[0] <= p[1]) {
                best = Some((column, beside.len()));
            }
        }
        best
    }

    /// Are there two numbers?
    fn enough(&self, points: &[Point], missing: &Missing) -> Result<(), Error> {
        let have = points.iter().filter(|p| p.y.is_finite()).count();
        if have >= 2 {
            return Ok(());
        }
        let (file, measure) = (self.name.to_owned(), self.measure.to_owned());
        Err(Error::TooFewValues { file, measure, have, of: missing.of, not_finite: missing.odd, blank: missing.blank })
    }
}

#[cfg(test)]
mod tests;
