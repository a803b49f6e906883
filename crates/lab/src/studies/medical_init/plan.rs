//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::data::{Counts, SIDE};
use super::task::{Objective, Task};
use super::tune::{SETTLED, SETTLING};
use super::{Method, Settings, Tuning, World};
use crate::blocks::{Stages, TUNING, self_distilled, sized_encoder, xrays};
use crate::{Arm, Stage, StudyError};

/// A pretraining. It needs the tasks that its rate is chosen by, all of them for each rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) objective: Objective,
    pub(super) width: usize,
    pub(super) pictures: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Pretraining {
    /// Floating-point operations of all steps. Labels: one view, forward and backward. Self-distillation: two views, forward and backward for the
    /// student, forward for the teacher.
    pub(super) fn work(&self) -> f64 {
        let pictures = (self.steps * self.batch) as f64;
        match self.objective {
            Objective::Kinds | Objective::Findings => 6.0 * pictures * sized_encoder::multiplications(self.width, SIDE),
            Objective::Distilled | Objective::Scrambled => 16.0 * pictures * self_distilled::multiplications(self.width, SIDE),
        }
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
    pub(super) width: usize,
    pub(super) counts: Counts,
    pub(super) parts: usize,
    /// Steps that everybody has, and those of a longer task beyond.
    pub(super) steps: usize,
    pub(super) more_steps: usize,
    pub(super) batch: usize,
    pub(super) rates: Vec<f64>,
}

impl Tuned {
    /// Floating-point operations of so many steps.
    pub(super) fn work(&self, steps: usize) -> f64 {
        6.0 * (steps * self.batch) as f64 * sized_encoder::multiplications(self.width, SIDE)
    }

    /// The same of the whole stage, with all pictures that are looked at.
    fn cost(&self) -> f64 {
        let counts = &self.counts;
        let real = self.world == World::Real && self.task.xrays();
        let known = if self.task.many() { counts.many } else { counts.few };
        // Of X-rays a seed's own part is looked at once more.
        let looked = if real { 524 + 624 + 624 / self.parts.max(1) + counts.near } else { counts.valid + counts.test };
        let look = |pictures: usize| 2.0 * pictures as f64 * sized_encoder::multiplications(self.width, SIDE);
        match self.tuning {
            Tuning::Whole => self.work(self.steps + self.more_steps) + look(looked),
            Tuning::Head => look(looked + known + SETTLING * SETTLED),
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
    /// Self-distillation, which all other pretrainings are measured by.
    fn distilled(&self) -> Pretraining {
        let Self { width, steps, batch, .. } = *self;
        let pictures = self.pictures * self.times;
        Pretraining { objective: Objective::Distilled, width, pictures, steps, batch, rates: self.rates.clone() }
    }

    /// The pretraining before the tasks, if there is one: of as many operations as self-distillation takes, to a step.
    pub(super) fn pretraining(&self) -> Option<Pretraining> {
        let (objective, many) = self.method.before()?;
        let distilled = self.distilled();
        let pictures = if many { distilled.pictures } else { self.pictures };
        let one = Pretraining { objective, pictures, steps: 1, ..distilled.clone() };
        let steps = (distilled.work() / one.work()).round().max(1.0) as usize;
        Some(Pretraining { steps, ..one })
    }

    pub(super) fn tuned(&self, task: Task) -> Tuned {
        let Self { few, many, valid, test, near, .. } = *self;
        let one = Tuned {
            world: self.world,
            task,
            pretrained: self.method.before().is_some(),
            tuning: self.tuning,
            null: self.null,
            width: self.width,
            counts: Counts { few, many, valid, test, near },
            parts: self.parts,
            steps: self.tune_steps,
            more_steps: 0,
            batch: self.tune_batch,
            rates: self.rates.clone(),
        };
        let longer = self.method == Method::ScratchLonger;
        let more_steps = if longer { (self.distilled().work() / one.work(1)).round() as usize } else { 0 };
        Tuned { more_steps, ..one }
    }

    /// The rate at which pretrainings are held against each other.
    fn middle(&self) -> Vec<f64> {
        self.rates.get(self.rates.len() / 2).copied().into_iter().collect()
    }

    /// The arm whose area on X-rays is held against that of this arm, picture by picture.
    pub(super) fn partner(&self) -> Option<Self> {
        let compared = self.method == Method::SslMany && self.world == World::Real && self.tuning == Tuning::Whole && !self.null;
        compared.then(|| Self { method: Method::Sl, ..self.clone() })
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
        for task in Task::ALL {
            needs.push(self.task(arm, "", seed, own, task)?);
        }
        if let Some(partner) = own.partner() {
            needs.push(self.task(arm, "partner/", seed, &partner, Task::XraysFew)?);
        }
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs)?;
        Ok(())
    }

    /// A task at the rate that is chosen on other seeds.
    fn task(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, task: Task) -> Result<usize, StudyError> {
        let (tuned, name) = (own.tuned(task), format!("{prefix}{}/", task.name()));
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let needs = self.pretraining(arm, prefix, seed, own)?;
                let one = Tuned { rates: vec![*rate], ..tuned.clone() };
                chosen_by.push(self.add(arm, &format!("{name}rate={rate}/"), seed, &Piece::Task(one), needs)?);
            }
        }
        let needs = [self.pretraining(arm, prefix, seed, own)?, chosen_by].concat();
        self.add(arm, &name, seed, &Piece::Task(tuned), needs)
    }

    /// The pretraining before the tasks, if there is one. Its rate is chosen on the first of the other seeds by all tasks, in which all of the
    /// network is trained at the middle rate; so it is the same whatever is trained in the tasks of this arm.
    fn pretraining(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let Some(pretraining) = own.pretraining() else { return Ok(Vec::new()) };
        let name = format!("{prefix}pretraining/");
        let judged = Settings { tuning: Tuning::Whole, null: false, ..own.clone() };
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let one = Pretraining { rates: vec![*rate], ..pretraining.clone() };
            let before = self.add(arm, &format!("{name}rate={rate}/"), TUNING, &Piece::Pretraining(one), Vec::new())?;
            for task in Task::ALL {
                let tuned = Tuned { rates: own.middle(), ..judged.tuned(task) };
                chosen_by.push(self.add(arm, &format!("{name}rate={rate}/{}/", task.name()), TUNING, &Piece::Task(tuned), vec![before])?);
            }
        }
        Ok(vec![self.add(arm, &name, seed, &Piece::Pretraining(pretraining), chosen_by)?])
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (real, flops) = match piece {
            // Features of the pictures that are looked at.
            Piece::Pretraining(own) => (false, own.work() + 1_280.0 * sized_encoder::multiplications(own.width, SIDE)),
            Piece::Task(own) => (own.world == World::Real && own.task.xrays(), own.cost()),
            Piece::Arm(_) => (false, 1.0),
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if real { stage.reading(xrays::DATASET) } else { stage }))
    }
}
