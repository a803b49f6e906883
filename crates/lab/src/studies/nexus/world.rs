//! Domains that share their parts: a chain of words, written in an alphabet.
//!
//! A chain is a Markov chain of order two (see `blocks::corpora`). An alphabet says by which word each word of a chain is written: the first is the
//! chain's own, each of the others deals a share of the words out anew. A document begins with a token that names its alphabet and one that names
//! its chain, neither of which is predicted; then come its words. Chain k is learned in alphabets k and k − 1, counted around, so that every chain
//! and every alphabet is learned in two domains; all other pairs are never seen. Who knows the parts knows these pairs too; who knows domains alone
//! does not.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{Method, Settings};
use crate::blocks::corpora::{Domain, Language};
use crate::blocks::language_model::Size;
use crate::blocks::streams::{Purpose, stream};

/// Words of a document.
pub(super) const TEXT: usize = 22;
/// Places of a document that are given before its words, and not predicted: the name of its chain. That of its alphabet begins it.
pub(super) const NAMES: usize = 1;
/// Places of a document after its beginning.
pub(super) const LENGTH: usize = NAMES + TEXT;
/// Heads of attention of the decoder.
pub(super) const HEADS: usize = 4;

/// An alphabet and a chain.
pub(super) type Pair = (usize, usize);

/// The domains that are learned.
pub(super) fn learned(styles: usize) -> Vec<Pair> {
    (0..styles).flat_map(|alphabet| (0..2).map(move |k| (alphabet, (alphabet + k) % styles))).collect()
}

/// Those that are never seen.
pub(super) fn unseen(styles: usize) -> Vec<Pair> {
    (0..styles).flat_map(|alphabet| (2..styles).map(move |k| (alphabet, (alphabet + k) % styles))).collect()
}

/// What the decoder looks like.
pub(super) fn size(own: &Settings) -> Size {
    Size { vocabulary: own.words + 2 * own.styles, length: LENGTH, width: own.width, heads: HEADS, layers: own.layers }
}

/// The chains and alphabets of a seed.
pub(super) struct World<'a> {
    pub(super) own: &'a Settings,
    pub(super) seed: u64,
    pub(super) chains: Vec<Domain>,
    pub(super) alphabets: Vec<Vec<u32>>,
}

/// An alphabet that deals so many words out anew.
fn alphabet(words: usize, moved: usize, rng: &mut Pcg64) -> Vec<u32> {
    let mut all: Vec<u32> = (0..words as u32).collect();
    let mut from = all.clone();
    from.shuffle(rng);
    from.truncate(moved);
    let mut to = from.clone();
    to.shuffle(rng);
    for (word, written) in from.into_iter().zip(to) {
        if let Some(place) = all.get_mut(word as usize) {
            *place = written;
        }
    }
    all
}

impl<'a> World<'a> {
    pub(super) fn new(own: &'a Settings, seed: u64) -> Self {
        let tables = |k: u64| stream(seed, Purpose::Pictures, k);
        let first = Domain::new(Language { words: own.words, zipf: 1.0, spread: 1.5, far: 0.4 }, &mut tables(0));
        let others: Vec<Domain> = (1..own.styles as u64).map(|k| first.relative(own.shared, &mut tables(k))).collect();
        let moved = (own.permuted * own.words as f64).round() as usize;
        let alphabets = (0..own.styles as u64).map(|k| alphabet(own.words, if k == 0 { 0 } else { moved }, &mut stream(seed, Purpose::Deal, k))).collect();
        Self { own, seed, chains: std::iter::once(first).chain(others).collect(), alphabets }
    }

    /// Appends a document of a domain; gives its words as the chain has them.
    pub(super) fn document(&self, (alphabet, chain): Pair, rng: &mut Pcg64, to: &mut Vec<u32>) -> Vec<u32> {
        let mut words = Vec::with_capacity(TEXT);
        self.chains[chain].text(TEXT, 0.0, rng, &mut words);
        let names = self.own.words as u32;
        to.push(names + alphabet as u32);
        to.push(names + (self.own.styles + chain) as u32);
        to.extend(words.iter().map(|word| self.written(alphabet, *word)));
        words
    }

    /// How an alphabet writes a word.
    pub(super) fn written(&self, alphabet: usize, word: u32) -> u32 {
        self.alphabets[alphabet][word as usize]
    }

    /// The documents of a step, domain after domain; where they are mixed, in any order at all, so that no part of them is a domain.
    pub(super) fn documents(&self, step: u64, to: &mut Vec<u32>) {
        to.clear();
        let (learned, batch) = (learned(self.own.styles), self.own.batch as u64);
        for (source, pair) in learned.iter().enumerate() {
            for place in 0..batch {
                let number = (step * batch + place) * learned.len() as u64 + source as u64;
                self.document(*pair, &mut stream(self.seed, Purpose::Pretraining, number), to);
            }
        }
        if self.own.method == Method::NexusMixed {
            let mut all: Vec<Vec<u32>> = to.chunks_exact(LENGTH + 1).map(<[u32]>::to_vec).collect();
            all.shuffle(&mut stream(self.seed, Purpose::Order, step));
            to.clear();
            all.iter().for_each(|document| to.extend_from_slice(document));
        }
    }
}
