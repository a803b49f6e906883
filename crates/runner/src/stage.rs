//! Stages: what has to be trained or solved before a source can be opened.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lab::{DynStudy, Stage};

use crate::RunError;
use crate::cache::{Kept, StageCache};
use crate::dataset::{self, Dataset, TidyFile, sha256};
use crate::error::Absent;
use crate::source::Site;

/// One stage of a study: an arm and a seed, or what several of them share.
#[derive(Clone)]
pub struct StagePlan {
    /// The source it belongs to.
    pub source: String,
    /// The study that runs it.
    pub study: &'static dyn DynStudy,
    /// What it is.
    pub stage: Stage,
    /// Hash of all that decides its outcome: study, epoch, all settings, seed and the keys of what it needs; never the experiment.
    pub key: String,
    /// Is it there for others, and so no run of its own?
    pub shared: bool,
    /// Keys of the stages that it needs.
    pub needs: Vec<String>,
    /// About how many seconds it takes on one core.
    pub cost: f64,
    /// The datasets that it reads, by name: with their folders where they are here.
    pub reads: Vec<Reads>,
}

/// A dataset that a stage reads.
#[derive(Clone, Debug)]
pub struct Reads {
    /// Its name.
    pub name: String,
    /// Its description.
    pub dataset: Dataset,
    /// The folder of its files, or why they are not here.
    pub folder: Result<PathBuf, Absent>,
}

impl Reads {
    fn of(site: &Site<'_>, name: &str) -> Result<Self, RunError> {
        let dataset = Dataset::load(site.root, name)?;
        let files: Vec<&str> = dataset.files.keys().map(String::as_str).collect();
        let folder = match dataset.clone().find(site.root, name, site.mirror, &files) {
            Ok(found) => Ok(found.folder),
            Err(RunError::Absent(absent)) => Err(absent),
            Err(e) => return Err(e),
        };
        Ok(Self { name: name.to_owned(), dataset, folder })
    }

    /// What of its files decides numbers.
    fn identity(&self) -> Result<String, RunError> {
        let sum = |(file, tidy): (&String, &TidyFile)| match &tidy.sha256 {
            Some(sum) => Ok(format!("{file} {sum}")),
            None => Err(RunError::Spec(format!("datasets/{}/dataset.toml: file {file:?} is read by a study and needs its `sha256`", self.name))),
        };
        Ok(self.dataset.files.iter().map(sum).collect::<Result<Vec<_>, _>>()?.join("\n"))
    }
}

/// The files of what a stage reads.
struct FilesOf<'a>(&'a [Reads]);

impl lab::Files for FilesOf<'_> {
    fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
        let Some(reads) = self.0.iter().find(|r| r.name == dataset) else { return lab::NoFiles.read(dataset, file) };
        let folder = reads.folder.as_ref().map_err(|absent| RunError::Absent(absent.clone()).to_string())?;
        let known = reads.dataset.files.keys().map(String::as_str);
        let want = reads.dataset.files.get(file).ok_or_else(|| curves::no_such("file", file, known))?;
        let path = folder.join(file);
        dataset::check(&path, want).map_err(|e| e.to_string())?;
        std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))
    }
}

impl std::fmt::Debug for StagePlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.source, self.study.name(), self.stage.id)
    }
}

impl StagePlan {
    /// The stages of a study, each with its key. Stages come after what they need.
    ///
    /// # Errors
    /// A stage that needs one that comes later, or settings that cannot be written.
    pub fn all(site: &Site<'_>, study: &'static dyn DynStudy, stages: Vec<Stage>) -> Result<Vec<Self>, RunError> {
        let mut all: Vec<Self> = Vec::with_capacity(stages.len());
        let shared: std::collections::BTreeSet<usize> = stages.iter().flat_map(|s| s.needs.iter().copied()).collect();
        let mut known: BTreeMap<String, Reads> = BTreeMap::new();
        for (k, stage) in stages.into_iter().enumerate() {
            for name in &stage.reads {
                if !known.contains_key(name) {
                    known.insert(name.clone(), Reads::of(site, name)?);
                }
            }
            let reads: Vec<Reads> = stage.reads.iter().map(|name| known[name].clone()).collect();
            let needs: Option<Vec<String>> = stage.needs.iter().map(|n| all.get(*n).map(|s| s.key.clone())).collect();
            let needs = needs.ok_or_else(|| RunError::Spec(format!("study {}: stage {:?} needs a stage that comes after it", study.name(), stage.id)))?;
            let settings = toml::to_string(&stage.settings).map_err(|e| RunError::Spec(e.to_string()))?;
            // The settings hold those of the arm: two arms that come to the same are one stage, whatever they are called.
            let mut about = format!("{} {}\n{settings}\n{}\n{}", study.name(), study.epoch(), stage.seed, needs.join(" "));
            for read in &reads {
                about.push_str(&format!("\n{}\n{}", read.name, read.identity()?));
            }
            let key = sha256(about.as_bytes())[..32].to_owned();
            let cost = stage.flops / stage.speed;
            all.push(Self { source: site.name.to_owned(), reads, study, stage, key, shared: shared.contains(&k), needs, cost });
        }
        Ok(all)
    }

    /// Runs it, or goes on where it stopped, and keeps its outcome. Answers false when it was told to stop.
    ///
    /// # Errors
    /// A study that fails, an outcome it needs that is not there, a folder that cannot be written.
    pub fn run(&self, cache: &StageCache, watch: &dyn Fn(f64) -> lab::Go) -> Result<bool, RunError> {
        let needs = self.needs.iter().map(|key| cache.get(key).map(|kept| kept.outcome)).collect::<Result<Vec<_>, _>>()?;
        let mut progress = cache.progress(&self.key);
        // Of the study and the number alone: arms with one seed begin from the same draws, whatever the experiment.
        let seed = fitters::seed::of(&[self.study.name(), &self.stage.seed.to_string()]);
        let mut context = lab::Context { seed, checkpoint: &mut progress, files: &FilesOf(&self.reads), watch };
        match self.study.run(&self.stage, &needs, &mut context) {
            Ok(outcome) => {
                let flops = Some(progress.flops());
                cache.put(&self.key, &Kept { outcome, flops })?;
                Ok(true)
            }
            Err(lab::StudyError::Interrupted) => Ok(false),
            Err(e) => Err(RunError::Jobs(format!("study {}, stage {:?}: {e}", self.study.name(), self.stage.id))),
        }
    }
}
