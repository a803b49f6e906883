//! An averaged perceptron that tags from left to right.
//!
//! The training is that of Collins, "Discriminative training methods for hidden Markov models" (EMNLP 2002), in its greedy form, as
//! in Honnibal's tagger of 2013 (the `PerceptronTagger` of NLTK): the tag with the largest sum of weights is given at once, and the
//! features of the next word see the tags given, right or wrong. A wrong tag adds 1 to the weights of the right one and takes 1
//! from those of the given one, and in the end every weight is its mean over all words passed. The features are those of
//! Ratnaparkhi (EMNLP 1996), here for all words alike: the word, its prefixes and suffixes up to three characters, whether it has a
//! capital, a digit or a hyphen, the one and two previous tags, the previous tag with the word, the two words on either side, and
//! the longest of these suffixes of the two neighbours. There is no dictionary of tags.
//!
//! It does not learn step by step: [`Tagger::prepare`] trains anew, five times over all sentences, each time in another order. It
//! is pure in the sentences and the seed.

use super::suffix::Suffixes;
use super::tagger::{NumberMap, Tagger};

/// How often training passes all sentences.
const EPOCHS: usize = 5;

/// Longest prefix and suffix in characters.
const LONGEST: usize = 3;

/// At most so many features does one word have.
const MOST_FEATURES: usize = 19;

/// The tagger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Perceptron {
    /// What features are made of.
    spelling: Spelling,
    /// How many tags there are.
    tags: usize,
    /// What the orders of sentences are drawn from.
    seed: u64,
    /// The sentences learnt, one after the other.
    tokens: Vec<(u32, u16)>,
    /// Where each of them ends in `tokens`.
    ends: Vec<usize>,
    /// 0 for tags that were seen and −∞ for the others.
    base: Vec<f32>,
    /// The rows of features that depend on tags, see [`Spelling::with_tags`].
    tagged: NumberMap<u32>,
    /// Where the weights of each feature begin in `weights`, and the end.
    weights_at: Vec<u32>,
    /// Tags with their mean weights.
    weights: Vec<(u16, f32)>,
}

/// All that features see of words. Features that depend on words alone have numbers from 0 on, one range per kind.
#[derive(Clone, Debug, PartialEq)]
struct Spelling {
    /// How many words there are. The place of a word outside the sentence or the corpus has this number.
    words: u32,
    /// Suffixes of every word.
    suffixes: Suffixes,
    /// Prefixes of every word, as suffixes of its reverse.
    prefixes: Suffixes,
    /// Whether each word has a capital (1), a digit (2) and a hyphen (4), as a sum.
    shapes: Vec<u8>,
    /// Where the ranges begin, in the order of [`Spelling::of_words`], and the end.
    starts: [u32; 12],
}

impl Spelling {
    /// Numbers the features of these words.
    fn new(words: &[String]) -> Self {
        let suffixes = Suffixes::new(words, LONGEST);
        let reverse: Vec<String> = words.iter().map(|word| word.chars().rev().collect()).collect();
        let prefixes = Suffixes::new(&reverse, LONGEST);
        let shape = |word: &String| {
            let has = |value: u8, what: fn(char) -> bool| if word.contains(what) { value } else { 0 };
            has(1, char::is_uppercase) + has(2, char::is_numeric) + has(4, |c| c == '-')
        };
        let (word, suffix, prefix) = (words.len() as u32 + 1, suffixes.len() as u32, prefixes.len() as u32);
        // Sizes first, which then become sums of those before.
        let mut starts = [1, 8, word, word, word, word, word, suffix, prefix, suffix + 1, suffix + 1, 0];
        let mut end = 0;
        for start in &mut starts {
            (*start, end) = (end, end + *start);
        }
        let shapes = words.iter().map(shape).collect();
        Self { words: words.len() as u32, suffixes, prefixes, shapes, starts }
    }

    /// The word at this place, and [`Spelling::words`] beyond the ends of the sentence.
    fn at(&self, words: &[u32], place: Option<usize>) -> u32 {
        place.and_then(|place| words.get(place)).map_or(self.words, |&word| word.min(self.words))
    }

