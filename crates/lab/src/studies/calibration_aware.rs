//! Calibration that knows what is right: a correctness-aware loss for calibrators (Liu et al., arXiv 2404.13016).
//!
//! **What the paper claims.** A calibrator that is trained by cross-entropy raises the confidence in the true class, so that a narrow
//! misclassification may become a confident one. A loss that asks for confidence 1 where the answer is right and 0 where it is wrong, with
//! transformed copies of the sample as the calibrator's input, is competitive in distribution and out of it; cross-entropy and mean squared
//! error sometimes deviate from the aim.
//!
//! **What is trained.** A perceptron (256 and 128 ReLUs) learns 500 digits. On 1,000 others a calibrator chooses a temperature T, and 3,000 more are
//! the test: as they are, turned by −30°, with noise, and with a square hidden. Scores z become softmax(z/T), which leaves answers as they are.
//!
//! **Arms**: the calibrator's input, then its loss.
//! - `none`: T = 1. `global-ce`: one T for all, by cross-entropy (temperature scaling).
//! - `own-ce`, `own-ca`: a perceptron of five hidden units sees the four largest probabilities of the sample itself.
//! - `trans-ce`, `trans-ca`, `trans-mse`: it sees the probabilities of those four classes for three transformed copies (turned by 15°, blurred,
//!   with less contrast), twelve numbers in all.
//! - `trans-ca-balanced`: as in the authors' code, where right samples weigh as much as wrong ones are many, and the other way round.
//!
//! Losses: `ce` is cross-entropy with the true class; `ca` is (largest probability − 1 if right else 0)²; `mse` is the squared error of all probabilities.
//!
//! **Controls.** `trans-ce` and `trans-ca` differ in the loss alone, `own-ca` and `trans-ca` in the input alone. Noise and hidden squares are no
//! transforms that a calibrator sees; turns are, with another angle. The learning rate of every arm is chosen from one grid on seeds from 1000 on
//! by the calibration error in distribution. Arms of one seed share network, digits and first weights of calibrators.
//!
//! **Worlds.** `digits` are the 10,000 test images of MNIST, divided anew by each seed; `tree` are pictures made here, which need no data.
//!
//! **Stages.** A network for each seed, which hands over its scores; then an arm. **Sources.** Losses, inputs and sizes: the authors' code
//! (liuyvchi/Correctness-aware-calibration), as notes of ours read it, and the abstract; what differs stands in the deviations of
//! `experiments/calibration-aware`.

mod calibrator;
mod network;
mod outcome;
mod samples;
mod scores;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{Stages, TUNING, positive, tuned, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct CalibrationAware;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Handwritten digits.
    Digits,
    /// Made here.
    Tree,
}

/// What a calibrator sees, and what it is trained by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Calibrator {
    /// There is none.
    None,
    /// Nothing; cross-entropy.
    GlobalCe,
    /// The sample itself; cross-entropy.
    OwnCe,
    /// The sample itself; the correctness-aware loss.
    OwnCa,
    /// Transformed copies; cross-entropy.
    TransCe,
    /// Transformed copies; the correctness-aware loss.
    TransCa,
    /// The same, right and wrong samples balanced.
    TransCaBalanced,
    /// Transformed copies; the squared error of all probabilities.
    TransMse,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// The calibrator.
    pub calibrator: Calibrator,
    /// Pictures that the network learns from, at least 10.
    pub train: usize,
    /// Pictures that calibrators learn from, at least 10.
    pub calibration: usize,
    /// Pictures of a test, at least 10.
    pub test: usize,
    /// Width of the network's first hidden layer, 4 to 4,096; the second has half of it.
    pub width: usize,
    /// Steps of the network, at least 1.
    pub steps: usize,
    /// Pictures in a step, at least 1.
    pub batch: usize,
    /// Learning rate of the network, > 0.
    pub rate: f64,
    /// Steps of a calibrator, each on all pictures it has, at least 1.
    pub calibrator_steps: usize,
    /// Learning rates of calibrators, > 0, of which one is chosen; a single one is taken as it is.
    pub rates: Vec<f64>,
    /// Seeds that the learning rate is chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Digits,
            calibrator: Calibrator::None,
            train: 500,
            calibration: 1_000,
            test: 3_000,
            width: 256,
            steps: 300,
            batch: 50,
            rate: 1e-3,
            calibrator_steps: 500,
            rates: vec![3e-3, 1e-2, 3e-2],
            tuning_seeds: 2,
        }
    }
}

