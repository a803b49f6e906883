//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::ladder::Models;
use super::{Method, Settings, Text};
use crate::blocks::{Stages, genres};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// Models, and what they make of the pool.
    Models(Models),
    /// A choice of documents, and a model of these. It needs the models, where the method looks at them.
    Fit(Settings),
}

impl Method {
    /// Whether models are looked at, and if so whether they are of two families.
    pub(super) fn models(self) -> Option<bool> {
        match self {
            Self::Mixed => Some(true),
            Self::Preselect | Self::Direct | Self::Shuffled | Self::Correlation | Self::Perplexity | Self::Middle | Self::Gap => Some(false),
            Self::Classifier | Self::Oracle | Self::Random | Self::All => None,
        }
    }
}

/// Operations of reading a symbol, and of counting one, about: some twenty looks into tables that are larger than a cache.
const READ: f64 = 900.0;
const COUNT: f64 = 1_500.0;

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and the models that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let symbols = |documents: usize| (documents * own.length) as f64;
        // Questions take some twenty readings of a test of some hundred pieces a genre.
        let asked = READ * symbols(20 * 100);
        let mut needs = Vec::new();
        if let Some(mixed) = own.method.models() {
            // Whatever differs after the models is the same here, so that arms share them.
            let plain = Settings::default();
            let shared = Settings {
                method: plain.method,
                kept: plain.kept,
                scored: plain.scored,
                ends: plain.ends,
                pairs: plain.pairs,
                other_order: if mixed { own.other_order } else { plain.other_order },
                ..own.clone()
            };
            let flops = own.models as f64 * (READ * symbols(own.documents) + 2.0 * asked) + 2.0 * COUNT * symbols(own.reference);
            needs.push(self.add(arm, "models/", seed, &Piece::Models(Models { mixed, settings: shared }), Vec::new(), flops)?);
        }
        let kept = if own.method == Method::All { own.documents } else { own.part(own.kept) };
        let flops = COUNT * symbols(kept) + 2.0 * asked + 2e9;
        self.add(arm, "", seed, &Piece::Fit(own.clone()), needs, flops)?;
        Ok(())
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let text = match piece {
            Piece::Models(own) => own.settings.text,
            Piece::Fit(own) => own.text,
        };
        let stage = Stage::of(arm, seed, piece, flops)?;
        let mut stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        if text == Text::English {
            stage = genres::DATASETS.into_iter().fold(stage, Stage::reading);
        }
        Ok(self.stages.add(stage))
    }
}