    /// The features of the words around one place, put into `features`.
    fn of_words(&self, words: &[u32], place: usize, features: &mut Vec<u32>) {
        let word = |shift: isize| self.at(words, place.checked_add_signed(shift));
        let [bias, shape, this, left, right, left_two, right_two, suffix, prefix, left_suffix, right_suffix, _] = self.starts;
        let of = word(0);
        features.clear();
        features.push(bias);
        features.push(shape + u32::from(self.shapes.get(of as usize).copied().unwrap_or(0)));
        features.extend([(this, 0), (left, -1), (right, 1), (left_two, -2), (right_two, 2)].map(|(start, shift)| start + word(shift)));
        features.extend(self.suffixes.of(of).iter().map(|id| suffix + id));
        features.extend(self.prefixes.of(of).iter().map(|id| prefix + id));
        for (start, shift) in [(left_suffix, -1), (right_suffix, 1)] {
            let longest = self.suffixes.of(word(shift)).last().copied();
            features.push(start + longest.unwrap_or(self.suffixes.len() as u32));
        }
    }

    /// The features of the tags before one place, `[two before, one before]`, as keys: the tag before, the tag two before, both,
    /// and the tag before with the word.
    fn with_tags(&self, words: &[u32], place: usize, [two, one]: [u32; 2]) -> [u64; 4] {
        let key = |kind: u64, a: u32, b: u32| kind << 60 | u64::from(a) << 32 | u64::from(b);
        [key(0, one, 0), key(1, two, 0), key(2, one, two), key(3, one, self.at(words, Some(place)))]
    }
}

/// The weights of one feature while training.
#[derive(Clone, Debug, Default)]
struct Row {
    /// Tags with their weights now.
    now: Vec<(u16, f32)>,
    /// The sums of these weights over all words up to one, and the number of that one.
    past: Vec<(f64, u32)>,
}

impl Row {
    /// Adds `step` to the weight of a tag at the word of this number.
    fn add(&mut self, tag: u16, step: f32, clock: u32) {
        let place = self.now.iter().position(|&(known, _)| known == tag).unwrap_or_else(|| {
            self.now.push((tag, 0.0));
            self.past.push((0.0, clock));
            self.now.len() - 1
        });
        let (weight, (sum, since)) = (&mut self.now[place].1, &mut self.past[place]);
        *sum += f64::from(*weight) * f64::from(clock - *since);
        *since = clock;
        *weight += step;
    }

    /// The tags whose mean weight up to the word of this number is not 0, with this mean.
    fn means(&self, clock: u32) -> impl Iterator<Item = (u16, f32)> {
        let mean = move |(&(tag, weight), &(sum, since)): (&(u16, f32), &(f64, u32))| {
            let all = sum + f64::from(weight) * f64::from(clock - since);
            (tag, (all / f64::from(clock)) as f32)
        };
        self.now.iter().zip(&self.past).map(mean).filter(|&(_, weight)| weight != 0.0)
    }
}

/// Random numbers by SplitMix64 (Steele, Lea and Flood 2014), which is a counter and a hash.
struct SplitMix(u64);

impl SplitMix {
    /// The next number, over all of its 64 bits.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Puts things into a random order (Fisher and Yates). The bias of the remainder is below 2^-32 for any list that fits.
    fn shuffle<T>(&mut self, list: &mut [T]) {
        for k in (1..list.len()).rev() {
            let other = self.next() % (k as u64 + 1);
            list.swap(k, other as usize);
        }
    }
}

/// The tag with the largest score, and among equals the first.
fn largest(scores: &[f32]) -> u16 {
    let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter().position(|&score| score == best).unwrap_or(0) as u16
}

impl Perceptron {
    /// A tagger that knows how the words are spelt, how many tags there are, and nothing else.
    pub(super) fn new(words: &[String], tags: usize, seed: u64) -> Self {
        let spelling = Spelling::new(words);
        let (base, tagged) = (vec![f32::NEG_INFINITY; tags], NumberMap::default());
        Self { spelling, tags, seed, tokens: Vec::new(), ends: Vec::new(), base, tagged, weights_at: Vec::new(), weights: Vec::new() }
    }
}

impl Tagger for Perceptron {
    fn learn(&mut self, sentence: &[(u32, u16)]) {
        if sentence.is_empty() || sentence.iter().any(|&(_, tag)| usize::from(tag) >= self.tags) {
            return;
        }
        self.tokens.extend_from_slice(sentence);
        self.ends.push(self.tokens.len());
    }

