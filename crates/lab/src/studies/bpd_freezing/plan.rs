//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::course::plan;
use super::data::Counts;
use super::method::Source;
use super::network::multiplications;
use super::{Init, Recipe, Settings, World};
use crate::blocks::{Stages, TUNING, digits, xrays};
use crate::{Arm, Stage, StudyError};

/// A pretraining. It needs the stages that its rate is chosen by, one for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) source: Source,
    pub(super) shuffled: bool,
    pub(super) width: usize,
    pub(super) counts: Counts,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Pretraining {
    /// Floating-point operations of all steps.
    pub(super) fn work(&self) -> f64 {
        6.0 * (self.steps * self.batch) as f64 * multiplications(self.width).iter().sum::<f64>()
    }
}

/// All folds. It needs its pretraining, if it has one, and then the stages that its rate is chosen by: as many for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Folds {
    pub(super) world: World,
    pub(super) pretrained: bool,
    pub(super) recipe: Recipe,
    pub(super) null: bool,
    pub(super) width: usize,
    pub(super) counts: Counts,
    pub(super) noise: f64,
    pub(super) folds: usize,
    pub(super) repeats: usize,
    /// Steps that everybody has, and those that hold the operations of a pretraining.
    pub(super) steps: usize,
    pub(super) more_steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Folds {
    /// Floating-point operations of a fold: those that it needs, and those that are done here.
    pub(super) fn work(&self) -> [f64; 2] {
        let (each, all) = (multiplications(self.width), self.steps + self.more_steps);
        let forward: f64 = each.iter().sum();
        let backward = |step: usize| -> f64 {
            let (factors, _) = plan(self.recipe, step, all);
            each.iter().zip(factors).filter(|(_, factor)| *factor > 0.0).map(|(own, _)| own).sum()
        };
        let needed: f64 = (0..all).map(|step| 2.0 * forward + 4.0 * backward(step)).sum();
        [self.batch as f64 * needed, 6.0 * (self.batch * all) as f64 * forward]
    }

    /// The same of the whole stage, with all pictures that are looked at.
    fn cost(&self) -> f64 {
        let looked = self.counts.fresh + 2 * self.counts.half / self.folds.max(1);
        let look = 2.0 * looked as f64 * multiplications(self.width).iter().sum::<f64>();
        (self.repeats * self.folds) as f64 * (self.work()[1] + look)
    }
}

/// An arm. It needs its folds, and those of the arms that it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Gathered {
    pub(super) settings: Settings,
    pub(super) against: Vec<Against>,
}

/// An arm that another one is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Against {
    /// Whether it has another pretraining, or another recipe.
    pub(super) domain: bool,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    Folds(Folds),
    Arm(Gathered),
    /// An interval of a difference that the paper prints.
    Published(Settings),
}

impl Settings {
    fn counts(&self) -> Counts {
        let Self { half, fresh, source, held, .. } = *self;
        Counts { half, fresh, source, held }
    }

    /// The pretraining of pictures, with labels dealt out or not.
    fn pretraining(&self, (source, shuffled): (Source, bool)) -> Pretraining {
        Pretraining {
            world: self.world,
            source,
            shuffled,
            width: self.width,
            counts: self.counts(),
            steps: self.source_steps,
            batch: self.source_batch,
            rates: self.rates.clone(),
        }
    }

    fn folds(&self) -> Folds {
        // A step takes as many operations a picture in pretraining as in folds: pictures are matched, to a step.
        let before = (self.source_steps * self.source_batch) as f64 / self.batch as f64;
        Folds {
            world: self.world,
            pretrained: self.init.source().is_some(),
            recipe: self.recipe,
            null: self.null,
            width: self.width,
            counts: self.counts(),
            noise: self.noise,
            folds: self.folds,
            repeats: self.repeats,
            steps: self.steps,
            more_steps: if self.init == Init::Longer { before.round() as usize } else { 0 },
            batch: self.batch,
            rates: self.rates.clone(),
        }
    }

    /// The arms that this one is compared with by the corrected test: after digits, and with all stages from the first step.
    fn against(&self) -> Vec<(Against, Self)> {
        let mut found = Vec::new();
        let asked = matches!(self.recipe, Recipe::Full | Recipe::Progressive | Recipe::ProbeProgressiveMix);
        if asked && !matches!(self.init, Init::Digits | Init::Longer) {
            found.push((Against { domain: true }, Self { init: Init::Digits, ..self.clone() }));
        }
        if self.recipe != Recipe::Full {
            found.push((Against { domain: false }, Self { recipe: Recipe::Full, ..self.clone() }));
        }
        found
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
        if own.init == Init::Published {
            self.add(arm, "", seed, &Piece::Published(own.clone()), Vec::new())?;
            return Ok(());
        }
        let others = own.against();
        let mut needs = vec![self.folds(arm, "", seed, own)?];
        for (against, settings) in &others {
            let name = if against.domain { "digits/" } else { "full/" };
            needs.push(self.folds(arm, name, seed, settings)?);
        }
        let gathered = Gathered { settings: own.clone(), against: others.into_iter().map(|(against, _)| against).collect() };
        self.add(arm, "", seed, &Piece::Arm(gathered), needs)?;
        Ok(())
    }

    /// The folds of an arm, at the rate that is chosen on other seeds.
    fn folds(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        let folds = own.folds();
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let needs = self.pretraining(arm, prefix, seed, own)?;
                let one = Folds { rates: vec![*rate], repeats: 1, ..folds.clone() };
                chosen_by.push(self.add(arm, &format!("{prefix}folds/rate={rate}/"), seed, &Piece::Folds(one), needs)?);
            }
        }
        let needs = [self.pretraining(arm, prefix, seed, own)?, chosen_by].concat();
        self.add(arm, &format!("{prefix}folds/"), seed, &Piece::Folds(folds), needs)
    }

    /// The pretraining of an arm, if there is one, at the rate that is chosen on the first of the other seeds. Labels that are dealt out have the
    /// rate of those that are not: there is nothing that theirs could be chosen by.
    fn pretraining(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let Some((source, shuffled)) = own.init.source() else { return Ok(Vec::new()) };
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let one = Pretraining { rates: vec![*rate], ..own.pretraining((source, false)) };
            chosen_by.push(self.add(arm, &format!("{prefix}pretraining/rate={rate}/"), TUNING, &Piece::Pretraining(one), Vec::new())?);
        }
        let piece = Piece::Pretraining(own.pretraining((source, shuffled)));
        Ok(vec![self.add(arm, &format!("{prefix}pretraining/"), seed, &piece, chosen_by)?])
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (dataset, flops) = match piece {
            Piece::Pretraining(own) => {
                let dataset = match (own.world, own.source) {
                    (World::Real, Source::Xrays) => Some(xrays::DATASET),
                    (World::Real, Source::Digits) => Some(digits::DATASET),
                    _ => None,
                };
                (dataset, own.work() + 2.0 * own.counts.held as f64 * multiplications(own.width).iter().sum::<f64>())
            }
            Piece::Folds(own) => ((own.world == World::Real).then_some(xrays::DATASET), own.cost()),
            Piece::Arm(_) | Piece::Published(_) => (None, 1.0),
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(match dataset {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        }))
    }
}
