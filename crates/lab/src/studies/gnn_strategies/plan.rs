//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Network, Settings, Strategy, World, world};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a network is pretrained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Objective {
    AttrMask,
    ContextPred,
    Supervised,
    Shuffled,
}

impl Objective {
    fn name(self) -> &'static str {
        match self {
            Self::AttrMask => "attr-mask",
            Self::ContextPred => "context-pred",
            Self::Supervised => "supervised",
            Self::Shuffled => "shuffled",
        }
    }

    /// Atoms passed for every atom of the source: contexts have some six in ten of them.
    fn factor(self) -> f64 {
        if self == Self::ContextPred { 1.6 } else { 1.0 }
    }
}

/// What a fine-tuning begins from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Start {
    /// First weights.
    Random,
    /// The weights of the stage that it needs first.
    Pretrained,
    /// First weights, and the atoms of the stage that it needs first come on top of its epochs.
    Longer,
}

impl Strategy {
    /// The objectives, one after the other, and what becomes of their weights.
    fn plan(self) -> (&'static [Objective], Start) {
        use Objective::{AttrMask, ContextPred, Shuffled, Supervised};
        match self {
            Self::None | Self::NoneFrozen => (&[], Start::Random),
            Self::NoneLonger => (&[ContextPred, Supervised], Start::Longer),
            Self::AttrMask => (&[AttrMask], Start::Pretrained),
            Self::ContextPred => (&[ContextPred], Start::Pretrained),
            Self::Supervised => (&[Supervised], Start::Pretrained),
            Self::Shuffled => (&[Shuffled], Start::Pretrained),
            Self::SupervisedAttrMask => (&[AttrMask, Supervised], Start::Pretrained),
            Self::SupervisedContextPred | Self::SupervisedContextPredFrozen => (&[ContextPred, Supervised], Start::Pretrained),
            Self::ShuffledContextPred => (&[ContextPred, Shuffled], Start::Pretrained),
        }
    }

    fn frozen(self) -> bool {
        matches!(self, Self::NoneFrozen | Self::SupervisedContextPredFrozen)
    }
}

/// A pretraining; it goes on from the weights of the stage that it needs, if any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) network: Network,
    pub(super) objective: Objective,
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) epochs: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
    pub(super) graphs: usize,
}

/// A fine-tuning on one target. It needs the stage that it starts from, if any, and then those that the learning rate is chosen by:
/// as many for each rate, one rate after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Fit {
    pub(super) world: World,
    pub(super) network: Network,
    pub(super) target: String,
    pub(super) start: Start,
    pub(super) frozen: bool,
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) epochs: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
    pub(super) dropout: f64,
    pub(super) examples: usize,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    Fit(Fit),
    /// It needs the fine-tunings of its targets, and then those of the same network without pretraining.
    Arm(Settings),
}

/// Floating-point operations of so many atoms that are passed forward and backward: two products of the width a layer, three times.
fn flops(own: &Settings, atoms: f64) -> f64 {
    atoms * own.layers as f64 * 3.0 * 2.0 * 2.0 * (own.width as f64).powi(2)
}

/// Under which arm, for what and with which seed a stage is listed.
struct Place<'a> {
    arm: &'a Arm,
    prefix: &'a str,
    seed: u64,
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, place: &Place<'_>, name: &str, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let Place { arm, prefix, seed } = place;
        let stage = Stage::of(arm, *seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}{name}seed={seed}", arm.name), needs, ..stage };
        let world = match piece {
            Piece::Pretraining(own) => Some(own.world),
            Piece::Fit(own) => Some(own.world),
            Piece::Arm(_) => None,
        };
        Ok(self.stages.add(match world.and_then(world::dataset) {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        }))
    }

    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut needs = self.fits(&Place { arm, prefix: "", seed }, own)?;
        let plain = Settings { strategy: Strategy::None, ..own.clone() };
        needs.extend(self.fits(&Place { arm, prefix: "baseline/", seed }, &plain)?);
        self.add(&Place { arm, prefix: "", seed }, "", &Piece::Arm(own.clone()), needs, 1e6)?;
        Ok(())
    }

    /// The fine-tunings of all targets, at the rate that is chosen on other seeds.
    fn fits(&mut self, place: &Place<'_>, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let prefix = format!("{}rate={rate}/", place.prefix);
            for seed in TUNING..TUNING + own.tuning_seeds {
                for target in &own.targets {
                    chosen_by.push(self.fit(&Place { arm: place.arm, prefix: &prefix, seed }, target, &[*rate], &[], own)?);
                }
            }
        }
        own.targets.iter().map(|target| self.fit(place, target, &own.rates, &chosen_by, own)).collect()
    }

    /// A fine-tuning, and the pretrainings before it.
    fn fit(&mut self, place: &Place<'_>, target: &str, rates: &[f64], chosen_by: &[usize], own: &Settings) -> Result<usize, StudyError> {
        let (objectives, start) = own.strategy.plan();
        let (mut needs, mut passed, mut name) = (Vec::new(), 0.0, String::new());
        for objective in objectives {
            name.push_str(objective.name());
            name.push('/');
            let piece = Pretraining {
                world: own.world,
                network: own.network,
                objective: *objective,
                width: own.width,
                layers: own.layers,
                epochs: own.pretraining_epochs,
                batch: own.pretraining_batch,
                rate: own.pretraining_rate,
                graphs: own.graphs,
            };
            let atoms = own.pretraining_epochs as f64 * world::source_atoms(own.world, own.graphs) * objective.factor();
            passed += atoms;
            needs = vec![self.add(place, &name, &Piece::Pretraining(piece), needs, flops(own, atoms))?];
        }
        let (trained, looked_at) = world::target_atoms(own.world, target, own.examples);
        let extra = if start == Start::Longer { passed / trained } else { 0.0 };
        let piece = Fit {
            world: own.world,
            network: own.network,
            target: target.to_owned(),
            start,
            frozen: own.strategy.frozen(),
            width: own.width,
            layers: own.layers,
            epochs: own.epochs,
            batch: own.batch,
            rates: rates.to_vec(),
            dropout: own.dropout,
            examples: own.examples,
        };
        needs.extend(chosen_by);
        // A look costs about two fifths of a pass that learns.
        let atoms = (own.epochs as f64 + extra) * (trained + 0.4 * looked_at);
        self.add(place, &format!("{target}/"), &Piece::Fit(piece), needs, flops(own, atoms))
    }
}
