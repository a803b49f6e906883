//! One table, four renderings: Markdown, CSV, text for a terminal, HTML.
//!
//! A value that is missing or not finite is "–" where people read and empty in CSV: never NaN.

mod csv;
pub(crate) mod html;
pub(crate) mod markdown;
mod text;

use serde::{Deserialize, Serialize};

use crate::mark::Mark;
use crate::number::fixed;

/// What people see where there is no value.
const MISSING: &str = "–";

/// Rows under named columns. A row may be shorter than the columns; what is lacking counts as missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// A line above; may be empty.
    pub title: String,
    /// A line below: what the numbers are, and over how many; may be empty.
    pub note: String,
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows, from the top.
    pub rows: Vec<Vec<Cell>>,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name; in CSV, the header.
    pub name: String,
    /// To which side its cells go.
    pub align: Align,
}

/// To which side a column's cells go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    /// Text.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Words. In Markdown, markup within them is kept.
    Text(String),
    /// A number, and perhaps its standard error: "1.528 ± 0.003".
    Number {
        /// The number; in CSV at full precision.
        #[serde(with = "crate::kept")]
        value: f64,
        /// Decimals shown to people, for both.
        decimals: usize,
        /// Its standard error; in CSV a column of its own, `<name>_se`.
        #[serde(with = "crate::kept")]
        se: Option<f64>,
    },
    /// An interval: "1.52 … 1.54"; in CSV the columns `<name>_low` and `<name>_high`.
    Interval {
        /// Its lower end.
        #[serde(with = "crate::kept")]
        low: f64,
        /// Its upper end.
        #[serde(with = "crate::kept")]
        high: f64,
        /// Decimals shown to people.
        decimals: usize,
    },
    /// Words that lead somewhere; in CSV and text the words only.
    Link {
        /// What is read.
        text: String,
        /// Where it leads: a relative path, or `https://…`.
        href: String,
    },
    /// A verdict; coloured in HTML.
    Mark(Mark),
    /// No value.
    #[default]
    Missing,
}

impl Table {
    /// An empty table under these columns.
    pub fn new(title: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { title: title.into(), note: String::new(), columns, rows: Vec::new() }
    }

    /// The same table with a line below it.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a row at the bottom.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// How many columns are rendered: also those that only an over-long row has, so that nothing is dropped.
    fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.columns.len())
    }

    /// The name of column `c`; empty beyond the columns that were declared.
    fn name(&self, c: usize) -> &str {
        self.columns.get(c).map_or("", |column| &column.name)
    }

    /// The alignment of column `c`.
    fn align(&self, c: usize) -> Align {
        self.columns.get(c).map_or(Align::Left, |column| column.align)
    }
}

impl Column {
    /// A column of words.
    pub fn left(name: impl Into<String>) -> Self {
        Self { name: name.into(), align: Align::Left }
    }

    /// A column of numbers.
    pub fn right(name: impl Into<String>) -> Self {
        Self { name: name.into(), align: Align::Right }
    }
}

impl Cell {
    /// Words; missing where there are none.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Missing } else { Self::Text(text) }
    }

    /// A number; missing where it is not finite.
    pub fn number(value: f64, decimals: usize) -> Self {
        if value.is_finite() { Self::Number { value, decimals, se: None } } else { Self::Missing }
    }

    /// A number that may be lacking.
    pub fn maybe(value: Option<f64>, decimals: usize) -> Self {
        value.map_or(Self::Missing, |value| Self::number(value, decimals))
    }

    /// A number and its standard error, which is left out where it is not finite.
    pub fn with_se(value: f64, se: f64, decimals: usize) -> Self {
        if value.is_finite() { Self::Number { value, decimals, se: Some(se).filter(|se| se.is_finite()) } } else { Self::Missing }
    }

    /// A count.
    pub fn count(count: usize) -> Self {
        Self::Number { value: count as f64, decimals: 0, se: None }
    }

    /// What people read, before any escaping; `None` where there is no value.
    fn shown(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Link { text, .. } => Some(text.clone()).filter(|text| !text.is_empty()),
            Self::Number { value, .. } if !value.is_finite() => None,
            Self::Number { value, decimals, se } => Some(match se.filter(|se| se.is_finite()) {
                Some(se) => format!("{} ± {}", fixed(*value, *decimals), fixed(se, *decimals)),
                None => fixed(*value, *decimals),
            }),
            Self::Interval { low, high, .. } if !low.is_finite() && !high.is_finite() => None,
            Self::Interval { low, high, decimals } => {
                let end = |v: f64| if v.is_finite() { fixed(v, *decimals) } else { MISSING.to_owned() };
                Some(format!("{} … {}", end(*low), end(*high)))
            }
            Self::Mark(mark) => Some(mark.symbol().to_owned()),
            Self::Missing => None,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Mark> for Cell {
    fn from(mark: Mark) -> Self {
        Self::Mark(mark)
    }
}

/// One table with every kind of cell, for the tests of each rendering.
#[cfg(test)]
fn sample() -> Table {
    let columns = vec![Column::left("method"), Column::right("log score"), Column::right("interval"), Column::left("verdict")];
    let mut table = Table::new("Scores, a|b", columns).with_note("Over 10 curves.");
    table.push(vec!["pfn <small>".into(), Cell::with_se(1.5279, 0.0031, 3), Cell::Interval { low: 1.52, high: 1.54, decimals: 2 }, Mark::Near.into()]);
    table.push(vec![
        Cell::Link { text: "a|b, c".into(), href: "x.md".into() },
        Cell::number(f64::NAN, 3),
        Cell::Interval { low: f64::NAN, high: f64::INFINITY, decimals: 2 },
    ]);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_missing() {
        assert_eq!(Cell::number(f64::NAN, 2), Cell::Missing);
        assert_eq!(Cell::with_se(f64::INFINITY, 0.1, 2), Cell::Missing);
        assert_eq!(Cell::with_se(1.0, f64::NAN, 1).shown().as_deref(), Some("1.0"));
        // Built by hand rather than by a constructor: still no NaN.
        assert_eq!(Cell::Number { value: f64::NAN, decimals: 1, se: Some(1.0) }.shown(), None);
        let half = Cell::Interval { low: 0.5, high: f64::INFINITY, decimals: 1 };
        assert_eq!(half.shown().as_deref(), Some("0.5 … –"));
    }

    #[test]
    fn a_row_longer_than_the_columns_is_not_cut() {
        let mut table = Table::new("", vec![Column::left("a")]);
        table.push(vec!["1".into(), "2".into()]);
        assert!(table.to_markdown().contains("| 1 | 2 |"));
        assert_eq!(table.to_csv(), "a,\n1,2\n");
    }
}
