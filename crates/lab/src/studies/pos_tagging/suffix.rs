//! The most frequent tag of a word, and of its longest known suffix where the word is unknown.
//!
//! This is the baseline of nearly every paper on tagging, with a back-off by suffixes of at most five characters. It is the tagger
//! A (`acc_unigram_suffix`) of the curves in `brown_pos_curves`, which were measured for this project. Suffixes are counted
//! over all tokens, as written (upper and lower case are different), and a short word may be its own suffix. Where no suffix
//! is known either, the most frequent tag of all is taken. Among tags that are equally frequent, the one that was seen first
//! is taken. So it gives the numbers of that file to all six decimals.

use std::collections::HashMap;

use super::tagger::{Tagger, Tally};

/// Longest suffix in characters.
const LONGEST: usize = 5;

/// The suffixes of all words, as numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Suffixes {
    /// Where the suffixes of each word begin in `ids`, and the end: one more than there are words.
    starts: Vec<usize>,
    /// Suffix after suffix, those of a word from one character on.
    ids: Vec<u32>,
    /// How many different suffixes there are.
    len: usize,
}

impl Suffixes {
    /// Numbers the suffixes of one to `longest` characters of every word, in the order in which they are met. A word has no
    /// suffix that is longer than itself, and it is a suffix of itself.
    pub(super) fn new(words: &[String], longest: usize) -> Self {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let (mut starts, mut ids) = (vec![0], Vec::new());
        for word in words {
            for (at, _) in word.char_indices().rev().take(longest) {
                let next = seen.len() as u32;
                ids.push(*seen.entry(&word[at..]).or_insert(next));
            }
            starts.push(ids.len());
        }
        Self { starts, ids, len: seen.len() }
    }

    /// The suffixes of a word, from the shortest to the longest. A word that is not there has none.
    pub(super) fn of(&self, word: u32) -> &[u32] {
        let at = word as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&from), Some(&to)) => &self.ids[from..to],
            _ => &[],
        }
    }

    /// How many different suffixes there are; their numbers are smaller.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

/// The tagger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Suffix {
    /// The suffixes of every word.
    suffixes: Suffixes,
    /// The tags of each word.
    words: Vec<Tally>,
    /// The tags of each suffix.
    ends: Vec<Tally>,
    /// The tags of all words together.
    all: Tally,
}

impl Suffix {
    /// A tagger that knows how the words are spelt and nothing else.
    pub(super) fn new(words: &[String]) -> Self {
        let suffixes = Suffixes::new(words, LONGEST);
        let ends = vec![Tally::default(); suffixes.len()];
        Self { suffixes, words: vec![Tally::default(); words.len()], ends, all: Tally::default() }
    }

    /// The tag of a word, whatever its neighbours.
    pub(super) fn tag_of(&self, word: u32) -> u16 {
        let known = self.words.get(word as usize).and_then(Tally::best);
        let by_suffix = || self.suffixes.of(word).iter().rev().find_map(|&suffix| self.ends[suffix as usize].best());
        known.or_else(by_suffix).or_else(|| self.all.best()).unwrap_or(0)
    }
}

impl Tagger for Suffix {
    fn learn(&mut self, sentence: &[(u32, u16)]) {
        for &(word, tag) in sentence {
            if let Some(tally) = self.words.get_mut(word as usize) {
                tally.add(tag);
            }
            for &suffix in self.suffixes.of(word) {
                self.ends[suffix as usize].add(tag);
            }
            self.all.add(tag);
        }
    }

    fn tag(&self, words: &[u32], into: &mut Vec<u16>) {
        into.clear();
        into.extend(words.iter().map(|&word| self.tag_of(word)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::corpus::Corpus;
    use super::*;

    /// The tags of these words, by name, after the whole corpus was learnt.
    fn tags<'a>(corpus: &'a Corpus, words: &[&str]) -> Vec<&'a str> {
        let mut tagger = Suffix::new(&corpus.words);
        // The last sentence only brings words that the others do not have.
        corpus.sentences.iter().rev().skip(1).rev().for_each(|sentence| tagger.learn(sentence));
        let find = |word: &&str| corpus.words.iter().position(|known| known == word).unwrap() as u32;
        let mut into = vec![9];
        tagger.tag(&words.iter().map(find).collect::<Vec<_>>(), &mut into);
        into.iter().map(|&tag| corpus.tags[usize::from(tag)].as_str()).collect()
    }

    #[test]
    fn suffixes_go_from_short_to_long_by_characters() {
        let words = ["saw", "w", "é", "née", "jigsaw"].map(str::to_owned);
        let suffixes = Suffixes::new(&words, 3);
        // w, aw, saw | w | é | e, ée, née | w, aw, saw
        let expected: [&[u32]; 5] = [&[0, 1, 2], &[0], &[3], &[4, 5, 6], &[0, 1, 2]];
        assert_eq!([0, 1, 2, 3, 4].map(|word| suffixes.of(word)), expected);
        assert!(suffixes.of(5).is_empty() && suffixes.of(u32::MAX).is_empty());
        assert_eq!(suffixes.len(), 7);
    }

    #[test]
    fn a_known_word_has_its_most_frequent_tag_and_an_unknown_one_that_of_its_longest_suffix() {
        let mut corpus = Corpus::default();
        let text = "a\tthe/at run/nn\na\tthe/at run/vb run/vb\na\tring/nn sing/vb wing/nn sing/vb king/vb\na\tbing/x 7/x xyzun/x";
        corpus.read_brown(text).unwrap();
        // run: vb 2, nn 1. bing ends in -ing: nn 2 (ring, wing), vb 3. xyzun ends in -un: vb 2, nn 1.
        // 7 has no known suffix: of all tokens at 2, nn 3, vb 5.
        assert_eq!(tags(&corpus, &["run", "the", "bing", "xyzun", "7"]), ["vb", "at", "vb", "vb", "vb"]);
    }

    #[test]
    fn among_equals_the_first_seen_is_taken_and_learning_goes_on() {
        let mut tagger = Suffix::new(&["ab".to_owned(), "cb".to_owned()]);
        assert_eq!(tagger.tag_of(0), 0);
        tagger.learn(&[(0, 2), (0, 1), (0, 1), (0, 2)]);
        assert_eq!((tagger.tag_of(0), tagger.tag_of(1)), (2, 2));
        tagger.learn(&[(1, 1)]);
        assert_eq!((tagger.tag_of(0), tagger.tag_of(1)), (2, 1));
        // A word beyond the corpus has the tag that is most frequent of all: 1 was seen three times, 2 twice.
        assert_eq!(tagger.tag_of(7), 1);
        let mut again = Suffix::new(&["ab".to_owned(), "cb".to_owned()]);
        again.learn(&[(0, 2), (0, 1), (0, 1), (0, 2), (1, 1)]);
        assert_eq!(again, tagger);
    }
}
