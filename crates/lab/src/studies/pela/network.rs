//! The two networks, with whole layers or with thin ones, and how whole layers are cut.

use linalg::svd;
use ndarray::Array2;
use nets::layers::attention::{Weights, attend};
use nets::layers::patches::patches;
use nets::layers::pooling::{equal_parts, pool};
use nets::layers::{Embedding, Images, LayerNorm, Linear, LowRank, Sequences};
use nets::{Init, Params, Pass, Tensor, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::shape::{ACROSS, Shape, TOKENS, WIDER, rank};
use super::{Network, other};
use crate::StudyError;
use crate::blocks::probes::{accuracy, largest};
use crate::blocks::samples::Samples;

/// What the tensors of the last layer are called.
pub(super) const HEAD: &str = "head";

/// Pictures that are looked at side by side.
const LOOK: usize = 250;

/// A layer, whole or as the product of two thin ones.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layer {
    Whole(Linear),
    Thin(LowRank),
}

impl Layer {
    /// Begins as PyTorch's linear layers do, and so do both factors of a thin one; the bias is in the second.
    fn new(params: &mut Params<f32>, name: &str, (ins, outs): (usize, usize), ratio: usize) -> Self {
        if ratio == 0 {
            return Self::Whole(Linear::new(params, name, ins, outs));
        }
        let rank = rank(ins, outs, ratio);
        let down = Linear::plain(params, &format!("{name}.down"), ins, rank, Init::torch(ins));
        let up = Linear::new(params, &format!("{name}.up"), rank, outs);
        Self::Thin(LowRank { down, up, gate: None })
    }

    fn forward(&self, pass: &mut Pass<'_, f32>, x: Var) -> Var {
        match self {
            Self::Whole(layer) => layer.forward(pass, x),
            Self::Thin(layer) => layer.forward(pass, x),
        }
    }
}

/// `x + attention(norm(x))`, then `x + feed(norm(x))` with a GELU inside.
#[derive(Clone, Copy, Debug)]
struct Block {
    norm: LayerNorm,
    project: Layer,
    out: Layer,
    feed_norm: LayerNorm,
    widen: Layer,
    narrow: Layer,
}

/// What lies before the last layer.
#[derive(Clone, Debug)]
enum Body {
    Mlp(Vec<Layer>),
    Vit { embed: Linear, places: Embedding, blocks: Vec<Block>, norm: LayerNorm },
}

/// A network. Its last layer is the last of its tensors.
#[derive(Clone, Debug)]
pub(super) struct Net {
    shape: Shape,
    body: Body,
    head: Linear,
}

impl Net {
    pub(super) fn new(params: &mut Params<f32>, shape: Shape, classes: usize) -> Self {
        let (w, ratio) = (shape.width, shape.ratio);
        let body = match shape.network {
            Network::Mlp => {
                let layer = |(k, size): (usize, (usize, usize))| Layer::new(params, &format!("layers.{k}"), size, ratio);
                Body::Mlp(shape.sizes().into_iter().enumerate().map(layer).collect())
            }
            Network::Vit => {
                let embed = Linear::new(params, "patches", shape.patch(), w);
                let places = Embedding::new(params, "places", TOKENS, w, 0.02);
                let block = |k: usize| Block {
                    norm: LayerNorm::new(params, &format!("blocks.{k}.norm"), w),
                    project: Layer::new(params, &format!("blocks.{k}.project"), (w, 3 * w), ratio),
                    out: Layer::new(params, &format!("blocks.{k}.out"), (w, w), ratio),
                    feed_norm: LayerNorm::new(params, &format!("blocks.{k}.feed_norm"), w),
                    widen: Layer::new(params, &format!("blocks.{k}.widen"), (w, WIDER * w), ratio),
                    narrow: Layer::new(params, &format!("blocks.{k}.narrow"), (WIDER * w, w), ratio),
                };
                let blocks: Vec<Block> = (0..shape.depth).map(block).collect();
                Body::Vit { embed, places, blocks, norm: LayerNorm::new(params, "norm", w) }
            }
        };
        Self { shape, body, head: Linear::new(params, HEAD, w, classes) }
    }

    /// All layers that are cut, in the order of [`Shape::sizes`].
    pub(super) fn layers(&self) -> Vec<Layer> {
        match &self.body {
            Body::Mlp(layers) => layers.clone(),
            Body::Vit { blocks, .. } => blocks.iter().flat_map(|block| [block.project, block.out, block.widen, block.narrow]).collect(),
        }
    }

