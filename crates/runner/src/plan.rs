//! From an experiment to its stages and jobs: what is to run, what is already done, and what cannot run here. A plan opens no data.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cache::StageCache;
use crate::error::Absent;
use crate::experiment::Experiment;
use crate::job::Job;
use crate::method::Built;
use crate::protocol::{Input, Shape, Sizes};
use crate::source::{Axis, Site, Source};
use crate::spec::Ask;
use crate::stage::StagePlan;
use crate::store::Store;
use crate::{RunError, dataset};

/// A slice of a plan: the i-th of n, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which slice.
    pub index: usize,
    /// Of how many.
    pub count: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let bad = || format!("{s:?} is no shard; write i/n with 1 ≤ i ≤ n, for example 3/16");
        let (i, n) = s.split_once('/').ok_or_else(bad)?;
        let (index, count) = (i.trim().parse().map_err(|_| bad())?, n.trim().parse().map_err(|_| bad())?);
        if index == 0 || index > count { Err(bad()) } else { Ok(Shard { index, count }) }
    }
}

/// The file of committed curves and scalars of stages.
pub(crate) const RUNS: &str = "runs.parquet";

/// Everything needed to run an experiment.
pub struct Plan {
    /// The experiment.
    pub experiment: Experiment,
    /// The workspace.
    pub root: PathBuf,
    /// A folder that holds datasets, looked at first.
    pub mirror: Option<PathBuf>,
    /// `results/<name>` (or another folder asked for) at full size, a folder of the size's name in it otherwise; with overrides a folder of
    /// their own, so that a trial never takes the place of a result.
    pub results: PathBuf,
    /// What of every source that is here decides numbers.
    pub identities: BTreeMap<String, String>,
    /// Sources that are not here, and why.
    pub missing: BTreeMap<String, Absent>,
    /// All stages, those that others need first; a stage that several sources share is there once.
    pub stages: Vec<StagePlan>,
    /// All jobs, in an order that depends on the spec alone.
    pub jobs: Vec<Job>,
    /// Where rows lie.
    pub store: Store,
    /// Where outcomes of stages lie.
    pub cache: StageCache,
}

impl Plan {
    /// Lists stages and jobs. Sources whose data are absent leave their asks out, with the reason kept; data that are here and wrong are
    /// found when they are opened.
    ///
    /// # Errors
    /// A dataset.toml that is wrong, settings that make no key.
    pub fn new(root: &Path, experiment: Experiment, mirror: Option<&Path>, results: Option<&Path>) -> Result<Self, RunError> {
        // Rows are shared by all sizes: a larger one goes on from a smaller. What is made of them is not: the committed
        // results are those of the full size, and a smaller one has a folder of its own.
        let base = results.map_or_else(|| root.join("results").join(&experiment.name), Path::to_owned);
        let mut folder = if experiment.size == "full" { base.clone() } else { base.join(&experiment.size) };
        if !experiment.overrides.is_empty() {
            let name = &dataset::sha256(experiment.overrides.join("\n").as_bytes())[..8];
            folder = base.join("overrides").join(format!("{}-{name}", experiment.size));
        }
        let mut plan = Self {
            store: Store::new(&base),
            cache: StageCache::new(root).with_committed(&base.join(RUNS))?.with_committed(&folder.join(RUNS))?,
            root: root.to_owned(),
            mirror: mirror.map(Path::to_owned),
            results: folder,
            identities: BTreeMap::new(),
            missing: BTreeMap::new(),
            stages: Vec::new(),
            jobs: Vec::new(),
            experiment,
        };
        plan.find_sources()?;
        plan.jobs = plan.list_jobs()?;
        Ok(plan)
    }

    /// The site of a source.
    pub(crate) fn site<'a>(&'a self, name: &'a str) -> Site<'a> {
        Site { root: &self.root, mirror: self.mirror.as_deref(), about: &self.experiment.spec.experiment, name, cache: &self.cache }
    }

    /// The inputs of an ask.
    pub(crate) fn inputs(&self, ask: &Ask) -> Vec<Input> {
        ask.protocol().map(|(_, p)| p.reads(&ask.head())).unwrap_or_default()
    }

