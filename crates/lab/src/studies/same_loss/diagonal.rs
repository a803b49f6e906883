//! Scores that are products: where stochastic gradient descent drifts along the minima at a speed that is known.
//!
//! Classes with shares pₖ have scores uₖ vₖ and are learned by drawing labels. All numbers with uₖ vₖ = ln pₖ, up to a constant, are minima. A step
//! at the rate η with the error g in a score takes u to u − η g v and v to v − η g u, so that u² − v² is multiplied by 1 − η² g², whatever the loss
//! does. At a minimum g² is pₖ (1 − pₖ) / B on average, with B labels in a step, so that after K steps u² − v² has fallen by the factor (1 − η² pₖ
//! (1 − pₖ) / B)ᴷ: with η² K / B, as the paper's theorem has it (dθ = −¼ ∇ Tr ∇²L dt along the minima, t = η² K / B). The trace of the Hessian is Σ
//! pₖ (1 − pₖ) (uₖ² + vₖ²), which falls as u and v come to one length.

use nets::params::normal;
use rand::RngExt;

use super::{Settings, gather};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Go, Outcome, StudyError};

/// Where every u begins.
const FIRST: f64 = 2.0;
/// Standard deviation of the logarithms of shares.
const SPREAD: f64 = 0.5;
/// Steps between two looks at the watch.
const PIECE: usize = 1_000;
/// A difference of squares from here on has diverged.
const LOST: f64 = 1e6;

/// What a run costs.
pub(super) fn flops(own: &Settings) -> f64 {
    (own.noise_steps * (10 * own.noise_batch + 20 * own.symbols)) as f64
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let each: Vec<f64> = scores.iter().map(|s| (s - top).exp()).collect();
    let all: f64 = each.iter().sum();
    each.into_iter().map(|v| v / all).collect()
}

/// Factors of the scores, and the shares to be learned.
struct Factors {
    u: Vec<f64>,
    v: Vec<f64>,
    shares: Vec<f64>,
}

impl Factors {
    /// At a minimum.
    fn new(own: &Settings, seed: u64) -> Self {
        let mut rng = stream(seed, Purpose::Pictures, 0);
        let scores: Vec<f64> = (0..own.symbols).map(|_| SPREAD * normal(&mut rng)).collect();
        Self { u: vec![FIRST; own.symbols], v: scores.iter().map(|s| s / FIRST).collect(), shares: softmax(&scores) }
    }

    fn said(&self) -> Vec<f64> {
        softmax(&self.u.iter().zip(&self.v).map(|(u, v)| u * v).collect::<Vec<f64>>())
    }

    fn excess(&self) -> f64 {
        self.shares.iter().zip(self.said()).map(|(p, q)| p * (p / q).ln()).sum()
    }

    /// u² − v² of every class.
    fn differences(&self) -> Vec<f64> {
        self.u.iter().zip(&self.v).map(|(u, v)| u * u - v * v).collect()
    }

    fn trace(&self) -> f64 {
        let squares = self.u.iter().zip(&self.v).map(|(u, v)| u * u + v * v);
        self.shares.iter().zip(squares).map(|(p, square)| p * (1.0 - p) * square).sum()
    }

    /// One step on labels, of which there are so many of each class.
    fn step(&mut self, counts: &[f64], rate: f64) {
        let (said, all) = (self.said(), counts.iter().sum::<f64>().max(1.0));
        for ((u, v), (q, count)) in self.u.iter_mut().zip(&mut self.v).zip(said.iter().zip(counts)) {
            let error = rate * (q - count / all);
            (*u, *v) = (*u - error * *v, *v - error * *u);
        }
    }
}

/// Goes along the minima.
pub(super) fn run(own: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut factors = Factors::new(own, context.seed);
    let mut rng = stream(context.seed, Purpose::Steps, own.noise_batch as u64);
    let first = factors.differences();
    let grid: Vec<usize> = (0..own.looks).map(|k| k * own.noise_steps / own.looks).collect();
    let mut points = Vec::new();
    for step in 0..own.noise_steps {
        if grid.contains(&step) {
            points.push((step as f64, factors.excess()));
        }
        let mut counts = vec![0.0; own.symbols];
        for _ in 0..own.noise_batch {
            let mut left = rng.random::<f64>();
            let drawn = factors.shares.iter().position(|share| {
                left -= share;
                left < 0.0
            });
            // What rounding leaves goes to the first.
            if let Some(count) = counts.get_mut(drawn.unwrap_or(0)) {
                *count += 1.0;
            }
        }
        factors.step(&counts, own.noise_rate);
        if !factors.u.iter().chain(&factors.v).all(|w| w.abs() < LOST) {
            return Ok(gather::diverged(format!("numbers are no longer finite at step {step} of {}; lower the rate", own.noise_steps)));
        }
        if step % PIECE == PIECE - 1 && step + 1 < own.noise_steps && (context.watch)(step as f64 / own.noise_steps as f64) == Go::Stop {
            // It is over in a moment: nothing is kept.
            return Err(StudyError::Interrupted);
        }
    }
    let excess = factors.excess();
    points.push((own.noise_steps as f64, excess));
    let per_step = own.noise_rate.powi(2) / own.noise_batch as f64;
    let theory = first.iter().zip(&factors.shares).map(|(d, p)| d * (1.0 - per_step * p * (1.0 - p)).powf(own.noise_steps as f64));
    let (before, after, predicted) = (first.iter().sum::<f64>(), factors.differences().iter().sum::<f64>(), theory.sum::<f64>());
    let fallen = |to: f64| (to > 0.0).then(|| (before / to).ln());
    let found = [
        ("excess", Some(excess)),
        ("trace", Some(factors.trace())),
        ("drift", fallen(after)),
        ("drift-theory", fallen(predicted)),
        ("rate", Some(own.noise_rate)),
        ("passed", Some((own.noise_steps * own.noise_batch) as f64)),
        ("weights", Some(2.0 * own.symbols as f64)),
    ];
    Ok(gather::measured(&points, &found, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_multiplies_the_difference_of_squares() {
        let mut factors = Factors { u: vec![2.0, 1.5], v: vec![0.3, -0.2], shares: vec![0.7, 0.3] };
        let (said, before) = (factors.said(), factors.differences());
        factors.step(&[1.0, 0.0], 0.1);
        for ((after, before), error) in factors.differences().iter().zip(before).zip([said[0] - 1.0, said[1]]) {
            assert!((after - before * (1.0 - 0.01 * error * error)).abs() < 1e-12);
        }
        // At a minimum with the labels that are expected nothing moves.
        let own = Settings { symbols: 3, ..Settings::default() };
        let mut still = Factors::new(&own, 1);
        let (shares, place) = (still.shares.clone(), still.u.clone());
        still.step(&shares, 0.5);
        assert!(still.excess().abs() < 1e-12 && still.u.iter().zip(place).all(|(a, b)| (a - b).abs() < 1e-12));
        let by_hand: f64 = (0..3).map(|k| shares[k] * (1.0 - shares[k]) * (still.u[k].powi(2) + still.v[k].powi(2))).sum();
        assert!((still.trace() - by_hand).abs() < 1e-12);
    }
}
