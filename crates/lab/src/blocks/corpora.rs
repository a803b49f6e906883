//! Corpora that are made here: documents whose next word has a known distribution, so that the best loss there can be is known.
//!
//! A domain is a Markov chain of order two: the next word is drawn from the row of the last one or, now and then, from the row of the one before
//! it. A row is the frequencies of words (a power of their rank) times random factors. A document begins with a token that says its kind: text of
//! the domain, or a phrase of it that is repeated to the end, which a model that can look back goes on without a slip. In bad documents words at
//! random places are any words at all.

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::probes::largest;

/// How domains are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Language {
    /// Words there are, at least 2; the tokens for kinds of documents come on top.
    pub(crate) words: usize,
    /// The frequency of a word falls as this power of its rank.
    pub(crate) zipf: f64,
    /// Standard deviation of the logarithm of the random factors of rows.
    pub(crate) spread: f64,
    /// How often the word before the last one decides.
    pub(crate) far: f64,
}

impl Language {
    /// Tokens there are: words, and one for each kind of document.
    pub(crate) fn vocabulary(self) -> usize {
        self.words + 2
    }
}

/// What documents there are of a domain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mixture {
    /// Share of documents that repeat a phrase.
    pub(crate) repeats: f64,
    /// Words of a phrase, at least 1.
    pub(crate) phrase: usize,
    /// Share of bad documents, which are text or repeat as others do.
    pub(crate) bad: f64,
    /// Share of their words that are any words at all.
    pub(crate) noise: f64,
}

/// A source of documents.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Domain {
    language: Language,
    /// Frequencies of words: how texts begin.
    frequencies: Vec<f64>,
    /// words × words: what follows the last word.
    near: Vec<f64>,
    /// words × words: what follows the word before it.
    far: Vec<f64>,
}

/// Makes numbers a distribution.
fn normalise(row: &mut [f64]) {
    let all: f64 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= all);
}

/// A word from its distribution.
fn draw(row: &[f64], rng: &mut Pcg64) -> u32 {
    let mut left = rng.random::<f64>();
    for (word, share) in row.iter().enumerate() {
        left -= share;
        if left < 0.0 {
            return word as u32;
        }
    }
    // What rounding leaves goes to the last word.
    row.len().saturating_sub(1) as u32
}

impl Domain {
    /// A domain of this language.
    pub(crate) fn new(language: Language, rng: &mut Pcg64) -> Self {
        let words = language.words;
        let mut order: Vec<usize> = (0..words).collect();
        order.shuffle(rng);
        let mut frequencies = vec![0.0; words];
        for (rank, word) in order.into_iter().enumerate() {
            frequencies[word] = ((rank + 1) as f64).powf(-language.zipf);
        }
        normalise(&mut frequencies);
        let mut table = || {
            let mut rows = Vec::with_capacity(words * words);
            for _ in 0..words {
                let mut row: Vec<f64> = frequencies.iter().map(|f| f * (language.spread * normal(rng)).exp()).collect();
                normalise(&mut row);
                rows.extend(row);
            }
            rows
        };
        let (near, far) = (table(), table());
        Self { language, frequencies, near, far }
    }

    /// Another domain of the same language, whose rows are in this share those of this one.
    pub(crate) fn relative(&self, shared: f64, rng: &mut Pcg64) -> Self {
        let mut new = Self::new(self.language, rng);
        let words = self.language.words.max(1);
        for (table, own) in [(&mut new.near, &self.near), (&mut new.far, &self.far)] {
            for (row, own) in table.chunks_exact_mut(words).zip(own.chunks_exact(words)) {
                if rng.random::<f64>() < shared {
                    row.copy_from_slice(own);
                }
            }
        }
        if rng.random::<f64>() < shared {
            new.frequencies.clone_from(&self.frequencies);
        }
        new
    }

