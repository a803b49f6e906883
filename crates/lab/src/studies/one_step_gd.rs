//! One layer of linear self-attention learns one step of gradient descent (Mahankali, Hashimoto and Ma, ICLR 2024, arXiv 2307.03576).
//!
//! **What the paper claims.** The one-layer transformer that minimises the pre-training loss over random linear regression tasks
//! predicts as one step of gradient descent from zero on the least-squares loss of its prompt does; with a covariance, as one step with
//! a preconditioner; and for a family of non-linear responses still as one step of gradient descent. The paper has proofs and no
//! experiments.
//!
//! **What is computed.** The layer itself, `ŷ = uᵀ G M q / n` with `G = Σᵢ vᵢvᵢᵀ` over the tokens `vᵢ = [xᵢ; yᵢ]`, in all of its weights u
//! and M, found in two ways:
//!
//! - `trained`: by Adam with a cosine schedule on fresh prompts, with the gradient written out by hand;
//! - `exact`: by descent on the closed form of the pre-training loss, from random weights and without a sample.
//!
//! What weights compute is read off them: the matrix A of `ŷ = sᵀ A q`, `s = Σᵢ yᵢ zᵢ`, in whitened coordinates `z = Σ^(−1/2) x`, and the
//! share of the prediction that no step makes. The loss of any weights is exact, and measured on fresh prompts beside it.
//!
//! **Closed forms,** derived here and held to Monte Carlo estimates by the tests. For the linear target, whatever Σ is,
//!
//! ```text
//! η* = 1/(n + d + 1 + σ²)        L* = d + σ² − n d η*        L* − σ² = d (d + 1 + σ²)/(n + d + 1 + σ²)
//! ```
//!
//! the last being a learning curve in the number of examples, with the exponent 1. For `f = ±g(w·z)`, w on the sphere, `c = E g(z) z`,
//!
//! ```text
//! η* = c²/(E g² z² + (d − 1) E g² + σ² d + (n − 1) c²)
//! ```
//!
//! **Controls.** `step` and `plain-step` are one step with and without the preconditioner, at any multiple of the best learning rate:
//! their losses are a parabola that trained weights have to lie at the bottom of, and the step that a learner with a covariance has to
//! leave. `ridge` is the best prediction there is for the linear target: one step is the best of one linear layer, and far from that.
//!
//! Arms of one seed share first weights and prompts; `ridge` and the steps are measured on the fresh prompts of the others.

mod attention;
mod measure;
mod population;
mod progress;
mod task;

#[cfg(test)]
mod tests;

use std::f64::consts::PI;
use std::ops::Range;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::grid::log_spaced;
use crate::{Arm, Context, Go, Outcome, Series, Stage, Status, Study, StudyError, settings};

use attention::{Pass, Weights};
use measure::{Measured, measure};
use population::{Blocks, Descent, Seen};
use progress::Progress;
use task::{Prompt, Streams, Task};

/// The study.
pub struct OneStepGd;

/// The response of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// `w·z` with `w ~ N(0, I)`.
    Linear,
    /// `±max(w·z, 0)` with w on the sphere.
    Relu,
    /// `±(w·z)³` with w on the sphere.
    Cubic,
}

