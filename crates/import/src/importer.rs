//! One format: how its files are recognised, and how they are read.

use std::path::{Path, PathBuf};

use curves::no_such;

use crate::folder::without_ending;
use crate::{IMPORTERS, ImportError, Log, Source};

/// A format that a training tool writes.
pub trait Importer: Sync {
    /// What it is called, in kebab case.
    fn name(&self) -> &'static str;

    /// Which files it reads, for lists.
    fn title(&self) -> &'static str;

    /// Are its files tables, which `tables` reads as they are?
    fn is_table(&self) -> bool {
        false
    }

    /// Is this a file of the format, by its name and its beginning?
    fn recognises(&self, source: &Source<'_>) -> bool;

    /// Where the run of a file stands: the file without its ending, or its folder where files are named after nothing.
    fn run(&self, path: &Path) -> PathBuf {
        without_ending(path)
    }

    /// Reads one file into the points of a run, after those of earlier files of the same run.
    ///
    /// # Errors
    /// A file that cannot be read, or is damaged, or is not of the format.
    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError>;
}

/// The importer of a name.
///
/// # Errors
/// There is none; the error names those there are.
pub fn find(name: &str) -> Result<&'static dyn Importer, ImportError> {
    let found = IMPORTERS.iter().copied().find(|i| i.name() == name);
    found.ok_or_else(|| ImportError::UnknownFormat(no_such("format", name, IMPORTERS.iter().map(|i| i.name()))))
}

/// The first importer that recognises a file.
pub(crate) fn of(source: &Source<'_>) -> Option<&'static dyn Importer> {
    IMPORTERS.iter().copied().find(|i| i.recognises(source))
}
