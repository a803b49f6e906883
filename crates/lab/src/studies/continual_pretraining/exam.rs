//! What is asked of a model about a domain.

use nets::Training;
use rand_pcg::Pcg64;

use super::world::{LENGTH, PHRASE};
use crate::blocks::corpora::{Domain, Mixture};
use crate::blocks::language_model::LanguageModel;

/// Documents that nobody learns from, and what is known of them.
pub(super) struct Exam {
    texts: Vec<u32>,
    /// Mean loss of the chain itself on these texts, in nats a word.
    floor: f64,
    /// The likeliest word of the chain in every place.
    likeliest: Vec<u32>,
    repeats: Vec<u32>,
}

/// How a model does in one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marks {
    /// Cross-entropy of texts less that of the chain itself, in nats a word.
    pub(super) loss: f64,
    /// Share of the words of a repeated phrase that are the likeliest in its eyes.
    pub(super) skill: f64,
    /// Share of places in texts at which its likeliest word is that of the chain.
    pub(super) knowledge: f64,
}

impl Exam {
    /// So many good documents of each kind.
    pub(super) fn new(domain: &Domain, count: usize, rng: &mut Pcg64) -> Self {
        let mut all = |repeats: f64| {
            let mut documents = Vec::with_capacity(count * (LENGTH + 1));
            for _ in 0..count {
                domain.document(LENGTH, &Mixture { repeats, phrase: PHRASE, bad: 0.0, noise: 0.0 }, rng, &mut documents);
            }
            documents
        };
        let (texts, repeats) = (all(0.0), all(1.0));
        let exact: Vec<(f64, u32)> = texts.chunks_exact(LENGTH + 1).flat_map(|document| domain.exact(&document[1..])).collect();
        let floor = exact.iter().map(|e| e.0).sum::<f64>() / exact.len().max(1) as f64;
        Self { texts, floor, likeliest: exact.into_iter().map(|e| e.1).collect(), repeats }
    }

    /// How a model does.
    pub(super) fn marks(&self, model: &LanguageModel, training: &mut Training<f32>) -> Marks {
        let texts = model.look(training, &self.texts);
        let repeats = model.look(training, &self.repeats);
        let places = texts.losses.len().max(1) as f64;
        let known = texts.likeliest.iter().zip(&self.likeliest).filter(|(a, b)| a == b).count();
        let (mut right, mut asked) = (0, 0_usize);
        for (document, found) in self.repeats.chunks_exact(LENGTH + 1).zip(repeats.likeliest.chunks_exact(LENGTH)) {
            // The first phrase cannot be known.
            for (word, found) in document[1..].iter().zip(found).skip(PHRASE) {
                right += usize::from(word == found);
                asked += 1;
            }
        }
        Marks { loss: texts.losses.iter().sum::<f64>() / places - self.floor, skill: right as f64 / asked.max(1) as f64, knowledge: known as f64 / places }
    }
}