/// What predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// The layer, trained on prompts.
    Trained,
    /// The layer, by descent on the closed form of its loss.
    Exact,
    /// One step of gradient descent with the preconditioner Σ⁻¹.
    Step,
    /// One step without.
    PlainStep,
    /// The Bayes predictor of the linear target.
    Ridge,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Examples n of a prompt, 1 to 100,000.
    pub examples: usize,
    /// Dimension d of the inputs, 1 to 100.
    pub dim: usize,
    /// Standard deviation σ of the label noise, 0 or more.
    pub noise: f64,
    /// The response.
    pub target: Target,
    /// Largest over smallest eigenvalue of the covariance Σ of the inputs, at least 1. The eigenvalues are a geometric series around 1.
    pub condition: f64,
    /// What predicts.
    pub learner: Learner,
    /// Learning rate of `step` and `plain-step`, in multiples of the best one of its kind; 0 or more.
    pub times_best: f64,
    /// Steps of the training, or sweeps of the descent; at least 1.
    pub steps: usize,
    /// Prompts of a step, at least 1.
    pub batch: usize,
    /// Largest learning rate of Adam, > 0. It goes down to 0 as half a cosine.
    pub rate: f64,
    /// Standard deviation of the first weights, > 0.
    pub init: f64,
    /// Points of the curve, evenly spaced in the logarithm of the step, at least 1.
    pub points: usize,
    /// Fresh prompts on which losses are measured, at least 100.
    pub prompts: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            examples: 20,
            dim: 5,
            noise: 0.5,
            target: Target::Linear,
            condition: 1.0,
            learner: Learner::Trained,
            times_best: 1.0,
            steps: 4_000,
            batch: 1_024,
            rate: 0.01,
            init: 0.2,
            points: 40,
            prompts: 20_000,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("one-step-gd: {what}")));
        for (name, value, low, high) in [
            ("examples", self.examples, 1, 100_000),
            ("dim", self.dim, 1, 100),
            ("steps", self.steps, 1, 1_000_000_000),
            ("batch", self.batch, 1, 1_000_000_000),
            ("points", self.points, 1, 100_000),
            ("prompts", self.prompts, 100, 1_000_000_000),
        ] {
            if !(low..=high).contains(&value) {
                return wrong(format!("{name} is {value}; it must be {low} to {high}"));
            }
        }
        for (name, value, low) in [("noise", self.noise, 0.0), ("condition", self.condition, 1.0), ("times-best", self.times_best, 0.0)] {
            let sensible = value >= low && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be {low} or more, and finite"));
            }
        }
        for (name, value) in [("rate", self.rate), ("init", self.init)] {
            let sensible = value > 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be positive and finite"));
            }
        }
        if self.learner == Learner::Ridge && (self.target != Target::Linear || self.noise == 0.0) {
            return wrong("ridge is the best prediction of a linear target with noise; choose target = \"linear\" and a noise above 0".to_owned());
        }
        Ok(())
    }

    /// Operations of one prompt, about: numbers drawn, and two passes over its tokens.
    fn flops_per_prompt(&self) -> f64 {
        24.0 * (self.examples + 1) as f64 * (self.dim + 1) as f64
    }

    fn flops(&self) -> f64 {
        let d = self.dim as f64;
        let search = match self.learner {
            Learner::Trained => (self.steps * self.batch) as f64 * self.flops_per_prompt(),
            Learner::Exact => 100.0 * self.steps as f64 * d * d,
            Learner::Step | Learner::PlainStep => 0.0,
            Learner::Ridge => self.prompts as f64 * (self.examples as f64 * d * d + d * d * d),
        };
        search + self.prompts as f64 * self.flops_per_prompt()
    }
}

/// About a tenth of a second's work: how often the watch is asked.
const WATCH_FLOPS: f64 = 2e8;

/// How many such pieces lie between two saves of the progress.
const SAVE_EVERY: u64 = 40;

/// How many sweeps of the descent lie between two questions to the watch.
const SWEEPS: u64 = 1_000;

