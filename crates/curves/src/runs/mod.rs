//! The table of runs: what is known of many runs or checkpoints, row by row, and one language that selects among them.
//!
//! A [`RunTable`] comes from a dataset, a simulation or a study; a [`Filter`] keeps some of its rows, an [`Expression`] makes a column of columns.

mod columns;
mod expression;
mod filter;
mod one_or_many;
mod schedule;
mod table;

pub use columns::{Columns, MissingColumn};
pub use expression::Expression;
pub use filter::{Filter, PickBy, all_match};
pub use one_or_many::OneOrMany;
pub use schedule::{LrSchedule, LrShape};
pub use table::{RunTable, RunTableError};
