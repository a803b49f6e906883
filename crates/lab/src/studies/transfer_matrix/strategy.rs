//! Targets, and what comes before them in a strategy.

use serde::{Deserialize, Serialize};

use crate::blocks::{digits, thorax, xrays};

/// Which pictures take the place of digits and X-rays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Digits and X-rays.
    Real,
    /// Kinds of shapes and pictures of the synthetic thorax, so that no data are read.
    Made,
}

/// What is to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Handwritten digits.
    Digits,
    /// The same, turned by a right angle.
    Turned,
    /// The same, black on white.
    Negative,
    /// Eight kinds, each of another shape.
    Shapes,
    /// X-rays with or without pneumonia.
    Xrays,
    /// Six findings of a synthetic thorax.
    Thorax,
}

/// What comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Nothing.
    Scratch,
    /// Labels of the bank.
    Kinds,
    /// What blank patches of the bank look like.
    Masked,
    /// Self-distillation of the bank.
    Distilled,
    /// Labels of the bank, of which neighbours are to agree.
    Look,
    /// Which fractals are in a picture.
    Fractals,
    /// Self-distillation of pictures of the target's domain.
    InDomain,
    /// Self-distillation of pictures of another domain.
    OutOfDomain,
    /// Self-distillation of the bank, the pixels of every picture in an order of its own.
    Scrambled,
}

/// What strategies have alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// Steps of pretraining.
    Steps,
    /// Operations of all training.
    Operations,
}

/// What is trained in a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tuning {
    /// All of the network.
    Whole,
    /// Its head.
    Head,
}

/// What is learned in pretraining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Objective {
    Kinds,
    Masked,
    Distilled,
    Look,
    Fractals,
}

/// From which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    Bank,
    Scrambled,
    Fractals,
    Digits,
    Turned,
    Negative,
    Shapes,
    Xrays,
    Thorax,
}

impl Strategy {
    /// Those that are ranked: training from scratch first.
    pub(super) const RANKED: [Self; 8] =
        [Self::Scratch, Self::Kinds, Self::Masked, Self::Distilled, Self::Look, Self::Fractals, Self::InDomain, Self::OutOfDomain];

    /// What is learned before a target, if anything is.
    pub(super) fn before(self, target: Target) -> Option<(Objective, Source)> {
        match self {
            Self::Scratch => None,
            Self::Kinds => Some((Objective::Kinds, Source::Bank)),
            Self::Masked => Some((Objective::Masked, Source::Bank)),
            Self::Distilled => Some((Objective::Distilled, Source::Bank)),
            Self::Look => Some((Objective::Look, Source::Bank)),
            Self::Fractals => Some((Objective::Fractals, Source::Fractals)),
            Self::InDomain => Some((Objective::Distilled, target.own())),
            Self::OutOfDomain => Some((Objective::Distilled, target.elsewhere())),
            Self::Scrambled => Some((Objective::Distilled, Source::Scrambled)),
        }
    }
}

impl Budget {
    pub(super) const ALL: [Self; 2] = [Self::Steps, Self::Operations];
}

impl Target {
    pub(super) const ALL: [Self; 6] = [Self::Digits, Self::Turned, Self::Negative, Self::Shapes, Self::Xrays, Self::Thorax];

    /// How many numbers a network says of a picture.
    pub(super) fn outs(self) -> usize {
        match self {
            Self::Digits | Self::Turned | Self::Negative => digits::CLASSES,
            Self::Shapes => super::data::SHAPES.len(),
            Self::Xrays => 1,
            Self::Thorax => thorax::FINDINGS,
        }
    }

    /// Whether a picture may have several labels, or none: each number is about one of them, and labels are bits.
    pub(super) fn several(self) -> bool {
        matches!(self, Self::Xrays | Self::Thorax)
    }

    /// Pictures of its domain.
    pub(super) fn own(self) -> Source {
        match self {
            Self::Digits => Source::Digits,
            Self::Turned => Source::Turned,
            Self::Negative => Source::Negative,
            Self::Shapes => Source::Shapes,
            Self::Xrays => Source::Xrays,
            Self::Thorax => Source::Thorax,
        }
    }

    /// Pictures of another domain.
    pub(super) fn elsewhere(self) -> Source {
        if self.several() { Source::Digits } else { Source::Thorax }
    }

    /// The dataset that it reads, if any.
    pub(super) fn dataset(self, world: World) -> Option<&'static str> {
        match self {
            Self::Digits | Self::Turned | Self::Negative if world == World::Real => Some(digits::DATASET),
            Self::Xrays if world == World::Real => Some(xrays::DATASET),
            _ => None,
        }
    }
}

impl Source {
    /// The target whose domain it is, if it is one's.
    pub(super) fn target(self) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.own() == self)
    }
}
