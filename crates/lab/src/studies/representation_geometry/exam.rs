//! What is looked at: spectra of states, likelihoods against the exact conditionals, and phrases that are repeated.

use evaluation::stat::spearman;
use nets::Training;
use rand_pcg::Pcg64;

use super::gather::Look;
use super::world::{World, drawn, right};
use super::{Settings, Without};
use crate::blocks::held_out::HeldOut;
use crate::blocks::language_model::{LanguageModel, Seen};
use crate::blocks::spectrum::{Spectrum, effective_rank};
use crate::blocks::streams::{Purpose, stream};

/// Words of a text that the chain has no whole history for.
const EARLY: usize = 2;

/// Documents that nobody learns from.
pub(super) struct Exam {
    probe: Vec<u32>,
    texts: Vec<u32>,
    copies: Vec<u32>,
    /// Logarithms of the exact shares of the words of texts, but for the early ones.
    exact: Vec<f64>,
    /// Share of these words that are the likeliest ones.
    known: f64,
    squared: bool,
    phrase: usize,
    length: usize,
    width: usize,
    ranks: (usize, usize),
}

/// Operations of the matrix products of a look, in documents passed forward.
pub(super) fn documents(own: &Settings) -> usize {
    own.probe + own.texts + own.copies
}

impl Exam {
    pub(super) fn new(own: &Settings, world: &World, seed: u64) -> Self {
        let documents = |k: u64, repeats: f64, count: usize| world.documents(&world.home, repeats, count, &mut stream(seed, Purpose::Head, k));
        let texts = documents(1, 0.0, own.texts);
        let exact: Vec<(f64, u32)> =
            texts.chunks_exact(own.length + 1).flat_map(|text| world.home.exact(&text[1..]).split_off(EARLY.min(own.length))).collect();
        let words: Vec<u32> = texts.chunks_exact(own.length + 1).flat_map(|text| text.iter().skip(1 + EARLY).copied()).collect();
        let likeliest = exact.iter().zip(&words).filter(|((_, likeliest), word)| likeliest == *word).count();
        Self {
            probe: documents(0, own.repeats, own.probe),
            copies: documents(2, 1.0, own.copies),
            known: likeliest as f64 / words.len().max(1) as f64,
            exact: exact.into_iter().map(|(loss, _)| -loss).collect(),
            texts,
            squared: own.without == Without::Entropy,
            phrase: own.phrase,
            length: own.length,
            width: own.width,
            ranks: (own.first_rank, own.last_rank),
        }
    }

    fn says(&self, model: &LanguageModel, training: &mut Training<f32>, documents: &[u32]) -> Seen {
        if self.squared { model.look_at_scores(training, documents) } else { model.look(training, documents) }
    }

    /// Share of right words among places from this one on.
    fn right(&self, seen: &Seen, documents: &[u32], from: usize) -> f64 {
        let words = documents.chunks_exact(self.length + 1).zip(seen.likeliest.chunks_exact(self.length.max(1)));
        let hits = words.flat_map(|(document, likeliest)| document[1..].iter().zip(likeliest).skip(from)).map(|(word, said)| word == said);
        let (right, all) = hits.fold((0_usize, 0_usize), |(right, all), hit| (right + usize::from(hit), all + 1));
        right as f64 / all.max(1) as f64
    }

    /// A look at a model after so many steps; what is not finite is NaN.
    pub(super) fn look(&self, model: &LanguageModel, training: &mut Training<f32>, step: u64) -> Look {
        let spectra = model.last_states(training, &self.probe).map(|states| Spectrum::of(&states, self.width));
        let texts = self.says(model, training, &self.texts);
        let copies = self.says(model, training, &self.copies);
        let late = texts.losses.chunks_exact(self.length.max(1)).flat_map(|text| text.iter().skip(EARLY));
        let likelihoods: Vec<f64> = late.map(|loss| -loss).collect();
        // Features that are all the same have one direction at most.
        let rank = |values: &[f64]| effective_rank(values).unwrap_or(1.0);
        let [Some(states), Some(before)] = spectra else { return Look::nothing(step as f64) };
        let (alpha, fit) = states.decay(self.ranks.0, self.ranks.1).unwrap_or((0.0, 0.0));
        Look {
            step: step as f64,
            rank: rank(&states.variances),
            singular: rank(&states.singular),
            before: rank(&before.variances),
            alpha,
            fit,
            alignment: spearman(&likelihoods, &self.exact).unwrap_or(0.0),
            copying: self.right(&copies, &self.copies, self.phrase),
            known: self.right(&texts, &self.texts, EARLY) / self.known.max(f64::MIN_POSITIVE),
        }
    }

