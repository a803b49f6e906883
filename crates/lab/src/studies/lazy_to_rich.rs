//! Grokking as the transition from lazy to rich training (Kumar, Bordelon, Gershman and Pehlevan, ICLR 2024,
//! arXiv 2310.06110): the student and teacher of its polynomial regression, solved without a network.
//!
//! **What the paper claims.** A two-layer student that learns a quadratic teacher fits the training set long before it
//! generalises, because it first moves as its linearisation does (lazy) and learns features later (rich). The output scale α
//! sets how lazy it begins: the delay grows with α, and a student that stays linear never generalises.
//!
//! **What is computed instead.** Not a sample of networks but the exact course of one. The student is
//! `f(x) = (α/N) Σᵢ φ(wᵢ·x)` with `φ(z) = z + (ε/2) z²`, the teacher `y(x) = (β·x)²`, and inputs are `x ~ N(0, I/D)` (the
//! paper's inputs over √D). Since φ is quadratic, f depends on the N × D weights only through their mean and second moment,
//! `w̄ = (1/N) Σᵢ wᵢ` and `M = (1/N) Σᵢ wᵢ wᵢᵀ`, as `f(x) = α (w̄·x + (ε/2) xᵀM x)`, and full-batch gradient descent on all
//! weights closes in them. With residuals `r_μ = f(x_μ) − y_μ`, `a = (1/P) Σ r_μ x_μ`, `B = (1/P) Σ r_μ x_μ x_μᵀ` and
//! `Q = I − c ε B`, one step is
//!
//! ```text
//! w̄ ← Q w̄ − c a
//! M ← Q M Q − c (Q w̄ aᵀ + a w̄ᵀ Q) + c² a aᵀ
//! ```
//!
//! (wᵢ ← Q wᵢ − c a, averaged). The conventions are those of the paper's α sweep in its code: the loss is
//! `(1/P) Σ r_μ² / α²` and the learning rate `rate · N`, so `c = 2 rate / α`, whatever the width. Width enters through the
//! first (w̄, M) alone; an infinite one begins from w̄ = 0, M = I.
//!
//! The test loss is that of the whole population, by Gaussian moments: with `A = 2ββᵀ − α ε M`,
//!
//! ```text
//! E (f − y)² = (tr A)²/(4D²) + ‖A‖²/(2D²) + α² ‖w̄‖²/D
//!              variance        misalignment  linear power
//! ```
//!
//! Losses are recorded as mean squared errors, without the 1/α².
//!
//! The kernel is the tangent kernel on the training inputs (the first 256 of them), `K(x, x') ∝ x·x' (1 + ε w̄·(x + x') + ε² xᵀMx')`: its
//! alignment with the labels, `yᵀKy / (‖K_c‖ ‖y‖²)` for centred labels and a kernel less its column means, as in the authors' code; and its distance
//! from the first kernel, one less the cosine of the two.
//!
//! **Controls.** `linearised` trains the student's linearisation at its first weights with the same steps, exactly, as its
//! tangent in the same coordinates:
//!
//! ```text
//! w̄ ← w̄ − c (a + ε B w̄⁰)
//! M ← M − c (w̄⁰ aᵀ + a w̄⁰ᵀ) − c ε (M⁰ B + B M⁰)
//! ```
//!
//! which is gradient descent in function space with the first kernel,
//! `K⁰(x, x') ∝ x·x' (1 + ε w̄⁰·(x + x') + ε² xᵀM⁰x')`. Arms with one seed share teacher, inputs and first weights, so they
//! are compared in pairs. Widths share all but the weights.
//!
//! - `twin` trains the linearisation beside the student, step by step: is the test loss of the two the same while the training loss falls?
//! - `explicit` trains the network itself beside the statistics, unit by unit. Its test loss is that of the whole population too, by a cubature of
//!   2D² + 1 points that is exact for polynomials of degree five (the error squared has degree four): points 0, ±√(D+2) eᵢ and √((D+2)/2) (±eᵢ ± eⱼ)
//!   with weights 2/(D+2), (4−D)/(2(D+2)²) and 1/(D+2)².
//! - `aligned` spreads the first weights along the teacher, `w ← w + (√(1+s) − 1) (β·w) β/‖β‖²`, so that the first kernel has the teacher in front.
//! - `centred` trains the output less the first one, `f − f₀`, so that arms with other first weights begin from the same losses.
//!
//! **Sources.** Setup and sweep: the authors' supplementary code, as reused in a public repository that names it. The
//! reduction, the linearisation and the population loss are derived here; the tests hold them to an explicit network, to its
//! kernel, and to a Monte Carlo estimate.

mod data;
mod dynamics;
mod kernel;
mod network;
mod progress;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::grid::log_spaced;
use crate::{Arm, Context, Go, Outcome, Stage, Status, Study, StudyError, settings};

