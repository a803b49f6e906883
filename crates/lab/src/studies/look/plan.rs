//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Objective, Settings};
use crate::blocks::encoder::{features_of, multiplications};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A pretraining. It needs those that its learning rate is chosen by: as many for each rate.
    Pretraining(Settings),
    /// An arm: it needs its pretraining, if any, and measures its features.
    Arm(Settings),
}

impl Objective {
    /// Whether anything is trained.
    pub(super) fn learns(self) -> bool {
        !matches!(self, Self::Random | Self::Pixels)
    }
}

/// What there is to choose from: learning rates, and numbers of neighbours where these matter (else the first).
pub(super) fn candidates(own: &Settings) -> Vec<(f64, usize)> {
    let most = if own.objective == Objective::Look { own.neighbours.len() } else { 1 };
    own.rates.iter().flat_map(|rate| own.neighbours.iter().take(most).map(move |k| (*rate, *k))).collect()
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let world = own.world.classes() as f64;
        let passed = |pictures: f64| pictures * 2.0 * multiplications(own.width);
        let mut needs = Vec::new();
        if own.objective.learns() {
            let views = if own.objective == Objective::Contrastive { 2.0 } else { 1.0 };
            let batch = own.batch as f64 * views;
            let others = match own.objective {
                Objective::Look | Objective::SupCon => batch + own.queue as f64,
                Objective::Contrastive => batch,
                _ => 0.0,
            };
            // Passed forward and backward, and similarities, whose two sides both have a slope.
            let flops = own.steps as f64 * (passed(3.0 * batch) + 6.0 * batch * others * own.outputs as f64);
            let mut chosen_by = Vec::new();
            let candidates = candidates(own);
            for (rate, neighbours) in candidates.iter().filter(|_| candidates.len() > 1) {
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let one = Settings { rates: vec![*rate], neighbours: vec![*neighbours], ..own.clone() };
                    let prefix = format!("rate={rate},neighbours={neighbours}/pretraining/");
                    chosen_by.push(self.add(arm, &prefix, seed, &Piece::Pretraining(one), Vec::new(), flops)?);
                }
            }
            needs.push(self.add(arm, "pretraining/", seed, &Piece::Pretraining(own.clone()), chosen_by, flops)?);
        }
        let (known, asked) = (world * own.pictures as f64, world * own.test as f64);
        let all = known + asked + world * (own.few + own.valid) as f64;
        let flops = passed(all) + 2.0 * known * asked * features_of(own.width) as f64;
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs, flops)?;
        Ok(())
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let (Piece::Pretraining(own) | Piece::Arm(own)) = piece;
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(match own.world.dataset() {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        }))
    }
}
