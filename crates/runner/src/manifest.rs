//! `manifest.json`: what was run, with what, and what came out.

use serde::Serialize;

use crate::RunError;
use crate::dataset::sha256;
use crate::plan::Plan;

/// Everything needed to know whether two results are of the same run. No clock, no host, no path.
#[derive(Clone, Debug, Serialize)]
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
    /// Sources: what decided their curves, or why they are missing.
    pub sources: Vec<(String, String)>,
    /// Jobs done and jobs in all.
    pub jobs: (usize, usize),
    /// Rows.
    pub rows: usize,
    /// SHA-256 of all rows in the order of the plan: the same on any number of threads.
    pub rows_sha256: String,
}

impl Manifest {
    /// The manifest of what is in a plan's store now.
    pub fn of(plan: &Plan, rows: usize) -> Result<Self, RunError> {
        let e = &plan.experiment;
        let mut all = String::new();
        let mut done = 0;
        for job in plan.jobs.iter().filter(|j| plan.store.has(&j.key)) {
            done += 1;
            all.push_str(&sha256(&plan.store.bytes(&job.key)?));
        }
        let claims = std::fs::read(e.folder.join("published.toml")).unwrap_or_default();
        Ok(Self {
            experiment: e.name.clone(),
            version: e.spec.experiment.version,
            size: e.size.clone(),
            overrides: e.overrides.clone(),
            program: format!("curvecast {}", env!("CARGO_PKG_VERSION")),
            spec_sha256: sha256(e.resolved().as_bytes()),
            claims_sha256: sha256(&claims),
            sources: e
                .spec
                .sources
                .keys()
                .map(|n| {
                    let here = plan.cases.get(n).map(|c| c.identity()).or_else(|| plan.wholes.get(n).map(|w| w.identity.clone()));
                    (n.clone(), here.unwrap_or_else(|| format!("missing: {}", first_sentence(plan.missing.get(n)))))
                })
                .collect(),
            jobs: (done, plan.jobs.len()),
            rows,
            rows_sha256: sha256(all.as_bytes()),
        })
    }

    /// As JSON, the same bytes for the same content.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The reason without the folders that were looked at: those are of one machine.
fn first_sentence(why: Option<&String>) -> String {
    why.map(|w| w.split(" (looked").next().unwrap_or(w).to_owned()).unwrap_or_default()
}
