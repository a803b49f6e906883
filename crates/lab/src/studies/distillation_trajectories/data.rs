//! Digits of 14 × 14 pixels, or pictures with spots in their place: to learn from, to choose by, and to test on.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::{World, other};
use crate::blocks::digits::{self, Images};
use crate::blocks::resizing::averaged;
use crate::blocks::samples::{Samples, standardise};
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// The side of a picture.
const SIDE: usize = 14;

/// Numbers of a picture.
pub(super) const PIXELS: usize = SIDE * SIDE;

/// Classes.
pub(super) const CLASSES: usize = digits::CLASSES;

/// Streams of pictures of a seed.
const PICTURES: u64 = 2;
const PLACES: u64 = 3;

/// How many pictures are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) learn: usize,
    pub(super) valid: usize,
    pub(super) test: usize,
}

/// Pictures in 64 bits, with their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Digits {
    pub(super) pixels: Vec<f64>,
    pub(super) labels: Vec<u32>,
}

impl Digits {
    /// These of them; what is not there is left out.
    pub(super) fn those(&self, which: &[usize]) -> Self {
        let mut found = Self::default();
        for k in which {
            if let (Some(picture), Some(label)) = (self.pixels.get(k * PIXELS..(k + 1) * PIXELS), self.labels.get(*k)) {
                found.pixels.extend_from_slice(picture);
                found.labels.push(*label);
            }
        }
        found
    }

    /// Which of them are of a class.
    pub(super) fn of_class(&self, class: usize) -> Vec<usize> {
        (0..self.labels.len()).filter(|k| self.labels.get(*k) == Some(&(class as u32))).collect()
    }
}

/// Pictures of a seed, none of which is in two parts: standardised by those to learn from.
///
/// # Errors
/// Files that are absent or damaged, or more pictures than there are.
pub(super) fn draw(world: World, counts: &Counts, seed: u64, files: &dyn Files) -> Result<[Digits; 3], StudyError> {
    let wanted = [counts.learn, counts.valid, counts.test];
    let mut rng = stream(seed, Purpose::Pictures, PICTURES);
    let mut parts = match world {
        World::Made => {
            let mut own = stream(seed, Purpose::Pictures, PLACES);
            let places = std::array::from_fn(|_| std::array::from_fn(|_| std::array::from_fn(|_| 3.0 + 7.0 * own.random::<f64>())));
            wanted.map(|count| spots(&places, count, &mut rng))
        }
        World::Real => {
            let images = Images::read(files)?;
            let all: usize = wanted.iter().sum();
            if images.labels.len() < all {
                return Err(other(format!("{} has {} images; expected {all} or more", digits::DATASET, images.labels.len())));
            }
            let mut order: Vec<usize> = (0..images.labels.len()).collect();
            order.shuffle(&mut rng);
            let mut left = order.into_iter();
            wanted.map(|count| {
                let whole = Samples::picked(&images.pixels, &images.labels, 2 * SIDE, left.by_ref().take(count));
                whole.each(SIDE, |picture, to| averaged(picture, 2 * SIDE, SIDE, to))
            })
        }
    };
    standardise(&mut parts);
    Ok(parts.map(|part| Digits { pixels: part.pixels.iter().map(|v| f64::from(*v)).collect(), labels: part.labels }))
}

/// Spots of a made class.
const SPOTS: usize = 4;

/// So many pictures of ten classes, each of which has spots in places of its own: moved by up to a pixel, brighter or darker, with noise.
fn spots(places: &[[[f64; 2]; SPOTS]; CLASSES], count: usize, rng: &mut Pcg64) -> Samples {
    let mut samples = Samples::new(SIDE);
    let between = |rng: &mut Pcg64, low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    for _ in 0..count {
        let class = rng.random_range(0..CLASSES);
        let (right, down, bright) = (between(rng, -1.0, 1.0), between(rng, -1.0, 1.0), between(rng, 0.7, 1.3));
        for k in 0..PIXELS {
            let (row, column) = ((k / SIDE) as f64, (k % SIDE) as f64);
            let light = |[x, y]: &[f64; 2]| (-((column - x - right).powi(2) + (row - y - down).powi(2)) / 3.4).exp();
            let seen: f64 = places.get(class).map_or(0.0, |own| own.iter().map(light).sum());
            samples.pixels.push((bright * seen + 0.3 * normal(rng)) as f32);
        }
        samples.labels.push(class as u32);
    }
    samples
}
