//! Where a parameter lives, and the increasing map between there and the real line.

use std::fmt;

use crate::Scalar;

/// Where a parameter lives.
///
/// Every domain has an increasing map onto the real line, so that a search without bounds can be run
/// there: the logarithm where a sign is strict, the inverse of ln(1 + e^z) where the bound is allowed,
/// the logit for intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Domain {
    /// Any finite number.
    Real,
    /// Above zero.
    Positive,
    /// Zero or above.
    NonNegative,
    /// From 0 to 1, both included.
    Unit,
    /// From the first number to the second, which is larger; both included.
    Interval(f64, f64),
    /// Below zero.
    Negative,
    /// This number or above.
    AtLeast(f64),
}

/// Where maps by logarithm and logit stop: e^±700 is still a normal number.
const EDGE: f64 = 700.0;

impl Domain {
    /// Whether the value is finite and lies here.
    pub fn contains(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::Real => true,
                Self::Positive => value > 0.0,
                Self::NonNegative => value >= 0.0,
                Self::Unit => (0.0..=1.0).contains(&value),
                Self::Interval(low, high) => (low..=high).contains(&value),
                Self::Negative => value < 0.0,
                Self::AtLeast(least) => value >= least,
            }
    }

    /// The point of the real line that stands for this value.
    ///
    /// A value on the bound, or beyond it, is given a far but finite point.
    pub fn to_line(self, value: f64) -> f64 {
        match self {
            Self::Real => value,
            Self::Positive => log(value),
            Self::Negative => -log(-value),
            Self::NonNegative => soft_log(value),
            Self::AtLeast(least) => soft_log(value - least),
            Self::Unit => logit(value),
            Self::Interval(low, high) => logit((value - low) / (high - low)),
        }
    }

    /// The value that this point of the real line stands for: always in the domain, if the point is finite.
    pub fn from_line(self, z: f64) -> f64 {
        match self {
            Self::Real => z,
            Self::Positive => z.clamp(-EDGE, EDGE).exp(),
            Self::Negative => -(-z).clamp(-EDGE, EDGE).exp(),
            Self::NonNegative => z.softplus(),
            Self::AtLeast(least) => least + z.softplus(),
            Self::Unit => z.logistic(),
            Self::Interval(low, high) => {
                let value = low + (high - low) * z.logistic();
                // Rounding may step over the upper end by one unit in the last place.
                if value > high { high } else { value }
            }
        }
    }

    /// The derivative of [`from_line`](Self::from_line).
    pub fn from_line_slope(self, z: f64) -> f64 {
        match self {
            Self::Real => 1.0,
            Self::Positive => exp_slope(z),
            Self::Negative => exp_slope(-z),
            Self::NonNegative | Self::AtLeast(_) => z.logistic(),
            Self::Unit => z.logistic() * (-z).logistic(),
            Self::Interval(low, high) => (high - low) * z.logistic() * (-z).logistic(),
        }
    }
}

/// Completes "must be …".
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => f.write_str("finite"),
            Self::Positive => f.write_str("positive"),
            Self::NonNegative => f.write_str("zero or more"),
            Self::Unit => f.write_str("between 0 and 1"),
            Self::Interval(low, high) => write!(f, "between {low} and {high}"),
            Self::Negative => f.write_str("negative"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
        }
    }
}

fn log(value: f64) -> f64 {
    value.clamp(0.0, f64::MAX).ln().clamp(-EDGE, EDGE)
}

/// The inverse of ln(1 + e^z).
fn soft_log(value: f64) -> f64 {
    let value = value.clamp(0.0, f64::MAX);
    (value + (-(-value).exp_m1()).ln()).clamp(-EDGE, f64::MAX)
}

fn logit(share: f64) -> f64 {
    let share = share.clamp(0.0, 1.0);
    (share.ln() - (-share).ln_1p()).clamp(-EDGE, EDGE)
}

fn exp_slope(z: f64) -> f64 {
    if z.abs() > EDGE { 0.0 } else { z.exp() }
}
