//! A sorted sample that stands for a mixture, at all its points at once.

use curves::{Mixture, normal};

/// How many representatives stand for one marginal.
pub(crate) const SIZE: usize = 1000;

/// `SIZE` sorted representatives per point, one point after the other.
///
/// The rule is `Mixture::representatives`'s (draws evenly along the weights, each moved by a
/// stratified normal score), with two differences: a mixture of few draws is not cut down to one
/// value per draw, so that a single noisy draw is seen as the normal it is; and draws and scores
/// are worked out once for all points.
pub(crate) fn spread(mixture: &Mixture) -> Vec<f64> {
    let points = mixture.points();
    let mut out = vec![0.0; points * SIZE];
    let (mut d, mut filled) = (0, mixture.weights()[0]);
    for k in 0..SIZE {
        // A jittered stratum: draws that repeat in a period (walkers, chains) are not picked in step with it.
        let u = (k as f64 + (k as f64 * std::f64::consts::SQRT_2).fract()) / SIZE as f64;
        while filled < u && d + 1 < mixture.draws() {
            d += 1;
            filled += mixture.weights()[d];
        }
        let z = normal::quantile(((k as f64 + 0.5) * 0.618_033_988_749_894_9).fract().clamp(1e-6, 1.0 - 1e-6));
        let moved = z * mixture.scales()[d];
        for (i, location) in mixture.location(d).iter().enumerate() {
            out[i * SIZE + k] = location + moved;
        }
    }
    for (i, sample) in out.chunks_mut(SIZE).enumerate() {
        sample.sort_unstable_by(f64::total_cmp);
        centre(sample, mixture.mean(i));
    }
    out
}

/// Moves a sample to the exact mean, which takes the sampling error out of every score far from the truth.
fn centre(sample: &mut [f64], mean: f64) {
    let shift = mean - sample.iter().sum::<f64>() / sample.len() as f64;
    sample.iter_mut().for_each(|v| *v += shift);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_draws_give_the_mixtures_own_representatives() {
        let n = 1500;
        let locations: Vec<f64> = (0..2 * n).map(|k| (f64::from(k) * 0.37).sin()).collect();
        let scales: Vec<f64> = (0..n).map(|k| 0.01 + f64::from(k % 7) * 0.01).collect();
        let weights: Vec<f64> = (0..n).map(|k| f64::from(k % 5)).collect();
        let m = Mixture::new(2, locations, scales, weights).unwrap();
        let s = spread(&m);
        for i in 0..2 {
            for (a, b) in s[i * SIZE..(i + 1) * SIZE].iter().zip(m.representatives(i, SIZE)) {
                assert!((a - b).abs() < 1e-12, "{a} {b}");
            }
        }
    }

    #[test]
    fn one_draw_is_a_whole_normal() {
        let m = Mixture::new(1, vec![0.4], vec![0.1], vec![]).unwrap();
        let s = spread(&m);
        let mean = s.iter().sum::<f64>() / SIZE as f64;
        let sd = (s.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / SIZE as f64).sqrt();
        assert!((mean - 0.4).abs() < 1e-3 && (sd - 0.1).abs() < 1e-3, "{mean} {sd}");
    }
}
