//! Which stages an arm is made of: its training, and those that the rate is chosen by. These are trainings of the learned router, for every arm: a
//! control is that very training with one thing changed, and another rate would be a second.

use super::{Method, Settings, fit};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// Operations a second: most products here are of a few dozen rows, and take about as long as what is around them.
const SPEED: f64 = 1e10;

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut needs = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { method: Method::Learned, rates: vec![*rate], ..own.clone() };
                needs.push(self.add(arm, &format!("rate={rate}/"), seed, &one, Vec::new())?);
            }
        }
        self.add(arm, "", seed, own, needs)?;
        Ok(())
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, needs: Vec<usize>) -> Result<usize, StudyError> {
        let stage = Stage::of(arm, seed, own, fit::flops(own))?;
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, speed: SPEED, ..stage }))
    }
}
