//! A small decoder that sees all of an input and what it has said so far (a prefix language model), on text with gaps (see `denoisers`).
//!
//! Positions are sines and cosines of the place of a row (Vaswani et al., arXiv 1706.03762), so that neighbours are found wherever they are.

use nets::layers::attention::Seen;
use nets::layers::{Embedding, LayerNorm, Linear, Sequences};
use nets::models::Block;
use nets::{Params, Pass, Training, Var, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::denoisers::Corrupted;

/// Texts that are looked at side by side.
const LOOK: usize = 64;

/// Rows whose attention is computed at once, as the layer has it.
const BLOCK: usize = 64;

/// The longest wave of a position has this many places for each radian.
const SLOWEST: f64 = 20.0;

/// How large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Tokens there are.
    pub(crate) vocabulary: usize,
    /// Width, a multiple of the heads and of 2.
    pub(crate) width: usize,
    /// Heads of attention.
    pub(crate) heads: usize,
    /// Blocks, with four times the width inside.
    pub(crate) layers: usize,
}

impl Size {
    /// Multiplications of a sequence passed forward, of which the first `input` rows are seen by all and `scored` rows get scores.
    pub(crate) fn multiplications(self, rows: usize, input: usize, scored: usize) -> f64 {
        let width = self.width as f64;
        let block = |first: usize| (BLOCK.min(rows - first) * input.max(first + BLOCK).min(rows)) as f64;
        let pairs: f64 = (0..rows).step_by(BLOCK).map(block).sum();
        self.layers as f64 * (12.0 * rows as f64 * width * width + 2.0 * width * pairs) + (scored * self.vocabulary) as f64 * width
    }
}

/// The model.
#[derive(Clone, Debug)]
pub(crate) struct PrefixModel {
    tokens: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
    width: usize,
}

impl PrefixModel {
    /// Adds its tensors.
    pub(crate) fn new(params: &mut Params<f32>, size: Size) -> Self {
        let Size { vocabulary, width, heads, layers } = size;
        Self {
            tokens: Embedding::new(params, "tokens", vocabulary, width, 1.0),
            blocks: (0..layers).map(|k| Block::new(params, &format!("blocks.{k}"), width, heads, 4 * width)).collect(),
            norm: LayerNorm::new(params, "norm", width),
            head: Linear::new(params, "head", width, vocabulary),
            width,
        }
    }

    /// Sines and cosines of places, row after row.
    fn positions(&self, places: &[u32]) -> Vec<f32> {
        let half = self.width / 2;
        let mut all = vec![0.0; places.len() * self.width];
        for (row, place) in all.chunks_exact_mut(self.width.max(1)).zip(places) {
            let (sines, cosines) = row.split_at_mut(half);
            for (k, (sine, cosine)) in sines.iter_mut().zip(cosines).enumerate() {
                let angle = f64::from(*place) * SLOWEST.powf(-(k as f64) / half.max(1) as f64);
                (*sine, *cosine) = (angle.sin() as f32, angle.cos() as f32);
            }
        }
        all
    }

    /// Tokens of sequences at their places → rows of its width.
    pub(crate) fn states(&self, pass: &mut Pass<'_, f32>, tokens: &[u32], places: &[u32], sequences: &Sequences) -> Var {
        let embedded = self.tokens.forward(pass, tokens);
        let positions = pass.input(&self.positions(places), places.len(), self.width);
        let mut x = pass.add(embedded, positions);
        for block in &self.blocks {
            x = block.forward(pass, x, sequences);
        }
        self.norm.forward(pass, x)
    }

    /// Scores of what is asked for, one text after the other.
    fn scores(&self, pass: &mut Pass<'_, f32>, batch: &[Corrupted]) -> Var {
        let (mut tokens, mut places, mut asking) = (Vec::new(), Vec::new(), Vec::new());
        for text in batch {
            let first = tokens.len();
            tokens.extend_from_slice(&text.tokens);
            places.extend_from_slice(&text.places);
            asking.extend((first + text.input).saturating_sub(1)..tokens.len());
        }
        let lengths: Vec<usize> = batch.iter().map(|text| text.tokens.len()).collect();
        let sequences = Sequences::new(&lengths, |k, row| Seen { first: batch[k].input.max(row + 1), own: false });
        let states = self.states(pass, &tokens, &places, &sequences);
        let asked = pass.gather(states, asking.into());
        self.head.forward(pass, asked)
    }

    /// Cross-entropy of every token that is asked for, in nats.
    pub(crate) fn losses(&self, pass: &mut Pass<'_, f32>, batch: &[Corrupted]) -> Var {
        let scores = self.scores(pass, batch);
        let wanted: Vec<u32> = batch.iter().flat_map(|text| text.wanted.iter().copied()).collect();
        losses::cross_entropy(pass, scores, &wanted, 0.0)
    }

    /// The mean loss of the tokens that are asked for.
    pub(crate) fn loss(&self, training: &mut Training<f32>, texts: &[Corrupted]) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for block in texts.chunks(LOOK) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let losses = self.losses(pass, block);
                sum += pass.value(losses).iter().map(|loss| f64::from(*loss)).sum::<f64>();
                count += losses.rows;
            });
        }
        sum / count.max(1) as f64
    }

    /// Bits of every symbol that counts, as one of the first `symbols` tokens: that a symbol is asked for and no sentinel is known.
    pub(crate) fn bits(&self, training: &mut Training<f32>, texts: &[Corrupted], symbols: usize) -> Vec<f64> {
        let mut all = Vec::new();
        for block in texts.chunks(LOOK) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.scores(pass, block);
                let rows = pass.value(scores).chunks_exact(scores.cols.max(1));
                let asked = block.iter().flat_map(|text| text.wanted.iter().zip(&text.counted));
                for (row, (wanted, _)) in rows.zip(asked).filter(|(_, (_, counted))| **counted) {
                    all.push(bits(row.get(..symbols).unwrap_or(row), *wanted));
                }
            });
        }
        all
    }
}

