//! Names a wrong separator: a table saved with semicolons or tabs reads as one column.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use tables::{Table, TableError};

use crate::Error;

/// The most bytes of a header that are looked at.
const HEADER: u64 = 1 << 16;

/// Reads a file, and names the separator where that is what is wrong with it.
pub(crate) fn load(path: &Path) -> Result<Table, Error> {
    let wrong = |header: &str| separator(header).map(|separator| Error::Separator { file: path.display().to_string(), separator });
    match tables::load(path, None) {
        Ok(table) => match table.columns().as_slice() {
            [only] => wrong(only).map_or(Ok(table), Err),
            _ => Ok(table),
        },
        // A decimal comma makes rows longer than a header of one column.
        Err(e @ TableError::Ragged { .. }) => Err(header(path).and_then(|h| wrong(&h)).unwrap_or(Error::Table(e))),
        Err(e) => Err(e.into()),
    }
}

/// The first line of a text file that is not packed.
fn header(path: &Path) -> Option<String> {
    if !path.extension()?.eq_ignore_ascii_case("csv") {
        return None;
    }
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?.take(HEADER)).read_line(&mut line).ok()?;
    Some(line)
}

/// What separates the columns of a header without commas, in words.
fn separator(header: &str) -> Option<&'static str> {
    if header.contains(',') {
        return None;
    }
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")].into_iter().find(|(c, _)| header.contains(*c)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_named() {
        assert_eq!(separator("epoch;loss"), Some("semicolons"));
        assert_eq!(separator("epoch\tloss"), Some("tabs"));
        assert_eq!((separator("epoch,loss;2"), separator("loss")), (None, None));
    }

    #[test]
    fn a_file_with_semicolons_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        for content in ["epoch;loss\n1;0,7\n2;0,6\n", "epoch;loss\n1;0.7\n2;0.6\n"] {
            std::fs::write(&path, content).unwrap();
            let why = load(&path).unwrap_err();
            assert!(matches!(&why, Error::Separator { separator: "semicolons", .. }), "{why}");
        }
        std::fs::write(&path, "epoch\n1\n2\n").unwrap();
        assert_eq!(load(&path).unwrap().columns(), ["epoch"]);
    }
}
