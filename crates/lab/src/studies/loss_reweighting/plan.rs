//! Which stages an arm is made of: the run, and those that its rate is chosen by.

use super::{Settings, Task, language, regression};
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
        let rates = if own.fixed_rate > 0.0 { vec![own.fixed_rate] } else { own.rates.clone() };
        let mut needs = Vec::new();
        for rate in rates.iter().filter(|_| rates.len() > 1) {
            for tuning in TUNING..TUNING + own.tuning_seeds {
                let trial = Settings { rates: vec![*rate], ..own.clone() };
                needs.push(self.add(arm, &format!("rate={rate}/"), tuning, trial, Vec::new())?);
            }
        }
        self.add(arm, "", seed, Settings { rates, ..own.clone() }, needs)?;
        Ok(())
    }

    fn add(&mut self, arm: &Arm, name: &str, seed: u64, own: Settings, needs: Vec<usize>) -> Result<usize, StudyError> {
        // The rates say all: what they were made of is no part of a stage.
        let own = Settings { fixed_rate: 0.0, tuning_seeds: 1, ..own };
        let stage = match own.task {
            Task::Regression => Stage::of(arm, seed, &own, regression::flops(&own))?,
            Task::Language => Stage::of(arm, seed, &own, language::flops(&own))?.in_networks(),
        };
        Ok(self.stages.add(Stage { id: format!("{}/{name}seed={seed}", arm.name), needs, ..stage }))
    }
}
