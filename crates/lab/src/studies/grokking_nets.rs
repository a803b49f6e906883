//! Grokking from lazy to rich in networks (Kumar, Bordelon, Gershman and Pehlevan, ICLR 2024, arXiv 2310.06110): the three settings with
//! which the paper ends, MNIST, a one-layer transformer, and a student and a teacher.
//!
//! **What the paper claims.** That what its polynomial regression shows (see the study `lazy-to-rich`) holds in more general settings: a
//! network that begins lazy, as its linearisation, fits the training set long before it generalises, and the scale α of its output
//! controls by how much.
//!
//! **What is trained.** `f(x) = α g(x)`, or `α (g(x) − g₀(x))` less the first outputs where `centred`, with g one of
//!
//! - `mnist`: a perceptron of two hidden layers of ReLU on a few images, all at once, towards the unit vector of the class by squared error.
//! - `modular`: a transformer of one layer without layer norm on `a, b, =`, which says a + b modulo a number, by cross-entropy; batches are
//!   drawn with replacement.
//! - `student-teacher`: a committee machine `g = (1/N) Σ ReLU(wᵢ·x)`, whose teacher is `(1/√K) Σ ReLU(βₖ·x)` with orthonormal βₖ and
//!   inputs x ~ N(0, I), by squared error.
//!
//! The first two are trained by AdamW (Loshchilov and Hutter, arXiv 1711.05101), which does not feel the scale of a loss. The student is
//! trained by gradient descent alone, with the conventions of the paper's sweep over output scales: the loss over α², the rate times N.
//! First weights of a perceptron and a transformer are uniform within 1/√inputs, tokens and places normal with standard deviation
//! 1/√width; of a student normal with standard deviation 1/√inputs; all times `init`.
//!
//! **What is measured.** Where classes are asked for: the first look at which the share `fit` of the training set is right, and the first
//! one at which the share `general` of held-out examples is. Of the student: the first looks at which its training loss and its test loss
//! are below these shares of what they began with. Looks are evenly spaced in the logarithm of the step. A run that never
//! generalises is censored: it has no `delay-ratio`, and its `least-ratio` counts the last step in place of the one that never came.
//!
//! **Controls.**
//!
//! - `linearised` trains the tangent at the first weights, `g₀(x) + g′₀(x) (w − w₀)`, by the same optimiser with the same batches. The product
//!   with the slope is a central difference of outputs, in 64 bits; the gradient is that of the first weights, exactly. Weight decay pulls
//!   its weights to zero, as it does those of the network, and with them the first output, which at large `init` is noise.
//! - `decay = 0` leaves the weight decay out.
//! - Arms of one seed share examples, first weights and batches, so that they are compared in pairs.
//!
//! **Sources.** The settings of the paper as far as the authors' code and a survey of ours have them; sizes are ours, such that a
//! transition takes seconds. The tests hold student and tangent to formulas written out by hand.

mod examples;
mod learner;
mod network;
mod progress;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::digits::{self, PIXELS};
use crate::grid::log_spaced;
use crate::{Arm, Context, Go, Outcome, Stage, Status, Study, StudyError, settings};

use learner::Learner;
use progress::Progress;

/// The study.
pub struct GrokkingNets;

/// Which network learns what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// A perceptron, and images of digits.
    Mnist,
    /// A transformer, and sums modulo a number.
    Modular,
    /// A committee machine, and another one.
    StudentTeacher,
}

/// Its settings; the defaults are one student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Which network learns what.
    pub setting: Setting,
    /// Output scale α > 0: the larger, the lazier.
    pub alpha: f64,
    /// Factor on all first weights, > 0.
    pub init: f64,
    /// Hidden units, 1 to 4,096; of the transformer its width, a multiple of 4.
    pub width: usize,
    /// Training examples, at least 1.
    pub train: usize,
    /// Held-out examples, at least 1.
    pub test: usize,
    /// Inputs of the student, 1 to 4,096.
    pub dim: usize,
    /// Hidden units of the teacher, 1 to `dim`.
    pub teacher: usize,
    /// What the transformer's sums are taken modulo, 2 to 512.
    pub modulus: usize,
    /// Examples of a step; 0 for all of them.
    pub batch: usize,
    /// Learning rate, > 0; of the student over its width and times α².
    pub rate: f64,
    /// Weight decay, 0 or more; 0 for the student.
    pub decay: f64,
    /// Steps, at least 1.
    pub steps: usize,
    /// Looks, at least 2 (fewer where steps are few).
    pub points: usize,
    /// Train the tangent at the first weights instead.
    pub linearised: bool,
    /// Train the output less the first one.
    pub centred: bool,
    /// The share of training examples that is right, or of the first training loss that is left, when the training set is fitted; between 0 and 1.
    pub fit: f64,
    /// The same of held-out examples, when the network generalises.
    pub general: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            setting: Setting::StudentTeacher,
            alpha: 1.0,
            init: 1.0,
            width: 200,
            train: 250,
            test: 1_000,
            dim: 30,
            teacher: 2,
            modulus: 47,
            batch: 0,
            rate: 0.1,
            decay: 0.0,
            steps: 4_000,
            points: 160,
            linearised: false,
            centred: true,
            fit: 0.1,
            general: 0.1,
        }
    }
}

