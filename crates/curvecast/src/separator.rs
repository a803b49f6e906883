//! A person's table, or the log of a training tool as one, and what was found of how it is written.

use std::path::Path;

use tables::Table;

use crate::{Error, Warning};

/// Reads a file whatever separates its columns, and what only training tools write: event files, the state of a trainer, text
/// logs, folders of runs; and says what a reader of an answer must know of how it was read.
pub(crate) fn load(path: &Path) -> Result<(Table, Vec<Warning>), Error> {
    let (table, doubts) = match import::read(path)? {
        Some(log) => (log.table()?, log.warnings),
        None => (tables::load_own(path)?, Vec::new()),
    };
    let read = table.notes().iter().map(|what| Warning::ReadAs { what: what.clone() });
    let said = read.chain(doubts.into_iter().map(Warning::Import)).collect();
    Ok((table, said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn a_separator_is_recognised_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        for content in ["epoch;loss\n1;0,7\n2;0,6\n", "epoch;loss\n1;0.7\n2;0.6\n"] {
            std::fs::write(&path, content).unwrap();
            let (table, said) = load(&path).unwrap();
            assert_eq!((table.columns(), table.numbers("loss").unwrap()), (vec!["epoch".to_owned(), "loss".to_owned()], vec![0.7, 0.6]));
            assert_eq!((said[0].to_string(), said[0].level()), ("the columns are separated by semicolons".to_owned(), Level::Note));
        }
        std::fs::write(&path, "epoch,loss\n1,0.7\n").unwrap();
        assert!(load(&path).unwrap().1.is_empty());
    }

    #[test]
    fn what_a_log_says_is_a_note_and_what_it_lost_a_warning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.log");
        std::fs::write(&path, "step 1: loss 2.5\nstep 2: loss 2.25\nstep 3: loss 2.0\nstep 2: loss 2.2\nstep 3: loss 1.9\n").unwrap();
        let (_, said) = load(&path).unwrap();
        let levels: Vec<Level> = said.iter().map(Warning::level).collect();
        assert_eq!(levels, [Level::Note, Level::Warning], "{said:?}");
        assert!(matches!(&said[1], Warning::Import(import::Warning::Resumed { replaced: 2, .. })), "{said:?}");
        assert!(said[0].to_string().starts_with("read as log: 1 run") && said[1].to_string().starts_with("run run: steps go back"), "{said:?}");
    }
}
