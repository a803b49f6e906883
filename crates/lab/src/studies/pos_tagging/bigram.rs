//! The most frequent tag of a word after the previous tag, from left to right.
//!
//! This is the bigram tagger of the NLTK book (Bird, Klein and Loper 2009, chapter 5): the pair of previous tag and word has the
//! tag that it had most often, and a pair that was seen less than twice has the tag that [`Suffix`] gives the word. While
//! tagging, the previous tag is the one just given, right or wrong. It is the tagger B (`acc_bigram_greedy`) of the curves in
//! `brown_pos_curves`, which were measured for this project, and it gives the numbers of that file to all six decimals.

use super::suffix::Suffix;
use super::tagger::{NumberMap, Tagger, Tally};

/// Stands for the tag before the first word of a sentence. No tag has this number where there are fewer than 2^16.
const START: u16 = u16::MAX;

/// How often a pair must have been seen to count. With 1, the accuracy on the Brown corpus is a fifth of a point higher, but the
/// curves of `brown_pos_curves` were measured with 2.
const SEEN: u32 = 2;

/// The tagger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bigram {
    /// What is asked where the pair is too rare.
    back_off: Suffix,
    /// The tags of each pair of a previous tag and a word, see [`key`].
    pairs: NumberMap<Tally>,
}

/// The pair of a previous tag and a word as one number.
fn key(previous: u16, word: u32) -> u64 {
    u64::from(previous) << 32 | u64::from(word)
}

impl Bigram {
    /// A tagger that knows how the words are spelt and nothing else.
    pub(super) fn new(words: &[String]) -> Self {
        Self { back_off: Suffix::new(words), pairs: NumberMap::default() }
    }
}

impl Tagger for Bigram {
    fn learn(&mut self, sentence: &[(u32, u16)]) {
        self.back_off.learn(sentence);
        let mut previous = START;
        for &(word, tag) in sentence {
            self.pairs.entry(key(previous, word)).or_default().add(tag);
            previous = tag;
        }
    }

    fn tag(&self, words: &[u32], into: &mut Vec<u16>) {
        into.clear();
        let mut previous = START;
        for &word in words {
            let seen = self.pairs.get(&key(previous, word)).filter(|tally| tally.total() >= SEEN).and_then(Tally::best);
            previous = seen.unwrap_or_else(|| self.back_off.tag_of(word));
            into.push(previous);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_tag_decides_where_the_pair_is_known() {
        // Words: 0 the, 1 to, 2 run. Tags: 0 at, 1 to, 2 nn, 3 vb.
        let mut tagger = Bigram::new(&["the", "to", "run"].map(str::to_owned));
        let mut into = vec![9];
        tagger.tag(&[2, 0], &mut into);
        assert_eq!(into, [0, 0]);
        tagger.learn(&[(0, 0), (2, 2)]);
        tagger.learn(&[(1, 1), (2, 3)]);
        tagger.learn(&[(1, 1), (2, 3)]);
        // (at, run) was seen once: run is vb twice of three times.
        tagger.tag(&[0, 2], &mut into);
        assert_eq!(into, [0, 3]);
        // Now twice, always as nn: nn after at, vb after to, and after nn the back-off, where nn (seen first) and vb are equals.
        tagger.learn(&[(0, 0), (2, 2)]);
        tagger.tag(&[0, 2, 2], &mut into);
        assert_eq!(into, [0, 2, 2]);
        tagger.tag(&[1, 2], &mut into);
        assert_eq!(into, [1, 3]);
    }

    #[test]
    fn an_unknown_word_goes_by_its_suffix_and_leaves_its_tag_to_the_next_pair() {
        // Words: 0 cat, 1 bat, 2 runs; tags: 0 nn, 1 vb, 2 nns. bat is unknown, -at is nn, and (nn, runs) was seen twice as vb,
        // while runs alone is nns three times of five.
        let mut tagger = Bigram::new(&["cat", "bat", "runs"].map(str::to_owned));
        for _ in 0..2 {
            tagger.learn(&[(0, 0), (2, 1)]);
        }
        for _ in 0..3 {
            tagger.learn(&[(2, 2)]);
        }
        let mut into = Vec::new();
        tagger.tag(&[1, 2, 2], &mut into);
        assert_eq!(into, [0, 1, 2]);
    }
}
