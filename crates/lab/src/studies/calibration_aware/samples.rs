//! Pictures to learn from, to calibrate on and to test on, and what is done to them.

use rand::seq::SliceRandom;

use super::{Base, World, other};
use crate::blocks::digits::Images;
use crate::blocks::distortions::Distortion;
use crate::blocks::hierarchical_images;
use crate::blocks::pictures::{self, Source};
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// The dataset that is read.
pub(super) const DATASET: &str = crate::blocks::digits::DATASET;

/// The side of a digit.
const SIDE: usize = 28;

/// Copies that a calibrator sees.
pub(super) const COPIES: usize = TRANSFORMS.len();

/// What is done to them.
pub(super) const TRANSFORMS: [Distortion; 3] = [Distortion::Turn(15.0), Distortion::Blur, Distortion::Contrast(0.6)];

/// What is done to the pictures of each test; the first is in distribution.
pub(super) const TESTS: [Option<Distortion>; 4] = [None, Some(Distortion::Turn(-30.0)), Some(Distortion::Noise(0.35)), Some(Distortion::Occlude(0.4))];

/// Pictures and their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Samples {
    pub(super) pixels: Vec<f32>,
    pub(super) labels: Vec<u32>,
}

/// The side of a picture.
pub(super) fn side(world: World) -> usize {
    match world {
        World::Digits => SIDE,
        World::Tree => pictures::SIDE,
    }
}

/// Its pixels.
pub(super) fn pixels(world: World) -> usize {
    side(world) * side(world)
}

/// How many classes there are.
pub(super) fn classes(world: World) -> usize {
    match world {
        World::Digits => 10,
        World::Tree => hierarchical_images::CLASSES,
    }
}

/// What is learnt from, what is calibrated on, and what is tested, of this seed; no picture is in two of them.
pub(super) fn draw(own: &Base, seed: u64, files: &dyn Files) -> Result<[Samples; 3], StudyError> {
    let counts = [own.train, own.calibration, own.test];
    match own.world {
        World::Digits => {
            let images = Images::read(files)?;
            let mut order: Vec<usize> = (0..images.labels.len()).collect();
            order.shuffle(&mut stream(seed, Purpose::Pictures, 0));
            let pixels = pixels(own.world);
            let mut left = order.into_iter();
            let found = counts.map(|count| {
                let mut samples = Samples { pixels: Vec::with_capacity(count * pixels), labels: Vec::with_capacity(count) };
                for k in left.by_ref().take(count) {
                    let image = images.pixels.get(k * pixels..(k + 1) * pixels).unwrap_or_default();
                    samples.pixels.extend(image.iter().map(|v| f32::from(*v) / 255.0));
                    samples.labels.push(u32::from(images.labels[k]));
                }
                samples
            });
            match found.iter().zip(counts).find(|(samples, count)| samples.labels.len() < *count) {
                Some(_) => Err(other(format!("{DATASET} has {} images; expected {} or more", images.labels.len(), counts.iter().sum::<usize>()))),
                None => Ok(found),
            }
        }
        World::Tree => {
            let mut source = Source::new(pictures::World::Tree, seed, files)?;
            let classes: Vec<usize> = (0..classes(own.world)).collect();
            let mut found = [Samples::default(), Samples::default(), Samples::default()];
            for (samples, count) in found.iter_mut().zip(counts) {
                // As many of each class, some left over.
                let drawn = source.take(&classes, count.div_ceil(classes.len()))?;
                *samples = Samples { pixels: drawn.pixels, labels: drawn.labels };
            }
            Ok(found)
        }
    }
}
