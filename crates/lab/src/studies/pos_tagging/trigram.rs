//! A hidden Markov model whose states are pairs of tags: the tagger TnT.
//!
//! The source is Brants, "TnT: a statistical part-of-speech tagger" (ANLP 2000, arXiv cs/0003055); no code of others was used. Of
//! all tag sequences, the one is taken that makes the product of `P(t3 | t1, t2) · P(word | t3)` over the words largest, with the
//! following parts.
//!
//! - **Transitions** are interpolated, `P(t3 | t1, t2) = λ1 P̂(t3) + λ2 P̂(t3 | t2) + λ3 P̂(t3 | t1, t2)`, from relative frequencies
//!   P̂. A context that was never seen gives 0. The weights come from deleted interpolation: every trigram adds its frequency to the
//!   λ of the largest of `(f(t1,t2,t3) − 1) / (f(t1,t2) − 1)`, `(f(t2,t3) − 1) / (f(t2) − 1)` and `(f(t3) − 1) / (N − 1)`, where a
//!   division by 0 gives 0. Among equals, the shortest context is taken (the paper does not say).
//! - **Known words** have `P(word | t) = f(word, t) / f(t)`, and only tags that they were seen with.
//! - **Unknown words** go by their suffixes of at most 10 characters, counted over the tokens of words that occur at most 10
//!   times, separately for words with and without a capital at the beginning. From the tags of all tokens, `P̂(t)`, through the
//!   empty suffix to the longest known one, `P ← (P̂(t | suffix) + θ P) / (1 + θ)`, and by Bayes `P(word | t) ∝ P / P̂(t)`.
//! - **θ** is the standard deviation of the P̂(t) over the tags that were seen, with their number less 1 in the denominator.
//! - **Beam**: states that are more than 1000 times less probable than the best one at the same word are dropped.
//!
//! Sentences are bounded by two markers before and one after them.
//!
//! **What differs from the paper.** The marker after a sentence is counted and predicted as if it were a tag after the two last
//! ones (the paper has it after the last one only), so N is the number of tokens and sentences. Tags carry no flag for a capital
//! (the paper doubles the tag set by one). A transition of probability 0, which only tiny corpora have, counts as [`LEAST`], so that
//! every sentence has a path.

use super::suffix::Suffixes;
use super::tagger::{NumberMap, Tagger, Tally};

/// Longest suffix in characters.
const LONGEST: usize = 10;

/// Words that occur more often leave no suffixes.
const RARE: u32 = 10;

/// The beam: the factor of probability below the best state within which states are kept.
const BEAM: f64 = 1000.0;

/// What a transition of probability 0 counts as. A frequency of one in a million tokens with a λ1 of 0.01 is still above it.
const LEAST: f64 = 1e-12;

/// More tags than this are refused: tables have a place for every pair of them.
const MOST_TAGS: usize = 2000;

/// How many tags a word may have for whom transitions are searched one by one; for more, they are read along.
const FEW: usize = 6;

/// The weights of the contexts in a transition: of none, of one tag and of two. They are 0 to 1 and sum to 1 where anything was
/// learnt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lambdas {
    /// λ1, of the tag alone.
    pub(super) none: f64,
    /// λ2, of the previous tag.
    pub(super) one: f64,
    /// λ3, of the two previous tags.
    pub(super) two: f64,
}

/// The tagger.
#[derive(Clone, Debug)]
pub(super) struct Trigram {
    /// The suffixes of every word.
    suffixes: Suffixes,
    /// Whether a word begins with a capital.
    capital: Vec<bool>,
    /// How many tags there are, the marker not included. The marker has this number.
    tags: usize,
    /// The tags of each word.
    words: Vec<Tally>,
    /// How often each three tags followed each other, markers included, see [`Trigram::key`].
    trigrams: NumberMap<u32>,
    /// What [`Tagger::prepare`] made of these counts.
    model: Model,
}

