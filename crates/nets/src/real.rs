//! The two types of numbers that networks are computed in.

use std::fmt::Debug;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// `f32`, in which networks are trained, or `f64`, in which gradients are checked and second derivatives are taken.
///
/// `exp` and `gelu` of `f32` are approximations that become vector code (2e-7 relative, 2e-6 absolute); those of `f64` are exact.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Sum
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// −∞, the score of a key that is not there.
    const NONE: Self;
    /// The nearest number of this type.
    fn of(value: f64) -> Self;
    /// The same number in 64 bits.
    fn wide(self) -> f64;
    /// `self · a + b`, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// eˣ.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// `(x Φ(x), its derivative)`: the exact GELU.
    fn gelu(self) -> (Self, Self);
    /// The larger of the two; the second one where either is not a number.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const NONE: Self = f32::NEG_INFINITY;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f32::mul_add(self, a, b)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        const SHIFT: f32 = 12_582_912.0; // 1.5 · 2²³
        let x = if self > 87.0 { 87.0 } else { self };
        let x = if x < -87.0 { -87.0 } else { x };
        let t = x.mul_add(std::f32::consts::LOG2_E, SHIFT);
        let n = t - SHIFT;
        let r = n.mul_add(-1.428_606_8e-6, n.mul_add(-0.693_145_75, x));
        let mut p = 1.0 / 5040.0;
        for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            p = f32::mul_add(p, r, c);
        }
        f32::from_bits(p.to_bits().wrapping_add(t.to_bits() << 23))
    }

    #[inline(always)]
    fn ln(self) -> Self {
        f32::ln(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        // 1 − 2/(e²ˣ + 1): vector code, and exact at both ends.
        let x = if self > 20.0 { 20.0 } else { self };
        let x = if x < -20.0 { -20.0 } else { x };
        1.0 - 2.0 / (Real::exp(2.0 * x) + 1.0)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f32::abs(self)
    }

    /// Φ by Abramowitz & Stegun 7.1.26, absolute error below 2e-7.
    #[inline(always)]
    fn gelu(self) -> (Self, Self) {
        let z = f32::abs(self) * std::f32::consts::FRAC_1_SQRT_2;
        let t = 1.0 / z.mul_add(0.327_591_1, 1.0);
        let e = Real::exp(-z * z);
        let mut p = 1.061_405_4;
        for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6, 0.0] {
            p = f32::mul_add(p, t, c);
        }
        let tail = 0.5 * p * e;
        let phi = if self >= 0.0 { 1.0 - tail } else { tail };
        (self * phi, phi + self * e * 0.398_942_3)
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const NONE: Self = f64::NEG_INFINITY;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        f64::mul_add(self, a, b)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    fn exp(self) -> Self {
        f64::exp(self)
    }

    fn ln(self) -> Self {
        f64::ln(self)
    }

    fn tanh(self) -> Self {
        f64::tanh(self)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }

    fn gelu(self) -> (Self, Self) {
        let phi = 0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2);
        let density = (-0.5 * self * self).exp() * 0.398_942_280_401_432_7;
        (self * phi, self.mul_add(density, phi))
    }
}

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn vector_code_agrees_with_f64() {
        for i in -8_000..8_000 {
            let x = i as f32 * 0.01;
            let want = f64::from(x).exp();
            assert!((f64::from(Real::exp(x)) - want).abs() < 4e-7 * want, "exp {x}");
            let tanh = f64::from(x * 0.1).tanh();
            assert!((f64::from(Real::tanh(x * 0.1)) - tanh).abs() < 3e-7, "tanh {x}");
            let (g, d) = Real::gelu(x * 0.1);
            let (want, slope) = Real::gelu(f64::from(x * 0.1));
            assert!((f64::from(g) - want).abs() < 2e-6, "gelu {x}");
            assert!((f64::from(d) - slope).abs() < 3e-6, "slope {x}");
        }
    }

    #[test]
    fn the_wide_gelu_is_the_normal_distribution() {
        for i in -80..=80 {
            let x = f64::from(i) * 0.1;
            let phi = curves::normal::cdf(x);
            assert!((Real::gelu(x).0 - x * phi).abs() < 1e-13);
            assert!((Real::gelu(x).1 - (phi + x * curves::normal::pdf(x))).abs() < 1e-13);
        }
    }
}
