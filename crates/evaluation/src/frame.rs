//! `Frame`: tidy rows, one observation each, in columns of text (what it is about) and of numbers (what was found).

mod csv;

use std::collections::{BTreeMap, HashMap};

use curves::nearest;

use crate::EvaluationError;

/// The text column that says how a row came about.
pub const STATUS: &str = "status";

/// The status of a row that can be used.
pub const OK: &str = "ok";

/// Standard names of text columns, and those that rows carry, by which claims select that may not be edited any more.
const COLUMNS: [(&str, &str); 1] = [("cutoff", "seen")];

/// Standard names of statuses, and those that rows carry.
const STATUSES: [(&str, &str); 3] = [("diverged", "no-curve"), ("no-test-points", "nothing-to-foresee"), ("zero-density", "ruled-out-the-truth")];

/// What rows call a thing of this standard name.
fn carried(names: &'static [(&str, &str)], standard: &str) -> Option<&'static str> {
    names.iter().find(|n| n.0 == standard).map(|n| n.1)
}

/// The name that rows carry for a text column: `seen` for `cutoff`, and every other name for itself.
pub fn column_of(name: &str) -> &str {
    carried(&COLUMNS, name).unwrap_or(name)
}

/// Text with few different values: a code per row, and what each code means.
#[derive(Clone, Debug)]
struct TextColumn {
    name: String,
    codes: Vec<u32>,
    levels: Vec<String>,
    index: HashMap<String, u32>,
}

impl TextColumn {
    fn new(name: &str) -> Self {
        Self { name: name.to_string(), codes: Vec::new(), levels: Vec::new(), index: HashMap::new() }
    }

    fn code(&self, level: &str) -> Option<u32> {
        self.index.get(level).copied()
    }

    fn intern(&mut self, level: &str) -> u32 {
        // Rows come in runs of equal keys: most often the last level is meant again.
        if let Some(&last) = self.codes.last()
            && self.levels[last as usize] == level
        {
            return last;
        }
        if let Some(code) = self.code(level) {
            return code;
        }
        let code = self.levels.len() as u32;
        self.levels.push(level.to_string());
        self.index.insert(level.to_string(), code);
        code
    }

    fn pad(&mut self, rows: usize) {
        if self.codes.len() < rows {
            let missing = self.intern("");
            self.codes.resize(rows, missing);
        }
    }

    fn set(&mut self, row: usize, level: &str) {
        self.pad(row);
        let code = self.intern(level);
        self.codes.truncate(row);
        self.codes.push(code);
    }
}

/// A column of numbers; a missing one is NaN.
#[derive(Clone, Debug)]
struct NumberColumn {
    name: String,
    values: Vec<f64>,
}

impl NumberColumn {
    fn set(&mut self, row: usize, value: Option<f64>) {
        self.values.truncate(row);
        self.values.resize(row, f64::NAN);
        self.values.push(value.unwrap_or(f64::NAN));
    }
}

/// Tidy rows. Columns appear when a row first has them; rows before lack them.
///
/// A missing text is `""`, a missing number is `None`. A name should belong to one kind of column only.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    rows: usize,
    texts: Vec<TextColumn>,
    numbers: Vec<NumberColumn>,
}

impl Frame {
    /// No rows, no columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// One more row; a column that it does not mention is missing in it.
    pub fn push_row(&mut self, keys: &[(&str, &str)], numbers: &[(&str, Option<f64>)]) {
        let row = self.rows;
        for (k, (name, value)) in keys.iter().enumerate() {
            let at = self.text_at(k, name);
            self.texts[at].set(row, value);
        }
        for (k, (name, value)) in numbers.iter().enumerate() {
            let at = self.number_at(k, name);
            self.numbers[at].set(row, *value);
        }
        self.grow(1);
    }

    /// All rows of another frame, after these.
    pub fn extend(&mut self, other: &Frame) {
        for (k, from) in other.texts.iter().enumerate() {
            let at = self.text_at(k, &from.name);
            let to = &mut self.texts[at];
            to.pad(self.rows);
            let codes: Vec<u32> = from.levels.iter().map(|level| to.intern(level)).collect();
            to.codes.extend(from.codes.iter().map(|&c| codes[c as usize]));
        }
        for (k, from) in other.numbers.iter().enumerate() {
            let at = self.number_at(k, &from.name);
            let to = &mut self.numbers[at].values;
            to.resize(self.rows, f64::NAN);
            to.extend_from_slice(&from.values);
        }
        self.grow(other.rows);
    }

    /// Where a text column is, made if need be. Rows name their columns in one order, so `guess` is nearly always right.
    fn text_at(&mut self, guess: usize, name: &str) -> usize {
        if self.texts.get(guess).is_some_and(|c| c.name == name) {
            return guess;
        }
        self.texts.iter().position(|c| c.name == name).unwrap_or_else(|| {
            self.texts.push(TextColumn::new(name));
            self.texts.len() - 1
        })
    }

    fn number_at(&mut self, guess: usize, name: &str) -> usize {
        if self.numbers.get(guess).is_some_and(|c| c.name == name) {
            return guess;
        }
        self.numbers.iter().position(|c| c.name == name).unwrap_or_else(|| {
            self.numbers.push(NumberColumn { name: name.to_string(), values: Vec::new() });
            self.numbers.len() - 1
        })
    }

    fn grow(&mut self, by: usize) {
        self.rows += by;
        let rows = self.rows;
        self.texts.iter_mut().for_each(|c| c.pad(rows));
        self.numbers.iter_mut().for_each(|c| c.values.resize(rows, f64::NAN));
    }

