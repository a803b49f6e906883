//! The settings of the study: which part, and its numbers.

use serde::{Deserialize, Serialize};

use super::{rows, wrong};
use crate::StudyError;

/// What is computed; see the table of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The eigenframework at one size and ridge.
    Theory,
    /// The mean of our trials at one size and ridge.
    Mean,
    /// One of our trials at one size and ridge: that of the seed.
    Trial,
    /// A trial with all sizes and ridges; the study asks for it itself.
    Draw,
    /// The mean of trials with all sizes and ridges; the study asks for it itself.
    Pool,
    /// The least test error on a grid of samples and features.
    TheoremOne,
    /// The law for many samples against the eigenframework.
    Law,
    /// The authors' table of theory against ours.
    TheoryTable,
    /// The authors' trials against theory.
    TrialTable,
    /// Our trials against the authors'.
    Against,
    /// An exponent of image data.
    Exponent,
    /// Training error over test error at the best ridge, on image data.
    FittingRatio,
    /// What it costs to stop at a training error that is a given share of the test error.
    NearOptimum,
    /// κ from measured eigenvalues against the authors' κ.
    Eigenvalues,
    /// The best ridge on measured eigenvalues.
    RealSpectrum,
}

/// What varies in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sweep {
    /// The number of features, for a fixed number of samples.
    Features,
    /// The number of samples, for a fixed number of features.
    Samples,
}

/// Which trials of the authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Gaussian inputs with power laws.
    Powerlaw,
    /// Gaussian inputs with the eigenstructure of ReLU features on CIFAR-10.
    Imitation,
    /// ReLU features on CIFAR-10.
    Relu,
}

/// Which image data, with their kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Images {
    /// CIFAR-10 with the Myrtle-10 convolutional neural tangent kernel.
    Cifar10,
    /// SVHN with that kernel.
    Svhn,
    /// MNIST with that kernel.
    Mnist,
    /// CIFAR-10 with the kernel of a shallow ReLU network.
    Cifar10Relu,
}

/// Which exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exponent {
    /// Of eigenvalues, λᵢ = i^−α.
    Alpha,
    /// Of the target's power, vᵢ² = i^−β.
    Beta,
}

