//! What can stop a run, with the exit code each has.

use thiserror::Error;

/// Documented exit codes of the program.
pub mod exit {
    /// Everything asked was done, and every claim came out as expected.
    pub const OK: u8 = 0;
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// Nothing matched what was asked.
    pub const NOTHING: u8 = 4;
    /// A claim was not reproduced, or one expected to fail was.
    pub const CLAIM: u8 = 100;
    /// Data are missing or damaged.
    pub const DATA: u8 = 101;
    /// A spec, published.toml or dataset.toml is invalid.
    pub const SPEC: u8 = 102;
    /// Some jobs failed to run.
    pub const JOBS: u8 = 103;
    /// Something cannot be written.
    pub const WRITE: u8 = 110;
}

/// Why a run stopped.
#[derive(Clone, Debug, Error)]
pub enum RunError {
    /// A TOML file is wrong; the text names the place.
    #[error("{0}")]
    Spec(String),
    /// No experiment, dataset or job of that name.
    #[error("{0}")]
    Nothing(String),
    /// Data are not there or not what they should be.
    #[error("{0}")]
    Data(String),
    /// Jobs failed.
    #[error("{0}")]
    Jobs(String),
    /// A file cannot be written.
    #[error("cannot write {path}: {why}; check that the folder exists and is writable")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
}

impl RunError {
    /// The exit code that belongs to it.
    pub fn code(&self) -> u8 {
        match self {
            RunError::Spec(_) => exit::SPEC,
            RunError::Nothing(_) => exit::NOTHING,
            RunError::Data(_) => exit::DATA,
            RunError::Jobs(_) => exit::JOBS,
            RunError::Write { .. } => exit::WRITE,
        }
    }
}
