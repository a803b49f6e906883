//! From an experiment to its jobs: what is to run, what is already done, and what cannot run here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fitters::Forecaster;

use crate::experiment::Experiment;
use crate::job::{CHUNK, Job};
use crate::source::Cases;
use crate::spec::Protocol;
use crate::store::Store;
use crate::whole::{self, Whole};
use crate::{RunError, dataset, method};

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

/// Everything needed to run an experiment.
pub struct Plan {
    /// The experiment.
    pub experiment: Experiment,
    /// The workspace.
    pub root: PathBuf,
    /// `results/<name>` (or another folder asked for) at full size, a folder of the size's name in it otherwise.
    pub results: PathBuf,
    /// The cases of every source that is here.
    pub cases: BTreeMap<String, Cases>,
    /// The sources of asks about a whole source, as far as they are here.
    pub wholes: BTreeMap<String, Whole>,
    /// Sources that are not here, and why.
    pub missing: BTreeMap<String, String>,
    /// The forecasters, in the order of the spec's methods.
    pub methods: Vec<Box<dyn Forecaster>>,
    /// All jobs, in an order that depends on the spec alone.
    pub jobs: Vec<Job>,
    /// Where their rows lie.
    pub store: Store,
}

impl Plan {
    /// Resolves names, opens data and lists jobs. Data that are absent leave their asks out, with the reason kept.
    pub fn new(root: &Path, experiment: Experiment, mirror: Option<&Path>, results: Option<&Path>) -> Result<Self, RunError> {
        let mut cases = BTreeMap::new();
        let mut wholes = BTreeMap::new();
        let mut missing = BTreeMap::new();
        let asks = &experiment.spec.asks;
        for (name, s) in &experiment.spec.sources {
            let by_curve = asks.iter().any(|a| a.source == *name && !a.protocol.whole());
            let at_once = asks.iter().any(|a| a.protocol.whole() && whole::sources(a).contains(&name.as_str()));
            // A damaged file stops the run; an absent one leaves its part out.
            let mut absent = |e: RunError| match e {
                RunError::Data(why) if !why.contains("checksum") => {
                    missing.insert(name.clone(), why);
                    Ok(())
                }
                e => Err(e),
            };
            if by_curve {
                match Cases::open(root, &experiment.spec.experiment, name, s, mirror) {
                    Ok(c) => {
                        cases.insert(name.clone(), c);
                    }
                    Err(e) => absent(e)?,
                }
            }
            if at_once {
                let opened = match &s.simulate {
                    Some(runs) => Whole::simulated(experiment.spec.experiment.seed, name, runs),
                    None => Whole::open(root, s.from.as_deref().unwrap_or_default(), mirror),
                };
                match opened {
                    Ok(w) => {
                        wholes.insert(name.clone(), w);
                    }
                    Err(e) => absent(e)?,
                }
            }
        }
        let methods = experiment.spec.methods.iter().map(|m| method::build(m, &experiment.name)).collect::<Result<Vec<_>, _>>()?;
        // Rows are shared by all sizes: a larger one goes on from a smaller. What is made of them is not: the committed
        // results are those of the full size, and a smaller one has a folder of its own.
        let base = results.map_or_else(|| root.join("results").join(&experiment.name), Path::to_owned);
        let store = Store::new(&base);
        let results = if experiment.size == "full" { base } else { base.join(&experiment.size) };
        let jobs = jobs(&experiment, &cases, &wholes);
        Ok(Self { store, root: root.to_owned(), results, cases, wholes, missing, methods, jobs, experiment })
    }

    /// The jobs of one shard, or all of them.
    pub fn slice(&self, shard: Option<Shard>) -> Vec<&Job> {
        self.jobs.iter().enumerate().filter(|(i, _)| shard.is_none_or(|s| i % s.count == s.index - 1)).map(|(_, j)| j).collect()
    }

    /// What a claim may need and this run has: its size, data and hardware.
    pub fn available(&self) -> std::collections::BTreeSet<String> {
        let mut have = std::collections::BTreeSet::new();
        // The sizes are ordered: what a smaller one can tell, a larger one can too.
        for s in ["smoke", "laptop", "full"] {
            have.insert(format!("size:{s}"));
            if s == self.experiment.size {
                break;
            }
        }
        for name in self.cases.keys().chain(self.wholes.keys()) {
            if let Some(d) = &self.experiment.spec.sources[name].from {
                have.insert(format!("data:{d}"));
            }
        }
        for m in &self.experiment.spec.methods {
            have.insert(format!("weights:{}", m.id));
        }
        // Ratios of seconds taken in one run on one machine.
        have.insert("hardware".into());
        have
    }
}

fn jobs(e: &Experiment, cases: &BTreeMap<String, Cases>, wholes: &BTreeMap<String, Whole>) -> Vec<Job> {
    let mut out = Vec::new();
    for (a, ask) in e.spec.asks.iter().enumerate() {
        if ask.protocol.whole() {
            let Some(data) = whole::sources(ask).iter().map(|s| wholes.get(*s).map(|w| w.identity.as_str())).collect::<Option<Vec<_>>>() else { continue };
            let about = [
                format!("{} {} {}", e.name, e.spec.experiment.version, e.spec.experiment.seed),
                format!("{} {:?} {} {}", ask.id, ask.protocol, ask.source, whole::settings(ask)),
                data.join("\n"),
            ]
            .join("\n");
            for from in 0..whole::jobs(ask) {
                let key = dataset::sha256(format!("{about}\n{from} {}", from + 1).as_bytes())[..32].to_owned();
                out.push(Job { key, ask: a, method: None, from, to: from + 1 });
            }
            continue;
        }
        let Some(source) = cases.get(&ask.source) else { continue };
        for id in &ask.methods {
            let Some((m, method)) = e.spec.methods.iter().enumerate().find(|(_, m)| m.id == *id) else { continue };
            let most = method.curves.get(&ask.source).copied().unwrap_or(usize::MAX).min(source.len());
            let asked = match ask.protocol {
                Protocol::Extrapolate => ask.seen.join(","),
                // Which forecasts a replay needs depends on its policies alone.
                Protocol::Emergence | Protocol::Ladder | Protocol::Surface | Protocol::SpeedUp | Protocol::Tabulate => String::new(),
                Protocol::Stop => ask.policies.iter().map(|p| format!("{:?} {:?} {:?} {:?}", p.rule, p.answer, p.below, p.looks)).collect::<Vec<_>>().join(";"),
            };
            let about = [
                format!("{} {} {}", e.name, e.spec.experiment.version, e.spec.experiment.seed),
                format!("{} {:?} {} {asked}", ask.id, ask.protocol, ask.source),
                format!(
                    "{:?} {}",
                    e.spec.sources.get(&ask.source).map(|s| (&s.from, &s.draw, s.length, &s.scale, s.drop_initial, s.good.to_bits(), &s.task)),
                    source.identity()
                ),
                format!("{} {}", method.id, method::identity(method)),
            ]
            .join("\n");
            let mut from = 0;
            while from < most {
                let to = (from + CHUNK).min(most);
                let key = dataset::sha256(format!("{about}\n{from} {to}").as_bytes())[..32].to_owned();
                out.push(Job { key, ask: a, method: Some(m), from, to });
                from = to;
            }
        }
    }
    out
}
