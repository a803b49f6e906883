//! Exports of W&B: the history of runs as CSV, JSON lines or Parquet, and panels as CSV.
//!
//! A history has the step in `_step`, and perhaps the run in a column of its own. A panel has a column for every run, called
//! `RUN - MEASURE`, with its lowest and its highest value in columns of the same name and `__MIN` or `__MAX`. Histories of several
//! files, as `download_history_exports` writes them, are joined by what stands before the number of the part.

use std::path::{Path, PathBuf};

use tables::{Table, looks_sampled};

use crate::folder::without_ending;
use crate::rows::{self, Layout};
use crate::{ImportError, Importer, Log, Source, Warning};

/// The column of the step in a history.
const STEP: &str = "_step";

/// What the step is called in the table: histories and panels have different names for it.
const RESOURCE: &str = "step";

/// Columns that name the run, the most telling one first.
const RUNS: [&str; 5] = ["run", "run_name", "run_id", "name", "id"];

/// The ends of the names of columns that a panel has beside a measure.
const ENDS: [&str; 2] = ["__MIN", "__MAX"];

/// What stands between the run and the measure in a column of a panel.
const BETWEEN: &str = " - ";

/// The end of the names of files that `download_history_exports` writes, after a number for the part.
const PARTS: &str = ".runhistory";

/// The format.
pub(crate) struct Wandb;

impl Importer for Wandb {
    fn name(&self) -> &'static str {
        "wandb"
    }

    fn title(&self) -> &'static str {
        "exports of W&B: histories as CSV, JSON lines or Parquet, panels as CSV; a folder of them"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let columns = source.columns();
        rows::find(&columns, STEP).is_some() || is_panel(&columns)
    }

    fn run(&self, path: &Path) -> PathBuf {
        let path = without_ending(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let whole = name.strip_suffix(PARTS).and_then(|n| n.rsplit_once('_')).filter(|(_, part)| part.bytes().all(|b| b.is_ascii_digit()));
        match whole {
            Some((run, _)) => path.with_file_name(run),
            None => path,
        }
    }

    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError> {
        let table = source.table()?;
        let there = table.columns();
        match rows::find(&there, STEP) {
            Some(step) => history(table, source, run, step, log),
            None if is_panel(&there) => panel(table, source, run, &there, log),
            None => Err(ImportError::NoStep { file: source.name(), column: STEP, there: table.columns() }),
        }
    }
}

/// A row a step, perhaps of several runs.
fn history(table: &Table, source: &Source<'_>, run: &str, step: &str, log: &mut Log) -> Result<(), ImportError> {
    log.counts(RESOURCE, &source.name())?;
    let there = table.columns();
    let column = RUNS.iter().find_map(|name| rows::find(&there, name)).filter(|column| rows::cells(table, column).is_none());
    for r in rows::read(table, source, run, &Layout { step, run: column }, log)? {
        if looks_sampled(&r.steps) {
            log.warn(Warning::LooksSampled { run: r.run, rows: r.steps.len() });
        }
    }
    Ok(())
}

/// A column a run.
fn panel(table: &Table, source: &Source<'_>, run: &str, there: &[String], log: &mut Log) -> Result<(), ImportError> {
    let file = source.name();
    let Some(axis) = there.first() else {
        return Err(ImportError::NoStep { file, column: STEP, there: Vec::new() });
    };
    log.counts(if axis.eq_ignore_ascii_case(RESOURCE) { RESOURCE } else { axis.as_str() }, &file)?;
    let (mut texts, mut binned) = (Vec::new(), None);
    let runs = rows::rows(table, source, run, &Layout { step: axis, run: None }, log)?;
    for column in there.iter().skip(1) {
        let of = ENDS.iter().find_map(|end| column.strip_suffix(*end)).filter(|of| there.iter().any(|t| t == of));
        let Some(cells) = rows::cells(table, column) else {
            texts.push(column.clone());
            continue;
        };
        if let Some(of) = of {
            let differs = |base: tables::Logged| base.values.iter().zip(&cells.values).any(|(a, b)| a != b && !(a.is_nan() && b.is_nan()));
            if rows::cells(table, of).is_some_and(differs) {
                binned.get_or_insert_with(|| of.to_owned());
            }
            continue;
        }
        let (name, measure) = column.rsplit_once(BETWEEN).unwrap_or((run, column.as_str()));
        runs.iter().for_each(|r| r.put_as(name, &cells, measure, log));
    }
    if !texts.is_empty() {
        log.warn(Warning::NotNumbers { file: file.clone(), columns: texts });
    }
    if let Some(column) = binned {
        log.warn(Warning::Binned { file, column });
    }
    Ok(())
}

