//! How one curve goes with another, and what of it is left once others are known.

use evaluation::stat::pearson;
use linalg::lstsq;
use ndarray::Array2;

/// What is left of a curve is rounding when it is below this share of its squares.
const ROUNDING: f64 = 1e-20;

/// What a straight line through other curves (and a constant) leaves of a curve; nothing where these are not independent, or where nothing is left.
fn left(of: &[f64], given: &[&[f64]]) -> Option<Vec<f64>> {
    let n = of.len();
    if n < given.len() + 3 || given.iter().any(|curve| curve.len() != n) {
        return None;
    }
    let a = Array2::from_shape_fn((n, given.len() + 1), |(i, j)| if j == 0 { 1.0 } else { given[j - 1][i] });
    let b = Array2::from_shape_fn((n, 1), |(i, _)| of[i]);
    let x = lstsq(a.view(), b.view()).ok()?;
    let fitted = a.dot(&x);
    let rest: Vec<f64> = of.iter().zip(fitted.column(0)).map(|(v, f)| v - f).collect();
    let squares = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>();
    (squares(&rest) > ROUNDING * squares(of)).then_some(rest)
}

/// The partial correlation of two curves, given others.
pub(super) fn partial(one: &[f64], other: &[f64], given: &[&[f64]]) -> Option<f64> {
    pearson(&left(one, given)?, &left(other, given)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that go with nothing.
    fn odd(from: f64) -> Vec<f64> {
        (0..200).map(|k| ((f64::from(k) + from) * 12.9898).sin() * 43_758.545_3).map(f64::fract).collect()
    }

    #[test]
    fn what_is_known_is_taken_out() {
        let line: Vec<f64> = (0..200).map(f64::from).collect();
        let with = |noise: &[f64], slope: f64| line.iter().zip(noise).map(|(t, e)| slope * t + 5.0 * e).collect::<Vec<f64>>();
        let (a, b) = (odd(0.1), odd(0.7));
        // Two curves that both rise go together, but for the rise they have nothing in common.
        let (one, other) = (with(&a, 1.0), with(&b, 2.0));
        assert!(pearson(&one, &other).unwrap() > 0.95 && partial(&one, &other, &[&line]).unwrap().abs() < 0.25);
        // The same accident in both is found below the rise.
        assert!((partial(&one, &with(&a, -1.0), &[&line]).unwrap() - 1.0).abs() < 1e-9);
        // By hand: r(12|3) = (r12 − r13 r23) / √((1 − r13²)(1 − r23²)).
        let (r12, r13, r23) = (pearson(&one, &other).unwrap(), pearson(&one, &line).unwrap(), pearson(&other, &line).unwrap());
        let by_hand = (r12 - r13 * r23) / ((1.0 - r13 * r13) * (1.0 - r23 * r23)).sqrt();
        assert!((partial(&one, &other, &[&line]).unwrap() - by_hand).abs() < 1e-9);
        assert_eq!((partial(&line, &other, &[&line]), partial(&one, &other, &[&line, &line])), (None, None));
        assert_eq!(partial(&one[..3], &other[..3], &[&line[..3]]), None);
    }
}