/// Its settings; the defaults are those of the authors' Gaussian trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is computed.
    pub part: Part,
    /// What varies in trials.
    pub sweep: Sweep,
    /// How many there are of what varies: one of the grid; 0 stands for infinitely many features.
    pub size: usize,
    /// The ridge δ: one of the grid of 31; 0 stands for the best by theory.
    pub ridge: f64,
    /// How many there are of what does not vary; in `law` and `real-spectrum` the number of samples.
    pub fixed: usize,
    /// Modes M, at least 2; of measured eigenvalues, how many are read before the power law goes on.
    pub modes: usize,
    /// α > 1.
    pub alpha: f64,
    /// β > 1.
    pub beta: f64,
    /// σ² ≥ 0, the variance of the noise of labels.
    pub noise: f64,
    /// Trials of a mean, at least 2.
    pub trials: usize,
    /// The smallest size of the grid.
    pub smallest: usize,
    /// The largest size of the grid.
    pub largest: usize,
    /// Sizes of the grid, evenly spaced in their logarithm and rounded down.
    pub points: usize,
    /// Whose trials.
    pub family: Family,
    /// Which image data.
    pub images: Images,
    /// Which exponent.
    pub exponent: Exponent,
    /// Noise over the test error without noise and without a ridge, 0 or more.
    pub noise_ratio: f64,
    /// Training error over test error, between 0 and 1.
    pub fitting_ratio: f64,
    /// Fewest samples of the lines that exponents are read off, at least 1.
    pub least: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            part: Part::Theory,
            sweep: Sweep::Features,
            size: 1_000,
            ridge: 0.0,
            fixed: 256,
            modes: 10_000,
            alpha: 1.5,
            beta: 1.5,
            noise: 0.5,
            trials: 45,
            smallest: 10,
            largest: 10_000,
            points: 31,
            family: Family::Powerlaw,
            images: Images::Cifar10,
            exponent: Exponent::Alpha,
            noise_ratio: 0.0,
            fitting_ratio: 0.5,
            least: 300,
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        let whole = [
            ("fixed", self.fixed, 2, 20_000),
            ("modes", self.modes, 2, 1_000_000),
            ("trials", self.trials, 2, 10_000),
            ("largest", self.largest, 1, 1_000_000),
            ("smallest", self.smallest, 1, self.largest),
            ("points", self.points, 1, 200),
            ("least", self.least, 1, 1_000_000),
        ];
        for (name, value, low, high) in whole {
            if !(low..=high).contains(&value) {
                return Err(wrong(format!("{name} is {value}; it must be {low} to {high}")));
            }
        }
        for (name, value) in [("alpha", self.alpha), ("beta", self.beta)] {
            let sound = value > 1.0 && value <= 10.0;
            if !sound {
                return Err(wrong(format!("{name} is {value}; it must be above 1, and at most 10")));
            }
        }
        for (name, value) in [("ridge", self.ridge), ("noise", self.noise), ("noise-ratio", self.noise_ratio)] {
            let sound = value >= 0.0 && value.is_finite();
            if !sound {
                return Err(wrong(format!("{name} is {value}; it must be 0 or more, and finite")));
            }
        }
        let sound = self.fitting_ratio > 0.0 && self.fitting_ratio < 1.0;
        if !sound {
            return Err(wrong(format!("fitting-ratio is {}; it must be between 0 and 1", self.fitting_ratio)));
        }
        if self.size == 0 && self.sweep == Sweep::Samples {
            return Err(wrong("size is 0, which stands for infinitely many features; give a number of samples".into()));
        }
        // Beyond the grid there is nothing to read; better said before the trials than after.
        if matches!(self.part, Part::Mean | Part::Trial) {
            rows::place(self)?;
        }
        Ok(())
    }

    /// The sizes of a trial: the grid, rising, and for features infinitely many (0) at the end.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let (from, to) = (self.smallest as f64, self.largest as f64);
        let gap = (to / from).ln() / self.points.saturating_sub(1).max(1) as f64;
        // The grid of the authors is rounded down; a millionth keeps whole powers whole.
        let mut sizes: Vec<usize> = (0..self.points).map(|j| (from * (gap * j as f64).exp() + 1e-6) as usize).collect();
        sizes.dedup();
        if self.sweep == Sweep::Features {
            sizes.push(0);
        }
        sizes
    }

    /// The settings of the trial that this row is read off: what does not move a trial is as by default.
    pub(super) fn draw(&self) -> Self {
        let Self { sweep, fixed, modes, alpha, beta, noise, smallest, largest, points, .. } = *self;
        Self { part: Part::Draw, sweep, fixed, modes, alpha, beta, noise, smallest, largest, points, ..Self::default() }
    }

    /// The settings of the mean over trials.
    pub(super) fn pool(&self) -> Self {
        Self { part: Part::Pool, trials: self.trials, ..self.draw() }
    }

    /// Operations, about: those of matrix products count for an eighth, which is how much faster they are than the runner's estimate.
    pub(super) fn flops(&self) -> f64 {
        let (fixed, modes) = (self.fixed as f64, self.modes as f64);
        // Passes over modes take some 12 operations a mode.
        let solve = 12.0 * 12.0 * modes;
        match self.part {
            Part::Draw => {
                let products = if self.sweep == Sweep::Features { 4.0 } else { 2.0 };
                let normals = 20.0 * self.largest as f64 * modes;
                let eigen = 10.0 * self.points as f64 * fixed.powi(3);
                (products * self.largest as f64 * fixed * modes + eigen) / 8.0 + normals + 80.0 * self.points as f64 * solve
            }
            Part::Pool => 1e6 * self.trials as f64,
            Part::Theory | Part::Mean | Part::Trial | Part::Against => 120.0 * solve,
            Part::TheoremOne => 1e4 * solve,
            Part::Law | Part::RealSpectrum => 100.0 * solve,
            Part::TheoryTable => 25_000.0 * solve,
            Part::TrialTable => 1_000.0 * solve,
            Part::Exponent | Part::FittingRatio | Part::NearOptimum => 1e8,
            Part::Eigenvalues => 2e9,
        }
    }
}