/// The probabilities, as they are needed while tagging. Tags include the marker where pairs of tags are meant.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    /// The weights of the contexts.
    lambdas: Lambdas,
    /// θ, from 0 to 1.
    theta: f64,
    /// P̂(t) over all tokens, the marker not counted.
    share: Vec<f64>,
    /// λ1 P̂(t3) + λ2 P̂(t3 | t2), row after row of t2, and at least [`LEAST`].
    lower: Vec<f64>,
    /// Where the followers of each pair (t1, t2) begin in `followers`, and the end.
    followers_at: Vec<u32>,
    /// t3 and λ3 P̂(t3 | t1, t2), in order of t3.
    followers: Vec<(u16, f64)>,
    /// Where the tags of each word begin in `emissions`, and the end.
    emissions_at: Vec<u32>,
    /// A tag and P(word | tag), in order of tags.
    emissions: Vec<(u16, f64)>,
    /// The suffixes of words without and with a capital.
    ends: [Ends; 2],
}

/// The tags of the suffixes of rare words.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ends {
    /// Tags of the empty suffix with P̂(t | suffix), in order of tags.
    empty: Vec<(u16, f64)>,
    /// Where the tags of each suffix begin in `tags`, and the end.
    at: Vec<u32>,
    /// A tag and P̂(t | suffix).
    tags: Vec<(u16, f64)>,
}

/// A state of the search: the last two tags.
#[derive(Clone, Copy, Debug)]
struct State {
    /// The tag of the word before.
    previous: u16,
    /// The tag of the word.
    tag: u16,
    /// The state of the word before that leads here: where it is in the list of all states.
    back: u32,
    /// Its probability, relative to that of the best state at the same word.
    chance: f64,
}

impl Trigram {
    /// A tagger that knows how the words are spelt, how many tags there are, and nothing else.
    ///
    /// # Errors
    ///
    /// More than [`MOST_TAGS`] tags.
    pub(super) fn new(words: &[String], tags: usize) -> Result<Self, String> {
        if tags > MOST_TAGS {
            return Err(format!("there are {tags} tags; the trigram tagger takes at most {MOST_TAGS}"));
        }
        let capital = words.iter().map(|word| word.starts_with(char::is_uppercase)).collect();
        let suffixes = Suffixes::new(words, LONGEST);
        let mut tagger = Self { suffixes, capital, tags, words: vec![Tally::default(); words.len()], trigrams: NumberMap::default(), model: Model::default() };
        tagger.prepare();
        Ok(tagger)
    }

    /// The weights of the contexts, as of the last [`Tagger::prepare`].
    #[cfg(test)]
    pub(super) fn lambdas(&self) -> Lambdas {
        self.model.lambdas
    }

    /// The share of less specific suffixes in the tags of an unknown word, 0 to 1, as of the last [`Tagger::prepare`].
    #[cfg(test)]
    pub(super) fn theta(&self) -> f64 {
        self.model.theta
    }

    /// Three tags as one number, in their order.
    fn key(tags: [u16; 3]) -> u64 {
        tags.iter().fold(0, |key, &tag| key << 16 | u64::from(tag))
    }

    /// The three tags of a number.
    fn unkey(key: u64) -> [u16; 3] {
        [32, 16, 0].map(|shift| (key >> shift) as u16)
    }

