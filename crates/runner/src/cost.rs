//! What training cost, beside what was planned: floating-point operations, which are the same in every run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cache::Kept;
use crate::stage::StagePlan;

/// The cost of a study's stages, in floating-point operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// How many stages have run.
    pub stages: usize,
    /// What the study planned for them.
    pub planned: f64,
    /// How many of them were counted: those that have networks and ran since operations are counted.
    pub counted: usize,
    /// What was planned for those that were counted.
    pub planned_of_counted: f64,
    /// What their matrix products took.
    pub used: f64,
}

/// The cost of every study.
pub(crate) fn of(stages: &[(&StagePlan, Kept)]) -> BTreeMap<String, Cost> {
    let mut all: BTreeMap<String, Cost> = BTreeMap::new();
    for (plan, kept) in stages {
        let cost = all.entry(plan.study.name().to_owned()).or_default();
        cost.stages += 1;
        cost.planned += plan.stage.flops;
        // A stage without a network multiplies no matrices of `nets`: there is nothing to hold its plan against.
        if let Some(used) = kept.flops.filter(|n| *n > 0) {
            cost.counted += 1;
            cost.planned_of_counted += plan.stage.flops;
            cost.used += used as f64;
        }
    }
    all
}
