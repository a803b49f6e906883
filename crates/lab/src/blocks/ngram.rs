//! A model of text that counts: the next symbol given up to so many before it, by interpolation after Witten and Bell (1991).
//!
//! With n(h) symbols seen after the history h, t(h) of them different, and h′ the history without its first symbol, p(s | h) = (n(h s) + t(h) p(s |
//! h′)) / (n(h) + t(h)); before the shortest history all symbols are equally likely. Nothing is chosen, no training can diverge, and probabilities
//! of all symbols add up to one. A text is read as if symbols 0 (blanks) stood before it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Mixes the bits of a key that is a number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0xd134_2543_de82_ef95)
    }
}

type Table<V> = HashMap<u64, V, BuildHasherDefault<Mix>>;

/// Where the length of a history stands in a key.
const LENGTH: u32 = 58;

/// Longest history there can be with so many symbols: a key has room for it, a symbol and its length.
pub(crate) fn longest(symbols: usize) -> usize {
    (LENGTH / width(symbols)).saturating_sub(1).min(12) as usize
}

/// Bits of a symbol.
fn width(symbols: usize) -> u32 {
    (usize::BITS - symbols.saturating_sub(1).leading_zeros()).max(1)
}

/// The model.
#[derive(Clone, Debug)]
pub(crate) struct NGram {
    order: u32,
    symbols: usize,
    width: u32,
    /// Of every history: symbols seen after it, and how many different ones.
    histories: Table<[u32; 2]>,
    /// How often a symbol was seen after a history.
    seen: Table<u32>,
}

impl NGram {
    /// A model that has seen nothing: of so many symbols (2 to 256), with histories of up to `order` of them, or as many as a key has room for.
    pub(crate) fn new(order: usize, symbols: usize) -> Self {
        let order = order.min(longest(symbols)) as u32;
        Self { order, symbols, width: width(symbols), histories: Table::default(), seen: Table::default() }
    }

