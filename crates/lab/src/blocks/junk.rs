//! Documents that teach nothing, or little, planted among good ones: what is planted is known.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::genres::{BLANK, Piece, SYMBOLS, joined, words};

/// Kinds of junk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Junk {
    /// The symbols of a good document, in random order.
    Letters,
    /// The words of a good document, in random order.
    Words,
    /// A phrase of some pages, again and again.
    Repeats,
    /// Any symbols at all.
    Strings,
    /// Symbols that follow the two before them as in good documents.
    Babble,
}

impl Junk {
    /// All kinds, equally many of each.
    pub(crate) const ALL: [Self; 5] = [Self::Letters, Self::Words, Self::Repeats, Self::Strings, Self::Babble];
}

/// Phrases that are repeated, and symbols of one.
const PHRASES: usize = 50;
const PHRASE: usize = 45;

/// A text whose words are in random order.
pub(crate) fn shuffled_words(text: &[u8], rng: &mut Pcg64) -> Vec<u8> {
    let mut words = words(text);
    words.shuffle(rng);
    joined(words)
}

/// Where junk comes from: good documents.
pub(crate) struct Maker<'a> {
    good: &'a [Piece],
    length: usize,
    phrases: Vec<Vec<u8>>,
    /// What follows two symbols.
    followers: Vec<Vec<u8>>,
}

impl<'a> Maker<'a> {
    /// A maker of documents of about so many symbols; phrases are of `phrases_of`, so that several makers may have the same.
    pub(crate) fn new(good: &'a [Piece], phrases_of: &[Piece], length: usize, rng: &mut Pcg64) -> Self {
        let mut phrases = Vec::with_capacity(PHRASES);
        for _ in 0..PHRASES {
            let mut phrase = any(phrases_of, rng).to_vec();
            phrase.truncate(PHRASE);
            phrase.push(BLANK);
            phrases.push(phrase);
        }
        let mut followers = vec![Vec::new(); SYMBOLS * SYMBOLS];
        for piece in good {
            let mut last = [BLANK; 2];
            for symbol in &piece.text {
                if let Some(known) = followers.get_mut(place(last)) {
                    known.push(*symbol);
                }
                last = [last[1], *symbol];
            }
        }
        Self { good, length, phrases, followers }
    }

    /// A document of this kind.
    pub(crate) fn document(&self, kind: Junk, rng: &mut Pcg64) -> Vec<u8> {
        match kind {
            Junk::Letters => {
                let mut text = any(self.good, rng).to_vec();
                text.shuffle(rng);
                text
            }
            Junk::Words => shuffled_words(any(self.good, rng), rng),
            Junk::Repeats => {
                let phrase = self.phrases.get(rng.random_range(0..self.phrases.len().max(1)));
                phrase.map(|phrase| phrase.iter().copied().cycle().take(self.length).collect()).unwrap_or_default()
            }
            Junk::Strings => (0..self.length).map(|_| rng.random_range(0..SYMBOLS) as u8).collect(),
            Junk::Babble => {
                let (mut text, mut last) = (Vec::with_capacity(self.length), [BLANK; 2]);
                for _ in 0..self.length {
                    let known = self.followers.get(place(last)).filter(|known| !known.is_empty());
                    let next = known.map_or(BLANK, |known| known[rng.random_range(0..known.len())]);
                    text.push(next);
                    last = [last[1], next];
                }
                text
            }
        }
    }
}

fn place(last: [u8; 2]) -> usize {
    usize::from(last[0]) * SYMBOLS + usize::from(last[1])
}

/// The text of any of them; nothing where there is none.
fn any<'a>(pieces: &'a [Piece], rng: &mut Pcg64) -> &'a [u8] {
    pieces.get(rng.random_range(0..pieces.len().max(1))).map(|piece| piece.text.as_slice()).unwrap_or_default()
}

/// Documents, and what was planted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pool {
    /// What they say.
    pub(crate) texts: Vec<Vec<u8>>,
    /// Of a good one nothing.
    pub(crate) junk: Vec<Option<Junk>>,
}

impl Pool {
    /// All good documents given, and junk until there are `count`, in random order.
    pub(crate) fn new(good: &[Piece], count: usize, maker: &Maker<'_>, rng: &mut Pcg64) -> Self {
        let mut all: Vec<(Vec<u8>, Option<Junk>)> = good.iter().map(|piece| (piece.text.clone(), None)).collect();
        let kinds = Junk::ALL.into_iter().cycle().take(count.saturating_sub(good.len()));
        all.extend(kinds.map(|kind| (maker.document(kind, rng), Some(kind))));
        all.shuffle(rng);
        let (texts, junk) = all.into_iter().unzip();
        Self { texts, junk }
    }

    /// Which ones are good.
    pub(crate) fn good(&self) -> Vec<bool> {
        self.junk.iter().map(Option::is_none).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn good() -> Vec<Piece> {
        (0..8).map(|k| Piece { genre: 0, text: joined([[1 + k].as_slice(), &[2, 3], &[4, 5, 6], &[7]]) }).collect()
    }

    #[test]
    fn what_is_planted_is_as_said() {
        let (good, mut rng) = (good(), Pcg64::seed_from_u64(1));
        let maker = Maker::new(&good, &good, 30, &mut rng);
        let pool = Pool::new(&good[..5], 25, &maker, &mut rng);
        assert_eq!((pool.texts.len(), pool.good().iter().filter(|g| **g).count()), (25, 5));
        assert!(Junk::ALL.iter().all(|kind| pool.junk.iter().filter(|j| **j == Some(*kind)).count() == 4));
        let sorted = |text: &[u8]| {
            let mut text = text.to_vec();
            text.sort_unstable();
            text
        };
        let known: Vec<Vec<u8>> = good.iter().map(|piece| sorted(&piece.text)).collect();
        for (text, junk) in pool.texts.iter().zip(&pool.junk) {
            match junk {
                None | Some(Junk::Letters | Junk::Words) => assert!(known.contains(&sorted(text))),
                Some(Junk::Repeats) => assert_eq!((text.len(), text[0]), (30, text[11])),
                Some(Junk::Strings | Junk::Babble) => assert_eq!(text.len(), 30),
            }
            if matches!(junk, Some(Junk::Words)) {
                assert_eq!(words(text).len(), 4);
            }
        }
    }

    #[test]
    fn babble_goes_on_as_good_text_does() {
        let good = [Piece { genre: 0, text: vec![1, 2, 3, 1, 2, 3, 1, 2, 3] }];
        let mut rng = Pcg64::seed_from_u64(2);
        let text = Maker::new(&good, &good, 7, &mut rng).document(Junk::Babble, &mut rng);
        assert_eq!(text, [1, 2, 3, 1, 2, 3, 1]);
        // Without good documents there is nothing to say, and nothing fails.
        assert!(Maker::new(&[], &[], 3, &mut rng).document(Junk::Words, &mut rng).is_empty());
    }
}
