//! From points to one wide table: a row for every run and step, a column for every measure.

use std::collections::{HashMap, HashSet};

use tables::{Logged, TableColumn};

use crate::log::{Log, Run, Settled};
use crate::{ImportError, Imported, Warning};

/// The column that names the run.
const RUN: &str = "run";

/// What steps are called where nothing else is said.
const STEP: &str = "step";

/// The most cells of a table. More are refused: a small file can ask for as many rows as columns.
const MOST: usize = 100_000_000;

/// A run with its steps in order.
struct Part {
    run: String,
    steps: Vec<f64>,
    series: Vec<(Name, Vec<(f64, f64)>)>,
}

/// What a column is called, and whether it is no measure.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Name {
    name: String,
    other: bool,
}

/// The table of all points; of every run, the steps at which a measure was logged.
pub(crate) fn join(log: Log, file: &str, format: &'static str) -> Result<Imported, ImportError> {
    let mut warnings = log.warnings;
    let mut taken: HashSet<String> = [RUN.to_owned()].into();
    let resource = unique(log.resource.as_deref().unwrap_or(STEP), &mut taken);
    let parts: Vec<Part> = log.runs.into_iter().map(|run| Part::of(run, &mut warnings)).filter(|p| !p.steps.is_empty()).collect();
    if parts.is_empty() {
        return Err(ImportError::NoPoints { file: file.to_owned(), format });
    }
    let names = names(&parts);
    let rows = parts.iter().map(|p| p.steps.len()).sum::<usize>();
    let columns = names.len() + 2;
    if rows.saturating_mul(columns) > MOST {
        return Err(ImportError::TooWide { file: file.to_owned(), rows, columns, most: MOST });
    }
    let mut cells: Vec<Logged> = names.iter().map(|_| Logged { values: vec![f64::NAN; rows], blank: vec![true; rows] }).collect();
    let places: HashMap<&Name, usize> = names.iter().enumerate().map(|(k, name)| (name, k)).collect();
    let (mut runs, mut steps, mut points) = (Vec::with_capacity(rows), Vec::with_capacity(rows), 0);
    for part in &parts {
        for (name, series) in &part.series {
            if let Some(column) = places.get(name).and_then(|&k| cells.get_mut(k)) {
                let set = fill(column, steps.len(), &part.steps, series);
                points += if name.other { 0 } else { set };
            }
        }
        runs.extend(std::iter::repeat_n(part.run.clone(), part.steps.len()));
        steps.extend_from_slice(&part.steps);
    }
    let headers: Vec<String> = names.iter().map(|n| unique(&n.name, &mut taken)).collect();
    let of = |other: bool| -> Vec<String> { names.iter().zip(&headers).filter(|(n, _)| n.other == other).map(|(_, h)| h.clone()).collect() };
    let (measures, others) = (of(false), of(true));
    let mut table = vec![(RUN.to_owned(), TableColumn::Text(runs)), (resource.clone(), TableColumn::Number(steps))];
    table.extend(headers.into_iter().zip(cells).map(|(header, column)| (header, TableColumn::Logged(column))));
    let runs = parts.into_iter().map(|p| p.run).collect();
    Ok(Imported { format, file: file.to_owned(), resource, runs, measures, others, points, warnings, columns: table })
}

impl Part {
    /// A run, settled; what has to be said of it is said once for all of its measures.
    fn of(run: Run, warnings: &mut Vec<Warning>) -> Self {
        let settled: Vec<(Name, Settled)> = run.series.into_iter().map(|s| (Name { name: s.name.clone(), other: s.other }, s.settle())).collect();
        let back: Vec<&Settled> = settled.iter().map(|(_, s)| s).filter(|s| s.replaced > 0).collect();
        if let Some((from, to)) = back.iter().find_map(|s| s.back) {
            let (times, replaced) = (back.iter().map(|s| s.times).max().unwrap_or(0), back.iter().map(|s| s.replaced).sum::<usize>());
            warnings.push(Warning::Resumed { run: run.name.clone(), from, to, times, measures: back.len(), replaced });
        }
        let twice: Vec<usize> = settled.iter().map(|(_, s)| s.repeated).filter(|n| *n > 0).collect();
        if !twice.is_empty() {
            warnings.push(Warning::StepsRepeated { run: run.name.clone(), measures: twice.len(), values: twice.iter().sum() });
        }
        let mut steps: Vec<f64> = settled.iter().filter(|(name, _)| !name.other).flat_map(|(_, s)| s.points.iter().map(|p| p.0)).collect();
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        let series = settled.into_iter().map(|(name, s)| (name, s.points)).filter(|(_, points)| !points.is_empty()).collect();
        Self { run: run.name, steps, series }
    }
}

