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

/// The place in an interval at which `below` turns from true to false, by bisection to 10⁻¹⁰ of the interval.
pub(crate) fn quantile_between((mut lo, mut hi): (f64, f64), below: impl Fn(f64) -> bool) -> f64 {
    let tiny = 1e-10 * (hi - lo).max(f64::MIN_POSITIVE);
    while hi - lo > tiny {
        let mid = 0.5 * (lo + hi);
        if mid <= lo || mid >= hi {
            break;
        }
        if below(mid) { lo = mid } else { hi = mid }
    }
    0.5 * (lo + hi)
}

/// The place in an interval at which a continuous function that increases crosses zero, to 10⁻¹⁰ of the interval: inverse quadratic steps where
/// they are safe, halves where they are not (Chandrupatla 1997), about ten evaluations for a smooth function.
pub(crate) fn crossing((lo, hi): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    let tiny = 1e-10 * (hi - lo).max(f64::MIN_POSITIVE);
    let (mut a, mut b) = (hi, lo);
    let (mut fa, mut fb) = (f(a), f(b));
    if fb >= 0.0 || fa <= 0.0 {
        return if fb >= 0.0 { lo } else { hi };
    }
    let mut t = 0.5;
    for _ in 0..100 {
        let x = a + t * (b - a);
        let fx = f(x);
        let (c, fc) = if (fx > 0.0) == (fa > 0.0) {
            (a, fa)
        } else {
            let was = (b, fb);
            (b, fb) = (a, fa);
            was
        };
        (a, fa) = (x, fx);
        let best = if fa.abs() < fb.abs() { a } else { b };
        let share = 0.5 * tiny / (b - a).abs();
        if share > 0.5 || fa == 0.0 {
            return if fa == 0.0 { a } else { best };
        }
        let (xi, phi) = ((a - b) / (c - b), (fa - fb) / (fc - fb));
        t = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        } else {
            0.5
        };
        t = t.clamp(share, 1.0 - share);
    }
    a
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

    #[test]
    fn a_crossing_is_found_whatever_the_function_is_like() {
        let functions: [(&dyn Fn(f64) -> f64, f64); 4] = [
            (&|x| x - 0.3, 0.3),
            (&|x: f64| x.powi(9) - 1e-9, 0.1),
            (&|x| cdf(1e4 * (x - 0.7)) - 0.05, 0.7 - 1.644_853_626_951_472e-4),
            (&|x| cdf(x) - 0.75, 0.674_489_750_196_081_7),
        ];
        for (k, (f, want)) in functions.into_iter().enumerate() {
            let calls = std::cell::Cell::new(0);
            let found = crossing((-1.0, 1.0), |x| {
                calls.set(calls.get() + 1);
                f(x)
            });
            assert!((found - want).abs() < 3e-10, "{k}: {found} {want}");
            assert!(calls.get() < 45, "{k}: {}", calls.get());
        }
        assert_eq!((crossing((0.0, 1.0), |x| x + 1.0), crossing((0.0, 1.0), |x| x - 2.0)), (0.0, 1.0));
    }
}
