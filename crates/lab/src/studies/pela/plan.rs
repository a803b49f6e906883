//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::data::Task;
use super::method::{Distil, Hold, Start};
use super::shape::{Shape, rank};
use super::{Method, Network, Settings, World};
use crate::blocks::{Stages, TUNING, digits, xrays};
use crate::{Arm, Stage, StudyError};

/// The large network, trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Dense {
    pub(super) world: World,
    pub(super) network: Network,
    pub(super) width: usize,
    pub(super) depth: usize,
    pub(super) heads: usize,
    pub(super) train: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
}

impl Dense {
    /// What it looks like.
    pub(super) fn shape(&self) -> Shape {
        Shape { network: self.network, side: self.world.side(), width: self.width, depth: self.depth, heads: self.heads, ratio: 0 }
    }
}

/// The same, cut to low rank; it needs that one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Cut {
    pub(super) world: World,
    pub(super) network: Network,
    pub(super) width: usize,
    pub(super) depth: usize,
    pub(super) heads: usize,
    pub(super) train: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
    pub(super) ratio: usize,
}

impl Cut {
    /// What the large network looks like.
    pub(super) fn whole(&self) -> Shape {
        Shape { network: self.network, side: self.world.side(), width: self.width, depth: self.depth, heads: self.heads, ratio: 0 }
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Dense(Dense),
    Cut(Cut),
    /// An intermediate pretraining. It needs the large network, the one that is cut where it begins from that, and then the stages that its rate is
    /// chosen by: as many for each rate.
    Middle(Settings),
    /// The tasks downstream. It needs the network that it begins from, and then the stages that its rates are chosen by: as many for each rate.
    Arm(Settings),
}

impl Settings {
    /// What the large network looks like.
    pub(super) fn whole(&self) -> Shape {
        self.dense().shape()
    }

    /// What the network of this method looks like.
    pub(super) fn shape(&self) -> Shape {
        let thin = Shape { ratio: self.ratio, ..self.whole() };
        match self.method {
            Method::Teacher | Method::TeacherLonger => self.whole(),
            Method::Small => thin.small(self.world.classes()),
            _ => thin,
        }
    }

    /// Steps of the training before the tasks.
    pub(super) fn middle_steps(&self) -> usize {
        let cost = |method: Method| Settings { method, ..self.clone() }.step_cost();
        match self.method {
            // As many operations as both modules take, to a step.
            Method::SvdCeLonger => (self.steps as f64 * cost(Method::SvdFdWp) / cost(Method::SvdCe)).round() as usize,
            Method::Small => self.teacher_steps + self.steps,
            _ => self.steps,
        }
    }

    /// Floating-point operations of a step of it: pictures passed forward and backward, those of the teacher forward, products of thin layers.
    pub(super) fn step_cost(&self) -> f64 {
        let (classes, batch) = (self.world.classes(), self.batch as f64);
        let teach = match self.method.distil() {
            Distil::Nobody => 0.0,
            _ => 2.0 * batch * self.whole().multiplications(classes),
        };
        let product = |(ins, outs): (usize, usize)| 2.0 * (ins * outs * rank(ins, outs, self.ratio)) as f64;
        let products: f64 = self.whole().sizes().into_iter().map(product).sum();
        let hold = match self.method.hold() {
            Hold::Nothing => 0.0,
            Hold::Largest => products,
            Hold::All => 3.0 * products,
        };
        6.0 * batch * self.shape().multiplications(classes) + teach + hold
    }

    /// The stage of the large network.
    fn dense(&self) -> Dense {
        let Self { world, network, width, depth, heads, train, valid, test, teacher_steps: steps, batch, teacher_rate: rate, .. } = *self;
        Dense { world, network, width, depth, heads, train, valid, test, steps, batch, rate }
    }

