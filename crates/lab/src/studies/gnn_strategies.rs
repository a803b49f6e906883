//! Strategies for pretraining graph neural networks (Hu et al., ICLR 2020, arXiv 1905.12265): node level, graph level, and both.
//!
//! **What the paper claims.** Pretraining on single nodes alone, or on whole graphs alone, gives little and can make targets worse
//! (negative transfer). First the nodes and then the graphs, with an expressive network, avoids that and improves generalisation.
//!
//! **What is trained.** A graph isomorphism network of three layers is pretrained on Tox21 and fine-tuned on targets of MoleculeNet, each
//! split by scaffolds. Node level: `attr-mask` hides the colour of 15 % of the nodes and asks for it; `context-pred` asks whether the
//! vector of a node and that of the ring of nodes around it (layers − 1 to layers + 2 bonds away) belong together. Graph level:
//! `supervised` learns all labels of the source at once. What is measured is the ROC-AUC on the test part at the epoch that is best on
//! the validation part, for each target, and the mean over targets.
//!
//! **The twin.** `world = "twin"` is the same on coloured trees with planted motifs (see `twin`), needs no data, and has known answers: a
//! target that is made of source labels, one whose motifs the labels say nothing of, and a coin.
//!
//! **Controls.**
//! - `none-longer` is not pretrained and fine-tuned for longer: by as many atoms, passed forward and backward, as `context-pred` and then
//!   `supervised` took, for each target anew.
//! - `shuffled` and `shuffled+context-pred` deal the labels of the source out to its graphs at random: what is left is optimisation.
//! - `none-frozen` learns a head alone, on random features; `supervised+context-pred-frozen` the same on pretrained ones.
//! - The learning rate of every arm is chosen on seeds from 1000 on, from one grid, by the mean of the validation part over these seeds and
//!   all targets; each choice is made of stages of its own.
//! - Arms of one seed share first weights, splits and orders. The source has no molecule of any target.
//!
//! **Stages.** A pretraining for each objective and seed, which hands over its weights; a fine-tuning for each target, seed and rate; then
//! an arm, which gathers its targets and subtracts those of the same network without pretraining (`gain`).
//!
//! **Sources.** Objectives and settings: the authors' code (snap-stanford/pretrain-gnns, `chem/`), as a survey of ours read it, and the
//! abstract. What is smaller here, and what differs, stands in the deviations of `experiments/gnn-strategies`.

mod auc;
mod course;
mod fit;
mod gather;
mod graph;
mod labels;
mod molecules;
mod network;
mod plan;
mod pretraining;
mod rings;
mod smiles;
#[cfg(test)]
mod tests;
mod twin;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

use plan::Piece;

/// The study.
pub struct GnnStrategies;

/// Which graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Coloured trees with planted motifs.
    Twin,
    /// Molecules of MoleculeNet.
    Molecules,
}

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// A graph isomorphism network: neighbours are added up, and a small perceptron follows.
    Gin,
    /// A graph convolutional network: a mean over neighbours, weighted by degrees.
    Gcn,
}

/// What comes before the fine-tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Nothing.
    None,
    /// Nothing, and the fine-tuning takes as much more as `supervised+context-pred` does before it.
    NoneLonger,
    /// Nothing, and only the head is trained.
    NoneFrozen,
    /// Hidden colours of nodes.
    AttrMask,
    /// Nodes and their contexts.
    ContextPred,
    /// Labels of the source.
    Supervised,
    /// Labels of the source, dealt out at random.
    Shuffled,
    /// Hidden colours of nodes, then labels.
    #[serde(rename = "supervised+attr-mask")]
    SupervisedAttrMask,
    /// Nodes and their contexts, then labels: the strategy of the paper.
    #[serde(rename = "supervised+context-pred")]
    SupervisedContextPred,
    /// Nodes and their contexts, then labels that are dealt out at random.
    #[serde(rename = "shuffled+context-pred")]
    ShuffledContextPred,
    /// The strategy of the paper, and only the head is trained afterwards.
    #[serde(rename = "supervised+context-pred-frozen")]
    SupervisedContextPredFrozen,
}

