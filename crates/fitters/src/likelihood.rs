//! Tests of published parameters: the Huber likelihood, and Wald's χ² on the bootstrap's covariance.
//!
//! Source: Besiroglu et al. 2024, who take ln-loss residuals over a scale σ to have Huber's density, and find σ with the
//! parameters.

use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

use crate::newton::{cholesky_factor, forward};

/// ln of the Huber likelihood of residuals with the best scale; `None` without residuals, or when all are zero.
pub fn log_likelihood(residuals: &[f64], delta: f64) -> Option<f64> {
    let sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    let (n, largest) = (sizes.len() as f64, sizes.iter().copied().fold(0.0, f64::max));
    if sizes.is_empty() || largest == 0.0 || sizes.iter().any(|v| !v.is_finite()) {
        return None;
    }
    // Σ x h′(x) = n at the best scale, with x = |r| e^−s; the left side falls in s.
    let excess = |s: f64| {
        let scale = (-s).exp();
        sizes.iter().map(|r| r * scale).map(|x| if x <= delta { x * x } else { delta * x }).sum::<f64>() - n
    };
    let (mut low, mut high) = (largest.ln(), largest.ln());
    while excess(low) < 0.0 && low > -700.0 {
        low -= 2.0;
    }
    while excess(high) > 0.0 && high < 700.0 {
        high += 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 { low = middle } else { high = middle }
    }
    let s = 0.5 * (low + high);
    let scale = (-s).exp();
    let huber: f64 = sizes.iter().map(|r| r * scale).map(|x| if x <= delta { 0.5 * x * x } else { delta * (x - 0.5 * delta) }).sum();
    let normal = Normal::standard();
    let area = (2.0 * std::f64::consts::PI).sqrt() * (1.0 - 2.0 * normal.sf(delta)) + 2.0 * (-0.5 * delta * delta).exp() / delta;
    Some(-huber - n * s - n * area.ln())
}

/// The probability of a χ² this large or larger.
pub fn chi_squared(value: f64, freedom: usize) -> Option<f64> {
    let law = ChiSquared::new(freedom as f64).ok()?;
    (value >= 0.0).then(|| law.sf(value))
}

/// The probability of a normal deviate this far from zero or farther.
pub fn two_sided(z: f64) -> Option<f64> {
    z.is_finite().then(|| 2.0 * Normal::standard().sf(z.abs()))
}

/// dᵀ V⁻¹ d, V row after row; `None` where V has no inverse.
pub fn wald(difference: &[f64], covariance: &[f64]) -> Option<f64> {
    let p = difference.len();
    if p == 0 || covariance.len() != p * p {
        return None;
    }
    // Coefficients and exponents differ by orders of magnitude: correlations do not.
    let se: Vec<f64> = (0..p).map(|k| covariance[k * p + k].sqrt()).collect();
    if se.iter().any(|s| !(*s > 0.0 && s.is_finite())) {
        return None;
    }
    let mut correlations: Vec<f64> = (0..p * p).map(|k| covariance[k] / (se[k / p] * se[k % p])).collect();
    let mut z: Vec<f64> = difference.iter().zip(&se).map(|(d, s)| d / s).collect();
    if !cholesky_factor(&mut correlations, p) {
        return None;
    }
    // Forward only: dᵀ V⁻¹ d = |L⁻¹ d|².
    forward(&correlations, p, &mut z);
    Some(z.iter().map(|v| v * v).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihoods_of_scipy() {
        // SciPy 1.17.1: minimize_scalar over ln σ of the negative log density, δ = 1e-3 and δ = 1.5.
        let residuals = [0.01, -0.02, 0.005, 0.03, -0.001];
        for (delta, want) in [(1e-3, LAPLACE), (1.5, BENT)] {
            let got = log_likelihood(&residuals, delta).unwrap();
            assert!((got - want).abs() < 1e-7, "{delta}: {got} {want}");
        }
        assert_eq!(log_likelihood(&[], 1.0), None);
        assert_eq!(log_likelihood(&[0.0, 0.0], 1.0), None);
    }

    const LAPLACE: f64 = 13.171_956_344_150_175;
    const BENT: f64 = 13.175_899_766_614_426;

    #[test]
    fn tails_and_wald_by_hand() {
        // Two independent deviates: 1 + 4; correlated by a half: (1 − 2·½·2 + 4) / (1 − ¼).
        assert!((wald(&[1.0, 4.0], &[1.0, 0.0, 0.0, 4.0]).unwrap() - 5.0).abs() < 1e-12);
        assert!((wald(&[1.0, 2.0], &[1.0, 0.5, 0.5, 1.0]).unwrap() - 4.0).abs() < 1e-12);
        assert_eq!(wald(&[1.0, 2.0], &[1.0, 1.0, 1.0, 1.0]), None);
        assert_eq!(wald(&[1.0], &[0.0]), None);
        // χ²₂ beyond x is e^(−x/2); 1.959964 leaves 5 %.
        assert!((chi_squared(3.0, 2).unwrap() / (-1.5f64).exp() - 1.0).abs() < 1e-9);
        assert!((two_sided(-1.959_963_984_540_054).unwrap() - 0.05).abs() < 1e-9);
        assert_eq!((chi_squared(f64::NAN, 2), two_sided(f64::INFINITY)), (None, None));
    }
}
