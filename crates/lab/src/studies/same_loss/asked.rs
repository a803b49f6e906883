//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::SameLoss;
use crate::blocks::masked_model::Shape;
use crate::blocks::{positive, within};
use crate::{Study, StudyError};

/// Heads of attention of every model.
const HEADS: usize = 4;

/// What comes between saturation and settling, or in the place of all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Nothing.
    Base,
    /// AdamW on sampled symbols, for a quarter of the steps.
    Short,
    /// The same for all of them.
    Longer,
    /// AdamW on exact targets.
    Exact,
    /// Stochastic gradient descent on sampled symbols.
    Sgd,
    /// The same on exact targets.
    SgdExact,
    /// AdamW on gradients a little uphill.
    Sam,
    /// AdamW on the loss less that of a head that looks for hidden states.
    Adversarial,
    /// The base in other numbers.
    Rescaled,
    /// Exact distributions as features.
    Table,
    /// First weights.
    Random,
    /// Texts in random order.
    Shuffled,
    /// How what is found goes with flatness and with the loss, over the members of a seed.
    Relation,
}

impl Method {
    /// Whether it has steps of its own.
    pub(super) fn noisy(self) -> bool {
        matches!(self, Self::Short | Self::Longer | Self::Exact | Self::Sgd | Self::SgdExact | Self::Sam | Self::Adversarial)
    }

    /// The method whose rate it takes.
    pub(super) fn tuned_as(self) -> Self {
        match self {
            Self::Short | Self::Exact | Self::Adversarial => Self::Longer,
            Self::SgdExact => Self::Sgd,
            own => own,
        }
    }

