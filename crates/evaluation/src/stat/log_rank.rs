//! Do groups differ in when something happens, where it may not have happened yet? The log-rank test (Mantel 1966, Cancer Chemotherapy Reports 50,
//! 163–170; Peto and Peto 1972, doi 10.2307/2344317).
//!
//! At every time t at which something happens, d of the n that are still watched have an event. If groups did not differ, these d would be drawn from
//! the n without replacement, so that a group with nᵢ of them has d nᵢ/n events on average, and the events of all groups at t have the covariance of
//! the hypergeometric distribution, which is right for ties as well:
//!
//! ```text
//! Vᵢⱼ = d (n − d)/(n − 1) · nᵢ/n (δᵢⱼ − nⱼ/n)
//! ```
//!
//! Observed less expected events are added up over times, and so is V. With one group left out, since all deviations together are zero, their
//! quadratic form in V⁻¹ has about a chi-squared distribution where groups do not differ.

use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// What the test says of some groups.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRank {
    /// Chi-squared, 0 or more: 0 where every group has as many events as expected.
    pub statistic: f64,
    /// Its degrees of freedom: how many groups are compared, less one.
    pub freedom: usize,
    /// p-value of no difference, by the chi-squared distribution.
    pub p: f64,
    /// How many events each group has, in the order given.
    pub observed: Vec<usize>,
    /// How many it would have if groups did not differ, the same number in all: a group with fewer events than that has them later than others.
    pub expected: Vec<f64>,
}

