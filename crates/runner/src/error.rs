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
    /// All data are missing, or some are damaged.
    pub const DATA: u8 = 101;
    /// A spec, published.toml or dataset.toml is invalid.
    pub const SPEC: u8 = 102;
    /// Some jobs failed to run.
    pub const JOBS: u8 = 103;
    /// Something cannot be written.
    pub const WRITE: u8 = 110;
    /// The program has a bug: it panicked.
    pub const BUG: u8 = 120;
}

/// Why data are not here. Absent data leave their part of an experiment out; data that are here and wrong stop it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// What is missing, without the folders of this machine: fit for a manifest.
    pub what: String,
    /// Where it was looked for.
    pub looked: Vec<std::path::PathBuf>,
    /// What to do, or that nothing can be done.
    pub mend: String,
}

impl std::fmt::Display for Absent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)?;
        let looked: Vec<String> = self.looked.iter().map(|p| p.display().to_string()).collect();
        if !looked.is_empty() {
            write!(f, " (looked in {})", looked.join(" and "))?;
        }
        if self.mend.is_empty() { Ok(()) } else { write!(f, "; {}", self.mend) }
    }
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
    /// Data are not on this machine; the text says how to get them, or that nobody can.
    #[error("{0}")]
    Absent(Absent),
    /// Data are there and not what they should be.
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
            RunError::Data(_) | RunError::Absent(_) => exit::DATA,
            RunError::Jobs(_) => exit::JOBS,
            RunError::Write { .. } => exit::WRITE,
        }
    }
}
