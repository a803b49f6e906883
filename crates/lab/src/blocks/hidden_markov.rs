//! A hidden Markov chain: texts of a few symbols whose states are known, and what there is to know of a symbol or a state given the rest.
//!
//! The first state, the next state and the symbol of a state are drawn from distributions whose logarithms are normal. What follows from a text is
//! computed by the forward and backward recursions (Rabiner, 1989), so that the least loss there can be, and the most that can be known of a state,
//! are known exactly.

use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

/// How chains are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kind {
    /// States there are, at least 1.
    pub(crate) states: usize,
    /// Symbols there are, at least 1.
    pub(crate) symbols: usize,
    /// Symbols of a text, at least 1.
    pub(crate) length: usize,
    /// Standard deviation of the logarithms of shares, of the next state and of the symbol: the larger, the more there is to know.
    pub(crate) spread: f64,
}

/// A chain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HiddenMarkov {
    kind: Kind,
    first: Vec<f64>,
    /// states × states: what follows a state.
    moves: Vec<f64>,
    /// states × symbols: what a state shows.
    shows: Vec<f64>,
}

/// Makes numbers a distribution.
fn normalise(row: &mut [f64]) {
    let all: f64 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= all);
}

/// Rows that are distributions.
fn table(rows: usize, columns: usize, spread: f64, rng: &mut Pcg64) -> Vec<f64> {
    let mut all: Vec<f64> = (0..rows * columns).map(|_| (spread * normal(rng)).exp()).collect();
    all.chunks_exact_mut(columns.max(1)).for_each(normalise);
    all
}

/// A place from its distribution.
fn draw(row: &[f64], rng: &mut Pcg64) -> usize {
    let mut left = rng.random::<f64>();
    for (place, share) in row.iter().enumerate() {
        left -= share;
        if left < 0.0 {
            return place;
        }
    }
    // What rounding leaves goes to the last.
    row.len().saturating_sub(1)
}

impl HiddenMarkov {
    /// A chain of this kind.
    pub(crate) fn new(kind: Kind, rng: &mut Pcg64) -> Self {
        let Kind { states, symbols, spread, .. } = kind;
        let first = table(1, states, 0.2 * spread, rng);
        let moves = table(states, states, spread, rng);
        Self { kind, first, moves, shows: table(states, symbols, spread, rng) }
    }

    /// Appends a text, and its states.
    pub(crate) fn text(&self, rng: &mut Pcg64, symbols: &mut Vec<u32>, states: &mut Vec<u32>) {
        let mut row = self.first.as_slice();
        for _ in 0..self.kind.length {
            let state = draw(row, rng);
            symbols.push(draw(&self.shows[state * self.kind.symbols..][..self.kind.symbols], rng) as u32);
            states.push(state as u32);
            row = &self.moves[state * self.kind.states..][..self.kind.states];
        }
    }

