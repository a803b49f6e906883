//! Where the rows of finished jobs lie: one sealed file a job, written beside and renamed, so that a kill loses one job and never half a file.

use std::path::{Path, PathBuf};

use evaluation::Frame;

use crate::job::Output;
use crate::{RunError, frames, sealed};

/// The folder of one experiment's rows.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Writes a file beside its place, makes sure that it is on the disk, and renames it.
///
/// # Errors
/// The file cannot be written.
pub fn write_atomically(path: &Path, data: &[u8]) -> Result<(), RunError> {
    tables::atomic::write(path, data).map_err(|e| match e {
        tables::TableError::Write { file, why } => RunError::Write { path: file, why },
        other => RunError::Write { path: path.display().to_string(), why: other.to_string() },
    })
}

impl Store {
    /// The store below `results/<experiment>`.
    pub fn new(results: &Path) -> Self {
        Self { folder: results.join(".rows") }
    }

    /// Removes what a killed run left half written.
    pub fn sweep(&self) {
        tables::atomic::sweep(&self.folder);
    }

    /// The file of a job.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.rows"))
    }

    /// Is this job done?
    pub fn has(&self, key: &str) -> bool {
        self.path(key).is_file()
    }

    /// Removes the files of jobs that are not among these, and says how many.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn prune(&self, keys: &std::collections::BTreeSet<&str>) -> Result<usize, RunError> {
        let mut removed = 0;
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            if path.extension().is_some_and(|e| e == "rows") && !keys.contains(stem.as_str()) {
                std::fs::remove_file(&path).map_err(|e| RunError::Write { path: path.display().to_string(), why: e.to_string() })?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Keeps what a job left.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, key: &str, out: &Output) -> Result<(), RunError> {
        let mut seconds = Frame::new();
        for (curve, cutoff, method, s) in &out.seconds {
            seconds.push_row(&[("curve", curve), ("seen", cutoff), ("method", method)], &[("seconds", Some(*s))]);
        }
        let [rows, kept, seconds] = [&out.rows, &out.kept, &seconds].map(frames::to_parquet);
        let (rows, kept, seconds) = (rows?, kept?, seconds?);
        sealed::write(&self.path(key), &[("rows", &rows), ("kept", &kept), ("seconds", &seconds)])
    }

    fn sections(&self, key: &str) -> Result<sealed::Sections, RunError> {
        sealed::read(&self.path(key)).map_err(|why| self.damaged(key, &why))
    }

    fn damaged(&self, key: &str, why: &str) -> RunError {
        RunError::Jobs(format!("{}: {why}; remove the file and run again", self.path(key).display()))
    }

    fn frame(&self, key: &str, sections: &sealed::Sections, name: &str) -> Result<Frame, RunError> {
        let Some(bytes) = sections.get(name) else { return Ok(Frame::new()) };
        frames::from_parquet(&self.path(key).display().to_string(), bytes).map_err(|why| self.damaged(key, &why))
    }

    /// A job's rows, with the seconds that they took.
    ///
    /// # Errors
    /// A file that is not whole.
    pub fn rows(&self, key: &str) -> Result<(Frame, Frame), RunError> {
        let sections = self.sections(key)?;
        Ok((self.frame(key, &sections, "rows")?, self.frame(key, &sections, "seconds")?))
    }

    /// What a job kept beside its rows.
    ///
    /// # Errors
    /// A file that is not whole.
    pub fn kept(&self, key: &str) -> Result<Frame, RunError> {
        let sections = self.sections(key)?;
        self.frame(key, &sections, "kept")
    }
}