/// Is there a measure with its lowest and its highest value?
fn is_panel(columns: &[String]) -> bool {
    let has = |name: String| columns.contains(&name);
    columns.iter().skip(1).any(|c| ENDS.iter().all(|end| has(format!("{c}{end}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_bytes;

    #[test]
    fn a_history_that_was_sampled_is_doubted() {
        // 500 of 5000 steps with a share of gaps, as they are drawn at random
        let mut step = 0_u32;
        let rows: String = (0..500_u32)
            .map(|k| {
                step += 1 + (k * k + 7 * k) % 19;
                format!("{{\"_step\": {step}, \"loss\": {}}}\n", 2.0 + 1.0 / f64::from(k + 1))
            })
            .collect();
        let table = read_bytes("run.jsonl", rows.as_bytes(), None).unwrap();
        assert_eq!(table.warnings, [Warning::LooksSampled { run: "run".into(), rows: 500 }]);
        let even: String = (0..500).map(|k| format!("{{\"_step\": {k}, \"loss\": 2.5}}\n")).collect();
        assert!(read_bytes("run.jsonl", even.as_bytes(), None).unwrap().warnings.is_empty());
    }

    #[test]
    fn a_panel_of_bins_is_said() {
        let text = "\"Step\",\"a - loss\",\"a - loss__MIN\",\"a - loss__MAX\"\n\"1\",\"2.5\",\"2.4\",\"2.6\"\n\"2\",\"2\",\"2\",\"2\"\n";
        let table = read_bytes("panel.csv", text.as_bytes(), None).unwrap();
        assert_eq!((table.runs.join(" "), table.measures.join(" "), table.points), ("a".to_owned(), "loss".to_owned(), 2));
        assert_eq!(table.warnings, [Warning::Binned { file: "panel.csv".into(), column: "a - loss".into() }]);
        let other = text.replace("Step", "train/global_step");
        assert_eq!(read_bytes("panel.csv", other.as_bytes(), None).unwrap().resource, "train/global_step");
    }

    #[test]
    fn a_column_of_numbers_names_no_run() {
        let table = read_bytes("h.csv", b"_step,id,loss\n1,7,2.5\n2,8,2.25\n", None).unwrap();
        assert_eq!((table.runs.as_slice(), table.measures.join(" ")), (&["h".to_owned()][..], "id loss".to_owned()));
    }

    #[test]
    fn parts_of_a_run_are_of_one_run() {
        let run = |path: &str| Wandb.run(Path::new(path)).display().to_string();
        for (path, name) in [
            ("d/me_demo_abc_0.runhistory.parquet", "d/me_demo_abc"),
            ("d/me_demo_abc_12.runhistory.parquet", "d/me_demo_abc"),
            ("a_1.csv", "a_1"),
            ("a_x.runhistory.parquet", "a_x.runhistory"),
        ] {
            assert_eq!(run(path), name);
        }
        assert!(read_bytes("a.csv", b"x,loss\n1,2\n", Some("wandb")).unwrap_err().to_string().contains("\"_step\" (there are x, loss)"));
    }
}
