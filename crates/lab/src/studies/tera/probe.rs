//! What frozen features know: digits of a speaker who was left out, and speakers.

use super::data::{Data, Part, Sound};
use super::other;
use crate::StudyError;
use crate::blocks::probes::{accuracy, chosen_ridge, largest};

/// Of the frames that a probe learns from, one in so many is used.
const STRIDE: usize = 3;

/// Frozen features of all sounds of a data set, in their order.
pub(super) struct Features {
    /// Of every sound, frame by frame.
    pub(super) frames: Vec<Vec<f32>>,
    /// Numbers of a frame.
    pub(super) dim: usize,
}

/// Shares of right answers on takes to measure on, and to choose by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marks {
    pub(super) test: f64,
    pub(super) valid: f64,
}

/// What is asked of a sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Digit,
    Speaker,
}

impl Asked {
    /// The right answer.
    pub(super) fn of(self, sound: &Sound) -> u32 {
        match self {
            Self::Digit => sound.digit,
            Self::Speaker => sound.speaker,
        }
    }

    /// How many answers there are.
    pub(super) fn classes(self, data: &Data) -> usize {
        match self {
            Self::Digit => data.digits,
            Self::Speaker => data.speakers,
        }
    }
}

/// Means of features over the three thirds of a sound.
pub(super) fn thirds(frames: &[f32], dim: usize) -> Vec<f32> {
    let count = frames.len() / dim.max(1);
    let mut all = vec![0.0; 3 * dim];
    for (k, mean) in all.chunks_exact_mut(dim.max(1)).enumerate() {
        // Of a sound of one or two frames a third is a frame.
        let from = (k * count / 3).min(count.saturating_sub(1));
        let to = ((k + 1) * count / 3).max(from + 1).min(count);
        for frame in frames[from * dim..to.max(from) * dim].chunks_exact(dim.max(1)) {
            mean.iter_mut().zip(frame).for_each(|(m, v)| *m += v / (to - from) as f32);
        }
    }
    all
}

/// Rows to learn from or to be asked about, with their answers.
#[derive(Default)]
struct Rows {
    features: Vec<f32>,
    labels: Vec<u32>,
}

impl Features {
    /// Sounds of a part that pass, each as one row.
    fn sounds(&self, data: &Data, asked: Asked, part: Part, passes: &dyn Fn(&Sound) -> bool) -> Rows {
        let mut rows = Rows::default();
        for (sound, frames) in data.sounds.iter().zip(&self.frames).filter(|(sound, _)| sound.part == part && passes(sound)) {
            rows.features.extend(thirds(frames, self.dim));
            rows.labels.push(asked.of(sound));
        }
        rows
    }

    /// The same, one in so many frames a row.
    fn frames(&self, data: &Data, asked: Asked, part: Part, passes: &dyn Fn(&Sound) -> bool) -> Rows {
        let mut rows = Rows::default();
        for (sound, frames) in data.sounds.iter().zip(&self.frames).filter(|(sound, _)| sound.part == part && passes(sound)) {
            for frame in frames.chunks_exact(self.dim.max(1)).step_by(STRIDE) {
                rows.features.extend_from_slice(frame);
                rows.labels.push(asked.of(sound));
            }
        }
        rows
    }

    /// A probe that learns from known takes of those who pass `learned`, and is asked about those who pass `left`.
    fn one(&self, data: &Data, asked: Asked, learned: &dyn Fn(&Sound) -> bool, left: &dyn Fn(&Sound) -> bool) -> Result<Marks, StudyError> {
        let of = |part: Part, who: &dyn Fn(&Sound) -> bool| self.sounds(data, asked, part, who);
        let (known, valid, test) = (of(Part::Known, learned), of(Part::Valid, learned), of(Part::Test, left));
        let (known, held) = ((known.features.as_slice(), known.labels.as_slice()), (valid.features.as_slice(), valid.labels.as_slice()));
        let (ridge, valid) = chosen_ridge(known, held, asked.classes(data), 3 * self.dim)?;
        Ok(Marks { test: accuracy(&ridge.classes(&test.features), &test.labels), valid })
    }

    /// The same frame by frame: the answer for a sound is that of most of its frames.
    fn voted(&self, data: &Data, asked: Asked, learned: &dyn Fn(&Sound) -> bool, left: &dyn Fn(&Sound) -> bool) -> Result<f64, StudyError> {
        let of = |part: Part| self.frames(data, asked, part, learned);
        let (known, valid) = (of(Part::Known), of(Part::Valid));
        let (known, held) = ((known.features.as_slice(), known.labels.as_slice()), (valid.features.as_slice(), valid.labels.as_slice()));
        let classes = asked.classes(data);
        let (ridge, _) = chosen_ridge(known, held, classes, self.dim)?;
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for (sound, frames) in data.sounds.iter().zip(&self.frames).filter(|(sound, _)| sound.part == Part::Test && left(sound)) {
            let mut votes = vec![0.0; classes];
            for class in ridge.classes(frames) {
                if let Some(count) = votes.get_mut(class as usize) {
                    *count += 1.0;
                }
            }
            found.push(largest(votes.into_iter()));
            wanted.push(asked.of(sound));
        }
        Ok(accuracy(&found, &wanted))
    }

    /// Digits, each speaker left out in turn: the mean over speakers.
    pub(super) fn digits(&self, data: &Data) -> Result<Marks, StudyError> {
        let mut sum = Marks { test: 0.0, valid: 0.0 };
        for speaker in 0..data.speakers as u32 {
            let found = self.one(data, Asked::Digit, &|sound| sound.speaker != speaker, &|sound| sound.speaker == speaker)?;
            sum.test += found.test / data.speakers as f64;
            sum.valid += found.valid / data.speakers as f64;
        }
        Ok(sum)
    }

    /// Speakers.
    pub(super) fn speakers(&self, data: &Data) -> Result<Marks, StudyError> {
        self.one(data, Asked::Speaker, &|_| true, &|_| true)
    }

    /// Digits and speakers frame by frame.
    pub(super) fn by_frames(&self, data: &Data) -> Result<(f64, f64), StudyError> {
        let mut digits = 0.0;
        for speaker in 0..data.speakers as u32 {
            let found = self.voted(data, Asked::Digit, &|sound| sound.speaker != speaker, &|sound| sound.speaker == speaker)?;
            digits += found / data.speakers as f64;
        }
        Ok((digits, self.voted(data, Asked::Speaker, &|_| true, &|_| true)?))
    }

    /// What pretraining is chosen by: the mean of digits and speakers among takes to choose by.
    ///
    /// # Errors
    /// As those of probes.
    pub(super) fn valid(&self, data: &Data) -> Result<f64, StudyError> {
        if self.frames.len() != data.sounds.len() {
            return Err(other("features are those of other sounds"));
        }
        Ok(0.5 * (self.digits(data)?.valid + self.speakers(data)?.valid))
    }
}
