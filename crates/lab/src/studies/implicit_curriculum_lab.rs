//! The Implicit Curriculum Hypothesis (Liu et al., arXiv 2604.08510) on models of our own, where what is learned from what is known.
//!
//! **What the paper claims.** Language models learn skills in an order that hardly depends on model and data; a composite task
//! mostly emerges after its components; tasks with similar function vectors follow similar trajectories, so that the curve of a
//! task that was left out can be predicted. Its evidence is observed: nobody took a component away.
//!
//! **What is trained instead.** Small pre-LayerNorm transformers on an operation language: words of four letters, eight elementary
//! operations (`copy`, `upper`, `lower`, `first`, `last`, `reverse`, `successor`, and `lookup` in a table that is learned by heart), and
//! every pair of them that is a task of its own (18 composites; those that another task already does to every word are left out,
//! by a test). A sequence is `task, word, =, answer, end`; the loss is that of answer and end. Words are drawn anew for every
//! sequence, so that nothing is learned by heart but the table. A task has emerged at the first checkpoint at which at least the
//! share `threshold` of its held-out items is answered without a slip.
//!
//! **The causal test that the paper lacks.** With `without = "reverse"` the sequences of the elementary task `reverse` become
//! sequences of `copy`, with the same words: every other task sees the same sequences at the same steps, so that arms are compared
//! in pairs. If composites are built of learned components, those with `reverse` are delayed, relative to those without it. The
//! scalar `lag-reverse` is that difference: mean log2 of the steps to emergence of the composites with the operation, less that of
//! the composites without it. A task that never emerges counts as emerged at twice the last step, which makes a delay too small.
//!
//! **Function vectors.** The mean state after the last block at `=`, over the held-out items of a task, less the mean over tasks; of
//! the trained model, as in the paper (so the prediction looks ahead). The curve of a composite is predicted from those of all other
//! tasks by kernel ridge regression on them, and by controls: vectors dealt out at random, the mean of the others, of the other
//! composites, the product and the minimum of the components.
//!
//! **Sources.** Hypotheses and predictors: the paper and its code, as `experiments/implicit-curriculum` has them. The language is ours.

mod language;
mod outcome;
mod training;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

use language::{Op, TASKS};

/// The study.
pub struct ImplicitCurriculumLab;

/// Its settings; the defaults are one model of the causal test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Width of the transformer, 8 to 512, a multiple of 4 (it has four heads).
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Steps of training, at least 10.
    pub steps: usize,
    /// Sequences of a step, at least 1.
    pub batch: usize,
    /// Peak learning rate, > 0; it rises over the first twentieth of the steps and then stays.
    pub rate: f64,
    /// Checkpoints, at least 2, evenly spaced in the logarithm of the step from step 20 on.
    pub checkpoints: usize,
    /// Held-out items of every task, at least 8.
    pub items: usize,
    /// How much more often than others a task is seen for every operation in it that moves letters (`first`, `last`, `reverse`), > 0; 1 is even.
    pub tilt: f64,
    /// How often a composite is seen, with an elementary task as 1, > 0. Rare composites leave room for what components do for them.
    pub composite_weight: f64,
    /// The elementary task that is never seen alone; `none` for none.
    pub without: String,
    /// Share of the items that must be right, in (0, 1].
    pub threshold: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            width: 64,
            layers: 2,
            steps: 6_000,
            batch: 32,
            rate: 1e-3,
            checkpoints: 40,
            items: 128,
            tilt: 1.0,
            composite_weight: 0.1,
            without: "none".to_owned(),
            threshold: 0.8,
        }
    }
}

impl Settings {
    /// What is out of range, by name; and the operation left out.
    fn check(&self) -> Result<Option<Op>, StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("implicit-curriculum-lab: {what}")));
        let ranges = [
            ("width", self.width, 8, 512),
            ("layers", self.layers, 1, 8),
            ("steps", self.steps, 10, 10_000_000),
            ("batch", self.batch, 1, 65_536),
            ("checkpoints", self.checkpoints, 2, 10_000),
            ("items", self.items, 8, 65_536),
        ];
        for (name, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return wrong(format!("{name} is {value}; it must be {low} to {high}"));
            }
        }
        if !self.width.is_multiple_of(HEADS) {
            return wrong(format!("width is {}; it must be a multiple of {HEADS}", self.width));
        }
        for (name, value) in [("rate", self.rate), ("tilt", self.tilt), ("composite-weight", self.composite_weight)] {
            let sensible = value > 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be positive and finite"));
            }
        }
        let sensible = self.threshold > 0.0 && self.threshold <= 1.0;
        if !sensible {
            return wrong(format!("threshold is {}; it must be above 0 and at most 1", self.threshold));
        }
        if self.without == "none" {
            return Ok(None);
        }
        let known = Op::ALL.into_iter().filter(|op| *op != Op::Copy);
        match known.clone().find(|op| op.name() == self.without) {
            Some(op) => Ok(Some(op)),
            None => {
                let names: Vec<&str> = known.map(Op::name).collect();
                wrong(format!("without is {:?}; it must be none or one of {}", self.without, names.join(", ")))
            }
        }
    }

    /// About 6 operations for every weight and token of training, 2 for every one of an evaluation.
    fn flops(&self) -> f64 {
        let weights = (12 * self.layers * self.width * self.width + 2 * self.width * training::VOCABULARY) as f64;
        let tokens = (self.steps * self.batch * training::LENGTH) as f64;
        let looked_at = (self.checkpoints * TASKS.len() * self.items * training::LENGTH) as f64;
        weights * (6.0 * tokens + 2.0 * looked_at)
    }
}

/// Attention heads of every model.
const HEADS: usize = 4;

impl Study for ImplicitCurriculumLab {
    const NAME: &'static str = "implicit-curriculum-lab";
    const TITLE: &'static str = "Small transformers on an operation language: when each task emerges, and what happens when a component is never seen";
    const CITE: &'static str = "liu2026implicit";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &outcome::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &outcome::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let stages = settings::stages(settings, arms, seeds, |own| own.check().map(|_| own.flops()))?;
        Ok(stages.into_iter().map(Stage::in_networks).collect())
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        let without = settings.check()?;
        training::run(&settings, without, context)
    }
}
