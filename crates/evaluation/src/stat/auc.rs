//! The area under the ROC curve, and whether two of them on the same cases differ (DeLong, DeLong and Clarke-Pearson 1988,
//! doi 10.2307/2531595).

use curves::normal;

use super::ranks;

/// The probability that a positive case has a higher score than a negative one, ties counted by half (Mann and Whitney's statistic).
/// `None` without cases of both kinds, with columns of other lengths, or with a score that is NaN.
pub fn auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    if scores.len() != positive.len() {
        return None;
    }
    let yes = positive.iter().filter(|p| **p).count() as f64;
    let no = positive.len() as f64 - yes;
    let above: f64 = ranks(scores)?.iter().zip(positive).filter(|(_, p)| **p).map(|(rank, _)| rank).sum();
    (yes > 0.0 && no > 0.0).then(|| (above - 0.5 * yes * (yes + 1.0)) / (yes * no))
}

/// The difference of two areas on the same cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeLong {
    /// The area of the first scores.
    pub first: f64,
    /// The area of the second scores.
    pub second: f64,
    /// Standard error of first − second over cases, which are taken to be independent.
    pub se: f64,
    /// Two-sided p-value of no difference, by the normal distribution; 1 where scores order all cases alike.
    pub p: f64,
}

/// Compares the areas of two columns of scores on the same cases. `None` as of [`auc`], and with fewer than two cases of a kind.
pub fn delong(first: &[f64], second: &[f64], positive: &[bool]) -> Option<DeLong> {
    let (a, b) = (placements(first, positive)?, placements(second, positive)?);
    // The variance of the difference is that of the differences of placements, of both kinds of cases.
    let part = |a: &[f64], b: &[f64]| -> Option<f64> {
        let d: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let m = mean(&d);
        (d.len() > 1).then(|| d.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (d.len() - 1) as f64 / d.len() as f64)
    };
    let se = (part(&a.0, &b.0)? + part(&a.1, &b.1)?).sqrt();
    let (first, second) = (mean(&a.0), mean(&b.0));
    let p = if first == second { 1.0 } else { (2.0 * normal::cdf(-((first - second) / se).abs())).min(1.0) };
    Some(DeLong { first, second, se, p })
}

fn mean(v: &[f64]) -> f64 {
    v.iter().sum::<f64>() / v.len() as f64
}

/// For every positive case the share of negative ones below it, and for every negative one the share of positive ones above it; ties count by half.
fn placements(scores: &[f64], positive: &[bool]) -> Option<(Vec<f64>, Vec<f64>)> {
    if scores.len() != positive.len() {
        return None;
    }
    let of = |kind: bool| scores.iter().zip(positive).filter(move |(_, p)| **p == kind).map(|(s, _)| *s).collect::<Vec<f64>>();
    let (yes, no) = (of(true), of(false));
    if yes.is_empty() || no.is_empty() {
        return None;
    }
    let (all, own_yes, own_no) = (ranks(scores)?, ranks(&yes)?, ranks(&no)?);
    let rank_of = |kind: bool| all.iter().zip(positive).filter(move |(_, p)| **p == kind).map(|(r, _)| *r);
    let above = rank_of(true).zip(own_yes).map(|(r, own)| (r - own) / no.len() as f64).collect();
    let below = rank_of(false).zip(own_no).map(|(r, own)| 1.0 - (r - own) / yes.len() as f64).collect();
    Some((above, below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_by_hand() {
        let positive = [true, true, false, false];
        assert_eq!(auc(&[4.0, 3.0, 2.0, 1.0], &positive), Some(1.0));
        assert_eq!(auc(&[1.0, 4.0, 2.0, 3.0], &positive), Some(0.5));
        // One tie of four pairs.
        assert_eq!(auc(&[4.0, 2.0, 2.0, 1.0], &positive), Some(0.875));
        assert_eq!(auc(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(auc(&[1.0], &[true, false]), None);
        assert_eq!(auc(&[f64::NAN, 1.0], &[true, false]), None);
    }

    #[test]
    fn a_difference_by_hand() {
        // Placements of the first: positives (1, 1/2), negatives (1, 1/2); of the second: positives (1, 1), negatives (1, 1).
        let positive = [true, true, false, false];
        let found = delong(&[4.0, 2.0, 3.0, 1.0], &[4.0, 3.0, 2.0, 1.0], &positive).unwrap();
        assert_eq!((found.first, found.second), (0.75, 1.0));
        // Differences (0, −1/2) have variance 1/8, twice, over two cases each.
        assert!((found.se - 0.125_f64.sqrt()).abs() < 1e-15, "{found:?}");
        let z = 0.25 / 0.125_f64.sqrt();
        assert!((found.p - 2.0 * normal::cdf(-z)).abs() < 1e-15);
        let same = delong(&[4.0, 2.0, 3.0, 1.0], &[8.0, 4.0, 6.0, 2.0], &positive).unwrap();
        assert_eq!((same.se, same.p), (0.0, 1.0));
        assert_eq!(delong(&[1.0, 2.0], &[1.0, 2.0], &[true, false]), None);
    }

    #[test]
    fn without_a_difference_alarms_are_as_rare_as_the_level_says() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let trials = 2_000;
        let alarms = (0..trials)
            .filter(|_| {
                let positive: Vec<bool> = (0..120).map(|k| k % 3 == 0).collect();
                let mut column = || -> Vec<f64> { positive.iter().map(|p| rng.random::<f64>() + if *p { 0.3 } else { 0.0 }).collect() };
                let (a, b) = (column(), column());
                delong(&a, &b, &positive).is_some_and(|d| d.p < 0.05)
            })
            .count();
        // Within four standard errors of 5 %.
        let share = alarms as f64 / f64::from(trials);
        assert!((share - 0.05).abs() < 4.0 * (0.05_f64 * 0.95 / f64::from(trials)).sqrt(), "{share}");
    }
}
