//! The domains, and the documents of every step.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::Corpus;
use super::part::Part;
use crate::blocks::corpora::{Domain, Language, Mixture};
use crate::blocks::streams::{Purpose, stream};

/// Words of a document.
pub(super) const LENGTH: usize = 32;
/// Words of a phrase that is repeated.
pub(super) const PHRASE: usize = 8;
/// Heads of attention of every model.
pub(super) const HEADS: usize = 4;

/// What the words of a language are like.
pub(super) fn language(words: usize) -> Language {
    Language { words, zipf: 1.0, spread: 1.5, far: 0.4 }
}

/// A domain of a seed.
pub(super) fn domain(own: &Part, corpus: Corpus, seed: u64) -> Domain {
    let tables = |k: u64| stream(seed, Purpose::Pictures, k);
    let first = Domain::new(language(own.words), &mut tables(0));
    match corpus {
        Corpus::A => first,
        Corpus::B => first.relative(own.shared, &mut tables(1)),
        Corpus::Return => first.relative(own.back, &mut tables(2)),
    }
}

/// What a part reads.
pub(super) struct Source<'a> {
    own: &'a Part,
    seed: u64,
    domain: Domain,
    /// What is seen again.
    first: Domain,
}

impl<'a> Source<'a> {
    pub(super) fn new(own: &'a Part, seed: u64) -> Self {
        Self { own, seed, domain: domain(own, own.corpus(), seed), first: domain(own, Corpus::A, seed) }
    }

    fn mixture(&self, repeats: f64) -> Mixture {
        Mixture { repeats, phrase: PHRASE, bad: self.own.bad, noise: self.own.noise }
    }

    /// The documents of a step of the phase, one after the other.
    pub(super) fn documents(&self, step: u64, to: &mut Vec<u32>) {
        to.clear();
        for place in 0..self.own.batch as u64 {
            self.document(step * self.own.batch as u64 + place, to);
        }
    }

    /// Appends a document of the phase, by its number: arms that read the same domain see the same documents at the same steps.
    fn document(&self, number: u64, to: &mut Vec<u32>) {
        let own = self.own;
        let phase = own.phase as u64;
        if own.replay > 0.0 {
            let mut rng = stream(self.seed, Purpose::Deal, (phase << 40) + number);
            if rng.random::<f64>() < own.replay {
                let again = rng.random_range(0..own.earlier.max(1) as u64);
                self.first.document(LENGTH, &self.mixture(own.earlier_repeats), &mut stream(self.seed, Purpose::Pretraining, again), to);
                return;
            }
        }
        let number = if own.pool > 0 { number % own.pool as u64 } else { number };
        let mut rng = match phase {
            0 => stream(self.seed, Purpose::Pretraining, number),
            _ => stream(self.seed, Purpose::Steps, (phase << 40) + number),
        };
        let mixture = self.mixture(own.repeats);
        let mixture = if own.good { Mixture { noise: 0.0, ..mixture } } else { mixture };
        let start = to.len();
        self.domain.document(LENGTH, &mixture, &mut rng, to);
        if own.shuffled {
            // The token of its kind stays where it is.
            to[start + 1..].shuffle(&mut rng);
        }
    }
}
