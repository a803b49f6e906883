//! The bootstrap, clustered by run: checkpoints of one run err together, so runs are drawn, not rows.
//!
//! Every resample is a fit of its own through the global solver, so that several optima show up as such; started at
//! the estimate, they would be hidden. One resample at a time: whoever calls brings the threads, and the order of
//! resamples does not matter, since each is seeded by its number.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use curves::interval::quantile_of_sorted;

use super::{Interval, Quantity, check_level};
use crate::separable::Separable;
use crate::{Fit, FitError, seed};

/// Fewer resamples than this that gave a number make no interval.
const FEWEST: usize = 20;

/// Weights of the rows in the `index`-th resample: every run as often as it was drawn.
///
/// `runs` names the run of every row, by any number; `base` are the rows' own weights.
///
/// # Errors
/// Names for more or fewer rows than there are weights, or fewer than two runs.
pub fn weights(base: &[f64], runs: &[usize], seed_of_all: u64, index: usize) -> Result<Vec<f64>, FitError> {
    if base.len() != runs.len() {
        return Err(FitError::Setting(format!("{} rows but runs for {}; name one for every row", base.len(), runs.len())));
    }
    // Rows' order must not decide which run is which.
    let mut drawn: BTreeMap<usize, usize> = runs.iter().map(|r| (*r, 0)).collect();
    let names: Vec<usize> = drawn.keys().copied().collect();
    if names.len() < 2 {
        return Err(FitError::Setting(format!("{} run; a bootstrap over runs needs two or more", names.len())));
    }
    let mut rng = Pcg64::seed_from_u64(seed::of(&["bootstrap", &seed_of_all.to_string(), &index.to_string()]));
    for _ in 0..names.len() {
        let name = names[rng.random_range(0..names.len())];
        *drawn.entry(name).or_insert(0) += 1;
    }
    Ok(base.iter().zip(runs).map(|(w, r)| w * drawn[r] as f64).collect())
}

/// The fit of the `index`-th resample.
///
/// # Errors
/// As [`weights`] and [`Separable::solve`]; a resample may draw too few distinct rows.
pub fn resample(problem: &Separable, base: &[f64], runs: &[usize], keep: usize, seed_of_all: u64, index: usize) -> Result<Fit, FitError> {
    problem.solve(&weights(base, runs, seed_of_all, index)?, keep)
}

/// The resamples of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The parameters of the fit itself.
    pub estimate: Vec<f64>,
    /// Parameters of the resamples that could be fitted.
    pub thetas: Vec<Vec<f64>>,
    /// How many could not.
    pub failed: usize,
}

impl Bootstrap {
    /// From the fits of the resamples, in any order.
    pub fn new(estimate: &Fit, resamples: impl IntoIterator<Item = Result<Fit, FitError>>) -> Self {
        let mut made = Self { estimate: estimate.theta.clone(), thetas: Vec::new(), failed: 0 };
        for fit in resamples {
            match fit {
                Ok(fit) => made.thetas.push(fit.theta),
                Err(_) => made.failed += 1,
            }
        }
        made
    }

    /// The percentile interval of a quantity; its standard error is the spread of the resamples.
    ///
    /// # Errors
    /// A confidence outside 0 to 1, no value at the estimate, or fewer than 20 resamples with a value.
    pub fn interval(&self, quantity: &Quantity<'_>, level: f64) -> Result<Interval, FitError> {
        check_level(level)?;
        let estimate = quantity(&self.estimate);
        let mut values: Vec<f64> = self.thetas.iter().map(|t| quantity(t)).filter(|v| v.is_finite()).collect();
        if values.len() < FEWEST || !estimate.is_finite() {
            return Err(FitError::TooFewPoints { have: values.len(), need: FEWEST, who: "an interval from resamples".to_owned() });
        }
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let se = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let tail = 0.5 * (1.0 - level);
        Ok(Interval { estimate, low: quantile_of_sorted(&values, tail), high: quantile_of_sorted(&values, 1.0 - tail), level, se })
    }