/// Compares two or more groups. Each is a slice of times: until when something was watched, and whether the event happened then. Where it did not,
/// the time is right-censored, and what was watched leaves after the events of that time, as in
/// [`kaplan_meier`](crate::emergence::survival::kaplan_meier). Times may have any unit and any sign, for only their order counts.
///
/// A group of which nothing is left at the first event (or that is empty) is not compared and takes no degree of freedom.
///
/// `None` with a time that is not finite, and where the times say nothing about a difference, so that the statistic is 0/0: without an event, with
/// fewer than two groups left at the first one, or if all that are left have it at once. That is not a p of 1: groups that are all censored have not
/// been found alike.
///
/// The test takes all times to be independent. Where groups are matched (arms of the same seeds) and their times rise and fall together, it finds a
/// difference less often than it could. The distribution is that of many events. With few of them p is too small: at a level of 5 %, two groups that
/// do not differ are told apart in 7 % of cases where each has eight times, and in 10 % where each has three, with which a permutation test never is
/// below 10 %.
pub fn log_rank(groups: &[&[(f64, bool)]]) -> Option<LogRank> {
    let mut times: Vec<(f64, bool, usize)> = groups.iter().enumerate().flat_map(|(g, times)| times.iter().map(move |t| (t.0, t.1, g))).collect();
    if times.iter().any(|t| !t.0.is_finite()) {
        return None;
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk: Vec<usize> = groups.iter().map(|times| times.len()).collect();
    let mut watched = times.len();
    let (mut observed, mut expected) = (vec![0_usize; groups.len()], vec![0.0; groups.len()]);
    let mut variance = DMatrix::<f64>::zeros(groups.len(), groups.len());
    for here in times.chunk_by(|a, b| a.0 == b.0) {
        let events = here.iter().filter(|t| t.1).count();
        if events > 0 {
            let (d, n) = (events as f64, watched as f64);
            // Where all have the event none can be drawn otherwise (and n may be 1).
            let spread = if events < watched { d * (n - d) / (n - 1.0) } else { 0.0 };
            let shares: Vec<f64> = at_risk.iter().map(|left| *left as f64 / n).collect();
            for (i, share) in shares.iter().enumerate() {
                expected[i] += d * share;
                for (j, other) in shares.iter().enumerate() {
                    let own = if i == j { *share } else { 0.0 };
                    variance[(i, j)] += spread * (own - share * other);
                }
            }
        }
        for (_, event, group) in here {
            observed[*group] += usize::from(*event);
            at_risk[*group] -= 1;
        }
        watched -= here.len();
    }
    // Who is watched at a later event was so at the first: the groups with something expected are compared with each other, all in one, and without
    // the first of them V has an inverse, unless nothing varies.
    let kept: Vec<usize> = (0..groups.len()).filter(|g| expected[*g] > 0.0).skip(1).collect();
    if kept.is_empty() || variance.trace() <= 0.0 {
        return None;
    }
    let excess = DVector::from_iterator(kept.len(), kept.iter().map(|g| observed[*g] as f64 - expected[*g]));
    let covariance = DMatrix::from_fn(kept.len(), kept.len(), |i, j| variance[(kept[i], kept[j])]);
    let statistic = excess.dot(&covariance.cholesky()?.solve(&excess));
    let p = ChiSquared::new(kept.len() as f64).ok()?.sf(statistic);
    Some(LogRank { statistic, freedom: kept.len(), p, observed, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of events, and times until when nothing had happened.
    fn times(events: &[i32], left: &[i32]) -> Vec<(f64, bool)> {
        let of = |times: &[i32], event: bool| times.iter().map(|t| (f64::from(*t), event)).collect::<Vec<_>>();
        [of(events, true), of(left, false)].concat()
    }

    /// Two ways to add up agree to about this: a share of the number.
    const ROUNDING: f64 = 1e-12;

    fn near(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() <= within * expected.abs(), "{found} {expected}");
    }

    #[test]
    fn the_leukaemia_remissions() {
        // Freireich et al. 1963, weeks of remission with placebo and with 6-mercaptopurine. `survdiff` in R prints 10.7 and 19.3 events expected,
        // chi-squared 16.8 and p = 4.17e-05; here are the digits of lifelines and of SciPy's `logrank` (z squared).
        let placebo = times(&[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], &[]);
        let treated = times(&[6, 6, 6, 7, 10, 13, 16, 22, 23], &[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]);
        let found = log_rank(&[&placebo, &treated]).unwrap();
        assert_eq!(found.freedom, 1);
        assert_eq!(found.observed, [21, 9]);
        near(found.expected[0], 10.74949905196887, ROUNDING);
        near(found.expected[1], 19.25050094803113, ROUNDING);
        near(found.statistic, 16.792940989216536, ROUNDING);
        // An error of the statistic is five times as large in p, and incomplete gamma functions differ in their last digits.
        near(found.p, 4.168809109334529e-5, 1e-10);
    }

    #[test]
    fn three_groups_of_rats() {
        // Klein and Moeschberger, Survival Analysis, exercise 7.7: days until rats with a glioma die, untreated, with radiation, and with radiation
        // and BPA. `survdiff` in R prints 2.656485, 7.600097 and 16.743418 events expected, chi-squared 33.38033 and p = 5.64e-08; here are the
        // digits of lifelines.
        let untreated = times(&[20, 21, 23, 24, 24, 26, 26, 27, 28, 30], &[]);
        let radiation = times(&[26, 28, 29, 29, 30, 30, 31, 31, 32], &[35]);
        let both = times(&[31, 32, 34, 35, 36, 38, 38, 39], &[42, 42]);
        let found = log_rank(&[&untreated, &radiation, &both]).unwrap();
        assert_eq!(found.freedom, 2);
        assert_eq!(found.observed, [10, 9, 8]);
        for (found, expected) in found.expected.iter().zip([2.656484538122202, 7.600097408117585, 16.743418053760212]) {
            near(*found, expected, ROUNDING);
        }
        near(found.statistic, 33.38033234460963, ROUNDING);
        near(found.p, 5.643557175908692e-8, 1e-10);
        // Neither the order of groups nor the scale of times says anything.
        let seconds = |days: &[(f64, bool)]| -> Vec<(f64, bool)> { days.iter().map(|t| (t.0 * 86_400.0 - 1e6, t.1)).collect() };
        let turned = log_rank(&[&seconds(&both), &seconds(&untreated), &seconds(&radiation)]).unwrap();
        near(turned.statistic, found.statistic, ROUNDING);
        assert_eq!(turned.observed, [8, 10, 9]);
    }

    #[test]
    fn ties_and_censored_times_by_hand() {
        // At 1, one of four has the event, and two of the four are of the first group: ½ is expected, with variance ¼. At 2, two of three have it,
        // and one of the three is of the first group: ⅔ is expected, with variance 2·(1/2)·(1/3)·(2/3) = 2/9. Two less 7/6 is 5/6, and
        // (25/36)/(17/36) is 25/17.
        let found = log_rank(&[&[(1.0, true), (2.0, true)], &[(2.0, true), (3.0, false)]]).unwrap();
        near(found.statistic, 25.0 / 17.0, ROUNDING);
        near(found.expected[0], 7.0 / 6.0, ROUNDING);
        // What is censored at the time of an event is still watched there: ½ is expected with variance ¼, and (1/4)/(1/4) is 1.
        let found = log_rank(&[&[(1.0, true)], &[(1.0, false)]]).unwrap();
        assert_eq!((found.statistic, found.freedom), (1.0, 1));
        // P(χ²₁ > 1) = 2 Φ(−1).
        near(found.p, 0.317310507862914, 1e-10);
    }

    #[test]
    fn groups_that_are_alike_have_a_p_of_one() {
        let found = log_rank(&[&[(1.0, true), (2.0, true)], &[(2.0, true), (1.0, true)]]).unwrap();
        assert_eq!((found.statistic, found.p), (0.0, 1.0));
    }

    #[test]
    fn a_group_that_left_before_the_first_event_is_not_compared() {
        let (first, second) = ([(2.0, true), (3.0, true), (4.0, true)], [(2.0, true), (6.0, true), (7.0, false)]);
        let two = log_rank(&[&first, &second]).unwrap();
        let more = log_rank(&[&[(1.0, false)], &first, &[], &second]).unwrap();
        assert_eq!((more.statistic, more.freedom, more.p), (two.statistic, 1, two.p));
        assert_eq!(more.observed, [0, 3, 0, 2]);
        assert_eq!((more.expected[0], more.expected[2]), (0.0, 0.0));
        near(two.statistic, 1.5605095541401277, ROUNDING);
    }

    #[test]
    fn three_against_three_have_a_smaller_p_than_a_permutation_test_can_have() {
        // Two of twenty ways to divide six times are as far apart as this, so that a permutation test has a p of 0.1.
        let found = log_rank(&[&times(&[1, 2, 3], &[]), &times(&[4, 5, 6], &[])]).unwrap();
        near(found.statistic, 1.85 * 1.85 / 0.6775, ROUNDING);
        assert!(found.p > 0.0246 && found.p < 0.02461, "{found:?}");
    }

    #[test]
    fn what_cannot_be_tested_is_none() {
        assert_eq!(log_rank(&[]), None);
        assert_eq!(log_rank(&[&[(1.0, true), (2.0, true)]]), None);
        assert_eq!(log_rank(&[&[(1.0, true), (2.0, true)], &[]]), None);
        // No event; all at once; one group left when the other has its events; a time that is none.
        assert_eq!(log_rank(&[&[(1.0, false), (2.0, false)], &[(3.0, false)]]), None);
        assert_eq!(log_rank(&[&[(1.0, true), (1.0, true)], &[(1.0, true)]]), None);
        assert_eq!(log_rank(&[&[(1.0, false), (2.0, false)], &[(3.0, true), (4.0, true)]]), None);
        assert_eq!(log_rank(&[&[(f64::NAN, true)], &[(1.0, true)]]), None);
        assert_eq!(log_rank(&[&[(f64::INFINITY, false)], &[(1.0, true)]]), None);
    }

    #[test]
    fn without_a_difference_alarms_are_as_rare_as_the_level_says() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_pcg::Pcg64::seed_from_u64(3);
        let trials = 1_000;
        let alarms = (0..trials)
            .filter(|_| {
                // Exponential times in whole steps, so that there are ties; a third or so is censored.
                let mut group = || -> Vec<(f64, bool)> {
                    let mut one = || {
                        let (event, last) = ((-10.0 * (1.0 - rng.random::<f64>()).ln()).ceil(), (30.0 * rng.random::<f64>()).ceil());
                        (event.min(last), event <= last)
                    };
                    (0..40).map(|_| one()).collect()
                };
                let (a, b, c) = (group(), group(), group());
                log_rank(&[&a, &b, &c]).is_some_and(|found| found.p < 0.05)
            })
            .count();
        // Within four standard errors of 5 %.
        let share = alarms as f64 / f64::from(trials);
        assert!((share - 0.05).abs() < 4.0 * (0.05_f64 * 0.95 / f64::from(trials)).sqrt(), "{share}");
    }
}
