//! The authors' numbers: tables with a header and without quotes.

use super::{DATASET, other};
use crate::{Context, StudyError};

/// A table, row by row.
pub(super) struct Csv {
    file: &'static str,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Csv {
    /// The file of the dataset, with the rows whose texts are those wanted.
    ///
    /// # Errors
    /// A file that is not there or not a table, a column that it lacks, no such row.
    pub(super) fn read(context: &Context<'_>, file: &'static str, wanted: &[(&str, &str)]) -> Result<Self, StudyError> {
        let bytes = context.files.read(DATASET, file).map_err(other)?;
        let text = String::from_utf8(bytes).map_err(|e| other(format!("{file}: {e}")))?;
        Self::parse(&text, file, wanted)
    }

    /// The same of a text.
    pub(super) fn parse(text: &str, file: &'static str, wanted: &[(&str, &str)]) -> Result<Self, StudyError> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let split = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<String>>();
        let header = split(lines.next().unwrap_or_default());
        let mut csv = Self { file, header, rows: Vec::new() };
        let wanted = wanted.iter().map(|(column, value)| Ok((csv.place(column)?, *value))).collect::<Result<Vec<_>, StudyError>>()?;
        for (row, line) in lines.enumerate() {
            // Only rows that are wanted are kept as texts: the largest file has 120,000.
            let cells = line.split(',').count();
            if cells != csv.header.len() {
                return Err(other(format!("{file}: row {} has {cells} cells where the header has {}", row + 1, csv.header.len())));
            }
            let cell = |place: usize| line.split(',').nth(place).unwrap_or_default().trim();
            if wanted.iter().all(|(place, value)| cell(*place) == *value) {
                csv.rows.push(split(line));
            }
        }
        if csv.rows.is_empty() {
            return Err(other(format!("{file}: no row of {}", wanted.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(", "))));
        }
        Ok(csv)
    }

    fn place(&self, column: &str) -> Result<usize, StudyError> {
        let place = self.header.iter().position(|name| name == column);
        place.ok_or_else(|| other(format!("{}: there is no column {column:?} among {}", self.file, self.header.join(", "))))
    }

    /// A column of texts.
    pub(super) fn texts(&self, column: &str) -> Result<Vec<&str>, StudyError> {
        let place = self.place(column)?;
        Ok(self.rows.iter().map(|row| row.get(place).map_or("", String::as_str)).collect())
    }

    /// A column of finite numbers.
    pub(super) fn numbers(&self, column: &str) -> Result<Vec<f64>, StudyError> {
        let number = |(row, text): (usize, &str)| {
            let found = text.parse::<f64>().ok().filter(|v| v.is_finite());
            found.ok_or_else(|| other(format!("{}: {column} of row {} of those wanted is {text:?}, which is no number", self.file, row + 1)))
        };
        self.texts(column)?.into_iter().enumerate().map(number).collect()
    }
}

/// The quantile of numbers at a share, straight between two of them; NaN of none.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    match (sorted.get(low), sorted.get(low + 1)) {
        (Some(low), Some(high)) => low + part * (high - low),
        (Some(low), None) => *low,
        _ => f64::NAN,
    }
}

/// Median, 95 % quantile and largest of differences, and their quantiles as a curve from 0 to 1.
pub(super) struct Differences {
    pub(super) median: f64,
    pub(super) upper: f64,
    pub(super) largest: f64,
    pub(super) curve: Vec<(f64, f64)>,
}

impl Differences {
    pub(super) fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |share: f64| quantile(&all, share);
        let curve = (0..=20).map(|k| 0.05 * f64::from(k)).map(|share| (share, at(share))).collect();
        Self { median: at(0.5), upper: at(0.95), largest: at(1.0), curve }
    }
}
