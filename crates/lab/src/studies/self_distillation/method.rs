//! What a method does between the pretrained network and the labels, and the two targets.

use serde::{Deserialize, Serialize};

use super::{Method, World};
use crate::blocks::{digits, hierarchical_images};

/// A target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Target {
    Xrays,
    Turned,
}

/// What is added to the loss of the autoencoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Added {
    Nothing,
    /// The distance of weights to where they began.
    Pull,
    /// That of features to those of a network that has gone on before.
    Teacher,
    /// That of features to those of a network with first weights.
    Untrained,
}

impl Added {
    /// Whether features of a teacher are needed.
    pub(super) fn teaches(self) -> bool {
        matches!(self, Self::Teacher | Self::Untrained)
    }
}

/// What the numbers of a target are called.
pub(super) struct Names {
    pub(super) tested: &'static str,
    pub(super) valid: &'static str,
    pub(super) rate: &'static str,
    /// Of further pretraining: what the autoencoder explains of pictures that it has seen and of new ones, how far its encoder is from where it
    /// began, its rate, and the factor of the pull.
    pub(super) further: [&'static str; 5],
}

impl Target {
    /// Both, in the order of their numbers.
    pub(super) const ALL: [Self; 2] = [Self::Xrays, Self::Turned];

    pub(super) fn names(self) -> Names {
        match self {
            Self::Xrays => Names {
                tested: "xrays",
                valid: "valid-xrays",
                rate: "rate-xrays",
                further: ["seen-xrays", "new-xrays", "distance-xrays", "rate-further-xrays", "pull-xrays"],
            },
            Self::Turned => Names {
                tested: "turned",
                valid: "valid-turned",
                rate: "rate-turned",
                further: ["seen-turned", "new-turned", "distance-turned", "rate-further-turned", "pull-turned"],
            },
        }
    }

    /// How many classes it has.
    pub(super) fn classes(self, world: World) -> usize {
        match (self, world) {
            (Self::Xrays, _) => 2,
            (Self::Turned, World::Real) => digits::CLASSES,
            (Self::Turned, World::Made) => hierarchical_images::CLASSES,
        }
    }
}

impl Method {
    /// Whether the network is pretrained at all.
    pub(super) fn is_pretrained(self) -> bool {
        self != Self::Scratch
    }

    /// What is added to the loss, if the network goes on.
    pub(super) fn added(self) -> Option<Added> {
        match self {
            Self::Scratch | Self::Ft => None,
            Self::Fp | Self::FpTwice | Self::FpMatched | Self::FpDealt => Some(Added::Nothing),
            Self::FpL2 => Some(Added::Pull),
            Self::Sd => Some(Added::Teacher),
            Self::SdRandom => Some(Added::Untrained),
        }
    }
}
