//! Do two forecasts of one series differ? (Diebold and Mariano 1995, doi 10.1080/07350015.1995.10524599, with the correction for short series of
//! Harvey, Leybourne and Newbold 1997, doi 10.1016/S0169-2070(96)00719-4.)

use statrs::distribution::{ContinuousCDF, StudentsT};

/// What the test says of the mean difference of losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DieboldMariano {
    /// Mean of first − second: below zero where the first forecast is better.
    pub mean: f64,
    /// The corrected statistic.
    pub statistic: f64,
    /// Two-sided p-value of equal losses, by Student's t with n − 1 degrees of freedom.
    pub p: f64,
}

/// Compares losses of two forecasts made `horizon` ≥ 1 steps ahead, in the order of time. Errors of overlapping forecasts are related over
/// `horizon` − 1 steps, which the variance takes in. `None` with columns of other lengths, fewer than `horizon` + 2 of them, a number that is
/// not finite, or a variance estimate that is not above zero.
pub fn diebold_mariano(first: &[f64], second: &[f64], horizon: usize) -> Option<DieboldMariano> {
    let n = first.len();
    if n != second.len() || horizon == 0 || n < horizon + 2 {
        return None;
    }
    let d: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    if d.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let (size, h) = (n as f64, horizon as f64);
    let mean = d.iter().sum::<f64>() / size;
    let covariance = |lag: usize| d[lag..].iter().zip(&d).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / size;
    let variance = (covariance(0) + 2.0 * (1..horizon).map(covariance).sum::<f64>()) / size;
    if variance <= 1e-24 * mean * mean || variance <= 0.0 {
        return None;
    }
    let short = ((size + 1.0 - 2.0 * h + h * (h - 1.0) / size) / size).sqrt();
    let statistic = short * mean / variance.sqrt();
    let t = StudentsT::new(0.0, 1.0, size - 1.0).ok()?;
    Some(DieboldMariano { mean, statistic, p: 2.0 * t.cdf(-statistic.abs()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_ahead_is_the_t_test() {
        // Differences 1, 2, 3: variance over n is (2/3)/3; the correction √(2/3) makes it the usual t = 2/√(1/3) = 2√3.
        let found = diebold_mariano(&[1.0, 2.0, 3.0], &[0.0; 3], 1).unwrap();
        assert!((found.statistic - 12.0_f64.sqrt()).abs() < 1e-12, "{found:?}");
        // P(|t₂| > 2√3) = 1 − 2√3/√14.
        assert!((found.p - (1.0 - (12.0_f64 / 14.0).sqrt())).abs() < 1e-9);
    }

    #[test]
    fn overlapping_forecasts_by_hand() {
        // Differences 1, 1, 3, 3 about 2: autocovariances 1 and 1/4 (of the sum 1 − 1 + 1 over 4), so that the variance is 1.5/4.
        let found = diebold_mariano(&[1.0, 1.0, 3.0, 3.0], &[0.0; 4], 2).unwrap();
        let short: f64 = (4.0 + 1.0 - 4.0 + 2.0 / 4.0) / 4.0;
        assert!((found.statistic - short.sqrt() * 2.0 / 0.375_f64.sqrt()).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_cannot_be_tested_is_none() {
        assert_eq!(diebold_mariano(&[1.0, 2.0, 3.0], &[0.0; 2], 1), None);
        assert_eq!(diebold_mariano(&[1.0, 2.0], &[0.0; 2], 1), None);
        assert_eq!(diebold_mariano(&[1.0, 2.0, 3.0], &[0.0; 3], 0), None);
        assert_eq!(diebold_mariano(&[1.0; 5], &[0.0; 5], 1), None);
        // A series that turns at every step: with two steps its variance estimate is below zero.
        assert_eq!(diebold_mariano(&[1.0, -1.0, 1.0, -1.0, 1.0, -1.0], &[0.0; 6], 2), None);
        assert_eq!(diebold_mariano(&[1.0, 2.0, f64::NAN], &[0.0; 3], 1), None);
    }
}
