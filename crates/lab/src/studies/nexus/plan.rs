//! Which stages an arm is made of: its training, that of AdamW with the same seed, those that rates and strengths are chosen by, and the run that
//! holds the one against the other.

use serde::{Deserialize, Serialize};

use super::{Method, Settings, World, language};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A training that something is chosen by. It needs those that its rate is chosen by, and then the runs that its strength is chosen by: as many
    /// for each candidate.
    Trial(Settings),
    /// A training that is measured in the end; it needs the same.
    Train(Settings),
    /// Holds the first of two trainings against the second, which is AdamW.
    Run(Settings),
}

/// The strength that rates are chosen with.
fn middle(strengths: &[f64]) -> Vec<f64> {
    strengths.get(strengths.len() / 2).copied().into_iter().collect()
}

/// AdamW with the same settings.
fn control(own: &Settings) -> Settings {
    Settings { method: Method::Adamw, strengths: Vec::new(), ..own.clone() }
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let one = self.training(arm, "", seed, own, true)?;
        let other = self.training(arm, "control/", seed, &control(own), true)?;
        self.add(arm, "", seed, &Piece::Run(own.clone()), vec![one, other])?;
        Ok(())
    }

    /// A training with its rate and its strength chosen.
    fn training(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, measured: bool) -> Result<usize, StudyError> {
        let strengths = if own.method.has_strength() { own.strengths.clone() } else { Vec::new() };
        let own = Settings { strengths, ..own.clone() };
        let rated = self.rates(arm, prefix, &own)?;
        let mut needs = rated.clone();
        needs.extend(self.strengths(arm, prefix, &own, &rated)?);
        let piece = if measured { Piece::Train(own) } else { Piece::Trial(own) };
        self.add(arm, &format!("{prefix}training/"), seed, &piece, needs)
    }

    /// Trainings that a rate is chosen by; none where there is no choice.
    fn rates(&mut self, arm: &Arm, prefix: &str, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let mut found = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { rates: vec![*rate], strengths: middle(&own.strengths), ..own.clone() };
                found.push(self.add(arm, &format!("{prefix}rate={rate}/"), seed, &Piece::Trial(one), Vec::new())?);
            }
        }
        Ok(found)
    }

    /// Runs that a strength is chosen by, with the rate that these trainings say; none where there is no choice.
    fn strengths(&mut self, arm: &Arm, prefix: &str, own: &Settings, rated: &[usize]) -> Result<Vec<usize>, StudyError> {
        let mut found = Vec::new();
        for strength in own.strengths.iter().filter(|_| own.strengths.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let (one, name) = (Settings { strengths: vec![*strength], ..own.clone() }, format!("{prefix}strength={strength}/"));
                let trained = self.add(arm, &format!("{name}training/"), seed, &Piece::Trial(one.clone()), rated.to_vec())?;
                let other = self.training(arm, &format!("{prefix}tuning/control/"), seed, &control(own), false)?;
                found.push(self.add(arm, &name, seed, &Piece::Run(one), vec![trained, other])?);
            }
        }
        Ok(found)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (flops, networks) = match piece {
            Piece::Run(_) => (1e3, false),
            // About ten operations for each number of a matrix in a gradient.
            Piece::Trial(own) | Piece::Train(own) if own.world == World::Quadratic => (10.0 * (own.steps * own.sources * own.dimension.pow(2)) as f64, false),
            Piece::Trial(own) => (language::flops(own, false), true),
            Piece::Train(own) => (language::flops(own, true), true),
        };
        let stage = Stage::of(arm, seed, piece, flops)?;
        let stage = if networks { stage.in_networks() } else { stage };
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage }))
    }
}
