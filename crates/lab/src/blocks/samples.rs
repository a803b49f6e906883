//! Square grey pictures of one size with their classes, as studies hand them about: standardised, and drawn for a step.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Pictures and their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Samples {
    /// Numbers, picture by picture and row by row.
    pub(crate) pixels: Vec<f32>,
    /// The class of each.
    pub(crate) labels: Vec<u32>,
    /// The side of each.
    pub(crate) side: usize,
}

impl Samples {
    /// None yet, of this side.
    pub(crate) fn new(side: usize) -> Self {
        Self { pixels: Vec::new(), labels: Vec::new(), side }
    }

    /// These pictures of bytes, as numbers from 0 to 1; what is not there is left out.
    pub(crate) fn picked(pixels: &[u8], labels: &[u8], side: usize, which: impl Iterator<Item = usize>) -> Self {
        let (mut samples, each) = (Self::new(side), side * side);
        for k in which {
            if let (Some(picture), Some(label)) = (pixels.get(k * each..(k + 1) * each), labels.get(k)) {
                samples.pixels.extend(picture.iter().map(|v| f32::from(*v) / 255.0));
                samples.labels.push(u32::from(*label));
            }
        }
        samples
    }

    /// These pictures of them; what is not there is left out.
    pub(crate) fn those(&self, which: impl Iterator<Item = usize>) -> Self {
        let (mut found, each) = (Self::new(self.side), self.side * self.side);
        for k in which {
            if let (Some(picture), Some(label)) = (self.pixels.get(k * each..(k + 1) * each), self.labels.get(k)) {
                found.pixels.extend_from_slice(picture);
                found.labels.push(*label);
            }
        }
        found
    }

    /// The same pictures, `f` done to each of them, which gives pictures of this side.
    pub(crate) fn each(&self, side: usize, mut f: impl FnMut(&[f32], &mut Vec<f32>)) -> Self {
        let mut pixels = Vec::with_capacity(self.labels.len() * side * side);
        self.pixels.chunks_exact((self.side * self.side).max(1)).for_each(|picture| f(picture, &mut pixels));
        Self { pixels, labels: self.labels.clone(), side }
    }
}

/// Mean and standard deviation of all numbers of some pictures.
pub(crate) fn moments(samples: &Samples) -> (f64, f64) {
    let n = samples.pixels.len().max(1) as f64;
    let mean = samples.pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let square = samples.pixels.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, square.sqrt().max(1e-6))
}

/// Takes a number off all numbers, and divides them by another one.
pub(crate) fn rescale(pixels: &mut [f32], (mean, deviation): (f64, f64)) {
    pixels.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) / deviation) as f32);
}

/// Moves and stretches all numbers so that those of the first part have mean 0 and standard deviation 1.
pub(crate) fn standardise(parts: &mut [Samples; 3]) {
    let first = moments(&parts[0]);
    parts.iter_mut().for_each(|part| rescale(&mut part.pixels, first));
}

/// The pictures of a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    /// Numbers, picture by picture.
    pub(crate) pixels: Vec<f32>,
    /// Their classes.
    pub(crate) labels: Vec<u32>,
}

impl Batch {
    /// Draws so many pictures, which may be the same; of none it is empty.
    pub(crate) fn draw(&mut self, samples: &Samples, count: usize, rng: &mut Pcg64) {
        self.pixels.clear();
        self.labels.clear();
        let (n, each) = (samples.labels.len(), samples.side * samples.side);
        let count = if n == 0 { 0 } else { count };
        for _ in 0..count {
            let at = rng.random_range(0..n);
            self.pixels.extend_from_slice(&samples.pixels[at * each..(at + 1) * each]);
            self.labels.push(samples.labels[at]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn pictures_are_picked_and_standardised() {
        let picked = Samples::picked(&[0, 255, 51, 102, 1, 2, 3, 4], &[3, 7], 2, [1, 0, 9].into_iter());
        assert_eq!((picked.labels.clone(), picked.side, picked.pixels.len()), (vec![7, 3], 2, 8));
        assert!((picked.pixels[6] - 0.2).abs() < 1e-6 && picked.pixels[5] == 1.0);
        let mut parts = [picked.clone(), picked.clone(), Samples { pixels: vec![moments(&picked).0 as f32; 4], labels: vec![0], side: 2 }];
        standardise(&mut parts);
        let (mean, deviation) = moments(&parts[0]);
        assert!(mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-5, "{mean} {deviation}");
        assert!(parts[0] == parts[1] && parts[2].pixels.iter().all(|v| v.abs() < 1e-5));
        let sums = picked.each(1, |picture, to| to.push(picture.iter().sum::<f32>()));
        assert_eq!((sums.side, sums.labels, sums.pixels.len()), (1, vec![7, 3], 2));
    }

    #[test]
    fn steps_see_pictures_with_their_classes() {
        let samples = Samples { pixels: (0..8).map(|k| k as f32).collect(), labels: vec![5, 6], side: 2 };
        let mut batch = Batch::default();
        batch.draw(&samples, 30, &mut Pcg64::seed_from_u64(1));
        assert_eq!((batch.labels.len(), batch.pixels.len()), (30, 120));
        assert!(batch.pixels.chunks_exact(4).zip(&batch.labels).all(|(picture, label)| picture[0] == if *label == 5 { 0.0 } else { 4.0 }));
        assert!(batch.labels.contains(&5) && batch.labels.contains(&6));
        batch.draw(&Samples::new(2), 30, &mut Pcg64::seed_from_u64(1));
        assert!(batch.labels.is_empty() && batch.pixels.is_empty());
    }
}