    /// Lambdas and transitions into `model`, from the trigrams alone.
    fn transitions(&self, model: &mut Model) {
        let places = self.tags + 1;
        let mut trigrams: Vec<([u16; 3], u32)> = self.trigrams.iter().map(|(&key, &count)| (Self::unkey(key), count)).collect();
        trigrams.sort_unstable();
        // Counts of what is predicted, and of the contexts in which something is.
        let (mut ones, mut twos) = (vec![0; places], vec![0; places * places]);
        let (mut context_ones, mut context_twos) = (vec![0; places], vec![0; places * places]);
        let mut all = 0;
        for &([a, b, c], count) in &trigrams {
            let [a, b, c] = [a, b, c].map(usize::from);
            ones[c] += count;
            twos[b * places + c] += count;
            context_ones[b] += count;
            context_twos[a * places + b] += count;
            all += count;
        }
        let rest = |part: u32, whole: u32| if whole > 1 { f64::from(part - 1) / f64::from(whole - 1) } else { 0.0 };
        let mut weights = [0u64; 3];
        for &([a, b, c], count) in &trigrams {
            let [a, b, c] = [a, b, c].map(usize::from);
            let values = [rest(ones[c], all), rest(twos[b * places + c], context_ones[b]), rest(count, context_twos[a * places + b])];
            let best = (1..3).fold(0, |best, k| if values[k] > values[best] { k } else { best });
            weights[best] += u64::from(count);
        }
        let share = |part: u32, whole: u32| if whole > 0 { f64::from(part) / f64::from(whole) } else { 0.0 };
        let [none, one, two] = weights.map(|weight| if all > 0 { weight as f64 / f64::from(all) } else { 0.0 });
        model.lambdas = Lambdas { none, one, two };
        let lower = (0..places * places).map(|place| {
            let (b, c) = (place / places, place % places);
            (none * share(ones[c], all) + one * share(twos[place], context_ones[b])).max(LEAST)
        });
        model.lower = lower.collect();
        model.followers = Vec::with_capacity(trigrams.len());
        model.followers_at = vec![0; places * places + 1];
        for &([a, b, c], count) in &trigrams {
            let place = usize::from(a) * places + usize::from(b);
            model.followers.push((c, two * share(count, context_twos[place])));
            model.followers_at[place + 1] = model.followers.len() as u32;
        }
        fill_gaps(&mut model.followers_at);
    }

    /// The tags of words and of suffixes into `model`.
    fn lexicon(&self, model: &mut Model) {
        let mut counts = vec![0u32; self.tags];
        for &(tag, count) in self.words.iter().flat_map(Tally::counts) {
            counts[usize::from(tag)] += count;
        }
        let tokens: u32 = counts.iter().sum();
        model.share = counts.iter().map(|&count| f64::from(count) / f64::from(tokens.max(1))).collect();
        model.theta = deviation(&model.share.iter().copied().filter(|&share| share > 0.0).collect::<Vec<_>>());
        model.emissions_at = vec![0];
        for tally in &self.words {
            let from = model.emissions.len();
            model.emissions.extend(tally.counts().iter().map(|&(tag, count)| (tag, f64::from(count) / f64::from(counts[usize::from(tag)]))));
            model.emissions[from..].sort_unstable_by_key(|&(tag, _)| tag);
            model.emissions_at.push(model.emissions.len() as u32);
        }
        model.ends = [false, true].map(|capital| self.ends(capital));
    }

