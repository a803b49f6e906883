//! Studies: small trainings and exact solutions that are run here. A study is a source of curves, like a dataset or a prior.
//!
//! A crate of its own because of its promise: a study is pure in (settings, arm, seed). It knows no disk, clock or thread; its
//! caller keeps its progress and says when to stop, and a run that was stopped and resumed ends in the same numbers.
//!
//! - [`Study`]: what an author writes; [`DynStudy`]: what a runner holds.
//! - [`Stage`]: one piece of work with its cost and all that decides its numbers; [`Outcome`]: what came out of it.
//! - [`arms`]: lists of settings become named [`Arm`]s.
//! - [`studies`]: the list of them all.

pub mod arms;
mod blocks;
pub mod checkpoint;
pub mod error;
mod grid;
pub mod outcome;
pub mod settings;
pub mod studies;
pub mod study;
#[cfg(test)]
mod trial;

/// What the networks of this thread have cost so far: a stage's own cost is the difference before and after it.
pub use nets::product::operations;

pub use arms::Arm;
pub use checkpoint::{Checkpoint, Context, Files, Go, Memory, NoFiles};
pub use error::StudyError;
pub use outcome::{Outcome, Series, Status};
pub use studies::{STUDIES, find};
pub use study::{DynStudy, Stage, StageId, Study};
