//! Nested lists of operations on digits (ListOps, Nangia and Bowman, arXiv 1804.06028, by the generator of Long Range Arena).
//!
//! An expression is one of the operations least, greatest, median (rounded down) and sum (by the number of values), two or more arguments, and a
//! closing token. An argument is a value, or, with a quarter of the chance and where it is not too deep, an expression.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Operations there are.
pub(crate) const OPERATIONS: usize = 4;
/// How often an argument is an expression.
const EXPANDS: f64 = 0.25;

/// How expressions are drawn. Tokens are the values, then the operations, then the closing token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grammar {
    /// Values there are, at least 2.
    pub(crate) values: usize,
    /// Expressions within one another, at least 1.
    pub(crate) depth: usize,
    /// Arguments of an operation, at most; at least 2.
    pub(crate) arguments: usize,
}

/// What an operation gives; the median of an even number of arguments is the mean of the middle two, rounded down.
fn outcome(operation: usize, arguments: &mut [usize], values: usize) -> usize {
    arguments.sort_unstable();
    let count = arguments.len();
    match (operation, arguments) {
        (0, [least, ..]) => *least,
        (1, [.., greatest]) => *greatest,
        (2, sorted) if count > 0 => usize::midpoint(sorted[(count - 1) / 2], sorted[count / 2]),
        (_, all) => all.iter().sum::<usize>() % values.max(1),
    }
}

impl Grammar {
    /// Tokens there are.
    pub(crate) fn tokens(self) -> usize {
        self.values + OPERATIONS + 1
    }

    /// Tokens of the longest expression.
    pub(crate) fn longest(self) -> usize {
        (0..self.depth).fold(1, |argument, _| 2 + self.arguments * argument)
    }

    /// Appends an expression; gives its value.
    pub(crate) fn draw(self, rng: &mut Pcg64, to: &mut Vec<u32>) -> usize {
        self.expression(1, rng, to)
    }

    fn expression(self, depth: usize, rng: &mut Pcg64, to: &mut Vec<u32>) -> usize {
        let operation = rng.random_range(0..OPERATIONS);
        to.push((self.values + operation) as u32);
        let count = rng.random_range(2..=self.arguments.max(2));
        let mut arguments: Vec<usize> = (0..count).map(|_| self.argument(depth, rng, to)).collect();
        to.push((self.values + OPERATIONS) as u32);
        outcome(operation, &mut arguments, self.values)
    }

    fn argument(self, depth: usize, rng: &mut Pcg64, to: &mut Vec<u32>) -> usize {
        let expands = rng.random::<f64>() < EXPANDS;
        if expands && depth < self.depth {
            return self.expression(depth + 1, rng, to);
        }
        let value = rng.random_range(0..self.values.max(1));
        to.push(value as u32);
        value
    }

    /// The exact share of every value among those of expressions.
    pub(crate) fn shares(self) -> Vec<f64> {
        let even = vec![1.0 / self.values.max(1) as f64; self.values];
        let mut arguments = even.clone();
        let mut shares = even.clone();
        // From the innermost expressions outwards.
        for _ in 0..self.depth {
            shares = self.of_arguments(&arguments);
            arguments = shares.iter().zip(&even).map(|(inner, even)| EXPANDS * inner + (1.0 - EXPANDS) * even).collect();
        }
        shares
    }

    /// The share of every value among expressions whose arguments have these shares.
    fn of_arguments(self, shares: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.values];
        let counts = 2..=self.arguments.max(2);
        let each = 1.0 / (OPERATIONS * (self.arguments.max(2) - 1)) as f64;
        for count in counts {
            // All lists of so many values, as numbers to the base of how many there are.
            for code in 0..self.values.pow(count as u32) {
                let list: Vec<usize> = (0..count).map(|k| code / self.values.pow(k as u32) % self.values).collect();
                let share: f64 = list.iter().map(|value| shares[*value]).product();
                for operation in 0..OPERATIONS {
                    found[outcome(operation, &mut list.clone(), self.values)] += each * share;
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const GRAMMAR: Grammar = Grammar { values: 10, depth: 2, arguments: 4 };

    /// The value of the expression that begins at a place, and where it ends.
    fn value(text: &[u32], place: usize) -> (usize, usize) {
        let operation = text[place] as usize - 10;
        let (mut arguments, mut at) = (Vec::new(), place + 1);
        while text[at] != 14 {
            if text[at] < 10 {
                arguments.push(text[at] as usize);
                at += 1;
            } else {
                let (inner, end) = value(text, at);
                arguments.push(inner);
                at = end;
            }
        }
        let sum: usize = arguments.iter().sum();
        arguments.sort_unstable();
        let n = arguments.len();
        let found = match operation {
            0 => arguments[0],
            1 => arguments[n - 1],
            2 if n % 2 == 1 => arguments[n / 2],
            2 => (arguments[n / 2 - 1] + arguments[n / 2]) / 2,
            _ => sum % 10,
        };
        (found, at + 1)
    }

    #[test]
    fn expressions_have_their_values() {
        let mut rng = Pcg64::seed_from_u64(1);
        let (mut nested, mut longest) = (0, 0);
        for _ in 0..500 {
            let mut text = Vec::new();
            let root = GRAMMAR.draw(&mut rng, &mut text);
            assert_eq!(value(&text, 0), (root, text.len()));
            nested += usize::from(text.iter().filter(|t| **t == 14).count() > 1);
            longest = longest.max(text.len());
        }
        assert!((200..400).contains(&nested) && longest <= 26, "{nested} {longest}");
        assert_eq!((GRAMMAR.longest(), GRAMMAR.tokens()), (26, 15));
    }

    #[test]
    fn shares_are_those_of_many_draws() {
        let shares = GRAMMAR.shares();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let (mut rng, mut counts) = (Pcg64::seed_from_u64(2), [0.0; 10]);
        for _ in 0..40_000 {
            counts[GRAMMAR.draw(&mut rng, &mut Vec::new())] += 1.0;
        }
        for (share, count) in shares.iter().zip(counts) {
            assert!((share - count / 40_000.0).abs() < 5.0 * (share / 40_000.0).sqrt(), "{share} {count}");
        }
        // Of two values and two arguments: the least is 1 in a quarter, the greatest in three, the median in a quarter, the sum in a half.
        let small = Grammar { values: 2, depth: 1, arguments: 2 }.shares();
        assert!((small[1] - (0.25 + 0.75 + 0.25 + 0.5) / 4.0).abs() < 1e-12);
    }
}
