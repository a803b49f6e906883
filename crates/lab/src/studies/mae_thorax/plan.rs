//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::data::Counts;
use super::method::{Domain, Network, Objective, Task};
use super::network::Shape;
use super::{Method, Settings, Tuning, World};
use crate::blocks::{Stages, TUNING, digits, xrays};
use crate::{Arm, Stage, StudyError};

/// A pretraining. It needs the stages that its rate is chosen by, one for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) domain: Domain,
    pub(super) objective: Objective,
    pub(super) shape: Shape,
    pub(super) counts: Counts,
    /// 0 where labels are learned.
    pub(super) mask: f64,
    pub(super) crop: f64,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Pretraining {
    /// Multiplications of a picture passed forward.
    pub(super) fn multiplications(&self) -> f64 {
        match self.objective {
            Objective::Supervised => self.shape.multiplications(),
            _ => self.shape.size().masked_multiplications(self.mask),
        }
    }

    /// Floating-point operations of all steps.
    pub(super) fn work(&self) -> f64 {
        6.0 * (self.steps * self.batch) as f64 * self.multiplications()
    }
}

/// A task. It needs its pretraining, if it has one, and then the stages that its rate is chosen by: as many for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Tuned {
    pub(super) world: World,
    pub(super) task: Task,
    pub(super) pretrained: bool,
    pub(super) tuning: Tuning,
    pub(super) null: bool,
    pub(super) shape: Shape,
    pub(super) counts: Counts,
    pub(super) parts: usize,
    pub(super) layer_decay: f64,
    pub(super) drop_path: f64,
    pub(super) augment: f64,
    /// Steps that everybody has, and those of a longer task beyond.
    pub(super) steps: usize,
    pub(super) more_steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Tuned {
    /// Floating-point operations of so many steps.
    pub(super) fn work(&self, steps: usize) -> f64 {
        6.0 * (steps * self.batch) as f64 * self.shape.multiplications()
    }

    /// The same of the whole stage, with all pictures that are looked at.
    fn cost(&self) -> f64 {
        let xrays = self.world == World::Real && self.task != Task::Natural;
        let counts = &self.counts;
        let looked = counts.valid + if xrays { 624 + counts.near } else { counts.test };
        match self.tuning {
            Tuning::Whole => self.work(self.steps + self.more_steps) + 2.0 * looked as f64 * self.shape.multiplications(),
            Tuning::Head => 2.0 * (looked + counts.more) as f64 * self.shape.multiplications(),
        }
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    Task(Tuned),
    /// An arm: its tasks, put together.
    Arm(Settings),
}

impl Settings {
    fn shape(&self, network: Network) -> Shape {
        let Self { patch, width, depth, heads, decoder, channels, .. } = *self;
        Shape { network, patch, width, depth, heads, decoder, channels }
    }

    fn counts(&self) -> Counts {
        let Self { unlabelled, few, more, natural_few: natural, valid, test, near, .. } = *self;
        Counts { unlabelled, few, more, natural, valid, test, near }
    }

    /// A masked autoencoder in a domain, with the mask and the crops of the settings or, where they are 0, those that the paper finds best for it.
    fn masked(&self, domain: Domain) -> Pretraining {
        let (mask, crop) = domain.best();
        Pretraining {
            world: self.world,
            domain,
            objective: Objective::Masked,
            shape: self.shape(Network::Vit),
            counts: self.counts(),
            mask: if self.mask > 0.0 { self.mask } else { mask },
            crop: if self.crop > 0.0 { self.crop } else { crop },
            steps: self.steps,
            batch: self.batch,
            rates: self.rates.clone(),
        }
    }

    /// Operations of the dearest pretraining that others are compared with: that of natural pictures, which sees more patches.
    fn dearest(&self) -> f64 {
        Self { mask: 0.0, crop: 0.0, ..self.clone() }.masked(Domain::Natural).work()
    }

    /// The pretraining before a task, if there is one.
    pub(super) fn pretraining(&self, task: Task) -> Option<Pretraining> {
        let (domain, objective) = self.method.before(task)?;
        let masked = self.masked(domain);
        if objective != Objective::Supervised {
            return Some(Pretraining { objective, ..masked });
        }
        // As many operations as a masked autoencoder of these pictures takes, to a step.
        let (_, crop) = domain.best();
        let labels = Pretraining { objective, shape: self.shape(self.method.network()), mask: 0.0, crop, steps: 1, ..masked };
        let steps = (self.dearest() / labels.work()).round().max(1.0) as usize;
        Some(Pretraining { steps, ..labels })
    }

    fn tuned(&self, task: Task) -> Tuned {
        let one = Tuned {
            world: self.world,
            task,
            pretrained: self.method.before(task).is_some(),
            tuning: self.tuning,
            null: self.null,
            shape: self.shape(self.method.network()),
            counts: self.counts(),
            parts: self.parts,
            layer_decay: self.layer_decay,
            drop_path: self.drop_path,
            augment: self.augment,
            steps: self.tune_steps,
            more_steps: 0,
            batch: self.tune_batch,
            rates: self.rates.clone(),
        };
        let more_steps = if self.method == Method::ScratchLonger { (self.dearest() / one.work(1)).round() as usize } else { 0 };
        Tuned { more_steps, ..one }
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
        let mut tasks = Vec::new();
        for task in own.method.tasks() {
            let tuned = own.tuned(task);
            let mut chosen_by = Vec::new();
            for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let needs = self.pretraining(arm, seed, own, task)?;
                    let one = Tuned { rates: vec![*rate], ..tuned.clone() };
                    chosen_by.push(self.add(arm, &format!("{}/rate={rate}/", task.name()), seed, &Piece::Task(one), needs)?);
                }
            }
            let needs = [self.pretraining(arm, seed, own, task)?, chosen_by].concat();
            tasks.push(self.add(arm, &format!("{}/", task.name()), seed, &Piece::Task(tuned), needs)?);
        }
        self.add(arm, "", seed, &Piece::Arm(own.clone()), tasks)?;
        Ok(())
    }

    /// The pretraining before a task, if there is one, at the rate that is chosen on the first of the other seeds.
    fn pretraining(&mut self, arm: &Arm, seed: u64, own: &Settings, task: Task) -> Result<Vec<usize>, StudyError> {
        let Some(pretraining) = own.pretraining(task) else { return Ok(Vec::new()) };
        let name = format!("{}/pretraining/", task.name());
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let one = Pretraining { rates: vec![*rate], ..pretraining.clone() };
            chosen_by.push(self.add(arm, &format!("{name}rate={rate}/"), TUNING, &Piece::Pretraining(one), Vec::new())?);
        }
        Ok(vec![self.add(arm, &name, seed, &Piece::Pretraining(pretraining), chosen_by)?])
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (world, domain, flops) = match piece {
            Piece::Pretraining(own) => (own.world, Some(own.domain), own.work() + 2.0 * own.counts.valid as f64 * own.multiplications()),
            Piece::Task(own) => (own.world, Some(own.task.domain()), own.cost()),
            Piece::Arm(own) => (own.world, None, 1.0),
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(match (world, domain) {
            (World::Real, Some(Domain::Medical)) => stage.reading(xrays::DATASET),
            (World::Real, Some(Domain::Natural)) => stage.reading(digits::DATASET),
            _ => stage,
        }))
    }
}
