//! The percentile bootstrap over units, and over clusters of them.

use std::collections::BTreeMap;

use curves::Interval;
use curves::interval::quantile_of_sorted;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// With fewer units than this the t interval is joined to the percentiles: a resample never leaves
/// the range of the data, so that three differences of one sign would pass for certainty.
const FEW: usize = 20;

/// The bootstrap of any statistic. `populations` are the numbers of units that are drawn from, each on
/// its own; `statistic` is given the indices drawn from each, and first those of the data themselves.
///
/// `None` with fewer than two units (one says nothing about spread), without resamples, with a level
/// outside (0, 1), and where the statistic is no number of the data or of half of the resamples.
pub fn resample(populations: &[usize], resamples: usize, seed: u64, level: f64, mut statistic: impl FnMut(&[Vec<usize>]) -> f64) -> Option<Interval> {
    let units = populations.iter().copied().min()?;
    let sensible = units >= 2 && resamples > 0 && level > 0.0 && level < 1.0;
    if !sensible {
        return None;
    }
    let mut drawn: Vec<Vec<usize>> = populations.iter().map(|&n| (0..n).collect()).collect();
    let estimate = statistic(&drawn);
    if estimate.is_nan() {
        return None;
    }
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut values = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        for (set, &n) in drawn.iter_mut().zip(populations) {
            set.iter_mut().for_each(|slot| *slot = rng.random_range(0..n));
        }
        let value = statistic(&drawn);
        if !value.is_nan() {
            values.push(value);
        }
    }
    if 2 * values.len() < resamples {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let se = (variance * units as f64 / (units as f64 - 1.0)).sqrt();
    let se = if se.is_finite() { se } else { f64::INFINITY };
    let mut low = quantile_of_sorted(&values, 0.5 * (1.0 - level));
    let mut high = quantile_of_sorted(&values, 0.5 * (1.0 + level));
    if units < FEW && se > 0.0 {
        let t = StudentsT::new(0.0, 1.0, units as f64 - 1.0).ok()?.inverse_cdf(0.5 * (1.0 + level));
        // min and max skip the NaN that an infinite estimate makes here.
        (low, high) = (low.min(estimate - t * se), high.max(estimate + t * se));
    }
    Some(Interval { estimate, low, high, level, se })
}

/// Mean of paired differences `a − b`, resampled over pairs or, when given, over clusters of pairs.
///
/// `None` as for [`resample`], when the columns are not as long as each other, or one holds a NaN.
pub fn paired_bootstrap(a: &[f64], b: &[f64], clusters: Option<&[u32]>, resamples: usize, seed: u64, level: f64) -> Option<Interval> {
    if a.len() != b.len() {
        return None;
    }
    // Two equal infinities do not differ.
    let differences: Vec<f64> = a.iter().zip(b).map(|(x, y)| if x == y { 0.0 } else { x - y }).collect();
    bootstrap_mean(&differences, clusters, resamples, seed, level)
}

/// A mean, resampled over values or clusters of them. `None` as for [`paired_bootstrap`].
pub fn bootstrap_mean(values: &[f64], clusters: Option<&[u32]>, resamples: usize, seed: u64, level: f64) -> Option<Interval> {
    bootstrap_ratio(values, &vec![1.0; values.len()], clusters, resamples, seed, level)
}