    fn row<'a>(&self, table: &'a [f64], word: u32) -> &'a [f64] {
        &table[word as usize * self.language.words..][..self.language.words]
    }

    /// The distribution of the next word of a text that begins with these.
    pub(crate) fn after(&self, before: &[u32]) -> Vec<f64> {
        match before {
            [] => self.frequencies.clone(),
            [last] => self.row(&self.near, *last).to_vec(),
            [.., earlier, last] => {
                let both = self.row(&self.near, *last).iter().zip(self.row(&self.far, *earlier));
                both.map(|(near, far)| (1.0 - self.language.far) * near + self.language.far * far).collect()
            }
        }
    }

    /// For every word of a text without noise, minus the logarithm of its probability, and the likeliest word in its place.
    pub(crate) fn exact(&self, text: &[u32]) -> Vec<(f64, u32)> {
        let one = |place: usize| {
            let next = self.after(&text[..place]);
            (-next[text[place] as usize].ln(), largest(next.into_iter()))
        };
        (0..text.len()).map(one).collect()
    }

    /// Appends so many words of text, each of which is any word at all with the probability `noise`.
    pub(crate) fn text(&self, length: usize, noise: f64, rng: &mut Pcg64, to: &mut Vec<u32>) {
        let start = to.len();
        for _ in 0..length {
            // As many draws whatever comes of them, so that a document with noise and the one without it begin alike.
            let (noisy, far) = (rng.random::<f64>() < noise, rng.random::<f64>() < self.language.far);
            let any = rng.random_range(0..self.language.words) as u32;
            let drawn = match &to[start..] {
                [] => draw(&self.frequencies, rng),
                [.., earlier, _] if far => draw(self.row(&self.far, *earlier), rng),
                [.., last] => draw(self.row(&self.near, *last), rng),
            };
            to.push(if noisy { any } else { drawn });
        }
    }

    /// Appends a document: the token of its kind, and `length` words.
    pub(crate) fn document(&self, length: usize, mixture: &Mixture, rng: &mut Pcg64, to: &mut Vec<u32>) {
        let (bad, repeats) = (rng.random::<f64>() < mixture.bad, rng.random::<f64>() < mixture.repeats);
        let noise = if bad { mixture.noise } else { 0.0 };
        to.push(self.language.words as u32 + u32::from(repeats));
        if !repeats {
            self.text(length, noise, rng, to);
            return;
        }
        let (first, phrase) = (to.len(), mixture.phrase.clamp(1, length.max(1)));
        self.text(phrase.min(length), 0.0, rng, to);
        for place in phrase..length {
            let (noisy, any) = (rng.random::<f64>() < noise, rng.random_range(0..self.language.words) as u32);
            let copied = to[first + place % phrase];
            to.push(if noisy { any } else { copied });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const LANGUAGE: Language = Language { words: 5, zipf: 1.0, spread: 1.0, far: 0.4 };

    fn domain(seed: u64) -> Domain {
        Domain::new(LANGUAGE, &mut Pcg64::seed_from_u64(seed))
    }

    #[test]
    fn what_follows_is_as_often_as_it_is_said_to_be() {
        let domain = domain(1);
        let mut text = Vec::new();
        domain.text(200_000, 0.0, &mut Pcg64::seed_from_u64(2), &mut text);
        let mut counts = vec![[0.0; 5]; 25];
        for w in text.windows(3) {
            counts[w[0] as usize * 5 + w[1] as usize][w[2] as usize] += 1.0;
        }
        for (pair, counts) in counts.iter().enumerate() {
            let (next, all) = (domain.after(&[pair as u32 / 5, pair as u32 % 5]), counts.iter().sum::<f64>());
            assert!((next.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (share, count) in next.iter().zip(counts) {
                // Five standard errors.
                assert!((share - count / all).abs() < 5.0 * (share / all).sqrt() + 1e-9, "{pair}: {share} {}", count / all);
            }
        }
    }

    #[test]
    fn a_domain_is_known_best_by_itself() {
        let (own, other) = (domain(1), domain(2));
        let mut text = Vec::new();
        own.text(5_000, 0.0, &mut Pcg64::seed_from_u64(3), &mut text);
        let mean = |of: &Domain| of.exact(&text).iter().map(|e| e.0).sum::<f64>() / 5_000.0;
        assert!(mean(&own) + 0.1 < mean(&other), "{} {}", mean(&own), mean(&other));
        let first = own.exact(&text[..1]);
        assert!((first[0].0 + own.frequencies[text[0] as usize].ln()).abs() < 1e-12);
        let hits = own.exact(&text).iter().zip(&text).filter(|(e, w)| e.1 == **w).count() as f64 / 5_000.0;
        assert!(hits > 0.3, "{hits}");
    }

    #[test]
    fn rows_are_shared_as_said() {
        let own = domain(1);
        let relative = |shared: f64| own.relative(shared, &mut Pcg64::seed_from_u64(4));
        assert_eq!(relative(1.0), own);
        let same = |other: &Domain| other.near.chunks_exact(5).zip(own.near.chunks_exact(5)).filter(|(a, b)| a == b).count();
        assert_eq!(same(&relative(0.0)), 0);
        let many = Language { words: 200, ..LANGUAGE };
        let own = Domain::new(many, &mut Pcg64::seed_from_u64(1));
        let half = own.relative(0.5, &mut Pcg64::seed_from_u64(4));
        let same = half.far.chunks_exact(200).zip(own.far.chunks_exact(200)).filter(|(a, b)| a == b).count();
        assert!((70..130).contains(&same), "{same}");
    }

    #[test]
    fn documents_are_of_their_kind() {
        let (domain, mut rng) = (domain(1), Pcg64::seed_from_u64(5));
        let clean = Mixture { repeats: 1.0, phrase: 3, bad: 0.0, noise: 0.5 };
        let mut document = Vec::new();
        domain.document(8, &clean, &mut rng, &mut document);
        assert!(document.len() == 9 && document[0] == 6 && (4..9).all(|k| document[k] == document[k - 3]), "{document:?}");
        // Bad documents have slips, at half of the places and by luck at fewer.
        let mut slips = 0;
        for _ in 0..200 {
            document.clear();
            domain.document(8, &Mixture { bad: 1.0, ..clean }, &mut rng, &mut document);
            slips += (4..9).filter(|k| document[*k] != document[1 + (*k - 1) % 3]).count();
        }
        assert!((300..500).contains(&slips), "{slips} of 1000");
        document.clear();
        domain.document(8, &Mixture { repeats: 0.0, ..clean }, &mut rng, &mut document);
        assert!(document.len() == 9 && document[0] == 5 && document[1..].iter().all(|w| *w < 5));
        assert_eq!(LANGUAGE.vocabulary(), 7);
    }
}
