//! Stages: what has to be trained or solved before a source can be opened.

use lab::{DynStudy, Stage};

use crate::RunError;
use crate::cache::StageCache;
use crate::dataset::sha256;

/// How many operations a core does in a second in small networks: right within a factor of a few, for time left alone.
const FLOPS_PER_SECOND: f64 = 2e9;

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
    pub fn all(source: &str, study: &'static dyn DynStudy, stages: Vec<Stage>) -> Result<Vec<Self>, RunError> {
        let mut all: Vec<Self> = Vec::with_capacity(stages.len());
        let shared: std::collections::BTreeSet<usize> = stages.iter().flat_map(|s| s.needs.iter().copied()).collect();
        for (k, stage) in stages.into_iter().enumerate() {
            let needs: Option<Vec<String>> = stage.needs.iter().map(|n| all.get(*n).map(|s| s.key.clone())).collect();
            let needs = needs.ok_or_else(|| RunError::Spec(format!("study {}: stage {:?} needs a stage that comes after it", study.name(), stage.id)))?;
            let settings = toml::to_string(&stage.settings).map_err(|e| RunError::Spec(e.to_string()))?;
            // The settings hold those of the arm: two arms that come to the same are one stage, whatever they are called.
            let about = format!("{} {}\n{settings}\n{}\n{}", study.name(), study.epoch(), stage.seed, needs.join(" "));
            let key = sha256(about.as_bytes())[..32].to_owned();
            let cost = stage.flops / FLOPS_PER_SECOND;
            all.push(Self { source: source.to_owned(), study, stage, key, shared: shared.contains(&k), needs, cost });
        }
        Ok(all)
    }

    /// Runs it, or goes on where it stopped, and keeps its outcome. Answers false when it was told to stop.
    ///
    /// # Errors
    /// A study that fails, an outcome it needs that is not there, a folder that cannot be written.
    pub fn run(&self, cache: &StageCache, watch: &dyn Fn(f64) -> lab::Go) -> Result<bool, RunError> {
        let needs = self.needs.iter().map(|key| cache.outcome(key)).collect::<Result<Vec<_>, _>>()?;
        let mut progress = cache.progress(&self.key);
        // Of the study and the number alone: arms with one seed begin from the same draws, whatever the experiment.
        let seed = fitters::seed::of(&[self.study.name(), &self.stage.seed.to_string()]);
        let mut context = lab::Context { seed, checkpoint: &mut progress, watch };
        match self.study.run(&self.stage, &needs, &mut context) {
            Ok(outcome) => {
                cache.put(&self.key, &outcome)?;
                Ok(true)
            }
            Err(lab::StudyError::Interrupted) => Ok(false),
            Err(e) => Err(RunError::Jobs(format!("study {}, stage {:?}: {e}", self.study.name(), self.stage.id))),
        }
    }
}