    /// The stage that cuts it.
    fn cut(&self) -> Cut {
        let Self { world, network, width, depth, heads, train, valid, test, ratio, .. } = *self;
        Cut { world, network, width, depth, heads, train, valid, test, ratio }
    }
}

/// Under which arm and with which seed a stage is listed, and what comes between.
#[derive(Clone, Copy)]
struct Place<'a> {
    arm: &'a Arm,
    prefix: &'a str,
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
        // A network that is not cut is the same whatever others are cut to, and is trained once for all of them.
        let uncut = Settings { ratio: 1, ..own.clone() };
        let own = if own.method.start() == Start::Teacher { &uncut } else { own };
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let prefix = format!("tune={rate}/");
            for seed in TUNING..TUNING + own.tuning_seeds {
                let place = Place { arm, prefix: &prefix, seed };
                let start = self.start(place, own)?;
                let one = Settings { rates: vec![*rate], ..own.clone() };
                chosen_by.push(self.tune(place, &one, vec![start])?);
            }
        }
        let place = Place { arm, prefix: "", seed };
        let start = self.start(place, own)?;
        self.tune(place, own, [vec![start], chosen_by].concat())?;
        Ok(())
    }

    /// The network that the tasks begin with, and all that it needs.
    fn start(&mut self, place: Place<'_>, own: &Settings) -> Result<usize, StudyError> {
        if !own.method.learns() {
            return Ok(self.middle_needs(place, own)?.pop().unwrap_or_default());
        }
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            let prefix = format!("{}rate={rate}/", place.prefix);
            for seed in TUNING..TUNING + own.tuning_seeds {
                let place = Place { prefix: &prefix, seed, ..place };
                let one = Settings { rates: vec![*rate], ..own.clone() };
                let needs = self.middle_needs(place, own)?;
                chosen_by.push(self.middle(place, &one, needs)?);
            }
        }
        let needs = self.middle_needs(place, own)?;
        self.middle(place, own, [needs, chosen_by].concat())
    }

    /// The large network, and the one that is cut, where it is begun from.
    fn middle_needs(&mut self, place: Place<'_>, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let classes = own.world.classes();
        let whole = own.whole().multiplications(classes);
        let looked = 2.0 * (own.valid + own.test) as f64;
        let flops = 6.0 * (own.teacher_steps * own.batch) as f64 * whole + looked * whole;
        let teacher = self.add(place, "teacher/", &Piece::Dense(own.dense()), Vec::new(), flops, own.world)?;
        if own.method.start() != Start::Cut {
            return Ok(vec![teacher]);
        }
        // Both look at pictures for validation once more, to hold features against each other.
        let flops = looked * own.shape().multiplications(classes) + 2.0 * own.valid as f64 * (whole + own.shape().multiplications(classes));
        let cut = self.add(place, "cut/", &Piece::Cut(own.cut()), vec![teacher], flops, own.world)?;
        Ok(vec![teacher, cut])
    }

    fn middle(&mut self, place: Place<'_>, own: &Settings, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (classes, looked) = (own.world.classes(), 2.0 * (2 * own.valid + own.test) as f64);
        let looks = looked * own.shape().multiplications(classes) + 2.0 * own.valid as f64 * own.whole().multiplications(classes);
        let flops = own.middle_steps() as f64 * own.step_cost() + looks;
        self.add(place, "intermediate/", &Piece::Middle(own.clone()), needs, flops, own.world)
    }

    fn tune(&mut self, place: Place<'_>, own: &Settings, needs: Vec<usize>) -> Result<usize, StudyError> {
        let looked = (2 * own.held + own.later + 624) as f64;
        let passed = (Task::ALL.len() * own.tune_steps * own.tune_batch) as f64;
        let flops = (6.0 * passed + 2.0 * looked) * own.shape().multiplications(own.world.classes());
        self.add(place, "", &Piece::Arm(own.clone()), needs, flops, own.world)
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, place: Place<'_>, name: &str, piece: &Piece, needs: Vec<usize>, flops: f64, world: World) -> Result<usize, StudyError> {
        let Place { arm, prefix, seed } = place;
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let mut stage = Stage { id: format!("{}/{prefix}{name}seed={seed}", arm.name), needs, ..stage };
        if world == World::Digits {
            stage = stage.reading(digits::DATASET);
            if matches!(piece, Piece::Arm(_)) {
                stage = stage.reading(xrays::DATASET);
            }
        }
        Ok(self.stages.add(stage))
    }
}
