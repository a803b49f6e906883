//! A person's table, or the log of a training tool as one, and what was found of how it is written.

use std::path::Path;

use tables::Table;

use crate::{Error, Warning};

/// Reads a file whatever separates its columns, and what only training tools write: event files, the state of a trainer, text
/// logs, folders of runs. What has to be said of it is in [`said`].
pub(crate) fn load(path: &Path) -> Result<Table, Error> {
    match import::read(path)? {
        Some(log) => Ok(log.table()?),
        None => Ok(tables::load_own(path)?),
    }
}

/// What a reader of an answer must know of how the file was read.
pub(crate) fn said(table: &Table) -> Vec<Warning> {
    table.notes().iter().map(|what| Warning::ReadAs { what: what.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_recognised_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        for content in ["epoch;loss\n1;0,7\n2;0,6\n", "epoch;loss\n1;0.7\n2;0.6\n"] {
            std::fs::write(&path, content).unwrap();
            let table = load(&path).unwrap();
            assert_eq!((table.columns(), table.numbers("loss").unwrap()), (vec!["epoch".to_owned(), "loss".to_owned()], vec![0.7, 0.6]));
            assert_eq!(said(&table)[0].to_string(), "the columns are separated by semicolons");
        }
        std::fs::write(&path, "epoch,loss\n1,0.7\n").unwrap();
        assert!(said(&load(&path).unwrap()).is_empty());
    }
}