/// Minus the binary logarithm of the probability of one of these scores.
fn bits(scores: &[f32], wanted: u32) -> f64 {
    let top = scores.iter().map(|s| f64::from(*s)).fold(f64::NEG_INFINITY, f64::max);
    let all: f64 = scores.iter().map(|s| (f64::from(*s) - top).exp()).sum();
    let own = scores.get(wanted as usize).map_or(f64::NAN, |s| f64::from(*s));
    (all.ln() + top - own) / std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::denoisers::{Alphabet, Mode, TABLE, corrupt, plain};

    const SIZE: Size = Size { vocabulary: 12, width: 16, heads: 2, layers: 1 };

    fn model() -> (PrefixModel, Training<f32>) {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let model = PrefixModel::new(&mut params, SIZE);
        (model, Training::new(params, 0.0))
    }

    #[test]
    fn what_is_asked_for_may_depend_on_all_of_the_input_and_on_nothing_that_comes() {
        let (model, mut training) = model();
        let (alphabet, gap) = (Alphabet::new(8, 6), 1..3);
        let gaps = std::slice::from_ref(&gap);
        let mut bits = |text: &[u32]| model.bits(&mut training, &[corrupt(text, gaps, Some(Mode::R), alphabet)], 8);
        let first = bits(&[0, 1, 2, 3, 4, 5]);
        // The last symbol is seen by both; the second of the gap is asked for after the first.
        let (end, second) = (bits(&[0, 1, 2, 3, 4, 6]), bits(&[0, 1, 7, 3, 4, 5]));
        assert!(first.len() == 2 && first[0] != end[0] && first[1] != end[1]);
        assert!(first[0] == second[0] && first[1] != second[1]);
        // A causal reading sees what came alone.
        let mut causal = |text: &[u32]| model.bits(&mut training, &[plain(text, 1, gaps)], 8);
        assert_eq!(causal(&[0, 1, 2, 3, 4, 5]), causal(&[0, 1, 2, 7, 7, 7]));
    }

    #[test]
    fn bits_are_those_of_symbols_alone() {
        assert!((bits(&[0.0, 3.0_f32.ln()], 1) - (4.0_f64 / 3.0).log2()).abs() < 1e-6);
        let (model, mut training) = model();
        let texts: Vec<Corrupted> = (0..70).map(|k| plain(&[k % 8, 1, 2, 3], 1, &[2..3, 3..4])).collect();
        let (all, last) = (model.bits(&mut training, &texts, 8), model.bits(&mut training, &texts[69..], 8));
        assert_eq!(all.len(), 140);
        assert!(all[138..].iter().zip(&last).all(|(a, b)| (a - b).abs() < 1e-5));
        // With sentinels and modes among what could come, a symbol takes more.
        let wide = model.bits(&mut training, &texts, SIZE.vocabulary);
        assert!(wide.iter().zip(&all).all(|(wide, own)| wide > own));
    }

    #[test]
    fn multiplications_are_those_of_the_products() {
        let (model, mut training) = model();
        let text: Vec<u32> = (0..80).map(|k| k % 8).collect();
        let (long, short) = (plain(&text, 1, &[]), plain(&text, 79, &[]));
        for made in [long, short] {
            let before = nets::product::operations();
            training.step(1e-3, Pcg64::seed_from_u64(0), |pass| {
                let losses = model.losses(pass, std::slice::from_ref(&made));
                pass.mean(losses)
            });
            let spent = (nets::product::operations() - before) as f64;
            let counted = 6.0 * SIZE.multiplications(made.tokens.len(), made.input, made.wanted.len());
            assert!((spent / counted - 1.0).abs() < 1e-9, "{spent} {counted}");
        }
    }

    #[test]
    fn it_learns_to_fill_gaps_from_both_sides() {
        // Every symbol of a text is the same; what is missing is told by its neighbours.
        let alphabet = Alphabet::new(6, 8);
        let size = Size { vocabulary: alphabet.tokens(), ..SIZE };
        let mut params = Params::new(Pcg64::seed_from_u64(2));
        let model = PrefixModel::new(&mut params, size);
        let mut training = Training::new(params, 0.0);
        let made = |seed: u64| -> Vec<Corrupted> {
            let mut rng = Pcg64::seed_from_u64(seed);
            (0..12).map(|k| corrupt(&[k % 6; 8], &TABLE[0].gaps(8, &mut rng), Some(Mode::R), alphabet)).collect()
        };
        for step in 0..200 {
            let batch = made(step);
            training.step(1e-2, Pcg64::seed_from_u64(0), |pass| {
                let losses = model.losses(pass, &batch);
                pass.mean(losses)
            });
        }
        let (bits, loss) = (model.bits(&mut training, &made(1_000), 6), model.loss(&mut training, &made(1_000)));
        assert!(bits.iter().all(|bits| *bits < 0.3) && loss < 0.2, "{bits:?} {loss}");
    }
}
