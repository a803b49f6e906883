//! A convolutional network with residual blocks, and networks that are cut out of it: the first channels of every layer, and some of the blocks
//! (POA, Zhang et al., arXiv 2408.01031).
//!
//! Of `D` channels the first `d` are kept: the first rows of every matrix, and of its columns those of the inputs that are kept, multiplied by `α =
//! D / d` where inputs are left out. Of `L` blocks, counted from 0, block `round((L − 1) j / (l − 1))` becomes block `j` of `l`. A network that is
//! cut out is a network of its own, so that it costs what a small one costs; gradients of its weights are taken back to where these came from.

use nets::layers::{BatchNorm, Conv, Images, pooling};
use nets::{Arena, Mode, Params, Pass, Training, Var};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::samples::Samples;
use super::self_distilled::Projection;

/// Places of a convolution's patch.
const PATCH: usize = 9;

/// One over the share by which running statistics move in a pass.
const MOVES: f32 = 10.0;

/// How wide and how deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Size {
    /// Channels, an even number; the first layer has half as many.
    pub(crate) width: usize,
    /// Residual blocks.
    pub(crate) blocks: usize,
}

impl Size {
    /// Multiplications of a picture of this side passed forward up to its features.
    pub(crate) fn multiplications(self, side: usize) -> f64 {
        let half = |n: usize| n.saturating_sub(1) / 2 + 1;
        let (first, second) = (half(side).pow(2) as f64, half(half(side)).pow(2) as f64);
        let (d, narrow) = (self.width as f64, (self.width / 2) as f64);
        first * 9.0 * narrow + second * 9.0 * d * (narrow + self.blocks as f64 * d)
    }

    /// The same up to cosines with all prototypes.
    pub(crate) fn with_projection(self, side: usize) -> f64 {
        self.multiplications(side) + Projection::multiplications(self.width)
    }
}

/// The network: two convolutions of stride 2, blocks `relu(x + norm(conv(x)))`, a mean over the picture, a projection and prototypes.
#[derive(Clone, Debug)]
pub(crate) struct Elastic {
    stem: [(Conv, BatchNorm); 2],
    blocks: Vec<(Conv, BatchNorm)>,
    projection: Projection,
    /// How large it is.
    pub(crate) size: Size,
}

impl Elastic {
    /// Adds its tensors.
    pub(crate) fn new(params: &mut Params<f32>, size: Size) -> Self {
        let Size { width, blocks } = size;
        let mut layer = |name: &str, ins: usize, outs: usize, stride: usize| {
            let conv = Conv::new(params, &format!("{name}.conv"), ins, outs, 3, stride);
            (conv, BatchNorm::new(params, &format!("{name}.norm"), outs))
        };
        let stem = [layer("first", 1, width / 2, 2), layer("second", width / 2, width, 2)];
        let mut residual = Vec::with_capacity(blocks);
        for k in 0..blocks {
            let (conv, norm) = layer(&format!("blocks.{k}"), width, width, 1);
            residual.push((conv, norm.plain()));
        }
        Self { stem, blocks: residual, projection: Projection::new(params, width), size }
    }

    /// The projection and the prototypes.
    pub(crate) fn projection(&self) -> &Projection {
        &self.projection
    }

    /// Features of so many pictures.
    pub(crate) fn features(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, side: usize) -> Var {
        let mut shape = Images { batch: count, height: side, width: side };
        let mut x = pass.input(pixels, shape.rows(), 1);
        for (conv, norm) in &self.stem {
            x = conv.forward(pass, x, shape);
            shape = conv.shape(shape);
            x = norm.forward(pass, x);
        }
        for (conv, norm) in &self.blocks {
            let more = conv.forward(pass, x, shape);
            let more = norm.forward(pass, more);
            let sum = pass.add(x, more);
            x = pass.relu(sum);
        }
        pooling::pool(pass, x, &pooling::equal_parts(shape.batch, shape.height * shape.width), true)
    }

    /// Cosines of so many pictures with all prototypes.
    pub(crate) fn cosines(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, side: usize) -> Var {
        let features = self.features(pass, pixels, count, side);
        self.projection.cosines(pass, features)
    }

