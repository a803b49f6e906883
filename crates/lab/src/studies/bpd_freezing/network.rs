//! The network: four stages of a convolution with batch norm, a mean over the picture, and a head.
//!
//! `nets::models::Cnn` is the same, with all batch norms in the mode of the pass; here those of the lowest stages can stay as they are.

use nets::layers::{BatchNorm, Conv, Images, Linear, dropout, pooling};
use nets::{Mode, Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::other;
use crate::StudyError;
use crate::blocks::streams::{Purpose, stream};

/// Stages.
pub(super) const STAGES: usize = 4;

/// The side of a picture.
pub(super) const SIDE: usize = 28;

/// Pixels of a picture.
pub(super) const PIXELS: usize = SIDE * SIDE;

/// Pictures that are looked at side by side.
const LOOK: usize = 200;

/// Share of features that are dropped before the head.
const DROP: f64 = 0.1;

/// The network.
pub(super) struct Net {
    stages: Vec<(Conv, BatchNorm)>,
    head: Linear,
}

impl Net {
    /// Of so many channels in the first stage, and twice as many in every further one.
    pub(super) fn new(params: &mut Params<f32>, width: usize, outs: usize) -> Self {
        let (mut ins, mut stages) = (1, Vec::with_capacity(STAGES));
        for k in 0..STAGES {
            let channels = width << k;
            let conv = Conv::new(params, &format!("stages.{k}.conv"), ins, channels, 3, 2);
            stages.push((conv, BatchNorm::new(params, &format!("stages.{k}.norm"), channels)));
            ins = channels;
        }
        Self { stages, head: Linear::new(params, "head", ins, outs) }
    }

    /// First weights of a seed.
    pub(super) fn first(width: usize, outs: usize, seed: u64) -> (Self, Params<f32>) {
        let mut params = Params::new(stream(seed, Purpose::Weights, 0));
        (Self::new(&mut params, width, outs), params)
    }

    /// How many of its numbers are not the head's.
    pub(super) fn body(&self) -> usize {
        self.head.weight.start
    }

    /// Scores of so many pictures. The statistics of the lowest stages (`still` of them) stay as they are, and are what these stages use.
    pub(super) fn scores(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, still: usize) -> Var {
        let mode = pass.mode;
        let mut shape = Images { batch: count, height: SIDE, width: SIDE };
        let mut x = pass.input(pixels, shape.rows(), 1);
        for (k, (conv, norm)) in self.stages.iter().enumerate() {
            if k < still && mode == Mode::Train {
                pass.mode = Mode::Frozen;
            }
            x = conv.forward(pass, x, shape);
            shape = conv.shape(shape);
            x = norm.forward(pass, x);
            pass.mode = mode;
        }
        let features = pooling::pool(pass, x, &pooling::equal_parts(shape.batch, shape.height * shape.width), true);
        let features = dropout::dropout(pass, features, DROP);
        self.head.forward(pass, features)
    }

    /// Scores of all pictures, without learning.
    pub(super) fn look(&self, training: &mut Training<f32>, pixels: &[f32]) -> Vec<f32> {
        let mut all = Vec::new();
        for block in pixels.chunks(LOOK * PIXELS) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.scores(pass, block, block.len() / PIXELS, 0);
                all.extend_from_slice(pass.value(scores));
            });
        }
        all
    }
}

/// Multiplications of every stage for a picture passed forward; the head has next to none.
pub(super) fn multiplications(width: usize) -> [f64; STAGES] {
    let (mut side, mut ins) = (SIDE, 1);
    std::array::from_fn(|k| {
        side = (side - 1) / 2 + 1;
        let (from, to) = (ins, width << k);
        ins = to;
        (9 * from * to * side * side) as f64
    })
}

/// All but the head of a network as bytes, with its running statistics: those of this many numbers.
pub(super) fn handed_over(params: &Params<f32>, body: usize) -> Vec<u8> {
    params.values[..body].iter().chain(&params.state).flat_map(|v| v.to_le_bytes()).collect()
}

/// Puts them into another network.
///
/// # Errors
/// Bytes of another network.
pub(super) fn taken_over(params: &mut Params<f32>, body: usize, bytes: &[u8]) -> Result<(), StudyError> {
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    if numbers.len() != body + params.state.len() {
        return Err(other(format!("a pretraining hands over {} numbers; expected {}", numbers.len(), body + params.state.len())));
    }
    let (values, state) = numbers.split_at(body);
    params.values[..body].copy_from_slice(values);
    params.state.copy_from_slice(state);
    Ok(())
}
