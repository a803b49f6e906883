//! The encoder: patches as tokens and a class token before them, in blocks that see all of a picture.

use std::sync::Arc;

use nets::layers::dropout::drop_path;
use nets::layers::patches::fill;
use nets::layers::pooling::{equal_parts, pool};
use nets::layers::{Embedding, LayerNorm, Linear, Sequences};
use nets::models::Block;
use nets::{Init, Params, Pass, Tensor, Var};

use super::Size;
use super::target::cut;

/// Standard deviation of embeddings of places at the beginning: large enough that places are told apart from the first step on.
pub(super) const PLACES: f64 = 0.2;

/// The encoder.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    pub(super) size: Size,
    embed: Linear,
    places: Embedding,
    class: Tensor,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl Encoder {
    /// Adds its tensors.
    pub(crate) fn new(params: &mut Params<f32>, size: Size) -> Self {
        let Size { width, depth, heads, .. } = size;
        Self {
            size,
            embed: Linear::new(params, "embed", size.pixels(), width),
            places: Embedding::new(params, "places", size.tokens(), width, PLACES),
            class: params.add("class", 1, width, Init::Normal(0.02)),
            blocks: (0..depth).map(|k| Block::new(params, &format!("blocks.{k}"), width, heads, 4 * width)).collect(),
            norm: LayerNorm::new(params, "norm", width),
        }
    }

    /// How many layers lie below a tensor of this name, as learning rates that decay layer by layer count them: embeddings are layer 0, blocks
    /// follow, and all after them, the last norm among it, is one layer.
    pub(crate) fn layer(&self, name: &str) -> usize {
        if ["embed.", "places.", "class"].iter().any(|first| name.starts_with(first)) {
            return 0;
        }
        let block = name.strip_prefix("blocks.").and_then(|rest| rest.split('.').next()).and_then(|k| k.parse::<usize>().ok());
        block.map_or(self.blocks.len() + 1, |k| k + 1)
    }

    /// Tokens of the patches that are seen, each picture's after its class token. `rows` are these patches, and `seen` says which they are: patch
    /// after patch of picture after picture, as many of each.
    pub(crate) fn visible(&self, pass: &mut Pass<'_, f32>, rows: &[f32], seen: &Arc<[usize]>, count: usize) -> Var {
        let tokens = self.size.tokens().max(1);
        let order: Vec<u32> = seen.iter().map(|r| (r % tokens) as u32).collect();
        self.tokens(pass, rows, &order, count, 0.0)
    }

    /// Tokens of all patches, each picture's after its class token. In training the branches of a picture in the last block are dropped with the
    /// probability `drop`, in those before it with less, along a line from 0.
    pub(crate) fn whole(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize, drop: f64) -> Var {
        let order: Vec<u32> = (0..count).flat_map(|_| 0..self.size.tokens() as u32).collect();
        self.tokens(pass, &cut(pixels, self.size), &order, count, drop)
    }

    fn tokens(&self, pass: &mut Pass<'_, f32>, rows: &[f32], order: &[u32], count: usize, drop: f64) -> Var {
        let each = order.len() / count.max(1);
        let patches = pass.input(rows, order.len(), self.size.pixels());
        let embedded = self.embed.forward(pass, patches);
        let placed = self.places.forward(pass, order);
        let tokens = pass.add(embedded, placed);
        let after: Arc<[usize]> = (0..order.len()).map(|k| k + k / each.max(1) + 1).collect();
        let mut x = fill(pass, tokens, &after, count * (each + 1), self.class);
        let sequences = Sequences::all(count, each + 1);
        let last = self.blocks.len().saturating_sub(1).max(1) as f64;
        for (k, block) in self.blocks.iter().enumerate() {
            x = passed(pass, block, x, &sequences, drop * k as f64 / last, each + 1);
        }
        self.norm.forward(pass, x)
    }

    /// The mean of every picture's patches, of tokens of so many pictures.
    pub(crate) fn means(&self, pass: &mut Pass<'_, f32>, tokens: Var, count: usize) -> Var {
        let each = tokens.rows / count.max(1);
        let patches = pass.gather(tokens, (0..tokens.rows).filter(|k| k % each.max(1) != 0).collect());
        pool(pass, patches, &equal_parts(count, each.saturating_sub(1)), true)
    }
}

/// A block whose branches are dropped, picture by picture, with this probability in training.
fn passed(pass: &mut Pass<'_, f32>, block: &Block, x: Var, sequences: &Sequences, drop: f64, rows: usize) -> Var {
    if drop <= 0.0 {
        return block.forward(pass, x, sequences);
    }
    let normed = block.norm.forward(pass, x);
    let attended = block.attention.forward(pass, normed, sequences);
    let attended = drop_path(pass, attended, drop, rows);
    let x = pass.add(x, attended);
    let normed = block.feed_norm.forward(pass, x);
    let wide = block.widen.forward(pass, normed);
    let wide = pass.gelu(wide);
    let fed = block.narrow.forward(pass, wide);
    let fed = drop_path(pass, fed, drop, rows);
    pass.add(x, fed)
}

#[cfg(test)]
mod tests {
    use nets::{Arena, Mode};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;

    const SIZE: Size = Size { side: 4, patch: 2, width: 4, depth: 2, heads: 2, decoder: 4 };

    /// What `of` makes of the tokens of three pictures.
    fn run(mode: Mode, drop: f64, of: impl Fn(&Encoder, &mut Pass<'_, f32>, Var) -> Var) -> Vec<f32> {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = Encoder::new(&mut params, SIZE);
        let pixels: Vec<f32> = (0..48).map(|k| (k * k) as f32 * 0.01).collect();
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut params, &mut arena, mode, Pcg64::seed_from_u64(7));
        let tokens = net.whole(&mut pass, &pixels, 3, drop);
        let found = of(&net, &mut pass, tokens);
        pass.value(found).to_vec()
    }

    #[test]
    fn means_are_those_of_patches_without_the_class_token() {
        let tokens = run(Mode::Infer, 0.0, |_, _, tokens| tokens);
        assert_eq!(tokens.len(), 3 * 5 * 4);
        let means = run(Mode::Infer, 0.0, |net, pass, tokens| net.means(pass, tokens, 3));
        for (mean, all) in means.chunks_exact(4).zip(tokens.chunks_exact(20)) {
            let wanted: Vec<f32> = (0..4).map(|c| (1..5).map(|t| all[4 * t + c]).sum::<f32>() / 4.0).collect();
            assert!(mean.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5), "{mean:?} {wanted:?}");
        }
    }

    #[test]
    fn paths_are_dropped_in_training_alone() {
        let of = |mode, drop| run(mode, drop, |_, _, tokens| tokens);
        assert_eq!(of(Mode::Infer, 0.9), of(Mode::Infer, 0.0));
        assert_eq!(of(Mode::Train, 0.0), of(Mode::Infer, 0.0));
        assert_ne!(of(Mode::Train, 0.9), of(Mode::Infer, 0.0));
    }

    #[test]
    fn layers_are_counted_from_the_embeddings_up() {
        let net = Encoder::new(&mut Params::new(Pcg64::seed_from_u64(1)), SIZE);
        let names = ["embed.weight", "places.weight", "class", "blocks.0.norm.weight", "blocks.1.widen.bias", "norm.weight", "head.bias"];
        assert_eq!(names.map(|name| net.layer(name)), [0, 0, 0, 1, 2, 3, 3]);
    }
}
