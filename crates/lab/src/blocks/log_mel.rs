//! From sound to frames of log-mel numbers: what a network reads of speech.
//!
//! A frame is a window of 25 ms, every 10 ms, at 8,000 samples a second: 200 samples under a Hann window. Its spectrum is taken at 129 frequencies
//! (as a Fourier transform of 256 samples has them, here a product with sines and cosines), and its power is summed up under 40 triangles that are
//! equally wide in mel, m(f) = 2595 log₁₀(1 + f/700), from 20 to 4,000 Hz. A frame is the logarithms of these sums.

use std::f64::consts::PI;

use nets::product::{Mat, matmul};

/// Samples a second.
pub(crate) const RATE: usize = 8_000;

/// Numbers of a frame.
pub(crate) const MELS: usize = 40;

/// Samples of a window.
pub(crate) const WINDOW: usize = 200;

/// Samples from one window to the next.
pub(crate) const HOP: usize = 80;

/// Samples of the transform that the frequencies are those of.
const TRANSFORM: usize = 256;

/// Frequencies.
const BINS: usize = TRANSFORM / 2 + 1;

/// The lowest frequency that is heard.
const LOWEST: f64 = 20.0;

/// What is added to a power, so that silence has a logarithm.
const FLOOR: f32 = 1e-6;

/// Frames that are computed at once.
const BLOCK: usize = 512;

/// Operations of a frame.
pub(crate) const OPERATIONS: f64 = 2.0 * (WINDOW * 2 * BINS + BINS * MELS) as f64;

/// What makes frames.
pub(crate) struct LogMel {
    /// WINDOW × 2 BINS: cosines, then sines, under the window.
    waves: Vec<f32>,
    /// BINS × MELS.
    triangles: Vec<f32>,
}

fn mel(frequency: f64) -> f64 {
    2595.0 * (1.0 + frequency / 700.0).log10()
}

/// The frequency at which the k-th triangle begins; the next two are those of its top and its end.
fn border(k: usize) -> f64 {
    let (low, high) = (mel(LOWEST), mel(RATE as f64 / 2.0));
    let at = low + (high - low) * k as f64 / (MELS + 1) as f64;
    700.0 * (10f64.powf(at / 2595.0) - 1.0)
}

impl LogMel {
    pub(crate) fn new() -> Self {
        let mut waves = vec![0.0; WINDOW * 2 * BINS];
        for (n, row) in waves.chunks_exact_mut(2 * BINS).enumerate() {
            let window = 0.5 - 0.5 * (2.0 * PI * n as f64 / WINDOW as f64).cos();
            let (cosines, sines) = row.split_at_mut(BINS);
            for (k, (cosine, sine)) in cosines.iter_mut().zip(sines).enumerate() {
                let angle = 2.0 * PI * (k * n) as f64 / TRANSFORM as f64;
                (*cosine, *sine) = ((window * angle.cos()) as f32, (window * angle.sin()) as f32);
            }
        }
        let mut triangles = vec![0.0; BINS * MELS];
        for (bin, row) in triangles.chunks_exact_mut(MELS).enumerate() {
            let frequency = (bin * RATE) as f64 / TRANSFORM as f64;
            for (k, weight) in row.iter_mut().enumerate() {
                let (begin, top, end) = (border(k), border(k + 1), border(k + 2));
                let (up, down) = ((frequency - begin) / (top - begin), (end - frequency) / (end - top));
                *weight = up.min(down).max(0.0) as f32;
            }
        }
        Self { waves, triangles }
    }

    /// The frames of a sound, one after the other; of one that is shorter than a window, one frame. Of more than `most` frames those in the middle.
    pub(crate) fn frames(&self, sound: &[f32], most: usize) -> Vec<f32> {
        let all = sound.len().saturating_sub(WINDOW) / HOP + 1;
        let count = all.min(most.max(1));
        let first = (all - count) / 2;
        let mut windows = vec![0.0_f32; count * WINDOW];
        for (k, window) in windows.chunks_exact_mut(WINDOW).enumerate() {
            let from = sound.get((first + k) * HOP..).unwrap_or_default();
            window.iter_mut().zip(from).for_each(|(to, sample)| *to = *sample);
        }
        let mut frames = Vec::with_capacity(count * MELS);
        for block in windows.chunks(BLOCK * WINDOW) {
            frames.extend(self.bands(block));
        }
        frames
    }

    /// Logarithms of the powers of windows.
    fn bands(&self, windows: &[f32]) -> Vec<f32> {
        let rows = windows.len() / WINDOW;
        let mut spectrum = vec![0.0_f32; rows * 2 * BINS];
        matmul(&mut spectrum, 2 * BINS, false, Mat::new(windows, rows, WINDOW), Mat::new(&self.waves, WINDOW, 2 * BINS), 1.0);
        let mut powers = Vec::with_capacity(rows * BINS);
        for row in spectrum.chunks_exact(2 * BINS) {
            let (cosines, sines) = row.split_at(BINS);
            powers.extend(cosines.iter().zip(sines).map(|(c, s)| c * c + s * s));
        }
        let mut bands = vec![0.0_f32; rows * MELS];
        matmul(&mut bands, MELS, false, Mat::new(&powers, rows, BINS), Mat::new(&self.triangles, BINS, MELS), 1.0);
        bands.iter_mut().for_each(|power| *power = (*power + FLOOR).ln());
        bands
    }
}

