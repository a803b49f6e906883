//! Domains of a seed, documents of them, and endings.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::Settings;
use crate::blocks::corpora::{Domain, Mixture};
use crate::blocks::streams::{Purpose, stream};

/// Share of rows that a related domain has in common with the first one.
const SHARED: f64 = 0.5;

/// What there is to read.
pub(super) struct World {
    /// What pretraining reads.
    pub(super) home: Domain,
    /// What fine-tuning and pairs are for.
    pub(super) near: Domain,
    /// A domain as much related that nobody reads.
    pub(super) far: Domain,
    mixture: Mixture,
    length: usize,
    words: usize,
}

/// An element by its share; what rounding leaves goes to the last.
pub(super) fn drawn(shares: impl ExactSizeIterator<Item = f64>, rng: &mut Pcg64) -> u32 {
    let (mut left, last) = (rng.random::<f64>(), shares.len().saturating_sub(1));
    for (k, share) in shares.enumerate() {
        left -= share;
        if left < 0.0 {
            return k as u32;
        }
    }
    last as u32
}

impl World {
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        let home = Domain::new(own.language(), &mut stream(seed, Purpose::Pictures, 0));
        let near = home.relative(SHARED, &mut stream(seed, Purpose::Pictures, 1));
        let far = home.relative(SHARED, &mut stream(seed, Purpose::Pictures, 2));
        Self { home, near, far, mixture: own.mixture(own.repeats), length: own.length, words: own.language().words }
    }

    /// Documents of a domain, one after the other, with this share of repeated phrases.
    pub(super) fn documents(&self, domain: &Domain, repeats: f64, count: usize, rng: &mut Pcg64) -> Vec<u32> {
        let mixture = Mixture { repeats, ..self.mixture };
        let mut documents = Vec::with_capacity(count * (self.length + 1));
        for _ in 0..count {
            domain.document(self.length, &mixture, rng, &mut documents);
        }
        documents
    }

    /// Documents of pretraining.
    pub(super) fn batch(&self, count: usize, rng: &mut Pcg64) -> Vec<u32> {
        self.documents(&self.home, self.mixture.repeats, count, rng)
    }

    /// The beginning of a document that repeats a phrase: the token of its kind and the phrase.
    pub(super) fn prompt(&self, rng: &mut Pcg64) -> Vec<u32> {
        let mut prompt = vec![self.words as u32 + 1];
        self.home.text(self.mixture.phrase, 0.0, rng, &mut prompt);
        prompt
    }

    /// A text of the first domain up to a phrase's length, ended once by the related domain and once by the first one.
    pub(super) fn pair(&self, rng: &mut Pcg64) -> [Vec<u32>; 2] {
        let mut beginning = Vec::new();
        self.home.text(self.mixture.phrase, 0.0, rng, &mut beginning);
        [&self.near, &self.home].map(|domain| {
            let mut words = beginning.clone();
            while words.len() < self.length {
                let next = drawn(domain.after(&words).into_iter(), rng);
                words.push(next);
            }
            std::iter::once(self.words as u32).chain(words).collect()
        })
    }
}

/// Whether the words after a prompt, which is a token and a phrase, are those that the phrase begins with.
pub(super) fn right(document: &[u32], phrase: usize) -> bool {
    let (prompt, answer) = document.split_at(document.len().min(phrase + 1));
    !answer.is_empty() && answer.iter().zip(prompt.iter().skip(1)).all(|(said, wanted)| said == wanted)
}
