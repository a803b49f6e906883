//! What comes before the tasks of a method, and which tasks it has.

use serde::{Deserialize, Serialize};

use super::{Method, World};
use crate::blocks::{digits, hierarchical_images, thorax};

/// A sort of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Domain {
    Medical,
    Natural,
}

impl Domain {
    /// The mask and the crop that the paper finds best.
    pub(super) fn best(self) -> (f64, f64) {
        match self {
            Self::Medical => (0.9, 0.5),
            Self::Natural => (0.75, 0.2),
        }
    }
}

/// What is learned in pretraining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Objective {
    /// What hidden patches look like.
    Masked,
    /// The same, of pictures whose patches are dealt out.
    Dealt,
    /// Labels.
    Supervised,
}

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Network {
    Vit,
    Cnn,
}

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Task {
    /// A few medical pictures.
    Few,
    /// More of them.
    More,
    /// A few natural ones.
    Natural,
}

/// What the numbers of a task are called.
pub(super) struct Names {
    pub(super) tested: &'static str,
    /// On all X-rays, and on those that are near; a natural task has neither.
    pub(super) medical: Option<[&'static str; 2]>,
    pub(super) valid: &'static str,
    pub(super) rate: &'static str,
    /// Of its pretraining: what was learned, and the rate.
    pub(super) before: [&'static str; 2],
}

impl Task {
    /// In stages and streams of random numbers.
    pub(super) fn name(self) -> &'static str {
        self.names().tested
    }

    pub(super) fn domain(self) -> Domain {
        if self == Self::Natural { Domain::Natural } else { Domain::Medical }
    }

    pub(super) fn names(self) -> Names {
        let medical = ["explained", "rate-pretraining"];
        match self {
            Self::Few => {
                let others = Some(["whole-few", "near-few"]);
                Names { tested: "few", medical: others, valid: "valid-few", rate: "rate-few", before: medical }
            }
            Self::More => {
                let others = Some(["whole-more", "near-more"]);
                Names { tested: "more", medical: others, valid: "valid-more", rate: "rate-more", before: medical }
            }
            Self::Natural => {
                let before = ["explained-natural", "rate-pretraining-natural"];
                Names { tested: "natural", medical: None, valid: "valid-natural", rate: "rate-natural", before }
            }
        }
    }

    /// How many labels a picture may have.
    pub(super) fn labels(self, world: World) -> usize {
        match (self.domain(), world) {
            (Domain::Medical, World::Real) => 1,
            (Domain::Medical, World::Made) => thorax::FINDINGS,
            (Domain::Natural, World::Real) => digits::CLASSES,
            (Domain::Natural, World::Made) => hierarchical_images::CLASSES,
        }
    }
}

impl Method {
    pub(super) fn network(self) -> Network {
        if matches!(self, Self::Cnn | Self::CnnSupervised) { Network::Cnn } else { Network::Vit }
    }

    /// The pretraining before a task, if there is one.
    pub(super) fn before(self, task: Task) -> Option<(Domain, Objective)> {
        match self {
            Self::Scratch | Self::ScratchLonger | Self::Cnn => None,
            Self::Natural => Some((Domain::Natural, Objective::Masked)),
            Self::Medical => Some((Domain::Medical, Objective::Masked)),
            Self::Dealt => Some((Domain::Medical, Objective::Dealt)),
            Self::Supervised | Self::CnnSupervised => Some((Domain::Natural, Objective::Supervised)),
            Self::Own => Some((task.domain(), Objective::Masked)),
        }
    }

    pub(super) fn tasks(self) -> [Task; 2] {
        if self == Self::Own { [Task::Few, Task::Natural] } else { [Task::Few, Task::More] }
    }
}