    fn find_text(&self, column: &str) -> Option<&TextColumn> {
        let named = |name: &str| self.texts.iter().find(|c| c.name == name);
        named(column).or_else(|| named(carried(&COLUMNS, column)?))
    }

    /// A text, `""` when it is missing; `None` without such a column or row.
    pub fn text(&self, column: &str, row: usize) -> Option<&str> {
        let c = self.find_text(column)?;
        c.codes.get(row).map(|&code| c.levels[code as usize].as_str())
    }

    /// A number; `None` when it is missing, and without such a column or row.
    pub fn number(&self, column: &str, row: usize) -> Option<f64> {
        let c = self.numbers.iter().find(|c| c.name == column)?;
        c.values.get(row).copied().filter(|v| !v.is_nan())
    }

    /// Adds numbers to rows that are there: `(row, value)`, in a column that is made if need be. Rows beyond the last are ignored.
    pub fn add_numbers(&mut self, name: &str, values: &[(usize, f64)]) {
        let at = self.number_at(usize::MAX, name);
        let rows = self.rows;
        let column = &mut self.numbers[at].values;
        column.resize(rows, f64::NAN);
        for (row, value) in values.iter().filter(|v| v.0 < rows) {
            column[*row] = *value;
        }
    }

    /// One more text column, a cell for each row; rows appear or are filled up as need be. A column of that name is replaced.
    pub fn push_text_column(&mut self, name: &str, cells: &[String]) {
        let mut column = TextColumn::new(name);
        for (row, cell) in cells.iter().enumerate() {
            column.set(row, cell);
        }
        self.texts.retain(|c| c.name != name);
        self.texts.push(column);
        self.rows = self.rows.max(cells.len());
        self.grow(0);
    }

    /// One more column of numbers in the same way, NaN where a row has none.
    pub fn push_number_column(&mut self, name: &str, cells: Vec<f64>) {
        self.rows = self.rows.max(cells.len());
        self.numbers.retain(|c| c.name != name);
        self.numbers.push(NumberColumn { name: name.to_string(), values: cells });
        self.grow(0);
    }

    /// The names of the text columns, in order of appearance.
    pub fn text_columns(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|c| c.name.as_str())
    }

    /// The names of the number columns, in order of appearance.
    pub fn number_columns(&self) -> impl Iterator<Item = &str> {
        self.numbers.iter().map(|c| c.name.as_str())
    }

    /// The different values of a text column, in order of appearance; `None` without such a column.
    pub fn levels(&self, column: &str) -> Option<&[String]> {
        self.find_text(column).map(|c| c.levels.as_slice())
    }

    /// A whole text column as codes into its [`levels`](Frame::levels).
    pub(crate) fn codes(&self, column: &str) -> Option<&[u32]> {
        self.find_text(column).map(|c| c.codes.as_slice())
    }

    /// A whole column of numbers, NaN where one is missing; the error names the nearest column.
    pub fn numbers(&self, column: &str) -> Result<&[f64], EvaluationError> {
        let found = self.numbers.iter().find(|c| c.name == column);
        found.map(|c| c.values.as_slice()).ok_or_else(|| EvaluationError::UnknownColumn {
            kind: "number",
            column: column.to_string(),
            nearest: nearest(column, self.number_columns()).map(str::to_string),
        })
    }

    /// That there is no such text column, with the nearest there is.
    pub(crate) fn no_text(&self, column: &str) -> EvaluationError {
        EvaluationError::UnknownColumn { kind: "text", column: column.to_string(), nearest: nearest(column, self.text_columns()).map(str::to_string) }
    }

    /// May the row be used? Its `status` is "ok", or nothing is said of it.
    pub fn is_ok(&self, row: usize) -> bool {
        self.text(STATUS, row).is_none_or(|s| s == OK || s.is_empty())
    }

    /// The rows in which every column named has one of the values given, in order.
    ///
    /// Columns and statuses may have their standard names (`cutoff`, `diverged`) or those that rows carry (`seen`, `no-curve`). `*` in a value stands for
    /// any text, as everywhere. A value that never occurs selects nothing; a column that does not exist is an error.
    pub fn select(&self, filter: &BTreeMap<String, Vec<String>>) -> Result<Vec<usize>, EvaluationError> {
        let mut tests = Vec::with_capacity(filter.len());
        for (name, values) in filter {
            let column = self.find_text(name).ok_or_else(|| self.no_text(name))?;
            let mut wanted = vec![false; column.levels.len()];
            for value in values {
                let old = || carried(&STATUSES, value).filter(|_| name == STATUS).and_then(|old| column.code(old));
                if let Some(code) = column.code(value).or_else(old) {
                    wanted[code as usize] = true;
                } else if value.contains('*') {
                    wanted.iter_mut().zip(&column.levels).for_each(|(w, level)| *w |= curves::matches(value, level));
                }
            }
            tests.push((column, wanted));
        }
        let keep = |row: &usize| tests.iter().all(|(column, wanted)| wanted[column.codes[*row] as usize]);
        Ok((0..self.rows).filter(keep).collect())
    }

    /// RFC 4180: a header, then one record per row; text columns first. Missing is empty, numbers are the
    /// shortest text that reads back as the same number.
    pub fn to_csv(&self) -> String {
        csv::write(self)
    }

    /// Reads what [`Frame::to_csv`] writes, and any RFC 4180 text with a header. Columns for whose name
    /// `number_columns` holds are numbers, all others are text; errors name the line.
    pub fn from_csv(text: &str, number_columns: impl Fn(&str) -> bool) -> Result<Frame, EvaluationError> {
        csv::read(text, number_columns)
    }
}

#[cfg(test)]
mod tests;
