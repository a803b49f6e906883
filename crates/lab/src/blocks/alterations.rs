//! Frames that are altered, to be put right by a network: along time, frequency and magnitude (TERA; Liu et al., arXiv 2007.06028, as in `task.py` of
//! s3prl).
//!
//! - *time*: round(0.15 L / 7) blocks of seven frames of L, at least one, which may overlap. In eight of ten sounds they become zeros, in one of ten
//!   other frames of the sound, in one of ten they stay as they are.
//! - *frequency*: a band of 0 to a fifth of the numbers of a frame becomes zeros in all frames.
//! - *magnitude*: in 15 of 100 sounds normal numbers with a standard deviation of 0.2 are added to all.
//!
//! Time and frequency mark what they altered with a 1.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// Frames of a block.
const BLOCK: usize = 7;

/// Share of the frames in blocks.
const SHARE: f64 = 0.15;

/// A band has at most one in so many numbers of a frame.
const WIDEST: usize = 5;

/// How often noise is added, and its standard deviation.
const NOISE: (f64, f64) = (0.15, 0.2);

/// Blocks of frames of one sound.
pub(crate) fn time(original: &[f32], altered: &mut [f32], marks: &mut [f32], dim: usize, rng: &mut Pcg64) {
    let length = original.len() / dim.max(1);
    let block = BLOCK.min(length);
    let count = ((SHARE * length as f64 / BLOCK as f64).round() as usize).max(1);
    let fate = rng.random::<f64>();
    let mut starts: Vec<usize> = (0..=length - block).collect();
    starts.shuffle(rng);
    let at = |start: usize| start * dim..(start + block) * dim;
    for start in starts.into_iter().take(count) {
        // As many draws whatever becomes of them.
        let other = rng.random_range(0..=length - block);
        marks[at(start)].fill(1.0);
        if fate < 0.8 {
            altered[at(start)].fill(0.0);
        } else if fate < 0.9 {
            altered[at(start)].copy_from_slice(&original[at(other)]);
        }
    }
}

/// A band of the numbers of all frames of one sound.
pub(crate) fn frequency(altered: &mut [f32], marks: &mut [f32], dim: usize, rng: &mut Pcg64) {
    let width = rng.random_range(0..=dim / WIDEST);
    let start = rng.random_range(0..=dim - width);
    for (frame, marks) in altered.chunks_exact_mut(dim.max(1)).zip(marks.chunks_exact_mut(dim.max(1))) {
        frame[start..start + width].fill(0.0);
        marks[start..start + width].fill(1.0);
    }
}

/// All numbers of one sound, now and then.
pub(crate) fn magnitude(altered: &mut [f32], rng: &mut Pcg64) {
    if rng.random::<f64>() < NOISE.0 {
        altered.iter_mut().for_each(|v| *v += (NOISE.1 * normal(rng)) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const DIM: usize = 10;

    /// Frames that say their own number.
    fn sound(length: usize) -> Vec<f32> {
        (0..length).flat_map(|k| vec![(k + 1) as f32; DIM]).collect()
    }

    /// What `count` sounds become: altered frames and marks.
    fn many(count: u64, length: usize, of: impl Fn(&[f32], &mut [f32], &mut [f32], &mut Pcg64)) -> Vec<(Vec<f32>, Vec<f32>)> {
        let original = sound(length);
        let one = |seed: u64| {
            let (mut altered, mut marks) = (original.clone(), vec![0.0; original.len()]);
            of(&original, &mut altered, &mut marks, &mut Pcg64::seed_from_u64(seed));
            (altered, marks)
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn blocks_in_time_are_zeros_other_frames_or_themselves() {
        let original = sound(93);
        let found = many(1_000, 93, |from, to, marks, rng| time(from, to, marks, DIM, rng));
        let (mut zeros, mut others, mut same) = (0, 0, 0);
        for (altered, marks) in &found {
            // Two blocks, which may overlap.
            let marked = marks.iter().filter(|m| **m == 1.0).count() / DIM;
            assert!((8..=14).contains(&marked), "{marked}");
            assert!(altered.iter().zip(&original).zip(marks).all(|((a, o), m)| *m == 1.0 || a == o));
            let within: Vec<f32> = altered.iter().zip(marks).filter(|(_, m)| **m == 1.0).map(|(a, _)| *a).collect();
            zeros += usize::from(within.iter().all(|v| *v == 0.0));
            same += usize::from(*altered == original);
            others += usize::from(*altered != original && within.iter().all(|v| *v > 0.0));
        }
        assert_eq!(zeros + others + same, 1_000);
        assert!((760..840).contains(&zeros) && (65..135).contains(&others) && (65..135).contains(&same), "{zeros} {others} {same}");
        // Of a sound that is shorter than a block all of it.
        assert!(many(9, 3, |from, to, marks, rng| time(from, to, marks, DIM, rng)).iter().all(|(_, marks)| marks.iter().all(|m| *m == 1.0)));
    }

    #[test]
    fn a_band_goes_through_all_frames() {
        let found = many(900, 4, |_, to, marks, rng| frequency(to, marks, DIM, rng));
        let mut widths = [0; 3];
        for (altered, marks) in &found {
            let width = marks[..DIM].iter().filter(|m| **m == 1.0).count();
            widths[width] += 1;
            assert!(marks.chunks(DIM).all(|m| m == &marks[..DIM]) && altered.iter().zip(marks).all(|(a, m)| (*a == 0.0) == (*m == 1.0)));
        }
        assert!(widths.iter().all(|count| (240..360).contains(count)), "{widths:?}");
    }

    #[test]
    fn noise_comes_now_and_then() {
        let original = sound(20);
        let found = many(1_000, 20, |_, to, _, rng| magnitude(to, rng));
        let noisy: Vec<&Vec<f32>> = found.iter().map(|(altered, _)| altered).filter(|altered| **altered != original).collect();
        assert!((110..190).contains(&noisy.len()), "{}", noisy.len());
        let square: f64 = noisy.iter().flat_map(|altered| altered.iter().zip(&original).map(|(a, o)| f64::from(a - o).powi(2))).sum();
        assert!((square / (noisy.len() * 200) as f64 - 0.04).abs() < 0.002, "{square}");
    }
}
