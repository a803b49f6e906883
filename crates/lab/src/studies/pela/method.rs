//! What the methods have in common, and what not.

use super::Method;

/// What a network begins from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The large network.
    Teacher,
    /// The large network, cut to low rank.
    Cut,
    /// First weights.
    First,
}

/// Whose features are distilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distil {
    Nobody,
    Teacher,
    Untrained,
}

/// What is held of the product of thin layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Nothing,
    Largest,
    All,
}

impl Method {
    /// Where it begins.
    pub(super) fn start(self) -> Start {
        match self {
            Self::Teacher | Self::TeacherLonger => Start::Teacher,
            Self::Small | Self::RandomCe | Self::RandomFd => Start::First,
            _ => Start::Cut,
        }
    }

    /// Whether an intermediate pretraining follows.
    pub(super) fn learns(self) -> bool {
        !matches!(self, Self::Teacher | Self::Svd)
    }

    pub(super) fn distil(self) -> Distil {
        match self {
            Self::SvdFd | Self::SvdFdWp | Self::SvdFdWpAll | Self::RandomFd => Distil::Teacher,
            Self::SvdFdUntrained => Distil::Untrained,
            _ => Distil::Nobody,
        }
    }

    pub(super) fn hold(self) -> Hold {
        match self {
            Self::SvdFdWp => Hold::Largest,
            Self::SvdFdWpAll => Hold::All,
            _ => Hold::Nothing,
        }
    }
}
