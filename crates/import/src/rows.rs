//! Tables with a row a step, whatever tool wrote them: the points of their columns.

use std::collections::HashMap;

use tables::{Decimals, Logged, Table};

use crate::names::clean;
use crate::{ImportError, Log, Source, Warning};

/// The name that `tables` gives to a first column without one: pandas writes the numbers of the rows there.
const INDEX: &str = "column 1";

/// What the columns of a table are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    /// The column of the step.
    pub step: &'a str,
    /// The column of the run, where the table has one.
    pub run: Option<&'a str>,
}

/// The rows of one run.
pub(crate) struct Rows {
    pub run: String,
    /// The steps of the rows.
    pub steps: Vec<f64>,
    rows: Vec<usize>,
}

/// Puts every column of numbers into the log, as a measure of the run that a row belongs to; says which rows there are of which run.
///
/// # Errors
/// The column of the step is not there, or holds text.
pub(crate) fn read(table: &Table, source: &Source<'_>, run: &str, layout: &Layout<'_>, log: &mut Log) -> Result<Vec<Rows>, ImportError> {
    let file = source.name();
    let runs = rows(table, source, run, layout, log)?;
    let mut texts = Vec::new();
    for column in table.columns() {
        if column == layout.step || Some(column.as_str()) == layout.run || column == INDEX {
            continue;
        }
        match cells(table, &column) {
            Some(cells) => runs.iter().for_each(|r| r.put(&cells, &column, log)),
            None => texts.push(column),
        }
    }
    if !texts.is_empty() {
        log.warn(Warning::NotNumbers { file: file.clone(), columns: texts });
    }
    for what in table.notes() {
        log.warn(Warning::ReadAs { file: file.clone(), what: what.clone() });
    }
    Ok(runs)
}

/// The rows that have a step, run by run.
pub(crate) fn rows(table: &Table, source: &Source<'_>, run: &str, layout: &Layout<'_>, log: &mut Log) -> Result<Vec<Rows>, ImportError> {
    let steps = table.logged(layout.step, Decimals::Point, None)?.values;
    let names = layout.run.map(|column| table.text(column)).transpose()?;
    let (mut places, mut runs): (HashMap<String, usize>, Vec<Rows>) = (HashMap::new(), Vec::new());
    let mut without = Vec::new();
    for (row, step) in steps.into_iter().enumerate() {
        if !step.is_finite() {
            without.push(row);
            continue;
        }
        let name = names.as_ref().and_then(|n| n.get(row)).map(String::as_str).filter(|n| !n.is_empty()).unwrap_or(run);
        let at = match places.get(name) {
            Some(&at) => at,
            None => {
                places.insert(name.to_owned(), runs.len());
                runs.push(Rows { run: name.to_owned(), steps: Vec::new(), rows: Vec::new() });
                runs.len() - 1
            }
        };
        if let Some(r) = runs.get_mut(at) {
            r.steps.push(step);
            r.rows.push(row);
        }
    }
    if let Some(&first) = without.first() {
        log.warn(Warning::WithoutStep { file: source.name(), rows: without.len(), line: table.line(first) });
    }
    Ok(runs)
}

/// A column of numbers; `None` where it holds text.
pub(crate) fn cells(table: &Table, column: &str) -> Option<Logged> {
    table.logged(column, Decimals::Point, None).ok()
}

impl Rows {
    /// Puts what a column has in these rows into the log.
    pub(crate) fn put(&self, cells: &Logged, measure: &str, log: &mut Log) {
        self.put_as(&self.run, cells, measure, log);
    }

    /// The same as of another run.
    pub(crate) fn put_as(&self, run: &str, cells: &Logged, measure: &str, log: &mut Log) {
        let series = log.run(run).series(measure);
        for (step, &row) in self.steps.iter().zip(&self.rows) {
            if let (Some(value), Some(false)) = (cells.values.get(row), cells.blank.get(row)) {
                series.push(*step, *value);
            }
        }
    }
}

/// The column of this name, in any of the ways in which blanks may stand around it.
pub(crate) fn find<'a>(columns: &'a [String], name: &str) -> Option<&'a str> {
    columns.iter().map(String::as_str).find(|c| clean(c) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::join;

    #[test]
    fn columns_of_numbers_become_measures_and_others_are_named() {
        let text = b",step,who,loss,note\n0,1,a,2.5,x\n1,1,b,3.5,y\n2,,a,2.4,z\n3,2,a,nan,\n4,3,,2,\n";
        let source = Source::memory("t.csv", text);
        let mut log = Log::default();
        let runs = read(source.table().unwrap(), &source, "t", &Layout { step: "step", run: Some("who") }, &mut log).unwrap();
        assert_eq!(runs.iter().map(|r| (r.run.as_str(), r.steps.len())).collect::<Vec<_>>(), [("a", 2), ("b", 1), ("t", 1)]);
        let table = join(log, "t.csv", "test").unwrap();
        assert_eq!((table.runs.join(" "), table.measures.join(" "), table.points), ("a b t".to_owned(), "loss".to_owned(), 4));
        let without = Warning::WithoutStep { file: "t.csv".into(), rows: 1, line: 4 };
        assert_eq!(table.warnings, [without, Warning::NotNumbers { file: "t.csv".into(), columns: vec!["note".into()] }]);
    }

    #[test]
    fn a_step_that_is_text_is_refused_with_its_line() {
        let source = Source::memory("t.csv", b"step,loss\n1,2\nfirst,3\n");
        let e = read(source.table().unwrap(), &source, "t", &Layout { step: "step", run: None }, &mut Log::default()).err().unwrap();
        assert!(e.to_string().starts_with("t.csv: line 3, column \"step\": \"first\" is not a number"), "{e}");
    }
}
