//! Why a log cannot be imported.

use tables::{Packing, TableError};
use thiserror::Error;

use crate::IMPORTERS;

/// Why a log cannot be imported; every message names the file and says what to do.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ImportError {
    /// A file or folder that cannot be opened.
    #[error("{file}: cannot be read: {why}; check the path, and that you may read it")]
    Read {
        /// The file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// A packed file that is cut off or is none.
    #[error("{file}: not a whole {packing} file ({why}); it may have been cut off on its way, get it again")]
    Packed {
        /// The file.
        file: String,
        /// How it is packed, by its name.
        packing: Packing,
        /// What the decoder says.
        why: String,
    },
    /// A packed file that unpacks to more than is read.
    #[error("{file}: unpacks to more than {most} bytes, the most that is read; unpack it, and leave out what is not needed")]
    TooLarge {
        /// The file.
        file: String,
        /// The most bytes that are read.
        most: u64,
    },
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// JSON that is none, or not of the form of the format.
    #[error("{file}: line {line}: {why}; the file may have been cut off while it was copied or written, get it again")]
    Json {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A record whose checksum is wrong.
    #[error(
        "{file}: the record at byte {at} is damaged: the checksum of its {part} is wrong; get the file again, \
         or keep what is whole: head -c {at} FILE > NEW"
    )]
    Checksum {
        /// The file.
        file: String,
        /// Where the record begins, in bytes from 0.
        at: u64,
        /// What the checksum is of.
        part: &'static str,
    },
    /// A record that is whole and holds no event.
    #[error("{file}: the record at byte {at} is no event of TensorBoard: {why}; check that the file is an event file and no data set")]
    NotAnEvent {
        /// The file.
        file: String,
        /// Where the record begins, in bytes from 0.
        at: u64,
        /// What the decoder says.
        why: String,
    },
    /// A file without the column of the step.
    #[error(
        "{file}: no column is called {column:?} (there are {}); log the step, or give the file to forecast as it is, with --x",
        .there.join(", ")
    )]
    NoStep {
        /// The file.
        file: String,
        /// The column that has the step in this format.
        column: &'static str,
        /// The columns that there are.
        there: Vec<String>,
    },
    /// Files without a single value of a measure.
    #[error("{file}: no value of any measure at any step, read as {format}; check that the run has logged something, or name another format")]
    NoPoints {
        /// The file or folder.
        file: String,
        /// The format.
        format: &'static str,
    },
    /// A folder in which nothing is recognised.
    #[error("{folder}: no file of a known format in this folder ({}); name the folder that holds the logs", formats())]
    NothingIn {
        /// The folder.
        folder: String,
    },
    /// A file of no format.
    #[error(
        "{file}: of no known format ({}); a plain table of CSV, JSON lines or Parquet needs no import, \
         and another file is read when its format is named",
        formats()
    )]
    NotRecognised {
        /// The file.
        file: String,
    },
    /// A name of no format.
    #[error("{0}")]
    UnknownFormat(String),
    /// Files of several formats.
    #[error("{first} is of format {format}, and {second} of format {other}; import them one after the other")]
    Mixed {
        /// A file.
        first: String,
        /// Its format.
        format: &'static str,
        /// Another one.
        second: String,
        /// The format of that.
        other: &'static str,
    },
    /// Files whose steps count different things.
    #[error("{file}: counts by {this}, and an earlier file by {before}; import them one after the other")]
    Resources {
        /// The file.
        file: String,
        /// What it counts by.
        this: String,
        /// What files before it count by.
        before: String,
    },
    /// A table of too many cells.
    #[error("{file}: {rows} rows of {columns} columns, more than {most} cells; import fewer runs at a time, or log fewer measures")]
    TooWide {
        /// The files.
        file: String,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The most cells.
        most: usize,
    },
}

/// The names of all formats.
fn formats() -> String {
    IMPORTERS.iter().map(|i| i.name()).collect::<Vec<_>>().join(", ")
}
