//! The normal distribution's density, distribution function and quantiles.

use std::f64::consts::{PI, SQRT_2};

/// ln √(2π).
pub const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_7;

/// Standard normal density φ(z).
pub fn pdf(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Standard normal distribution function Φ(z).
pub fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Φ⁻¹(p), −∞ at 0 and +∞ at 1.
pub fn quantile(p: f64) -> f64 {
    if p <= 0.0 {
        f64::NEG_INFINITY
    } else if p >= 1.0 {
        f64::INFINITY
    } else {
        // statrs is good to about 1e-9; one Newton step on Φ makes it exact to rounding.
        let z = -SQRT_2 * statrs::function::erf::erfc_inv(2.0 * p);
        let slope = pdf(z);
        if slope > 0.0 { z - (cdf(z) - p) / slope } else { z }
    }
}

/// ln of the normal density with mean `m` and standard deviation `sd`.
pub fn ln_pdf(y: f64, m: f64, sd: f64) -> f64 {
    let z = (y - m) / sd;
    -0.5 * z * z - sd.ln() - LN_SQRT_2PI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert!((cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-12);
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-13);
        assert!((pdf(0.0) - 0.398_942_280_401_432_7).abs() < 1e-15);
        assert!((ln_pdf(1.0, 0.0, 2.0) - (pdf(0.5) / 2.0).ln()).abs() < 1e-14);
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
    }
}
