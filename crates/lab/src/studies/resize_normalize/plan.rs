//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::data::{Counts, LARGE, NATIVE};
use super::measure::dimension;
use super::{Encoder, Normalisation, Settings};
use crate::blocks::halves::World;
use crate::blocks::sized_encoder::multiplications;
use crate::blocks::{Stages, TUNING, encoder};
use crate::{Arm, Stage, StudyError};

/// A pretraining. It needs those that its learning rate is chosen by: as many for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) encoder: Encoder,
    pub(super) width: usize,
    pub(super) pictures: usize,
    pub(super) known: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
    pub(super) neighbours: usize,
}

impl Pretraining {
    /// Pictures of a class.
    pub(super) fn counts(&self) -> Counts {
        Counts { pictures: self.pictures, known: self.known, valid: self.valid, test: self.test }
    }
}

/// What features are worth. It needs the pretraining of their network, if any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Measure {
    pub(super) world: World,
    pub(super) encoder: Encoder,
    pub(super) size: usize,
    pub(super) normalisation: Normalisation,
    pub(super) width: usize,
    pub(super) pictures: usize,
    pub(super) known: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
    pub(super) neighbours: usize,
}

impl Measure {
    /// Pictures of a class.
    pub(super) fn counts(&self) -> Counts {
        Counts { pictures: self.pictures, known: self.known, valid: self.valid, test: self.test }
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    Measure(Measure),
    /// An arm. It needs its own measures, those of pictures as they come, and those with the normalisation of pretraining.
    Arm(Settings),
}

impl Encoder {
    /// Whether anything is trained.
    pub(super) fn learns(self) -> bool {
        !matches!(self, Self::Random | Self::Statistics | Self::Pixels)
    }

    /// The size of the pictures that it is trained on.
    fn side(self) -> usize {
        if matches!(self, Self::Small | Self::TargetOnly) { NATIVE } else { LARGE }
    }
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let trained = self.trained(arm, seed, own)?;
        let this = self.measure(arm, seed, own, &trained)?;
        let native = self.measure(arm, seed, &Settings { size: NATIVE, ..own.clone() }, &trained)?;
        let usual = self.measure(arm, seed, &Settings { normalisation: Normalisation::Own, ..own.clone() }, &trained)?;
        // Nothing but differences.
        let stage = Stage { needs: vec![this, native, usual], ..Stage::of(arm, seed, &Piece::Arm(own.clone()), 1e3)? };
        self.stages.add(stage);
        Ok(())
    }

    /// The pretraining of the arm's network, if any, at the rate that is chosen on other seeds.
    fn trained(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<Vec<usize>, StudyError> {
        if !own.encoder.learns() {
            return Ok(Vec::new());
        }
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                chosen_by.push(self.pretraining(arm, &format!("rate={rate}/"), seed, own, vec![*rate], Vec::new())?);
            }
        }
        Ok(vec![self.pretraining(arm, "", seed, own, own.rates.clone(), chosen_by)?])
    }

    fn pretraining(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, rates: Vec<f64>, needs: Vec<usize>) -> Result<usize, StudyError> {
        let &Settings { world, encoder, width, pictures, known, valid, test, steps, batch, neighbours, .. } = own;
        let piece = Pretraining { world, encoder, width, pictures, known, valid, test, steps, batch, rates, neighbours };
        let looked = (world.half() * (known + valid)) as f64;
        let found = 2.0 * (world.half() * known * world.half() * valid * encoder::features_of(width)) as f64;
        let flops = 2.0 * multiplications(width, encoder.side()) * (3.0 * (steps * batch) as f64 + looked) + found;
        self.add(arm, &format!("{prefix}pretraining/"), seed, &Piece::Pretraining(piece), needs, flops)
    }

    fn measure(&mut self, arm: &Arm, seed: u64, own: &Settings, trained: &[usize]) -> Result<usize, StudyError> {
        let &Settings { world, encoder, size, normalisation, width, pictures, known, valid, test, neighbours, .. } = own;
        let piece = Measure { world, encoder, size, normalisation, width, pictures, known, valid, test, neighbours };
        let (known, asked) = ((world.half() * known) as f64, (world.half() * test) as f64);
        let dim = dimension(encoder, width, size) as f64;
        let passed = if matches!(encoder, Encoder::Statistics | Encoder::Pixels) { 0.0 } else { 2.0 * multiplications(width, size) };
        let flops = passed * (known + asked + (world.half() * valid) as f64) + 2.0 * known * asked * dim;
        let prefix = format!("size={size}/normalisation={normalisation:?}/").to_lowercase();
        self.add(arm, &prefix, seed, &Piece::Measure(piece), trained.to_vec(), flops)
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let world = match piece {
            Piece::Pretraining(own) => own.world,
            Piece::Measure(own) => own.world,
            Piece::Arm(own) => own.world,
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(match world.dataset() {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        }))
    }
}
