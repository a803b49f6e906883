//! `curvecast rows`: all rows of an experiment in one file.

use std::path::PathBuf;

use clap::Args;
use runner::{RunError, frames};
use tables::{TableColumn, TableError};

use crate::{OK, What, found};

/// Options of `rows`.
#[derive(Args, Clone)]
pub struct RowsArgs {
    #[command(flatten)]
    what: What,
    /// The file to write; its name ends in .parquet, .csv or .csv.gz
    #[arg(long, value_name = "FILE", value_parser = file)]
    out: PathBuf,
}

/// A file of a kind that can be written.
fn file(text: &str) -> Result<PathBuf, String> {
    let name = text.to_lowercase();
    if [".parquet", ".csv", ".csv.gz"].iter().any(|end| name.ends_with(end)) {
        Ok(PathBuf::from(text))
    } else {
        Err("its name has to end in .parquet, .csv or .csv.gz, which says what is written".into())
    }
}

/// Writes the rows, from the jobs here or from the committed file.
pub fn run(a: &RowsArgs) -> Result<u8, RunError> {
    let results = found::find(&a.what)?.results;
    let columns = frames::columns(&results.frame);
    if columns.is_empty() {
        return Err(RunError::Nothing(format!("{} has no rows; run `curvecast run {} --size {}` first", a.what.name, a.what.name, results.experiment.size)));
    }
    let (names, cells): (Vec<String>, Vec<TableColumn>) = columns.into_iter().unzip();
    let named: Vec<(&str, TableColumn)> = names.iter().map(String::as_str).zip(cells).collect();
    let written = if a.out.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
        tables::write_parquet(&a.out, &named)
    } else {
        tables::write_csv(&a.out, &named)
    };
    written.map_err(|e| match e {
        TableError::Write { file, why } => RunError::Write { path: file, why },
        other => RunError::Write { path: a.out.display().to_string(), why: other.to_string() },
    })?;
    eprintln!("{} rows of {} columns", results.frame.len(), named.len());
    println!("{}", a.out.display());
    Ok(OK)
}
