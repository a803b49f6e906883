//! A table of a spec, computed: names of rows and columns, and a value with its error in every cell.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::{Cell, CellValue, Claim, EvaluationError, Frame, Strings};
use runner::spec::{LineSpec, TableSpec};

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
    /// A name and its cells.
    pub cells: Vec<(String, Vec<Entry>)>,
    /// Digits after the point.
    pub decimals: usize,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// The question behind it; none where it is a published number, or nothing.
    pub asked: Option<Cell>,
    /// The number; none where nothing was selected.
    pub value: Option<CellValue>,
}

/// Computes a table. Rows and columns come in the order in which they first occur, or in which they are written; a row of the run
/// that names neither could not answer, and is counted in status.csv. A table in which nothing was selected is an error.
pub fn compute(spec: &TableSpec, claims: &[Claim], frame: &Frame) -> Result<Computed, EvaluationError> {
    let (note, columns, cells) = match &spec.cell {
        Some(cell) => crossed(spec, cell, frame)?,
        None => (String::new(), spec.columns.clone(), lines(spec, claims, frame)),
    };
    let nothing = match &spec.cell {
        Some(_) => cells.iter().all(|(_, entries)| entries.iter().all(|e| e.value.is_none())),
        // What a paper prints stands there whatever a run gives.
        None => {
            let empty = |l: &LineSpec, entries: &[Entry]| spec.columns.iter().zip(entries).all(|(c, e)| e.value.is_none() || l.published.contains_key(c));
            spec.lines.iter().zip(&cells).all(|(l, (_, entries))| empty(l, entries))
        }
    };
    if nothing {
        let asked = spec.cell.iter().chain(spec.lines.iter().flat_map(|l| l.cells.values())).next().map_or_else(String::new, Cell::describe);
        return Err(EvaluationError::NothingSelected { asked });
    }
    let failed: usize = cells.iter().flat_map(|(_, entries)| entries).filter_map(|e| e.value.as_ref()).map(|v| v.failed).sum();
    let note = note
        + &match failed {
            0 => "± is one standard error; no row failed.".to_owned(),
            n => format!("± is one standard error; {n} rows failed or had no curve, and are counted in status.csv instead of a mean."),
        };
    Ok(Computed { id: spec.id.clone(), title: spec.title.clone(), note, rows: spec.rows.clone(), columns, cells, decimals: spec.decimals })
}

type Cells = Vec<(String, Vec<Entry>)>;

fn entry(cell: Cell, spec: &TableSpec, row: &str, column: &str, frame: &Frame) -> Entry {
    let value = cell.evaluate(frame, RESAMPLES, fitters::seed::of(&[&spec.id, row, column]), 0.95).ok();
    Entry { asked: Some(cell), value }
}

fn lines(spec: &TableSpec, claims: &[Claim], frame: &Frame) -> Cells {
    let published = |id: &String| claims.iter().find(|c| &c.id == id)?.published.map(|value| CellValue { value, ..CellValue::default() });
    let cell = |l: &LineSpec, column: &String| match (l.published.get(column), l.cells.get(column)) {
        (Some(id), _) => Entry { asked: None, value: published(id) },
        (None, Some(cell)) => entry(cell.clone(), spec, &l.name, column, frame),
        (None, None) => Entry::default(),
    };
    spec.lines.iter().map(|l| (l.name.clone(), spec.columns.iter().map(|c| cell(l, c)).collect())).collect()
}

