//! Which stages an arm is made of.

use std::collections::BTreeMap;

use super::Settings;
use super::piece::{Piece, Pretraining, Task};
use super::strategy::{Budget, Strategy, Target, Tuning};
use crate::blocks::TUNING;
use crate::{Arm, Stage, StudyError};

/// Labelled pictures that pretrainings are judged with at most, so that they are the same for targets with few and with many.
const JUDGED: usize = 100;

/// Stages so far, and where those are whose content is known: there are thousands, and most are wanted often.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) all: Vec<Stage>,
    known: BTreeMap<String, usize>,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut needs = Vec::new();
        if own.ranking {
            for seed in [2 * seed, 2 * seed + 1] {
                for budget in Budget::ALL {
                    for target in Target::ALL {
                        for strategy in Strategy::RANKED {
                            let one = Settings { target, strategy, budget, tuning: Tuning::Whole, ..own.clone() };
                            needs.push(self.task(arm, seed, &one)?);
                        }
                    }
                }
            }
        } else {
            needs.push(self.task(arm, seed, own)?);
            let scratch = self.task(arm, seed, &own.scratch())?;
            if !needs.contains(&scratch) {
                needs.push(scratch);
            }
        }
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs)?;
        Ok(())
    }

    /// A target at the rate that is chosen on other seeds.
    fn task(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        let (task, before) = (own.task(), own.pretraining());
        let content = format!("{seed} {task:?} {before:?}");
        if let Some(there) = self.known.get(&content) {
            return Ok(*there);
        }
        let name = own.name();
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for tuning in TUNING..TUNING + own.tuning_seeds {
                let place = format!("{tuning} {rate} {task:?} {before:?}");
                let stage = if let Some(there) = self.known.get(&place) {
                    *there
                } else {
                    let needs = self.pretraining(arm, tuning, own)?;
                    let one = Task { rates: vec![*rate], ..task.clone() };
                    self.add(arm, &format!("{name}rate={rate}/"), tuning, &Piece::Task(one), needs)?
                };
                self.known.insert(place, stage);
                chosen_by.push(stage);
            }
        }
        let needs = [self.pretraining(arm, seed, own)?, chosen_by].concat();
        let stage = self.add(arm, &name, seed, &Piece::Task(task), needs)?;
        self.known.insert(content, stage);
        Ok(stage)
    }

    /// The pretraining before a target, if there is one. Its rate is chosen on the first of the other seeds by all targets that it comes before, in
    /// which all of the network is trained at the middle rate on labels as they are; so it is the same whatever is done in the target of this arm.
    fn pretraining(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let Some(before) = own.pretraining() else { return Ok(Vec::new()) };
        let judged = Settings { tuning: Tuning::Whole, null: false, labels: own.labels.min(JUDGED), ..own.clone() };
        let content = format!("{seed} {before:?} {}", judged.labels);
        if let Some(there) = self.known.get(&content) {
            return Ok(vec![*there]);
        }
        let name = format!("{:?}-{:?}-{}/", before.objective, before.source, before.steps).to_lowercase();
        let mut chosen_by = Vec::new();
        for rate in own.pretraining_rates.iter().filter(|_| own.pretraining_rates.len() > 1) {
            let place = format!("{rate} {before:?} {}", judged.labels);
            if let Some(there) = self.known.get(&place) {
                // The targets stand one after the other.
                chosen_by.extend(*there..*there + Target::ALL.len());
                continue;
            }
            let one = Pretraining { rates: vec![*rate], ..before.clone() };
            let pretrained = self.add(arm, &format!("{name}rate={rate}/"), TUNING, &Piece::Pretraining(one), Vec::new())?;
            for target in Target::ALL {
                let judged = Settings { target, ..judged.clone() };
                let task = Task { rates: own.middle(), more_steps: 0, pretrained: true, ..judged.task() };
                let stage = self.add(arm, &format!("{name}rate={rate}/{target:?}/").to_lowercase(), TUNING, &Piece::Task(task), vec![pretrained])?;
                self.known.entry(place.clone()).or_insert(stage);
                chosen_by.push(stage);
            }
        }
        let stage = self.add(arm, &name, seed, &Piece::Pretraining(before), chosen_by)?;
        self.known.insert(content, stage);
        Ok(vec![stage])
    }

    /// Adds a stage; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (reads, flops) = match piece {
            Piece::Pretraining(own) => (own.source.target().and_then(|target| target.dataset(own.world)), own.work()),
            Piece::Task(own) => {
                let looked = (own.counts.valid + own.counts.test) as f64;
                (own.target.dataset(own.world), own.work(own.steps + own.more_steps) + looked * own.passed())
            }
            Piece::Arm(_) => (None, 1.0),
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        self.all.push(match reads {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        });
        Ok(self.all.len() - 1)
    }
}
