//! Non-negative least squares of few columns from their Gram matrix, exactly.
//!
//! The optimum is the best of the least-squares solutions over subsets of columns that come out non-negative (the
//! solution of Lawson and Hanson 1974). With at most five columns, trying all subsets is cheaper than being clever.

use crate::newton::cholesky_solve;

/// The most columns.
pub(super) const COLUMNS: usize = 5;

/// The solution, and what it takes off the sum of squares: the larger the better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Solution {
    pub coefficients: [f64; COLUMNS],
    pub gain: f64,
}

/// Minimises |A c − b|² over c ≥ 0 given the Gram matrix AᵀA (lower half read, row after row, q × q) and Aᵀb.
///
/// Columns that depend on others are left out of a subset; with none that help, c is zero.
pub(super) fn solve(gram: &[f64], b: &[f64], q: usize) -> Solution {
    let mut best = Solution { coefficients: [0.0; COLUMNS], gain: 0.0 };
    if q > COLUMNS || gram.len() < q * q || b.len() < q {
        return best;
    }
    for subset in (1..1u32 << q).rev() {
        let mut chosen = [0usize; COLUMNS];
        let mut m = 0;
        for k in (0..q).filter(|k| subset >> k & 1 == 1) {
            chosen[m] = k;
            m += 1;
        }
        let chosen = &chosen[..m];
        let (mut a, mut c) = ([0.0; COLUMNS * COLUMNS], [0.0; COLUMNS]);
        for (i, &k) in chosen.iter().enumerate() {
            // Columns of unit length: what is collinear does not depend on units.
            let length = gram[k * q + k].sqrt().max(f64::MIN_POSITIVE);
            for (j, &l) in chosen.iter().enumerate().take(i + 1) {
                a[i * m + j] = gram[k * q + l] / (length * gram[l * q + l].sqrt().max(f64::MIN_POSITIVE));
            }
            c[i] = b[k] / length;
        }
        let right = c;
        if !cholesky_solve(&mut a, m, &mut c) || c[..m].iter().any(|v| *v < 0.0) {
            continue;
        }
        let gain: f64 = c.iter().zip(&right).take(m).map(|(c, b)| c * b).sum();
        if gain > best.gain {
            best = Solution { coefficients: [0.0; COLUMNS], gain };
            for (&k, c) in chosen.iter().zip(&c) {
                best.coefficients[k] = c / gram[k * q + k].sqrt().max(f64::MIN_POSITIVE);
            }
        }
        if m == q {
            // All columns and no bound touched: nothing can be better.
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns: &[&[f64]], y: &[f64]) -> Solution {
        let q = columns.len();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let gram: Vec<f64> = (0..q * q).map(|i| dot(columns[i / q], columns[i % q])).collect();
        let b: Vec<f64> = columns.iter().map(|c| dot(c, y)).collect();
        solve(&gram, &b, q)
    }

    #[test]
    fn an_inner_solution_is_that_of_least_squares() {
        let s = of(&[&[1.0, 1.0, 1.0], &[0.0, 1.0, 2.0]], &[1.0, 3.0, 5.0]);
        assert!((s.coefficients[0] - 1.0).abs() < 1e-12 && (s.coefficients[1] - 2.0).abs() < 1e-12, "{s:?}");
    }

    #[test]
    fn a_coefficient_that_wants_to_be_negative_is_zero() {
        // The free slope is −1; without it the constant is the mean, 2.
        let s = of(&[&[1.0, 1.0, 1.0], &[0.0, 1.0, 2.0]], &[3.0, 2.0, 1.0]);
        assert_eq!(s.coefficients[1], 0.0);
        assert!((s.coefficients[0] - 2.0).abs() < 1e-12, "{s:?}");
        // SciPy 1.17, nnls: [0.3902439, 0, 0.43902439].
        let s = of(&[&[1.0, 0.0, 1.0, 0.0], &[1.0, 1.0, 1.0, -1.0], &[0.0, 1.0, 0.5, 2.0]], &[0.0, 0.0, 1.0, 1.0]);
        assert!((s.coefficients[0] - 16.0 / 41.0).abs() < 1e-12 && s.coefficients[1] == 0.0 && (s.coefficients[2] - 18.0 / 41.0).abs() < 1e-12, "{s:?}");
    }

    #[test]
    fn columns_that_depend_on_each_other_do_no_harm() {
        let s = of(&[&[1.0, 2.0], &[2.0, 4.0]], &[1.0, 2.0]);
        assert!((s.coefficients[0] + 2.0 * s.coefficients[1] - 1.0).abs() < 1e-12, "{s:?}");
        let s = of(&[&[0.0, 0.0]], &[1.0, 2.0]);
        assert_eq!(s, Solution { coefficients: [0.0; COLUMNS], gain: 0.0 });
        assert_eq!(of(&[&[1.0, 1.0]], &[-1.0, -1.0]).gain, 0.0);
    }
}