/// Its settings; the defaults are the twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The graphs.
    pub world: World,
    /// The network.
    pub network: Network,
    /// What comes before the fine-tuning.
    pub strategy: Strategy,
    /// Targets: of the twin `seen`, `new` and `noise`, of the molecules `bbbp`, `bace`, `clintox` and `sider`.
    pub targets: Vec<String>,
    /// Width of the network, 4 to 512.
    pub width: usize,
    /// Its layers, 2 to 8.
    pub layers: usize,
    /// Passes over the source by each objective, at least 1.
    pub pretraining_epochs: usize,
    /// Graphs of a step of pretraining, at least 2.
    pub pretraining_batch: usize,
    /// Learning rate of pretraining, > 0.
    pub pretraining_rate: f64,
    /// Passes over a target, at least 1.
    pub epochs: usize,
    /// Graphs of a step of fine-tuning, at least 2.
    pub batch: usize,
    /// Learning rates of fine-tuning, > 0, of which one is chosen; a single one is taken as it is.
    pub rates: Vec<f64>,
    /// Seeds that the learning rate is chosen on, at least 1.
    pub tuning_seeds: u64,
    /// Share of a graph's vector that is dropped in fine-tuning, in [0, 1).
    pub dropout: f64,
    /// Source graphs of the twin, at least 10.
    pub graphs: usize,
    /// Graphs of a target of the twin that are trained on, at least 4.
    pub examples: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Twin,
            network: Network::Gin,
            strategy: Strategy::None,
            targets: ["seen", "new", "noise"].map(str::to_owned).to_vec(),
            width: 64,
            layers: 3,
            pretraining_epochs: 15,
            pretraining_batch: 64,
            pretraining_rate: 1e-3,
            epochs: 60,
            batch: 32,
            rates: vec![3e-4, 1e-3, 3e-3],
            tuning_seeds: 2,
            dropout: 0.5,
            graphs: 2_000,
            examples: 40,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("gnn-strategies: {what}")));
        let ranges = [
            ("width", self.width, 4, 512),
            ("layers", self.layers, 2, 8),
            ("pretraining-epochs", self.pretraining_epochs, 1, 100_000),
            ("pretraining-batch", self.pretraining_batch, 2, 65_536),
            ("epochs", self.epochs, 1, 100_000),
            ("batch", self.batch, 2, 65_536),
            ("graphs", self.graphs, 10, 10_000_000),
            ("examples", self.examples, 4, 10_000_000),
            ("targets", self.targets.len(), 1, 100),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        for (name, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return wrong(format!("{name}: there is {value}, where {low} to {high} can be"));
            }
        }
        let known = world::targets(self.world);
        for (k, target) in self.targets.iter().enumerate() {
            if !known.contains(&target.as_str()) || self.targets[..k].contains(target) {
                return wrong(format!("targets has {target:?}; this world has {}, each once at most", known.join(", ")));
            }
        }
        for (name, value) in std::iter::once(("pretraining-rate", self.pretraining_rate)).chain(self.rates.iter().map(|rate| ("rates", *rate))) {
            let sensible = value > 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} has {value}; it must be positive and finite"));
            }
        }
        let sensible = (0.0..1.0).contains(&self.dropout);
        if !sensible {
            return wrong(format!("dropout is {}; it must be 0 or more and below 1", self.dropout));
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("gnn-strategies: {what}"))
}

impl Study for GnnStrategies {
    const NAME: &'static str = "gnn-strategies";
    const TITLE: &'static str = "Graph networks pretrained on nodes, on graphs and on both, then fine-tuned: molecules, and a synthetic twin";
    const CITE: &'static str = "hu2020strategies";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "epoch";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "learning rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<Piece>(&stage.settings)? {
            Piece::Pretraining(own) => pretraining::run(&own, needs, context),
            Piece::Fit(own) => fit::run(&own, needs, context),
            Piece::Arm(own) => Ok(gather::run(&own, needs)),
        }
    }
}