impl Study for OneStepGd {
    const NAME: &'static str = "one-step-gd";
    const TITLE: &'static str = "One layer of linear self-attention, trained and exact, against one step of gradient descent on random regressions";
    const CITE: &'static str = "mahankali2024one";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &[("loss", "Pre-training loss of the weights, in closed form")];
    const SCALARS: &'static [(&'static str, &'static str)] = &[
        ("rate-found", "Mean diagonal of A: the learning rate of the step that the weights take"),
        ("rate-best", "Best learning rate η* of one step"),
        ("rate-over-best", "The one over the other"),
        ("distance-to-best", "Distance of A from the best step, over its length"),
        ("distance-to-step", "Distance of A from the nearest step with the preconditioner, over its own length"),
        ("distance-to-plain", "Distance of the matrix from the nearest step without a preconditioner, over its own length"),
        ("nuisance", "Share of the prediction's mean square that no step makes"),
        ("loss-found", "Pre-training loss: exact for weights, the mean expected squared error for ridge"),
        ("loss-best", "Pre-training loss L* of the best step"),
        ("excess-found", "Loss beyond the noise of the label"),
        ("excess-best", "The same of the best step"),
        ("over-best", "Loss beyond the noise over that of the best step"),
        ("loss-measured", "Mean squared error on fresh prompts"),
        ("loss-measured-se", "Its standard error"),
    ];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        settings::stages(settings, arms, seeds, |own| own.check().map(|_| own.flops()))
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        let (task, streams) = (Task::new(&settings), Streams::new(context.seed));
        match settings.learner {
            Learner::Trained => train(&settings, &task, streams, context),
            Learner::Exact => descend(&settings, &task, streams, context),
            Learner::Step => given(&settings, &task, Blocks::step(&task, settings.times_best * task.best_rate(), true), streams, context),
            Learner::PlainStep => {
                let blocks = Blocks::step(&task, settings.times_best * task.plain_rate(), false);
                given(&settings, &task, blocks, streams, context)
            }
            Learner::Ridge => {
                let measured = measure(&task, None, settings.prompts, streams.fresh, &|| (context.watch)(0.5))?;
                let records = measured.expected.map(|loss| (1, loss)).into_iter().collect::<Vec<_>>();
                Ok(outcome(&task, &records, None, Some(&measured), Status::Done))
            }
        }
    }
}

/// Trains from the last progress to the end, to a number that is not finite, or until the watch says stop.
fn train(settings: &Settings, task: &Task, streams: Streams, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let last = settings.steps as u64;
    let saved = context.checkpoint.load().and_then(|bytes| Progress::from_bytes(&bytes, task.dim)).filter(|progress| progress.step <= last);
    let first = || Progress::new(Weights::random(task.dim, settings.init, &mut Pcg64::seed_from_u64(streams.weights)));
    let mut progress = saved.unwrap_or_else(first);
    let (mut prompt, mut pass) = (Prompt::new(task), Pass::new(task.dim));
    let mut gradient = vec![0.0; progress.weights.numbers.len()];
    let grid = log_spaced(1, last, settings.points);
    let share = 1.0 / (settings.batch as f64 * task.examples as f64);
    let piece = ((WATCH_FLOPS / (settings.batch as f64 * settings.flops_per_prompt())) as u64).min(last / 50).max(1);
    while progress.step < last {
        let mut rng = streams.of_step(progress.step);
        let mut squares = 0.0;
        gradient.fill(0.0);
        for _ in 0..settings.batch {
            prompt.draw(task, &mut rng);
            let error = pass.sum(&progress.weights, &prompt) / task.examples as f64 - prompt.answer;
            squares += error * error;
            pass.add_gradient(2.0 * share * error, &prompt, &mut gradient);
        }
        let rate = 0.5 * settings.rate * (1.0 + (PI * progress.step as f64 / last as f64).cos());
        progress.step += 1;
        progress.adam.step(progress.step, rate, &gradient, &mut progress.weights.numbers);
        let recorded = grid.binary_search(&progress.step).is_ok().then(|| Blocks::of(&progress.weights, task).look(task).loss);
        if !squares.is_finite() || recorded.is_some_and(|loss| !loss.is_finite()) {
            let why = format!("the loss is no longer finite at step {} of {last}; lower the rate", progress.step);
            return Ok(outcome(task, &progress.records, None, None, Status::Diverged(why)));
        }
        progress.records.extend(recorded.map(|loss| (progress.step, loss)));
        if progress.step.is_multiple_of(piece) {
            let stop = (context.watch)(progress.step as f64 / last as f64) == Go::Stop;
            if stop || progress.step.is_multiple_of(piece * SAVE_EVERY) {
                save(&progress, context)?;
            }
            if stop {
                return Err(StudyError::Interrupted);
            }
        }
    }
    let seen = Blocks::of(&progress.weights, task).look(task);
    let measured = measure(task, Some(&progress.weights), settings.prompts, streams.fresh, &|| (context.watch)(1.0));
    if measured.is_err() {
        save(&progress, context)?;
    }
    Ok(outcome(task, &progress.records, Some(&seen), Some(&measured?), Status::Done))
}

