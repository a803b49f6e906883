//! Documents of the domains that nobody learns from, and what there is to know of them.

use nets::Training;

use super::world::{LENGTH, NAMES, World, learned, unseen};
use crate::blocks::language_model::LanguageModel;
use crate::blocks::streams::{Purpose, stream};

/// Documents of some domains, domain after domain.
pub(super) struct Part {
    pub(super) documents: Vec<u32>,
    /// Mean loss of the chains themselves, in nats a word.
    floor: f64,
    /// The likeliest word in every place.
    likeliest: Vec<u32>,
}

/// How a model does on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marks {
    /// Cross-entropy of words less that of the chains, in nats a word.
    pub(super) loss: f64,
    /// Share of places at which its likeliest word is that of the chain.
    pub(super) knowledge: f64,
}

impl Part {
    fn new(world: &World<'_>, pairs: &[(usize, usize)], first: u64) -> Self {
        let (mut documents, mut likeliest, mut floor) = (Vec::new(), Vec::new(), 0.0);
        for (k, pair) in pairs.iter().enumerate() {
            let mut rng = stream(world.seed, Purpose::Projection, first + k as u64);
            for _ in 0..world.own.held_out {
                let words = world.document(*pair, &mut rng, &mut documents);
                for (loss, word) in world.chains[pair.1].exact(&words) {
                    floor += loss;
                    likeliest.push(world.written(pair.0, word));
                }
            }
        }
        Self { floor: floor / likeliest.len().max(1) as f64, documents, likeliest }
    }

    /// How a model does, in all places but those of names.
    pub(super) fn marks(&self, model: &LanguageModel, training: &mut Training<f32>) -> Marks {
        let seen = model.look(training, &self.documents);
        let words = self.likeliest.len().max(1) as f64;
        let loss: f64 = seen.losses.chunks_exact(LENGTH).flat_map(|document| document.iter().skip(NAMES)).sum();
        let found = seen.likeliest.chunks_exact(LENGTH).flat_map(|document| document.iter().skip(NAMES));
        let known = found.zip(&self.likeliest).filter(|(found, wanted)| found == wanted).count();
        Marks { loss: loss / words - self.floor, knowledge: known as f64 / words }
    }
}

/// All that is held out.
pub(super) struct Exam {
    /// Of the domains that are learned.
    pub(super) learned: Part,
    /// Of the others.
    pub(super) unseen: Part,
}

impl Exam {
    pub(super) fn new(world: &World<'_>) -> Self {
        let styles = world.own.styles;
        let (first, second) = (learned(styles), unseen(styles));
        Self { learned: Part::new(world, &first, 0), unseen: Part::new(world, &second, first.len() as u64) }
    }
}
