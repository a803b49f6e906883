//! Texts of the chain: with a symbol masked, and with what is known of it.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{Method, Settings};
use crate::blocks::hidden_markov::{HiddenMarkov, Kind};
use crate::blocks::masked_model::{Masked, Shape};
use crate::blocks::streams::{Purpose, stream};

/// Where texts come from.
pub(super) struct Data {
    pub(super) chain: HiddenMarkov,
    shape: Shape,
    /// Are texts in random order?
    shuffled: bool,
}

/// Texts of a step.
#[derive(Default)]
pub(super) struct Batch {
    /// With a symbol of each masked.
    pub(super) masked: Masked,
    /// As they are.
    pub(super) whole: Vec<u32>,
    /// The state of every place.
    pub(super) states: Vec<u32>,
}

impl Data {
    /// Of a seed.
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        let kind = Kind { states: own.states, symbols: own.symbols, length: own.length, spread: own.spread };
        let chain = HiddenMarkov::new(kind, &mut stream(seed, Purpose::Pictures, 0));
        Self { chain, shape: own.shape(), shuffled: own.method == Method::Shuffled }
    }

    /// So many texts. `exact` wants distributions in the place of symbols; of texts in random order there are none.
    pub(super) fn batch(&self, count: usize, exact: bool, mut rng: Pcg64) -> Batch {
        let mut batch = Batch::default();
        let length = self.shape.length;
        for _ in 0..count {
            let first = batch.whole.len();
            self.chain.text(&mut rng, &mut batch.whole, &mut batch.states);
            let place = rng.random_range(0..length);
            if self.shuffled {
                batch.whole[first..].shuffle(&mut rng);
            }
            let text = &batch.whole[first..];
            let masked = &mut batch.masked;
            masked.places.push(first + place);
            masked.symbols.push(text[place]);
            masked.texts.extend(text.iter().enumerate().map(|(k, symbol)| if k == place { self.shape.mask() } else { *symbol }));
            if exact && !self.shuffled {
                masked.shares.extend(self.chain.symbol(text, place).into_iter().map(|share| share as f32));
                masked.shares.push(0.0);
            }
        }
        batch
    }
}
