//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::data::SIDE;
use super::{Method, Settings, World};
use crate::blocks::elastic::Size;
use crate::blocks::{Stages, TUNING, digits};
use crate::{Arm, Stage, StudyError};

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) pictures: usize,
    pub(super) known: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
}

/// What a network learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Objective {
    /// From a teacher that is its own running mean.
    Alone,
    /// The same, and an elastic student learns from the teacher and from the whole student.
    Elastic,
    /// The same, and the elastic student learns from the teacher alone.
    WithoutSame,
    /// The same, and the elastic student learns from the whole student alone.
    WithoutOther,
    /// The elastic student alone learns from the teacher.
    WithoutIntact,
    /// From the whole network, which was pretrained alone and stays as it is.
    Distilled,
}

impl Objective {
    /// Whether there is an elastic student.
    pub(super) fn elastic(self) -> bool {
        matches!(self, Self::Elastic | Self::WithoutSame | Self::WithoutOther | Self::WithoutIntact)
    }
}

/// A pretraining. One that distils needs the network that it distils; then come the stages that its rate is chosen by, as many for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) objective: Objective,
    pub(super) scrambled: bool,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
    pub(super) counts: Counts,
    /// Of the network that learns.
    pub(super) network: Size,
    /// Of the network that is distilled, if one is.
    pub(super) teacher: Size,
    /// Sizes that an elastic student may have; none without one.
    pub(super) sizes: Vec<Size>,
    /// Sizes by whose mean the rate is chosen.
    pub(super) judged: Vec<Size>,
}

impl Pretraining {
    /// Floating-point operations of all steps, in which two views of each picture pass. A network that teaches takes two for each multiplication, one
    /// that learns six; an elastic student has each of its sizes equally often.
    pub(super) fn work(&self) -> f64 {
        let views = 2.0 * (self.steps * self.batch) as f64;
        let whole = self.network.with_projection(SIDE);
        let part = self.sizes.iter().map(|size| size.with_projection(SIDE)).sum::<f64>() / self.sizes.len().max(1) as f64;
        views
            * match self.objective {
                Objective::Alone => 8.0 * whole,
                Objective::Elastic | Objective::WithoutSame | Objective::WithoutOther => 8.0 * whole + 6.0 * part,
                Objective::WithoutIntact => 2.0 * whole + 6.0 * part,
                Objective::Distilled => 2.0 * self.teacher.with_projection(SIDE) + 6.0 * whole,
            }
    }

    /// The same with all pictures that are looked at in the end: of every size that is judged, and of the whole once more.
    fn cost(&self) -> f64 {
        let Counts { known, valid, .. } = self.counts;
        let judged: f64 = self.judged.iter().map(|size| size.multiplications(SIDE)).sum();
        self.work() + 2.0 * judged * (2 * known + valid) as f64 + 2.0 * self.network.with_projection(SIDE) * (known + valid) as f64
    }
}

/// A network that is looked at. It needs its pretraining, if it has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Look {
    pub(super) world: World,
    pub(super) method: Method,
    /// Of the network that was pretrained, and of the one that is cut out of it.
    pub(super) origin: Size,
    pub(super) size: Size,
    pub(super) null: bool,
    pub(super) counts: Counts,
    /// Rates that one was chosen from.
    pub(super) rates: Vec<f64>,
}

impl Look {
    /// Floating-point operations, of two tasks.
    fn cost(&self) -> f64 {
        let Counts { known, valid, test, .. } = self.counts;
        2.0 * 2.0 * self.size.multiplications(SIDE) * (2 * known + valid + test) as f64
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    /// An arm: a network is looked at.
    Arm(Look),
}

impl Settings {
    /// Sizes of an elastic student: every width with every depth.
    fn sizes(&self) -> Vec<Size> {
        self.widths.iter().flat_map(|width| self.depths.iter().map(|blocks| Size { width: *width, blocks: *blocks })).collect()
    }

    /// The whole network.
    fn whole(&self) -> Size {
        Size { width: self.widths.last().copied().unwrap_or(self.width), blocks: self.depths.last().copied().unwrap_or(self.blocks) }
    }

