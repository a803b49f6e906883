//! Is what was predicted with probability p true in a share p of cases?

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Mean squared calibration error, `mean (coverage − level)²` (NSL-PFN takes the levels .5, .6, .7, .8, .9, .95, .99).
///
/// `None` when nothing is given, the two are not as many, or a value is not finite.
pub fn msce(levels: &[f64], coverages: &[f64]) -> Option<f64> {
    if levels.is_empty() || levels.len() != coverages.len() || levels.iter().chain(coverages).any(|v| !v.is_finite()) {
        return None;
    }
    Some(levels.iter().zip(coverages).map(|(l, c)| (c - l).powi(2)).sum::<f64>() / levels.len() as f64)
}

/// p-value of the chi-square test that values on [0, 1] (PITs) are uniform, in `bins` equal bins.
///
/// `None` with fewer than two bins, a value outside [0, 1], or fewer than five values expected per bin,
/// below which the chi-square distribution is no good.
pub fn uniformity(values: &[f64], bins: usize) -> Option<f64> {
    if bins < 2 || !values.iter().all(|v| (0.0..=1.0).contains(v)) {
        return None;
    }
    let mut counts = vec![0.0; bins];
    for v in values {
        counts[((v * bins as f64) as usize).min(bins - 1)] += 1.0;
    }
    chi_square(&counts, &vec![1.0 / bins as f64; bins])
}

/// As [`uniformity`], for ranks out of `possible` values 0, 1, …, `possible` − 1 (simulation-based calibration).
///
/// When `bins` does not divide `possible` some bins hold one rank more, and more is expected of them.
pub fn uniformity_of_ranks(ranks: &[usize], possible: usize, bins: usize) -> Option<f64> {
    if bins < 2 || possible < bins || ranks.iter().any(|&r| r >= possible) {
        return None;
    }
    let bin = |rank: usize| rank * bins / possible;
    let (mut counts, mut shares) = (vec![0.0; bins], vec![0.0; bins]);
    for &rank in ranks {
        counts[bin(rank)] += 1.0;
    }
    for rank in 0..possible {
        shares[bin(rank)] += 1.0 / possible as f64;
    }
    chi_square(&counts, &shares)
}

fn chi_square(counts: &[f64], shares: &[f64]) -> Option<f64> {
    let n: f64 = counts.iter().sum();
    if shares.iter().any(|s| n * s < 5.0) {
        return None;
    }
    let statistic: f64 = counts.iter().zip(shares).map(|(c, s)| (c - n * s).powi(2) / (n * s)).sum();
    Some(ChiSquared::new(counts.len() as f64 - 1.0).ok()?.sf(statistic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msce_by_hand() {
        assert!((msce(&[0.5, 0.9], &[0.6, 0.7]).unwrap() - 0.025).abs() < 1e-15);
        assert_eq!(msce(&[], &[]), None);
        assert_eq!(msce(&[0.5], &[f64::NAN]), None);
        assert_eq!(msce(&[0.5], &[0.5, 0.6]), None);
    }

    #[test]
    fn the_p_value_is_the_chi_square_tail() {
        // 30 below and 10 above: (10² + 10²)/20 = 10 on one degree; P(χ²₁ > 10) = 2 Φ(−√10) = 0.0015654.
        let values: Vec<f64> = (0..40).map(|k| if k < 30 { 0.2 } else { 0.8 }).collect();
        assert!((uniformity(&values, 2).unwrap() - 0.001_565_4).abs() < 1e-6);
        let ranks: Vec<usize> = (0..40).map(|k| if k < 30 { 3 } else { 7 }).collect();
        assert!((uniformity_of_ranks(&ranks, 10, 2).unwrap() - 0.001_565_4).abs() < 1e-6);
    }

    #[test]
    fn even_values_are_uniform_and_ends_are_inside() {
        let even: Vec<f64> = (0..=100).map(|k| f64::from(k) / 100.0).collect();
        assert!(uniformity(&even, 10).unwrap() > 0.99);
        // 21 ranks in 4 bins: one bin holds 6 of them, and all ranks equally often is a perfect fit.
        let ranks: Vec<usize> = (0..210).map(|k| k % 21).collect();
        assert!((uniformity_of_ranks(&ranks, 21, 4).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn too_few_or_impossible_values_have_no_p() {
        assert_eq!(uniformity(&[0.5; 9], 2), None);
        assert_eq!(uniformity(&[1.5; 100], 2), None);
        assert_eq!(uniformity(&[f64::NAN; 100], 2), None);
        assert_eq!(uniformity(&[], 2), None);
        assert_eq!(uniformity_of_ranks(&[10; 100], 10, 2), None);
    }
}