/// A network and its scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Base {
    world: World,
    train: usize,
    calibration: usize,
    test: usize,
    width: usize,
    steps: usize,
    batch: usize,
    rate: f64,
}

/// A calibrator. It needs the network, and then the stages that its rate is chosen by: as many for each rate, one rate after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Calibration {
    calibrator: Calibrator,
    steps: usize,
    rates: Vec<f64>,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
enum Piece {
    Base(Base),
    Calibration(Calibration),
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let counts = [
            ("train", self.train, 10, 10_000),
            ("calibration", self.calibration, 10, 10_000),
            ("test", self.test, 10, 10_000),
            ("width", self.width, 4, 4_096),
            ("steps", self.steps, 1, 1_000_000),
            ("batch", self.batch, 1, 65_536),
            ("calibrator-steps", self.calibrator_steps, 1, 1_000_000),
            ("rates", self.rates.len(), 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(CalibrationAware::NAME, &counts)?;
        let numbers: Vec<(&str, f64)> = std::iter::once(("rate", self.rate)).chain(self.rates.iter().map(|v| ("rates", *v))).collect();
        positive(CalibrationAware::NAME, &numbers)?;
        let all = self.train + self.calibration + self.test;
        if self.world == World::Digits && all > 10_000 {
            return Err(StudyError::Setting(format!("calibration-aware: train, calibration and test are {all} together; there are 10,000 images")));
        }
        Ok(())
    }

    /// The network of a seed, as a stage of this arm.
    fn base(&self, arm: &Arm, seed: u64) -> Result<Stage, StudyError> {
        let Self { world, train, calibration, test, width, steps, batch, rate, .. } = *self;
        let piece = Piece::Base(Base { world, train, calibration, test, width, steps, batch, rate });
        let weights = (width * (samples::pixels(world) + width / 2) + width / 2 * samples::classes(world)) as f64;
        let looked_at = ((samples::COPIES + 1) * (calibration + samples::TESTS.len() * test)) as f64;
        let mut stage = Stage::of(arm, seed, &piece, weights * (6.0 * (steps * batch) as f64 + 2.0 * looked_at))?.in_networks();
        stage.id = format!("{}/network/seed={seed}", arm.name);
        Ok(if world == World::Digits { stage.reading(samples::DATASET) } else { stage })
    }

    /// A calibrator of a seed, which may choose among these rates.
    fn calibrate(&self, arm: &Arm, seed: u64, rates: &[f64], needs: Vec<usize>) -> Result<Stage, StudyError> {
        let piece = Piece::Calibration(Calibration { calibrator: self.calibrator, steps: self.calibrator_steps, rates: rates.to_vec() });
        // A hundred weights or so, and as much again for the probabilities.
        let flops = 6.0 * 200.0 * (self.calibrator_steps * self.calibration) as f64;
        Ok(Stage { needs, ..Stage::of(arm, seed, &piece, flops)? })
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("calibration-aware: {what}"))
}

impl Study for CalibrationAware {
    const NAME: &'static str = "calibration-aware";
    const TITLE: &'static str = "Calibrators of a small classifier of digits: correctness-aware loss and cross-entropy, with copies and without";
    const CITE: &'static str = "liu2024optimizing";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &outcome::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &outcome::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut stages = Stages::default();
        for (arm, own) in tuned(Self::NAME, "learning rates", settings, arms, &seeds, Settings::check)? {
            let rates: &[f64] = if own.calibrator == Calibrator::None { &[] } else { &own.rates };
            let mut chosen_by = Vec::new();
            for rate in rates.iter().filter(|_| rates.len() > 1) {
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let base = stages.add(own.base(arm, seed)?);
                    let mut stage = own.calibrate(arm, seed, &[*rate], vec![base])?;
                    stage.id = format!("{}/rate={rate}/seed={seed}", arm.name);
                    chosen_by.push(stages.add(stage));
                }
            }
            for seed in seeds.clone() {
                let mut needs = vec![stages.add(own.base(arm, seed)?)];
                needs.extend(&chosen_by);
                stages.add(own.calibrate(arm, seed, rates, needs)?);
            }
        }
        Ok(stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<Piece>(&stage.settings)? {
            Piece::Base(own) => network::run(&own, context),
            Piece::Calibration(own) => calibrator::run(&own, needs, context),
        }
    }
}
