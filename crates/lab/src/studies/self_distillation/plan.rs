//! Which stages an arm is made of, and what they cost.

use super::data::Counts;
use super::method::{Added, Target};
use super::network::Shape;
use super::piece::{Further, Labelled, Piece, Source};
use super::{Method, Settings, World};
use crate::blocks::{Stages, TUNING, digits, xrays};
use crate::{Arm, Stage, StudyError};

impl Settings {
    fn shape(&self) -> Shape {
        let Self { patch, width, depth, heads, decoder, .. } = *self;
        Shape { patch, width, depth, heads, decoder }
    }

    fn counts(&self) -> Counts {
        let Self { source, unlabelled, labels, valid, test, near, .. } = *self;
        Counts { source, unlabelled, labels, valid, test, near }
    }

    /// The first pretraining: it knows nothing of targets, and is the same whatever they are like.
    fn first(&self) -> Source {
        let counts = Counts { unlabelled: 0, labels: 0, test: 0, near: 0, ..self.counts() };
        let Self { world, mask, source_crop: crop, source_steps: steps, batch, .. } = *self;
        Source { world, shape: self.shape(), counts, mask, crop, steps, batch, rates: self.rates.clone() }
    }

    /// Going on for T steps.
    fn once(&self, target: Target, added: Added) -> Further {
        Further {
            world: self.world,
            target,
            added,
            dealt: false,
            shape: self.shape(),
            counts: self.counts(),
            mask: self.mask,
            steps: self.steps,
            batch: self.batch,
            weight: if added.teaches() { self.weight } else { 0.0 },
            rates: self.rates.clone(),
            pulls: if added == Added::Pull { self.pulls.clone() } else { vec![0.0] },
        }
    }

    /// Going on as the method has it, if it does; and the steps at which the rate is chosen.
    pub(super) fn further(&self, target: Target) -> Option<(Further, usize)> {
        let added = self.method.added()?;
        let once = self.once(target, added);
        let taught = self.once(target, Added::Teacher);
        let steps = match self.method {
            Method::Fp => (self.length * self.steps as f64).round().max(1.0) as usize,
            Method::FpTwice => 2 * self.steps,
            // As many operations as teacher and student take, to a step.
            Method::FpMatched => self.steps + (taught.work() / once.step()).round() as usize,
            _ => self.steps,
        };
        let tried = if self.method == Method::Fp { self.steps } else { steps };
        Some((Further { steps, dealt: self.method == Method::FpDealt, ..once }, tried))
    }

    fn labelled(&self, target: Target) -> Labelled {
        Labelled {
            world: self.world,
            target,
            pretrained: self.method.is_pretrained(),
            shape: self.shape(),
            counts: self.counts(),
            parts: self.parts,
            steps: self.tune_steps,
            batch: self.tune_batch,
            rates: self.rates.clone(),
        }
    }
}

