//! Examples weighted by their loss, batch by batch (Sow et al., arXiv 2502.06733), on linear regression and on a small language model.
//!
//! **What the paper claims.** Weights that are made of the losses of a batch, all the time anew, make training converge faster and end better, from
//! linear regression to language models of 7 billion weights; those that take weight from examples with a low loss (LinUpper) tend to work best.
//!
//! **What is trained.** `regression`: a linear map of `dimension` inputs, normal with standard deviations that run evenly from 1 to `least`, whose
//! targets have no noise; new examples in every step, plain gradient descent at one rate; half the squared error. The loss that is reported is the
//! mean squared error over the whole population, Σ sₖ² (wₖ − wₖ*)². `language`: a small decoder on four domains of documents (see
//! `blocks::corpora`) that are seen unequally often, AdamW, a warm-up and a cosine down to a fifth of the peak; the weights of the first twentieth
//! of the steps are all the same. Its loss is that of new documents, in nats a word above the entropy of the chain, the domains weighted as often as
//! they are seen.
//!
//! **Data.** `clean`. `outliers`: some examples are wrong: targets with much noise, documents of any words at all. `duplicates`: most examples of a
//! batch come from a small pool, again and again.
//!
//! **Strategies.** `uniform`, and `lin-upper`, `quadratic` and `extremes` of the authors' code (see `weights`).
//!
//! **Controls.** `matched-…`: all examples weigh the same, and the gradient of every step is made as long as that of the strategy would be: the same
//! length of step without its direction. `shuffled-…`: the weights are dealt out at random in the batch: the same spread of weights without the
//! losses. `informed`: what is wrong or a duplicate weighs nothing, which no strategy can know. Rates are fixed (`fixed-rate`), or chosen for every
//! strategy from one grid on seeds from 1000 on, by the loss that is reported. Arms of one seed share the world, first weights and all examples.
//!
//! **Sources.** The authors' code (sowmaster/Sample-Level-Loss-Reweighting-ICLR-2025) as a survey of ours read it, and the abstract. The regression
//! is that of the survey; that of the paper could not be read.

mod deal;
mod gather;
mod language;
mod plan;
mod regression;
#[cfg(test)]
mod tests;
mod weights;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{best, planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct LossReweighting;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// A linear map.
    Regression,
    /// A small decoder.
    Language,
}

/// What examples weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// All the same.
    Uniform,
    /// Less, the lower their loss is; above the middle of the batch all the same.
    LinUpper,
    /// Most in the middle of the batch.
    Quadratic,
    /// Most at both ends.
    Extremes,
    /// All the same, with a gradient as long as that of `lin-upper`.
    MatchedLinUpper,
    /// All the same, with a gradient as long as that of `quadratic`.
    MatchedQuadratic,
    /// The weights of `lin-upper`, dealt out at random.
    ShuffledLinUpper,
    /// The weights of `quadratic`, dealt out at random.
    ShuffledQuadratic,
    /// What is wrong or a duplicate weighs nothing.
    Informed,
}

