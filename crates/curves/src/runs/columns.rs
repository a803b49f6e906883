//! `Columns`: whatever has rows of texts and numbers by name.

use std::borrow::Cow;

use thiserror::Error;

use super::Expression;

/// Why a column cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MissingColumn {
    /// There is no column of this name.
    #[error("there is no column {0:?}")]
    Unknown(String),
    /// The text is neither a column nor an expression.
    #[error("{0}")]
    NoExpression(String),
}

/// Rows with text columns and number columns, all of one length.
pub trait Columns {
    /// How many rows.
    fn rows(&self) -> usize;

    /// A text column by name.
    fn texts(&self, name: &str) -> Option<&[String]>;

    /// A number column by name, NaN where a row has none.
    fn numbers(&self, name: &str) -> Option<Cow<'_, [f64]>>;

    /// A number column, or an [`Expression`] of number columns, in every row.
    ///
    /// # Errors
    /// The text is no expression, or it names a column that is not there.
    fn computed(&self, text: &str) -> Result<Vec<f64>, MissingColumn> {
        let expression = Expression::parse(text).map_err(MissingColumn::NoExpression)?;
        expression.values(self.rows(), |name| self.numbers(name)).map_err(MissingColumn::Unknown)
    }
}
