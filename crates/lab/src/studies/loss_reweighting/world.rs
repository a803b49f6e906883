//! Domains of documents that are seen unequally often.

use rand::RngExt;

use super::{Data, Settings};
use crate::blocks::corpora::{Domain, Language, Mixture};
use crate::blocks::held_out::HeldOut;
use crate::blocks::language_model::Size;
use crate::blocks::streams::{Purpose, stream};

/// Words of a document.
pub(super) const LENGTH: usize = 32;
/// Words of a phrase that is repeated.
const PHRASE: usize = 8;
/// Heads of attention of the model.
pub(super) const HEADS: usize = 4;
/// How often documents are of each domain.
pub(super) const SHARES: [f64; 4] = [0.55, 0.25, 0.12, 0.08];
/// Numbers of documents of the pool begin here.
const POOL: u64 = 1 << 40;

fn language(own: &Settings) -> Language {
    Language { words: own.words, zipf: 1.0, spread: 1.5, far: 0.4 }
}

/// What the model looks like.
pub(super) fn size(own: &Settings) -> Size {
    Size { vocabulary: language(own).vocabulary(), length: LENGTH, width: own.width, heads: HEADS, layers: own.layers }
}

/// The domains of a seed.
pub(super) struct World<'a> {
    own: &'a Settings,
    seed: u64,
    domains: Vec<Domain>,
}

impl<'a> World<'a> {
    pub(super) fn new(own: &'a Settings, seed: u64) -> Self {
        let tables = |k: u64| stream(seed, Purpose::Pictures, k);
        let first = Domain::new(language(own), &mut tables(0));
        let others: Vec<Domain> = (1..SHARES.len() as u64).map(|k| first.relative(own.shared, &mut tables(k))).collect();
        Self { own, seed, domains: std::iter::once(first).chain(others).collect() }
    }

    fn mixture(&self, bad: f64) -> Mixture {
        Mixture { repeats: self.own.repeats, phrase: PHRASE, bad, noise: 1.0 }
    }

    /// The documents of a step, one after the other.
    pub(super) fn documents(&self, step: u64, dealt: &[Option<u64>], to: &mut Vec<u32>) {
        to.clear();
        for (place, again) in dealt.iter().enumerate() {
            let new = step * self.own.batch as u64 + place as u64;
            match again {
                Some(again) if self.own.data == Data::Duplicates => self.document(POOL + again, 0.0, to),
                Some(_) => self.document(new, 1.0, to),
                None => self.document(new, 0.0, to),
            }
        }
    }

    /// Appends a document by its number; with `bad` 1 its words are any words at all.
    fn document(&self, number: u64, bad: f64, to: &mut Vec<u32>) {
        let mut rng = stream(self.seed, Purpose::Pretraining, number);
        let mut left = rng.random::<f64>();
        let drawn = SHARES.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        // What rounding leaves goes to the first.
        if let Some(domain) = self.domains.get(drawn.unwrap_or(0)) {
            domain.document(LENGTH, &self.mixture(bad), &mut rng, to);
        }
    }

    /// What is held out of every domain.
    pub(super) fn held_out(&self) -> Vec<HeldOut> {
        let one = |(k, domain): (usize, &Domain)| {
            HeldOut::new(domain, self.own.held_out, LENGTH, &self.mixture(0.0), &mut stream(self.seed, Purpose::Head, k as u64))
        };
        self.domains.iter().enumerate().map(one).collect()
    }
}