use data::{Data, Draws, State};
use dynamics::Dynamics;
use kernel::Kernels;
use network::Network;
use progress::{Parts, Progress};

/// The study.
pub struct LazyToRich;

/// Its settings; the defaults are the α sweep of the authors' code at D = 40 instead of 100, with as many examples per dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Dimension D of the inputs, at least 1.
    pub dim: usize,
    /// Training examples P, at least 1. The effect needs D ≪ P ≪ D².
    pub train: usize,
    /// Hidden units N of the student; 0 stands for infinitely many.
    pub width: usize,
    /// Output scale α > 0: the larger, the lazier.
    pub alpha: f64,
    /// Curvature ε ≥ 0 of the activation.
    pub eps: f64,
    /// Steps of gradient descent, at least 1.
    pub steps: usize,
    /// Points of a curve, evenly spaced in the logarithm of the step (fewer where steps are few), at least 1.
    pub points: usize,
    /// Learning rate over width, > 0.
    pub rate: f64,
    /// Train the linearisation at the first weights instead.
    pub linearised: bool,
    /// Train the linearisation beside the student.
    pub twin: bool,
    /// Train the network itself beside the statistics; `width` must not be 0.
    pub explicit: bool,
    /// Train the output less the first one.
    pub centred: bool,
    /// How much larger than 1 the variance of the first weights is along the teacher, 0 or more.
    pub aligned: f64,
    /// Share of its first value below which a loss counts as gone, between 0 and 1.
    pub threshold: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dim: 40,
            train: 220,
            width: 500,
            alpha: 1.0,
            eps: 0.25,
            steps: 20_000,
            points: 60,
            rate: 0.5,
            linearised: false,
            twin: false,
            explicit: false,
            centred: false,
            aligned: 0.0,
            threshold: 0.05,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("lazy-to-rich: {what}")));
        for (name, value) in [("dim", self.dim), ("train", self.train), ("steps", self.steps), ("points", self.points)] {
            if value == 0 {
                return wrong(format!("{name} is 0; it must be at least 1"));
            }
        }
        for (name, value) in [("alpha", self.alpha), ("rate", self.rate)] {
            let sensible = value > 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be positive and finite"));
            }
        }
        for (name, value) in [("eps", self.eps), ("aligned", self.aligned)] {
            let sensible = value >= 0.0 && value.is_finite();
            if !sensible {
                return wrong(format!("{name} is {value}; it must be 0 or more, and finite"));
            }
        }
        let sensible = self.threshold > 0.0 && self.threshold < 1.0;
        if !sensible {
            return wrong(format!("threshold is {}; it must be between 0 and 1", self.threshold));
        }
        if self.twin && self.linearised {
            return wrong("twin is the linearisation beside the student; it has nothing to be beside when linearised is true".to_owned());
        }
        if self.explicit && (self.linearised || self.centred || self.width == 0) {
            return wrong("explicit is the network itself: it needs a width, and neither linearised nor centred".to_owned());
        }
        Ok(())
    }

    /// Floating-point operations of one step: the quadratic form and B over half a matrix each, and the products of M.
    fn flops_per_step(&self) -> f64 {
        let (d, p) = (self.dim as f64, self.train as f64);
        let student = 2.0 * p * d * d + 3.0 * d * d * d + 8.0 * p * d;
        let network = if self.explicit { 4.0 * self.width as f64 * p * d } else { 0.0 };
        if self.twin { 2.0 * student + network } else { student + network }
    }
}

/// About a tenth of a second's work: how often the watch is asked.
const WATCH_FLOPS: f64 = 2e8;

/// How many such pieces lie between two saves of the progress.
const SAVE_EVERY: u64 = 40;

