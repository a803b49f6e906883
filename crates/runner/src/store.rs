//! Where the rows of finished jobs lie: one file a job, written beside and renamed, so that a kill loses one job and never half a file.

use std::path::{Path, PathBuf};

use evaluation::Frame;

use crate::RunError;
use crate::job::Output;

/// The folder of one experiment's rows.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Text columns of rows; every other column is a number.
pub(crate) const TEXT: [&str; 31] = [
    // Of curves, methods and policies.
    "ask",
    "source",
    "task",
    "quality",
    "curve",
    "seen",
    "method",
    "status",
    "level",
    "order",
    // Of skills that emerge.
    "view",
    "definition",
    "model",
    "model-b",
    "pair",
    "relation",
    "component",
    "kind",
    "family",
    "subset",
    "statistic",
    "basis",
    "group",
    "detrend",
    "outcome",
    "known",
    "degenerate",
    // Of fits.
    "split",
    "law",
    "parameter",
    "budget",
];

/// Writes a file beside its place and renames it.
pub fn write_atomically(path: &Path, data: &[u8]) -> Result<(), RunError> {
    let fail = |e: std::io::Error| RunError::Write { path: path.display().to_string(), why: e.to_string() };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fail)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, data).map_err(fail)?;
    std::fs::rename(&beside, path).map_err(fail)
}

impl Store {
    /// The store below `results/<experiment>`.
    pub fn new(results: &Path) -> Self {
        Self { folder: results.join(".rows") }
    }

    fn rows_path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.csv"))
    }

    /// Is this job done?
    pub fn has(&self, key: &str) -> bool {
        self.rows_path(key).is_file()
    }

    /// Keeps what a job left. The seconds land first: a job with rows is done.
    pub fn put(&self, key: &str, out: &Output) -> Result<(), RunError> {
        let mut seconds = String::from("curve,seen,method,seconds\n");
        for (curve, seen, method, s) in &out.seconds {
            // Ids may hold commas: quote them as CSV does.
            seconds.push_str(&format!("\"{}\",{seen},{method},{s:e}\n", curve.replace('"', "\"\"")));
        }
        write_atomically(&self.folder.join(format!("{key}.seconds")), seconds.as_bytes())?;
        write_atomically(&self.rows_path(key), out.rows.to_csv().as_bytes())
    }

    /// The bytes of a job's rows.
    pub fn bytes(&self, key: &str) -> Result<Vec<u8>, RunError> {
        let path = self.rows_path(key);
        std::fs::read(&path).map_err(|e| RunError::Jobs(format!("{}: {e}", path.display())))
    }

    /// A job's rows, and its seconds where they are there.
    pub fn get(&self, key: &str) -> Result<Output, RunError> {
        let path = self.rows_path(key);
        let damaged = |why: String| RunError::Jobs(format!("{}: {why}; remove the file and run again", path.display()));
        let text = String::from_utf8(self.bytes(key)?).map_err(|e| damaged(e.to_string()))?;
        let rows = Frame::from_csv(&text, |c| !TEXT.contains(&c)).map_err(|e| damaged(e.to_string()))?;
        let mut seconds = Vec::new();
        if let Ok(text) = std::fs::read_to_string(self.folder.join(format!("{key}.seconds"))) {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            for r in reader.records().flatten() {
                if let (Some(c), Some(v), Some(m), Some(Ok(s))) = (r.get(0), r.get(1), r.get(2), r.get(3).map(str::parse)) {
                    seconds.push((c.to_owned(), v.to_owned(), m.to_owned(), s));
                }
            }
        }
        Ok(Output { rows, seconds })
    }
}
