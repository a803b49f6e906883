//! From spec to plan to jobs to rows to tables to verdicts.
//!
//! A crate of its own because it alone does the world: it reads experiments and datasets, runs
//! threads, keeps files and knows the clock.

pub mod cells;
pub mod dataset;
pub mod error;
pub mod experiment;
pub mod get;
pub mod job;
pub mod judge;
pub mod manifest;
pub mod method;
pub mod plan;
pub mod protocol;
mod rows;
pub mod run;
pub mod set;
pub mod source;
pub mod spec;
pub mod store;
pub mod synthetic;
mod toml_file;
pub mod whole;

pub use error::{RunError, exit};
pub use experiment::{DEFAULT_SIZE, Experiment, find_root, list};
pub use manifest::Manifest;
pub use plan::{Plan, Shard};
pub use run::{Gathered, Progress};
