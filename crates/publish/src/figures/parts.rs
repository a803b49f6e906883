//! What several kinds of figures have in common: axes, ranges, and single numbers of tables.

use evaluation::{Cell, Frame, Stat, Strings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rows::Rows;
use super::{Inputs, Select};

/// An axis of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// To the right.
    X,
    /// Upwards.
    Y,
}

/// The range that a figure asks for, if it does; the error is a range that cannot be drawn.
pub(super) fn drawn(range: Option<[f64; 2]>, log: bool) -> Result<Option<(f64, f64)>, String> {
    let Some([low, high]) = range else { return Ok(None) };
    if !(low < high && (high - low).is_finite()) {
        return Err(format!("its range is {low} to {high}; it must be finite and increase"));
    }
    if low <= 0.0 && log {
        return Err(format!("its range starts at {low}; on a logarithmic axis it must be positive"));
    }
    Ok(Some((low, high)))
}

/// That a key names a column.
pub(super) fn named(key: &str, column: &str) -> Result<(), String> {
    if column.is_empty() { Err(format!("its `{key}` is empty; it names a column of the rows")) } else { Ok(()) }
}

/// What is spent along the curves that rows are about: as the figure says, or the resource of their source.
pub(super) fn spent(label: Option<&str>, rows: &Rows<'_>, inputs: &Inputs<'_>) -> String {
    let source = rows.iter().map(|r| rows.text("source", r)).find(|source| !source.is_empty());
    let resource = source.and_then(|source| inputs.resources.get(source));
    label.map(str::to_owned).or_else(|| resource.cloned()).unwrap_or_else(|| "resource".to_owned())
}

/// The first text that a selection lists for a column.
pub(super) fn wanted<'a>(select: &'a Select, column: &str) -> Option<&'a str> {
    select.get(column).and_then(|s| s.0.first()).map(String::as_str)
}

/// The distinct values of a column among the rows selected, in the order in which they come.
pub(super) fn levels(select: &Select, frame: &Frame, column: &str) -> Result<Vec<String>, String> {
    let filter = select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let rows = frame.select(&filter).map_err(|e| e.to_string())?;
    let mut out: Vec<String> = Vec::new();
    for r in rows {
        if let Some(t) = frame.text(column, r).filter(|t| !out.iter().any(|o| o == t)) {
            out.push(t.to_owned());
        }
    }
    if out.is_empty() { Err("it selects no rows".into()) } else { Ok(out) }
}

/// A statistic of a metric over the rows selected that also have these texts, and its standard error (0 where there is none).
pub(super) fn value(select: &Select, frame: &Frame, metric: &str, stat: Stat, more: &[(&str, &str)]) -> Option<(f64, f64)> {
    let mut select = select.clone();
    for (k, v) in more {
        select.insert((*k).to_owned(), Strings(vec![(*v).to_owned()]));
    }
    let cell = Cell { select, metric: metric.to_owned(), stat, ..Cell::default() };
    cell.evaluate(frame, 0, 0, 0.95).ok().map(|v| (v.value, v.se.unwrap_or(0.0)))
}
