//! `[[table]]`: what is computed from the rows.

use std::collections::BTreeMap;

use evaluation::Cell;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A table. Either its rows are values of a text column, its columns those of another one or metrics, and `cell` says what stands in each cell; or each of
/// its lines names its cells one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableSpec {
    /// File name of the CSV.
    pub id: String,
    /// What question the table answers.
    pub title: String,
    /// The text column whose values are its rows; of a table of lines, what its lines are.
    pub rows: String,
    /// The text column whose values are its columns.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cols: String,
    /// In place of `cols`: a column for each of these metrics, of the rows that `cell` selects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<String>,
    /// What a cell is; its `select` restricts the whole table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<Cell>,
    /// Only rows of curves that every method of the table has answered are counted, so that means are over the same curves.
    #[serde(default)]
    pub common: Vec<String>,
    /// Names of the columns of a table of lines, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Lines, the first on top.
    #[serde(default, rename = "line", skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineSpec>,
    /// `reproduce` prints it, before the claims.
    #[serde(default)]
    pub print: bool,
    /// Digits after the point.
    #[serde(default = "three")]
    pub decimals: usize,
}

/// A line of a table whose cells have little in common, such as what a paper prints, what we find, and what chance would give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LineSpec {
    /// What the line is about.
    pub name: String,
    /// Column → cell. A column that is not named stays empty.
    #[serde(default)]
    pub cells: BTreeMap<String, Cell>,
    /// Column → a claim of published.toml, whose published number stands there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub published: BTreeMap<String, String>,
}

impl TableSpec {
    /// Is it of one of its forms?
    pub fn check(&self) -> Result<(), String> {
        let wrong = |what: String| Err(format!("table {:?}: {what}", self.id));
        match (&self.cell, self.lines.as_slice()) {
            (Some(_), []) if !self.cols.is_empty() && self.metrics.is_empty() && self.columns.is_empty() => Ok(()),
            (Some(cell), []) if self.cols.is_empty() && !self.metrics.is_empty() && self.columns.is_empty() => match cell.metric.as_str() {
                "" => Ok(()),
                metric => wrong(format!("`metrics` names what stands in its cells, and `cell` the metric {metric:?}; take one of them")),
            },
            (None, [_, ..]) if self.cols.is_empty() && self.metrics.is_empty() && self.common.is_empty() => {
                if let Some(c) = self.lines.iter().find_map(|l| l.published.keys().find(|c| l.cells.contains_key(*c))) {
                    return wrong(format!("a line has both a cell and a published number in {c:?}; take one"));
                }
                match self.lines.iter().flat_map(|l| l.cells.keys().chain(l.published.keys())).find(|c| !self.columns.contains(c)) {
                    Some(c) => wrong(format!("a line has a cell {c:?}, which is not among `columns`: {}", self.columns.join(", "))),
                    None => Ok(()),
                }
            }
            _ => wrong("needs either `cell` with `cols` or `metrics` (and no `columns`), or `columns` and `[[table.line]]` (and no `common`)".into()),
        }
    }
}

fn three() -> usize {
    3
}
