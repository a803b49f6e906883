//! The numbers a formula is written in: plain `f64`, or a [`Dual`] that carries its derivatives along.

use std::array;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number with the arithmetic that formulas need.
///
/// A plain number may stand on the right of an operator, not on the left: write `-s + 1.0`.
pub trait Scalar:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// A constant.
    fn from_f64(value: f64) -> Self;
    /// The value, without derivatives.
    fn re(self) -> f64;
    /// e^self.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// self^exponent, for self ≥ 0.
    ///
    /// A partial derivative is zero wherever the operand it comes through does not vary, even at
    /// self = 0, where ln(self) and self^(exponent − 1) may be infinite.
    fn powf(self, exponent: Self) -> Self;
    /// self^exponent, for any self.
    fn powi(self, exponent: i32) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// ln(1 + self), exact for small self.
    fn ln_1p(self) -> Self;
    /// e^self − 1, exact for small self.
    fn exp_m1(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// 1 / self.
    fn recip(self) -> Self;

    /// 1 / (1 + e^−self), without overflow.
    fn logistic(self) -> Self {
        if self.re() < 0.0 {
            let grown = self.exp();
            grown / (grown + 1.0)
        } else {
            ((-self).exp() + 1.0).recip()
        }
    }

    /// ln(1 + e^self), without overflow.
    fn softplus(self) -> Self {
        if self.re() > 0.0 { self + (-self).exp().ln_1p() } else { self.exp().ln_1p() }
    }
}

impl Scalar for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
    fn re(self) -> f64 {
        self
    }
    fn exp(self) -> Self {
        f64::exp(self)
    }
    fn ln(self) -> Self {
        f64::ln(self)
    }
    fn powf(self, exponent: Self) -> Self {
        f64::powf(self, exponent)
    }
    fn powi(self, exponent: i32) -> Self {
        f64::powi(self, exponent)
    }
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    fn ln_1p(self) -> Self {
        f64::ln_1p(self)
    }
    fn exp_m1(self) -> Self {
        f64::exp_m1(self)
    }
    fn tanh(self) -> Self {
        f64::tanh(self)
    }
    fn recip(self) -> Self {
        f64::recip(self)
    }
}

/// A value and its partial derivatives in `N` directions: forward-mode differentiation, exact to rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dual<const N: usize> {
    /// The value.
    pub value: f64,
    /// The partial derivatives.
    pub partials: [f64; N],
}

impl<const N: usize> Dual<N> {
    /// A number that does not vary.
    pub const fn constant(value: f64) -> Self {
        Self { value, partials: [0.0; N] }
    }

    /// The variable of direction `lane`; a constant when there is no such direction.
    pub fn variable(value: f64, lane: usize) -> Self {
        let mut dual = Self::constant(value);
        if let Some(partial) = dual.partials.get_mut(lane) {
            *partial = 1.0;
        }
        dual
    }

    /// The chain rule for a function of one operand.
    fn map(self, value: f64, slope: f64) -> Self {
        Self { value, partials: self.partials.map(|partial| scaled(slope, partial)) }
    }

    /// The chain rule for a function of two operands, each given with its slope.
    fn join(value: f64, (left, by_left): (Self, f64), (right, by_right): (Self, f64)) -> Self {
        let partials = array::from_fn(|i| scaled(by_left, left.partials[i]) + scaled(by_right, right.partials[i]));
        Self { value, partials }
    }
}

/// A slope times a partial, where zero times anything is zero: what does not vary has no derivative,
/// and a flat function passes none on, even where the other factor is infinite.
fn scaled(slope: f64, partial: f64) -> f64 {
    let product = slope * partial;
    if product.is_nan() && (slope == 0.0 || partial == 0.0) { 0.0 } else { product }
}

impl<const N: usize> Scalar for Dual<N> {
    fn from_f64(value: f64) -> Self {
        Self::constant(value)
    }
    fn re(self) -> f64 {
        self.value
    }
    fn exp(self) -> Self {
        let value = self.value.exp();
        self.map(value, value)
    }
    fn ln(self) -> Self {
        self.map(self.value.ln(), self.value.recip())
    }
    fn powf(self, exponent: Self) -> Self {
        let (base, power) = (self.value, exponent.value);
        let value = base.powf(power);
        // Dividing saves a second `powf`, but only a normal number may be divided without loss.
        let by_base = if value.is_normal() { power * value / base } else { scaled(power, base.powf(power - 1.0)) };
        Self::join(value, (self, by_base), (exponent, scaled(value, base.ln())))
    }
    fn powi(self, exponent: i32) -> Self {
        let slope = scaled(f64::from(exponent), self.value.powi(exponent.saturating_sub(1)));
        self.map(self.value.powi(exponent), slope)
    }
    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        self.map(value, 0.5 / value)
    }
    fn ln_1p(self) -> Self {
        self.map(self.value.ln_1p(), (1.0 + self.value).recip())
    }
    fn exp_m1(self) -> Self {
        self.map(self.value.exp_m1(), self.value.exp())
    }
    fn tanh(self) -> Self {
        let value = self.value.tanh();
        self.map(value, 1.0 - value * value)
    }
    fn recip(self) -> Self {
        let value = self.value.recip();
        self.map(value, -value * value)
    }
}

impl<const N: usize> Neg for Dual<N> {
    type Output = Self;
    fn neg(self) -> Self {
        self.map(-self.value, -1.0)
    }
}

impl<const N: usize> Add for Dual<N> {
    type Output = Self;
    fn add(self, right: Self) -> Self {
        Self::join(self.value + right.value, (self, 1.0), (right, 1.0))
    }
}

