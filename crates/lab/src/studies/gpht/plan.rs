//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::linear::Dlinear;
use super::network::Shape;
use super::{Method, Settings, World, fit, forecast};
use crate::blocks::{Stages, TUNING, ett};
use crate::{Arm, Stage, StudyError};

/// Where the windows of a pretraining come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mixture {
    /// Real and made series, by half.
    Mixed,
    /// Real series.
    Real,
    /// Made series.
    Synthetic,
    /// Both, the hours of every window in random order.
    Shuffled,
}

/// A pretraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    /// Whether even its real series are made.
    pub(super) made: bool,
    pub(super) mixture: Mixture,
    pub(super) causal: bool,
    pub(super) piece: usize,
    pub(super) pieces: usize,
    pub(super) pooling: Vec<usize>,
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) layers: usize,
    /// Hours of the training part.
    pub(super) train: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
}

impl Pretraining {
    fn of(own: &Settings, mixture: Mixture) -> Self {
        let Shape { piece, pieces, pooling, width, heads, layers, causal } = Shape::of(own);
        Self {
            made: own.world == World::Made,
            mixture,
            causal,
            piece,
            pieces,
            pooling,
            width,
            heads,
            layers,
            train: own.train,
            steps: own.pretraining_steps,
            batch: own.pretraining_batch,
            rate: own.pretraining_rate,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        let Self { causal, piece, pieces, width, heads, layers, .. } = *self;
        Shape { piece, pieces, pooling: self.pooling.clone(), width, heads, layers, causal }
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "work")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    /// It needs its pretraining, if any, and then the fits that its learning rate is chosen by: as many for each.
    Fit(Settings),
    /// It needs its fit, and then those that it is held against.
    Arm(Settings),
}

impl Method {
    /// What it is pretrained on, if anything.
    pub(super) fn mixture(self) -> Option<Mixture> {
        match self {
            Self::Gpht | Self::Flat | Self::Causal => Some(Mixture::Mixed),
            Self::Real => Some(Mixture::Real),
            Self::Synthetic => Some(Mixture::Synthetic),
            Self::Shuffled => Some(Mixture::Shuffled),
            Self::RandomHeads | Self::Scratch | Self::Longer | Self::Dlinear | Self::Naive => None,
        }
    }

    /// Whether it can forecast a series that it has learned nothing from.
    pub(super) fn forecasts_as_it_is(self) -> bool {
        self.mixture().is_some() || self == Self::Naive
    }

    /// Whether heads alone learn from the target.
    pub(super) fn heads_alone(self) -> bool {
        self.mixture().is_some() || self == Self::RandomHeads
    }
}

/// Whom an arm is held against, with the name of the statistic.
pub(super) fn rivals(own: &Settings) -> Vec<(&'static str, Method)> {
    let all = [("dm-longer", Method::Longer), ("dm-dlinear", Method::Dlinear), ("dm-naive", Method::Naive)];
    all.into_iter().filter(|(_, rival)| *rival != own.method && (own.share > 0.0 || *rival == Method::Naive)).collect()
}

/// Steps on the target, and of `longer` and the linear forecast as many more as pass the windows of pretraining.
pub(super) fn steps(own: &Settings) -> usize {
    let more = match own.method {
        Method::Longer | Method::Dlinear => (own.pretraining_steps * own.pretraining_batch).div_ceil(own.batch),
        _ => 0,
    };
    own.steps + more
}

/// Floating-point operations of so many windows that are passed forward.
fn passed(own: &Settings, windows: f64) -> f64 {
    let each = match own.method {
        Method::Naive => 0.0,
        Method::Dlinear => Dlinear::multiplications(own.window(), own.horizon),
        _ => Shape::of(own).multiplications(),
    };
    2.0 * windows * each
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut needs = vec![self.chosen(arm, "fit/", seed, own)?];
        for (name, method) in rivals(own) {
            needs.push(self.chosen(arm, &format!("{name}/"), seed, &Settings { method, ..own.clone() })?);
        }
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs, 1e6)?;
        Ok(())
    }

    /// A fit, and those that its learning rate is chosen by.
    fn chosen(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.learns() && own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { rates: vec![*rate], ..own.clone() };
                chosen_by.push(self.fit(arm, &format!("{prefix}rate={rate}/"), seed, &one, &[])?);
            }
        }
        self.fit(arm, prefix, seed, own, &chosen_by)
    }

    /// A fit, and the pretraining before it.
    fn fit(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, chosen_by: &[usize]) -> Result<usize, StudyError> {
        let mut needs = Vec::new();
        if let Some(mixture) = own.method.mixture() {
            let flops = passed(own, 3.0 * (own.pretraining_steps * own.pretraining_batch) as f64);
            let piece = Piece::Pretraining(Pretraining::of(own, mixture));
            needs.push(self.add(arm, &format!("{prefix}pretraining/"), seed, &piece, Vec::new(), flops)?);
        }
        needs.extend(chosen_by);
        let looks = if own.learns() { fit::LOOKS as f64 } else { 1.0 };
        let begins = |hours: usize, stride: usize| ((hours - own.horizon) / stride.max(1) + 1) as f64;
        let channels = ett::CHANNELS as f64;
        let asked = channels * (begins(own.test, own.stride) + looks * begins(own.valid, forecast::SELDOM * own.stride));
        // A network says piece after piece.
        let each = if own.method == Method::Dlinear { 1.0 } else { (own.horizon / own.piece) as f64 };
        let learned = if own.learns() { 3.0 * (steps(own) * own.batch) as f64 } else { 0.0 };
        self.add(arm, prefix, seed, &Piece::Fit(own.clone()), needs, passed(own, learned + asked * each).max(1e7))
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let real = match piece {
            Piece::Pretraining(own) => !own.made && own.mixture != Mixture::Synthetic,
            Piece::Fit(own) => own.world == World::Ett,
            Piece::Arm(_) => false,
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if real { stage.reading(ett::DATASET) } else { stage }))
    }
}