    /// How many passes of a text a step takes.
    pub(super) fn passes(self) -> usize {
        if matches!(self, Self::Sam | Self::Adversarial) { 2 } else { 1 }
    }
}

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// A small transformer on a hidden Markov chain.
    Markov,
    /// Scores that are products of two numbers.
    Diagonal,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is trained.
    pub world: World,
    /// What comes between saturation and settling.
    pub method: Method,
    /// Members of a relation; the first is the one that the excess of the others is held against.
    pub members: Vec<Method>,
    /// Units of the feed-forward parts of these members.
    pub sizes: Vec<usize>,
    /// States of the chain, 2 to 64.
    pub states: usize,
    /// Symbols there are, 2 to 256; classes of the diagonal world.
    pub symbols: usize,
    /// Symbols of a text, 2 to 64.
    pub length: usize,
    /// Standard deviation of the logarithms of the chain's shares, > 0.
    pub spread: f64,
    /// Width of the model, 4 to 256, a multiple of 4 (it has four heads).
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Units in the feed-forward part of a block, 1 to 4,096.
    pub hidden: usize,
    /// Units of the model that smaller ones are put into, to measure their trace there, 1 to 4,096.
    pub largest: usize,
    /// Rates of saturation, > 0, of which one is chosen.
    pub saturation_rates: Vec<f64>,
    /// Steps of saturation, at least 1.
    pub saturation_steps: usize,
    /// Steps after which its rate is chosen, at least 1.
    pub trial_steps: usize,
    /// Steps of settling, at least 1.
    pub settling_steps: usize,
    /// Texts of a step of saturation and of settling, at least 1.
    pub batch: usize,
    /// Rates of the arms, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// The rate of an arm, 0 or more; 0 chooses one of `rates`.
    pub noise_rate: f64,
    /// Steps of an arm, at least 4.
    pub noise_steps: usize,
    /// Texts of such a step, at least 1.
    pub noise_batch: usize,
    /// How far from `base` the excess of a member may end, > 0; a rate is chosen with half of it, so that arms do not end at the edge.
    pub slack: f64,
    /// How far uphill gradients of `sam` are taken, > 0.
    pub radius: f64,
    /// λ of `adversarial`, > 0.
    pub adversary: f64,
    /// Looks along an arm, at least 1.
    pub looks: usize,
    /// Texts that the excess is measured on, at least 1.
    pub exam: usize,
    /// Texts that the trace is measured on, at least 1.
    pub traced: usize,
    /// Texts that probes learn from, at least 4.
    pub labels: usize,
    /// The same of a probe that learns from few, at least 2.
    pub few: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        use Method::{Adversarial, Base, Exact, Longer, Sam, Sgd, SgdExact, Short};
        Self {
            world: World::Markov,
            method: Method::Base,
            members: vec![Base, Short, Longer, Exact, Sgd, SgdExact, Sam, Adversarial],
            sizes: vec![64],
            states: 8,
            symbols: 16,
            length: 8,
            spread: 2.5,
            width: 32,
            layers: 2,
            hidden: 64,
            largest: 128,
            saturation_rates: vec![3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2],
            saturation_steps: 2_000,
            trial_steps: 400,
            settling_steps: 400,
            batch: 128,
            rates: vec![1e-4, 3.2e-4, 1e-3, 3.2e-3, 1e-2, 3.2e-2, 0.1, 0.32, 1.0, 3.2],
            noise_rate: 0.0,
            noise_steps: 1_000,
            noise_batch: 64,
            slack: 0.005,
            radius: 0.05,
            adversary: 0.03,
            looks: 6,
            exam: 1_000,
            traced: 300,
            labels: 2_000,
            few: 100,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: &str| Err(StudyError::Setting(format!("{}: {what}", SameLoss::NAME)));
        let size = |units: usize| ("sizes", units, 1, 4_096);
        let counts = [
            ("members", self.members.len(), 1, 100),
            ("sizes", self.sizes.len(), 1, 100),
            ("states", self.states, 2, 64),
            ("symbols", self.symbols, 2, 256),
            ("length", self.length, 2, 64),
            ("width", self.width, 4, 256),
            ("layers", self.layers, 1, 8),
            ("hidden", self.hidden, 1, 4_096),
            ("largest", self.largest, 1, 4_096),
            ("saturation-rates", self.saturation_rates.len(), 1, 100),
            ("saturation-steps", self.saturation_steps, 1, MANY),
            ("trial-steps", self.trial_steps, 1, MANY),
            ("settling-steps", self.settling_steps, 1, MANY),
            ("batch", self.batch, 1, 65_536),
            ("rates", self.rates.len(), 1, 100),
            ("noise-steps", self.noise_steps, 4, MANY),
            ("noise-batch", self.noise_batch, 1, 65_536),
            ("looks", self.looks, 1, 10_000),
            ("exam", self.exam, 1, MANY),
            ("traced", self.traced, 1, MANY),
            ("labels", self.labels, 4, MANY),
            ("few", self.few, 2, self.labels),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(SameLoss::NAME, &counts.into_iter().chain(self.sizes.iter().map(|units| size(*units))).collect::<Vec<_>>())?;
        if !self.width.is_multiple_of(HEADS) {
            return wrong(&format!("width is {}; it must be a multiple of {HEADS}", self.width));
        }
        if !(self.noise_rate.is_finite() && self.noise_rate >= 0.0) {
            return wrong(&format!("noise-rate is {}; it must be 0, which chooses one of `rates`, or more", self.noise_rate));
        }
        if let Some(odd) = self.members.iter().find(|member| !member.noisy() && **member != Method::Base) {
            return wrong(&format!("{odd:?} is no member of a relation; there are base and the arms with steps of their own"));
        }
        if self.world == World::Diagonal && (self.method != Method::Sgd || self.noise_rate == 0.0) {
            return wrong("the diagonal world is about stochastic gradient descent; ask for method = \"sgd\" and a noise-rate");
        }
        let named = |name: &'static str, values: &[f64]| values.iter().map(move |value| (name, *value)).collect::<Vec<_>>();
        let others = [("spread", self.spread), ("slack", self.slack), ("radius", self.radius), ("adversary", self.adversary)];
        positive(SameLoss::NAME, &[named("rates", &self.rates), named("saturation-rates", &self.saturation_rates), others.to_vec()].concat())
    }

    /// What the model looks like.
    pub(super) fn shape(&self) -> Shape {
        Shape { symbols: self.symbols, length: self.length, width: self.width, heads: HEADS, layers: self.layers, hidden: self.hidden }
    }

    /// Steps between saturation and settling.
    pub(super) fn own_steps(&self) -> usize {
        match self.method {
            Method::Short => self.noise_steps / 4,
            // It is held against `longer`, whose steps and rate it has: the trace falls with both.
            Method::Adversarial => self.noise_steps,
            method if method.noisy() => self.noise_steps / method.passes(),
            _ => 0,
        }
    }
}