/// What was counted, names of columns, rows: every value of one text column against every value of another, or against every metric.
fn crossed(spec: &TableSpec, each: &Cell, frame: &Frame) -> Result<(String, Vec<String>, Cells), EvaluationError> {
    let filter: BTreeMap<String, Vec<String>> = each.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let mut selected = frame.select(&filter)?;
    let mut note = String::new();
    let mut select = each.select.clone();
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
    let rows = names(&spec.rows);
    let columns = if spec.metrics.is_empty() { names(&spec.cols) } else { spec.metrics.clone() };
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        let mut values = Vec::with_capacity(columns.len());
        for column in &columns {
            let mut cell = Cell { select: select.clone(), ..each.clone() };
            cell.select.insert(spec.rows.clone(), Strings(vec![row.clone()]));
            if spec.metrics.is_empty() {
                cell.select.insert(spec.cols.clone(), Strings(vec![column.clone()]));
            } else {
                cell.metric.clone_from(column);
            }
            values.push(entry(cell, spec, &row, column, frame));
        }
        cells.push((row, values));
    }
    Ok((note, columns, cells))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> TableSpec {
        toml::from_str(&format!("id = 't'\ntitle = 'T'\nrows = 'what'\n{text}")).unwrap()
    }

    fn frame() -> Frame {
        let mut f = Frame::new();
        for (method, value) in [("a", 1.0), ("a", 3.0), ("b", 5.0)] {
            f.push_row(&[("method", method), ("status", "ok")], &[("score", Some(value))]);
        }
        f
    }

    #[test]
    fn a_line_takes_numbers_from_rows_and_from_claims() {
        let claim: Claim = toml::from_str("id = 'c'\nsays = 's'\nwhere = 'w'\nlevel = 'statement'\nkind = 'value'\nsource = 'paper'\npublished = 2.5").unwrap();
        let lines = "columns = ['paper', 'ours', 'other']\n[[line]]\nname = 'first'\npublished.paper = 'c'\n\
                     cells.ours = { select = { method = 'a' }, metric = 'score' }\n";
        let t = table(lines);
        assert_eq!(t.check(), Ok(()));
        let claims = [claim];
        let computed = compute(&t, &claims, &frame()).unwrap();
        let (name, cells) = &computed.cells[0];
        let values: Vec<Option<f64>> = cells.iter().map(|c| c.value.as_ref().map(|v| v.value)).collect();
        assert_eq!((name.as_str(), values), ("first", vec![Some(2.5), Some(2.0), None]));
        assert_eq!(cells[1].value.as_ref().and_then(|v| v.se), Some(1.0));
        // Only what was computed has a question behind it.
        assert_eq!(cells.iter().map(|c| c.asked.is_some()).collect::<Vec<_>>(), [false, true, false]);
        // Nothing of it is there: it is left out, with what was asked.
        let nothing = compute(&table(&lines.replace("'a'", "'z'")), &claims, &frame());
        assert!(nothing.unwrap_err().to_string().contains('z'));
    }

    #[test]
    fn a_table_has_a_column_for_each_metric() {
        let mut f = Frame::new();
        for (arm, score, cost) in [("a", 1.0, 5.0), ("a", 3.0, 5.0), ("b", 4.0, 7.0)] {
            f.push_row(&[("what", arm), ("status", "ok")], &[("score", Some(score)), ("cost", Some(cost))]);
        }
        let t = table("metrics = ['cost', 'score']\ncell = {}\n");
        assert_eq!(t.check(), Ok(()));
        let computed = compute(&t, &[], &f).unwrap();
        assert_eq!(computed.columns, ["cost", "score"]);
        let values = |row: usize| computed.cells[row].1.iter().map(|e| e.value.as_ref().unwrap().value).collect::<Vec<_>>();
        assert_eq!((values(0), values(1)), (vec![5.0, 2.0], vec![7.0, 4.0]));
        let both = table("metrics = ['cost']\ncell = { metric = 'score' }\n").check().unwrap_err();
        assert!(both.contains("score"), "{both}");
    }

    #[test]
    fn a_table_is_of_one_form() {
        let line = "[[line]]\nname = 'first'\ncells.ours = { metric = 'score' }\n";
        for (text, word) in [
            ("cols = 'method'\n".to_owned(), "cell"),
            (format!("columns = ['theirs']\n{line}"), "theirs"),
            (format!("cols = 'method'\ncolumns = ['ours']\n{line}"), "either"),
            ("cols = 'method'\nmetrics = ['score']\ncell = {}\n".to_owned(), "either"),
            ("cols = 'method'\ncolumns = ['ours']\ncell = { metric = 'score' }\n".to_owned(), "either"),
        ] {
            let why = table(&text).check().unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
