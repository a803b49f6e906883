//! The standard error of a mean over time: that of the stationary bootstrap (Politis and Romano 1994, doi 10.1080/01621459.1994.10476870), in which
//! blocks of random length are drawn, so that what is related in time stays together.

/// The standard error of the mean of `values`, in the order of time, with blocks of `block` ≥ 1 values on average. It is the number that resamples
/// converge to, from the autocovariances γₖ: `√((γ₀ + 2 Σ bₖ γₖ) / n)` with `bₖ = (1 − k/n) qᵏ + (k/n) qⁿ⁻ᵏ` and `q = 1 − 1/block`.
/// `None` with fewer than two values, one that is not finite, or blocks shorter than one.
pub fn stationary_se(values: &[f64], block: f64) -> Option<f64> {
    let n = values.len();
    if n < 2 || values.iter().any(|v| !v.is_finite()) || !block.is_finite() || block < 1.0 {
        return None;
    }
    let (size, stays) = (n as f64, 1.0 - 1.0 / block);
    let mean = values.iter().sum::<f64>() / size;
    let covariance = |lag: usize| values.iter().zip(&values[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / size;
    let power = |k: usize| stays.powf(k as f64);
    let weight = |k: usize| (1.0 - k as f64 / size) * power(k) + k as f64 / size * power(n - k);
    let variance = (covariance(0) + 2.0 * (1..n).map(|k| weight(k) * covariance(k)).sum::<f64>()) / size;
    // The weights are those of a positive definite sequence, so that only rounding can go below zero.
    Some(variance.max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;

    #[test]
    fn blocks_of_one_are_the_plain_bootstrap() {
        // Deviations −1, 0, 1: γ₀ = 2/3.
        assert!((stationary_se(&[1.0, 2.0, 3.0], 1.0).unwrap() - (2.0_f64 / 9.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn it_is_what_resamples_converge_to() {
        let values: Vec<f64> = (0..40).map(|k| (0.3 * f64::from(k)).sin() + 0.1 * f64::from(k % 3)).collect();
        let (n, block, draws) = (values.len(), 5.0, 20_000);
        let mut rng = Pcg64::seed_from_u64(4);
        let means: Vec<f64> = (0..draws)
            .map(|_| {
                let mut at = rng.random_range(0..n);
                let mut sum = 0.0;
                for _ in 0..n {
                    sum += values[at];
                    at = if rng.random::<f64>() < 1.0 / block { rng.random_range(0..n) } else { (at + 1) % n };
                }
                sum / n as f64
            })
            .collect();
        let mean = means.iter().sum::<f64>() / f64::from(draws);
        let spread = (means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / f64::from(draws)).sqrt();
        let found = stationary_se(&values, block).unwrap();
        assert!((found / spread - 1.0).abs() < 0.03, "{found} {spread}");
        // What is related in time says less than as many values that are not.
        assert!(found > 1.5 * stationary_se(&values, 1.0).unwrap());
    }

    #[test]
    fn what_has_no_error_is_none() {
        assert_eq!(stationary_se(&[1.0], 2.0), None);
        assert_eq!(stationary_se(&[1.0, f64::NAN], 2.0), None);
        assert_eq!(stationary_se(&[1.0, 2.0], 0.5), None);
        assert_eq!(stationary_se(&[3.0; 9], 4.0), Some(0.0));
    }
}