    /// The tags of the suffixes of rare words with or without a capital.
    fn ends(&self, capital: bool) -> Ends {
        let mut empty = vec![0; self.tags];
        // Suffix, tag, count.
        let mut seen: Vec<(u32, u16, u32)> = Vec::new();
        for (word, tally) in self.words.iter().enumerate().filter(|&(word, tally)| self.capital[word] == capital && (1..=RARE).contains(&tally.total())) {
            for &(tag, count) in tally.counts() {
                empty[usize::from(tag)] += count;
                seen.extend(self.suffixes.of(word as u32).iter().map(|&suffix| (suffix, tag, count)));
            }
        }
        seen.sort_unstable();
        let all = f64::from(empty.iter().sum::<u32>());
        let empty = empty.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(tag, &count)| (tag as u16, f64::from(count) / all));
        let mut ends = Ends { empty: empty.collect(), at: vec![0; self.suffixes.len() + 1], tags: Vec::new() };
        for of_suffix in seen.chunk_by(|a, b| a.0 == b.0) {
            let all = f64::from(of_suffix.iter().map(|&(_, _, count)| count).sum::<u32>());
            for same in of_suffix.chunk_by(|a, b| a.1 == b.1) {
                let count = same.iter().map(|&(_, _, count)| count).sum::<u32>();
                ends.tags.push((same[0].1, f64::from(count) / all));
            }
            ends.at[of_suffix[0].0 as usize + 1] = ends.tags.len() as u32;
        }
        fill_gaps(&mut ends.at);
        ends
    }

    /// Tags with P(word | tag), in order of tags; for an unknown word P(tag | suffixes) / P̂(tag). Empty where nothing was learnt.
    fn candidates<'a>(&'a self, word: u32, guess: &'a mut Guess) -> &'a [(u16, f64)] {
        let model = &self.model;
        let known = slice(&model.emissions, &model.emissions_at, word as usize);
        if !known.is_empty() {
            return known;
        }
        let Guess { tags: candidates, chances } = guess;
        let ends = &model.ends[usize::from(self.capital.get(word as usize).copied().unwrap_or(false))];
        chances.clear();
        chances.extend_from_slice(&model.share);
        let mut back_off = |tags: &[(u16, f64)]| {
            let scale = 1.0 / (1.0 + model.theta);
            chances.iter_mut().for_each(|chance| *chance *= model.theta * scale);
            for &(tag, share) in tags {
                chances[usize::from(tag)] += share * scale;
            }
        };
        let by_suffix = self.suffixes.of(word).iter().map(|&suffix| slice(&ends.tags, &ends.at, suffix as usize));
        std::iter::once(&ends.empty[..]).chain(by_suffix).take_while(|tags| !tags.is_empty()).for_each(&mut back_off);
        candidates.clear();
        let seen = chances.iter().zip(&model.share).enumerate().filter(|&(_, (_, &share))| share > 0.0);
        candidates.extend(seen.map(|(tag, (chance, share))| (tag as u16, chance / share)));
        candidates
    }

    /// The states of the next word after those of the last one (`from` and on in the list), appended to it and scaled.
    fn advance(&self, room: &mut Room, from: usize, candidates: &[(u16, f64)]) {
        let places = self.tags + 1;
        let Room { states, best_of, follow } = room;
        let to = states.len();
        let mut best = 0.0f64;
        // The best state so far of each pair of a candidate and a previous tag, candidate after candidate within a previous tag.
        best_of.clear();
        let mut group = from;
        while group < to {
            let previous = states[group].tag;
            let end = group + states[group..to].iter().take_while(|state| state.tag == previous).count();
            let lower = &self.model.lower[usize::from(previous) * places..][..places];
            let first = best_of.len();
            best_of.extend(candidates.iter().map(|&(tag, _)| State { previous, tag, back: 0, chance: 0.0 }));
            for (back, state) in states[group..end].iter().enumerate() {
                let back = (group + back) as u32;
                let mut followers = slice(&self.model.followers, &self.model.followers_at, usize::from(state.previous) * places + usize::from(previous));
                follow.clear();
                if candidates.len() <= FEW {
                    let find = |&(tag, _): &(u16, f64)| followers.binary_search_by_key(&tag, |&(tag, _)| tag).map_or(0.0, |at| followers[at].1);
                    follow.extend(candidates.iter().map(find));
                } else {
                    for &(tag, _) in candidates {
                        let skip = followers.iter().take_while(|follower| follower.0 < tag).count();
                        followers = &followers[skip..];
                        follow.push(followers.first().filter(|follower| follower.0 == tag).map_or(0.0, |follower| follower.1));
                    }
                }
                for ((&(tag, emission), &upper), entry) in candidates.iter().zip(follow.iter()).zip(&mut best_of[first..]) {
                    let chance = state.chance * (lower[usize::from(tag)] + upper) * emission;
                    if chance > entry.chance {
                        (entry.chance, entry.back) = (chance, back);
                        best = best.max(chance);
                    }
                }
            }
            group = end;
        }
        let (least, scale) = (best / BEAM, 1.0 / best);
        for k in 0..candidates.len() {
            let kept = best_of[k..].iter().step_by(candidates.len()).filter(|entry| entry.chance > 0.0 && entry.chance >= least);
            states.extend(kept.map(|entry| State { chance: entry.chance * scale, ..*entry }));
        }
    }
}

