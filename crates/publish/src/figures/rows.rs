//! The rows a figure is drawn from, and in which order what they are about is shown.

use std::collections::BTreeSet;

use evaluation::Frame;

use super::Select;
use super::names::natural;

/// The usable rows that a figure selects.
pub(super) struct Rows<'a> {
    select: &'a Select,
    frame: &'a Frame,
    index: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// The rows selected whose status is ok; none is an error.
    pub fn of(select: &'a Select, frame: &'a Frame) -> Result<Self, String> {
        let filter = select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
        let mut index = frame.select(&filter).map_err(|e| e.to_string())?;
        index.retain(|&r| frame.is_ok(r));
        if index.is_empty() { Err("it selects no rows".into()) } else { Ok(Self { select, frame, index }) }
    }

    /// Their places in the frame.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.index.iter().copied()
    }

    /// A text; empty where there is none.
    pub fn text(&self, column: &str, row: usize) -> &'a str {
        self.frame.text(column, row).unwrap_or_default()
    }

    /// A finite number, if there is one.
    pub fn number(&self, column: &str, row: usize) -> Option<f64> {
        self.frame.number(column, row).filter(|v| v.is_finite())
    }

    /// The values of a text column among the rows, in the order in which they are shown.
    pub fn values(&self, column: &str) -> Result<Vec<&'a str>, String> {
        if !self.frame.text_columns().any(|c| c == column) {
            return Err(format!("no row has a text {column:?}"));
        }
        let found: BTreeSet<&str> = self.iter().map(|r| self.text(column, r)).collect();
        Ok(self.sorted(column, found))
    }

    /// Values of a column in the order in which they are shown: as `select` lists them, then by name and size.
    pub fn sorted(&self, column: &str, values: BTreeSet<&'a str>) -> Vec<&'a str> {
        let listed = self.select.get(column).map(|s| s.0.as_slice()).unwrap_or_default();
        let place = |value: &str| listed.iter().position(|l| l == value).unwrap_or(listed.len());
        let mut values: Vec<&str> = values.into_iter().collect();
        values.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| natural(a, b)));
        values
    }

    /// The rows of each panel with its title; all of them under an empty one where the figure has a single panel.
    pub fn panels(&self, column: Option<&str>) -> Result<Vec<(&'a str, Vec<usize>)>, String> {
        let Some(column) = column else { return Ok(vec![("", self.index.clone())]) };
        let of = |value: &str| -> Vec<usize> { self.iter().filter(|&r| self.text(column, r) == value).collect() };
        Ok(self.values(column)?.into_iter().map(|value| (value, of(value))).collect())
    }
}

/// A value as people read it: groups such as `family:logic` without the word before the colon.
pub(super) fn plain(value: &str) -> &str {
    value.split_once(':').map_or(value, |(_, name)| name)
}

/// The median; NaN of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    evaluation::stat::median(values).unwrap_or(f64::NAN)
}