/// What examples there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// All are news, and right.
    Clean,
    /// Some are wrong.
    Outliers,
    /// Most are seen again and again.
    Duplicates,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is trained.
    pub task: Task,
    /// What examples weigh.
    pub strategy: Strategy,
    /// What examples there are.
    pub data: Data,
    /// The learning rate (of the language model its peak), 0 or more; 0 chooses one of `rates`.
    pub fixed_rate: f64,
    /// Learning rates, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// The authors' r, > 0: the smaller, the more weights differ.
    pub temperature: f64,
    /// Share of the steps, at the beginning, in which all examples weigh the same, 0 to 1.
    pub burn_in: f64,
    /// Steps, at least 20.
    pub steps: usize,
    /// Examples of a step, at least 2.
    pub batch: usize,
    /// Share of examples that are wrong, where some are, 0 to 1.
    pub outliers: f64,
    /// Standard deviation of the noise of wrong targets, over that of targets, > 0.
    pub size: f64,
    /// Share of examples that come from the pool, where some do, 0 to 1.
    pub duplicates: f64,
    /// Examples of the pool, at least 1.
    pub pool: usize,
    /// Share of its first value to which the loss has to fall to count as reached, > 0.
    pub goal: f64,
    /// Points of a curve, at least 2.
    pub looks: usize,
    /// Inputs of the regression, 2 to 1,000.
    pub dimension: usize,
    /// Standard deviation of the last input, > 0; that of the first is 1.
    pub least: f64,
    /// Words of the language, 4 to 1,000.
    pub words: usize,
    /// Share of the rows that its other domains have from the first, 0 to 1.
    pub shared: f64,
    /// Share of documents that repeat a phrase, 0 to 1.
    pub repeats: f64,
    /// Width of the model, 4 to 256, a multiple of 4 (it has four heads).
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Documents of each domain that are held out, at least 1.
    pub held_out: usize,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            task: Task::Regression,
            strategy: Strategy::Uniform,
            data: Data::Clean,
            fixed_rate: 0.0,
            rates: vec![0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 1.7, 2.0],
            temperature: 0.4,
            burn_in: 0.0,
            steps: 600,
            batch: 64,
            outliers: 0.05,
            size: 5.0,
            duplicates: 0.8,
            pool: 8,
            goal: 0.01,
            looks: 24,
            dimension: 50,
            least: 0.1,
            words: 32,
            shared: 0.3,
            repeats: 0.2,
            width: 32,
            layers: 1,
            held_out: 64,
            tuning_seeds: 2,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", LossReweighting::NAME)));
        within(
            LossReweighting::NAME,
            &[
                ("rates", self.rates.len(), 1, 100),
                ("steps", self.steps, 20, MANY),
                ("batch", self.batch, 2, 65_536),
                ("pool", self.pool, 1, MANY),
                ("looks", self.looks, 2, 10_000),
                ("dimension", self.dimension, 2, 1_000),
                ("words", self.words, 4, 1_000),
                ("width", self.width, 4, 256),
                ("layers", self.layers, 1, 8),
                ("held-out", self.held_out, 1, MANY),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        let shares =
            [("burn-in", self.burn_in), ("outliers", self.outliers), ("duplicates", self.duplicates), ("shared", self.shared), ("repeats", self.repeats)];
        if let Some((name, value)) = shares.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
            return wrong(format!("{name} is {value}; it must be 0 to 1"));
        }
        if !(self.fixed_rate.is_finite() && self.fixed_rate >= 0.0) {
            return wrong(format!("fixed-rate is {}; it must be 0, which chooses one of `rates`, or more", self.fixed_rate));
        }
        if !self.width.is_multiple_of(world::HEADS) {
            return wrong(format!("width is {}; it must be a multiple of {}", self.width, world::HEADS));
        }
        let others = [("temperature", self.temperature), ("size", self.size), ("goal", self.goal), ("least", self.least)];
        positive(LossReweighting::NAME, &self.rates.iter().map(|rate| ("rates", *rate)).chain(others).collect::<Vec<_>>())
    }

    /// What a step at this place of the training weighs its examples by.
    fn now(&self, step: u64) -> Strategy {
        if (step as f64) < self.burn_in * self.steps as f64 { Strategy::Uniform } else { self.strategy }
    }
}

impl Study for LossReweighting {
    const NAME: &'static str = "loss-reweighting";
    const TITLE: &'static str = "Examples weighted by their loss in the batch, in linear regression and in a small language model";
    const CITE: &'static str = "sow2025dynamic";
    const EPOCH: u32 = 2;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let own = settings::parse::<Settings>(&stage.settings)?;
        let scores: Vec<f64> = needs.iter().map(|need| need.scalar("score").unwrap_or(0.0)).collect();
        let rate = best(&own.rates, &scores).ok_or_else(|| StudyError::Other(format!("{}: there is no rate to choose from", Self::NAME)))?;
        match own.task {
            Task::Regression => regression::run(&own, rate, context),
            Task::Language => language::run(&own, rate, context),
        }
    }
}
