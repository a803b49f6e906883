//! `View`: which part of a curve is shown, and how its axis is read.

use serde::{Deserialize, Serialize};

use crate::{Curve, CurveError};

/// How much of a curve is seen before a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The first n points.
    Points(usize),
    /// The first `fraction` of the points, at least one and rounded to the nearest count (0 < fraction < 1).
    Fraction(f64),
}

impl View {
    /// How many of `len` points are seen. An error when that leaves nothing to predict.
    pub fn seen(self, len: usize) -> Result<usize, CurveError> {
        let n = match self {
            View::Points(n) => n,
            View::Fraction(f) if f > 0.0 && f < 1.0 => ((f * len as f64).round() as usize).max(1),
            View::Fraction(f) => {
                return Err(CurveError::OutOfRange { what: "fraction seen", value: f, must: "between 0 and 1, exclusive" });
            }
        };
        if n == 0 {
            return Err(CurveError::Empty);
        }
        if n >= len {
            return Err(CurveError::BeyondEnd { asked: n, have: len.saturating_sub(1) });
        }
        Ok(n)
    }

    /// The part seen and the part to be predicted: `(seen, x of the rest, y of the rest)`.
    pub fn split(self, curve: &Curve) -> Result<(Curve, &[f64], &[f64]), CurveError> {
        let n = self.seen(curve.len())?;
        let (x, y) = curve.rest(n);
        Ok((curve.prefix(n)?, x, y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_round_and_never_take_all() {
        assert_eq!(View::Fraction(0.1).seen(50), Ok(5));
        assert_eq!(View::Fraction(0.1).seen(3), Ok(1));
        assert_eq!(View::Points(9).seen(10), Ok(9));
        assert_eq!(View::Points(10).seen(10), Err(CurveError::BeyondEnd { asked: 10, have: 9 }));
        assert_eq!(View::Fraction(0.9).seen(1), Err(CurveError::BeyondEnd { asked: 1, have: 0 }));
        assert!(View::Fraction(1.5).seen(10).is_err());
        assert!(View::Fraction(f64::NAN).seen(10).is_err());
    }
}
