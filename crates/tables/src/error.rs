//! What can be wrong with a file or with what is asked of it.

use curves::CurveError;
use thiserror::Error;

use crate::Packing;

/// Why a table cannot be read, written or turned into curves; every message names the file.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TableError {
    /// The file cannot be opened.
    #[error("{file}: cannot be read: {why}")]
    Read {
        /// The file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// The file cannot be written.
    #[error("{file}: cannot be written: {why}")]
    Write {
        /// The file.
        file: String,
        /// The reason.
        why: String,
    },
    /// The name does not say what the file is.
    #[error("{file}: of a kind that is not read; its name must end in {kinds} (these also with .gz or .zst) or .parquet")]
    UnknownKind {
        /// The file.
        file: String,
        /// The endings of text files that are read, in words.
        kinds: &'static str,
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
    #[error("{file}: unpacks to more than {most} bytes, the most that is read; if it is meant to, leave out what is not needed, or save it as Parquet")]
    TooLarge {
        /// The file.
        file: String,
        /// The most bytes that are read.
        most: u64,
    },
    /// Text in another encoding, or no text.
    #[error("{file}: line {line} is not UTF-8 text; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Nothing in it.
    #[error("{file}: empty; a table has a header and rows")]
    Empty {
        /// The file.
        file: String,
    },
    /// Columns and no rows.
    #[error("{file}: has columns but no rows")]
    NoRows {
        /// The file.
        file: String,
    },
    /// One name for two columns.
    #[error("{file}: two columns are called {column:?}; give each its own name")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The name.
        column: String,
    },
    /// A row that is longer or shorter than the header.
    #[error("{file}: line {line} has {have} values where the header has {want}{}", mend(*.have, *.want))]
    Ragged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Values on the line.
        have: usize,
        /// Columns of the header.
        want: usize,
    },
    /// A header among the rows, with other columns than the first.
    #[error("{file}: line {line} is another header, as when another run is appended with other columns; cut the file before line {line} and read one part")]
    SecondHeader {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// A first line of 0, 1, 2, …, which is a row or numbers for names.
    #[error("{file}: line {line} holds {cells}, which may be a row or numbers for the columns; write the columns' names there")]
    Numbered {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What it holds.
        cells: String,
    },
    /// Text where a number should be, in a line of a person's file.
    #[error("{file}: line {line}, column {column:?}: {value:?} is not a number; {}", number_for(.value))]
    NotLogged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column.
        column: String,
        /// The text.
        value: String,
    },
    /// A number whose comma parts thousands, or may do so.
    #[error(
        "{file}: line {line}, column {column:?}: {value:?} may be parted into thousands; write numbers without separators of thousands and with a point before decimals"
    )]
    Thousands {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column.
        column: String,
        /// The number as it is written.
        value: String,
    },
    /// Numbers with commas and numbers with points in one file.
    #[error(
        "{file}: line {line}, column {column:?} has a comma in {value:?}, and {other} has a point; write all numbers with a point before decimals, and thousands without a separator"
    )]
    MixedDecimals {
        /// The file.
        file: String,
        /// The line of the first number with a comma, from 1.
        line: usize,
        /// Its column.
        column: String,
        /// The number as it is written.
        value: String,
        /// The first number with a point, and where it stands.
        other: String,
    },
    /// A JSON file that is one value and not a line for every row.
    #[error("{file}: one JSON value, where a line for every row is read; make the lines of it with: jq -c '{filter}' FILE > rows.jsonl")]
    WholeJson {
        /// The file.
        file: String,
        /// What `jq` takes from the file.
        filter: &'static str,
    },
    /// Quotes that do not follow the rules of CSV.
    #[error("{file}: line {line} has {what}")]
    Quotes {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what is right.
        what: &'static str,
    },
    /// A line of JSON lines that is no JSON object.
    #[error("{file}: line {line}: {why}; every line has to be one JSON object, such as {{\"step\": 1, \"loss\": 2.5}}")]
    JsonLine {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A list or an object where a cell should be.
    #[error("{file}: line {line}: key {key:?} holds {kind}; only text, numbers, true, false and null are read: write its parts as keys of their own")]
    Nested {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What it holds.
        kind: &'static str,
    },
    /// Not what its name says, or damaged.
    #[error("{file}: damaged, or not what its name says: {why}")]
    Malformed {
        /// The file.
        file: String,
        /// What polars says.
        why: String,
    },
    /// A column of dates, lists or another type that is neither text nor number.
    #[error("{file}: column {column:?} holds {kind}; only text, numbers and true/false are read")]
    Unreadable {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// A column that is not there.
    #[error("{file}: no column is called {column:?}{}", suggestion(.nearest))]
    UnknownColumn {
        /// The file.
        file: String,
        /// What was asked.
        column: String,
        /// What was perhaps meant.
        nearest: Option<String>,
    },
    /// An empty list of columns was asked.
    #[error("{file}: no columns are asked; name some, or ask all")]
    NoColumns {
        /// The file.
        file: String,
    },
    /// Text where a number should be.
    #[error("{file}: row {row}, column {column:?}: {value:?} is not a number")]
    NotNumber {
        /// The file.
        file: String,
        /// The row; in a CSV file the header is row 1.
        row: usize,
        /// The column.
        column: String,
        /// The text.
        value: String,
    },
    /// A filter that no row can pass.
    #[error("{file}: no row has {value:?} in column {column:?}{}", suggestion(.nearest))]
    NoSuchValue {
        /// The file.
        file: String,
        /// The column filtered.
        column: String,
        /// The value asked.
        value: String,
        /// What was perhaps meant.
        nearest: Option<String>,
    },
    /// Filters that no row passes together.
    #[error("{file}: no row passes all the filters together")]
    NothingLeft {
        /// The file.
        file: String,
    },
    /// No columns were named that tell runs apart.
    #[error("{file}: `id` is empty; name the columns that tell the runs apart")]
    NoId {
        /// The file.
        file: String,
    },
    /// No column of a wide table is a point of a curve.
    #[error("{file}: no column holds points: none is {prefix:?} and a number{}", onward(.first))]
    NoSeries {
        /// The file.
        file: String,
        /// The prefix asked.
        prefix: String,
        /// The smallest number asked.
        first: Option<f64>,
    },
    /// A covariate that changes within a run.
    #[error("{file}: row {row}: column {column:?} changes within the run {run:?}; a covariate has one value a run")]
    Varies {
        /// The file.
        file: String,
        /// The first row that differs.
        row: usize,
        /// The covariate.
        column: String,
        /// The run.
        run: String,
    },
    /// A point that is given behind one that is not.
    #[error("{file}: row {row}: a point of the run {run:?} is given that lies behind one that is not; what is given has to be its beginning")]
    GivenLater {
        /// The file.
        file: String,
        /// The row.
        row: usize,
        /// The run.
        run: String,
    },
    /// The runs are no set of curves.
    #[error("{file}: {why}")]
    Curves {
        /// The file.
        file: String,
        /// What is wrong with them.
        why: CurveError,
    },
    /// A file that is not in TaskSet's upstream format.
    #[error("{file}: not a TaskSet file: {why}")]
    TaskSet {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file that is not in BigScience's upstream format.
    #[error("{file}: not a BigScience file: {why}")]
    BigScience {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
}

/// The end of a message that knows what was perhaps meant.
fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default()
}

/// The end of a message about a first point.
fn onward(first: &Option<f64>) -> String {
    first.map(|x| format!(" from {x} on")).unwrap_or_default()
}

/// What to do about a row of another width, where there is something.
fn mend(have: usize, want: usize) -> &'static str {
    if have > want { "; mend the line: a separator inside a value is allowed in quotes only" } else { "; mend the line, or leave it out" }
}

/// What to write for text that is no number.
fn number_for(value: &str) -> &'static str {
    if value.ends_with('%') {
        "write it without the percent sign"
    } else if value.contains([' ', '\u{a0}', '\u{202f}', '\'']) && value.chars().next_back().is_some_and(|c| c.is_ascii_digit()) {
        "write it without separators of thousands"
    } else if value.contains([':', '/']) {
        "name another column"
    } else {
        "mend it, leave the cell blank, or name another column"
    }
}