    /// Features of every hidden layer or block, and scores of the classes.
    pub(super) fn forward(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize) -> (Vec<Var>, Var) {
        let side = self.shape.side;
        let mut features = Vec::with_capacity(self.shape.depth);
        let last = match &self.body {
            Body::Mlp(layers) => {
                let mut x = pass.input(pixels, count, side * side);
                for layer in layers {
                    let y = layer.forward(pass, x);
                    x = pass.relu(y);
                    features.push(x);
                }
                x
            }
            Body::Vit { embed, places, blocks, norm } => {
                let images = Images { batch: count, height: side, width: side };
                let x = pass.input(pixels, images.rows(), 1);
                let cut = patches(pass, x, images, side / ACROSS);
                let embedded = embed.forward(pass, cut);
                let order: Vec<u32> = (0..count).flat_map(|_| 0..TOKENS as u32).collect();
                let placed = places.forward(pass, &order);
                let mut x = pass.add(embedded, placed);
                let sequences = Sequences::all(count, TOKENS);
                for block in blocks {
                    let normed = block.norm.forward(pass, x);
                    let asked = block.project.forward(pass, normed);
                    let attended = attend(pass, asked, self.shape.heads, &sequences, Weights::Softmax);
                    let attended = block.out.forward(pass, attended);
                    x = pass.add(x, attended);
                    let normed = block.feed_norm.forward(pass, x);
                    let wide = block.widen.forward(pass, normed);
                    let wide = pass.gelu(wide);
                    let fed = block.narrow.forward(pass, wide);
                    x = pass.add(x, fed);
                    features.push(x);
                }
                let normed = norm.forward(pass, x);
                pool(pass, normed, &equal_parts(count, TOKENS), true)
            }
        };
        let scores = self.head.forward(pass, last);
        (features, scores)
    }

    /// Scores of all pictures.
    pub(super) fn scores(&self, training: &mut Training<f32>, pixels: &[f32]) -> Vec<f32> {
        let mut all = Vec::new();
        self.look(training, pixels, |_, scores| all.extend_from_slice(scores));
        all
    }

    /// Calls `look` with the features and scores of all pictures, some of them at a time.
    pub(super) fn look(&self, training: &mut Training<f32>, pixels: &[f32], mut look: impl FnMut(&[&[f32]], &[f32])) {
        let each = self.shape.side * self.shape.side;
        for part in pixels.chunks(LOOK * each.max(1)) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let (features, scores) = self.forward(pass, part, part.len() / each.max(1));
                let features: Vec<&[f32]> = features.iter().map(|v| pass.value(*v)).collect();
                look(&features, pass.value(scores));
            });
        }
    }
}

/// Share of right classes; `None` where scores are not finite.
pub(super) fn right(net: &Net, training: &mut Training<f32>, samples: &Samples) -> Option<f64> {
    let scores = net.scores(training, &samples.pixels);
    let found: Vec<u32> = scores.chunks_exact(net.head.outs.max(1)).map(|row| largest(row.iter().map(|s| f64::from(*s)))).collect();
    scores.iter().all(|s| s.is_finite()).then(|| accuracy(&found, &samples.labels))
}

/// Gives a thin network what the whole one has: the nearest product of that rank for every layer, both factors with the roots of its singular
/// values, and everything else as it is.
///
/// # Errors
/// Weights that are not finite.
pub(super) fn cut(whole: &Net, from: &Params<f32>, thin: &Net, to: &mut Params<f32>) -> Result<(), StudyError> {
    let places: Vec<(String, Tensor)> = to.tensors().to_vec();
    for (name, place) in &places {
        let same = from.tensors().iter().find(|(known, tensor)| known == name && (tensor.rows, tensor.cols) == (place.rows, place.cols));
        if let Some((_, tensor)) = same {
            to.values[place.range()].copy_from_slice(&from.values[tensor.range()]);
        }
    }
    for pair in whole.layers().into_iter().zip(thin.layers()) {
        let (Layer::Whole(layer), Layer::Thin(LowRank { down, up, .. })) = pair else { continue };
        let (rows, cols) = (layer.weight.rows, layer.weight.cols);
        let weight = &from.values[layer.weight.range()];
        let matrix = Array2::from_shape_fn((rows, cols), |(i, j)| f64::from(weight[i * cols + j]));
        let (u, s, vt) = svd(matrix.view()).map_err(other)?;
        for k in 0..down.outs {
            let root = s[k].sqrt();
            for i in 0..rows {
                to.values[up.weight.start + i * down.outs + k] = (u[(i, k)] * root) as f32;
            }
            for j in 0..cols {
                to.values[down.weight.start + k * cols + j] = (root * vt[(k, j)]) as f32;
            }
        }
        if let (Some(bias), Some(place)) = (layer.bias, up.bias) {
            to.values[place.range()].copy_from_slice(&from.values[bias.range()]);
        }
    }
    Ok(())
}
