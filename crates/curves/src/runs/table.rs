//! `RunTable`: rows about runs or checkpoints, each with texts and numbers, and the learning-rate schedules that a text may name.

use std::borrow::Cow;

use thiserror::Error;

use super::{Columns, LrSchedule};

/// Why columns are no table of runs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunTableError {
    /// No rows, or columns of different lengths.
    #[error("a table has at least one row, and columns of one length")]
    Lengths,
    /// One name for two columns.
    #[error("two columns are called {0:?}")]
    Twice(String),
    /// A column that only some of the tables laid below each other have.
    #[error("only some parts have a {0:?}")]
    OnlySome(String),
}

/// A column: its name and its cells.
type Column<T> = (String, Vec<T>);

/// Rows in the order of their source. Every column is as long as the table; a number that a row lacks is NaN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTable {
    texts: Vec<Column<String>>,
    numbers: Vec<Column<f64>>,
    schedules: Vec<LrSchedule>,
    rows: usize,
}

impl RunTable {
    /// A table of these columns.
    ///
    /// # Errors
    /// No rows, columns of different lengths, two columns of one name.
    pub fn new(texts: Vec<Column<String>>, numbers: Vec<Column<f64>>) -> Result<Self, RunTableError> {
        let rows = texts.first().map(|c| c.1.len()).or_else(|| numbers.first().map(|c| c.1.len())).unwrap_or(0);
        let mut lengths = texts.iter().map(|c| c.1.len()).chain(numbers.iter().map(|c| c.1.len()));
        if rows == 0 || lengths.any(|n| n != rows) {
            return Err(RunTableError::Lengths);
        }
        let mut names: Vec<&String> = texts.iter().map(|c| &c.0).chain(numbers.iter().map(|c| &c.0)).collect();
        names.sort();
        match names.windows(2).find(|w| w[0] == w[1]) {
            Some(twice) => Err(RunTableError::Twice(twice[0].clone())),
            None => Ok(Self { texts, numbers, schedules: Vec::new(), rows }),
        }
    }

    /// The same table, its schedules known by name.
    #[must_use]
    pub fn with_schedules(mut self, schedules: Vec<LrSchedule>) -> Self {
        self.schedules = schedules;
        self
    }

    /// Lays the rows of another table with the same columns below these.
    ///
    /// # Errors
    /// A column that only one of the two has.
    pub fn append(&mut self, more: Self) -> Result<(), RunTableError> {
        fn below<T>(all: &mut [Column<T>], more: Vec<Column<T>>) -> Result<(), RunTableError> {
            if let Some(lacks) = all.iter().find(|a| more.iter().all(|m| m.0 != a.0)) {
                return Err(RunTableError::OnlySome(lacks.0.clone()));
            }
            for (name, cells) in more {
                match all.iter_mut().find(|a| a.0 == name) {
                    Some(column) => column.1.extend(cells),
                    None => return Err(RunTableError::OnlySome(name)),
                }
            }
            Ok(())
        }
        self.rows += more.rows;
        below(&mut self.texts, more.texts)?;
        below(&mut self.numbers, more.numbers)
    }

    /// The learning-rate schedule of this name.
    pub fn schedule(&self, id: &str) -> Option<&LrSchedule> {
        self.schedules.iter().find(|s| s.id == id)
    }

    /// The text columns, each with its name, in the order in which they were given.
    pub fn text_columns(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.texts.iter().map(|(name, cells)| (name.as_str(), cells.as_slice()))
    }

    /// The number columns, each with its name, in the order in which they were given.
    pub fn number_columns(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.numbers.iter().map(|(name, cells)| (name.as_str(), cells.as_slice()))
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// True without rows: a table that was never filled.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// A number column by name, NaN where a row has none.
    pub fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.numbers.iter().find(|c| c.0 == name).map(|c| c.1.as_slice())
    }

    /// A text column by name.
    pub fn texts(&self, name: &str) -> Option<&[String]> {
        self.texts.iter().find(|c| c.0 == name).map(|c| c.1.as_slice())
    }
}

impl Columns for RunTable {
    fn rows(&self) -> usize {
        self.rows
    }

    fn texts(&self, name: &str) -> Option<&[String]> {
        self.texts(name)
    }

    fn numbers(&self, name: &str) -> Option<Cow<'_, [f64]>> {
        self.numbers(name).map(Cow::Borrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<T: Clone>(name: &str, cells: &[T]) -> (String, Vec<T>) {
        (name.to_owned(), cells.to_vec())
    }

    fn table(run: &str) -> RunTable {
        RunTable::new(vec![column("run", &[run.to_owned(), run.to_owned()])], vec![column("loss", &[3.0, 2.5])]).unwrap()
    }

    #[test]
    fn columns_are_found_by_name_and_laid_below_each_other() {
        let mut all = table("a");
        all.append(table("b")).unwrap();
        assert_eq!((all.len(), all.texts("run").unwrap()[2].as_str(), all.numbers("loss").unwrap()[3]), (4, "b", 2.5));
        assert_eq!((all.numbers("run"), all.texts("loss")), (None, None));
        assert_eq!(all.computed("2 * loss").unwrap()[0], 6.0);
        assert_eq!(all.computed("2 * los"), Err(crate::runs::MissingColumn::Unknown("los".into())));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(RunTable::new(Vec::new(), vec![column("a", &[1.0]), column("b", &[1.0, 2.0])]), Err(RunTableError::Lengths));
        assert_eq!(RunTable::new(Vec::new(), Vec::new()), Err(RunTableError::Lengths));
        let twice = RunTable::new(vec![column("a", &["x".to_owned()])], vec![column("a", &[1.0])]);
        assert_eq!(twice, Err(RunTableError::Twice("a".into())));
        let other = RunTable::new(Vec::new(), vec![column("loss", &[1.0])]).unwrap();
        assert_eq!(table("a").append(other), Err(RunTableError::OnlySome("run".into())));
    }
}
