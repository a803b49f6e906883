//! What every tagger does, and the counts that several of them keep.
//!
//! The interface is our own. A tagger is given sentences one after the other and can be asked at any time, so that one pass over
//! a corpus gives a whole learning curve.

use std::hash::{BuildHasherDefault, Hasher};

/// Gives every word of a sentence a tag, after it has seen sentences whose tags are known.
///
/// Words and tags are the indices of one [`Corpus`](super::corpus::Corpus), for which the tagger was made. A word with a larger
/// index counts as unknown, and a sentence with such a word or tag may be left out of what is learnt.
pub(super) trait Tagger {
    /// Takes note of one sentence: pairs of a word and its tag. Learning goes on after any number of calls of [`Self::tag`].
    fn learn(&mut self, sentence: &[(u32, u16)]);

    /// Makes ready what depends on all sentences at once. It is called after the last [`Self::learn`] before [`Self::tag`];
    /// taggers that are always ready need nothing here.
    fn prepare(&mut self) {}

    /// Puts one tag per word into `into`, in place of what was there. Before anything was learnt, every tag is 0.
    fn tag(&self, words: &[u32], into: &mut Vec<u16>);
}

/// How often each tag was seen in one context.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// Tags with their counts, in the order in which they were first seen.
    counts: Vec<(u16, u32)>,
    /// Where in `counts` the most frequent tag is.
    best: usize,
    /// The sum of the counts.
    total: u32,
}

impl Tally {
    /// Counts a tag once more.
    pub(super) fn add(&mut self, tag: u16) {
        let known = self.counts.iter().position(|&(seen, _)| seen == tag);
        let place = known.unwrap_or_else(|| {
            self.counts.push((tag, 0));
            self.counts.len() - 1
        });
        self.counts[place].1 += 1;
        self.total += 1;
        let (now, most) = (self.counts[place].1, self.counts[self.best].1);
        if now > most || (now == most && place < self.best) {
            self.best = place;
        }
    }

    /// The most frequent tag; among several the one that was seen first. `None` where no tag was seen.
    pub(super) fn best(&self) -> Option<u16> {
        self.counts.get(self.best).map(|&(tag, _)| tag)
    }

    /// Tags with their counts (1 or more), in the order in which they were first seen.
    pub(super) fn counts(&self) -> &[(u16, u32)] {
        &self.counts
    }

    /// How many tags were counted, repetitions included.
    pub(super) fn total(&self) -> u32 {
        self.total
    }
}

/// A hash map whose keys are whole numbers.
pub(super) type NumberMap<V> = std::collections::HashMap<u64, V, BuildHasherDefault<NumberHasher>>;

/// Hashes one number by two multiplications (the finaliser of MurmurHash3, which is in the public domain). It is faster than the
/// hasher of the standard library, and our keys come from no adversary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        let mut h = self.0 ^ key;
        h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        self.0 = h ^ (h >> 33);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_takes_the_first_of_equals() {
        let mut tally = Tally::default();
        assert_eq!(tally.best(), None);
        for (tag, best) in [(3, 3), (7, 3), (7, 7), (3, 3), (3, 3)] {
            tally.add(tag);
            assert_eq!(tally.best(), Some(best));
        }
        assert_eq!(tally.counts(), [(3, 3), (7, 2)]);
        assert_eq!(tally.total(), 5);
    }

    #[test]
    fn the_hash_is_that_of_murmur() {
        // The finaliser of MurmurHash3 leaves 0 where it is, and sends 1 to this number, worked with Python's whole numbers.
        let hash = |key: u64| {
            let mut hasher = NumberHasher::default();
            hasher.write_u64(key);
            hasher.finish()
        };
        assert_eq!(hash(0), 0);
        assert_eq!(hash(1), 0xb456_bcfc_34c2_cb2c);
    }
}
