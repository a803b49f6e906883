//! Series of several channels, cut in parts, and where the windows of a training come from.

use std::ops::Range;

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::plan::Mixture;
use super::{Settings, World};
use crate::blocks::ett;
use crate::blocks::series::FAMILIES;
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// Channels of series that are made here.
const CHANNELS: usize = 7;

/// Hours of a day, and of a week.
const DAY: f64 = 24.0;
const WEEK: f64 = 168.0;

/// A full turn.
const TURN: f64 = std::f64::consts::TAU;

/// Series of several channels, hour by hour.
pub(super) struct Channels(pub(super) Vec<Vec<f32>>);

impl Channels {
    /// Standardised by mean and standard deviation of the first `train` hours.
    ///
    /// # Errors
    /// Series that are shorter than that.
    fn standardised(columns: &[Vec<f64>], train: usize, hours: usize) -> Result<Self, StudyError> {
        let one = |column: &Vec<f64>| -> Result<Vec<f32>, StudyError> {
            let known = column.get(..train).filter(|_| column.len() >= hours);
            let known = known.ok_or_else(|| super::other(format!("a series has {} hours, where {hours} are asked for", column.len())))?;
            let size = train.max(1) as f64;
            let mean = known.iter().sum::<f64>() / size;
            let deviation = (known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / size).sqrt().max(1e-9);
            Ok(column.iter().map(|v| ((v - mean) / deviation) as f32).collect())
        };
        columns.iter().map(one).collect::<Result<_, StudyError>>().map(Self)
    }

    /// Hours of a channel.
    pub(super) fn span(&self, channel: usize, hours: Range<usize>) -> &[f32] {
        self.0.get(channel).and_then(|values| values.get(hours)).unwrap_or_default()
    }

    /// Appends a window of a random channel, that lies within the first `known` hours.
    fn draw(&self, rng: &mut Pcg64, known: usize, length: usize, to: &mut Vec<f32>) {
        let (channel, first) = (rng.random_range(0..self.0.len().max(1)), rng.random_range(0..=known.saturating_sub(length)));
        to.extend_from_slice(self.span(channel, first..first + length));
    }
}

/// Made channels: a day and a week of each, and what is left of the hour before.
fn made(mut rng: Pcg64, hours: usize) -> Vec<Vec<f64>> {
    let channel = |_| {
        let (day, week) = (rng.random::<f64>() * TURN, rng.random::<f64>() * TURN);
        let mut last = 0.0;
        let hour = |t: usize| {
            last = 0.9 * last + 0.25 * normal(&mut rng);
            (TURN * t as f64 / DAY + day).sin() + 0.5 * (TURN * t as f64 / WEEK + week).sin() + last
        };
        (0..hours).map(hour).collect()
    };
    (0..CHANNELS).map(channel).collect()
}

/// What a network is pretrained on.
pub(super) struct Source {
    real: Option<Channels>,
    known: usize,
    mixture: Mixture,
}

impl Source {
    /// # Errors
    /// Files that are absent or damaged.
    pub(super) fn new(mixture: Mixture, made_here: bool, train: usize, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let real = match (mixture, made_here) {
            (Mixture::Synthetic, _) => None,
            (_, true) => Some(Channels::standardised(&made(stream(seed, Purpose::Pictures, 0), train), train, train)?),
            (_, false) => Some(Channels::standardised(&ett::read(files, "ETTh2")?, train, train)?),
        };
        Ok(Self { real, known: train, mixture })
    }

    /// Fills a batch with windows: each is real or made, by half, but where the mixture is of one kind.
    pub(super) fn draw(&self, rng: &mut Pcg64, windows: usize, length: usize, to: &mut Vec<f32>) {
        to.clear();
        for _ in 0..windows {
            // The same draws whatever the mixture, so that windows that mixtures have in common are the same.
            let (choice, seeds) = (rng.random::<f64>() < 0.5, [rng.random::<u64>(), rng.random::<u64>(), rng.random::<u64>()]);
            let from = to.len();
            let from_real = match self.mixture {
                Mixture::Real => true,
                Mixture::Synthetic => false,
                Mixture::Mixed | Mixture::Shuffled => choice,
            };
            let [mut of_real, mut of_made, mut of_order] = seeds.map(|seed| stream(seed, Purpose::Pictures, 1));
            match &self.real {
                Some(real) if from_real => real.draw(&mut of_real, self.known, length, to),
                _ => FAMILIES[of_made.random_range(0..FAMILIES.len())].draw(&mut of_made, length, to),
            }
            if self.mixture == Mixture::Shuffled {
                to[from..].shuffle(&mut of_order);
            }
        }
    }
}

/// What is to be forecast.
pub(super) struct Target {
    pub(super) channels: Channels,
    /// The first hours of forecasts for validation, and for testing.
    pub(super) valid: Range<usize>,
    pub(super) test: Range<usize>,
    /// How many hours are learned from.
    pub(super) known: usize,
}

impl Target {
    /// # Errors
    /// Files that are absent or damaged.
    pub(super) fn new(own: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let (border, hours) = (own.train + own.valid, own.train + own.valid + own.test);
        let columns = match own.world {
            World::Ett => ett::read(files, "ETTh1")?,
            World::Made => made(stream(seed, Purpose::Deal, 0), hours),
            World::Noise => {
                let mut rng = stream(seed, Purpose::Deal, 0);
                (0..CHANNELS).map(|_| (0..hours).map(|_| normal(&mut rng)).collect()).collect()
            }
        };
        let channels = Channels::standardised(&columns, own.train, hours)?;
        let begins = |from: usize, to: usize| from..to - own.horizon + 1;
        Ok(Self { channels, valid: begins(own.train, border), test: begins(border, hours), known: own.known() })
    }

    /// Fills a batch with windows of what is learned from.
    pub(super) fn draw(&self, rng: &mut Pcg64, windows: usize, length: usize, to: &mut Vec<f32>) {
        to.clear();
        (0..windows).for_each(|_| self.channels.draw(rng, self.known, length, to));
    }
}
