//! When a question is memorised, and when one that was held out is answered for good.
//!
//! A question that is learned is memorised at t* when from there on its loss is at most ε and at most δ away from the last one. ε is the smallest
//! multiple of a tenth for which a fifth of the questions of a domain are memorised before the last look. A question that is held out is answered
//! from t# on when of the looks from there on more than eight tenths are right, and at most one is wrong.

use evaluation::stat::{median, spearman};

use super::world::Examples;

/// Multiples of a tenth that are tried.
const TRIED: u32 = 80;
/// The share of questions that has to be memorised before the last look.
const ENOUGH: f64 = 0.2;

/// When the questions of a domain are memorised.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memorised {
    /// ε.
    pub(super) epsilon: f64,
    /// The look of each, if any.
    pub(super) at: Vec<Option<usize>>,
}

impl Memorised {
    /// The share that is memorised before the last of so many looks.
    pub(super) fn share(&self, looks: usize) -> f64 {
        let early = self.at.iter().flatten().filter(|at| **at + 1 < looks).count();
        early as f64 / self.at.len().max(1) as f64
    }
}

/// The losses of looks, each of all questions of a domain, one look after the other.
pub(super) fn memorised(losses: &[&[f32]], delta: f64) -> Memorised {
    let questions = losses.last().map_or(0, |last| last.len());
    let at = |epsilon: f64| -> Vec<Option<usize>> {
        let of = |question: usize| {
            let all = losses.iter().rev().map(|look| look.get(question).map_or(f64::INFINITY, |loss| f64::from(*loss)));
            let last = all.clone().next().unwrap_or(f64::INFINITY);
            let kept = all.take_while(|loss| *loss <= epsilon && (loss - last).abs() <= delta).count();
            (kept > 0).then(|| losses.len() - kept)
        };
        (0..questions).map(of).collect()
    };
    let mut found = Memorised::default();
    for tenths in 1..=TRIED {
        let epsilon = f64::from(tenths) / 10.0;
        found = Memorised { epsilon, at: at(epsilon) };
        if found.share(losses.len()) >= ENOUGH {
            break;
        }
    }
    found
}

/// From which look on each question is answered for good, by 1 for right and 0 for wrong of every look.
pub(super) fn answered(right: &[&[f32]]) -> Vec<Option<usize>> {
    let questions = right.last().map_or(0, |last| last.len());
    let of = |question: usize| {
        let (mut wrong, mut from) = (0_usize, None);
        for (k, look) in right.iter().enumerate().rev() {
            wrong += usize::from(look.get(question).is_none_or(|answer| *answer < 0.5));
            let all = right.len() - k;
            if wrong > 1 {
                break;
            }
            if (all - wrong) as f64 > 0.8 * all as f64 {
                from = Some(k);
            }
        }
        from
    };
    (0..questions).map(of).collect()
}

/// The share of questions that have a look before the last of so many, and the median of their steps.
pub(super) fn typical(at: &[Option<usize>], steps: &[f64]) -> (f64, Option<f64>) {
    let found: Vec<f64> = at.iter().flatten().filter_map(|k| steps.get(*k).copied()).collect();
    (found.len() as f64 / at.len().max(1) as f64, median(&found))
}

/// How when sums that are held out are answered goes with when their partners were memorised, the sums that share a number with them: a rank
/// correlation.
pub(super) fn follows(learned: &Examples, memorised: &[Option<usize>], held_out: &Examples, answered: &[Option<usize>]) -> Option<f64> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (k, answered) in answered.iter().enumerate() {
        let (Some(answered), Some(first), Some(second)) = (*answered, held_out.first.get(k), held_out.second.get(k)) else { continue };
        let partner = |i: &usize| learned.first.get(*i) == Some(first) || learned.second.get(*i) == Some(second);
        let found: Vec<f64> = (0..memorised.len()).filter(partner).filter_map(|i| memorised[i].map(|at| at as f64)).collect();
        if !found.is_empty() {
            before.push(found.iter().sum::<f64>() / found.len() as f64);
            after.push(answered as f64);
        }
    }
    spearman(&before, &after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memorised_is_low_and_near_the_end_for_good() {
        // The first is low from look 1 on, the second only at the end, the third comes near its end at look 2, the fourth never.
        let losses: [&[f32]; 4] = [&[2.0, 0.05, 0.5, 3.0], &[0.08, 0.5, 0.09, 3.0], &[0.06, 0.5, 0.03, 3.0], &[0.05, 0.05, 0.02, 3.0]];
        let found = memorised(&losses, 0.05);
        assert_eq!((found.epsilon, found.at.clone()), (0.1, vec![Some(1), Some(3), Some(2), None]));
        assert_eq!((found.share(4), memorised(&losses, 0.01).at[0]), (0.5, Some(2)));
        // Nothing is below a tenth: the rule goes on to what a fifth of them have.
        let high: [&[f32]; 3] = [&[0.95, 2.0], &[0.94, 1.0], &[0.94, 0.9]];
        assert_eq!(memorised(&high, 0.05), Memorised { epsilon: 1.0, at: vec![Some(0), Some(2)] });
        assert!(memorised(&[], 0.05).at.is_empty());
    }

    #[test]
    fn answered_allows_one_slip() {
        let looks: Vec<[f32; 3]> = (0..10).map(|k| [1.0, f32::from(u8::from(k != 5)), f32::from(u8::from(k > 6))]).collect();
        let looks: Vec<&[f32]> = looks.iter().map(<[f32; 3]>::as_slice).collect();
        assert_eq!(answered(&looks), [Some(0), Some(0), Some(7)]);
        // With one slip in five looks, only eight tenths are right, which is not more than that.
        assert_eq!(answered(&looks[5..]), [Some(0), Some(1), Some(2)]);
        assert_eq!(typical(&[Some(0), Some(2), None, None], &[1.0, 2.0, 9.0]), (0.5, Some(5.0)));
        assert_eq!(typical(&[None], &[1.0]), (0.0, None));
    }

    #[test]
    fn partners_share_a_number() {
        let mut learned = Examples::default();
        let mut held_out = Examples::default();
        for k in 0..3 {
            learned.push(k, 9, 0);
            held_out.push(k, 8, 0);
        }
        let at = [Some(1), Some(2), Some(3)];
        let near = |found: Option<f64>, known: f64| assert!(found.is_some_and(|r| (r - known).abs() < 1e-12), "{found:?}");
        near(follows(&learned, &at, &held_out, &[Some(4), Some(5), Some(7)]), 1.0);
        near(follows(&learned, &at, &held_out, &[Some(7), None, Some(4)]), -1.0);
        assert_eq!(follows(&learned, &[None; 3], &held_out, &at), None);
    }
}
