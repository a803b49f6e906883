//! Outcomes of stages, by content: experiments, sizes and arms share them, and folders can be copied together.
//!
//! `.cache/stages/<first two digits>/<key>.outcome`, or below `CURVECAST_CACHE`. A stage that was stopped goes on from `<key>.progress`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evaluation::Frame;
use lab::{Checkpoint, Outcome, Series, Status};

mod committed;

pub(crate) use committed::rows as committed_rows;

use crate::{RunError, frames, sealed};

/// Where outcomes of stages lie.
#[derive(Clone, Debug)]
pub struct StageCache {
    folder: PathBuf,
    /// Outcomes that are committed beside results: what a clone has.
    committed: Arc<BTreeMap<String, Kept>>,
}

/// What is kept of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What came out of it.
    pub outcome: Outcome,
    /// Floating-point operations of its networks; unknown where it ran before they were counted.
    pub flops: Option<u64>,
}

impl StageCache {
    /// The cache of a workspace, or of `CURVECAST_CACHE`.
    pub fn new(root: &Path) -> Self {
        let folder = std::env::var_os("CURVECAST_CACHE").map_or_else(|| root.join(".cache"), PathBuf::from);
        Self { folder: folder.join("stages"), committed: Arc::default() }
    }

    /// A cache in a folder of its own.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), committed: Arc::default() }
    }

    /// The same cache, which also knows the outcomes in a file of committed runs; a file that is not there adds none.
    ///
    /// # Errors
    /// A file that is damaged.
    pub fn with_committed(mut self, path: &Path) -> Result<Self, RunError> {
        let Ok(bytes) = std::fs::read(path) else { return Ok(self) };
        let shown = path.display().to_string();
        let frame = frames::from_parquet(&shown, &bytes).map_err(|why| RunError::Data(format!("{shown}: {why}")))?;
        let found = committed::read(&frame);
        // The manifest beside it says what it held when it was written. A run that was stopped before its manifest leaves a file that is newer,
        // but then its outcomes are here too, and nothing of it needs to be believed.
        let manifest = path.with_file_name("manifest.json");
        let said = std::fs::read_to_string(&manifest).ok().and_then(|t| serde_json::from_str::<serde_json::Value>(&t).ok());
        let print = said.as_ref().and_then(|m| m.get("kept")?.get(path.file_name()?.to_str()?)?.as_str());
        if print != Some(frames::fingerprint(&frame, &[]).as_str()) {
            if found.keys().all(|key| self.path(key, "outcome").is_file()) {
                return Ok(self);
            }
            return Err(RunError::Data(format!("{shown}: its values are not those that manifest.json says; remove it, and what it held is trained again")));
        }
        let mut all = (*self.committed).clone();
        all.extend(found);
        self.committed = Arc::new(all);
        Ok(self)
    }

    fn path(&self, key: &str, end: &str) -> PathBuf {
        self.folder.join(&key[..2.min(key.len())]).join(format!("{key}.{end}"))
    }

    /// Is this stage done?
    pub fn has(&self, key: &str) -> bool {
        self.committed.contains_key(key) || self.path(key, "outcome").is_file()
    }

    /// What is kept of a stage.
    ///
    /// # Errors
    /// A file that is not there or not whole; it has to be removed and made again.
    pub fn get(&self, key: &str) -> Result<Kept, RunError> {
        let path = self.path(key, "outcome");
        if let Some(known) = self.committed.get(key).filter(|_| !path.is_file()) {
            return Ok(known.clone());
        }
        let damaged = |why: String| RunError::Jobs(format!("{}: {why}; remove the file and run again", path.display()));
        let sections = sealed::read(&path).map_err(damaged)?;
        let frame = |name: &str| {
            let bytes = sections.get(name).map(Vec::as_slice).unwrap_or_default();
            frames::from_parquet(&path.display().to_string(), bytes).map_err(damaged)
        };
        let (points, scalars) = (frame("series")?, frame("scalars")?);
        let mut series: Vec<Series> = Vec::new();
        for r in 0..points.len() {
            if let (Some(x), Some(y)) = (points.number("x", r), points.number("y", r)) {
                committed::point(&mut series, points.text("series", r).unwrap_or_default(), x, y);
            }
        }
        let scalars = (0..scalars.len()).map(|r| (scalars.text("name", r).unwrap_or_default().to_owned(), scalars.number("value", r))).collect();
        let status = match sections.get("status").map(|s| String::from_utf8_lossy(s).into_owned()) {
            Some(why) if !why.is_empty() => Status::Diverged(why),
            _ => Status::Done,
        };
        let outcome = Outcome { series, scalars, weights: sections.get("weights").filter(|w| !w.is_empty()).cloned(), status };
        Ok(Kept { outcome, flops: number(&sections, "flops") })
    }

    /// Keeps what came out of a stage, and forgets its progress.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put(&self, key: &str, kept: &Kept) -> Result<(), RunError> {
        let Kept { outcome, flops } = kept;
        let mut points = Frame::new();
        for s in &outcome.series {
            for (x, y) in s.x.iter().zip(&s.y) {
                points.push_row(&[("series", s.name.as_str())], &[("x", Some(*x)), ("y", Some(*y))]);
            }
        }
        let mut scalars = Frame::new();
        for (name, value) in &outcome.scalars {
            scalars.push_row(&[("name", name.as_str())], &[("value", *value)]);
        }
        let (points, scalars) = (frames::to_parquet(&points)?, frames::to_parquet(&scalars)?);
        let status = match &outcome.status {
            Status::Done => "",
            Status::Diverged(why) => why.as_str(),
        };
        let weights = outcome.weights.as_deref().unwrap_or_default();
        let flops = flops.map(|n| n.to_string()).unwrap_or_default();
        let sections: [(&str, &[u8]); 5] =
            [("series", &points), ("scalars", &scalars), ("status", status.as_bytes()), ("weights", weights), ("flops", flops.as_bytes())];
        sealed::write(&self.path(key, "outcome"), &sections)?;
        // The outcome is there: a progress file that stays would only take room.
        let _ = std::fs::remove_file(self.path(key, "progress"));
        Ok(())
    }

    /// Where a stage keeps its progress.
    pub fn progress(&self, key: &str) -> Progress {
        Progress { path: self.path(key, "progress"), before: 0, started: lab::operations() }
    }
}

