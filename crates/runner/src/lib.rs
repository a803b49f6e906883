//! From spec to plan to stages and jobs to rows.
//!
//! A crate of its own because it alone does the world: it reads experiments and datasets, runs threads, keeps files and knows the clock.

pub mod cache;
pub mod cost;
pub mod dataset;
pub mod error;
pub mod eval_curves;
pub mod experiment;
pub mod frames;
pub mod get;
pub mod job;
pub mod manifest;
pub mod method;
mod papers;
pub mod plan;
pub mod protocol;
pub mod results;
mod row_writer;
pub mod run;
pub mod schema;
pub mod sealed;
pub mod set;
pub mod settings_in_force;
pub mod source;
pub mod spec;
pub mod stage;
mod stopwatch;
pub mod store;
mod toml_file;

pub use error::{RunError, exit};
pub use experiment::{DEFAULT_SIZE, Experiment, find_root, list};
pub use manifest::Manifest;
pub use papers::{Paper, papers};
pub use plan::{Plan, Shard};
pub use results::Results;
pub use run::Progress;
pub use settings_in_force::{Setting, settings_in_force};
pub use store::write_atomically;
pub use toml_file::parse;