fn save(progress: &Progress, context: &mut Context<'_>) -> Result<(), StudyError> {
    let saved = context.checkpoint.save(&progress.to_bytes());
    saved.map_err(|e| StudyError::Other(format!("one-step-gd: cannot save the progress at step {}: {e}", progress.step)))
}

/// Goes down the closed form of the loss from the same first weights as the training. It takes less than a second, and saves nothing.
fn descend(settings: &Settings, task: &Task, streams: Streams, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let last = settings.steps as u64;
    let first = Weights::random(task.dim, settings.init, &mut Pcg64::seed_from_u64(streams.weights));
    let mut descent = Descent::new(task, Blocks::of(&first, task));
    let grid = log_spaced(1, last, settings.points);
    let mut records = Vec::with_capacity(grid.len());
    for step in 1..=last {
        descent.sweep();
        if grid.binary_search(&step).is_ok() {
            let loss = descent.blocks.look(task).loss;
            if !loss.is_finite() {
                let why = format!("the loss is no longer finite at sweep {step} of {last}; choose a smaller init");
                return Ok(outcome(task, &records, None, None, Status::Diverged(why)));
            }
            records.push((step, loss));
        }
        if step.is_multiple_of(SWEEPS) && (context.watch)(step as f64 / last as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    finish(settings, task, &descent.blocks, &records, streams, context)
}

/// What a given step is worth: a curve of one point.
fn given(settings: &Settings, task: &Task, blocks: Blocks, streams: Streams, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let records = [(1, blocks.look(task).loss)];
    finish(settings, task, &blocks, &records, streams, context)
}

fn finish(
    settings: &Settings,
    task: &Task,
    blocks: &Blocks,
    records: &[(u64, f64)],
    streams: Streams,
    context: &mut Context<'_>,
) -> Result<Outcome, StudyError> {
    let weights = blocks.weights(task).ok_or_else(|| StudyError::Other("one-step-gd: weights of another dimension".to_owned()))?;
    let measured = measure(task, Some(&weights), settings.prompts, streams.fresh, &|| (context.watch)(1.0))?;
    Ok(outcome(task, records, Some(&blocks.look(task)), Some(&measured), Status::Done))
}

fn outcome(task: &Task, records: &[(u64, f64)], seen: Option<&Seen>, measured: Option<&Measured>, status: Status) -> Outcome {
    let (best_rate, best_loss) = (task.best_rate(), task.best_loss());
    let loss = seen.map(|s| s.loss).or_else(|| measured.and_then(|m| m.expected));
    let (excess, best_excess) = (loss.map(|loss| loss - task.floor()), best_loss - task.floor());
    let values: [Option<f64>; 14] = [
        seen.map(|s| s.rate),
        Some(best_rate),
        seen.map(|s| s.rate / best_rate),
        seen.map(|s| s.to_best),
        seen.and_then(|s| s.to_step),
        seen.and_then(|s| s.to_plain),
        seen.and_then(|s| s.even),
        loss,
        Some(best_loss),
        excess,
        Some(best_excess),
        excess.map(|excess| excess / best_excess),
        measured.map(|m| m.loss),
        measured.map(|m| m.se),
    ];
    let scalars = OneStepGd::SCALARS.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value.filter(|v| v.is_finite()))).collect();
    let (x, y) = records.iter().map(|(step, loss)| (*step as f64, *loss)).unzip();
    let series = Series { name: OneStepGd::SERIES[0].0.to_owned(), x, y };
    Outcome { series: if records.is_empty() { Vec::new() } else { vec![series] }, scalars, weights: None, status }
}
