//! A linear scorer of texts by their words, told apart by a hash: what fastText does without hidden units (Joulin et al., arXiv 1607.01759).
//!
//! A text is the counts of its words, and of pairs of neighbours, in so many buckets, divided by their length. The scorer is a logistic regression
//! with a small penalty; its loss is convex, and steps are as long as its largest curvature allows, so that there is no rate to choose.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Buckets of words and pairs.
const BUCKETS: u64 = 1 << 16;

/// Penalty on the squared length of the weights, halved.
const PENALTY: f64 = 1e-3;

/// Steps, accelerated after Nesterov: the distance to the optimum falls by 4 % a step.
const STEPS: usize = 400;

/// The blank, which is between words.
const BLANK: u8 = 0;

/// Bucket and value.
type Features = Vec<(usize, f64)>;

/// A hash of numbers (FNV-1a).
fn hash(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0xcbf2_9ce4_8422_2325, |hash, number| (hash ^ number).wrapping_mul(0x0000_0100_0000_01b3))
}

fn features(text: &[u8], pairs: bool) -> Features {
    let words: Vec<u64> = text.split(|s| *s == BLANK).filter(|w| !w.is_empty()).map(|word| hash(word.iter().map(|s| u64::from(*s)))).collect();
    let mut buckets: Vec<usize> = words.iter().map(|word| (word % BUCKETS) as usize).collect();
    if pairs {
        buckets.extend(words.windows(2).map(|pair| (hash(pair.iter().copied()) % BUCKETS) as usize));
    }
    buckets.sort_unstable();
    let mut found: Features = Vec::new();
    for bucket in buckets {
        match found.last_mut() {
            Some((last, count)) if *last == bucket => *count += 1.0,
            _ => found.push((bucket, 1.0)),
        }
    }
    let length = found.iter().map(|(_, count)| count * count).sum::<f64>().sqrt();
    found.iter_mut().for_each(|(_, count)| *count /= length);
    found
}

/// The scorer.
#[derive(Clone, Debug)]
pub(crate) struct HashedScorer {
    pairs: bool,
    /// Of every bucket, and last of all the constant.
    weights: Vec<f64>,
}

impl HashedScorer {
    /// Learns to tell good texts from bad ones; `pairs` says whether it knows neighbours as well as words.
    pub(crate) fn new(good: &[&[u8]], bad: &[&[u8]], pairs: bool) -> Self {
        let known = |texts: &[&[u8]], wanted: f64| -> Vec<(Features, f64)> { texts.iter().map(|text| (features(text, pairs), wanted)).collect() };
        let examples: Vec<(Features, f64)> = known(good, 1.0).into_iter().chain(known(bad, 0.0)).collect();
        let count = BUCKETS as usize + 1;
        let mut model = Self { pairs, weights: vec![0.0; count] };
        // A text and the constant have a squared length of 2 at most, and the second derivative of the loss is at most a quarter.
        let (curvature, each) = (0.5 + PENALTY, (examples.len().max(1) as f64).recip());
        let momentum = (1.0 - (PENALTY / curvature).sqrt()) / (1.0 + (PENALTY / curvature).sqrt());
        let mut before = model.weights.clone();
        for _ in 0..STEPS {
            let ahead: Vec<f64> = model.weights.iter().zip(&before).map(|(now, then)| now + momentum * (now - then)).collect();
            let mut slopes: Vec<f64> = ahead.iter().map(|w| PENALTY * w).collect();
            for (text, wanted) in &examples {
                let score = ahead[count - 1] + text.iter().map(|(bucket, value)| ahead[*bucket] * value).sum::<f64>();
                let error = each * ((1.0 + (-score).exp()).recip() - wanted);
                text.iter().for_each(|(bucket, value)| slopes[*bucket] += error * value);
                slopes[count - 1] += error;
            }
            before = std::mem::replace(&mut model.weights, ahead);
            model.weights.iter_mut().zip(&slopes).for_each(|(w, slope)| *w -= slope / curvature);
        }
        model
    }

