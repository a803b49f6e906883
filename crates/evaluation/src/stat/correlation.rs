//! How two columns go together. `None` for fewer than two pairs, unequal lengths, a NaN, or a column that never varies.

use super::ranks;

/// Pearson's product-moment correlation; also `None` when a value is infinite.
pub fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len();
    if n < 2 || n != b.len() || a.iter().chain(b).any(|v| !v.is_finite()) {
        return None;
    }
    let (ma, mb) = (a.iter().sum::<f64>() / n as f64, b.iter().sum::<f64>() / n as f64);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
        ab += (x - ma) * (y - mb);
    }
    // Asked of the values, because rounding leaves a constant column a variance of about 1e-32.
    let varies = |v: &[f64]| v.iter().any(|x| *x != v[0]);
    let r = ab / (f64::sqrt(aa) * f64::sqrt(bb));
    (varies(a) && varies(b) && r.is_finite()).then_some(r.clamp(-1.0, 1.0))
}

/// Spearman's rank correlation, ties at their mean rank.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    pearson(&ranks(a)?, &ranks(b)?)
}

/// Kendall's tau-b, `(C − D) / √((P − ties in a)(P − ties in b))` over the P pairs.
///
/// Every pair is looked at, which is quick enough for some ten thousand values.
pub fn kendall(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len();
    if n < 2 || n != b.len() || a.iter().chain(b).any(|v| v.is_nan()) {
        return None;
    }
    let (mut score, mut differ_a, mut differ_b) = (0_i64, 0_i64, 0_i64);
    for (i, (&ai, &bi)) in a.iter().zip(b).enumerate() {
        for (&aj, &bj) in a[..i].iter().zip(&b[..i]) {
            let (da, db) = (sign(ai, aj), sign(bi, bj));
            score += da * db;
            differ_a += da * da;
            differ_b += db * db;
        }
    }
    let scale = (differ_a as f64).sqrt() * (differ_b as f64).sqrt();
    (scale > 0.0).then(|| (score as f64 / scale).clamp(-1.0, 1.0))
}

fn sign(x: f64, y: f64) -> i64 {
    i64::from(x > y) - i64::from(x < y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pearson_by_hand() {
        // Deviations (−1, 0, 1) and (−1, 1, 0): 1 / √(2·2) = 0.5.
        assert!((pearson(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]).unwrap() - 0.5).abs() < 1e-15);
        assert!((pearson(&[1.0, 2.0, 3.0], &[5.0, 3.0, 1.0]).unwrap() + 1.0).abs() < 1e-15);
    }

    #[test]
    fn spearman_with_ties_by_hand() {
        // Ranks of a: 1, 2.5, 2.5, 4; of b: 1, 2, 3, 4. Deviations −1.5, 0, 0, 1.5 and −1.5, −.5, .5, 1.5:
        // 4.5 / √(4.5 · 5) = √0.9.
        let r = spearman(&[1.0, 7.0, 7.0, 100.0], &[0.1, 0.2, 0.3, 0.4]).unwrap();
        assert!((r - 0.9f64.sqrt()).abs() < 1e-14, "{r}");
    }

    #[test]
    fn kendall_with_ties_by_hand() {
        // No ties: 5 pairs agree, 1 does not, of 6.
        assert!((kendall(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]).unwrap() - 4.0 / 6.0).abs() < 1e-15);
        // a ties one pair: 5 agree, 5 differ in a, 6 in b.
        let tau = kendall(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((tau - 5.0 / 30f64.sqrt()).abs() < 1e-14, "{tau}");
    }

    #[test]
    fn what_has_no_answer_is_none() {
        for f in [pearson, spearman, kendall] {
            assert_eq!(f(&[], &[]), None);
            assert_eq!(f(&[1.0], &[1.0]), None);
            assert_eq!(f(&[1.0, 2.0], &[1.0]), None);
            assert_eq!(f(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]), None);
            assert_eq!(f(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        }
        assert!((spearman(&[1.0, f64::INFINITY], &[1.0, 2.0]).unwrap() - 1.0).abs() < 1e-12); // a rank is finite
    }
}
