//! `metrics.csv` of Lightning's CSVLogger: a column a measure, and rows of training and of validation that are blank in each
//! other's columns. Rows of one step are joined.

use std::path::{Path, PathBuf};

use crate::folder::folder_of;
use crate::rows::{self, Layout};
use crate::{ImportError, Importer, Log, Source};

/// The name of the file.
const FILE: &str = "metrics.csv";

/// The column of the step.
const STEP: &str = "step";

/// The format.
pub(crate) struct Lightning;

impl Importer for Lightning {
    fn name(&self) -> &'static str {
        "lightning"
    }

    fn title(&self) -> &'static str {
        "metrics.csv of Lightning's CSVLogger; a folder of versions"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.plain_name() == FILE && rows::find(&source.columns(), STEP).is_some()
    }

    fn run(&self, path: &Path) -> PathBuf {
        folder_of(path)
    }

    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError> {
        let table = source.table()?;
        let there = table.columns();
        let Some(step) = rows::find(&there, STEP) else {
            return Err(ImportError::NoStep { file: source.name(), column: STEP, there: table.columns() });
        };
        log.counts(STEP, &source.name())?;
        rows::read(table, source, run, &Layout { step, run: None }, log).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use crate::read_bytes;

    #[test]
    fn rows_of_one_step_are_one() {
        let text = "epoch,step,train_loss,val_loss\n0,49,2.5,\n,49,,2.75\n1,99,2.25,\n";
        let table = read_bytes("logs/version_3/metrics.csv", text.as_bytes(), None).unwrap();
        assert_eq!((table.format, table.runs.as_slice(), table.points), ("lightning", &["version_3".to_owned()][..], 3));
        assert_eq!(table.json_lines().lines().next(), Some("{\"run\":\"version_3\",\"step\":49,\"train_loss\":2.5,\"val_loss\":2.75,\"epoch\":0}"));
    }

    #[test]
    fn without_a_step_the_columns_there_are_named() {
        let e = read_bytes("metrics.csv", b"epoch,loss\n1,2\n", Some("lightning")).unwrap_err().to_string();
        assert!(e.starts_with("metrics.csv: no column is called \"step\" (there are epoch, loss)"), "{e}");
        assert!(read_bytes("metrics.csv", b"epoch,loss\n1,2\n", None).is_err());
    }
}
