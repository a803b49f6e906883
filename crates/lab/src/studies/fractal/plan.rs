//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::data::Task;
use super::{Pretraining, Settings, World};
use crate::blocks::fractals::Kind;
use crate::blocks::halves::SIDE;
use crate::blocks::sized_encoder::multiplications;
use crate::blocks::{Stages, TUNING, xrays};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A pretraining. It needs the arms that its rate is chosen by: as many for each pair of rates, those of tasks varying fastest.
    Pretraining(Settings),
    /// The four tasks. It needs its pretraining, if any, and then the arms that its rates are chosen by, as a pretraining does.
    Arm(Settings),
}

/// What networks are pretrained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Nothing.
    Nothing,
    /// Fractals, with their own labels or with random ones.
    Fractals { kind: Kind, random: bool },
    /// Other digits.
    Digits,
}

impl Pretraining {
    pub(super) fn source(self) -> Source {
        let fractals = |kind: Kind| Source::Fractals { kind, random: false };
        match self {
            Self::Scratch | Self::ScratchLonger => Source::Nothing,
            Self::FractalDb => fractals(Kind::Db),
            Self::FractalDbJittered => fractals(Kind::DbJittered),
            Self::MultiClass => fractals(Kind::Classes),
            Self::MultiClassBackground => fractals(Kind::Background),
            Self::MultiInstance => fractals(Kind::Instances),
            Self::MultiInstanceRandom => Source::Fractals { kind: Kind::Instances, random: true },
            Self::RandomLabels => Source::Fractals { kind: Kind::Background, random: true },
            Self::Supervised => Source::Digits,
        }
    }
}

/// Pairs of rates, of pretraining and of tasks, in the order in which arms are tried; without pretraining its rate is 0.
pub(super) fn candidates(own: &Settings) -> Vec<(f64, f64)> {
    let none = [0.0];
    let first: &[f64] = if own.pretraining.source() == Source::Nothing { &none } else { &own.pretraining_rates };
    first.iter().flat_map(|pretraining| own.rates.iter().map(move |rate| (*pretraining, *rate))).collect()
}

/// Steps of a task: those of everybody, and where tasks are longer as many more as pass the pictures of pretraining.
pub(super) fn tune_steps(own: &Settings) -> usize {
    let more = if own.pretraining == Pretraining::ScratchLonger { (own.steps * own.batch).div_ceil(own.tune_batch) } else { 0 };
    own.tune_steps + more
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
        for (pretraining, rate) in candidates.iter().filter(|_| candidates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let pretraining_rates = if *pretraining > 0.0 { vec![*pretraining] } else { own.pretraining_rates.clone() };
                let one = Settings { pretraining_rates, rates: vec![*rate], ..own.clone() };
                let prefix = format!("pretraining-rate={pretraining},rate={rate}/");
                // The pretraining is the same whatever the rate of the tasks: the first one stands for all.
                let begun = Settings { rates: own.rates.iter().take(1).copied().collect(), ..one.clone() };
                let needs = self.pretraining(arm, &format!("pretraining-rate={pretraining}/"), seed, &begun, &[])?;
                chosen_by.push(self.tasks(arm, &prefix, seed, &one, needs)?);
            }
        }
        let needs = self.pretraining(arm, "", seed, own, &chosen_by)?;
        self.tasks(arm, "", seed, own, [needs, chosen_by].concat())?;
        Ok(())
    }

    /// The pretraining of an arm, if there is one.
    fn pretraining(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, chosen_by: &[usize]) -> Result<Vec<usize>, StudyError> {
        if own.pretraining.source() == Source::Nothing {
            return Ok(Vec::new());
        }
        let passed = 3.0 * (own.steps * own.batch) as f64 + super::pretraining::NEW as f64;
        let piece = Piece::Pretraining(own.clone());
        Ok(vec![self.add(arm, &format!("{prefix}pretraining/"), seed, &piece, chosen_by.to_vec(), passed)?])
    }

    fn tasks(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, needs: Vec<usize>) -> Result<usize, StudyError> {
        let trained = (Task::ALL.len() * tune_steps(own) * own.tune_batch) as f64;
        let half = own.world.half();
        let xrays = if own.world == World::Digits { 624 } else { 2 * own.digits_test };
        let looked = 2 * (half * (own.digits_held + own.digits_test) + own.xrays_held + xrays);
        self.add(arm, prefix, seed, &Piece::Arm(own.clone()), needs, 3.0 * trained + looked as f64)
    }

    /// Adds a stage that passes so many pictures (forward and backward counts three times), unless one with the same piece, seed and needs is there;
    /// gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, passed: f64) -> Result<usize, StudyError> {
        let (Piece::Pretraining(own) | Piece::Arm(own)) = piece;
        let stage = Stage::of(arm, seed, piece, 2.0 * multiplications(own.width, SIDE) * passed)?.in_networks();
        let mut stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        let digits = matches!(piece, Piece::Arm(_)) || own.pretraining.source() == Source::Digits;
        if let Some(dataset) = own.world.dataset().filter(|_| digits) {
            stage = stage.reading(dataset);
        }
        if own.world == World::Digits && matches!(piece, Piece::Arm(_)) {
            stage = stage.reading(xrays::DATASET);
        }
        Ok(self.stages.add(stage))
    }
}