/// The columns of all runs, in the order in which they first appear: measures, then the others.
fn names(parts: &[Part]) -> Vec<Name> {
    let mut seen = HashSet::new();
    let mut names: Vec<Name> = parts.iter().flat_map(|p| p.series.iter().map(|(name, _)| name)).filter(|name| seen.insert(*name)).cloned().collect();
    names.sort_by_key(|name| name.other);
    names
}

/// Puts the values of a series where their steps stand, in rows from `first` on, and says how many found a row.
fn fill(column: &mut Logged, first: usize, steps: &[f64], series: &[(f64, f64)]) -> usize {
    let (mut row, mut set) = (0, 0);
    for (step, value) in series {
        while steps.get(row).is_some_and(|s| s < step) {
            row += 1;
        }
        if steps.get(row) == Some(step)
            && let (Some(cell), Some(blank)) = (column.values.get_mut(first + row), column.blank.get_mut(first + row))
        {
            (*cell, *blank) = (*value, false);
            set += 1;
        }
    }
    set
}

/// A name that no other column has.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut name = name.to_owned();
    while !taken.insert(name.clone()) {
        name.push_str(" (logged)");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two runs, of which one went back, with a measure that is called as the step is.
    fn log() -> Log {
        let mut log = Log::default();
        let a = log.run("a");
        for (step, loss) in [(1.0, 3.0), (2.0, 2.5), (3.0, 2.25), (2.0, 2.4)] {
            a.series("loss").push(step, loss);
            a.other("wall_time").push(step, 100.0 + step);
        }
        a.series("val").push(2.0, f64::NAN);
        a.series("epoch").push(7.0, 1.0);
        let b = log.run("b");
        b.series("run").push(0.0, 1.0);
        b.series("val").push(1.0, 0.5);
        b.series("nothing");
        log.run("empty").series("epoch").push(1.0, 1.0);
        log
    }

    #[test]
    fn rows_are_the_steps_of_measures_run_by_run() {
        let table = join(log(), "f", "log").unwrap();
        assert_eq!((table.runs.as_slice(), table.points), (&["a".to_owned(), "b".to_owned()][..], 5));
        assert_eq!((table.measures.join(" "), table.others.join(" ")), ("loss val run (logged)".to_owned(), "wall_time epoch".to_owned()));
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["run", "step", "loss", "val", "run (logged)", "wall_time", "epoch"]);
        let text = |k: usize| match &table.columns[k].1 {
            TableColumn::Text(cells) => cells.join(" "),
            TableColumn::Number(cells) => format!("{cells:?}"),
            TableColumn::Logged(l) => format!("{:?} {:?}", l.values, l.blank.iter().map(|b| u8::from(*b)).collect::<Vec<_>>()),
        };
        assert_eq!((text(0), text(1)), ("a a b b".to_owned(), "[1.0, 2.0, 0.0, 1.0]".to_owned()));
        assert_eq!(text(2), "[3.0, 2.4, NaN, NaN] [0, 0, 1, 1]");
        assert_eq!(text(3), "[NaN, NaN, NaN, 0.5] [1, 0, 1, 0]", "NaN that was logged is no blank");
        assert_eq!(text(5), "[101.0, 102.0, NaN, NaN] [0, 0, 1, 1]");
        assert_eq!(text(6), "[NaN, NaN, NaN, NaN] [1, 1, 1, 1]", "no measure stands at that step");
        let resumed = Warning::Resumed { run: "a".into(), from: 3.0, to: 2.0, times: 1, measures: 1, replaced: 2 };
        assert_eq!(table.warnings, [resumed]);
    }

    #[test]
    fn nothing_is_no_table() {
        let e = join(Log::default(), "f.log", "log").unwrap_err().to_string();
        assert!(e.starts_with("f.log: no value of any measure at any step, read as log"), "{e}");
    }

    #[test]
    fn as_many_rows_as_columns_are_refused() {
        let mut log = Log::default();
        for k in 0..12_000 {
            log.run("r").series(&format!("m{k}")).push(f64::from(k), 1.0);
        }
        assert!(matches!(join(log, "f", "tensorboard"), Err(ImportError::TooWide { rows: 12_000, columns: 12_002, .. })));
    }
}
