//! What comes before, and how the network learns from the target.

use serde::{Deserialize, Serialize};

use super::World;
use super::network::STAGES;
use crate::blocks::{digits, hierarchical_images, thorax};

/// What comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Findings of a synthetic thorax.
    Thorax,
    /// Other X-rays: whether they are mirrored and upside down.
    Xrays,
    /// Digits, or shapes in the made world.
    Digits,
    /// As `thorax`, with labels dealt out.
    Shuffled,
    /// Nothing.
    Random,
    /// Nothing, and more steps in its place.
    Longer,
    /// Nothing is trained at all: an interval for a number that the paper prints.
    Published,
}

/// Pictures to pretrain on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    /// A synthetic thorax.
    Thorax,
    /// X-rays that are not in the target.
    Xrays,
    /// Digits or shapes.
    Digits,
}

impl Init {
    /// What is learned before, and whether its labels are dealt out.
    pub(super) fn source(self) -> Option<(Source, bool)> {
        match self {
            Self::Thorax => Some((Source::Thorax, false)),
            Self::Xrays => Some((Source::Xrays, false)),
            Self::Digits => Some((Source::Digits, false)),
            Self::Shuffled => Some((Source::Thorax, true)),
            Self::Random | Self::Longer | Self::Published => None,
        }
    }
}

impl Source {
    /// How many labels its pictures can have.
    pub(super) fn labels(self, world: World) -> usize {
        match (self, world) {
            (Self::Thorax, World::Real) => thorax::FINDINGS,
            // Without that of the target.
            (Self::Thorax, World::Made) => thorax::FINDINGS - 1,
            (Self::Xrays, _) => 2,
            (Self::Digits, World::Real) => digits::CLASSES,
            (Self::Digits, World::Made) => hierarchical_images::CLASSES,
        }
    }
}

/// How the network learns from the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// All stages from the first step.
    Full,
    /// The head alone, then the last stage and those before it, one after the other; the first one never.
    Progressive,
    /// A probe, then `full`.
    ProbeFull,
    /// A probe, then `progressive`.
    ProbeProgressive,
    /// The same with CutMix: the best of the paper.
    ProbeProgressiveMix,
    /// `full` with CutMix.
    FullMix,
    /// The rates of `progressive`, and its frozen first stage, from the first step.
    Graded,
    /// `progressive`, with statistics of frozen stages that stay as they are.
    ProgressiveStill,
    /// `probe-progressive-mix` in the same way.
    ProbeProgressiveMixStill,
    /// A head alone, to the end.
    Probe,
}

/// The step of a stage of which it never learns, as a share of all.
const NEVER: f64 = 2.0;

impl Recipe {
    /// Whether a probe comes first.
    pub(super) fn probes(self) -> bool {
        matches!(self, Self::ProbeFull | Self::ProbeProgressive | Self::ProbeProgressiveMix | Self::ProbeProgressiveMixStill)
    }

    /// Whether pictures are mixed.
    pub(super) fn mixes(self) -> bool {
        matches!(self, Self::ProbeProgressiveMix | Self::ProbeProgressiveMixStill | Self::FullMix)
    }

    /// Whether statistics of frozen stages stay as they are.
    pub(super) fn still(self) -> bool {
        matches!(self, Self::ProgressiveStill | Self::ProbeProgressiveMixStill)
    }

    /// Of every stage, the share of the steps after the probe from which on it learns, and by what its rate is multiplied: 2.5e-4 where the head has
    /// 1e-3, or 1e-4, 2.5e-4 and 5e-4 from the second stage on.
    fn stages(self) -> [(f64, f64); STAGES] {
        match self {
            Self::Full | Self::ProbeFull | Self::FullMix => [(0.0, 0.25); STAGES],
            Self::Graded => [(NEVER, 0.0), (0.0, 0.1), (0.0, 0.25), (0.0, 0.5)],
            Self::Probe => [(NEVER, 0.0); STAGES],
            Self::Progressive | Self::ProbeProgressive | Self::ProbeProgressiveMix | Self::ProgressiveStill | Self::ProbeProgressiveMixStill => {
                [(NEVER, 0.0), (0.6, 0.1), (0.3, 0.25), (0.1, 0.5)]
            }
        }
    }

    /// By what the rate of every stage is multiplied, when so much of the steps after the probe is done; 0 is frozen.
    pub(super) fn factors(self, done: f64) -> [f64; STAGES] {
        self.stages().map(|(from, factor)| if done >= from { factor } else { 0.0 })
    }
}
