//! A bound on the gradient norm of surrogates for offline optimisation: IGNITE (Dao et al., NeurIPS 2024, arXiv 2503.04242).
//!
//! **What the paper claims.** A surrogate of a black-box function is learnt from a fixed table of designs and then climbed. Away from the table it
//! is wrong. Reducing its sharpness (how much its mean prediction moves when its weights move a little: to first order ρ‖∇G‖, where G is the mean
//! prediction) on the offline designs reduces its sharpness on unseen ones, and often improves the designs that are found.
//!
//! **What is trained.** A perceptron of two hidden layers learns mean and variance of the value (Gaussian likelihood) from the worse half of the
//! points of a test function, or of all 65,536 sequences of TFBind8. The best 128 offline designs then climb its mean by gradient ascent, and the
//! true function scores where they end: 0 is the worst and 1 the best of all points, the unseen better half among them.
//!
//! **Arms.** With g₀ = ∇G at the weights β and g₁ = ∇G at β + r g₀/‖g₀‖, a step follows the gradient of the loss plus λ(ρ/r)(g₁ − g₀).
//! - `none`: the loss alone. `longer`: the same for three times the steps, which is as many passes as IGNITE takes.
//! - `ignite`: the bound ρ‖g₀‖ ≤ ε as a constraint: after every step λ ← λ + η(ρ‖g₀‖ − ε), with the authors' λ₀ = .001, η = .001, ε = .1 and
//!   ρ = r = .05.
//! - `ignite-2`: λ is fixed, ρ = r = .2.
//! - `decay`: decoupled weight decay. `input-gradient`: the mean squared length of the gradient by the design is added to the loss.
//!
//! **Controls.** The strength of the last three (λ, decay, factor of the penalty) is chosen from one grid on seeds from 1000 on, by the mean score
//! over all tasks. Arms of one seed share points, first weights and batches. A gradient of ‖∇ₓm‖² is taken as the derivative of the mean along
//! its own gradient by the design: a central difference of two passes, exact up to the square of a small step.
//!
//! **Stages.** A fit for each task, seed and strength; then an arm, which gathers its tasks.
//!
//! **Sources.** The method and its numbers: the authors' code (cuong-dm/IGNITE), as notes of ours read it, and the abstract. What is smaller here,
//! and what differs, stands in the deviations of `experiments/ignite`. The functions: `blocks::black_boxes`.

mod binding;
mod fit;
mod gather;
mod plan;
mod problem;
mod surrogate;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{positive, tuned, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

use plan::Piece;

/// The study.
pub struct Ignite;

/// What is done so that the surrogate is not too erratic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regulariser {
    /// Nothing.
    None,
    /// Nothing, for three times the steps.
    Longer,
    /// Decoupled weight decay.
    Decay,
    /// The squared gradient by the design.
    InputGradient,
    /// A bound on the norm of the gradient by the weights, with a multiplier that moves.
    Ignite,
    /// The same with a multiplier that does not.
    #[serde(rename = "ignite-2")]
    Ignite2,
}

impl Regulariser {
    /// Whether it has a strength that is chosen.
    fn tuned(self) -> bool {
        matches!(self, Self::Decay | Self::InputGradient | Self::Ignite2)
    }

    /// Passes over a batch, forward and backward, in one step; a doubled batch counts twice.
    fn passes(self) -> usize {
        match self {
            Self::None | Self::Longer | Self::Decay => 1,
            Self::Ignite | Self::Ignite2 => 3,
            Self::InputGradient => 4,
        }
    }

    /// Steps, as a multiple of those asked for.
    fn longer(self) -> usize {
        if self == Self::Longer { 3 } else { 1 }
    }
}

/// Its settings; the defaults are the test functions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Tasks: `ackley`, `styblinski-tang`, `hartmann` and `tf-bind-8`.
    pub tasks: Vec<String>,
    /// What is done.
    pub regulariser: Regulariser,
    /// Points of a test function, at least 20; the worse half is offline.
    pub points: usize,
    /// Width of the two hidden layers, 2 to 1,024.
    pub width: usize,
    /// Steps of training, at least 1.
    pub steps: usize,
    /// Designs in a step, at least 1.
    pub batch: usize,
    /// Learning rate, > 0.
    pub rate: f64,
    /// Strengths, > 0, of which one is chosen; a single one is taken as it is.
    pub strengths: Vec<f64>,
    /// Seeds that the strength is chosen on, at least 1.
    pub tuning_seeds: u64,
    /// Designs that climb, at least 2.
    pub candidates: usize,
    /// Steps of ascent, at least 1.
    pub ascent_steps: usize,
    /// Rate of ascent, > 0.
    pub ascent_rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tasks: ["ackley", "styblinski-tang", "hartmann"].map(str::to_owned).to_vec(),
            regulariser: Regulariser::None,
            points: 2_000,
            width: 64,
            steps: 1_000,
            batch: 128,
            rate: 1e-3,
            strengths: vec![0.01, 0.1, 1.0, 10.0],
            tuning_seeds: 2,
            candidates: 128,
            ascent_steps: 200,
            ascent_rate: 0.01,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("ignite: {what}")));
        let counts = [
            ("points", self.points, 20, 1_000_000),
            ("width", self.width, 2, 1_024),
            ("steps", self.steps, 1, 1_000_000),
            ("batch", self.batch, 1, 65_536),
            ("candidates", self.candidates, 2, 10_000),
            ("ascent-steps", self.ascent_steps, 1, 1_000_000),
            ("tasks", self.tasks.len(), 1, problem::TASKS.len()),
            ("strengths", self.strengths.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(Ignite::NAME, &counts)?;
        let numbers = [("rate", self.rate), ("ascent-rate", self.ascent_rate)];
        let numbers: Vec<(&str, f64)> = numbers.into_iter().chain(self.strengths.iter().map(|v| ("strengths", *v))).collect();
        positive(Ignite::NAME, &numbers)?;
        if self.candidates > self.points / 2 {
            return wrong(format!("candidates is {}; offline there are half of the {} points, and no more can climb", self.candidates, self.points));
        }
        for (k, task) in self.tasks.iter().enumerate() {
            if !problem::TASKS.contains(&task.as_str()) || self.tasks[..k].contains(task) {
                return wrong(format!("tasks has {task:?}; there are {}, each once at most", problem::TASKS.join(", ")));
            }
        }
        Ok(())
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("ignite: {what}"))
}

impl Study for Ignite {
    const NAME: &'static str = "ignite";
    const TITLE: &'static str = "Surrogates for offline optimisation with a bound on their gradient norm: three test functions and TFBind8";
    const CITE: &'static str = "dao2024ignite";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut stages = Vec::new();
        for (arm, own) in tuned(Self::NAME, "strengths", settings, arms, &seeds, Settings::check)? {
            plan::arm(&mut stages, arm, seeds.clone(), &own)?;
        }
        Ok(stages)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<Piece>(&stage.settings)? {
            Piece::Fit(own) => fit::run(&own, needs, context),
            Piece::Arm(own) => Ok(gather::run(&own, needs)),
        }
    }
}
