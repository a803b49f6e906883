//! `Real`: one number, or four that go the same way side by side.
//!
//! A polynomial is a chain in which every step waits for the one before, and a processor looks only a
//! hundred steps ahead. Four chains beside each other, and shorter ones, keep it busy. (Registers are
//! filled by the loop around: each of the four becomes one.)

use std::ops::{Add, Div, Mul, Neg, Sub};

/// One number or [`Four`].
pub trait Real: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self> {
    /// The same number everywhere.
    fn all(x: f64) -> Self;
    /// `f` of each.
    fn map(self, f: impl Fn(f64) -> f64) -> Self;
    /// `f` of each pair.
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self;
    /// eʳ for |r| ≤ ln2/2, by its Taylor series.
    fn exp_series(self) -> Self;
}

impl Real for f64 {
    #[inline(always)]
    fn all(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        f(self)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        f(self, other)
    }

    #[inline(always)]
    fn exp_series(self) -> Self {
        // To degree 12: the remainder is below 2e-16.
        let mut p = 1.0 / 479_001_600.0;
        for c in [
            1.0 / 39_916_800.0,
            1.0 / 3_628_800.0,
            1.0 / 362_880.0,
            1.0 / 40_320.0,
            1.0 / 5_040.0,
            1.0 / 720.0,
            1.0 / 120.0,
            1.0 / 24.0,
            1.0 / 6.0,
            0.5,
            1.0,
            1.0,
        ] {
            p = f64::mul_add(p, self, c);
        }
        p
    }
}

/// Four numbers; their exponential is good to 10⁻¹⁴.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Four(pub [f64; 4]);

impl Real for Four {
    #[inline(always)]
    fn all(x: f64) -> Self {
        Self([x; 4])
    }

    #[inline(always)]
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let [a, b, c, d] = self.0;
        Self([f(a), f(b), f(c), f(d)])
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let ([a, b, c, d], [e, g, h, i]) = (self.0, other.0);
        Self([f(a, e), f(b, g), f(c, h), f(d, i)])
    }

    #[inline(always)]
    fn exp_series(self) -> Self {
        // To degree 11, a remainder of 6e-15, and in pairs, pairs of pairs …: five steps that wait for each other in place of twelve.
        let fma = |a: Self, b: Self, c: Self| {
            let ([a0, a1, a2, a3], [b0, b1, b2, b3], [c0, c1, c2, c3]) = (a.0, b.0, c.0);
            Self([a0.mul_add(b0, c0), a1.mul_add(b1, c1), a2.mul_add(b2, c2), a3.mul_add(b3, c3)])
        };
        let pair = |low: f64, high: f64| self.map(|r| high.mul_add(r, low));
        let (p0, p1, p2) = (pair(1.0, 1.0), pair(0.5, 1.0 / 6.0), pair(1.0 / 24.0, 1.0 / 120.0));
        let (p3, p4, p5) = (pair(1.0 / 720.0, 1.0 / 5_040.0), pair(1.0 / 40_320.0, 1.0 / 362_880.0), pair(1.0 / 3_628_800.0, 1.0 / 39_916_800.0));
        let r2 = self * self;
        let r4 = r2 * r2;
        let (q0, q1, q2) = (fma(p1, r2, p0), fma(p3, r2, p2), fma(p5, r2, p4));
        fma(fma(q2, r4, q1), r4, q0)
    }
}

macro_rules! operators {
    ($($operator:ident $call:ident),*) => {$(
        impl $operator for Four {
            type Output = Self;
            #[inline(always)]
            fn $call(self, other: Self) -> Self {
                self.zip(other, |a, b| a.$call(b))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Four {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}
