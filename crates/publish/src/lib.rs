//! The rows of a run become tables, verdicts, figures and one page.
//!
//! A crate of its own because of another reader: the program, the Python wheel and tests publish what a run left, and none of them
//! should need the others. It runs nothing and reads no data: everything comes from [`runner::Results`], whether these were just made
//! or read from committed files.
//!
//! - [`check()`]: what is wrong with the tables and figures of a spec, right after it is loaded.
//! - [`Answers`]: what rows come to, in numbers and words; [`Publication`]: the files of `results/<name>` that are made of answers, in
//!   memory or on disk; [`write()`]: both steps at once.
//! - [`judge`]: claims × rows → verdicts; [`claims`]: verdicts as rows of a report, with the reason in words.
//! - [`cells`] and [`tables`]: tables of a spec.
//! - [`figures`]: one kind of figure, one file.
//! - [`scoreboard`]: what is generated of all papers together.

mod answers;
pub mod cells;
mod check;
pub mod claims;
mod cost;
pub mod figures;
mod first;
mod headlines;
pub mod judge;
mod level;
mod page;
mod place;
mod printed;
mod render;
pub mod scoreboard;
mod settings;
mod studies;
pub mod tables;
mod words;

pub use answers::Answers;
pub use check::check;
pub use headlines::{HeadlineRow, short_table as statements_table};
pub use render::{Publication, statements, write};