impl<const N: usize> Sub for Dual<N> {
    type Output = Self;
    fn sub(self, right: Self) -> Self {
        Self::join(self.value - right.value, (self, 1.0), (right, -1.0))
    }
}

impl<const N: usize> Mul for Dual<N> {
    type Output = Self;
    fn mul(self, right: Self) -> Self {
        Self::join(self.value * right.value, (self, right.value), (right, self.value))
    }
}

impl<const N: usize> Div for Dual<N> {
    type Output = Self;
    fn div(self, right: Self) -> Self {
        let value = self.value / right.value;
        Self::join(value, (self, right.value.recip()), (right, -value / right.value))
    }
}

impl<const N: usize> Add<f64> for Dual<N> {
    type Output = Self;
    fn add(self, right: f64) -> Self {
        Self { value: self.value + right, ..self }
    }
}

impl<const N: usize> Sub<f64> for Dual<N> {
    type Output = Self;
    fn sub(self, right: f64) -> Self {
        Self { value: self.value - right, ..self }
    }
}

impl<const N: usize> Mul<f64> for Dual<N> {
    type Output = Self;
    fn mul(self, right: f64) -> Self {
        self.map(self.value * right, right)
    }
}

impl<const N: usize> Div<f64> for Dual<N> {
    type Output = Self;
    fn div(self, right: f64) -> Self {
        self.map(self.value / right, right.recip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Two = Dual<2>;

    fn close(have: f64, want: f64) {
        assert!((have - want).abs() <= 1e-12 * (1.0 + want.abs()), "{have} is not {want}");
    }

    /// The partials of `f` at (x, y) against central differences.
    fn agrees(f: fn([Two; 2]) -> Two, x: f64, y: f64) {
        let have = f([Dual::variable(x, 0), Dual::variable(y, 1)]).partials;
        let value = |x, y| f([Dual::constant(x), Dual::constant(y)]).value;
        // The step balances truncation (h²) against rounding (1e-16 / h): both near 1e-10.
        let h = 1e-5;
        let want = [(value(x + h, y) - value(x - h, y)) / (2.0 * h), (value(x, y + h) - value(x, y - h)) / (2.0 * h)];
        for (have, want) in have.into_iter().zip(want) {
            assert!((have - want).abs() <= 1e-8 * (1.0 + want.abs()), "{have} is not {want}");
        }
    }

    #[test]
    fn every_operation_has_the_slope_of_its_differences() {
        let functions: [fn([Two; 2]) -> Two; 22] = [
            |[x, y]| x + y,
            |[x, y]| x - y,
            |[x, y]| x * y,
            |[x, y]| x / y,
            |[x, y]| x.powf(y),
            |[x, _]| -x,
            |[x, _]| x + 2.5,
            |[x, _]| x - 2.5,
            |[x, _]| x * 2.5,
            |[x, _]| x / 2.5,
            |[x, _]| x.exp(),
            |[x, _]| x.ln(),
            |[x, _]| x.powi(3),
            |[x, _]| x.powi(-2),
            |[x, _]| x.sqrt(),
            |[x, _]| x.ln_1p(),
            |[x, _]| x.exp_m1(),
            |[x, _]| x.tanh(),
            |[x, _]| x.recip(),
            |[x, y]| (x - y).logistic(),
            |[x, y]| (x - y).softplus(),
            |[x, y]| (x * y).ln() / (y.sqrt() + 1.0),
        ];
        for function in functions {
            agrees(function, 0.7, 1.3);
            agrees(function, 2.2, 0.4);
        }
    }

    #[test]
    fn power_at_base_zero() {
        // d(b²)/db = 2b = 0 and the constant exponent adds nothing, though ln 0 is infinite.
        let squared = Two::variable(0.0, 0).powf(Dual::constant(2.0));
        assert_eq!(squared, Dual::constant(0.0));
        // b^½ is steep at 0 in b, and flat in a direction that neither operand varies in.
        let root = Two::variable(0.0, 0).powf(Dual::constant(0.5));
        assert_eq!(root.partials, [f64::INFINITY, 0.0]);
        // 0^e = 0 for every e > 0, so it is flat in e.
        assert_eq!(Two::constant(0.0).powf(Dual::variable(2.0, 1)), Dual::constant(0.0));
    }

    #[test]
    fn power_of_a_negative_base_with_a_constant_exponent() {
        // d(b³)/db = 3b² = 12 at b = −2.
        let cubed = Two::variable(-2.0, 0).powf(Dual::constant(3.0));
        close(cubed.value, -8.0);
        close(cubed.partials[0], 12.0);
        assert_eq!(cubed.partials[1], 0.0);
    }

    #[test]
    fn logistic_and_softplus_do_not_overflow() {
        for z in [-1e4, 1e4] {
            let logistic = Dual::<1>::variable(z, 0).logistic();
            let softplus = Dual::<1>::variable(z, 0).softplus();
            assert_eq!(logistic, Dual { value: f64::from(z > 0.0), partials: [0.0] });
            let flat_or_one = f64::from(z > 0.0);
            assert_eq!(softplus, Dual { value: z.max(0.0), partials: [flat_or_one] });
        }
    }

    #[test]
    fn plain_numbers_follow_the_same_formulas() {
        close(Scalar::logistic(0.0_f64), 0.5);
        close(Scalar::softplus(0.0_f64), std::f64::consts::LN_2);
        close(Scalar::powf(2.0_f64, 10.0), 1024.0);
        close(f64::from_f64(3.5).re(), 3.5);
    }
}
