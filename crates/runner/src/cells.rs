//! A table of a spec, computed: names of rows and columns, and a value with its error in every cell.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::{Cell, CellValue, Frame, Strings};

use crate::spec::TableSpec;

/// Resamples behind the interval of a cell.
const RESAMPLES: usize = 200;

/// A computed table.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// As in the spec.
    pub id: String,
    /// As in the spec.
    pub title: String,
    /// What was counted.
    pub note: String,
    /// The column that names the rows.
    pub rows: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// A name and its cells; `None` where nothing was selected.
    pub cells: Vec<(String, Vec<Option<CellValue>>)>,
    /// Digits after the point.
    pub decimals: usize,
}

/// Computes a table. Rows and columns come in the order in which they first occur; a row of the run that names neither could not
/// answer, and is counted in status.csv.
pub fn compute(spec: &TableSpec, frame: &Frame) -> Result<Computed, evaluation::EvaluationError> {
    let filter: BTreeMap<String, Vec<String>> = spec.cell.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let mut selected = frame.select(&filter)?;
    let mut note = String::new();
    let mut select = spec.cell.select.clone();
    if !spec.common.is_empty() {
        let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for &r in &selected {
            if let (Some(c), Some(m)) = (frame.text("curve", r), frame.text("method", r)) {
                seen.entry(c).or_default().insert(m);
            }
        }
        let common: BTreeSet<&str> = seen.iter().filter(|(_, m)| spec.common.iter().all(|w| m.contains(w.as_str()))).map(|(c, _)| *c).collect();
        selected.retain(|&r| frame.text("curve", r).is_some_and(|c| common.contains(c)));
        note = format!("{} curves, the ones every method of the table was asked about. ", common.len());
        select.insert("curve".into(), Strings(common.iter().map(|c| (*c).to_owned()).collect()));
    }
    let names = |column: &str| {
        let mut out: Vec<String> = Vec::new();
        for &r in &selected {
            if let Some(t) = frame.text(column, r).filter(|t| !t.is_empty() && !out.iter().any(|o| o == t)) {
                out.push(t.to_owned());
            }
        }
        out
    };
    let (rows, columns) = (names(&spec.rows), names(&spec.cols));
    let mut failed = 0;
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        let mut values = Vec::with_capacity(columns.len());
        for column in &columns {
            let mut cell = Cell { select: select.clone(), ..spec.cell.clone() };
            cell.select.insert(spec.rows.clone(), Strings(vec![row.clone()]));
            cell.select.insert(spec.cols.clone(), Strings(vec![column.clone()]));
            let value = cell.evaluate(frame, RESAMPLES, fitters::seed::of(&[&spec.id, &row, column]), 0.95).ok();
            failed += value.as_ref().map_or(0, |v| v.failed);
            values.push(value);
        }
        cells.push((row, values));
    }
    note.push_str(&match failed {
        0 => "± is one standard error; no row failed.".to_owned(),
        n => format!("± is one standard error; {n} rows failed or had no curve, and are counted in status.csv instead of a mean."),
    });
    Ok(Computed { id: spec.id.clone(), title: spec.title.clone(), note, rows: spec.rows.clone(), columns, cells, decimals: spec.decimals })
}

/// How many rows have which status, per ask, source and method.
pub fn statuses(frame: &Frame) -> Vec<[String; 5]> {
    let mut counts: BTreeMap<[String; 4], usize> = BTreeMap::new();
    for r in 0..frame.len() {
        let text = |c: &str| frame.text(c, r).unwrap_or_default().to_owned();
        *counts.entry([text("ask"), text("source"), text("method"), text("status")]).or_default() += 1;
    }
    counts.into_iter().map(|([a, s, m, st], n)| [a, s, m, st, n.to_string()]).collect()
}
