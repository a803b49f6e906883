//! Pre-LayerNorm transformer blocks, and a decoder over tokens.

use crate::layers::dropout::dropout;
use crate::layers::{Attention, Embedding, LayerNorm, Linear, Sequences};
use crate::{Params, Pass, Real, Var};

/// `x + attention(norm(x))`, then `x + feed(norm(x))` with a GELU inside.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Before attention.
    pub norm: LayerNorm,
    /// Attention.
    pub attention: Attention,
    /// Before the feed-forward part.
    pub feed_norm: LayerNorm,
    /// width → hidden.
    pub widen: Linear,
    /// hidden → width.
    pub narrow: Linear,
    /// Share of the numbers that both parts add to `x` which are dropped in training, in [0, 1); 0 when made.
    pub dropout: f64,
}

impl Block {
    /// Of this width, with `hidden` units in the feed-forward part.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, width: usize, heads: usize, hidden: usize) -> Self {
        Self {
            norm: LayerNorm::new(params, &format!("{name}.norm"), width),
            attention: Attention::new(params, &format!("{name}.attention"), width, heads),
            feed_norm: LayerNorm::new(params, &format!("{name}.feed_norm"), width),
            widen: Linear::new(params, &format!("{name}.widen"), width, hidden),
            narrow: Linear::new(params, &format!("{name}.narrow"), hidden, width),
            dropout: 0.0,
        }
    }

    /// Rows × width → the same shape.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, sequences: &Sequences) -> Var {
        let normed = self.norm.forward(pass, x);
        let attended = self.attention.forward(pass, normed, sequences);
        let attended = dropout(pass, attended, self.dropout);
        let x = pass.add(x, attended);
        let normed = self.feed_norm.forward(pass, x);
        let wide = self.widen.forward(pass, normed);
        let wide = pass.gelu(wide);
        let fed = self.narrow.forward(pass, wide);
        let fed = dropout(pass, fed, self.dropout);
        pass.add(x, fed)
    }
}

/// A decoder over tokens: embedding and positions, blocks, a norm and scores of the next token (untied).
#[derive(Clone, Debug)]
pub struct Decoder {
    tokens: Embedding,
    positions: Embedding,
    /// The blocks.
    pub blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

impl Decoder {
    /// For sequences of at most `length` of `vocabulary` tokens.
    pub fn new<T: Real>(params: &mut Params<T>, vocabulary: usize, length: usize, width: usize, heads: usize, layers: usize, hidden: usize) -> Self {
        Self {
            tokens: Embedding::new(params, "tokens", vocabulary, width, 0.02),
            positions: Embedding::new(params, "positions", length, width, 0.02),
            blocks: (0..layers).map(|k| Block::new(params, &format!("blocks.{k}"), width, heads, hidden)).collect(),
            norm: LayerNorm::new(params, "norm", width),
            head: Linear::new(params, "head", width, vocabulary),
        }
    }

    /// Tokens of sequences one after the other → what each block gives and, last, the scores of the next token.
    ///
    /// # Panics
    ///
    /// A sequence longer than the decoder's length: a mistake of the code that makes the batch.
    pub fn states<T: Real>(&self, pass: &mut Pass<'_, T>, tokens: &[u32], sequences: &Sequences) -> Vec<Var> {
        let embedded = self.tokens.forward(pass, tokens);
        let places: Vec<u32> = sequences.starts().windows(2).flat_map(|w| 0..(w[1] - w[0]) as u32).collect();
        let placed = self.positions.forward(pass, &places);
        let mut x = pass.add(embedded, placed);
        let mut states = vec![x];
        for block in &self.blocks {
            x = block.forward(pass, x, sequences);
            states.push(x);
        }
        let normed = self.norm.forward(pass, x);
        states.push(self.head.forward(pass, normed));
        states
    }

    /// Scores of the next token at every place: rows × vocabulary.
    pub fn scores<T: Real>(&self, pass: &mut Pass<'_, T>, tokens: &[u32], sequences: &Sequences) -> Var {
        let states = self.states(pass, tokens, sequences);
        states[states.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::losses;

    #[test]
    fn gradients_are_those_of_differences() {
        check(
            |params| Decoder::new(params, 5, 4, 4, 2, 2, 6),
            |net, pass| {
                let scores = net.scores(pass, &[0, 1, 2, 4, 3, 1, 0, 2], &Sequences::causal(2, 4));
                (losses::cross_entropy(pass, scores, &[1, 2, 4, 0, 1, 0, 2, 3], 0.0), vec![])
            },
        );
    }
}
