//! Forecast and truth become a score; rows become statistics; a claim and its rows become a verdict.
//!
//! A crate of its own because it makes another promise: it sees forecasts and rows and never a
//! fitter, so that whoever brings a forecast can be scored, and everything in it is a function of
//! its arguments and a seed (no disk, clock or threads).
//!
//! - [`metric`]: one score, one file; [`metric::score_all`] asks them all at once.
//! - [`stat`]: means, ranks, correlations and the bootstrap.
//! - [`Frame`]: tidy rows; [`Cell`]: one number of a table, read from a frame with its interval.
//! - [`emergence`]: when a skill appears, in which order, and whether models agree.
//! - [`claim`]: what a paper prints, as data; [`claim::judge`] makes a [`Verdict`] of it.
//! - [`compare`]: does one arm beat another, pair by pair? [`agree`]: does theory equal measurement, point by point?

pub mod agree;
pub mod cell;
pub mod claim;
pub mod compare;
pub mod emergence;
pub mod error;
pub mod frame;
pub mod headline;
pub mod metric;
mod pairing;
pub mod stat;
pub mod verdict;

pub use cell::{Among, Cell, CellValue, Stat, Strings};
pub use claim::{Claim, Deviation, Published, judge};
pub use error::EvaluationError;
pub use frame::Frame;
pub use headline::{Basis, Composed, Headline};
pub use metric::{Metric, Outcome};
pub use stat::Interval;
pub use verdict::{Mark, Verdict};
