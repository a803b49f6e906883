//! Student's t with four degrees of freedom: heavy tails, a finite variance, and everything in closed form.

/// Its density at `t`.
pub fn pdf(t: f64) -> f64 {
    // Γ(5/2) / (√(4π) Γ(2)) = 3/8.
    0.375 * (1.0 + 0.25 * t * t).powf(-2.5)
}

/// ln of the density with this centre and scale.
pub fn ln_pdf(y: f64, centre: f64, scale: f64) -> f64 {
    let t = (y - centre) / scale;
    0.375f64.ln() - 2.5 * (0.25 * t * t).ln_1p() - scale.ln()
}

/// P(T ≤ t).
pub fn cdf(t: f64) -> f64 {
    if t < 0.0 {
        return upper(-t);
    }
    1.0 - upper(t)
}

/// P(T > t) for t ≥ 0, without cancellation in the tail.
fn upper(t: f64) -> f64 {
    // With s = sin of the angle whose tangent is t/2: F = ½ + ¾ s − ¼ s³, and so 1 − F = ¼ (1 − s)² (2 + s).
    let cos2 = 1.0 / (1.0 + 0.25 * t * t);
    let sin = (1.0 - cos2).max(0.0).sqrt();
    // 1 − s = cos² / (1 + s).
    let rest = cos2 / (1.0 + sin);
    0.25 * rest * rest * (2.0 + sin)
}

/// The `p`-quantile, −∞ at 0 and +∞ at 1 (Shaw 2006).
pub fn quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let root = (4.0 * p * (1.0 - p)).sqrt();
    let q = (root.acos() / 3.0).cos() / root;
    (p - 0.5).signum() * 2.0 * (q - 1.0).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Tables of Student's t with 4 degrees of freedom.
        for (p, t) in [(0.95, 2.131_846_786), (0.975, 2.776_445_105), (0.75, 0.740_697_084), (0.995, 4.604_094_871)] {
            assert!((quantile(p) - t).abs() < 1e-8 && (cdf(t) - p).abs() < 1e-9, "{p}: {} {}", quantile(p), cdf(t));
            assert!((cdf(-t) - (1.0 - p)).abs() < 1e-9);
        }
        assert_eq!((quantile(0.5), cdf(0.0)), (0.0, 0.5));
    }

    #[test]
    fn the_density_is_the_slope_and_tails_keep_their_digits() {
        for t in [-7.0, -1.0, 0.3, 4.0] {
            let h = 1e-5;
            assert!(((cdf(t + h) - cdf(t - h)) / (2.0 * h) - pdf(t)).abs() < 1e-9, "{t}");
            assert!((ln_pdf(3.0 + 2.0 * t, 3.0, 2.0) - (pdf(t) / 2.0).ln()).abs() < 1e-12);
        }
        // Far out the density is 12 / t⁵, and so 1 − F is 3 / t⁴.
        let far = 1e4;
        assert!((upper(far) * far.powi(4) / 3.0 - 1.0).abs() < 1e-6, "{}", upper(far) * far.powi(4));
    }
}
