//! The file of Keras' CSVLogger: a row an epoch, and a column a measure, of which those of validation begin with `val_`.

use crate::rows::{self, Layout};
use crate::{ImportError, Importer, Log, Source};

/// The first column, which is the resource.
const EPOCH: &str = "epoch";

/// How the names of measures of validation begin.
const VALIDATION: &str = "val_";

/// The format.
pub(crate) struct Keras;

impl Importer for Keras {
    fn name(&self) -> &'static str {
        "keras"
    }

    fn title(&self) -> &'static str {
        "the file of Keras' CSVLogger, by epoch"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let columns = source.columns();
        let is = |name: &str| columns.iter().any(|c| c == name);
        // other loggers have an epoch as well; only Keras has a twin of a measure that begins so, and no step
        columns.first().is_some_and(|c| c == EPOCH) && !is("step") && columns.iter().any(|c| c.strip_prefix(VALIDATION).is_some_and(is))
    }

    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError> {
        let table = source.table()?;
        let there = table.columns();
        let Some(step) = rows::find(&there, EPOCH) else {
            return Err(ImportError::NoStep { file: source.name(), column: EPOCH, there: table.columns() });
        };
        log.counts(EPOCH, &source.name())?;
        rows::read(table, source, run, &Layout { step, run: None }, log).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_bytes;

    #[test]
    fn a_file_that_was_appended_to_is_one_run() {
        let header = "epoch,accuracy,loss,val_accuracy,val_loss\n";
        let text = format!("{header}0,0.5,2.5,0.4,2.6\n1,0.6,2.25,NA,2.4\n{header}1,0.65,2.2,0.5,2.3\n");
        let table = read_bytes("training.csv", text.as_bytes(), None).unwrap();
        assert_eq!((table.format, table.resource.as_str(), table.points, table.measures.len()), ("keras", "epoch", 8, 4));
        let said: Vec<String> = table.warnings.iter().map(ToString::to_string).collect();
        assert!(said[0].contains("line 4 repeats the header") && said[1].contains("3 values of 3 measures were followed"), "{said:?}");
    }

    #[test]
    fn other_tables_by_epoch_are_not_keras() {
        for text in ["epoch,loss\n1,2\n", "epoch,step,loss,val_loss\n1,2,3,4\n", "step,loss,val_loss\n1,2,3\n"] {
            assert!(!Keras.recognises(&Source::memory("run.csv", text.as_bytes())), "{text}");
        }
        assert!(read_bytes("run.csv", b"a,loss\n1,2\n", Some("keras")).unwrap_err().to_string().contains("no column is called \"epoch\""));
    }
}