/// Under which arm and with which seed a stage is listed.
#[derive(Clone, Copy)]
struct Place<'a> {
    arm: &'a Arm,
    seed: u64,
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut targets = Vec::new();
        for target in Target::ALL {
            let (name, labelled) = (target.names().tested, own.labelled(target));
            let mut chosen_by = Vec::new();
            for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let place = Place { arm, seed };
                    let needs = self.begun(place, own, target)?;
                    let one = Labelled { rates: vec![*rate], ..labelled.clone() };
                    chosen_by.push(self.add(place, &format!("{name}/rate={rate}/"), &Piece::Target(one), needs)?);
                }
            }
            let place = Place { arm, seed };
            let needs = [self.begun(place, own, target)?, chosen_by].concat();
            targets.push(self.add(place, &format!("{name}/"), &Piece::Target(labelled), needs)?);
        }
        self.add(Place { arm, seed }, "", &Piece::Arm(own.clone()), targets)?;
        Ok(())
    }

    /// What the labels begin with, if there is something.
    fn begun(&mut self, place: Place<'_>, own: &Settings, target: Target) -> Result<Vec<usize>, StudyError> {
        if !own.method.is_pretrained() {
            return Ok(Vec::new());
        }
        match own.further(target) {
            None => Ok(vec![self.source(place, own)?]),
            Some((further, tried)) => Ok(vec![self.further(place, own, &further, tried)?]),
        }
    }

    /// The first pretraining, at the rate that is chosen on the first of the other seeds.
    fn source(&mut self, place: Place<'_>, own: &Settings) -> Result<usize, StudyError> {
        let first = own.first();
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let one = Source { rates: vec![*rate], ..first.clone() };
            let tuning = Place { seed: TUNING, ..place };
            chosen_by.push(self.add(tuning, &format!("source/rate={rate}/"), &Piece::Source(one), Vec::new())?);
        }
        self.add(place, "source/", &Piece::Source(first), chosen_by)
    }

    /// Going on, at the rate and the pull that are chosen on the first of the other seeds, with so many steps.
    fn further(&mut self, place: Place<'_>, own: &Settings, further: &Further, tried: usize) -> Result<usize, StudyError> {
        let part = if further.added == Added::Nothing && !further.dealt { "further" } else { "with" };
        let name = format!("{}/{part}/", further.target.names().tested);
        let candidates = further.candidates();
        let mut chosen_by = Vec::new();
        for (rate, pull) in candidates.iter().filter(|_| candidates.len() > 1) {
            let tuning = Place { seed: TUNING, ..place };
            let one = Further { rates: vec![*rate], pulls: vec![*pull], steps: tried, ..further.clone() };
            let needs = self.before(tuning, own, further)?;
            chosen_by.push(self.add(tuning, &format!("{name}rate={rate},pull={pull}/"), &Piece::Further(one), needs)?);
        }
        let needs = [self.before(place, own, further)?, chosen_by].concat();
        self.add(place, &name, &Piece::Further(further.clone()), needs)
    }

    /// Where it begins, and who teaches.
    fn before(&mut self, place: Place<'_>, own: &Settings, further: &Further) -> Result<Vec<usize>, StudyError> {
        let mut needs = vec![self.source(place, own)?];
        if further.added == Added::Teacher {
            // A network that has gone on for T steps by itself.
            let teacher = own.once(further.target, Added::Nothing);
            needs.push(self.further(place, own, &teacher, teacher.steps)?);
        }
        Ok(needs)
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, place: Place<'_>, prefix: &str, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (world, reads, flops) = match piece {
            Piece::Source(own) => {
                let passed = 6.0 * (own.steps * own.batch) as f64 + 2.0 * own.counts.valid as f64;
                (own.world, Some(digits::DATASET), passed * own.shape.size().masked_multiplications(own.mask))
            }
            Piece::Further(own) => {
                let looked = 2.0 * (own.counts.valid + own.counts.unlabelled) as f64 * own.shape.size().masked_multiplications(own.mask);
                (own.world, Some(dataset(own.target)), own.work() + looked)
            }
            Piece::Target(own) => {
                let xrays = own.target == Target::Xrays && own.world == World::Real;
                let looked = own.counts.valid + if xrays { 624 + own.counts.near } else { own.counts.test };
                let passed = 6.0 * (own.steps * own.batch) as f64 + 2.0 * looked as f64;
                (own.world, Some(dataset(own.target)), passed * own.shape.size().multiplications())
            }
            Piece::Arm(own) => (own.world, None, 1.0),
        };
        let stage = Stage::of(place.arm, place.seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={}", place.arm.name, place.seed), needs, ..stage };
        Ok(self.stages.add(match reads.filter(|_| world == World::Real) {
            Some(dataset) => stage.reading(dataset),
            None => stage,
        }))
    }
}

/// What pictures of a target are read from.
fn dataset(target: Target) -> &'static str {
    match target {
        Target::Xrays => xrays::DATASET,
        Target::Turned => digits::DATASET,
    }
}
