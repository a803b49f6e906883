//! What a model of text can do: put words in order, fill a gap, and know a genre from a few examples.
//!
//! - `order`: of a stretch of text and the same words in random order, the model takes fewer bits for the first (chance 1/2);
//! - `cloze`: of the word that stands in a place and three others, it takes the fewest bits for each symbol of the first (chance 1/4);
//! - `genre`: for every genre a small model counts a few pieces, and is mixed half and half with the model; a piece is of the genre whose mixture
//!   takes the fewest bits for it (chance 1 by the number of genres).
//!
//! Ability is the mean of the three shares of right answers. A tie is a wrong answer.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::genres::{BLANK, Piece, SYMBOLS, joined, words};
use super::junk::shuffled_words;
use super::ngram::NGram;

/// Symbols of a stretch that words are put in order in.
const STRETCH: usize = 90;

/// Words to choose from.
const CHOICES: usize = 4;

/// Histories of the small models of genres.
const GENRE_ORDER: usize = 3;

/// A gap: what stands before it, and words to choose from, the right one first; each ends in a blank.
struct Gap {
    before: Vec<u8>,
    words: Vec<Vec<u8>>,
}

/// What is asked.
pub(crate) struct Probes {
    order: Vec<[Vec<u8>; 2]>,
    gaps: Vec<Gap>,
    /// A model of some pieces of every genre.
    genres: Vec<NGram>,
    pieces: Vec<Piece>,
}

/// Shares of right answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ability {
    pub(crate) order: f64,
    pub(crate) cloze: f64,
    pub(crate) genre: f64,
}

impl Ability {
    /// The mean of the three.
    pub(crate) fn mean(&self) -> f64 {
        (self.order + self.cloze + self.genre) / 3.0
    }
}

/// Whether the first number is below all others.
fn first_is_least(numbers: &[f64]) -> bool {
    numbers.split_first().is_some_and(|(first, others)| others.iter().all(|other| first < other))
}

/// Share of these that are so; 0 of none.
fn share<T>(all: &[T], is: impl Fn(&T) -> bool) -> f64 {
    all.iter().filter(|one| is(one)).count() as f64 / all.len().max(1) as f64
}

impl Probes {
    /// Questions on these pieces, of which `shots` of each genre are examples of it.
    pub(crate) fn new(pieces: &[Piece], genres: usize, shots: usize, rng: &mut Pcg64) -> Self {
        let (mut examples, mut asked): (Vec<Vec<&[u8]>>, Vec<Piece>) = (vec![Vec::new(); genres], Vec::new());
        for piece in pieces {
            match examples.get_mut(piece.genre).filter(|known| known.len() < shots) {
                Some(known) => known.push(&piece.text),
                None => asked.push(piece.clone()),
            }
        }
        let genres = examples.into_iter().map(|texts| NGram::of(GENRE_ORDER, SYMBOLS, texts)).collect();
        let bag: Vec<&[u8]> = pieces.iter().flat_map(|piece| words(&piece.text)).collect();
        let (mut order, mut gaps) = (Vec::new(), Vec::new());
        for piece in &asked {
            let mut stretch = Vec::new();
            let mut length = 0;
            for word in words(&piece.text) {
                stretch.push(word);
                length += word.len() + 1;
                if length >= STRETCH {
                    break;
                }
            }
            let text = joined(stretch.iter().copied());
            let shuffled = shuffled_words(&text, rng);
            order.push([text, shuffled]);
            gaps.extend(gap(&piece.text, &bag, rng));
        }
        Self { order, gaps, genres, pieces: asked }
    }

    /// What a model can do.
    pub(crate) fn measure(&self, model: &NGram) -> Ability {
        let order = share(&self.order, |[text, shuffled]| model.bits(text) < model.bits(shuffled));
        let cloze = share(&self.gaps, |gap| {
            let bits = |word: &Vec<u8>| model.bits_after(&gap.before, word) / word.len() as f64;
            first_is_least(&gap.words.iter().map(bits).collect::<Vec<_>>())
        });
        let genre = share(&self.pieces, |piece| {
            let base = model.probabilities(&piece.text);
            let bits = |genre: &NGram| -> f64 {
                let both = genre.probabilities(&piece.text).into_iter().zip(&base);
                both.map(|(own, base)| -(0.5 * own + 0.5 * base).log2()).sum()
            };
            let mut bits: Vec<f64> = self.genres.iter().map(bits).collect();
            if piece.genre < bits.len() {
                bits.swap(0, piece.genre);
            }
            first_is_least(&bits)
        });
        Ability { order, cloze, genre }
    }

