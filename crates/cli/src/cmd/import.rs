//! `curvecast import`: what training tools write, as one tidy table.

use std::path::{Path, PathBuf};

use clap::Args;
use import::{IMPORTERS, ImportError};
use report::{Cell, Column, Table, decimals_for};
use runner::RunError;
use tables::{TableColumn, TableError};

use crate::output::Format;
use crate::{OK, Out, output};

/// Options of `import`.
#[derive(Args, Clone)]
pub struct ImportArgs {
    /// Files or folders of runs: event files of TensorBoard, exports of W&B, trainer_state.json, metrics.csv, text logs
    #[arg(value_name = "PATH", required_unless_present = "list")]
    paths: Vec<PathBuf>,
    /// The file to write; its name ends in .csv, .csv.gz, .parquet or .jsonl. The table is printed when absent
    #[arg(long, value_name = "FILE", value_parser = file)]
    out: Option<PathBuf>,
    /// Read the files as this format, whatever they look like
    #[arg(long, value_name = "NAME")]
    format_of: Option<String>,
    /// A row for every value, instead of a row for every step with a column for every measure
    #[arg(long)]
    long: bool,
    /// List the formats that are read
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    print: Out,
}

/// The ends of names that say what is written.
const ENDS: [&str; 4] = [".csv", ".csv.gz", ".parquet", ".jsonl"];

/// Significant digits of a value that is printed for people.
const DIGITS: usize = 6;

/// A file of a kind that can be written.
fn file(text: &str) -> Result<PathBuf, String> {
    let name = text.to_lowercase();
    if ENDS.iter().any(|end| name.ends_with(end)) {
        Ok(PathBuf::from(text))
    } else {
        Err("its name has to end in .csv, .csv.gz, .parquet or .jsonl, which says what is written".into())
    }
}

/// Reads the paths, says what they are and what looks doubtful, and writes or prints the table.
pub fn run(a: &ImportArgs) -> Result<u8, RunError> {
    if a.list {
        output::print(&formats(), a.print.format);
        return Ok(OK);
    }
    let imported = import::import(&a.paths, a.format_of.as_deref()).map_err(failed)?;
    eprintln!("{}: {}", imported.file, imported.summary());
    for w in &imported.warnings {
        output::said(w.level(), w);
    }
    let form = if a.long { imported.long() } else { imported.columns };
    let columns: Vec<(&str, TableColumn)> = form.iter().map(|(name, column)| (name.as_str(), column.clone())).collect();
    match &a.out {
        Some(path) => {
            write(path, &columns)?;
            println!("{}", path.display());
        }
        None => print(&columns, a.print.format)?,
    }
    Ok(OK)
}

/// Writes the columns in the form that the file's name says.
fn write(path: &Path, columns: &[(&str, TableColumn)]) -> Result<(), RunError> {
    let is = |end: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(end));
    let written = if is("parquet") {
        tables::write_parquet(path, columns)
    } else if is("jsonl") {
        tables::atomic::write(path, import::json_lines(columns).as_bytes())
    } else {
        tables::write_csv(path, columns)
    };
    written.map_err(|e| match e {
        TableError::Write { file, why } => RunError::Write { path: file, why },
        other => RunError::Write { path: path.display().to_string(), why: other.to_string() },
    })
}

/// Prints the columns: for programs to the last digit, for people in columns.
fn print(columns: &[(&str, TableColumn)], format: Format) -> Result<(), RunError> {
    match format {
        Format::Table => output::print(&table(columns), format),
        Format::Csv => print!("{}", tables::csv_text(columns).map_err(|e| RunError::Data(e.to_string()))?),
        Format::Json => println!("[{}]", import::json_lines(columns).lines().collect::<Vec<_>>().join(",\n")),
    }
    Ok(())
}

/// The columns as people read them.
fn table(columns: &[(&str, TableColumn)]) -> Table {
    let heads = columns.iter().map(|(name, column)| match column {
        TableColumn::Text(_) => Column::left(*name),
        _ => Column::right(*name),
    });
    let mut t = Table::new("", heads.collect());
    let cells: Vec<Vec<Cell>> = columns.iter().map(|(_, column)| cells(column)).collect();
    let rows = cells.first().map_or(0, Vec::len);
    t.rows = (0..rows).map(|row| cells.iter().map(|column| column.get(row).cloned().unwrap_or_default()).collect()).collect();
    t
}

fn cells(column: &TableColumn) -> Vec<Cell> {
    match column {
        TableColumn::Text(cells) => cells.iter().map(|text| Cell::text(text.as_str())).collect(),
        TableColumn::Number(cells) => cells.iter().map(|v| cell(*v)).collect(),
        TableColumn::Logged(cells) => cells.values.iter().zip(&cells.blank).map(|(v, blank)| if *blank { Cell::Missing } else { cell(*v) }).collect(),
    }
}

/// A number, whole where it is whole; NaN and the infinities by their names, for they were logged.
fn cell(value: f64) -> Cell {
    if !value.is_finite() {
        return Cell::text(value.to_string());
    }
    Cell::number(value, if value.fract() == 0.0 { 0 } else { decimals_for(value, DIGITS) })
}

/// The formats there are.
fn formats() -> Table {
    let mut t = Table::new("", vec![Column::left("format"), Column::left("what"), Column::left("as it is")]);
    for importer in IMPORTERS {
        let as_it_is = if importer.is_table() { "yes: a table, which forecast and fit read too" } else { "no: forecast and fit import it" };
        t.push(vec![importer.name().into(), importer.title().into(), as_it_is.into()]);
    }
    t
}

/// An error with the option that would help, and the exit code.
fn failed(e: ImportError) -> RunError {
    match e {
        ImportError::UnknownFormat(_) => RunError::Nothing(format!("{e} (see `curvecast import --list`)")),
        ImportError::NotRecognised { .. } => RunError::Nothing(format!("{e} with --format-of NAME")),
        ImportError::NothingIn { .. } | ImportError::Mixed { .. } => RunError::Nothing(e.to_string()),
        e => RunError::Data(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_refused() {
        for good in ["a.csv", "a.CSV.gz", "b/a.parquet", "a.jsonl"] {
            assert!(file(good).is_ok(), "{good}");
        }
        for bad in ["a", "a.json", "a.parquet.gz", "a.xlsx"] {
            assert!(file(bad).is_err_and(|e| e.contains(".jsonl")), "{bad}");
        }
    }

    #[test]
    fn people_see_blanks_and_what_was_logged_as_nan() {
        let logged = tables::Logged { values: vec![3.0, f64::NAN, f64::NAN, 0.125], blank: vec![false, true, false, false] };
        let shown = cells(&TableColumn::Logged(logged));
        assert_eq!(shown, [Cell::number(3.0, 0), Cell::Missing, Cell::text("NaN"), Cell::number(0.125, 6)]);
    }
}
