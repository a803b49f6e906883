//! The two networks: a transformer over patches, and a convolutional one.

use nets::layers::{Images, Linear};
use nets::models::Cnn;
use nets::optim::{Group, groups};
use nets::{Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::data::SIDE;
use super::method::Network;
use super::other;
use crate::StudyError;
use crate::blocks::encoder::{self, HEAD};
use crate::blocks::masked_autoencoder::{Encoder, Size};
use crate::blocks::samples::Samples;
use crate::blocks::sized_encoder;
use crate::blocks::streams::{Purpose, stream};

/// Pictures that are looked at side by side.
const SIDE_BY_SIDE: usize = 250;

/// Weight decay of matrices; norms, biases and places have none.
const DECAY: f64 = 0.05;

/// What a network looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Shape {
    pub(super) network: Network,
    pub(super) patch: usize,
    pub(super) width: usize,
    pub(super) depth: usize,
    pub(super) heads: usize,
    pub(super) decoder: usize,
    pub(super) channels: usize,
}

impl Shape {
    /// The masked autoencoder of the transformer.
    pub(super) fn size(&self) -> Size {
        Size { side: SIDE, patch: self.patch, width: self.width, depth: self.depth, heads: self.heads, decoder: self.decoder }
    }

    /// How many features a picture has.
    pub(super) fn features(&self) -> usize {
        match self.network {
            Network::Vit => self.width,
            Network::Cnn => encoder::features_of(self.channels),
        }
    }

    /// Multiplications of a picture passed forward, the head left out.
    pub(super) fn multiplications(&self) -> f64 {
        match self.network {
            Network::Vit => self.size().multiplications(),
            Network::Cnn => sized_encoder::multiplications(self.channels, SIDE),
        }
    }

    /// First weights of a network of a seed.
    pub(super) fn params(&self, seed: u64) -> Params<f32> {
        let which = if self.network == Network::Vit { 0 } else { 1 };
        Params::new(stream(seed, Purpose::Weights, which))
    }
}

/// What is looked at: of so many pictures.
type Look = fn(&Net, &mut Pass<'_, f32>, &[f32], usize) -> Var;

/// A network with a head, which is the last of its tensors.
#[derive(Clone, Debug)]
pub(super) enum Net {
    Vit { encoder: Box<Encoder>, head: Linear },
    Cnn(Cnn),
}

impl Net {
    /// Adds its tensors.
    pub(super) fn new(params: &mut Params<f32>, shape: &Shape, outs: usize) -> Self {
        match shape.network {
            Network::Vit => {
                let encoder = Box::new(Encoder::new(params, shape.size()));
                Self::Vit { encoder, head: Linear::new(params, HEAD, shape.width, outs) }
            }
            Network::Cnn => Self::Cnn(encoder::build(params, shape.channels, outs)),
        }
    }

    /// What is trained at which share of the rate: of the transformer, by this factor less for every layer above.
    pub(super) fn groups(&self, params: &Params<f32>, shape: &Shape, layer_decay: f64) -> Vec<Group> {
        groups(params, |name| {
            let rate = match self {
                Self::Vit { encoder, .. } => layer_decay.powi((shape.depth + 1 - encoder.layer(name)) as i32),
                Self::Cnn(_) => 1.0,
            };
            (rate, weight_decay(name))
        })
    }

    /// Features of pictures: the mean over patches, or over the picture.
    pub(super) fn features(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, drop: f64) -> Var {
        match self {
            Self::Vit { encoder, .. } => {
                let tokens = encoder.whole(pass, pixels, count, drop);
                encoder.means(pass, tokens, count)
            }
            Self::Cnn(net) => {
                let shape = Images { batch: count, height: SIDE, width: SIDE };
                let x = pass.input(pixels, shape.rows(), 1);
                net.features(pass, x, shape)
            }
        }
    }

    /// A score for every label. Of the transformer, branches are dropped with this probability in training.
    pub(super) fn scores(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, drop: f64) -> Var {
        match self {
            Self::Vit { head, .. } => {
                let features = self.features(pass, pixels, count, drop);
                head.forward(pass, features)
            }
            Self::Cnn(net) => {
                let shape = Images { batch: count, height: SIDE, width: SIDE };
                let x = pass.input(pixels, shape.rows(), 1);
                net.scores(pass, x, shape)
            }
        }
    }

    /// Scores or features of all pictures, as `of` has them, without learning.
    pub(super) fn look(&self, training: &mut Training<f32>, samples: &Samples, of: Look) -> Vec<f32> {
        let each = samples.side * samples.side;
        let mut all = Vec::new();
        for part in samples.pixels.chunks(SIDE_BY_SIDE * each.max(1)) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let found = of(self, pass, part, part.len() / each.max(1));
                all.extend_from_slice(pass.value(found));
            });
        }
        all
    }
}

/// Weight decay of a tensor of this name.
pub(super) fn weight_decay(name: &str) -> f64 {
    let plain = name.ends_with("weight") && !name.contains("norm") && !name.contains("places");
    if plain { DECAY } else { 0.0 }
}

/// A new head for a task, the same for all arms of a seed.
pub(super) fn new_head(features: usize, outs: usize, seed: u64, task: u64) -> (Linear, Params<f32>) {
    let mut params = Params::<f32>::new(stream(seed, Purpose::Head, task));
    let head = Linear::new(&mut params, HEAD, features, outs);
    (head, params)
}

/// What a pretraining hands over: the first so many weights, and running statistics.
pub(super) fn handed_over(params: &Params<f32>, body: usize) -> Vec<u8> {
    params.values[..body].iter().chain(&params.state).flat_map(|v| v.to_le_bytes()).collect()
}

/// Puts them in the place of the first weights of another network, whose other tensors stay.
///
/// # Errors
/// Bytes of another network.
pub(super) fn taken_over(params: &mut Params<f32>, body: usize, bytes: &[u8]) -> Result<(), StudyError> {
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    if numbers.len() != body + params.state.len() || body > params.len() {
        return Err(other(format!("a pretraining hands over {} numbers, where {} are expected", numbers.len(), body + params.state.len())));
    }
    params.values[..body].copy_from_slice(&numbers[..body]);
    params.state.copy_from_slice(&numbers[body..]);
    Ok(())
}
