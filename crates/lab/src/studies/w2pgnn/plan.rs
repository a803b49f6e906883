//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Predictor, Pretraining, Settings};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a fine-tuning starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Start {
    /// First weights.
    Scratch,
    /// First weights, for longer.
    Longer,
    /// A network that was pretrained on hidden degrees.
    AttrMask,
    /// A network that was pretrained on contexts.
    ContextPred,
}

impl Start {
    /// Whether a network is pretrained.
    pub(super) fn pretrains(self) -> bool {
        matches!(self, Self::AttrMask | Self::ContextPred)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::Longer => "longer",
            Self::AttrMask => "attr-mask",
            Self::ContextPred => "context-pred",
        }
    }
}

/// What a network is pretrained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Content {
    /// The sources.
    Sources,
    /// The sources, with answers dealt out at random.
    Shuffled,
    /// Random graphs.
    RandomGraphs,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// All fine-tunings of a method. It needs those that its rate is chosen by.
    Fit { start: Start, content: Content, own: Settings },
    /// What is forecast of all pairs.
    Forecast { own: Settings },
    /// It needs its forecast and, where anything is trained, the fine-tunings without pretraining and then those of its methods.
    Arm { own: Settings },
}

impl Pretraining {
    /// The fine-tunings that gains are made from, those without pretraining first.
    fn fits(self) -> Vec<(Start, Content)> {
        let scratch = (Start::Scratch, Content::Sources);
        let both = |content: Content| vec![scratch, (Start::AttrMask, content), (Start::ContextPred, content)];
        match self {
            Self::Sources => both(Content::Sources),
            Self::Shuffled => both(Content::Shuffled),
            Self::RandomGraphs => both(Content::RandomGraphs),
            Self::Longer => vec![scratch, (Start::Longer, Content::Sources)],
            Self::Planted => Vec::new(),
        }
    }
}

/// Operations of a forecast, about: matchings for thirty pairs, from two starts, as often as weights are fitted.
fn matchings(own: &Settings) -> f64 {
    let side = own.resolution as f64;
    let fits = matches!(own.predictor, Predictor::Domain | Predictor::Topo | Predictor::Known);
    let slopes = if fits { 15.0 + 3.0 * own.descent as f64 } else { 15.0 };
    30.0 * 2.0 * slopes * (100.0 * side * side + 8.0 * side.powi(3))
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        // What is the same whatever forecasts and whatever comes before, so that arms share it.
        let plain = Settings { predictor: Predictor::Domain, pretraining: Pretraining::Sources, tuning_seeds: 1, ..own.clone() };
        let piece = Piece::Forecast { own: Settings { predictor: own.predictor, ..plain.clone() } };
        let mut needs = vec![self.add(arm, "forecast/", seed, &piece, Vec::new(), matchings(own))?];
        for (start, content) in own.pretraining.fits() {
            let mut chosen_by = Vec::new();
            for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
                for tuning in TUNING..TUNING + own.tuning_seeds {
                    let one = Settings { rates: vec![*rate], ..plain.clone() };
                    let prefix = format!("{}/rate={rate}/", start.name());
                    chosen_by.push(self.add(arm, &prefix, tuning, &Piece::Fit { start, content, own: one }, Vec::new(), start.flops(own))?);
                }
            }
            let prefix = format!("{}/", start.name());
            let piece = Piece::Fit { start, content, own: plain.clone() };
            needs.push(self.add(arm, &prefix, seed, &piece, chosen_by, start.flops(own))?);
        }
        self.add(arm, "", seed, &Piece::Arm { own: own.clone() }, needs, 1e7)?;
        Ok(())
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let stage = Stage::of(arm, seed, piece, flops)?;
        let stage = if matches!(piece, Piece::Fit { .. }) { stage.in_networks() } else { stage };
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage }))
    }
}
