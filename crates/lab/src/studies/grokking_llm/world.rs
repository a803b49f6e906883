//! Three domains of questions of two tokens: sums, pairs and text. Each has an alphabet of its own.
//!
//! - *sums*: the first and the second number, and their sum modulo a number. A share of all questions is learned, the others are held out. Where sums
//!   are `random`, every question has an answer that was drawn at random: what is learned then says nothing about what is held out.
//! - *pairs*: two keys and an answer drawn at random. They can be learned by heart only; now and then another answer is given (`noise`).
//! - *text*: two words, and the one that follows: nine times of ten it is the one word that follows the second of them, else any. The texts to
//!   learn are drawn once, so that they can be learned by heart as well; held out are other texts, without such accidents.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::{Method, Settings};
use crate::blocks::streams::{Purpose, stream};

/// How often a word is followed by another one than its own.
const ACCIDENTS: f64 = 0.1;

/// Questions, and what is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Examples {
    /// The first token of each.
    pub(super) first: Vec<u32>,
    /// The second token of each.
    pub(super) second: Vec<u32>,
    /// The answer to each.
    pub(super) wanted: Vec<u32>,
}

impl Examples {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.wanted.len()
    }

    pub(super) fn push(&mut self, first: u32, second: u32, wanted: u32) {
        self.first.push(first);
        self.second.push(second);
        self.wanted.push(wanted);
    }

    /// Adds those of another list.
    fn extend(&mut self, other: &Self) {
        self.first.extend_from_slice(&other.first);
        self.second.extend_from_slice(&other.second);
        self.wanted.extend_from_slice(&other.wanted);
    }
}

/// All questions of a seed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct World {
    /// What is learned: sums, then pairs, then texts.
    pub(super) learned: Examples,
    /// Where each of the three begins, and where the last one ends.
    pub(super) starts: [usize; 4],
    /// Sums that are held out.
    pub(super) sums: Examples,
    /// Texts that are held out.
    pub(super) text: Examples,
    /// The first key and how many there are: from these come wrong answers to pairs.
    keys: (u32, u32),
    noise: f64,
}

/// The numbers below `count` in random order.
fn dealt(count: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(rng);
    order
}

/// Sums to learn and sums that are held out.
fn sums(own: &Settings, seed: u64) -> (Examples, Examples) {
    let (modulus, all) = (own.modulus, own.modulus.pow(2));
    let order = dealt(all, &mut stream(seed, Purpose::Pictures, 0));
    // Answers at random are drawn in a stream of their own: the questions that are held out are the same.
    let mut rng = stream(seed, Purpose::Deal, 0);
    let random: Vec<u32> = (0..all).map(|_| rng.random_range(0..modulus as u32)).collect();
    let (mut learned, mut held_out) = (Examples::default(), Examples::default());
    for (k, question) in order.iter().enumerate() {
        let (a, b) = (question / modulus, question % modulus);
        let answer = if own.method == Method::RandomSums { random[*question] } else { ((a + b) % modulus) as u32 };
        let to = if k < own.sums() { &mut learned } else { &mut held_out };
        to.push(a as u32, b as u32, answer);
    }
    (learned, held_out)
}

/// Pairs of keys with an answer; `from` is the first key.
fn pairs(own: &Settings, from: u32, seed: u64) -> Examples {
    let mut rng = stream(seed, Purpose::Pictures, 1);
    let keys = own.keys;
    let mut made = Examples::default();
    for pair in dealt(keys.pow(2), &mut rng).into_iter().take(own.pairs) {
        let answer = rng.random_range(0..keys as u32);
        made.push(from + (pair / keys) as u32, from + (pair % keys) as u32, from + answer);
    }
    made
}

/// So many texts; `from` is the first word, `next` what follows each.
fn texts(count: usize, next: &[usize], from: u32, accidents: f64, rng: &mut Pcg64) -> Examples {
    let words = next.len();
    let mut made = Examples::default();
    for _ in 0..count {
        let (first, second, other) = (rng.random_range(0..words), rng.random_range(0..words), rng.random_range(0..words));
        let follows = if rng.random::<f64>() < accidents { other } else { next[second] };
        made.push(from + first as u32, from + second as u32, from + follows as u32);
    }
    made
}

impl World {
    /// That of a seed.
    pub(super) fn new(own: &Settings, seed: u64) -> Self {
        let (first_key, first_word) = (own.modulus as u32, (own.modulus + own.keys) as u32);
        let (learned_sums, sums) = sums(own, seed);
        let pairs = pairs(own, first_key, seed);
        let mut rng = stream(seed, Purpose::Pictures, 2);
        let next = dealt(own.words, &mut rng);
        let learned_text = texts(own.texts, &next, first_word, ACCIDENTS, &mut rng);
        let text = texts(own.texts, &next, first_word, 0.0, &mut rng);
        let mut learned = learned_sums;
        let mut starts = [0; 4];
        starts[1] = learned.len();
        learned.extend(&pairs);
        starts[2] = learned.len();
        learned.extend(&learned_text);
        starts[3] = learned.len();
        Self { learned, starts, sums, text, keys: (first_key, own.keys as u32), noise: own.noise }
    }

    /// The questions of a step, of any domain, drawn with replacement.
    pub(super) fn batch(&self, count: usize, rng: &mut Pcg64) -> Examples {
        let mut made = Examples::default();
        for _ in 0..count {
            let at = rng.random_range(0..self.learned.len());
            let wrong = rng.random::<f64>() < self.noise;
            let other = self.keys.0 + rng.random_range(0..self.keys.1);
            let pair = (self.starts[1]..self.starts[2]).contains(&at);
            let wanted = if pair && wrong { other } else { self.learned.wanted[at] };
            made.push(self.learned.first[at], self.learned.second[at], wanted);
        }
        made
    }
}
