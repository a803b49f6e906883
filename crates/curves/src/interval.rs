//! `Interval`: an estimate with its interval, and the quantile that intervals are made of.

use serde::Serialize;

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Of the data themselves.
    pub estimate: f64,
    /// Lower end; −∞ where the data set none.
    pub low: f64,
    /// Upper end; ∞ where the data set none.
    pub high: f64,
    /// The confidence, between 0 and 1.
    pub level: f64,
    /// Standard error; NaN where the method has none.
    pub se: f64,
}

/// The `p`-quantile (0 ≤ p ≤ 1) of an increasing slice without NaN, by a straight line between order statistics (Hyndman and
/// Fan's type 7); NaN of an empty one.
pub fn quantile_of_sorted(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = p.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    between(sorted[below], sorted[(below + 1).min(last)], at - at.floor())
}

/// A point on the line from `a` to `b`; next to an infinity there is no line, and the nearer end is taken.
pub fn between(a: f64, b: f64, share: f64) -> f64 {
    if a == b || share == 0.0 {
        a
    } else if a.is_finite() && b.is_finite() {
        a + share * (b - a)
    } else if share < 0.5 {
        a
    } else {
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand() {
        let v = [1.0, 2.0, 4.0, f64::INFINITY];
        assert_eq!([0.0, 0.5, 1.0].map(|p| quantile_of_sorted(&v, p)), [1.0, 3.0, f64::INFINITY]);
        assert_eq!(quantile_of_sorted(&v, 0.9), f64::INFINITY);
        assert_eq!(quantile_of_sorted(&[5.0], 0.3), 5.0);
        assert!(quantile_of_sorted(&[], 0.5).is_nan());
    }
}
