//! Second derivatives by central differences of gradients, in f64: curvature along a direction, its trace, its largest eigenvalue.
//!
//! A gradient is any function of the weights: of a loss by the weights, and the product is H·v; of a loss by the inputs, and it is
//! the mixed product that gradient penalties and trajectory matching need. ReLU and max pooling have kinks that a difference may
//! step over: take a small step, or a smooth activation.

use rand::RngExt;
use rand_pcg::Pcg64;

/// Length of the step of a difference, relative to the weights' root mean square (plus one).
const STEP: f64 = 1e-5;

/// The derivative of `gradient` at `weights` along `direction`: `gradient(weights, out)` fills `out`, whose length it gives to the answer.
pub fn along(mut gradient: impl FnMut(&[f64], &mut [f64]), weights: &[f64], direction: &[f64], outs: usize) -> Vec<f64> {
    let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
    let mut up = vec![0.0; outs];
    if length == 0.0 {
        return up;
    }
    let size = 1.0 + (weights.iter().map(|w| w * w).sum::<f64>() / weights.len().max(1) as f64).sqrt();
    let step = STEP * size / length;
    let mut down = vec![0.0; outs];
    let mut moved: Vec<f64> = weights.iter().zip(direction).map(|(w, d)| w + step * d).collect();
    gradient(&moved, &mut up);
    moved.iter_mut().zip(weights).zip(direction).for_each(|((m, w), d)| *m = w - step * d);
    gradient(&moved, &mut down);
    up.iter_mut().zip(&down).for_each(|(u, d)| *u = (*u - *d) / (2.0 * step));
    up
}

/// Hutchinson's estimate of the trace of the Hessian, with its standard error: the mean of vᵀHv over `draws` vectors of signs.
pub fn trace(mut gradient: impl FnMut(&[f64], &mut [f64]), weights: &[f64], draws: usize, rng: &mut Pcg64) -> (f64, f64) {
    let found: Vec<f64> = (0..draws.max(1))
        .map(|_| {
            let signs: Vec<f64> = weights.iter().map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).collect();
            along(&mut gradient, weights, &signs, weights.len()).iter().zip(&signs).map(|(h, v)| h * v).sum()
        })
        .collect();
    let n = found.len() as f64;
    let mean = found.iter().sum::<f64>() / n;
    let variance = found.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

/// The eigenvalue of the Hessian that is largest in absolute value, by `rounds` rounds of power iteration from a random vector.
pub fn sharpest(mut gradient: impl FnMut(&[f64], &mut [f64]), weights: &[f64], rounds: usize, rng: &mut Pcg64) -> f64 {
    let mut v: Vec<f64> = weights.iter().map(|_| crate::params::normal(rng)).collect();
    let mut found = 0.0;
    for _ in 0..rounds.max(1) {
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length == 0.0 {
            return 0.0;
        }
        v.iter_mut().for_each(|x| *x /= length);
        let h = along(&mut gradient, weights, &v, weights.len());
        found = h.iter().zip(&v).map(|(h, v)| h * v).sum();
        v = h;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// L = Σ cᵢ wᵢ²/2 + w₀² w₁: H = diag(c) + [[2 w₁, 2 w₀], [2 w₀, 0]].
    fn gradient(w: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&[3.0 * w[0] + 2.0 * w[0] * w[1], 1.0 * w[1] + w[0] * w[0], -0.5 * w[2]]);
    }

    #[test]
    fn a_closed_form_is_met() {
        let w = [0.4, -0.3, 2.0];
        let h = along(gradient, &w, &[1.0, 2.0, 3.0], 3);
        for (found, wanted) in h.iter().zip([2.4 + 0.8 * 2.0, 0.8 + 2.0, -1.5]) {
            assert!((found - wanted).abs() < 1e-8, "{found} {wanted}");
        }
        let (mean, error) = trace(gradient, &w, 200, &mut Pcg64::seed_from_u64(1));
        assert!((mean - 2.9).abs() < 4.0 * error + 1e-8 && error < 0.15, "{mean} {error}");
        let top = sharpest(gradient, &w, 60, &mut Pcg64::seed_from_u64(2));
        let wanted = 1.7 + (0.7_f64 * 0.7 + 0.64).sqrt();
        assert!((top - wanted).abs() < 1e-6, "{top} {wanted}");
    }
}
