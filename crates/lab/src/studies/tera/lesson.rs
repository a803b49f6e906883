//! What a step of pretraining asks: sounds as they are read, what is wanted, and where.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;

use super::{Method, Settings};
use crate::blocks::alterations::{frequency, magnitude, time};
use crate::blocks::log_mel::MELS;
use crate::blocks::streams::{Purpose, stream};

/// How many frames ahead `apc` predicts.
const AHEAD: usize = 3;

/// The sounds of a step, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lesson {
    /// Frames of each sound.
    pub(super) lengths: Vec<usize>,
    /// What is read.
    pub(super) read: Vec<f32>,
    /// What is wanted.
    pub(super) wanted: Vec<f32>,
    /// 1 where an error counts, else 0.
    pub(super) marks: Vec<f32>,
}

impl Method {
    /// Which of time, frequency and magnitude are altered.
    fn alters(self) -> [bool; 3] {
        match self {
            Self::Tera | Self::Shuffled | Self::Noise | Self::Elsewhere => [true; 3],
            Self::T => [true, false, false],
            Self::F => [false, true, false],
            Self::M => [false, false, true],
            Self::Tf => [true, true, false],
            Self::Apc | Self::Random | Self::LogMel | Self::Longer => [false; 3],
        }
    }
}

/// The sounds of a step. Each kind of alteration has random numbers of its own, so that arms that share one see the same.
pub(super) fn lesson(own: &Settings, pool: &[Vec<f32>], step: u64, seed: u64) -> Lesson {
    let mut made = Lesson::default();
    let mut draws = stream(seed, Purpose::Pretraining, step);
    let mut rngs = [0, 1, 2, 3].map(|k| stream(seed, Purpose::Order, 4 * step + k));
    let [for_time, for_frequency, for_magnitude, for_contents] = &mut rngs;
    let alters = own.method.alters();
    for _ in 0..own.batch {
        let Some(sound) = pool.get(draws.random_range(0..pool.len().max(1))) else { continue };
        let mut frames = sound.clone();
        match own.method {
            Method::Shuffled => {
                let mut order: Vec<usize> = (0..sound.len() / MELS).collect();
                order.shuffle(for_contents);
                frames = order.into_iter().flat_map(|k| sound[k * MELS..(k + 1) * MELS].iter().copied()).collect();
            }
            Method::Noise => frames.iter_mut().for_each(|v| *v = normal(for_contents) as f32),
            _ => {}
        }
        let (mut read, mut marks) = (frames.clone(), vec![0.0; frames.len()]);
        if alters[0] {
            time(&frames, &mut read, &mut marks, MELS, for_time);
        }
        if alters[1] {
            frequency(&mut read, &mut marks, MELS, for_frequency);
        }
        if alters[2] {
            magnitude(&mut read, for_magnitude);
        }
        match own.method {
            // Nothing says where noise is, so that all counts.
            Method::M => marks.fill(1.0),
            Method::Apc => {
                let predicted = frames.len().saturating_sub(AHEAD * MELS);
                marks[..predicted].fill(1.0);
                let ahead = (AHEAD * MELS).min(frames.len());
                frames.rotate_left(ahead);
            }
            _ => {}
        }
        made.lengths.push(frames.len() / MELS);
        made.read.extend(read);
        made.wanted.extend(frames);
        made.marks.extend(marks);
    }
    made
}