    /// A model of these texts.
    pub(crate) fn of<'a>(order: usize, symbols: usize, texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut model = Self::new(order, symbols);
        texts.into_iter().for_each(|text| model.add(text, 1));
        model
    }

    /// The last k symbols of a history, and the key that names them.
    fn key(&self, history: u64, k: u32) -> (u64, u64) {
        let symbols = history & ((1_u64 << (k * self.width)) - 1);
        let length = u64::from(k) << LENGTH;
        (symbols | length, (symbols << self.width) | length)
    }

    /// The history one symbol later.
    fn later(&self, history: u64, symbol: u8) -> u64 {
        ((history << self.width) | u64::from(symbol)) & ((1_u64 << (self.order * self.width)) - 1)
    }

    /// The history after a text.
    fn after(&self, text: &[u8]) -> u64 {
        text.iter().fold(0, |history, symbol| self.later(history, *symbol))
    }

    /// Counts a text so many times.
    pub(crate) fn add(&mut self, text: &[u8], times: u32) {
        if times == 0 {
            return;
        }
        let mut history = 0;
        for symbol in text {
            for k in 0..=self.order {
                let (before, with) = self.key(history, k);
                let seen = self.seen.entry(with | u64::from(*symbol)).or_insert(0);
                let new = u32::from(*seen == 0);
                *seen += times;
                let counts = self.histories.entry(before).or_insert([0, 0]);
                counts[0] += times;
                counts[1] += new;
            }
            history = self.later(history, *symbol);
        }
    }

    fn probability(&self, history: u64, symbol: u8) -> f64 {
        let mut p = (self.symbols as f64).recip();
        // What was never seen after a history was never seen after a longer one, and histories that are unknown have no known ones that end in them.
        let mut known = true;
        for k in 0..=self.order {
            let (before, with) = self.key(history, k);
            let Some([all, different]) = self.histories.get(&before) else { break };
            let count = if known { self.seen.get(&(with | u64::from(symbol))).copied().unwrap_or(0) } else { 0 };
            known = count > 0;
            p = (f64::from(count) + f64::from(*different) * p) / (f64::from(*all) + f64::from(*different));
        }
        p
    }

    /// The probability of every symbol of a text, given all before it.
    pub(crate) fn probabilities(&self, text: &[u8]) -> Vec<f64> {
        let mut history = 0;
        let one = |symbol: &u8| {
            let p = self.probability(history, *symbol);
            history = self.later(history, *symbol);
            p
        };
        text.iter().map(one).collect()
    }

    /// Bits that a text takes, after another one.
    pub(crate) fn bits_after(&self, before: &[u8], text: &[u8]) -> f64 {
        let mut history = self.after(before);
        let mut bits = 0.0;
        for symbol in text {
            bits -= self.probability(history, *symbol).log2();
            history = self.later(history, *symbol);
        }
        bits
    }

    /// Bits that a text takes.
    pub(crate) fn bits(&self, text: &[u8]) -> f64 {
        self.bits_after(&[], text)
    }

    /// Bits of a text for each of its symbols.
    pub(crate) fn bits_per_symbol(&self, text: &[u8]) -> f64 {
        self.bits(text) / text.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_by_hand_add_up_to_one() {
        // After nothing at all: 1, 1, 2 of three symbols; after 1: 1 and 2, once each.
        let model = NGram::of(1, 3, [[1, 1, 2].as_slice()]);
        // Without a history: 3 symbols, 2 different ones.
        let zero = |count: f64| (count + 2.0 / 3.0) / 5.0;
        assert!((NGram::of(0, 3, [[1, 1, 2].as_slice()]).probabilities(&[0])[0] - zero(0.0)).abs() < 1e-15);
        let after = |symbol: u8| model.bits_after(&[1], &[symbol]).exp2().recip();
        assert!((after(1) - (1.0 + 2.0 * zero(2.0)) / 4.0).abs() < 1e-15 && (after(0) - 2.0 * zero(0.0) / 4.0).abs() < 1e-15);
        assert!(((0..3).map(after).sum::<f64>() - 1.0).abs() < 1e-12);
        // Nothing was seen after 2.
        assert!((model.bits_after(&[2], &[1]) + zero(2.0).log2()).abs() < 1e-12);
        let text = [0, 1, 2, 2, 1];
        let bits: f64 = model.probabilities(&text).iter().map(|p| -p.log2()).sum();
        assert!((bits - model.bits(&text)).abs() < 1e-12 && (bits / 5.0 - model.bits_per_symbol(&text)).abs() < 1e-12);
    }

    #[test]
    fn a_longer_history_knows_more_and_texts_may_be_counted_twice() {
        let text: Vec<u8> = (0..400_u32).map(|k| [0, 1, 0, 2, 3][k as usize % 5]).collect();
        let bits = |order: usize| NGram::of(order, 40, [text.as_slice()]).bits_per_symbol(&text);
        assert!(bits(0) > 1.5 && bits(1) < bits(0) && bits(2) < 0.2, "{} {} {}", bits(0), bits(1), bits(2));
        let (mut once, mut twice) = (NGram::new(2, 40), NGram::new(2, 40));
        once.add(&text, 2);
        twice.add(&text, 1);
        twice.add(&text, 1);
        assert_eq!(once.probabilities(&text), twice.probabilities(&text));
        assert_eq!(NGram::new(3, 4).bits(&[1, 2]), 4.0);
    }

    #[test]
    fn histories_have_room() {
        assert_eq!((longest(40), longest(256), longest(2), width(40), width(64), width(65)), (8, 6, 12, 6, 6, 7));
        assert_eq!(NGram::new(99, 40).order, 8);
        let text: Vec<u8> = (0..100).map(|k| (k * k % 39) as u8).collect();
        let model = NGram::of(8, 40, [text.as_slice()]);
        assert!(model.probabilities(&text).iter().all(|p| (0.0..1.0).contains(p)));
    }
}
