//! The four tasks, and what comes before them in a method.

use serde::{Deserialize, Serialize};

use super::Method;
use crate::blocks::thorax;

/// A task: some pictures of the chest, few or many of them with labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Task {
    XraysFew,
    XraysMany,
    ThoraxFew,
    ThoraxMany,
}

/// What the numbers of a task are called.
pub(super) struct Names {
    pub(super) tested: &'static str,
    /// On all X-rays, and on those of the part to learn from; the thorax has neither.
    pub(super) others: Option<[&'static str; 2]>,
    pub(super) valid: &'static str,
    pub(super) rate: &'static str,
}

impl Task {
    pub(super) const ALL: [Self; 4] = [Self::XraysFew, Self::XraysMany, Self::ThoraxFew, Self::ThoraxMany];

    /// In stages.
    pub(super) fn name(self) -> &'static str {
        self.names().tested
    }

    pub(super) fn xrays(self) -> bool {
        matches!(self, Self::XraysFew | Self::XraysMany)
    }

    pub(super) fn many(self) -> bool {
        matches!(self, Self::XraysMany | Self::ThoraxMany)
    }

    /// How many labels a picture may have.
    pub(super) fn labels(self) -> usize {
        if self.xrays() { 1 } else { thorax::FINDINGS }
    }

    pub(super) fn names(self) -> Names {
        match self {
            Self::XraysFew => {
                let others = Some(["whole-few", "near-few"]);
                Names { tested: "xrays-few", others, valid: "valid-xrays-few", rate: "rate-xrays-few" }
            }
            Self::XraysMany => {
                let others = Some(["whole-many", "near-many"]);
                Names { tested: "xrays-many", others, valid: "valid-xrays-many", rate: "rate-xrays-many" }
            }
            Self::ThoraxFew => Names { tested: "thorax-few", others: None, valid: "valid-thorax-few", rate: "rate-thorax-few" },
            Self::ThoraxMany => Names { tested: "thorax-many", others: None, valid: "valid-thorax-many", rate: "rate-thorax-many" },
        }
    }
}

/// What is learned in pretraining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Objective {
    /// The kinds of natural pictures.
    Kinds,
    /// To be like a teacher on other views of natural pictures.
    Distilled,
    /// The same on pictures whose pixels are scrambled.
    Scrambled,
    /// Some findings of pictures of a thorax.
    Findings,
}

impl Method {
    /// What is learned before the tasks, if anything is, and whether from many pictures.
    pub(super) fn before(self) -> Option<(Objective, bool)> {
        match self {
            Self::Scratch | Self::ScratchLonger => None,
            Self::Sl => Some((Objective::Kinds, false)),
            Self::SlMany => Some((Objective::Kinds, true)),
            Self::Ssl => Some((Objective::Distilled, false)),
            Self::SslMany => Some((Objective::Distilled, true)),
            Self::Scrambled => Some((Objective::Scrambled, true)),
            Self::Medical => Some((Objective::Findings, false)),
        }
    }
}