    /// Gives batch norm the statistics of all of these pictures at once, whatever it has seen before.
    pub(crate) fn settle(&self, params: &mut Params<f32>, samples: &Samples) {
        params.state.fill(0.0);
        let mut arena = Arena::new();
        let mut pass = Pass::new(params, &mut arena, Mode::Train, Pcg64::seed_from_u64(0));
        self.features(&mut pass, &samples.pixels, samples.labels.len(), samples.side);
        drop(pass);
        // From nothing a pass has moved them by a tenth of the way.
        params.state.iter_mut().for_each(|v| *v *= MOVES);
    }

    /// Features of all pictures, with the statistics that batch norm has.
    pub(crate) fn all_features(&self, training: &mut Training<f32>, samples: &Samples) -> Vec<f32> {
        self.look(training, samples, |pass, pixels, count| self.features(pass, pixels, count, samples.side))
    }

    /// Cosines of all pictures with all prototypes, with the statistics that batch norm has.
    pub(crate) fn all_cosines(&self, training: &mut Training<f32>, samples: &Samples) -> Vec<f32> {
        self.look(training, samples, |pass, pixels, count| self.cosines(pass, pixels, count, samples.side))
    }

    /// What `of` makes of all pictures, some of them at a time.
    fn look(&self, training: &mut Training<f32>, samples: &Samples, of: impl Fn(&mut Pass<'_, f32>, &[f32], usize) -> Var) -> Vec<f32> {
        const LOOK: usize = 256;
        let each = (samples.side * samples.side).max(1);
        let mut all = Vec::new();
        for block in samples.pixels.chunks(LOOK * each) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let found = of(pass, block, block.len() / each);
                all.extend_from_slice(pass.value(found));
            });
        }
        all
    }
}

/// Where the numbers of a network that is cut out of a larger one come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    /// For every number its place in the larger network, and what it is multiplied by.
    from: Vec<(usize, f32)>,
}

impl Cut {
    /// Of the networks with these parameters; `None` if the larger one lacks anything.
    pub(crate) fn new(whole: &Params<f32>, part: &Params<f32>, blocks: (usize, usize)) -> Option<Self> {
        let mut from = Vec::with_capacity(part.len());
        for (name, small) in part.tensors() {
            let wanted = origin(name, blocks);
            let (_, large) = whole.tensors().iter().find(|(known, _)| *known == wanted)?;
            let places = if name.contains(".conv") { PATCH } else { 1 };
            let (ins, all_ins) = (small.cols / places, large.cols / places);
            if small.rows > large.rows || ins > all_ins || ins == 0 {
                return None;
            }
            let factor = if name.contains(".norm") { 1.0 } else { all_ins as f32 / ins as f32 };
            for row in 0..small.rows {
                for place in 0..places {
                    let at = large.start + row * large.cols + place * all_ins;
                    from.extend((at..at + ins).map(|k| (k, factor)));
                }
            }
        }
        Some(Self { from })
    }

    /// The numbers of the part.
    pub(crate) fn take(&self, whole: &[f32], part: &mut [f32]) {
        part.iter_mut().zip(&self.from).for_each(|(v, (k, factor))| *v = factor * whole.get(*k).copied().unwrap_or(0.0));
    }

    /// Adds the gradient of the numbers of the part to that of the numbers that they were made of.
    pub(crate) fn give_back(&self, part: &[f32], whole: &mut [f32]) {
        for (g, (k, factor)) in part.iter().zip(&self.from) {
            if let Some(to) = whole.get_mut(*k) {
                *to += factor * g;
            }
        }
    }
}

/// What a tensor of a network of fewer blocks (the second number; the first: of the larger one) is called in the larger one.
fn origin(name: &str, (all, fewer): (usize, usize)) -> String {
    let own = || {
        let (block, rest) = name.strip_prefix("blocks.")?.split_once('.')?;
        let block: usize = block.parse().ok()?;
        let last = fewer.saturating_sub(1).max(1) as f64;
        let there = (all.saturating_sub(1) as f64 * block as f64 / last).round() as usize;
        Some(format!("blocks.{there}.{rest}"))
    };
    own().unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests;