/// Ratio of two means, `mean a / mean b`, resampled over pairs or clusters of them. `None` as for [`paired_bootstrap`].
pub fn bootstrap_ratio(a: &[f64], b: &[f64], clusters: Option<&[u32]>, resamples: usize, seed: u64, level: f64) -> Option<Interval> {
    if a.len() != b.len() || clusters.is_some_and(|c| c.len() != a.len()) || a.iter().chain(b).any(|v| v.is_nan()) {
        return None;
    }
    // Sums per unit are all that a ratio of means needs, and they make a resample cheap.
    let sums: Vec<(f64, f64)> = match clusters {
        None => a.iter().copied().zip(b.iter().copied()).collect(),
        Some(clusters) => {
            let mut by_cluster = BTreeMap::<u32, (f64, f64)>::new();
            for ((&c, x), y) in clusters.iter().zip(a).zip(b) {
                let sum = by_cluster.entry(c).or_default();
                sum.0 += x;
                sum.1 += y;
            }
            by_cluster.into_values().collect()
        }
    };
    resample(&[sums.len()], resamples, seed, level, |drawn| {
        let (top, bottom) = drawn[0].iter().fold((0.0, 0.0), |(x, y), &u| (x + sums[u].0, y + sums[u].1));
        top / bottom
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::normal;

    fn normals(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Pcg64::seed_from_u64(seed);
        (0..n).map(|_| normal::quantile(rng.random_range(1e-9..1.0))).collect()
    }

    #[test]
    fn the_interval_covers_a_known_difference_as_often_as_it_says() {
        // 300 intervals at 90 %: binomial sd 1.7 %, so 83 % to 97 % is four of them.
        for n in [8, 40] {
            let covered = (0..300)
                .filter(|&k| {
                    let b = normals(n, 2 * k);
                    let a: Vec<f64> = b.iter().zip(normals(n, 2 * k + 1)).map(|(b, e)| b + 0.3 + 0.5 * e).collect();
                    let i = paired_bootstrap(&a, &b, None, 400, k, 0.9).unwrap();
                    (i.low..=i.high).contains(&0.3)
                })
                .count();
            assert!((249..=291).contains(&covered), "{covered} of 300 at {n} units");
        }
    }

    #[test]
    fn same_seed_same_interval_and_other_seed_another() {
        let (a, b) = (normals(30, 1), normals(30, 2));
        let run = |seed| paired_bootstrap(&a, &b, None, 200, seed, 0.95).unwrap();
        assert_eq!(run(5), run(5));
        assert_ne!(run(5).low, run(6).low);
        assert_eq!(run(5).estimate, run(6).estimate);
    }

    #[test]
    fn copies_within_a_cluster_are_not_new_evidence() {
        let a = normals(25, 3);
        let copied: Vec<f64> = a.iter().flat_map(|&v| [v; 4]).collect();
        let clusters: Vec<u32> = (0..25).flat_map(|c| [c; 4]).collect();
        let plain = bootstrap_mean(&a, None, 500, 1, 0.95).unwrap();
        let clustered = bootstrap_mean(&copied, Some(&clusters), 500, 1, 0.95).unwrap();
        let naive = bootstrap_mean(&copied, None, 500, 1, 0.95).unwrap();
        assert!((clustered.se / plain.se - 1.0).abs() < 1e-9);
        assert!((clustered.low - plain.low).abs() < 1e-9);
        assert!(naive.se < 0.7 * clustered.se, "{} {}", naive.se, clustered.se);
    }

    #[test]
    fn the_standard_error_of_a_mean_is_the_usual_one() {
        let a = normals(50, 9);
        let i = bootstrap_mean(&a, None, 4000, 1, 0.95).unwrap();
        let usual = crate::stat::mean_se(&a).unwrap().se.unwrap();
        assert!((i.se / usual - 1.0).abs() < 0.06, "{} {usual}", i.se);
        assert!(i.low < i.estimate && i.estimate < i.high);
    }

    #[test]
    fn three_of_one_sign_are_not_certainty() {
        // The percentiles of resampled 1, 2, 3 stay within [1, 3]; the t interval is 2 ± 4.3 · 0.58.
        let i = bootstrap_mean(&[1.0, 2.0, 3.0], None, 2000, 1, 0.95).unwrap();
        assert!(i.low < 0.0 && i.high > 4.0, "{i:?}");
    }

    #[test]
    fn a_ratio_of_means_by_hand() {
        let a: Vec<f64> = (1..=30).map(f64::from).collect();
        let b: Vec<f64> = a.iter().map(|v| v / 4.0).collect();
        let i = bootstrap_ratio(&a, &b, None, 300, 1, 0.95).unwrap();
        assert!((i.estimate - 4.0).abs() < 1e-12 && (i.low - 4.0).abs() < 1e-12 && (i.high - 4.0).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_interval_is_none() {
        assert_eq!(bootstrap_mean(&[], None, 100, 1, 0.95), None);
        assert_eq!(bootstrap_mean(&[1.0], None, 100, 1, 0.95), None);
        assert_eq!(bootstrap_mean(&[1.0, 2.0], Some(&[7, 7]), 100, 1, 0.95), None);
        assert_eq!(bootstrap_mean(&[1.0, f64::NAN], None, 100, 1, 0.95), None);
        assert_eq!(bootstrap_mean(&[1.0, 2.0], None, 0, 1, 0.95), None);
        assert_eq!(bootstrap_mean(&[1.0, 2.0], None, 100, 1, 1.0), None);
        assert_eq!(paired_bootstrap(&[1.0, 2.0], &[1.0], None, 100, 1, 0.95), None);
        assert_eq!(bootstrap_ratio(&[1.0, 1.0], &[0.0, 0.0], None, 100, 1, 0.95).map(|i| i.low), Some(f64::INFINITY));
    }
}
