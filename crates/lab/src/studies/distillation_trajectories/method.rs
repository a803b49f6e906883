//! What methods are made of.

use serde::{Deserialize, Serialize};

use super::Method;

/// How experts are trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Stochastic gradient descent.
    Plain,
    /// With momentum, weight decay and a rate that falls.
    Strong,
    /// The same with a clipped loss.
    Clip,
    /// The same as `Strong` with a penalty on slopes.
    Penalty,
    /// The same as `Strong` with both.
    Smooth,
    /// Plain, with labels that are dealt out.
    Shuffled,
}

impl Kind {
    /// Momentum and weight decay, of the authors' code.
    pub(super) fn strength(self) -> (f64, f64) {
        if self.strong() { (0.9, 1e-3) } else { (0.0, 0.0) }
    }

    pub(super) fn strong(self) -> bool {
        !matches!(self, Self::Plain | Self::Shuffled)
    }

    /// By what the loss of an epoch is multiplied: 0.5, 0.55, …, 0.95 in the first ten, where it is clipped.
    pub(super) fn clipped(self, epoch: usize) -> f64 {
        if matches!(self, Self::Clip | Self::Smooth) && epoch < 10 { 0.5 + 0.05 * epoch as f64 } else { 1.0 }
    }

    /// Weight of the penalty.
    pub(super) fn penalty(self) -> f64 {
        if matches!(self, Self::Penalty | Self::Smooth) { 2.0 } else { 0.0 }
    }
}

/// What AST has beside its experts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Parts {
    /// The pictures begin as real ones nearest to centres of what an expert says of their class; otherwise as real ones drawn at random.
    pub(super) representative: bool,
    /// The student's loss is larger late on a trajectory and smaller early.
    pub(super) balanced: bool,
    /// Epochs between the first and the last of a span are matched as well.
    pub(super) between: bool,
    /// Weights that a student begins with are perturbed.
    pub(super) perturbed: bool,
}

const NONE: Parts = Parts { representative: false, balanced: false, between: false, perturbed: false };
const ALL: Parts = Parts { representative: true, balanced: true, between: true, perturbed: true };

impl Method {
    /// Experts and further parts of a method that distils.
    pub(super) fn distils(self) -> Option<(Kind, Parts)> {
        Some(match self {
            Self::Random | Self::Centres | Self::Herding | Self::Search | Self::Ridge => return None,
            Self::Mtt | Self::MttLonger => (Kind::Plain, NONE),
            Self::MttStrong => (Kind::Strong, NONE),
            Self::Smooth => (Kind::Smooth, NONE),
            Self::SmoothClip => (Kind::Clip, NONE),
            Self::SmoothPenalty => (Kind::Penalty, NONE),
            Self::Ast => (Kind::Smooth, ALL),
            Self::AstStrong => (Kind::Strong, ALL),
            Self::AstRandom => (Kind::Smooth, Parts { representative: false, ..ALL }),
            Self::AstUnbalanced => (Kind::Smooth, Parts { balanced: false, ..ALL }),
            Self::AstEnds => (Kind::Smooth, Parts { between: false, ..ALL }),
            Self::AstUnperturbed => (Kind::Smooth, Parts { perturbed: false, ..ALL }),
            Self::Shuffled => (Kind::Shuffled, NONE),
        })
    }
}
