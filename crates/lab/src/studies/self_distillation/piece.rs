//! What stages do.

use serde::{Deserialize, Serialize};

use super::data::Counts;
use super::method::{Added, Target};
use super::network::Shape;
use super::{Settings, World};

/// The first pretraining. It needs the stages that its rate is chosen by, one for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Source {
    pub(super) world: World,
    pub(super) shape: Shape,
    pub(super) counts: Counts,
    pub(super) mask: f64,
    pub(super) crop: f64,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

/// Going on with pictures of a target. It needs the first pretraining, the teacher if that is one that has gone on before, and then the stages that
/// its rate and the factor of its pull are chosen by, one for each candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Further {
    pub(super) world: World,
    pub(super) target: Target,
    pub(super) added: Added,
    pub(super) dealt: bool,
    pub(super) shape: Shape,
    pub(super) counts: Counts,
    pub(super) mask: f64,
    pub(super) steps: usize,
    pub(super) batch: usize,
    /// Of the distance to the teacher; 0 where there is none.
    pub(super) weight: f64,
    pub(super) rates: Vec<f64>,
    /// 0 alone where there is none.
    pub(super) pulls: Vec<f64>,
}

/// Training on labels of a target. It needs the pretraining that it begins with, if there is one, and then the stages that its rate is chosen by: as
/// many for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Labelled {
    pub(super) world: World,
    pub(super) target: Target,
    pub(super) pretrained: bool,
    pub(super) shape: Shape,
    pub(super) counts: Counts,
    pub(super) parts: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Source(Source),
    Further(Further),
    Target(Labelled),
    /// An arm: both targets, put together.
    Arm(Settings),
}

impl Further {
    /// Rates and factors of the pull, in the order in which they are tried.
    pub(super) fn candidates(&self) -> Vec<(f64, f64)> {
        self.rates.iter().flat_map(|rate| self.pulls.iter().map(move |pull| (*rate, *pull))).collect()
    }

    /// Floating-point operations of a step: hidden patches forward and backward, whole pictures through the student, and through the teacher forward.
    pub(super) fn step(&self) -> f64 {
        let size = self.shape.size();
        let whole = if self.added.teaches() { (6.0 + 2.0) * size.multiplications() } else { 0.0 };
        self.batch as f64 * (6.0 * size.masked_multiplications(self.mask) + whole)
    }

    /// The same of all steps.
    pub(super) fn work(&self) -> f64 {
        self.steps as f64 * self.step()
    }
}