    /// Bits for each symbol of the pieces that are asked about: the mean over pieces of each genre.
    pub(crate) fn bits(&self, model: &NGram) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0.0); self.genres.len()];
        for piece in &self.pieces {
            if let Some((bits, count)) = sums.get_mut(piece.genre) {
                *bits += model.bits_per_symbol(&piece.text);
                *count += 1.0;
            }
        }
        sums.into_iter().map(|(bits, count)| (count > 0.0).then(|| bits / count)).collect()
    }
}

/// A gap in the later half of a text, with words of a bag that are not the right one; none in a text of fewer than four words.
fn gap(text: &[u8], bag: &[&[u8]], rng: &mut Pcg64) -> Option<Gap> {
    let own = words(text);
    if own.len() < 4 || bag.is_empty() {
        return None;
    }
    let place = rng.random_range(own.len() / 2..own.len());
    let right = own[place];
    let mut choices = vec![right];
    // Where one word is nearly all there is, no other may be found.
    for _ in 0..100 {
        let other = bag[rng.random_range(0..bag.len())];
        if choices.len() < CHOICES && !choices.contains(&other) {
            choices.push(other);
        }
    }
    let ended = |word: &[u8]| [word, &[BLANK]].concat();
    let mut before = joined(own[..place].iter().copied());
    before.push(BLANK);
    (choices.len() == CHOICES).then(|| Gap { before, words: choices.into_iter().map(ended).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::genres::symbols;
    use rand::SeedableRng;

    /// Two genres: one counts up, one counts down.
    fn pieces(count: usize) -> Vec<Piece> {
        let up = symbols("one two three four five six seven eight nine ten eleven twelve one two three four five six");
        let down = symbols("twelve eleven ten nine eight seven six five four three two one twelve eleven ten nine");
        (0..count).map(|k| Piece { genre: k % 2, text: if k % 2 == 0 { up.clone() } else { down.clone() } }).collect()
    }

    #[test]
    fn who_knows_the_text_answers_right_and_who_knows_nothing_does_not() {
        let pieces = pieces(40);
        let probes = Probes::new(&pieces, 2, 3, &mut Pcg64::seed_from_u64(1));
        let known = NGram::of(6, SYMBOLS, pieces.iter().map(|piece| piece.text.as_slice()));
        let ability = probes.measure(&known);
        assert!(ability.order == 1.0 && ability.genre == 1.0 && ability.cloze > 0.5, "{ability:?}");
        assert!((ability.mean() - (2.0 + ability.cloze) / 3.0).abs() < 1e-12);
        // All texts of a length are alike to it; genres are known by their examples all the same.
        let nothing = probes.measure(&NGram::new(6, SYMBOLS));
        assert_eq!((nothing.order, nothing.genre), (0.0, 1.0));
        let bits = probes.bits(&NGram::new(6, SYMBOLS));
        assert!(bits.len() == 2 && bits.iter().all(|b| b.is_some_and(|b| (b - 40.0_f64.log2()).abs() < 1e-12)));
        assert!(probes.bits(&known).iter().flatten().all(|b| *b < 1.5));
    }

    #[test]
    fn a_gap_has_four_different_words() {
        let text = symbols("one two three four five");
        let bag = words(&text);
        let found = gap(&text, &bag, &mut Pcg64::seed_from_u64(2)).unwrap();
        assert!(found.words.len() == 4 && text.starts_with(&found.before) && found.before.len() >= symbols("one two ").len());
        let mut words = found.words.clone();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), 4);
        assert!(gap(&text[..7], &bag, &mut Pcg64::seed_from_u64(2)).is_none());
    }
}
