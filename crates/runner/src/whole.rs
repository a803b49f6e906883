//! `Whole`: a source as asks about all of it at once see it.

use std::path::Path;

use curves::CurveSet;

use crate::RunError;
use crate::dataset::Dataset;
use crate::job::Output;
use crate::plan::Plan;
use crate::protocol::tabulate::Tabulated;
use crate::protocol::{emergence, ladder, speed_up, surface, tabulate};
use crate::spec::{Ask, Protocol};
use crate::synthetic::Simulated;

/// What is read.
pub enum What {
    /// Curves as recorded, with their covariates.
    Curves(CurveSet),
    /// Rows of a table.
    Table(Tabulated),
}

/// A whole source.
pub struct Whole {
    /// Its data.
    pub what: What,
    /// What of the data decides numbers.
    pub identity: String,
}

impl Whole {
    /// Opens a dataset: as a table where its `dataset.toml` has one, as curves otherwise.
    pub fn open(root: &Path, dataset: &str, mirror: Option<&Path>) -> Result<Self, RunError> {
        let found = Dataset::find(root, dataset, mirror)?;
        let mut identity = found.identity();
        let what = match &found.dataset.table {
            Some(t) => {
                identity.push_str(&toml::to_string(t).unwrap_or_default());
                What::Table(found.table(dataset)?)
            }
            None => {
                identity.push_str(&found.dataset.curves.as_ref().and_then(|c| toml::to_string(c).ok()).unwrap_or_default());
                What::Curves(found.curves(dataset)?)
            }
        };
        Ok(Self { what, identity })
    }

    /// Makes the runs of a law.
    pub fn simulated(seed: u64, source: &str, runs: &Simulated) -> Result<Self, RunError> {
        let table = runs.table(seed, source).map_err(|e| RunError::Spec(format!("source {source:?}: {e}")))?;
        Ok(Self { what: What::Table(table), identity: runs.identity() })
    }

    fn curves(&self) -> Option<&CurveSet> {
        match &self.what {
            What::Curves(set) => Some(set),
            What::Table(_) => None,
        }
    }
}

/// The sources an ask about a whole source reads: its own, and those its settings name.
pub(crate) fn sources(ask: &Ask) -> Vec<&str> {
    let mut all = vec![ask.source.as_str()];
    all.extend(ask.ladder.as_ref().map(|l| l.loss.as_str()));
    all
}

/// In how many jobs an ask is answered.
pub(crate) fn jobs(ask: &Ask) -> usize {
    match (&ask.ladder, &ask.surface) {
        (Some(l), _) => l.tasks.len(),
        (_, Some(s)) => s.jobs(),
        _ => 1,
    }
}

/// What decides the bytes of an ask's rows, beside its data.
pub(crate) fn settings(ask: &Ask) -> String {
    match ask.protocol {
        Protocol::Emergence => format!("{} {}", emergence::EPOCH, toml::to_string(&ask.emergence.clone().unwrap_or_default()).unwrap_or_default()),
        Protocol::Ladder => format!("{} {}", ladder::EPOCH, ask.ladder.as_ref().and_then(|l| toml::to_string(l).ok()).unwrap_or_default()),
        Protocol::Surface => format!("{} {}", surface::EPOCH, ask.surface.as_ref().and_then(|s| toml::to_string(s).ok()).unwrap_or_default()),
        Protocol::SpeedUp => format!("{} {}", speed_up::EPOCH, ask.speed_up.as_ref().and_then(|s| toml::to_string(s).ok()).unwrap_or_default()),
        Protocol::Tabulate | Protocol::Extrapolate | Protocol::Stop => String::new(),
    }
}

/// Answers an ask about a whole source.
pub(crate) fn run(plan: &Plan, ask: &Ask, range: std::ops::Range<usize>) -> Output {
    let about = &plan.experiment.spec.experiment;
    let Some(whole) = plan.wholes.get(&ask.source) else { return Output::default() };
    match (ask.protocol, &whole.what) {
        (Protocol::Tabulate, What::Table(table)) => tabulate::run(ask, table),
        (Protocol::Surface, What::Table(table)) => ask.surface.as_ref().map_or_else(Output::default, |s| surface::run(about, ask, s, table, range)),
        (Protocol::SpeedUp, What::Table(table)) => ask.speed_up.as_ref().map_or_else(Output::default, |s| speed_up::run_all(ask, s, table, range)),
        (Protocol::Emergence, What::Curves(set)) => emergence::run(about, ask, &ask.emergence.clone().unwrap_or_default(), set),
        (Protocol::Ladder, What::Curves(set)) => match (&ask.ladder, ask.ladder.as_ref().and_then(|l| plan.wholes.get(&l.loss)?.curves())) {
            (Some(asked), Some(loss)) => ladder::run(about, ask, asked, set, loss, range),
            _ => Output::default(),
        },
        _ => Output::default(),
    }
}
