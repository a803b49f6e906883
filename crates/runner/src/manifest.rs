//! `manifest.json`: what was run, with what, and what came out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::cost::Cost;
use crate::dataset::sha256;
use crate::plan::Plan;

/// Everything needed to know whether two results are of the same run. No clock, no host, no path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The experiment.
    pub experiment: String,
    /// Its version.
    pub version: u32,
    /// The size.
    pub size: String,
    /// Overrides.
    pub overrides: Vec<String>,
    /// The program's version.
    pub program: String,
    /// SHA-256 of the spec as it ran.
    pub spec_sha256: String,
    /// SHA-256 of the claims.
    pub claims_sha256: String,
    /// Sources: a hash of what decided their curves.
    pub sources: BTreeMap<String, String>,
    /// Sources that were missing, and why.
    pub missing: BTreeMap<String, String>,
    /// Source → what is spent along its curves.
    pub resources: BTreeMap<String, String>,
    /// What a claim may need and the run had.
    pub available: BTreeSet<String>,
    /// Asks and answers whose jobs were open.
    pub unfinished: BTreeSet<(String, String)>,
    /// Jobs done and jobs in all.
    pub jobs: (usize, usize),
    /// Study → what its stages cost.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cost: BTreeMap<String, Cost>,
    /// Rows.
    pub rows: usize,
    /// Tables and figures that were written, by their path below the folder: what a later run of the same folder may remove.
    #[serde(default)]
    pub files: BTreeSet<String>,
    /// What is kept beside the results → SHA-256 of its values.
    #[serde(default)]
    pub kept: BTreeMap<String, String>,
    /// SHA-256 of the values of all rows in the order of the plan: the same on any number of threads. Seconds are not in it.
    pub rows_sha256: String,
}

/// SHA-256 of an experiment's spec as it runs.
///
/// # Errors
/// Settings that cannot be written as TOML.
pub fn spec_sha256(experiment: &crate::Experiment) -> Result<String, RunError> {
    Ok(sha256(experiment.resolved()?.as_bytes()))
}

/// SHA-256 of an experiment's claims.
pub fn claims_sha256(experiment: &crate::Experiment) -> String {
    sha256(&std::fs::read(experiment.folder.join("published.toml")).unwrap_or_default())
}

impl Manifest {
    /// The manifest of what is in a plan's store now; `prints` are the fingerprints of its jobs' rows.
    pub(crate) fn of(
        plan: &Plan,
        rows: usize,
        prints: &[String],
        resources: &BTreeMap<String, String>,
        available: &BTreeSet<String>,
        unfinished: &BTreeSet<(String, String)>,
    ) -> Result<Self, RunError> {
        let e = &plan.experiment;
        Ok(Self {
            experiment: e.name.clone(),
            version: e.spec.experiment.version,
            size: e.size.clone(),
            overrides: e.overrides.clone(),
            program: format!("curvecast {}", env!("CARGO_PKG_VERSION")),
            spec_sha256: spec_sha256(e)?,
            claims_sha256: claims_sha256(e),
            sources: plan.identities.iter().map(|(n, i)| (n.clone(), sha256(i.as_bytes()))).collect(),
            missing: plan.missing.iter().map(|(n, a)| (n.clone(), a.what.clone())).collect(),
            resources: resources.clone(),
            available: available.clone(),
            unfinished: unfinished.clone(),
            jobs: (prints.len(), plan.jobs.len()),
            cost: BTreeMap::new(),
            rows,
            files: BTreeSet::new(),
            kept: BTreeMap::new(),
            rows_sha256: sha256(prints.concat().as_bytes()),
        })
    }

    /// As JSON, the same bytes for the same content.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