    /// Mean entropy of what a model says of texts, in nats a word.
    pub(super) fn variety(&self, model: &LanguageModel, training: &mut Training<f32>) -> f64 {
        model.entropy(training, &self.texts)
    }
}

/// What is asked after pretraining besides.
pub(super) struct Tested {
    home: HeldOut,
    near: HeldOut,
    far: HeldOut,
    /// Endings by the related domain, and then those by the first one.
    pairs: [Vec<u32>; 2],
    prompts: Vec<Vec<u32>>,
}

/// Documents passed forward for three losses, for both endings of pairs and for entropies: as many as there are texts for each.
pub(super) fn tested(own: &Settings) -> usize {
    6 * own.texts
}

impl Tested {
    pub(super) fn new(own: &Settings, world: &World, seed: u64) -> Self {
        let held = |domain, k: u64| HeldOut::new(domain, own.texts, own.length, &own.mixture(0.0), &mut stream(seed, Purpose::Projection, k));
        let mut rng = stream(seed, Purpose::Projection, 3);
        let mut pairs = [Vec::new(), Vec::new()];
        for _ in 0..own.texts {
            for (all, one) in pairs.iter_mut().zip(world.pair(&mut rng)) {
                all.extend(one);
            }
        }
        let mut rng = stream(seed, Purpose::Projection, 4);
        let prompts = (0..own.test_prompts).map(|_| world.prompt(&mut rng)).collect();
        Self { home: held(&world.home, 0), near: held(&world.near, 1), far: held(&world.far, 2), pairs, prompts }
    }

    /// Losses above what is possible, the share of pairs whose first ending is likelier, and what comes of endings of phrases.
    pub(super) fn numbers(&self, own: &Settings, model: &LanguageModel, training: &mut Training<f32>, rng: &mut Pcg64) -> Vec<(&'static str, Option<f64>)> {
        let sums = |seen: &Seen| seen.losses.chunks_exact(own.length.max(1)).map(|text| text.iter().sum::<f64>()).collect::<Vec<f64>>();
        let [chosen, refused] = [&self.pairs[0], &self.pairs[1]].map(|documents| sums(&model.look(training, documents)));
        let preferred = chosen.iter().zip(&refused).filter(|(a, b)| a < b).count() as f64 / chosen.len().max(1) as f64;
        let mut asked: Vec<Vec<u32>> = self.prompts.iter().flat_map(|prompt| std::iter::repeat_n(prompt.clone(), own.test_samples)).collect();
        answer(model, training, own.answer, &mut asked, rng);
        let (mut one, mut many, mut distinct) = (0.0, 0.0, 0.0);
        for endings in asked.chunks(own.test_samples.max(1)) {
            let hits = endings.iter().filter(|document| right(document, own.phrase)).count();
            one += pass_at(endings.len(), hits, 1);
            many += pass_at(endings.len(), hits, own.many);
            let mut different: Vec<&Vec<u32>> = endings.iter().collect();
            different.sort();
            different.dedup();
            distinct += different.len() as f64 / endings.len() as f64;
        }
        let share = |sum: f64| Some(sum / self.prompts.len().max(1) as f64);
        vec![
            ("home-excess", Some(self.home.excess(model, training))),
            ("in-excess", Some(self.near.excess(model, training))),
            ("out-excess", Some(self.far.excess(model, training))),
            ("preferred", Some(preferred)),
            ("pass-one", share(one)),
            ("pass-many", share(many)),
            ("distinct", share(distinct)),
        ]
    }
}

/// Appends so many words to documents of one length, each drawn from what the model says.
pub(super) fn answer(model: &LanguageModel, training: &mut Training<f32>, words: usize, documents: &mut [Vec<u32>], rng: &mut Pcg64) {
    for _ in 0..words {
        let length = documents.first().map_or(0, Vec::len);
        let shares = model.next(training, &documents.concat(), length);
        let vocabulary = shares.len() / documents.len().max(1);
        for (document, row) in documents.iter_mut().zip(shares.chunks_exact(vocabulary.max(1))) {
            document.push(drawn(row.iter().map(|p| f64::from(*p)), rng));
        }
    }
}

/// The chance that of `k` out of `all` endings one is right, of which `right` are (Chen et al., arXiv 2107.03374).
pub(super) fn pass_at(all: usize, right: usize, k: usize) -> f64 {
    let none: f64 = (0..k.min(all)).map(|i| (all - right).saturating_sub(i) as f64 / (all - i) as f64).product();
    1.0 - none
}
