//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Method, Settings, data};
use crate::blocks::encoder::multiplications;
use crate::blocks::pictures::World;
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// A pretraining, with its labels or with labels dealt out at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) shuffled: bool,
    pub(super) width: usize,
    pub(super) pictures: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    /// A stream of classes. It needs its pretraining, if any, and then the streams that its candidate is chosen by: as many for each.
    Fit(Settings),
}

impl Method {
    /// Whether its network is pretrained, and if so whether on labels dealt out at random.
    pub(super) fn pretrained(self) -> Option<bool> {
        match self {
            Self::Nmc | Self::FineTune | Self::Head | Self::Ewc | Self::Replay | Self::Joint => Some(false),
            Self::NmcShuffled => Some(true),
            Self::NmcRandom | Self::NmcPixels | Self::RandomLda | Self::JointLonger => None,
        }
    }

    /// Whether it is trained on the stream by gradients.
    pub(super) fn learns(self) -> bool {
        matches!(self, Self::FineTune | Self::Head | Self::Ewc | Self::Replay | Self::Joint | Self::JointLonger)
    }
}

/// A learning rate, and the strength of what holds weights (0 for nothing).
pub(super) type Candidate = (f64, f64);

/// What there is to choose from.
pub(super) fn candidates(own: &Settings) -> Vec<Candidate> {
    if !own.method.learns() {
        return Vec::new();
    }
    let strengths: &[f64] = if own.method == Method::Ewc { &own.strengths } else { &[0.0] };
    own.rates.iter().flat_map(|rate| strengths.iter().map(move |strength| (*rate, *strength))).collect()
}

/// Steps on each task: those of everybody, and of the method that is trained for longer as many more as pass the pictures of pretraining.
pub(super) fn steps(own: &Settings) -> usize {
    if own.method != Method::JointLonger {
        return own.steps;
    }
    own.steps + (own.pretraining_steps * own.pretraining_batch).div_ceil(own.batch * data::tasks(own).max(1))
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let candidates = candidates(own);
        let mut chosen_by = Vec::new();
        for (rate, strength) in candidates.iter().filter(|_| candidates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let strengths = if *strength > 0.0 { vec![*strength] } else { own.strengths.clone() };
                let one = Settings { rates: vec![*rate], strengths, ..own.clone() };
                chosen_by.push(self.fit(arm, &format!("rate={rate},strength={strength}/"), seed, &one, &[])?);
            }
        }
        self.fit(arm, "", seed, own, &chosen_by)?;
        Ok(())
    }

    /// A stream, and the pretraining before it.
    fn fit(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, chosen_by: &[usize]) -> Result<usize, StudyError> {
        let mut needs = Vec::new();
        let passed = |pictures: f64| pictures * 2.0 * multiplications(own.width);
        if let Some(shuffled) = own.method.pretrained() {
            let piece = Pretraining {
                world: own.world,
                shuffled,
                width: own.width,
                pictures: own.pretraining_pictures,
                steps: own.pretraining_steps,
                batch: own.pretraining_batch,
                rate: own.pretraining_rate,
            };
            let flops = passed(3.0 * (own.pretraining_steps * own.pretraining_batch) as f64);
            needs.push(self.add(arm, &format!("{prefix}pretraining/"), seed, &Piece::Pretraining(piece), Vec::new(), flops)?);
        }
        needs.extend(chosen_by);
        let tasks = data::tasks(own) as f64;
        let (classes, steps) = (data::stream_classes(own.world) as f64, (steps(own) * own.batch) as f64);
        // Learning passes a picture forward and backward; all of the test that has come is looked at after each task.
        let flops = match own.method {
            Method::NmcPixels | Method::RandomLda => 1e8,
            Method::Nmc | Method::NmcRandom | Method::NmcShuffled | Method::Head => passed(classes * (own.pictures + own.test) as f64),
            _ => passed(3.0 * tasks * steps + classes * own.test as f64 * (tasks + 1.0) / 2.0),
        };
        self.add(arm, prefix, seed, &Piece::Fit(own.clone()), needs, flops)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let world = match piece {
            Piece::Pretraining(own) => own.world,
            Piece::Fit(own) => own.world,
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(match world.dataset() {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        }))
    }
}
