//! The operation language: words of four letters, eight elementary operations, and every pair of them that is a task of its own.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Letters of a word.
pub(super) const LETTERS: usize = 4;

/// Symbols that are letters: 26 small ones, then 26 capitals.
pub(super) const SYMBOLS: u8 = 52;

/// An elementary operation on a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Copy,
    Upper,
    Lower,
    First,
    Last,
    Reverse,
    Successor,
    Lookup,
}

impl Op {
    pub(super) const ALL: [Self; 8] = [Self::Copy, Self::Upper, Self::Lower, Self::First, Self::Last, Self::Reverse, Self::Successor, Self::Lookup];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::First => "first",
            Self::Last => "last",
            Self::Reverse => "reverse",
            Self::Successor => "successor",
            Self::Lookup => "lookup",
        }
    }

    /// Whether it moves letters, and leaves each as it is.
    pub(super) fn moves(self) -> bool {
        matches!(self, Self::First | Self::Last | Self::Reverse)
    }

    /// `successor` is the next letter of the alphabet, `lookup` the entry of a table that is learned by heart; both keep the case.
    pub(super) fn apply(self, word: &[u8], table: &[u8; 26]) -> Vec<u8> {
        let letterwise = |f: &dyn Fn(u8) -> u8| word.iter().map(|&s| f(s % 26) + s / 26 * 26).collect();
        match self {
            Self::Copy => word.to_vec(),
            Self::Upper => word.iter().map(|s| s % 26 + 26).collect(),
            Self::Lower => word.iter().map(|s| s % 26).collect(),
            Self::First => word.iter().take(1).copied().collect(),
            Self::Last => word.iter().rev().take(1).copied().collect(),
            Self::Reverse => word.iter().rev().copied().collect(),
            Self::Successor => letterwise(&|s| (s + 1) % 26),
            Self::Lookup => letterwise(&|s| table[usize::from(s)]),
        }
    }
}

/// A task: one operation, or one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) name: &'static str,
    pub(super) first: Op,
    /// What is applied to the outcome of the first.
    pub(super) second: Option<Op>,
}

impl Task {
    pub(super) fn apply(self, word: &[u8], table: &[u8; 26]) -> Vec<u8> {
        let once = self.first.apply(word, table);
        self.second.map_or_else(|| once.clone(), |op| op.apply(&once, table))
    }

    pub(super) fn has(self, op: Op) -> bool {
        self.second.is_some() && (self.first == op || self.second == Some(op))
    }
}

const fn one(name: &'static str, first: Op) -> Task {
    Task { name, first, second: None }
}

const fn two(name: &'static str, first: Op, second: Op) -> Task {
    Task { name, first, second: Some(second) }
}

/// All tasks: the elementary ones, then every ordered pair of two different ones but `copy` that is no task already. A pair is left out
/// when leaving out one of its operations changes fewer than a fifth of all words (`upper` after `lower`), and when another task before
/// it does the same to every word (`first` after `reverse` is `last`; `upper` after `reverse` is `reverse` after `upper`). A test makes
/// the list anew.
pub(super) const TASKS: [Task; 26] = {
    use Op::{Copy, First, Last, Lookup, Lower, Reverse, Successor, Upper};
    [
        one("copy", Copy),
        one("upper", Upper),
        one("lower", Lower),
        one("first", First),
        one("last", Last),
        one("reverse", Reverse),
        one("successor", Successor),
        one("lookup", Lookup),
        two("upper-first", Upper, First),
        two("upper-last", Upper, Last),
        two("upper-reverse", Upper, Reverse),
        two("upper-successor", Upper, Successor),
        two("upper-lookup", Upper, Lookup),
        two("lower-first", Lower, First),
        two("lower-last", Lower, Last),
        two("lower-reverse", Lower, Reverse),
        two("lower-successor", Lower, Successor),
        two("lower-lookup", Lower, Lookup),
        two("first-successor", First, Successor),
        two("first-lookup", First, Lookup),
        two("last-successor", Last, Successor),
        two("last-lookup", Last, Lookup),
        two("reverse-successor", Reverse, Successor),
        two("reverse-lookup", Reverse, Lookup),
        two("successor-lookup", Successor, Lookup),
        two("lookup-successor", Lookup, Successor),
    ]
};

/// A word of random letters in random case.
pub(super) fn word(rng: &mut Pcg64) -> [u8; LETTERS] {
    std::array::from_fn(|_| rng.random_range(0..SYMBOLS))
}

/// A table without fixed points: a cycle through the alphabet in random order.
pub(super) fn table(rng: &mut Pcg64) -> [u8; 26] {
    let mut order: [u8; 26] = std::array::from_fn(|k| k as u8);
    for k in (1..26).rev() {
        order.swap(k, rng.random_range(0..=k));
    }
    let mut table = [0; 26];
    for k in 0..26 {
        table[usize::from(order[k])] = order[(k + 1) % 26];
    }
    table
}
