//! A small transformer that sees the whole of a short text in which one symbol is masked, and says which one it was.

use std::sync::Arc;

use nets::layers::Sequences;
use nets::models::Decoder;
use nets::{Arena, Mode, Params, Pass, Training, Var, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

/// Texts that are looked at side by side.
const LOOK: usize = 128;

/// What it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Symbols there are; the mask is one more.
    pub(crate) symbols: usize,
    /// Symbols of a text.
    pub(crate) length: usize,
    /// Width, a multiple of the heads.
    pub(crate) width: usize,
    /// Heads of attention.
    pub(crate) heads: usize,
    /// Blocks.
    pub(crate) layers: usize,
    /// Units in the feed-forward part of a block.
    pub(crate) hidden: usize,
}

impl Shape {
    /// The mask.
    pub(crate) fn mask(self) -> u32 {
        self.symbols as u32
    }

    /// Multiplications of a text passed forward.
    pub(crate) fn multiplications(self) -> f64 {
        let (width, hidden, length) = (self.width as f64, self.hidden as f64, self.length as f64);
        let block = 4.0 * width * width + 2.0 * width * hidden + 2.0 * length * width;
        length * (self.layers as f64 * block + width * (self.symbols + 1) as f64)
    }
}

/// Texts of which one symbol each is masked, and what is wanted there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Masked {
    /// Text after text, with the mask in its place.
    pub(crate) texts: Vec<u32>,
    /// Of each text, where its mask stands among all symbols.
    pub(crate) places: Vec<usize>,
    /// Of each text, the symbol that was there.
    pub(crate) symbols: Vec<u32>,
    /// Of each text, the share of every symbol and of the mask; none where symbols are what is wanted.
    pub(crate) shares: Vec<f32>,
}

/// A transformer; its numbers are [`Params`].
#[derive(Clone, Debug)]
pub(crate) struct MaskedModel {
    net: Decoder,
    pub(crate) shape: Shape,
}

impl MaskedModel {
    /// A model with first weights.
    pub(crate) fn new(shape: Shape, rng: Pcg64) -> (Self, Params<f32>) {
        let mut params = Params::<f32>::new(rng);
        let Shape { symbols, length, width, heads, layers, hidden } = shape;
        let net = Decoder::new(&mut params, symbols + 1, length, width, heads, layers, hidden);
        (Self { net, shape }, params)
    }

    fn sequences(&self, texts: &[u32]) -> Sequences {
        Sequences::all(texts.len() / self.shape.length.max(1), self.shape.length)
    }

    /// What stands at every place of texts after the last block: places × width.
    pub(crate) fn representations(&self, pass: &mut Pass<'_, f32>, texts: &[u32]) -> Var {
        let states = self.net.states(pass, texts, &self.sequences(texts));
        // After the blocks come the scores.
        states[states.len() - 2]
    }

    /// Scores of all symbols and the mask where masks stand: texts × (symbols + 1).
    fn scores(&self, pass: &mut Pass<'_, f32>, masked: &Masked) -> Var {
        let scores = self.net.scores(pass, &masked.texts, &self.sequences(&masked.texts));
        pass.gather(scores, Arc::from(masked.places.as_slice()))
    }

    /// The mean cross-entropy of what is wanted.
    pub(crate) fn loss(&self, pass: &mut Pass<'_, f32>, masked: &Masked) -> Var {
        let scores = self.scores(pass, masked);
        let errors = if masked.shares.is_empty() {
            losses::cross_entropy(pass, scores, &masked.symbols, 0.0)
        } else {
            let wanted = pass.input(&masked.shares, scores.rows, scores.cols);
            losses::soft_cross_entropy(pass, scores, wanted)
        };
        pass.mean(errors)
    }

    /// Puts the gradient of that at these numbers into `to`; gives the loss.
    pub(crate) fn gradient(&self, numbers: &[f32], arena: &mut Arena<f32>, masked: &Masked, to: &mut [f32]) -> f64 {
        to.fill(0.0);
        let mut pass = Pass::with(numbers, &mut [], arena, Mode::Train, Pcg64::seed_from_u64(0));
        let loss = self.loss(&mut pass, masked);
        let value = pass.scalar(loss);
        pass.backward(loss, to);
        value
    }