    /// The covariance of the parameters over the resamples, row after row; zeros with fewer than two.
    pub fn covariance(&self) -> Vec<f64> {
        let p = self.estimate.len();
        let n = self.thetas.len() as f64;
        let mean: Vec<f64> = (0..p).map(|k| self.thetas.iter().map(|t| t[k]).sum::<f64>() / n.max(1.0)).collect();
        let entry = |i: usize, j: usize| self.thetas.iter().map(|t| (t[i] - mean[i]) * (t[j] - mean[j])).sum::<f64>() / (n - 1.0).max(1.0);
        (0..p * p).map(|k| entry(k / p, k % p)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Loss, Rows};
    use curves::Samples;
    use models::At;

    #[test]
    fn runs_are_drawn_whole_and_as_many_as_there_are() {
        let runs = [7, 7, 3, 3, 3, 9];
        let (mut sum, mut same) = (0.0, 0);
        for index in 0..200 {
            let w = weights(&[1.0, 2.0, 1.0, 1.0, 1.0, 0.5], &runs, 1, index).unwrap();
            assert!(w[1] == 2.0 * w[0] && w[2] == w[3] && w[3] == w[4]);
            assert_eq!(w[0] + w[2] + 2.0 * w[5], 3.0);
            sum += w[0];
            same += usize::from(w == weights(&[1.0, 2.0, 1.0, 1.0, 1.0, 0.5], &runs, 1, index).unwrap());
        }
        assert_eq!(same, 200);
        // Each run is drawn once on average; five standard errors of √(2/3) / √200.
        assert!((sum / 200.0 - 1.0).abs() < 0.29, "{sum}");
        assert!(weights(&[1.0], &[0, 1], 1, 0).is_err() && weights(&[1.0; 2], &[4, 4], 1, 0).is_err());
    }

    #[test]
    fn the_spread_of_resamples_is_that_of_repeated_data() {
        // y = 3 + 0.5 / K with normal errors: what 60 data sets say of E, 60 resamples of one must say to a factor.
        let law = models::find("ensemble").unwrap();
        let mut rng = Pcg64::seed_from_u64(5);
        let mut draw = || -> Samples {
            let x: Vec<f64> = (0..60).map(|i| f64::from(1 + i % 15)).collect();
            let y = x.iter().map(|k| {
                let normal: f64 = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
                law.eval(&At::at(&[*k]), &[3.0, 0.5, 1.0]) + 0.01 * normal
            });
            let y: Vec<f64> = y.collect();
            Samples::new(1, x, y, vec![]).unwrap()
        };
        let floor_of = |data: &Samples| Separable::of(law, Rows::new(data), Loss::Squares, 0).and_then(|p| p.fit(Rows::new(data), 2)).unwrap().theta[0];
        let repeated: Vec<f64> = (0..60).map(|_| floor_of(&draw())).collect();
        let mean = repeated.iter().sum::<f64>() / 60.0;
        let truth = (repeated.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / 59.0).sqrt();
        let data = draw();
        let problem = Separable::of(law, Rows::new(&data), Loss::Squares, 0).unwrap();
        let runs: Vec<usize> = (0..60).collect();
        let fit = problem.fit(Rows::new(&data), 2).unwrap();
        let b = Bootstrap::new(&fit, (0..60).map(|k| resample(&problem, data.weights(), &runs, 2, 3, k)));
        assert_eq!(b.failed, 0);
        let i = b.interval(&|t| t[0], 0.9).unwrap();
        assert!(i.low < i.estimate && i.estimate < i.high && i.level == 0.9);
        assert!((0.5..2.0).contains(&(i.se / truth)), "{} {truth}", i.se);
        assert!((b.covariance()[0].sqrt() / i.se - 1.0).abs() < 1e-9);
    }

    #[test]
    fn too_little_is_refused() {
        let b = Bootstrap { estimate: vec![1.0], thetas: vec![vec![1.0]; 25], failed: 0 };
        assert!(b.interval(&|t| t[0], 1.0).is_err() && b.interval(&|t| t[0], f64::NAN).is_err());
        assert!(b.interval(&|_| f64::NAN, 0.9).is_err());
        assert_eq!(b.interval(&|t| t[0], 0.9).map(|i| (i.low, i.high, i.se)), Ok((1.0, 1.0, 0.0)));
        let few = Bootstrap { thetas: vec![vec![1.0]; 5], ..b };
        assert!(few.interval(&|t| t[0], 0.9).is_err());
    }
}
