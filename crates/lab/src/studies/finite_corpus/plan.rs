//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Method, Settings, ensemble, train};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// Trains a model. It needs the trials that its recipe is chosen by, and the members of its teacher.
    Alone(Settings),
    /// Trains a member of an ensemble, which hands over its weights. It needs the trials of a model alone.
    Member(Settings),
    /// Tests an ensemble, whose members it needs.
    Together(Settings),
}

/// A trial of a model alone, whichever arm it is for.
fn plain(one: &Settings) -> Settings {
    Settings { method: Method::Tuned, members: 1, member_passes: 1.0, member_decay: 1.0, ..one.clone() }
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        if own.method == Method::Ensemble {
            let members = self.members(arm, "", seed, own, own.members)?;
            self.add(arm, "", seed, &Piece::Together(own.clone()), members)?;
            return Ok(());
        }
        let mut needs = self.trials(arm, "", own)?;
        needs.extend(self.members(arm, "", seed, own, own.teachers())?);
        self.add(arm, "", seed, &Piece::Alone(own.clone()), needs)?;
        Ok(())
    }

    /// What a recipe is chosen by: nothing where there is one alone.
    fn trials(&mut self, arm: &Arm, prefix: &str, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let mut trials = Vec::new();
        if own.candidates().len() < 2 {
            return Ok(trials);
        }
        for rate in &own.rates {
            for decay in own.tried() {
                for passes in &own.passes {
                    for seed in TUNING..TUNING + own.tuning_seeds {
                        // What they were made of is no part of a stage.
                        let one = Settings { rates: vec![*rate], decays: vec![*decay], passes: vec![*passes], tuning_seeds: 1, ..own.clone() };
                        let one = if own.teachers() == 0 { plain(&one) } else { one };
                        let name = format!("{prefix}rate={rate},decay={decay},passes={passes}/");
                        let teachers = self.members(arm, &name, seed, own, own.teachers())?;
                        trials.push(self.add(arm, &name, seed, &Piece::Alone(one), teachers)?);
                    }
                }
            }
        }
        Ok(trials)
    }

    /// So many members for a seed, which ensembles and pupils of any number of them share.
    fn members(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, count: u64) -> Result<Vec<usize>, StudyError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let alone = Settings { method: Method::Tuned, ..own.clone() };
        let trials = self.trials(arm, &format!("{prefix}members/"), &alone)?;
        // One who teaches itself is what a model alone is, and not the longer and freer training that is good for an ensemble.
        let alike = if own.method == Method::SelfTaught { (1.0, 1.0) } else { (own.member_passes, own.member_decay) };
        let (member_passes, member_decay) = alike;
        let one = |member: u64| Settings { method: Method::Tuned, members: 1, member, member_passes, member_decay, ..own.clone() };
        (0..count).map(|k| self.add(arm, &format!("{prefix}member={k}/"), seed, &Piece::Member(one(k)), trials.clone())).collect()
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (own, flops) = match piece {
            Piece::Alone(own) => (own, train::flops(own, false)),
            Piece::Member(own) => (own, train::flops(own, true)),
            Piece::Together(own) => (own, ensemble::flops(own)),
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = own.text.reads().into_iter().fold(stage, Stage::reading);
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage }))
    }
}
