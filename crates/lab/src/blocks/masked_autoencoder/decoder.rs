//! The decoder: one block over all places, in which hidden patches share a token, and a line from each hidden one to its pixels.

use std::sync::Arc;

use nets::layers::patches::fill;
use nets::layers::{Embedding, LayerNorm, Linear, Sequences};
use nets::models::Block;
use nets::{Init, Params, Pass, Tensor, Var};

use super::Size;
use super::encoder::PLACES;

/// The decoder.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    size: Size,
    lower: Linear,
    mask: Tensor,
    places: Embedding,
    block: Block,
    norm: LayerNorm,
    predict: Linear,
}

impl Decoder {
    pub(super) fn new(params: &mut Params<f32>, size: Size) -> Self {
        let Size { width, decoder, heads, .. } = size;
        Self {
            size,
            lower: Linear::new(params, "decoder.lower", width, decoder),
            mask: params.add("decoder.mask", 1, decoder, Init::Normal(0.02)),
            places: Embedding::new(params, "decoder.places", size.tokens() + 1, decoder, PLACES),
            block: Block::new(params, "decoder.block", decoder, heads, 4 * decoder),
            norm: LayerNorm::new(params, "decoder.norm", decoder),
            predict: Linear::new(params, "decoder.predict", decoder, size.pixels()),
        }
    }

    /// Tokens of the patches that are seen, each picture's after its class token → pixels of every hidden patch.
    pub(super) fn forward(&self, pass: &mut Pass<'_, f32>, tokens: Var, seen: &[usize], hidden: &[usize], count: usize) -> Var {
        let n = self.size.tokens().max(1);
        // The row of a patch among all places, of which the first of a picture is that of its class token.
        let row = |patch: usize| patch / n * (n + 1) + 1 + patch % n;
        let each = (seen.len() / count.max(1)).max(1);
        let there: Arc<[usize]> =
            seen.chunks(each).enumerate().flat_map(|(k, own)| [k * (n + 1)].into_iter().chain(own.iter().map(move |r| row(*r)))).collect();
        let lowered = self.lower.forward(pass, tokens);
        let filled = fill(pass, lowered, &there, count * (n + 1), self.mask);
        let order: Vec<u32> = (0..count).flat_map(|_| 0..=n as u32).collect();
        let placed = self.places.forward(pass, &order);
        let x = pass.add(filled, placed);
        let x = self.block.forward(pass, x, &Sequences::all(count, n + 1));
        let asked = pass.gather(x, hidden.iter().map(|r| row(*r)).collect());
        let normed = self.norm.forward(pass, asked);
        self.predict.forward(pass, normed)
    }
}
