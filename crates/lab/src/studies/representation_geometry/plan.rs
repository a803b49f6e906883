//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{After, Settings, World, after, toy, train};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A short pretraining that a rate is chosen by.
    Trial(Settings),
    /// A short pretraining that others go on from. It needs trials: as many for each rate.
    Base(Settings),
    /// A pretraining that is looked at. It needs the same.
    Whole(Settings),
    /// What comes after pretraining. It needs a base, and the same on other seeds that its rate is chosen by: as many for each.
    After(Settings),
    /// The toy.
    Toy(Settings),
    /// The case that theory is about.
    Balanced(Settings),
}

/// The same settings without what has no part in pretraining, so that arms share it.
fn plain(own: &Settings) -> Settings {
    let usual = Settings::default();
    Settings {
        after: After::Whole,
        after_rates: usual.after_rates,
        after_steps: usual.after_steps,
        reward_steps: usual.reward_steps,
        beta: usual.beta,
        ..own.clone()
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
        match own.world {
            World::Toy => self.add(arm, "", seed, &Piece::Toy(own.clone()), Vec::new())?,
            World::Balanced => self.add(arm, "", seed, &Piece::Balanced(own.clone()), Vec::new())?,
            World::Language if own.after == After::Whole => {
                let needs = self.trials(arm, own)?;
                self.add(arm, "", seed, &Piece::Whole(plain(own)), needs)?
            }
            World::Language => self.after(arm, "", seed, own)?,
        };
        Ok(())
    }

    /// Pretrainings that a rate is chosen by; none where there is no choice.
    fn trials(&mut self, arm: &Arm, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let mut found = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { rates: vec![*rate], ..plain(own) };
                found.push(self.add(arm, &format!("rate={rate}/"), seed, &Piece::Trial(one), Vec::new())?);
            }
        }
        Ok(found)
    }

    /// What comes after pretraining, with its rate chosen.
    fn after(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        let trials = self.trials(arm, own)?;
        let mut needs = vec![self.add(arm, &format!("{prefix}base/"), seed, &Piece::Base(plain(own)), trials)?];
        if own.after.learns() && own.after_rates.len() > 1 {
            for rate in &own.after_rates {
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let one = Settings { after: own.after.tuned_as(), after_rates: vec![*rate], ..own.clone() };
                    needs.push(self.after(arm, &format!("{prefix}after-rate={rate}/"), seed, &one)?);
                }
            }
        }
        self.add(arm, prefix, seed, &Piece::After(own.clone()), needs)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (flops, networks) = match piece {
            Piece::Trial(own) | Piece::Base(own) => (train::flops(own, false), true),
            Piece::Whole(own) => (train::flops(own, true), true),
            Piece::After(own) => (after::flops(own), true),
            // The law is asked of singular values, some dozens of times.
            Piece::Toy(own) | Piece::Balanced(own) => (toy::flops(own), false),
        };
        let stage = Stage::of(arm, seed, piece, flops)?;
        let stage = if networks { stage.in_networks() } else { stage };
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage }))
    }
}
