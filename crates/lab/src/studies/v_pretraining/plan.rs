//! Which stages an arm is made of: the run, and those that its rate and its share are chosen by.

use super::{Settings, course};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let own = Settings { shares: if own.design.has_share() { own.shares.clone() } else { vec![0.0] }, ..own.clone() };
        let candidates = own.candidates();
        let mut needs = Vec::new();
        for (rate, share) in candidates.iter().filter(|_| candidates.len() > 1) {
            for tuning in TUNING..TUNING + own.tuning_seeds {
                let trial = Settings { rates: vec![*rate], shares: vec![*share], ..own.clone() };
                needs.push(self.add(arm, &format!("rate={rate},share={share}/"), tuning, trial, Vec::new())?);
            }
        }
        self.add(arm, "", seed, own, needs)?;
        Ok(())
    }

    fn add(&mut self, arm: &Arm, name: &str, seed: u64, own: Settings, needs: Vec<usize>) -> Result<usize, StudyError> {
        // What they were made of is no part of a stage.
        let own = Settings { tuning_seeds: 1, ..own };
        let stage = Stage::of(arm, seed, &own, course::flops(&own))?;
        Ok(self.stages.add(Stage { id: format!("{}/{name}seed={seed}", arm.name), needs, ..stage }))
    }
}