/// Gives every number of a frame mean 0 and standard deviation 1 over the frames of one sound; a number that never changes becomes 0.
pub(crate) fn normalise(frames: &mut [f32]) {
    let count = (frames.len() / MELS).max(1) as f64;
    for band in 0..MELS {
        let mean = frames.iter().skip(band).step_by(MELS).map(|v| f64::from(*v)).sum::<f64>() / count;
        let square = frames.iter().skip(band).step_by(MELS).map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
        let scale = if square > 1e-8 { square.sqrt().recip() } else { 0.0 };
        frames.iter_mut().skip(band).step_by(MELS).for_each(|v| *v = ((f64::from(*v) - mean) * scale) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frequency: f64, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (2.0 * PI * frequency * n as f64 / RATE as f64).sin() as f32).collect()
    }

    #[test]
    fn a_tone_is_loudest_in_its_own_band() {
        let maker = LogMel::new();
        for band in [8, 20, 33] {
            let frames = maker.frames(&tone(border(band + 1), 1_000), 100);
            assert_eq!(frames.len(), 11 * MELS);
            for frame in frames.chunks_exact(MELS) {
                let loudest = (0..MELS).max_by(|a, b| frame[*a].total_cmp(&frame[*b])).unwrap();
                assert_eq!(loudest, band, "{frame:?}");
            }
        }
    }

    #[test]
    fn powers_are_those_of_the_definition() {
        // Twice as loud is four times the power, and silence has the least there is.
        let maker = LogMel::new();
        let (one, two) = (tone(440.0, 400), tone(440.0, 400).iter().map(|v| 2.0 * v).collect::<Vec<f32>>());
        let (one, two) = (maker.frames(&one, 9), maker.frames(&two, 9));
        let loud = one.iter().zip(&two).filter(|(a, _)| **a > 0.0);
        assert!(loud.clone().count() > 5 && loud.clone().all(|(a, b)| (b - a - 4.0_f32.ln()).abs() < 1e-4));
        assert!(maker.frames(&[], 9).iter().all(|v| (v - FLOOR.ln()).abs() < 1e-6));
        // By force: the band of 440 Hz of the first window.
        let window: Vec<f64> = tone(440.0, WINDOW).iter().enumerate().map(|(n, v)| f64::from(*v) * (PI * n as f64 / WINDOW as f64).sin().powi(2)).collect();
        let power = |bin: usize| {
            let angle = |n: usize| 2.0 * PI * (bin * n) as f64 / TRANSFORM as f64;
            let sum = |of: &dyn Fn(f64) -> f64| window.iter().enumerate().map(|(n, v)| v * of(angle(n))).sum::<f64>();
            sum(&f64::cos).powi(2) + sum(&f64::sin).powi(2)
        };
        let band = (0..MELS).find(|k| border(k + 2) > 440.0).unwrap();
        let weight = |bin: usize| {
            let f = (bin * RATE) as f64 / TRANSFORM as f64;
            ((f - border(band)) / (border(band + 1) - border(band))).min((border(band + 2) - f) / (border(band + 2) - border(band + 1))).max(0.0)
        };
        let wanted = (0..BINS).map(|bin| weight(bin) * power(bin)).sum::<f64>().ln();
        assert!((f64::from(one[band]) - wanted).abs() < 1e-3, "{} {wanted}", one[band]);
    }

    #[test]
    fn long_sounds_are_cut_around_their_middle_and_numbers_are_normalised() {
        let maker = LogMel::new();
        let mut sound = tone(300.0, 4_000);
        sound.extend(tone(2_000.0, 4_000));
        let (all, some) = (maker.frames(&sound, 1_000), maker.frames(&sound, 10));
        assert_eq!((all.len(), some.len()), (98 * MELS, 10 * MELS));
        assert!(some.iter().zip(&all[44 * MELS..]).all(|(a, b)| (a - b).abs() < 1e-4));
        let mut frames = all.clone();
        normalise(&mut frames);
        for band in 0..MELS {
            let column: Vec<f64> = frames.iter().skip(band).step_by(MELS).map(|v| f64::from(*v)).collect();
            let mean = column.iter().sum::<f64>() / 98.0;
            let square = column.iter().map(|v| v * v).sum::<f64>() / 98.0;
            assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4, "{band}: {mean} {square}");
        }
        let mut still = vec![3.0; 5 * MELS];
        normalise(&mut still);
        assert!(still.iter().all(|v| *v == 0.0));
    }

    #[test]
    fn operations_are_those_of_the_products() {
        let (maker, before) = (LogMel::new(), nets::product::operations());
        maker.frames(&tone(300.0, 1_000), 100);
        assert_eq!((nets::product::operations() - before) as f64, 11.0 * OPERATIONS);
    }
}
