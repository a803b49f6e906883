//! Documents of a domain that nobody learns from, and the least loss there can be on them.

use nets::Training;
use rand_pcg::Pcg64;

use super::corpora::{Domain, Mixture};
use super::language_model::LanguageModel;

/// Good documents of a domain, with repeated phrases among them in the share of a mixture.
pub(crate) struct HeldOut {
    documents: Vec<u32>,
    /// Mean loss of the chain itself, in nats a word; a phrase that is repeated costs nothing.
    floor: f64,
}

impl HeldOut {
    /// So many documents of so many words.
    pub(crate) fn new(domain: &Domain, count: usize, length: usize, mixture: &Mixture, rng: &mut Pcg64) -> Self {
        let repeats = ((mixture.repeats * count as f64).round() as usize).min(count);
        let (mut documents, mut floor) = (Vec::with_capacity(count * (length + 1)), 0.0);
        for k in 0..count {
            let repeated = k < repeats;
            let start = documents.len();
            let kind = Mixture { repeats: if repeated { 1.0 } else { 0.0 }, bad: 0.0, noise: 0.0, ..*mixture };
            domain.document(length, &kind, rng, &mut documents);
            let unknown = if repeated { mixture.phrase.clamp(1, length.max(1)).min(length) } else { length };
            let words = documents.get(start + 1..start + 1 + unknown).unwrap_or_default();
            floor += domain.exact(words).iter().map(|e| e.0).sum::<f64>();
        }
        Self { documents, floor: floor / (count * length).max(1) as f64 }
    }

    /// Cross-entropy of a model less that of the chain itself, in nats a word.
    pub(crate) fn excess(&self, model: &LanguageModel, training: &mut Training<f32>) -> f64 {
        let seen = model.look(training, &self.documents);
        seen.losses.iter().sum::<f64>() / seen.losses.len().max(1) as f64 - self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::super::corpora::Language;
    use super::super::language_model::Size;
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_floor_is_that_of_the_chain() {
        let mut rng = Pcg64::seed_from_u64(1);
        let domain = Domain::new(Language { words: 5, zipf: 1.0, spread: 1.0, far: 0.4 }, &mut rng);
        let of = |repeats: f64| {
            let mixture = Mixture { repeats, phrase: 3, bad: 1.0, noise: 1.0 };
            HeldOut::new(&domain, 400, 12, &mixture, &mut Pcg64::seed_from_u64(2))
        };
        let (text, half, all) = (of(0.0), of(0.5), of(1.0));
        assert!(text.documents.len() == 400 * 13 && text.documents.chunks_exact(13).all(|d| d[0] == 5));
        assert_eq!(half.documents.chunks_exact(13).filter(|d| d[0] == 6).count(), 200);
        // Three words of twelve are to be known.
        assert!((all.floor / text.floor - 0.25).abs() < 0.05, "{} {}", all.floor, text.floor);
        assert!((half.floor - 0.5 * (all.floor + text.floor)).abs() < 0.1 * text.floor);
        let size = Size { vocabulary: 7, length: 12, width: 8, heads: 2, layers: 1 };
        let (model, mut training) = LanguageModel::new(size, Pcg64::seed_from_u64(3));
        let excess = text.excess(&model, &mut training);
        // First weights know nothing: about the logarithm of the number of tokens.
        assert!((excess + text.floor - 7.0_f64.ln()).abs() < 0.6, "{excess} {}", text.floor);
    }
}
