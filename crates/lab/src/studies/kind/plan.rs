//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::data::{Ground, HALF};
use super::method::Source;
use super::network::Shape;
use super::{Method, Settings, World, judge, learner};
use crate::blocks::{Stages, TUNING, digits};
use crate::{Arm, Stage, StudyError};

/// A judge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Judging {
    pub(super) ground: Ground,
}

/// A pretraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) ground: Ground,
    pub(super) source: Source,
    pub(super) width: usize,
    pub(super) common: usize,
    pub(super) tailor: usize,
    pub(super) times: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Pretraining {
    /// What its network is made of.
    pub(super) fn shape(&self) -> Shape {
        self.source.shape(self.ground.dim(), self.width, self.common, self.tailor)
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Judge(Judging),
    /// It needs those that its rate is chosen by.
    Pretraining(Pretraining),
    /// An arm. It needs its judge, its pretrainings, if any, and those that its rate is chosen by: as many for each rate.
    Arm(Settings),
}

/// Operations of a step that passes rows forward and backward, as it is computed here: with all tailors, and gates that leave most of them out.
fn step(shape: &Shape, batch: usize) -> f64 {
    6.0 * batch as f64 * shape.multiplications(HALF)
}

impl Settings {
    /// Which rows.
    pub(super) fn ground(&self) -> Ground {
        let Self { world, dimension, pretraining_images, images, reference, judged, .. } = *self;
        Ground { world, dimension, pretraining_images, images, reference, judged }
    }

    /// The pretraining of this source; where there are only learngenes and tailors, what is for whole matrices is no matter, and the other way round.
    pub(super) fn pretraining(&self, source: Source) -> Pretraining {
        let (common, tailor) = if source == Source::Dense { (0, 0) } else { (self.common, self.tailor) };
        let Self { width, times, pretraining_steps: steps, batch, .. } = *self;
        Pretraining { ground: self.ground(), source, width, common, tailor, times, steps, batch, rates: self.rates.clone() }
    }

    /// Operations that the method takes, however it is computed here: of its pretraining, and of a step on the new classes. Of a gated network the
    /// tailor of its class alone is in use for a row, and what stays as it is has no gradient of its own.
    pub(super) fn costs(&self) -> (f64, f64) {
        let rows = self.batch as f64;
        let pretraining = |source: &Source| 6.0 * rows * self.pretraining(*source).shape().multiplications(source.in_use());
        let before: f64 = self.method.sources().iter().map(pretraining).sum();
        let shape = self.shape();
        let stays = if self.method.trains_all() { 0.0 } else { shape.multiplications(0) };
        (self.pretraining_steps as f64 * before, rows * (6.0 * shape.multiplications(self.method.in_use()) - 2.0 * stays))
    }

    /// Steps on the new classes: those of everybody; and of what is trained from its first weights for longer, as many as take the operations of the
    /// pretraining and the training of `kind`.
    pub(super) fn own_steps(&self) -> usize {
        if self.method != Method::ScratchLonger {
            return self.steps;
        }
        let (before, each) = Settings { method: Method::Kind, ..self.clone() }.costs();
        ((before + self.steps as f64 * each) / self.costs().1).round() as usize
    }

    /// Operations of an arm: its training, rows that are generated, and what is measured.
    fn flops(&self) -> f64 {
        let generated = self.draws * HALF * self.reference;
        let multiplications = self.shape().multiplications(HALF);
        self.own_steps() as f64 * step(&self.shape(), self.batch)
            + 2.0 * (generated * self.times) as f64 * multiplications
            + learner::measured(multiplications)
            + judge::looked(&self.ground(), 2 * generated + 3 * HALF * self.reference)
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
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let prefix = format!("rate={rate}/");
            for seed in TUNING..TUNING + own.tuning_seeds {
                let needs = self.start(arm, &prefix, seed, own)?;
                // One draw tells rates apart.
                let one = Settings { rates: vec![*rate], draws: 1, ..own.clone() };
                chosen_by.push(self.add(arm, &prefix, seed, &Piece::Arm(one.clone()), needs, one.flops())?);
            }
        }
        let mut needs = self.start(arm, "", seed, own)?;
        needs.extend(chosen_by);
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs, own.flops())?;
        Ok(())
    }

    /// The judge, and the pretrainings, if any.
    fn start(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let ground = own.ground();
        let mut needs = vec![self.add(arm, &format!("{prefix}judge/"), seed, &Piece::Judge(Judging { ground }), Vec::new(), judge::flops(&ground))?];
        for source in own.method.sources() {
            let whole = own.pretraining(*source);
            let (steps, shape) = (whole.steps as f64, whole.shape());
            let flops = steps * step(&shape, whole.batch) + learner::measured(shape.multiplications(HALF));
            let mut chosen_by = Vec::new();
            for rate in whole.rates.iter().filter(|_| whole.rates.len() > 1) {
                let one = Pretraining { rates: vec![*rate], ..whole.clone() };
                let name = format!("{prefix}pretraining/{source:?}/rate={rate}/");
                chosen_by.push(self.add(arm, &name, TUNING, &Piece::Pretraining(one), Vec::new(), flops)?);
            }
            needs.push(self.add(arm, &format!("{prefix}pretraining/{source:?}/"), seed, &Piece::Pretraining(whole), chosen_by, flops)?);
        }
        Ok(needs)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let world = match piece {
            Piece::Judge(own) => own.ground.world,
            Piece::Pretraining(own) => own.ground.world,
            Piece::Arm(own) => own.world,
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if world == World::Digits { stage.reading(digits::DATASET) } else { stage }))
    }
}
