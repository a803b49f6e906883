//! The encoder, with a head that says frames.

use std::sync::Arc;

use nets::layers::attention::Seen;
use nets::layers::{Linear, Sequences};
use nets::{Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::data::{Sound, usual};
use super::lesson::Lesson;
use super::{Settings, Size};
use crate::blocks::log_mel::MELS;
use crate::blocks::sequence_encoder::{self, SequenceEncoder};

/// Sounds that are looked at side by side.
const LOOK: usize = 32;

impl Size {
    /// Width and blocks; there is a head of attention for eight numbers of the width. The width is one for all, so that probes read as many numbers of each.
    pub(super) fn shape(self) -> (usize, usize) {
        match self {
            Self::Small => (32, 1),
            Self::Base => (32, 2),
            Self::Large => (32, 4),
        }
    }
}

/// The encoder's size, for sounds of at most so many frames.
fn size(own: &Settings, length: usize) -> sequence_encoder::Size {
    let (width, layers) = own.size.shape();
    sequence_encoder::Size { ins: MELS, length, width, heads: width / 8, layers }
}

/// Operations of a usual sound passed forward: by the encoder, and by the head.
pub(super) fn flops(own: &Settings) -> (f64, f64) {
    let length = usual(own);
    let (width, _) = own.size.shape();
    (2.0 * size(own, length).multiplications(), 2.0 * (length * width * MELS) as f64)
}

/// The network.
#[derive(Clone, Debug)]
pub(super) struct Net {
    encoder: SequenceEncoder,
    head: Linear,
    causal: bool,
    pub(super) width: usize,
}

impl Net {
    /// Adds its tensors.
    pub(super) fn new(params: &mut Params<f32>, own: &Settings) -> Self {
        let size = size(own, own.frames);
        let encoder = SequenceEncoder::new(params, "encoder", size);
        Self { encoder, head: Linear::new(params, "head", size.width, MELS), causal: own.method.causal(), width: size.width }
    }

    /// What frames of sounds of these lengths see.
    fn sequences(&self, lengths: &[usize]) -> Sequences {
        Sequences::new(lengths, |k, row| Seen { first: if self.causal { row + 1 } else { lengths[k] }, own: false })
    }

    /// Features of every frame.
    fn features(&self, pass: &mut Pass<'_, f32>, frames: &[f32], lengths: &[usize]) -> Var {
        let x = pass.input(frames, frames.len() / MELS, MELS);
        self.encoder.forward(pass, x, &self.sequences(lengths))
    }

    /// The mean absolute error where it counts.
    pub(super) fn loss(&self, pass: &mut Pass<'_, f32>, lesson: &Lesson) -> Var {
        let features = self.features(pass, &lesson.read, &lesson.lengths);
        let said = self.head.forward(pass, features);
        let wanted = pass.input(&lesson.wanted, said.rows, said.cols);
        let gap = pass.sub(said, wanted);
        let errors = pass.map(gap, |v: f32| (v.abs(), if v > 0.0 { 1.0 } else { -1.0 }));
        let marks = pass.input(&lesson.marks, said.rows, said.cols);
        let counted = pass.mul(errors, marks);
        let all = pass.sum(counted);
        let count = lesson.marks.iter().map(|m| f64::from(*m)).sum::<f64>().max(1.0);
        pass.affine(all, count.recip(), 0.0)
    }

    /// The mean feature of every sound.
    pub(super) fn means(&self, pass: &mut Pass<'_, f32>, sounds: &[&Sound]) -> Var {
        let (frames, lengths) = laid_out(sounds);
        let features = self.features(pass, &frames, &lengths);
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |at, length| {
            *at += length;
            Some(*at)
        }));
        let starts: Arc<[usize]> = starts.into();
        nets::layers::pooling::pool(pass, features, &starts, true)
    }

    /// Frozen features of every frame, sound by sound.
    pub(super) fn frozen(&self, training: &mut Training<f32>, sounds: &[&Sound]) -> Vec<Vec<f32>> {
        let mut all = Vec::with_capacity(sounds.len());
        for block in sounds.chunks(LOOK) {
            let (frames, lengths) = laid_out(block);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let features = self.features(pass, &frames, &lengths);
                let mut rest = pass.value(features);
                for length in &lengths {
                    let (own, later) = rest.split_at(length * self.width);
                    all.push(own.to_vec());
                    rest = later;
                }
            });
        }
        all
    }
}

/// The frames of sounds, one after the other, and how many each of them has.
fn laid_out(sounds: &[&Sound]) -> (Vec<f32>, Vec<usize>) {
    let frames = sounds.iter().flat_map(|sound| sound.frames.iter().copied()).collect();
    (frames, sounds.iter().map(|sound| sound.frames.len() / MELS).collect())
}
