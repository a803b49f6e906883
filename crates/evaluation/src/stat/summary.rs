//! Means, quantiles and ranks.

use curves::interval::{between, quantile_of_sorted};

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error, `s/√n`; `None` for a single value.
    pub se: Option<f64>,
    /// How many values.
    pub n: usize,
}

/// Mean and standard error. `None` when nothing is given, or a NaN.
pub fn mean_se(values: &[f64]) -> Option<Mean> {
    let n = values.len();
    if n == 0 || values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    if mean.is_nan() {
        return None; // both infinities at once
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0);
    let se = (variance / n as f64).sqrt();
    Some(Mean { mean, se: (n > 1 && se.is_finite()).then_some(se), n })
}

/// The `p`-quantile, by a straight line between order statistics (Hyndman & Fan's type 7).
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(quantile_of_sorted(&sorted, p))
}

/// The median.
pub fn median(values: &[f64]) -> Option<f64> {
    if values.iter().any(|v| v.is_nan()) {
        return None;
    }
    median_in_place(&mut values.to_vec())
}

/// The median, without sorting all; the order of the values is lost. They must not hold a NaN.
pub(crate) fn median_in_place(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if !n.is_multiple_of(2) {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(between(lower, upper, 0.5))
}

/// Ranks from 1 for the smallest; equal values share the mean of their ranks. `None` when a NaN is among them.
pub fn ranks(values: &[f64]) -> Option<Vec<f64>> {
    if values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let shared = start as f64 + 0.5 * (tied.len() as f64 + 1.0);
        for &i in tied {
            ranks[i] = shared;
        }
        start += tied.len();
    }
    Some(ranks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_standard_error_by_hand() {
        // 1, 2, 3, 6: mean 3, variance (4+1+0+9)/3 = 14/3, standard error √(14/12).
        let m = mean_se(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert_eq!((m.mean, m.n), (3.0, 4));
        assert!((m.se.unwrap() - (14.0f64 / 12.0).sqrt()).abs() < 1e-15);
        assert_eq!(mean_se(&[5.0]).unwrap().se, None);
        assert_eq!(mean_se(&[]), None);
        assert_eq!(mean_se(&[1.0, f64::NAN]), None);
        assert_eq!(mean_se(&[f64::INFINITY, f64::NEG_INFINITY]), None);
        assert_eq!(mean_se(&[1.0, f64::NEG_INFINITY]), Some(Mean { mean: f64::NEG_INFINITY, se: None, n: 2 }));
    }

    #[test]
    fn quantiles_by_hand() {
        let v = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&v, 0.0), Some(1.0));
        assert_eq!(quantile(&v, 0.5), Some(2.5));
        assert_eq!(quantile(&v, 1.0), Some(4.0));
        assert!((quantile(&v, 0.25).unwrap() - 1.75).abs() < 1e-15);
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[f64::NAN], 0.5), None);
        assert_eq!(quantile(&v, 1.5), None);
        assert_eq!(quantile(&[f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0], 0.1), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[f64::NAN, 1.0]), None);
    }

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[10.0, 20.0, 10.0, 5.0]), Some(vec![2.5, 4.0, 2.5, 1.0]));
        assert_eq!(ranks(&[1.0; 3]), Some(vec![2.0; 3]));
        assert_eq!(ranks(&[]), Some(vec![]));
        assert_eq!(ranks(&[f64::NAN]), None);
        assert_eq!(ranks(&[0.0, -0.0]), Some(vec![1.5, 1.5]));
    }
}
