//! Which stages an arm is made of, and what they cost.

use serde::{Deserialize, Serialize};

use super::data::{CLASSES, Counts, PIXELS};
use super::method::Kind;
use super::{Method, Settings, World};
use crate::blocks::two_layer::TwoLayer;
use crate::blocks::{Stages, TUNING, digits};
use crate::{Arm, Stage, StudyError};

/// Operations a second in matrix products of 64-bit numbers as small as these, about.
const SPEED: f64 = 2e10;

/// Experts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Experts {
    pub(super) world: World,
    pub(super) kind: Kind,
    pub(super) hidden: usize,
    pub(super) counts: Counts,
    pub(super) experts: usize,
    pub(super) epochs: usize,
    /// Epochs that are handed over, beside the end.
    pub(super) kept: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
}

/// A set of pictures. It needs its experts, if it is distilled, and then the stages that it is chosen by: as many for each rate and start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Set {
    pub(super) world: World,
    pub(super) method: Method,
    /// Whether it is there to choose by.
    pub(super) trial: bool,
    pub(super) per_class: usize,
    pub(super) hidden: usize,
    pub(super) counts: Counts,
    pub(super) kept: usize,
    pub(super) span: usize,
    pub(super) student_steps: usize,
    pub(super) student_rate: f64,
    pub(super) steps: usize,
    /// Sets that a search tries.
    pub(super) sets: usize,
    pub(super) rates: Vec<f64>,
    pub(super) starts: Vec<usize>,
    pub(super) network_rates: Vec<f64>,
    pub(super) network_steps: usize,
    pub(super) networks: usize,
}

/// A linear model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Ridge {
    pub(super) world: World,
    pub(super) counts: Counts,
    pub(super) points: usize,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Experts(Experts),
    Set(Set),
    Ridge(Ridge),
}

fn net(hidden: usize) -> TwoLayer {
    TwoLayer { ins: PIXELS, hidden, outs: CLASSES }
}

impl Experts {
    pub(super) fn net(&self) -> TwoLayer {
        net(self.hidden)
    }

    /// Floating-point operations of all experts.
    pub(super) fn work(&self) -> f64 {
        let penalty = if self.kind.penalty() > 0.0 { self.net().penalty_work(1) } else { 0.0 };
        (self.experts * self.epochs * self.counts.learn) as f64 * (self.net().gradient_work(1) + penalty)
    }

    fn cost(&self) -> f64 {
        self.work() + self.net().look_work(self.experts * self.counts.test)
    }
}

impl Set {
    pub(super) fn net(&self) -> TwoLayer {
        net(self.hidden)
    }

    /// Rates of the pictures with starts; a method that does not distil has neither.
    pub(super) fn pairs(&self) -> Vec<(f64, usize)> {
        if self.method.distils().is_none() {
            return vec![(0.0, 0)];
        }
        self.rates.iter().flat_map(|rate| self.starts.iter().map(move |start| (*rate, *start))).collect()
    }

    /// Floating-point operations of a distillation.
    pub(super) fn distilling(&self) -> f64 {
        let rows = CLASSES * self.per_class;
        (self.steps * self.student_steps) as f64 * (self.net().gradient_work(rows) + self.net().second_work(rows))
    }

    /// The same of a network that learns from the pictures and is asked about so many digits.
    fn network(&self, asked: usize) -> f64 {
        self.network_steps as f64 * self.net().gradient_work(CLASSES * self.per_class) + self.net().look_work(asked)
    }

    /// The same of a search.
    pub(super) fn searching(&self) -> f64 {
        self.sets as f64 * self.network(self.counts.valid)
    }

    fn cost(&self) -> f64 {
        let worth =
            if self.trial { self.network_rates.len() as f64 * self.network(self.counts.valid) } else { self.networks as f64 * self.network(self.counts.test) };
        worth + if self.method.distils().is_some() { self.distilling() } else { self.searching() }
    }
}

impl Settings {
    fn counts(&self) -> Counts {
        Counts { learn: self.learn, valid: self.valid, test: self.test }
    }

    fn experts_of(&self, kind: Kind) -> Experts {
        Experts {
            world: self.world,
            kind,
            hidden: self.hidden,
            counts: self.counts(),
            experts: self.experts,
            epochs: self.epochs,
            kept: self.last_kept(),
            batch: self.expert_batch,
            rate: self.expert_rate,
        }
    }

    /// A set of this method. A search has as many operations as trajectory matching with plain experts, and longer trajectory matching as many as
    /// that with smooth ones.
    pub(super) fn set(&self) -> Set {
        let one = Set {
            world: self.world,
            method: self.method,
            trial: false,
            per_class: self.per_class,
            hidden: self.hidden,
            counts: self.counts(),
            kept: self.last_kept(),
            span: self.span,
            student_steps: self.student_steps,
            student_rate: self.student_rate,
            steps: self.steps,
            sets: 0,
            rates: self.rates.clone(),
            starts: self.starts.clone(),
            network_rates: self.network_rates.clone(),
            network_steps: self.network_steps,
            networks: self.networks,
        };
        let [plain, smooth] = [Kind::Plain, Kind::Smooth].map(|kind| self.experts_of(kind).work());
        match self.method {
            Method::Search => {
                let sets = ((plain + one.distilling()) / one.network(self.valid)).round().max(1.0) as usize;
                Set { sets, ..one }
            }
            Method::MttLonger => {
                let steps = (self.steps as f64 * (1.0 + (smooth - plain) / one.distilling())).round() as usize;
                Set { steps, ..one }
            }
            _ => one,
        }
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
        if own.method == Method::Ridge {
            let ridge = Ridge { world: own.world, counts: own.counts(), points: own.points };
            self.add(arm, "", seed, &Piece::Ridge(ridge), Vec::new())?;
            return Ok(());
        }
        let set = own.set();
        let mut chosen_by = Vec::new();
        let pairs = set.pairs();
        let several = pairs.len() > 1 || set.network_rates.len() > 1;
        for (rate, start) in pairs.into_iter().filter(|_| several) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let needs = self.experts(arm, seed, own)?;
                let one = Set { trial: true, rates: vec![rate], starts: vec![start], ..set.clone() };
                chosen_by.push(self.add(arm, &format!("rate={rate}/start={start}/"), seed, &Piece::Set(one), needs)?);
            }
        }
        let needs = [self.experts(arm, seed, own)?, chosen_by].concat();
        self.add(arm, "", seed, &Piece::Set(set), needs)?;
        Ok(())
    }

    /// The experts of a seed, if there are any.
    fn experts(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let Some((kind, _)) = own.method.distils() else { return Ok(Vec::new()) };
        Ok(vec![self.add(arm, "experts/", seed, &Piece::Experts(own.experts_of(kind)), Vec::new())?])
    }

    /// Adds a stage, unless one with the same piece, seed and needs is there; gives where it stands.
    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let pixels = PIXELS as f64;
        let (world, flops) = match piece {
            Piece::Experts(own) => (own.world, own.cost()),
            Piece::Set(own) => (own.world, own.cost()),
            Piece::Ridge(own) => (own.world, 2.0 * own.counts.learn as f64 * pixels * pixels),
        };
        let stage = Stage { speed: SPEED, needs, ..Stage::of(arm, seed, piece, flops)? };
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), ..stage };
        Ok(self.stages.add(if world == World::Real { stage.reading(digits::DATASET) } else { stage }))
    }
}
