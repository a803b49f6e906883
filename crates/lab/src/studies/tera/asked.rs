//! What can be asked of the study.

use serde::{Deserialize, Serialize};

use super::Tera;
use crate::blocks::spoken_digits::TAKES;
use crate::blocks::{positive, within};
use crate::{Study, StudyError};

/// Which sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Spoken digits.
    Fsdd,
    /// Sounds that are made here.
    Made,
    /// The same, and speakers do not differ.
    Alike,
}

/// What features are learned by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Alterations of time, frequency and magnitude: the method of the paper.
    Tera,
    /// Of time.
    T,
    /// Of frequency.
    F,
    /// Of magnitude.
    M,
    /// Of time and frequency.
    Tf,
    /// The third frame to come.
    Apc,
    /// As `tera`, on frames in random order.
    Shuffled,
    /// As `tera`, on noise.
    Noise,
    /// As `tera`, on made sounds.
    Elsewhere,
    /// Nothing: first weights.
    Random,
    /// Nothing: frames.
    LogMel,
    /// Labels alone, for longer.
    Longer,
}

/// How large the encoder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// One block of width 16.
    Small,
    /// Two blocks of width 32.
    Base,
    /// Three blocks of width 48.
    Large,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Which sounds.
    pub world: World,
    /// What features are learned by.
    pub method: Method,
    /// How large the encoder is.
    pub size: Size,
    /// Whether half of the speakers are for pretraining alone, and the others for all else.
    pub transfer: bool,
    /// Made digits, 2 to 100.
    pub digits: usize,
    /// Made speakers, 3 to 100.
    pub speakers: usize,
    /// Takes of each digit and speaker to learn from, at least 1.
    pub train: usize,
    /// Takes to choose by, at least 1.
    pub valid: usize,
    /// Takes to measure on, at least 1.
    pub test: usize,
    /// Takes to learn from whose labels are known, 1 to `train`.
    pub few: usize,
    /// Frames of a sound, at most, 8 to 256: of longer ones the middle.
    pub frames: usize,
    /// Steps of pretraining, at least 1.
    pub steps: usize,
    /// Sounds of such a step, at least 1.
    pub batch: usize,
    /// Peaks of its learning rate, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Steps of the fit, at least 1.
    pub fit_steps: usize,
    /// Sounds of such a step, at least 1.
    pub fit_batch: usize,
    /// Learning rates of the fit, > 0, of which one is chosen for digits and one for speakers; they fall to zero.
    pub fit_rates: Vec<f64>,
    /// Seeds that rates are chosen on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Made,
            method: Method::Tera,
            size: Size::Base,
            transfer: false,
            digits: 10,
            speakers: 6,
            train: 20,
            valid: 5,
            test: 15,
            few: 5,
            frames: 64,
            steps: 500,
            batch: 16,
            rates: vec![5e-4, 1.6e-3, 5e-3, 1.6e-2, 5e-2],
            fit_steps: 60,
            fit_batch: 16,
            fit_rates: vec![3e-4, 9.6e-4, 3e-3, 9.6e-3, 3e-2],
            tuning_seeds: 2,
        }
    }
}

impl Method {
    /// Whether anything is pretrained.
    pub(super) fn pretrained(self) -> bool {
        !matches!(self, Self::Random | Self::LogMel | Self::Longer)
    }

    /// Whether frozen features of it are looked at.
    pub(super) fn probed(self) -> bool {
        self != Self::Longer
    }

    /// Whether it has weights that can learn labels.
    pub(super) fn fitted(self) -> bool {
        self != Self::LogMel
    }

    /// Whether a frame sees none that comes after it.
    pub(super) fn causal(self) -> bool {
        self == Self::Apc
    }
}

impl Settings {
    /// What is out of range, by name.
    pub(super) fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let takes = self.train.saturating_add(self.valid).saturating_add(self.test);
        let most = if self.world == World::Fsdd { TAKES } else { MANY };
        within(
            Tera::NAME,
            &[
                ("digits", self.digits, 2, 100),
                ("speakers", self.speakers, 3, 100),
                ("train", self.train, 1, MANY),
                ("valid", self.valid, 1, MANY),
                ("test", self.test, 1, MANY),
                ("takes of all three kinds", takes, 3, most),
                ("few", self.few, 1, self.train),
                ("frames", self.frames, 8, 256),
                ("steps", self.steps, 1, MANY),
                ("batch", self.batch, 1, 65_536),
                ("rates", self.rates.len(), 1, 100),
                ("fit-steps", self.fit_steps, 1, MANY),
                ("fit-batch", self.fit_batch, 1, 65_536),
                ("fit-rates", self.fit_rates.len(), 1, 100),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        if self.transfer && self.world != World::Fsdd && self.speakers < 6 {
            let what = format!("{}: speakers is {}; with transfer half of them have to be three or more", Tera::NAME, self.speakers);
            return Err(StudyError::Setting(what));
        }
        let all = self.rates.iter().map(|rate| ("rates", *rate)).chain(self.fit_rates.iter().map(|rate| ("fit-rates", *rate)));
        positive(Tera::NAME, &all.collect::<Vec<_>>())
    }
}