    /// How good it finds a text: the logarithm of the odds.
    pub(crate) fn score(&self, text: &[u8]) -> f64 {
        let constant = self.weights.last().copied().unwrap_or(0.0);
        constant + features(text, self.pairs).iter().map(|(bucket, value)| self.weights[*bucket] * value).sum::<f64>()
    }
}

/// Places of the highest scores, the highest first; equal ones are drawn.
pub(crate) fn highest(scores: &[f64], count: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut order: Vec<(f64, f64, usize)> = scores.iter().enumerate().map(|(place, score)| (*score, rng.random::<f64>(), place)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    order.into_iter().take(count).map(|one| one.2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_highest_are_first_and_ties_are_drawn() {
        let mut rng = Pcg64::seed_from_u64(1);
        assert_eq!(highest(&[0.1, 0.9, 0.5], 2, &mut rng), [1, 2]);
        let drawn: Vec<usize> = (0..40).map(|_| highest(&[0.5, 0.5, 0.1], 1, &mut rng)[0]).collect();
        assert!(drawn.contains(&0) && drawn.contains(&1) && !drawn.contains(&2));
    }

    #[test]
    fn texts_by_hand() {
        let found = features(&[0, 3, 4, 0, 5, 0, 0, 3, 4], false);
        let values: Vec<f64> = found.iter().map(|f| f.1).collect();
        assert!(values.iter().any(|v| (v - 2.0 / 5.0_f64.sqrt()).abs() < 1e-12) && (values.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!((found.len(), features(&[3, 0, 5, 0, 3], true).len(), features(&[0, 0], true).len()), (2, 4, 0));
    }

    #[test]
    fn words_of_good_texts_are_good_and_the_slope_is_zero() {
        let (good, bad): (Vec<Vec<u8>>, Vec<Vec<u8>>) = ((0..20).map(|k| vec![1, 0, 9, k]).collect(), (0..20).map(|k| vec![2, 0, 9, k]).collect());
        fn slices(texts: &[Vec<u8>]) -> Vec<&[u8]> {
            texts.iter().map(Vec::as_slice).collect()
        }
        let scorer = HashedScorer::new(&slices(&good), &slices(&bad), false);
        assert!(scorer.score(&[1, 0, 30]) > 1.0 && scorer.score(&[2, 0, 30]) < -1.0, "{}", scorer.score(&[1, 0, 30]));
        // The derivative in the weight of the word that all good texts have.
        let bucket = features(&[1], false)[0].0;
        let rest = |texts: &[Vec<u8>], wanted: f64| -> f64 {
            let one = |text: &Vec<u8>| {
                let value = features(text, false).iter().find(|f| f.0 == bucket).map_or(0.0, |f| f.1);
                ((1.0 + (-scorer.score(text)).exp()).recip() - wanted) * value / 40.0
            };
            texts.iter().map(one).sum()
        };
        let slope = rest(&good, 1.0) + rest(&bad, 0.0) + PENALTY * scorer.weights[bucket];
        assert!(slope.abs() < 2e-4, "{slope}");
        // Of nothing it knows no better than the constant, which is even here.
        assert!(HashedScorer::new(&[], &[], true).score(&[4]) == 0.0 && scorer.score(&[]).abs() < 1e-9);
        // The order of words is seen in pairs alone.
        let pairs = HashedScorer::new(&[&[3, 0, 4]], &[&[4, 0, 3]], true);
        assert!(pairs.score(&[3, 0, 4]) > pairs.score(&[4, 0, 3]));
        let single = HashedScorer::new(&[&[3, 0, 4]], &[&[4, 0, 3]], false);
        assert!((single.score(&[3, 0, 4]) - single.score(&[4, 0, 3])).abs() < 1e-12);
    }
}
