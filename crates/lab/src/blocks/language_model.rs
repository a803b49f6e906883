//! A small decoder that learns to predict the next token of documents, all of one length.

use nets::layers::Sequences;
use nets::models::Decoder;
use nets::{Params, Training, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::probes::largest;

mod gradient;
mod places;
mod soft;
mod states;

/// Documents that are looked at side by side.
const LOOK: usize = 64;

/// What it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Tokens there are.
    pub(crate) vocabulary: usize,
    /// Tokens that are predicted of a document, which has one more.
    pub(crate) length: usize,
    /// Width, a multiple of the heads.
    pub(crate) width: usize,
    /// Heads of attention.
    pub(crate) heads: usize,
    /// Blocks, with four times the width inside.
    pub(crate) layers: usize,
}

impl Size {
    /// Multiplications of a token passed forward.
    pub(crate) fn multiplications(self) -> f64 {
        let (width, length) = (self.width as f64, self.length as f64);
        self.layers as f64 * (12.0 * width * width + 2.0 * length * width) + width * self.vocabulary as f64
    }
}

/// What a model says of documents, place by place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// Cross-entropy of every token but the first of each document, in nats.
    pub(crate) losses: Vec<f64>,
    /// The likeliest token in its place.
    pub(crate) likeliest: Vec<u32>,
}

/// A decoder; its numbers are those of a [`Training`].
#[derive(Clone, Debug)]
pub(crate) struct LanguageModel {
    net: Decoder,
    size: Size,
}

impl LanguageModel {
    /// A model with first weights, and its training by AdamW as language models are trained: β = (0.9, 0.95), a weight decay of 0.1, gradients of
    /// length one at most.
    pub(crate) fn new(size: Size, rng: Pcg64) -> (Self, Training<f32>) {
        let mut params = Params::<f32>::new(rng);
        let net = Decoder::new(&mut params, size.vocabulary, size.length, size.width, size.heads, size.layers, 4 * size.width);
        let mut training = Training::new(params, 0.1);
        training.clip = 1.0;
        training.adam.second = 0.95;
        (Self { net, size }, training)
    }

    /// From now on this share of what every part of a block adds is dropped in training.
    pub(crate) fn drop(&mut self, share: f64) {
        self.net.blocks.iter_mut().for_each(|block| block.dropout = share);
    }

    /// What is read of documents, and what is wanted in each place.
    fn split(&self, documents: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let (mut tokens, mut wanted) = (Vec::with_capacity(documents.len()), Vec::with_capacity(documents.len()));
        for document in documents.chunks_exact(self.size.length + 1) {
            tokens.extend_from_slice(&document[..self.size.length]);
            wanted.extend_from_slice(&document[1..]);
        }
        (tokens, wanted)
    }

    fn sequences(&self, tokens: &[u32]) -> Sequences {
        Sequences::causal(tokens.len() / self.size.length.max(1), self.size.length)
    }

    /// One step on documents, one after the other; gives the mean loss before it. Of a model that drops this would be the same numbers in every step.
    pub(crate) fn step(&self, training: &mut Training<f32>, documents: &[u32], rate: f64) -> f64 {
        self.step_drawn(training, documents, rate, Pcg64::seed_from_u64(0))
    }

    /// The same, with random numbers for dropout.
    pub(crate) fn step_drawn(&self, training: &mut Training<f32>, documents: &[u32], rate: f64, rng: Pcg64) -> f64 {
        let (tokens, wanted) = self.split(documents);
        let sequences = self.sequences(&tokens);
        training.step(rate, rng, |pass| {
            let scores = self.net.scores(pass, &tokens, &sequences);
            let errors = losses::cross_entropy(pass, scores, &wanted, 0.0);
            pass.mean(errors)
        })
    }

    /// What it says of documents.
    pub(crate) fn look(&self, training: &mut Training<f32>, documents: &[u32]) -> Seen {
        let mut seen = Seen::default();
        for block in documents.chunks(LOOK * (self.size.length + 1)) {
            let (tokens, wanted) = self.split(block);
            let sequences = self.sequences(&tokens);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.net.scores(pass, &tokens, &sequences);
                let errors = losses::cross_entropy(pass, scores, &wanted, 0.0);
                seen.losses.extend(pass.value(errors).iter().map(|e| f64::from(*e)));
                let rows = pass.value(scores).chunks_exact(self.size.vocabulary.max(1));
                seen.likeliest.extend(rows.map(|row| largest(row.iter().map(|s| f64::from(*s)))));
            });
        }
        seen
    }

    /// How far the weights of a block are from where they were (the values of all parameters then), over the length of these.
    pub(crate) fn moved(params: &Params<f32>, before: &[f32], block: usize) -> f64 {
        let prefix = format!("blocks.{block}.");
        let (mut moved, mut length) = (0.0, 0.0);
        for (_, tensor) in params.tensors().iter().filter(|(name, _)| name.starts_with(&prefix)) {
            for (now, then) in params.values[tensor.range()].iter().zip(&before[tensor.range()]) {
                moved += f64::from(now - then).powi(2);
                length += f64::from(*then).powi(2);
            }
        }
        (moved / length.max(f64::MIN_POSITIVE)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { vocabulary: 5, length: 6, width: 8, heads: 2, layers: 2 };

    /// Documents that count up from anywhere.
    fn documents(count: u32) -> Vec<u32> {
        (0..count).flat_map(|first| (0..7).map(move |k| (first + k) % 5)).collect()
    }

    #[test]
    fn it_learns_to_count() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let before = training.params.values.clone();
        let first = model.step(&mut training, &documents(5), 1e-2);
        assert!((first - 5.0_f64.ln()).abs() < 0.7, "{first}");
        assert!(LanguageModel::moved(&training.params, &before, 0) > 0.0);
        for _ in 0..200 {
            model.step(&mut training, &documents(5), 1e-2);
        }
        let seen = model.look(&mut training, &documents(5));
        let wanted: Vec<u32> = documents(5).chunks(7).flat_map(|d| d[1..].to_vec()).collect();
        assert!(seen.likeliest == wanted && seen.losses.iter().all(|l| *l < 0.5), "{:?}", seen.losses);
        assert_eq!(LanguageModel::moved(&training.params, &training.params.values, 1), 0.0);
    }

    #[test]
    fn what_it_says_does_not_depend_on_what_stands_beside() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let all = model.look(&mut training, &documents(70));
        let last = model.look(&mut training, &documents(70)[69 * 7..]);
        assert_eq!(all.losses.len(), 70 * 6);
        assert!(last.losses.iter().zip(&all.losses[69 * 6..]).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn the_count_of_multiplications_is_that_of_the_products() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let before = nets::product::operations();
        model.step(&mut training, &documents(4), 1e-3);
        let step = (nets::product::operations() - before) as f64;
        assert!((step / (6.0 * 24.0 * SIZE.multiplications()) - 1.0).abs() < 1e-9, "{step}");
        let before = nets::product::operations();
        model.look(&mut training, &documents(4));
        let look = (nets::product::operations() - before) as f64;
        assert!((look / (2.0 * 24.0 * SIZE.multiplications()) - 1.0).abs() < 1e-9, "{look}");
    }
}