    fn prepare(&mut self) {
        self.base = vec![f32::NEG_INFINITY; self.tags];
        self.tokens.iter().for_each(|&(_, tag)| self.base[usize::from(tag)] = 0.0);
        self.tagged.clear();
        let [.., without_tags] = self.spelling.starts;
        let mut rows = vec![Row::default(); without_tags as usize];
        let start = self.tags as u32;
        let mut order: Vec<usize> = (0..self.ends.len()).collect();
        let mut random = SplitMix(self.seed);
        let (mut words, mut features, mut scores, mut clock) = (Vec::new(), Vec::with_capacity(MOST_FEATURES), self.base.clone(), 0);
        for _ in 0..EPOCHS {
            random.shuffle(&mut order);
            for &sentence in &order {
                let from = if sentence == 0 { 0 } else { self.ends[sentence - 1] };
                let tokens = &self.tokens[from..self.ends[sentence]];
                words.clear();
                words.extend(tokens.iter().map(|&(word, _)| word));
                let mut before = [start; 2];
                for (place, &(_, truth)) in tokens.iter().enumerate() {
                    self.spelling.of_words(&words, place, &mut features);
                    let keys = self.spelling.with_tags(&words, place, before);
                    features.extend(keys.iter().filter_map(|key| self.tagged.get(key)));
                    scores.copy_from_slice(&self.base);
                    for &feature in &features {
                        rows[feature as usize].now.iter().for_each(|&(tag, weight)| scores[usize::from(tag)] += weight);
                    }
                    let given = largest(&scores);
                    if given != truth {
                        for key in keys {
                            self.tagged.entry(key).or_insert_with(|| {
                                rows.push(Row::default());
                                features.push(rows.len() as u32 - 1);
                                rows.len() as u32 - 1
                            });
                        }
                        for &feature in &features {
                            rows[feature as usize].add(truth, 1.0, clock);
                            rows[feature as usize].add(given, -1.0, clock);
                        }
                    }
                    clock += 1;
                    before = [before[1], u32::from(given)];
                }
            }
        }
        self.weights.clear();
        self.weights_at = vec![0];
        for row in &rows {
            self.weights.extend(row.means(clock));
            self.weights_at.push(self.weights.len() as u32);
        }
    }