    /// How likely each state shows a symbol.
    fn shown(&self, symbol: u32) -> impl Iterator<Item = f64> + '_ {
        self.shows.iter().skip(symbol as usize).step_by(self.kind.symbols.max(1)).copied()
    }

    /// The distribution of the state at a place, given all symbols but the one there.
    fn around(&self, text: &[u32], place: usize) -> Vec<f64> {
        let states = self.kind.states;
        let mut before = self.first.clone();
        for symbol in text.iter().take(place) {
            let seen: Vec<f64> = before.iter().zip(self.shown(*symbol)).map(|(p, q)| p * q).collect();
            before.fill(0.0);
            for (p, row) in seen.iter().zip(self.moves.chunks_exact(states.max(1))) {
                before.iter_mut().zip(row).for_each(|(to, q)| *to += p * q);
            }
            normalise(&mut before);
        }
        let mut after = vec![1.0; states];
        for symbol in text.iter().skip(place + 1).rev() {
            let seen: Vec<f64> = after.iter().zip(self.shown(*symbol)).map(|(p, q)| p * q).collect();
            for (to, row) in after.iter_mut().zip(self.moves.chunks_exact(states.max(1))) {
                *to = row.iter().zip(&seen).map(|(p, q)| p * q).sum();
            }
            normalise(&mut after);
        }
        before.iter_mut().zip(&after).for_each(|(b, a)| *b *= a);
        normalise(&mut before);
        before
    }

    /// The distribution of the symbol at a place, given all others.
    pub(crate) fn symbol(&self, text: &[u32], place: usize) -> Vec<f64> {
        let mut found = vec![0.0; self.kind.symbols];
        for (p, row) in self.around(text, place).iter().zip(self.shows.chunks_exact(self.kind.symbols.max(1))) {
            found.iter_mut().zip(row).for_each(|(to, q)| *to += p * q);
        }
        found
    }

    /// The distribution of the state at a place, given all symbols.
    pub(crate) fn state(&self, text: &[u32], place: usize) -> Vec<f64> {
        let mut found = self.around(text, place);
        if let Some(symbol) = text.get(place) {
            found.iter_mut().zip(self.shown(*symbol)).for_each(|(p, q)| *p *= q);
        }
        normalise(&mut found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const KIND: Kind = Kind { states: 3, symbols: 4, length: 5, spread: 1.5 };

    /// The probability of a text with its states, by the definition.
    fn joint(chain: &HiddenMarkov, text: &[u32], states: &[usize]) -> f64 {
        let show = |k: usize| chain.shows[states[k] * 4 + text[k] as usize];
        let came = |k: usize| if k == 0 { chain.first[states[0]] } else { chain.moves[states[k - 1] * 3 + states[k]] };
        (0..text.len()).map(|k| came(k) * show(k)).product()
    }

    /// All series of five states.
    fn all() -> impl Iterator<Item = [usize; 5]> {
        (0..243_usize).map(|n| [n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3, n / 81])
    }

    #[test]
    fn what_is_known_is_what_counting_says() {
        let chain = HiddenMarkov::new(KIND, &mut Pcg64::seed_from_u64(1));
        let text = [2, 0, 3, 3, 1];
        for place in 0..5 {
            let with = |symbol: u32| {
                let mut other = text;
                other[place] = symbol;
                all().map(|states| joint(&chain, &other, &states)).sum::<f64>()
            };
            let total: f64 = (0..4).map(with).sum();
            for (symbol, share) in chain.symbol(&text, place).into_iter().enumerate() {
                assert!((share - with(symbol as u32) / total).abs() < 1e-12, "{place} {symbol}");
            }
            for (state, share) in chain.state(&text, place).into_iter().enumerate() {
                let here: f64 = all().filter(|states| states[place] == state).map(|states| joint(&chain, &text, &states)).sum();
                assert!((share - here / with(text[place])).abs() < 1e-12, "{place} {state}");
            }
        }
    }

    #[test]
    fn texts_are_as_often_as_they_should_be() {
        let kind = Kind { length: 2, ..KIND };
        let chain = HiddenMarkov::new(kind, &mut Pcg64::seed_from_u64(2));
        let (mut rng, mut symbols, mut states) = (Pcg64::seed_from_u64(3), Vec::new(), Vec::new());
        (0..50_000).for_each(|_| chain.text(&mut rng, &mut symbols, &mut states));
        let mut counts = [[0.0; 4]; 4];
        symbols.chunks_exact(2).for_each(|text| counts[text[0] as usize][text[1] as usize] += 1.0);
        for (first, row) in counts.iter().enumerate() {
            for (second, count) in row.iter().enumerate() {
                let pairs = (0..9_usize).map(|n| joint(&chain, &[first as u32, second as u32], &[n % 3, n / 3]));
                let share: f64 = pairs.sum();
                assert!((share - count / 50_000.0).abs() < 5.0 * (share / 50_000.0).sqrt() + 1e-9, "{first} {second}");
            }
        }
        assert!(states.len() == 100_000 && states.iter().all(|state| *state < 3));
    }
}