/// A whole number in a section.
fn number(sections: &sealed::Sections, name: &str) -> Option<u64> {
    std::str::from_utf8(sections.get(name)?).ok()?.parse().ok()
}

/// The progress file of a stage, and what the stage has cost: it is counted on through a run that was stopped.
pub struct Progress {
    path: PathBuf,
    /// What the runs before this one cost.
    before: u64,
    /// The count of this thread when this run began.
    started: u64,
}

impl Progress {
    /// Floating-point operations of the stage's networks so far. To be asked on the thread that runs it.
    pub fn flops(&self) -> u64 {
        self.before + lab::operations().wrapping_sub(self.started)
    }
}

impl Checkpoint for Progress {
    /// Progress that is not whole is none: the stage starts again.
    fn load(&mut self) -> Option<Vec<u8>> {
        let mut sections = sealed::read(&self.path).ok()?;
        self.before = number(&sections, "flops").unwrap_or_default();
        sections.remove("progress")
    }

    fn save(&mut self, bytes: &[u8]) -> Result<(), String> {
        let flops = self.flops().to_string();
        sealed::write(&self.path, &[("progress", bytes), ("flops", flops.as_bytes())]).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        let series = |name: &str| Series { name: name.into(), x: vec![1.0, 2.0], y: vec![0.5, 0.25] };
        let outcome = Outcome {
            series: vec![series("train"), series("test")],
            scalars: vec![("delay".into(), Some(3.0)), ("never".into(), None)],
            weights: Some(vec![1, 2]),
            status: Status::Done,
        };
        Kept { outcome, flops: Some(12) }
    }

    #[test]
    fn outcomes_come_back_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let cache = StageCache::at(dir.path());
        assert!(!cache.has("abcd"));
        cache.put("abcd", &kept()).unwrap();
        assert!(cache.has("abcd"));
        assert_eq!(cache.get("abcd").unwrap(), kept());
        let outcome = Outcome { status: Status::Diverged("not finite at step 3".into()), ..kept().outcome };
        let diverged = Kept { outcome, flops: None };
        cache.put("ef01", &diverged).unwrap();
        assert_eq!(cache.get("ef01").unwrap(), diverged);
    }

    #[test]
    fn a_damaged_outcome_is_named_and_damaged_progress_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let cache = StageCache::at(dir.path());
        cache.put("abcd", &kept()).unwrap();
        let path = cache.path("abcd", "outcome");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let why = cache.get("abcd").unwrap_err().to_string();
        assert!(why.contains("abcd.outcome") && why.contains("remove the file"), "{why}");
        let mut progress = cache.progress("abcd");
        assert_eq!(progress.load(), None);
        progress.before = 5;
        progress.save(b"half way").unwrap();
        assert_eq!(progress.load().as_deref(), Some(&b"half way"[..]));
        // What a run before this one cost is counted on.
        let mut resumed = cache.progress("abcd");
        assert_eq!((resumed.flops(), resumed.load().is_some(), resumed.flops()), (0, true, 5));
        std::fs::write(cache.path("abcd", "progress"), b"hal").unwrap();
        assert_eq!(progress.load(), None);
    }

    #[test]
    fn committed_runs_are_believed_where_their_manifest_says_them() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, runs, manifest) = (dir.path().join("cache"), dir.path().join("runs.parquet"), dir.path().join("manifest.json"));
        let mut frame = Frame::new();
        frame.push_row(&[("key", "abcd"), ("diverged", ""), ("view", "scalar"), ("name", "delay")], &[("x", None), ("value", Some(3.0))]);
        std::fs::write(&runs, frames::to_parquet(&frame).unwrap()).unwrap();
        let print = frames::fingerprint(&frame, &[]);
        std::fs::write(&manifest, format!(r#"{{"kept":{{"runs.parquet":"{print}"}}}}"#)).unwrap();
        let believed = StageCache::at(&cache).with_committed(&runs).unwrap();
        let back = believed.get("abcd").unwrap();
        assert_eq!((back.outcome.scalars, back.flops), (vec![("delay".to_owned(), Some(3.0))], None));
        std::fs::write(&manifest, r#"{"kept":{"runs.parquet":"another"}}"#).unwrap();
        let why = StageCache::at(&cache).with_committed(&runs).unwrap_err().to_string();
        assert!(why.contains("runs.parquet") && why.contains("remove it"), "{why}");
        // What was trained here is not read from there.
        StageCache::at(&cache).put("abcd", &kept()).unwrap();
        assert_eq!(StageCache::at(&cache).with_committed(&runs).unwrap().get("abcd").unwrap(), kept());
    }
}