    fn find_sources(&mut self) -> Result<(), RunError> {
        let read: BTreeSet<String> = self.experiment.spec.asks.iter().flat_map(|a| self.inputs(a)).map(|i| i.source).collect();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for name in read {
            let source = &self.experiment.spec.sources[&name];
            let (_, kind) = source.kind().map_err(RunError::Spec)?;
            let site = self.site(&name);
            match kind.identity(source, &site) {
                Ok(identity) => {
                    let stages = kind.stages(&site)?;
                    self.identities.insert(name, identity);
                    self.stages.extend(stages.into_iter().filter(|s| known.insert(s.key.clone())));
                }
                Err(RunError::Absent(absent)) => {
                    self.missing.insert(name, absent);
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn list_jobs(&self) -> Result<Vec<Job>, RunError> {
        let e = &self.experiment;
        let curves = |source: &str| {
            let all = e.offers.get(source).and_then(|o| o.curves).unwrap_or(0);
            e.spec.sources.get(source).and_then(|s| s.curves).map_or(all, |most| most.min(all))
        };
        let mut jobs = Vec::new();
        for (a, ask) in e.spec.asks.iter().enumerate() {
            let Some(data) = self.inputs(ask).iter().map(|i| self.input_identity(i)).collect::<Option<Vec<String>>>() else { continue };
            let (_, protocol) = ask.protocol().map_err(RunError::Spec)?;
            let identity = ask.identity().map_err(|why| RunError::Spec(format!("ask {:?}: {why}", ask.id)))?;
            let about = format!("{} {} {}\n{identity}\n{}", e.name, e.spec.experiment.version, e.spec.experiment.seed, data.join("\n"));
            for part in protocol.parts(&ask.head(), &Sizes { curves: &curves, methods: &e.methods }) {
                let method = part.method.as_ref().map_or(String::new(), |m| format!("{m} {}", self.method(m).map_or("", |b| b.identity.as_str())));
                let key = dataset::sha256(format!("{about}\n{method}\n{} {}", part.range.start, part.range.end).as_bytes())[..32].to_owned();
                jobs.push(Job { key, ask: a, part });
            }
        }
        Ok(jobs)
    }

    /// What of an input decides numbers; none when its data are not here.
    fn input_identity(&self, input: &Input) -> Option<String> {
        let own = self.identities.get(&input.source)?;
        let source = &self.experiment.spec.sources[&input.source];
        Some(if input.shape == Shape::EvalCurves { format!("{}\n{own}", view(source)) } else { own.clone() })
    }

    /// A method by its id.
    pub(crate) fn method(&self, id: &str) -> Option<&Built> {
        self.experiment.methods.iter().find(|m| m.id == id)
    }

    /// The jobs of one shard, or all of them.
    pub fn slice(&self, shard: Option<Shard>) -> Vec<&Job> {
        in_shard(&self.jobs, shard)
    }

    /// The stages of one shard, or all of them.
    pub fn stage_slice(&self, shard: Option<Shard>) -> Vec<&StagePlan> {
        in_shard(&self.stages, shard)
    }

    /// How many jobs have no rows yet.
    pub fn open(&self) -> usize {
        self.jobs.iter().filter(|j| !self.store.has(&j.key)).count()
    }

    /// How many stages have no outcome yet.
    pub fn open_stages(&self) -> usize {
        self.stages.iter().filter(|s| !self.cache.has(&s.key)).count()
    }

    /// Why nothing at all can run here, if nothing can: the data of every ask are missing.
    pub fn impossible(&self) -> Option<RunError> {
        let absent = self.missing.values().next().filter(|_| self.jobs.is_empty())?;
        Some(RunError::Absent(absent.clone()))
    }

    /// What a claim may need and this run has: its size, data and methods.
    pub fn available(&self) -> BTreeSet<String> {
        let mut have = BTreeSet::new();
        // The sizes are ordered: what a smaller one can tell, a larger one can too.
        for s in crate::experiment::SIZES {
            have.insert(format!("size:{s}"));
            if s == self.experiment.size {
                break;
            }
        }
        for name in self.identities.keys() {
            have.extend(self.experiment.offers.get(name).into_iter().flat_map(|o| &o.data).map(|d| format!("data:{d}")));
        }
        have.extend(self.experiment.spec.methods.iter().map(|m| format!("weights:{}", m.id)));
        have
    }
}

fn in_shard<T>(all: &[T], shard: Option<Shard>) -> Vec<&T> {
    all.iter().enumerate().filter(|(i, _)| shard.is_none_or(|s| i % s.count == s.index - 1)).map(|(_, j)| j).collect()
}

/// What of a source decides how its curves are made ready to be asked about. How many there are does not: a smaller number is a part of a larger.
fn view(s: &Source) -> String {
    // Nothing of a default: keys of rows that are there stay as they are.
    let mut axis = if s.axis == Axis::Points { String::new() } else { format!(" {:?}", s.axis) };
    if let Some(other) = &s.same_curves_as {
        axis.push_str(&format!(" as {other}"));
    }
    format!("{} {:?} {} {} {}{axis}", s.length, s.scale, s.drop_initial, s.good.to_bits(), s.task)
}