/// Attention heads of the transformer.
const HEADS: usize = 4;

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("grokking-nets: {what}")));
        let most = match self.setting {
            Setting::Mnist => 10_000,
            Setting::Modular => self.modulus.min(512).pow(2),
            Setting::StudentTeacher => 1_000_000,
        };
        let ranges = [
            ("width", self.width, 1, 4_096),
            ("dim", self.dim, 1, 4_096),
            ("teacher", self.teacher, 1, self.dim),
            ("modulus", self.modulus, 2, 512),
            ("train", self.train, 1, most),
            ("test", self.test, 1, most),
            ("batch", self.batch, 0, 65_536),
            ("steps", self.steps, 1, 10_000_000),
            ("points", self.points, 2, 10_000),
        ];
        for (name, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return wrong(format!("{name} is {value}; it must be {low} to {high}"));
            }
        }
        if self.train + self.test > most {
            return wrong(format!("train and test are {} together; there are {most} examples", self.train + self.test));
        }
        if self.setting == Setting::Modular && !self.width.is_multiple_of(HEADS) {
            return wrong(format!("width is {}; that of a transformer must be a multiple of {HEADS}", self.width));
        }
        for (name, value) in [("alpha", self.alpha), ("init", self.init), ("rate", self.rate)] {
            let sensible = value > 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be positive and finite"));
            }
        }
        let sensible = self.decay >= 0.0 && self.decay.is_finite();
        if !sensible {
            return wrong(format!("decay is {}; it must be 0 or more, and finite", self.decay));
        }
        if self.setting == Setting::StudentTeacher && self.decay > 0.0 {
            return wrong(format!("decay is {}; the student is trained by gradient descent alone, so it must be 0", self.decay));
        }
        for (name, value) in [("fit", self.fit), ("general", self.general)] {
            let sensible = value > 0.0 && value < 1.0;
            if !sensible {
                return wrong(format!("{name} is {value}; it must be between 0 and 1"));
            }
        }
        Ok(())
    }

    /// Whether classes are asked for.
    fn classes(&self) -> bool {
        self.setting != Setting::StudentTeacher
    }

    /// Floating-point operations of one example on its way forward.
    fn forward_flops(&self) -> f64 {
        let width = self.width as f64;
        2.0 * match self.setting {
            Setting::Mnist => (PIXELS as f64 + width + 10.0) * width,
            // Queries, keys and values of three tokens, then one token.
            Setting::Modular => (18.0 * width + self.modulus as f64) * width,
            Setting::StudentTeacher => self.dim as f64 * width,
        }
    }

    /// Floating-point operations of one step.
    fn step_flops(&self) -> f64 {
        let examples = if self.batch == 0 { self.train } else { self.batch };
        // Forward and backward; the tangent takes two more ways forward.
        examples as f64 * self.forward_flops() * if self.linearised { 5.0 } else { 3.0 }
    }

    /// Floating-point operations of the whole.
    fn flops(&self) -> f64 {
        let looked_at = (self.points.min(self.steps) * (self.train + self.test)) as f64;
        self.steps as f64 * self.step_flops() + looked_at * self.forward_flops() * if self.linearised { 3.0 } else { 1.0 }
    }
}

impl Study for GrokkingNets {
    const NAME: &'static str = "grokking-nets";
    const TITLE: &'static str = "Grokking from rich to lazy: a perceptron on MNIST, a transformer on sums modulo a number, a student and a teacher";
    const CITE: &'static str = "kumar2024grokking";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &progress::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &progress::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut stages = Vec::new();
        for arm in arms {
            let settings = settings::of_arm(settings, arm)?;
            settings.check()?;
            for seed in seeds.clone() {
                let stage = Stage::of(arm, seed, &settings, settings.flops())?.in_networks();
                stages.push(if settings.setting == Setting::Mnist { stage.reading(digits::DATASET) } else { stage });
            }
        }
        Ok(stages)
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        // A difference needs 64 bits.
        if settings.linearised { train::<f64>(&settings, context) } else { train::<f32>(&settings, context) }
    }
}

/// About a twentieth of a second's work: how often the watch is asked.
const WATCH_FLOPS: f64 = 5e8;

/// How many such pieces lie between two saves of the progress.
const SAVE_EVERY: u64 = 200;

/// Runs from the last progress to the end, to a number that is not finite, or until the watch says stop.
fn train<T: nets::Real>(settings: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut learner = Learner::<T>::new(settings, context.seed, context.files)?;
    let last = settings.steps as u64;
    let grid = log_spaced(1, last, settings.points);
    let piece = ((WATCH_FLOPS / settings.step_flops()) as u64).min(last / 20).max(1);
    let mut progress = Progress::default();
    if let Some((saved, weights)) = context.checkpoint.load().and_then(|bytes| progress::from_bytes(&bytes))
        && saved.done <= last
        && learner.training.read(&weights).is_ok()
    {
        progress = saved;
    } else {
        progress.first = learner.look();
    }
    let diverged = |progress: &Progress| {
        let why = format!("the losses are no longer finite after step {} of {last}; lower the rate", progress.done);
        progress.outcome(settings, Status::Diverged(why))
    };
    if !progress.first.is_finite() {
        return Ok(diverged(&progress));
    }
    while progress.done < last {
        let loss = learner.step(progress.done);
        if !loss.is_finite() {
            return Ok(diverged(&progress));
        }
        progress.done += 1;
        if grid.binary_search(&progress.done).is_ok() {
            let seen = learner.look();
            if !seen.is_finite() {
                return Ok(diverged(&progress));
            }
            progress.record(&seen);
        }
        if progress.done.is_multiple_of(piece) {
            let stop = (context.watch)(progress.done as f64 / last as f64) == Go::Stop && progress.done < last;
            if stop || progress.done.is_multiple_of(piece * SAVE_EVERY) {
                let saved = context.checkpoint.save(&progress::to_bytes(&progress, &learner.training.to_bytes()));
                saved.map_err(|e| StudyError::Other(format!("grokking-nets: cannot save the progress at step {}: {e}", progress.done)))?;
            }
            if stop {
                return Err(StudyError::Interrupted);
            }
        }
    }
    Ok(progress.outcome(settings, Status::Done))
}
