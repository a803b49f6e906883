//! What an example weighs in its batch.
//!
//! With h = (2ℓ − ℓmax − ℓmin) / (ℓmax − ℓmin), which is −1 for the lowest loss of the batch and 1 for the highest, the weights are a softmax of
//! f(h) / r: `lin-upper` min(h + 1, 1), `quadratic` 1 − h², `extremes` |h|. The authors' δ, which scales h and f alike, is the same as another r,
//! and is 1 here.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::Strategy;

impl Strategy {
    /// The strategy whose weights it takes.
    fn shape(self) -> Self {
        match self {
            Self::MatchedLinUpper | Self::ShuffledLinUpper => Self::LinUpper,
            Self::MatchedQuadratic | Self::ShuffledQuadratic => Self::Quadratic,
            own => own,
        }
    }

    /// Whether all examples weigh the same, and the gradient is as long as that of the strategy.
    pub(super) fn matched(self) -> bool {
        matches!(self, Self::MatchedLinUpper | Self::MatchedQuadratic)
    }

    fn shuffled(self) -> bool {
        matches!(self, Self::ShuffledLinUpper | Self::ShuffledQuadratic)
    }

    /// f(h).
    fn score(self, height: f64) -> f64 {
        match self.shape() {
            Self::LinUpper => (height + 1.0).min(1.0),
            Self::Quadratic => 1.0 - height * height,
            Self::Extremes => height.abs(),
            _ => 0.0,
        }
    }

    /// The weights of a batch, which sum to one, from its losses. `odd` says which examples are no news; `rng` deals weights out at random, where
    /// they are. Of a matched strategy they are those whose gradient gives the length.
    pub(super) fn weights(self, losses: &[f64], temperature: f64, odd: &[bool], rng: &mut Pcg64) -> Vec<f64> {
        if self == Self::Informed && odd.iter().any(|odd| !odd) {
            let news = odd.iter().filter(|odd| !**odd).count() as f64;
            return odd.iter().map(|odd| if *odd { 0.0 } else { 1.0 / news }).collect();
        }
        let (low, high) = losses.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| (low.min(*loss), high.max(*loss)));
        let height = |loss: f64| if high > low { (2.0 * loss - high - low) / (high - low) } else { 0.0 };
        let scores: Vec<f64> = losses.iter().map(|loss| self.score(height(*loss)) / temperature).collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut weights: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
        let all: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= all);
        if self.shuffled() {
            weights.shuffle(rng);
        }
        weights
    }
}

/// The weight of the examples that are news, over their share of the batch; `None` where there are none.
pub(super) fn focus(weights: &[f64], odd: &[bool]) -> Option<f64> {
    let news = odd.iter().filter(|odd| !**odd).count();
    let weight: f64 = weights.iter().zip(odd).filter(|(_, odd)| !**odd).map(|(w, _)| w).sum();
    (news > 0).then(|| weight * odd.len() as f64 / news as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const NONE: [bool; 4] = [false; 4];

    fn weights(strategy: Strategy, losses: &[f64], odd: &[bool]) -> Vec<f64> {
        strategy.weights(losses, 0.5, odd, &mut Pcg64::seed_from_u64(1))
    }

    fn near(found: &[f64], wanted: &[f64]) {
        assert!(found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {wanted:?}");
    }

    #[test]
    fn weights_by_hand() {
        // Heights −1, −0.5, 0, 1.
        let losses = [1.0, 2.0, 3.0, 5.0];
        let softmax = |scores: [f64; 4]| {
            let all: f64 = scores.iter().map(|s| (s / 0.5).exp()).sum();
            scores.map(|s| (s / 0.5).exp() / all)
        };
        near(&weights(Strategy::Uniform, &losses, &NONE), &[0.25; 4]);
        near(&weights(Strategy::LinUpper, &losses, &NONE), &softmax([0.0, 0.5, 1.0, 1.0]));
        near(&weights(Strategy::Quadratic, &losses, &NONE), &softmax([0.0, 0.75, 1.0, 0.0]));
        near(&weights(Strategy::Extremes, &losses, &NONE), &softmax([1.0, 0.5, 0.0, 1.0]));
        assert_eq!(weights(Strategy::MatchedQuadratic, &losses, &NONE), weights(Strategy::Quadratic, &losses, &NONE));
        let mut dealt = weights(Strategy::ShuffledLinUpper, &losses, &NONE);
        let mut own = weights(Strategy::LinUpper, &losses, &NONE);
        dealt.sort_by(f64::total_cmp);
        own.sort_by(f64::total_cmp);
        assert_eq!(dealt, own);
        near(&weights(Strategy::Informed, &losses, &[false, true, false, true]), &[0.5, 0.0, 0.5, 0.0]);
        near(&weights(Strategy::Informed, &losses, &[true; 4]), &[0.25; 4]);
    }

    #[test]
    fn equal_losses_and_a_hot_softmax_weigh_all_the_same() {
        for strategy in [Strategy::LinUpper, Strategy::Quadratic, Strategy::Extremes] {
            near(&weights(strategy, &[2.0; 4], &NONE), &[0.25; 4]);
            let hot = strategy.weights(&[1.0, 2.0, 3.0, 5.0], 1e15, &NONE, &mut Pcg64::seed_from_u64(1));
            near(&hot, &[0.25; 4]);
        }
    }

    #[test]
    fn focus_by_hand() {
        let odd = [false, true, true, false];
        assert_eq!(focus(&[0.25; 4], &odd), Some(1.0));
        assert_eq!(focus(&[0.5, 0.0, 0.0, 0.5], &odd), Some(2.0));
        assert_eq!(focus(&[0.25; 4], &[true; 4]), None);
    }
}