    /// The logarithm of the share that it gives to every symbol and the mask where masks stand, text after text.
    pub(crate) fn says(&self, training: &mut Training<f32>, masked: &Masked) -> Vec<f64> {
        let mut found = Vec::new();
        let columns = self.shape.symbols + 1;
        for first in (0..masked.places.len()).step_by(LOOK) {
            let count = LOOK.min(masked.places.len() - first);
            let from = first * self.shape.length;
            let part = Masked {
                texts: masked.texts[from..from + count * self.shape.length].to_vec(),
                places: masked.places[first..first + count].iter().map(|place| place - from).collect(),
                ..Masked::default()
            };
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.scores(pass, &part);
                for row in pass.value(scores).chunks_exact(columns) {
                    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let all = row.iter().map(|s| f64::from(s - top).exp()).sum::<f64>().ln();
                    found.extend(row.iter().map(|s| f64::from(s - top) - all));
                }
            });
        }
        found
    }

    /// What stands at every place of texts after the last block, as numbers.
    pub(crate) fn features(&self, training: &mut Training<f32>, texts: &[u32]) -> Vec<f32> {
        let mut found = Vec::with_capacity(texts.len() * self.shape.width);
        for part in texts.chunks(LOOK * self.shape.length.max(1)) {
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let features = self.representations(pass, part);
                found.extend_from_slice(pass.value(features));
            });
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { symbols: 4, length: 3, width: 8, heads: 2, layers: 1, hidden: 6 };

    /// Texts of three equal symbols with one masked.
    fn texts(exact: bool) -> Masked {
        let mut masked = Masked::default();
        for k in 0..12_u32 {
            let place = k as usize % 3;
            masked.places.push(masked.texts.len() + place);
            masked.texts.extend((0..3).map(|other| if other == place { SHAPE.mask() } else { k / 3 }));
            masked.symbols.push(k / 3);
            if exact {
                masked.shares.extend((0..5).map(|symbol| if symbol == k / 3 { 1.0 } else { 0.0 }));
            }
        }
        masked
    }

    fn training() -> (MaskedModel, Training<f32>) {
        let (model, params) = MaskedModel::new(SHAPE, Pcg64::seed_from_u64(1));
        (model, Training::new(params, 0.0))
    }

    #[test]
    fn it_learns_what_stands_beside_a_mask() {
        let (model, mut training) = training();
        let mut first = None;
        for _ in 0..200 {
            let loss = training.step(1e-2, Pcg64::seed_from_u64(0), |pass| model.loss(pass, &texts(false)));
            first = first.or(Some(loss));
        }
        let says = model.says(&mut training, &texts(false));
        assert!(first.is_some_and(|loss| (loss - 5.0_f64.ln()).abs() < 0.7) && says.len() == 60);
        for (k, row) in says.chunks_exact(5).enumerate() {
            assert!(row[k / 3] > -0.2 && (row.iter().map(|l| l.exp()).sum::<f64>() - 1.0).abs() < 1e-6, "{row:?}");
        }
        assert_eq!(model.features(&mut training, &texts(false).texts).len(), 36 * 8);
    }

    #[test]
    fn shares_of_one_symbol_are_that_symbol() {
        let (model, training) = training();
        let of = |masked: &Masked| {
            let mut gradient = vec![0.0; training.params.len()];
            let loss = model.gradient(&training.params.values, &mut Arena::new(), masked, &mut gradient);
            (loss, gradient)
        };
        let ((hard, one), (soft, other)) = (of(&texts(false)), of(&texts(true)));
        assert!((hard - soft).abs() < 1e-6 && one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6) && one.iter().any(|g| g.abs() > 1e-3));
    }

    #[test]
    fn the_count_of_multiplications_is_that_of_the_products() {
        let (model, mut training) = training();
        let before = nets::product::operations();
        training.step(1e-3, Pcg64::seed_from_u64(0), |pass| model.loss(pass, &texts(true)));
        let step = (nets::product::operations() - before) as f64;
        assert!((step / (6.0 * 12.0 * SHAPE.multiplications()) - 1.0).abs() < 1e-9, "{step}");
        let before = nets::product::operations();
        model.says(&mut training, &texts(false));
        let look = (nets::product::operations() - before) as f64;
        assert!((look / (2.0 * 12.0 * SHAPE.multiplications()) - 1.0).abs() < 1e-9, "{look}");
    }
}