impl Study for LazyToRich {
    const NAME: &'static str = "lazy-to-rich";
    const TITLE: &'static str = "Grokking of a quadratic teacher: exact gradient descent of a two-layer student, from lazy to rich";
    const CITE: &'static str = "kumar2024grokking";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &[
        ("train-loss", "Mean squared error on the training set"),
        ("test-loss", "Mean squared error on the population: the sum of the next three"),
        ("variance", "Part of the test loss from the mean output, (tr A)²/(4D²)"),
        ("misalignment", "Part of the test loss from the quadratic features, ‖A‖²/(2D²)"),
        ("linear-power", "Part of the test loss from the linear term, α²‖w̄‖²/D"),
        ("alignment", "Alignment of the features with the teacher, βᵀMβ/(‖M‖‖β‖²)"),
        ("kernel-alignment", "Alignment of the kernel with the labels"),
        ("kernel-distance", "Distance of the kernel from the first one: one less their cosine"),
        ("test-share", "Test loss over the first one"),
    ];
    const SCALARS: &'static [(&'static str, &'static str)] = &[
        ("train-step", "First step with a training loss below the threshold"),
        ("test-step", "First step with a test loss below the threshold"),
        ("delay", "Steps from the one to the other"),
        ("delay-ratio", "Test step over training step"),
        ("initial-train-loss", "Training loss before the first step"),
        ("initial-test-loss", "Test loss before the first step"),
        ("final-train-loss", "Training loss after the last step"),
        ("final-test-loss", "Test loss after the last step"),
        ("max-over-initial", "Largest test loss over the first one"),
        ("censored", "1 where the test loss never came below the threshold"),
        ("initial-kernel-alignment", "Alignment of the kernel with the labels before the first step"),
        ("final-kernel-alignment", "Alignment of the kernel with the labels after the last step"),
        ("final-kernel-distance", "Distance of the last kernel from the first one"),
        ("twin-gap", "Largest logarithm, up to its sign, of the test loss over that of the twin, until a quarter of the training loss is left"),
        ("twin-train-share", "Share of the first training loss that is left when the two test losses first differ by more than a tenth"),
        ("network-train-gap", "Largest difference of the training losses of network and statistics, over the first one"),
        ("network-test-gap", "Largest difference of their test losses, over the first one"),
    ];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        settings::stages(settings, arms, seeds, |own| own.check().map(|_| own.steps as f64 * own.flops_per_step()))
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        train(&settings, context)
    }
}

/// Runs from the last progress to the end, to a number that is not finite, or until the watch says stop.
fn train(settings: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut draws = Draws::new(context.seed);
    let data = Data::draw(settings, &mut draws);
    let mut first = State::first(settings, &mut draws);
    if settings.aligned > 0.0 {
        first.align(&data.teacher, settings.aligned);
    }
    let last = settings.steps as u64;
    let saved = context.checkpoint.load().and_then(|bytes| progress::from_bytes(&bytes, settings));
    let saved = saved.filter(|(progress, _)| progress.step <= last);
    let (mut progress, mut now) = saved.unwrap_or_else(|| (Progress::default(), Parts::first(settings, &first, &data, context.seed)));
    let offset = settings.centred.then(|| first.clone());
    let mut kernels = Kernels::new(settings, &data, first.clone());
    let mut network = settings.explicit.then(|| Network::new(settings, &data));
    let mut twin = settings.twin.then(|| Dynamics::new(settings, &data, Some(first.clone())).centred(offset.clone()));
    let mut dynamics = Dynamics::new(settings, &data, settings.linearised.then_some(first)).centred(offset);
    let grid = log_spaced(1, last, settings.points);
    let piece = ((WATCH_FLOPS / settings.flops_per_step()) as u64).min(last / 50).max(1);
    loop {
        let seen = dynamics.observe(&now.student);
        let beside = twin.as_mut().zip(now.twin.as_ref()).map(|(twin, state)| twin.observe(state));
        let recorded = grid.binary_search(&progress.step).is_ok();
        let mut finite = seen.is_finite() && beside.is_none_or(|beside| beside.is_finite());
        if finite {
            progress.see(&seen, settings.threshold);
            if let Some(beside) = &beside {
                progress.see_twin(&seen, beside);
            }
            if recorded || progress.step == 0 {
                let kernel = kernels.observe(&now.student);
                finite = kernel.is_finite();
                if let Some(network) = &mut network {
                    let (train, test) = network.losses(&now.weights);
                    finite &= progress.see_network(&seen, train, test);
                }
                if finite {
                    progress.see_kernel(&kernel);
                }
                if finite && recorded {
                    progress.record(&seen, &kernel);
                }
            }
        }
        if !finite {
            let when = if progress.step == 0 { "before the first step".to_owned() } else { format!("after step {}", progress.step) };
            let why = format!("the losses are no longer finite {when} of {last}; lower the rate");
            return Ok(progress.outcome(Status::Diverged(why)));
        }
        if progress.step == last {
            return Ok(progress.outcome(Status::Done));
        }
        dynamics.step(&mut now.student);
        if let Some((twin, state)) = twin.as_mut().zip(now.twin.as_mut()) {
            twin.step(state);
        }
        if let Some(network) = &mut network {
            network.step(&mut now.weights);
        }
        progress.step += 1;
        if progress.step.is_multiple_of(piece) {
            let stop = (context.watch)(progress.step as f64 / last as f64) == Go::Stop;
            if stop || progress.step.is_multiple_of(piece * SAVE_EVERY) {
                let saved = context.checkpoint.save(&progress::to_bytes(&progress, &now));
                saved.map_err(|e| StudyError::Other(format!("lazy-to-rich: cannot save the progress at step {}: {e}", progress.step)))?;
            }
            if stop {
                return Err(StudyError::Interrupted);
            }
        }
    }
}
