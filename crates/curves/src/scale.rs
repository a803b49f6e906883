//! `Scale`: maps any measure onto the unit interval, better = larger, and back.
//!
//! Adriaensen et al. 2023 (LC-PFN), Appendix A, as their code runs it. With
//! `s(x) = 2 (x − soft_low)/(soft_high − soft_low) − 1` and the logistic `σ`,
//!
//! `g(x) = (σ(s(x)) − σ(s(hard_low))) / (σ(s(hard_high)) − σ(s(hard_low)))`,
//!
//! and `1 − g` when less is better. The paper prints the exponent as `−a(x − b)` with
//! `b = −(u+l)/(u−l)`; that must read `−(a x + b)`, which is the `s` above.

use serde::{Deserialize, Serialize};

use crate::{Better, CurveError};

/// The five numbers λ of LC-PFN's normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Which direction of the raw measure is good; good maps to 1.
    pub better: Better,
    /// The lowest possible value, or −∞.
    pub hard_low: f64,
    /// The lowest value that is expected.
    pub soft_low: f64,
    /// The highest value that is expected.
    pub soft_high: f64,
    /// The highest possible value, or +∞.
    pub hard_high: f64,
}

fn logistic(s: f64) -> f64 {
    1.0 / (1.0 + (-s).exp())
}

impl Scale {
    /// A scale; `hard_low ≤ soft_low < soft_high ≤ hard_high`, the soft bounds finite.
    pub fn new(better: Better, hard_low: f64, soft_low: f64, soft_high: f64, hard_high: f64) -> Result<Self, CurveError> {
        let bad = |what, value, must| Err(CurveError::OutOfRange { what, value, must });
        if !soft_low.is_finite() || !soft_high.is_finite() || soft_low >= soft_high {
            return bad("soft_low", soft_low, "finite and below a finite soft_high");
        }
        if hard_low.is_nan() || hard_low > soft_low {
            return bad("hard_low", hard_low, "at most soft_low");
        }
        if hard_high.is_nan() || hard_high < soft_high {
            return bad("hard_high", hard_high, "at least soft_high");
        }
        Ok(Self { better, hard_low, soft_low, soft_high, hard_high })
    }

    /// Accuracy-like: already on the unit interval, bounds as LC-PFN's Table 4 (0, 0, 1, 1).
    pub fn unit(better: Better) -> Self {
        Self { better, hard_low: 0.0, soft_low: 0.0, soft_high: 1.0, hard_high: 1.0 }
    }

    fn s(&self, x: f64) -> f64 {
        2.0 * (x - self.soft_low) / (self.soft_high - self.soft_low) - 1.0
    }

    /// σ at the two hard bounds; a bound so far out that the exponential overflows counts as infinite.
    fn ends(&self) -> (f64, f64) {
        (logistic(self.s(self.hard_low)), logistic(self.s(self.hard_high)))
    }

    /// Raw → unit. Values beyond a hard bound are taken as the bound; NaN stays NaN.
    pub fn forward(&self, x: f64) -> f64 {
        let (lo, hi) = self.ends();
        if x.is_nan() {
            return x;
        }
        let x = x.max(self.hard_low).min(self.hard_high);
        let g = ((logistic(self.s(x)) - lo) / (hi - lo)).clamp(0.0, 1.0);
        match self.better {
            Better::Higher => g,
            Better::Lower => 1.0 - g,
        }
    }

    /// Unit → raw, the exact inverse on [0, 1]; beyond it, the hard bound of that side.
    pub fn inverse(&self, u: f64) -> f64 {
        let (lo, hi) = self.ends();
        let g = match self.better {
            Better::Higher => u,
            Better::Lower => 1.0 - u,
        };
        if g <= 0.0 {
            return self.hard_low;
        }
        if g >= 1.0 {
            return self.hard_high;
        }
        let sigma = lo + g * (hi - lo);
        let s = (sigma / (1.0 - sigma)).ln();
        (self.soft_low + 0.5 * (s + 1.0) * (self.soft_high - self.soft_low)).clamp(self.hard_low, self.hard_high)
    }

    /// |d unit / d raw|: what a density on the unit scale is multiplied by to become one on the raw scale.
    pub fn slope(&self, x: f64) -> f64 {
        let (lo, hi) = self.ends();
        let sigma = logistic(self.s(x));
        sigma * (1.0 - sigma) * 2.0 / (self.soft_high - self.soft_low) / (hi - lo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn taskset_setting_maps_untrained_to_its_paper_value() {
        // min, hard_low 0, soft_low 0, soft_high y0, hard_high ∞ (Table 4): s(0) = −1, s(y0) = 1.
        let y0 = 0.694;
        let scale = Scale::new(Better::Lower, 0.0, 0.0, y0, f64::INFINITY).unwrap();
        let (l, u) = (1.0 / (1.0 + 1f64.exp()), 1.0 / (1.0 + (-1f64).exp()));
        assert!((scale.forward(y0) - (1.0 - (u - l) / (1.0 - l))).abs() < 1e-15);
        assert_eq!(scale.forward(0.0), 1.0);
        assert_eq!(scale.forward(f64::INFINITY), 0.0); // a diverged run is the worst there is
        assert!(scale.forward(f64::NAN).is_nan());
        assert!(scale.forward(1e6) < 1e-12);
        assert_eq!(scale.inverse(0.0), f64::INFINITY);
    }

    #[test]
    fn infinite_bounds_are_plain_logistic() {
        let s = Scale::new(Better::Higher, f64::NEG_INFINITY, -1.0, 1.0, f64::INFINITY).unwrap();
        assert!((s.forward(0.3) - logistic(0.3)).abs() < 1e-15);
    }

    #[test]
    fn wrong_bounds_are_named() {
        let e = Scale::new(Better::Lower, 1.0, 0.0, 1.0, 2.0).unwrap_err();
        assert_eq!(e.to_string(), "hard_low is 1; it must be at most soft_low");
        assert!(Scale::new(Better::Lower, 0.0, 1.0, 1.0, 2.0).is_err());
        assert!(Scale::new(Better::Lower, 0.0, f64::NAN, 1.0, 2.0).is_err());
        assert!(Scale::new(Better::Lower, 0.0, 0.0, 1.0, 0.5).is_err());
    }

    proptest! {
        #[test]
        fn inverse_is_exact(x in 0.0f64..5.0, y0 in 0.3f64..4.0, lower in any::<bool>()) {
            let better = if lower { Better::Lower } else { Better::Higher };
            let scale = Scale::new(better, 0.0, 0.0, y0, f64::INFINITY).unwrap();
            // Far above soft_high the logistic saturates; within 3 soft ranges 1e-9 of the range is lossless.
            prop_assume!(x < 3.0 * y0);
            prop_assert!((scale.inverse(scale.forward(x)) - x).abs() < 1e-9 * y0);
        }

        #[test]
        fn slope_is_the_derivative(x in 0.05f64..0.95) {
            let scale = Scale::unit(Better::Lower);
            let h = 1e-6;
            let d = (scale.forward(x + h) - scale.forward(x - h)) / (2.0 * h);
            prop_assert!((d.abs() - scale.slope(x)).abs() < 1e-6);
        }
    }
}