/// What the search works in, so that it allocates once per sentence.
#[derive(Debug, Default)]
struct Room {
    /// The states of all words so far, in order of words and then of tags.
    states: Vec<State>,
    /// New states before the beam.
    best_of: Vec<State>,
    /// λ3 P̂(t3 | t1, t2) of every candidate.
    follow: Vec<f64>,
}

/// What is made for one unknown word.
#[derive(Debug, Default)]
struct Guess {
    /// The candidates.
    tags: Vec<(u16, f64)>,
    /// P(t | suffixes) of every tag.
    chances: Vec<f64>,
}

impl Tagger for Trigram {
    fn learn(&mut self, sentence: &[(u32, u16)]) {
        let fits = |&(word, tag): &(u32, u16)| (word as usize) < self.words.len() && usize::from(tag) < self.tags;
        if !sentence.iter().all(fits) || sentence.is_empty() {
            return;
        }
        let marker = self.tags as u16;
        let mut context = [marker; 2];
        for tag in sentence.iter().map(|&(_, tag)| tag).chain([marker]) {
            *self.trigrams.entry(Self::key([context[0], context[1], tag])).or_default() += 1;
            context = [context[1], tag];
        }
        for &(word, tag) in sentence {
            self.words[word as usize].add(tag);
        }
    }

    fn prepare(&mut self) {
        let mut model = Model::default();
        self.transitions(&mut model);
        self.lexicon(&mut model);
        self.model = model;
    }

    fn tag(&self, words: &[u32], into: &mut Vec<u16>) {
        into.clear();
        let marker = self.tags as u16;
        let (mut room, mut guess) = (Room::default(), Guess::default());
        room.states.push(State { previous: marker, tag: marker, back: 0, chance: 1.0 });
        let mut from = 0;
        for &word in words {
            let to = room.states.len();
            self.advance(&mut room, from, self.candidates(word, &mut guess));
            if room.states.len() == to {
                // Nothing was learnt: there is no tag to give.
                into.resize(words.len(), 0);
                return;
            }
            from = to;
        }
        let places = self.tags + 1;
        let last = |state: &State| {
            let followers = slice(&self.model.followers, &self.model.followers_at, usize::from(state.previous) * places + usize::from(state.tag));
            let upper = followers.last().filter(|follower| follower.0 == marker).map_or(0.0, |follower| follower.1);
            state.chance * (self.model.lower[usize::from(state.tag) * places + places - 1] + upper)
        };
        let ends = room.states[from..].iter().enumerate().map(|(at, state)| (from + at, last(state)));
        let (mut at, _) = ends.fold((from, 0.0), |best, end| if end.1 > best.1 { end } else { best });
        for _ in words {
            into.push(room.states[at].tag);
            at = room.states[at].back as usize;
        }
        into.reverse();
    }
}

/// The entries of one row of a table whose rows begin at `at`. A row that is not there is empty.
fn slice<'a, T>(entries: &'a [T], at: &[u32], row: usize) -> &'a [T] {
    match (at.get(row), at.get(row + 1)) {
        (Some(&from), Some(&to)) => &entries[from as usize..to as usize],
        _ => &[],
    }
}

/// Gives rows without entries, whose end is still 0, the end of the row before.
fn fill_gaps(at: &mut [u32]) {
    let mut last = 0;
    for end in at {
        last = last.max(*end);
        *end = last;
    }
}

/// The standard deviation of numbers, with one less than their count in the denominator; 0 for less than two.
fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests;