    fn tag(&self, words: &[u32], into: &mut Vec<u16>) {
        into.clear();
        let (mut features, mut scores) = (Vec::with_capacity(MOST_FEATURES), self.base.clone());
        let mut before = [self.tags as u32; 2];
        for place in 0..words.len() {
            self.spelling.of_words(words, place, &mut features);
            features.extend(self.spelling.with_tags(words, place, before).iter().filter_map(|key| self.tagged.get(key)));
            scores.copy_from_slice(&self.base);
            for &feature in &features {
                if let (Some(&from), Some(&to)) = (self.weights_at.get(feature as usize), self.weights_at.get(feature as usize + 1)) {
                    self.weights[from as usize..to as usize].iter().for_each(|&(tag, weight)| scores[usize::from(tag)] += weight);
                }
            }
            let given = largest(&scores);
            into.push(given);
            before = [before[1], u32::from(given)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    /// Tags and mean weights of a feature.
    fn weights(tagger: &Perceptron, feature: u32) -> &[(u16, f32)] {
        let [from, to] = [feature, feature + 1].map(|k| tagger.weights_at[k as usize] as usize);
        &tagger.weights[from..to]
    }

    #[test]
    fn weights_are_those_worked_by_hand() {
        // One sentence, a is 1 and b is 0. Word 0: all is 0, so 0 is given and 1 is right; all features of a get 1 for tag 1 and
        // -1 for tag 0. Word 1 shares five of them with word 0 (bias, shape, the words two to the left and to the right, and the
        // tag two before, none of which is there): 5 to -5 for tag 1, wrong again, and the shared weights are 0 again. From word 2
        // to word 9 all is right. So the means over ten words are 10/10 for a, 9/10 for b, and 1/10 for what they share.
        let mut tagger = Perceptron::new(&words(&["a", "b"]), 2, 1);
        tagger.learn(&[(0, 1), (1, 0)]);
        tagger.prepare();
        let [bias, shape, this, left, right, left_two, right_two, ..] = tagger.spelling.starts;
        for shared in [bias, shape, left_two + 2, right_two + 2, tagger.tagged[&(1 << 60 | 2 << 32)]] {
            assert_eq!(weights(&tagger, shared), [(1, 0.1), (0, -0.1)]);
        }
        for first in [this, left + 2, right + 1, tagger.tagged[&(2 << 32)]] {
            assert_eq!(weights(&tagger, first), [(1, 1.0), (0, -1.0)]);
        }
        for second in [this + 1, left, right + 2] {
            assert_eq!(weights(&tagger, second), [(0, 0.9), (1, -0.9)]);
        }
        assert_eq!(weights(&tagger, this + 2), []);
        let mut into = vec![9];
        tagger.tag(&[0, 1], &mut into);
        assert_eq!(into, [1, 0]);
    }

    #[test]
    fn a_row_takes_the_mean_over_all_words() {
        // 2 from word 3 on and 1 more from word 5 on, until word 8: (2 · 2 + 3 · 3) / 8. Another that came back to 0: 4 · 1 / 8.
        let mut row = Row::default();
        row.add(6, 2.0, 3);
        row.add(4, 1.0, 2);
        row.add(6, 1.0, 5);
        row.add(4, -1.0, 6);
        assert_eq!(row.means(8).collect::<Vec<_>>(), [(6, 13.0 / 8.0), (4, 0.5)]);
    }

    #[test]
    fn random_numbers_are_those_of_split_mix() {
        // The first three numbers from the state 0, as published with the generator.
        let mut random = SplitMix(0);
        assert_eq!([random.next(), random.next(), random.next()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
        let mut list: Vec<u32> = (0..50).collect();
        random.shuffle(&mut list);
        assert_ne!(list, (0..50).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_word_has_its_features_within_their_ranges() {
        let spelling = Spelling::new(&words(&["X-1a", "the", "of"]));
        let mut features = Vec::new();
        for place in 0..3 {
            spelling.of_words(&[0, 1, 2], place, &mut features);
            let count = if place == 2 { 13 } else { 15 };
            assert_eq!(features.len(), count);
            assert!(features.iter().all(|feature| *feature < spelling.starts[11]));
            let mut sorted = features.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), count);
        }
        assert_eq!(spelling.shapes, [7, 0, 0]);
        // A word beyond the corpus and a place beyond the sentence are the same, and are within the ranges too.
        spelling.of_words(&[u32::MAX], 0, &mut features);
        assert!(features.iter().all(|feature| *feature < spelling.starts[11]));
        assert!(features.len() + 4 + 6 <= MOST_FEATURES);
    }

    #[test]
    fn the_sentences_and_the_seed_decide_all() {
        let sentences: Vec<Vec<(u32, u16)>> = (0..30u32).map(|k| (0..5).map(|j| (k * 7 % (j + 3), ((k + j * j) % 3) as u16)).collect()).collect();
        let train = |seed: u64, parts: &[&[Vec<(u32, u16)>]]| {
            let mut tagger = Perceptron::new(&words(&["aa", "ab", "ba", "bb", "ca", "cb", "Aa"]), 4, seed);
            for part in parts {
                part.iter().for_each(|sentence| tagger.learn(sentence));
                tagger.prepare();
            }
            tagger
        };
        let once = train(1, &[&sentences]);
        assert_eq!(once, train(1, &[&sentences]));
        assert_eq!(once, train(1, &[&sentences[..10], &sentences[10..]]));
        assert_ne!(once.weights, train(2, &[&sentences]).weights);
        // Tag 3 was never seen and is never given.
        let mut into = Vec::new();
        once.tag(&[0, 1, 2, 3, 4, 5, 6, 7, u32::MAX], &mut into);
        assert!(into.len() == 9 && into.iter().all(|&tag| tag < 3));
    }

    #[test]
    fn without_learning_every_tag_is_0() {
        let mut into = vec![9];
        for tags in [0, 2] {
            let mut tagger = Perceptron::new(&words(&["a"]), tags, 1);
            tagger.tag(&[0, 7], &mut into);
            assert_eq!(into, [0, 0]);
            tagger.learn(&[(0, 2)]);
            tagger.learn(&[]);
            tagger.prepare();
            tagger.tag(&[0], &mut into);
            assert_eq!(into, [0]);
        }
    }
}
