//! When is it worth while to pretrain a graph network? Closeness of graphons as a forecast (W2PGNN; Cao et al., KDD 2023, arXiv 2303.16458).
//!
//! **What the paper claims.** Graphs for pretraining are fitted by a few graphons, the bases. Their convex combinations are a space of generators,
//! and graphs that some of them would generate are those that pretraining helps with. How near the graphon of the graphs downstream comes to that
//! space is the *feasibility* of pretraining; it is known before anything is trained, goes along with what pretraining brings, and chooses data for
//! it.
//!
//! **What is computed.** Graphs of 20 to 40 nodes are drawn from six families of graphons. A seed is a world: six sets of sources of one to three
//! families, and five targets that are mixtures with known weights, of which three lie in the space of a set. For each of the thirty pairs a small
//! graph isomorphism network is pretrained on the sources, by hidden degrees (`attr-mask`) and by contexts (`context-pred`), and fine-tuned on four
//! graphs of the target, whose nodes have one of three roles (thirds of the mean degree of their neighbours). The gain of a pair is the accuracy on
//! other graphs of whichever method is better on a validation part, less that without pretraining. `rho` is Spearman's correlation over pairs of
//! the gain with a forecast: minus the smallest Gromov–Wasserstein distance to a combination of bases, or something else.
//!
//! **Forecasts.** `domain`: a base for every family of the set; `topo`: for every one of five groups of graphs with like statistics; `integrated`:
//! one for all; `uniform`: the mean of the first without fitted weights; `known`: the graphons themselves in place of estimates. Baselines:
//! `topology`, minus the distance of mean vectors of eight statistics; `density`, minus the difference of densities; `random`.
//!
//! **Controls.**
//! - `shuffled`: the same pretraining with its answers dealt out at random, so that graphs and steps are the same and nothing is said of either.
//! - `random-graphs`: every source graph is replaced by one that has its size and density and nothing else of it.
//! - `longer`: no pretraining, and fine-tuning passes as many nodes more as both methods passed before it. Its gain knows nothing of the sources:
//!   what goes along with it comes of the targets alone.
//! - `planted`: nothing is trained; the gain is the weight of the target's families that are in the sources. It is what forecasts should find.
//! - The learning rate (of pretraining and fine-tuning alike) is chosen for every method and control from one grid on seeds from 1000 on, by the
//!   validation part. Arms of one seed share graphs, first weights and batches.
//! - Sources and targets are dealt out anew when the chance of a correlation is asked for (`p`), since pairs that share one are not independent.
//!
//! **Sources.** The abstract, and the authors' code (caoyxuan/W2PGNN, read at commits of 2023): `utils/simulator.py`,
//! `node_classification/cal_distance.py`, `node_classification/estimate_feasibility.py`, `utils/cal_topo_statistcs.py`, `utils/egw.py`.

mod arm;
mod fits;
mod forecasts;
mod network;
mod plan;
mod pretraining;
mod roles;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct W2pgnn;

/// What forecasts the gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predictor {
    /// Distance to combinations of a graphon for every family: the method of the paper.
    Domain,
    /// Distance to combinations of a graphon for every group of graphs with like statistics.
    Topo,
    /// Distance to one graphon of all source graphs.
    Integrated,
    /// Distance to the mean of the graphons of all families.
    Uniform,
    /// Distance to combinations of the graphons that graphs are drawn from.
    Known,
    /// Distance of mean vectors of statistics.
    Topology,
    /// Difference of densities.
    Density,
    /// Nothing.
    Random,
}

/// What comes before the fine-tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pretraining {
    /// Pretraining on the sources.
    Sources,
    /// The same with answers dealt out at random.
    Shuffled,
    /// The same on random graphs of the sizes and densities of the sources.
    RandomGraphs,
    /// Nothing, and more steps of fine-tuning.
    Longer,
    /// Nothing is trained: gains are made from the weights of the targets.
    Planted,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What forecasts the gain.
    pub predictor: Predictor,
    /// What comes before the fine-tuning.
    pub pretraining: Pretraining,
    /// Width of the network, 4 to 256.
    pub width: usize,
    /// Its layers, 1 to 6.
    pub layers: usize,
    /// Graphs of a set of sources, at least 6.
    pub graphs: usize,
    /// Steps of pretraining, at least 1.
    pub pretraining_steps: usize,
    /// Graphs of such a step, at least 3.
    pub pretraining_batch: usize,
    /// Graphs of a target that are learned from, all in every step, at least 1.
    pub examples: usize,
    /// Its graphs for validation, at least 1.
    pub valid: usize,
    /// Its graphs to measure on, at least 1.
    pub test: usize,
    /// Its graphs without roles, which its graphon and its statistics are taken from, at least 1.
    pub observed: usize,
    /// Steps of fine-tuning, at least 1.
    pub steps: usize,
    /// Learning rates, > 0, of which one is chosen; they fall to zero.
    pub rates: Vec<f64>,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
    /// Steps of a graphon along a side, 2 to 100.
    pub resolution: usize,
    /// Weight of the entropy of a matching, > 0.
    pub entropy: f64,
    /// Steps down the slope of the weights of bases, at least 1.
    pub descent: usize,
    /// How often sources and targets are dealt out anew for the chance of a correlation, at least 1.
    pub permutations: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            predictor: Predictor::Domain,
            pretraining: Pretraining::Sources,
            width: 32,
            layers: 2,
            graphs: 120,
            pretraining_steps: 200,
            pretraining_batch: 16,
            examples: 4,
            valid: 20,
            test: 40,
            observed: 40,
            steps: 80,
            rates: vec![1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
            tuning_seeds: 2,
            resolution: 20,
            entropy: 2e-3,
            descent: 100,
            permutations: 999,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        within(
            W2pgnn::NAME,
            &[
                ("width", self.width, 4, 256),
                ("layers", self.layers, 1, 6),
                ("graphs", self.graphs, 6, MANY),
                ("pretraining-steps", self.pretraining_steps, 1, MANY),
                ("pretraining-batch", self.pretraining_batch, 3, 65_536),
                ("examples", self.examples, 1, 65_536),
                ("valid", self.valid, 1, 65_536),
                ("test", self.test, 1, 65_536),
                ("observed", self.observed, 1, 65_536),
                ("steps", self.steps, 1, MANY),
                ("rates", self.rates.len(), 1, 100),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
                ("resolution", self.resolution, 2, 100),
                ("descent", self.descent, 1, MANY),
                ("permutations", self.permutations, 1, MANY),
            ],
        )?;
        let mut all: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        all.push(("entropy", self.entropy));
        positive(W2pgnn::NAME, &all)
    }
}

impl Study for W2pgnn {
    const NAME: &'static str = "w2pgnn";
    const TITLE: &'static str = "Graph networks pretrained on graphons: does the distance of graphons forecast what pretraining brings?";
    const CITE: &'static str = "cao2023when";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "pair";
    const SERIES: &'static [(&'static str, &'static str)] = &arm::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &arm::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "learning rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Fit { start, content, own } => fits::run(start, content, &own, needs, context),
            plan::Piece::Forecast { own } => forecasts::run(&own, context.seed),
            plan::Piece::Arm { own } => arm::run(&own, needs, context.seed),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", W2pgnn::NAME))
}
