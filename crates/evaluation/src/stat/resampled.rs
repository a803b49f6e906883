//! The corrected resampled t-test (Nadeau and Bengio 2003, doi 10.1023/A:1024068626366): repeated splits of one dataset share examples, so
//! that their differences vary less than independent ones would.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// What the test says of the mean difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampled {
    /// The mean of the differences.
    pub mean: f64,
    /// Its corrected standard error: √((1/J + test/train) s²) over J splits.
    pub se: f64,
    /// Two-sided p-value of no difference, by Student's t with J − 1 degrees of freedom.
    pub p: f64,
}

/// Tests differences of two methods over splits, each of so many training and test examples. `None` with fewer than two splits, without
/// training examples, with a number that is not finite, or where all differences are one number.
pub fn resampled_t(differences: &[f64], train: usize, test: usize) -> Option<Resampled> {
    let n = differences.len();
    if n < 2 || train == 0 || differences.iter().any(|d| !d.is_finite()) {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / n as f64;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1) as f64;
    let se = ((1.0 / n as f64 + test as f64 / train as f64) * variance).sqrt();
    if se <= 1e-12 * mean.abs() || se == 0.0 {
        return None;
    }
    let t = StudentsT::new(0.0, 1.0, (n - 1) as f64).ok()?;
    Some(Resampled { mean, se, p: 2.0 * t.cdf(-(mean / se).abs()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_splits_by_hand() {
        // Mean 2, variance 1; nine training examples to one: √(1/3 + 1/9) = 2/3, t = 3 with two degrees of freedom.
        let found = resampled_t(&[1.0, 2.0, 3.0], 9, 1).unwrap();
        assert!((found.mean - 2.0).abs() < 1e-15 && (found.se - 2.0 / 3.0).abs() < 1e-15);
        // P(|t₂| > 3) = 1 − 3/√11.
        assert!((found.p - (1.0 - 3.0 / 11.0_f64.sqrt())).abs() < 1e-9, "{}", found.p);
    }

    #[test]
    fn what_cannot_be_tested_is_none() {
        assert_eq!(resampled_t(&[1.0], 9, 1), None);
        assert_eq!(resampled_t(&[1.0, 2.0], 0, 1), None);
        assert_eq!(resampled_t(&[1.0, f64::NAN], 9, 1), None);
        assert_eq!(resampled_t(&[0.1, 0.1, 0.1], 9, 1), None);
    }
}
