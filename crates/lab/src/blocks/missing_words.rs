//! Words that are missing of a text of a domain (see `corpora`): how likely each of them is, given all that is left, exactly.
//!
//! The next word of a chain of order two depends on the last two. With β(u, v) the probability of all that is left after a place, given that u and v
//! stand before it and there, a missing word w after u and v has the probability P(w | u, v) β(v, w) over its sum; words that are missing before it
//! are known by then, as they are to a model that says them one after the other. β comes from the right, a place at a time, summed over what is
//! missing. The first word of a text is never missing.

use super::corpora::Domain;

/// All conditional distributions of a domain.
pub(crate) struct Filler {
    words: usize,
    /// words × words: what follows the first word of a text.
    second: Vec<f64>,
    /// words × words × words: what follows two words.
    later: Vec<f64>,
}

/// Bits of a missing word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exact {
    /// Given what is left on both sides.
    pub(crate) both: f64,
    /// Given what came before it alone.
    pub(crate) left: f64,
}

impl Filler {
    /// Of a domain of so many words.
    pub(crate) fn new(domain: &Domain, words: usize) -> Self {
        let all = 0..words as u32;
        let second = all.clone().flat_map(|v| domain.after(&[v])).collect();
        let later = all.clone().flat_map(|u| all.clone().flat_map(move |v| domain.after(&[u, v]))).collect();
        Self { words, second, later }
    }

    /// What may follow two words.
    fn after(&self, u: usize, v: usize) -> &[f64] {
        self.later.get((u * self.words + v) * self.words..).and_then(|row| row.get(..self.words)).unwrap_or_default()
    }

    /// What may stand at a place of a text.
    fn prior(&self, text: &[u32], place: usize) -> &[f64] {
        match text.get(..place).unwrap_or_default() {
            [.., u, v] => self.after(*u as usize, *v as usize),
            [v] => self.second.get(*v as usize * self.words..).and_then(|row| row.get(..self.words)).unwrap_or_default(),
            [] => &[],
        }
    }

    /// The β of every place but the first, words × words each, up to a factor.
    fn messages(&self, text: &[u32], missing: &[bool]) -> Vec<Vec<f64>> {
        let words = self.words;
        let mut all = vec![vec![1.0; words * words]; text.len()];
        for place in (1..text.len().saturating_sub(1)).rev() {
            let next = text[place + 1] as usize;
            let mut now = vec![0.0; words * words];
            for (pair, to) in now.iter_mut().enumerate() {
                let (u, v) = (pair / words, pair % words);
                let (row, right) = (self.after(u, v), &all[place + 1][v * words..(v + 1) * words]);
                *to = if missing[place + 1] { row.iter().zip(right).map(|(p, beta)| p * beta).sum() } else { row[next] * right[next] };
            }
            let most = now.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
            now.iter_mut().for_each(|beta| *beta /= most);
            all[place] = now;
        }
        all
    }

    /// The bits of all that is missing, from left to right: a mark for every word of the text.
    pub(crate) fn exact(&self, text: &[u32], missing: &[bool]) -> Vec<Exact> {
        let words = self.words;
        let messages = self.messages(text, missing);
        let one = |place: usize| {
            let (own, last) = (text[place] as usize, text[place - 1] as usize);
            let (row, right) = (self.prior(text, place), &messages[place][last * words..(last + 1) * words]);
            let all: f64 = row.iter().zip(right).map(|(p, beta)| p * beta).sum();
            Exact { both: -(row[own] * right[own] / all).log2(), left: -row[own].log2() }
        };
        (1..text.len().min(missing.len())).filter(|place| missing[*place]).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::corpora::Language;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    const WORDS: usize = 3;

    fn domain(spread: f64) -> Domain {
        Domain::new(Language { words: WORDS, zipf: 1.0, spread, far: 0.4 }, &mut Pcg64::seed_from_u64(1))
    }

    /// The probability of a text.
    fn probability(domain: &Domain, text: &[u32]) -> f64 {
        domain.exact(text).iter().map(|word| (-word.0).exp()).product()
    }

    #[test]
    fn they_are_those_of_all_texts_there_could_be() {
        let domain = domain(1.5);
        let filler = Filler::new(&domain, WORDS);
        let (text, missing) = ([2, 0, 1, 1, 2, 0], [false, true, false, true, true, false]);
        // All ways to fill the gaps.
        let fill = |ways: usize| {
            let mut other = text;
            (other[1], other[3], other[4]) = ((ways % 3) as u32, (ways / 3 % 3) as u32, (ways / 9) as u32);
            other
        };
        let share = |known: &[usize], place: usize| {
            let agrees = |other: &[u32; 6]| known.iter().all(|k| other[*k] == text[*k]);
            let all: Vec<[u32; 6]> = (0..27).map(fill).filter(agrees).collect();
            let sum = |of: &dyn Fn(&[u32; 6]) -> bool| all.iter().filter(|other| of(other)).map(|other| probability(&domain, other)).sum::<f64>();
            sum(&|other| other[place] == text[place]) / sum(&|_| true)
        };
        let wanted = [share(&[], 1), share(&[1], 3), share(&[1, 3], 4)];
        let found = filler.exact(&text, &missing);
        assert!(found.len() == 3 && found.iter().zip(wanted).all(|(found, wanted)| (found.both + wanted.log2()).abs() < 1e-9), "{found:?} {wanted:?}");
        let left = domain.exact(&text);
        let before: Vec<f64> = [1, 3, 4].iter().map(|k: &usize| left[*k].0 / std::f64::consts::LN_2).collect();
        assert!(found.iter().zip(before).all(|(found, left)| (found.left - left).abs() < 1e-9));
    }

    #[test]
    fn where_words_say_nothing_of_each_other_both_sides_are_no_help() {
        let filler = Filler::new(&domain(0.0), WORDS);
        let found = filler.exact(&[0, 1, 2, 0, 1, 2, 2, 1], &[false, true, true, false, true, false, false, true]);
        assert!(found.len() == 4 && found.iter().all(|word| (word.both - word.left).abs() < 1e-9), "{found:?}");
        // At the end there is no other side.
        let filler = Filler::new(&domain(1.5), WORDS);
        let found = filler.exact(&[0, 1, 2, 0], &[false, false, true, true]);
        assert!(found.iter().all(|word| (word.both - word.left).abs() < 1e-9), "{found:?}");
    }
}