    /// Sizes that are compared: the smallest, those between, and the whole.
    fn compared(&self) -> Vec<Size> {
        self.widths.iter().zip(&self.depths).map(|(width, blocks)| Size { width: *width, blocks: *blocks }).collect()
    }

    fn counts(&self) -> Counts {
        Counts { pictures: self.pictures, known: self.known, valid: self.valid, test: self.test }
    }

    /// A network of this size is pretrained by itself.
    fn alone(&self, size: Size) -> Pretraining {
        Pretraining {
            world: self.world,
            objective: Objective::Alone,
            scrambled: false,
            steps: self.steps,
            batch: self.batch,
            rates: self.rates.clone(),
            counts: self.counts(),
            network: size,
            teacher: self.whole(),
            sizes: Vec::new(),
            judged: vec![size],
        }
    }

    /// The whole network is pretrained with an elastic student.
    fn elastic(&self, objective: Objective) -> Pretraining {
        Pretraining { objective, sizes: self.sizes(), judged: self.compared(), ..self.alone(self.whole()) }
    }

    /// The pretraining of the network that is looked at, if it has one.
    pub(super) fn pretraining(&self) -> Option<Pretraining> {
        let poa = self.elastic(Objective::Elastic);
        Some(match self.method {
            Method::Random => return None,
            Method::Poa => poa,
            Method::Scrambled => Pretraining { scrambled: true, ..poa },
            Method::WithoutSame => self.elastic(Objective::WithoutSame),
            Method::WithoutOther => self.elastic(Objective::WithoutOther),
            Method::WithoutIntact => self.elastic(Objective::WithoutIntact),
            // Its rate is the best for the sizes that are cut out of it, as that of POA is.
            Method::Slim => Pretraining { judged: self.compared(), ..self.alone(self.whole()) },
            Method::Alone => self.alone(self.size()),
            Method::AloneLonger => {
                let one = Pretraining { steps: 1, ..self.alone(self.size()) };
                Pretraining { steps: (poa.work() / one.work()).round().max(1.0) as usize, ..one }
            }
            Method::Distilled => Pretraining { objective: Objective::Distilled, ..self.alone(self.size()) },
        })
    }

    /// The arm itself.
    fn look(&self) -> Look {
        let origin = self.pretraining().map_or(self.size(), |pretraining| pretraining.network);
        let Self { world, method, null, .. } = *self;
        Look { world, method, origin, size: self.size(), null, counts: self.counts(), rates: self.rates.clone() }
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
        let mut needs = Vec::new();
        if let Some(pretraining) = own.pretraining() {
            needs.push(self.pretraining(arm, "pretraining/", seed, own, &pretraining)?);
        }
        self.add(arm, "", seed, &Piece::Arm(own.look()), needs)?;
        Ok(())
    }

    /// A pretraining at the rate that is chosen on other seeds.
    fn pretraining(&mut self, arm: &Arm, name: &str, seed: u64, own: &Settings, what: &Pretraining) -> Result<usize, StudyError> {
        let mut chosen_by = Vec::new();
        for rate in what.rates.iter().filter(|_| what.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let needs = self.distilled(arm, name, seed, own, what)?;
                let one = Pretraining { rates: vec![*rate], ..what.clone() };
                chosen_by.push(self.add(arm, &format!("{name}rate={rate}/"), seed, &Piece::Pretraining(one), needs)?);
            }
        }
        let needs = [self.distilled(arm, name, seed, own, what)?, chosen_by].concat();
        self.add(arm, name, seed, &Piece::Pretraining(what.clone()), needs)
    }

    /// The pretraining of the network that is distilled, if one is.
    fn distilled(&mut self, arm: &Arm, name: &str, seed: u64, own: &Settings, what: &Pretraining) -> Result<Vec<usize>, StudyError> {
        if what.objective != Objective::Distilled {
            return Ok(Vec::new());
        }
        Ok(vec![self.pretraining(arm, &format!("{name}teacher/"), seed, own, &own.alone(what.teacher))?])
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (world, flops) = match piece {
            Piece::Pretraining(own) => (own.world, own.cost()),
            Piece::Arm(own) => (own.world, own.cost()),
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if world == World::Real { stage.reading(digits::DATASET) } else { stage }))
    }
}
