//! The network with a head on its class token, and weights on their way from stage to stage.

use nets::layers::Linear;
use nets::optim::Group;
use nets::{Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::data::SIDE;
use super::other;
use crate::StudyError;
use crate::blocks::encoder::HEAD;
use crate::blocks::masked_autoencoder::{Autoencoder, Encoder, Size};
use crate::blocks::streams::{Purpose, stream};

/// Pictures that are looked at side by side.
const LOOK: usize = 250;

/// Weight decay of matrices; norms, biases and places have none.
const DECAY: f64 = 0.01;

/// What the network looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Shape {
    pub(super) patch: usize,
    pub(super) width: usize,
    pub(super) depth: usize,
    pub(super) heads: usize,
    pub(super) decoder: usize,
}

impl Shape {
    pub(super) fn size(&self) -> Size {
        Size { side: SIDE, patch: self.patch, width: self.width, depth: self.depth, heads: self.heads, decoder: self.decoder }
    }

    /// An autoencoder of this seed with first weights, of which there are several.
    pub(super) fn autoencoder(&self, seed: u64, which: u64) -> (Autoencoder, Params<f32>) {
        let mut params = Params::new(stream(seed, Purpose::Weights, which));
        let net = Autoencoder::new(&mut params, self.size());
        (net, params)
    }

    /// The same with these weights.
    ///
    /// # Errors
    /// Bytes of another network.
    pub(super) fn trained(&self, seed: u64, weights: &[u8]) -> Result<(Autoencoder, Params<f32>), StudyError> {
        let (net, mut params) = self.autoencoder(seed, 0);
        params.read(weights).map_err(other)?;
        Ok((net, params))
    }

    /// How many numbers the encoder has; they are the first of an autoencoder's.
    pub(super) fn encoder(&self) -> usize {
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(0));
        Encoder::new(&mut params, self.size());
        params.len()
    }
}

/// What decays of a network, and by how much.
pub(super) fn groups(params: &Params<f32>) -> Vec<Group> {
    let plain = |name: &str| name.ends_with("weight") && !name.contains("norm") && !name.contains("places");
    nets::optim::groups(params, |name| (1.0, if plain(name) { DECAY } else { 0.0 }))
}

/// The class token of whole pictures, after the last norm.
pub(super) fn class_tokens(pass: &mut Pass<'_, f32>, encoder: &Encoder, pixels: &[f32], count: usize) -> Var {
    let tokens = encoder.whole(pass, pixels, count, 0.0);
    let each = tokens.rows / count.max(1);
    pass.gather(tokens, (0..count).map(|k| k * each).collect())
}

/// An encoder with a head on its class token.
#[derive(Clone, Debug)]
pub(super) struct Classifier {
    encoder: Encoder,
    head: Linear,
}

impl Classifier {
    /// Its tensors: those of the encoder with the first weights of a seed, and a head, which is the same for all arms.
    pub(super) fn new(shape: &Shape, classes: usize, seed: u64, target: u64) -> (Self, Params<f32>) {
        let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
        let encoder = Encoder::new(&mut params, shape.size());
        let body = params.len();
        let head = Linear::new(&mut params, HEAD, shape.width, classes);
        let mut fresh = Params::<f32>::new(stream(seed, Purpose::Head, target));
        Linear::new(&mut fresh, HEAD, shape.width, classes);
        params.values[body..].copy_from_slice(&fresh.values);
        (Self { encoder, head }, params)
    }

    /// Scores of the classes of pictures.
    pub(super) fn scores(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize) -> Var {
        let classes = class_tokens(pass, &self.encoder, pixels, count);
        self.head.forward(pass, classes)
    }

    /// The same of all pictures, without learning.
    pub(super) fn look(&self, training: &mut Training<f32>, pixels: &[f32]) -> Vec<f32> {
        let each = SIDE * SIDE;
        let mut all = Vec::new();
        for part in pixels.chunks(LOOK * each) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let found = self.scores(pass, part, part.len() / each);
                all.extend_from_slice(pass.value(found));
            });
        }
        all
    }
}
