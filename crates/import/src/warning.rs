//! What has to be said of a log: what looks doubtful, what was left out, and how it was read.

use std::fmt;

use crate::Level;

/// Something that a reader of the table must know.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// A last record that is not whole.
    Cut {
        /// The file.
        file: String,
        /// Where the record begins, in bytes from 0.
        at: u64,
    },
    /// Steps that go back, as when a run is resumed from a checkpoint; the later values stay.
    Resumed {
        /// The run.
        run: String,
        /// The step before.
        from: f64,
        /// The step there.
        to: f64,
        /// How often steps go back, at most.
        times: usize,
        /// In how many measures.
        measures: usize,
        /// How many values are replaced or left out.
        replaced: usize,
    },
    /// Values of one step that differ, of which the last one stays.
    StepsRepeated {
        /// The run.
        run: String,
        /// In how many measures.
        measures: usize,
        /// How many values.
        values: usize,
    },
    /// About 500 irregular rows.
    LooksSampled {
        /// The run.
        run: String,
        /// How many rows.
        rows: usize,
    },
    /// A panel whose points stand for several steps each.
    Binned {
        /// The file.
        file: String,
        /// A column whose lowest and highest value differ.
        column: String,
    },
    /// Rows or lines without a step, which are left out.
    WithoutStep {
        /// The file.
        file: String,
        /// How many.
        rows: usize,
        /// The line of the first one, from 1; the place of the entry where there are no lines.
        line: usize,
    },
    /// Columns that hold text.
    NotNumbers {
        /// The file.
        file: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// Images, histograms, texts and other things that are no scalars.
    NotScalars {
        /// The file.
        file: String,
        /// How many tags.
        tags: usize,
        /// One of them.
        tag: String,
    },
    /// Files of another format in the same folder.
    OtherFormat {
        /// The folder.
        folder: String,
        /// The format that is read.
        read: &'static str,
        /// The other one.
        format: &'static str,
        /// How many files of it.
        files: usize,
    },
    /// How a file was found to be written.
    ReadAs {
        /// The file.
        file: String,
        /// A whole clause: `the columns are separated by semicolons`.
        what: String,
    },
}

/// How many columns are named.
const NAMED: usize = 6;

impl Warning {
    /// Does it ask anything of its reader?
    pub fn level(&self) -> Level {
        match self {
            // the end of a run that goes on, columns and tags that are no measures, a dialect
            Warning::Cut { .. } | Warning::NotNumbers { .. } | Warning::NotScalars { .. } | Warning::ReadAs { .. } => Level::Note,
            Warning::Resumed { .. }
            | Warning::StepsRepeated { .. }
            | Warning::LooksSampled { .. }
            | Warning::Binned { .. }
            | Warning::WithoutStep { .. }
            | Warning::OtherFormat { .. } => Level::Warning,
        }
    }
}

/// What was found, and what to do.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Cut { file, at } => {
                write!(f, "{file}: the last record, from byte {at} on, is not whole and is left out; if the run goes on, import it again later")
            }
            Warning::Resumed { run, from, to, times, measures, replaced } => {
                let again = if *times > 1 { format!(", the first of {times} times") } else { String::new() };
                write!(
                    f,
                    "run {run}: steps go back from {from} to {to}{again}, as when a run is resumed: {replaced} values of {measures} measures \
                     give way to later ones; if these are two runs, give each a folder of its own, and if steps begin anew in every epoch, \
                     log a step that goes on"
                )
            }
            Warning::StepsRepeated { run, measures, values } => write!(
                f,
                "run {run}: {values} values of {measures} measures were followed by another one of the same step, which stays; \
                 log each measure once a step if this is not meant"
            ),
            Warning::LooksSampled { run, rows } => write!(
                f,
                "run {run}: {rows} irregular rows look like a sampled history, not the full one; \
                 export all rows, with scan_history or download_history_exports"
            ),
            Warning::Binned { file, column } => write!(
                f,
                "{file}: the lowest and the highest value of {column:?} differ, so that a point stands for several steps; \
                 export the history of the run if every step is wanted"
            ),
            Warning::WithoutStep { file, rows, line } => {
                write!(f, "{file}: {rows} rows with values have no step, the first in line {line}, and are left out; log the step with them")
            }
            Warning::NotNumbers { file, columns } => {
                let more = if columns.len() > NAMED { format!(" and {} more", columns.len() - NAMED) } else { String::new() };
                let named: Vec<&str> = columns.iter().take(NAMED).map(String::as_str).collect();
                let named = named.join(", ");
                write!(f, "{file}: the columns {named}{more} hold no numbers and are left out; mend their cells if they are measures")
            }
            Warning::NotScalars { file, tags, tag } => write!(
                f,
                "{file}: {tags} tags, such as {tag:?}, are no scalars (images, histograms, texts) and are left out; \
                 log them as scalars if they are wanted"
            ),
            Warning::OtherFormat { folder, read, format, files } => write!(
                f,
                "{folder}: {files} files of format {format} are left out, because those of {read} are read; \
                 name the format {format} to read them instead"
            ),
            Warning::ReadAs { file, what } => write!(f, "{file}: {what}; mend the file if this is not meant"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_loses_values_is_a_warning_and_how_a_file_was_read_is_a_note() {
        let file = || "run.log".to_owned();
        let lost = Warning::WithoutStep { file: file(), rows: 1, line: 7 };
        let read = Warning::ReadAs { file: file(), what: "the columns are separated by semicolons".to_owned() };
        assert_eq!((lost.level(), read.level()), (Level::Warning, Level::Note));
        assert_eq!(format!("{}: {read}", read.level()), "note: run.log: the columns are separated by semicolons; mend the file if this is not meant");
        assert!(Level::Note < Level::Warning && Level::Warning.word() == "warning");
    }
}
