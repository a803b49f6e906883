//! Intervals from the curvature at the optimum: H⁻¹ S H⁻¹, S being the scores summed by run (Huber's sandwich), so that
//! neither the shape of the errors nor their correlation within runs is assumed. Quick, and only as good as a
//! quadratic: where a parameter is hardly determined, [`profile`](super::profile) tells more.

use nalgebra::DMatrix;
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;

use super::{Interval, Quantity, check_level};
use crate::linear::Linear;
use crate::{Fit, FitError, Loss, Rows};

/// The normal approximation around a fit.
pub struct Laplace<'a> {
    fit: &'a Fit,
    line: Vec<f64>,
    covariance: DMatrix<f64>,
    freedom: f64,
}

impl<'a> Laplace<'a> {
    /// Around a fit on its rows; `runs` names the run of every row.
    ///
    /// # Errors
    /// Names for more or fewer rows than there are, no more runs than parameters, a law without finite slopes.
    pub fn new(fit: &'a Fit, rows: Rows<'_>, loss: Loss, runs: &[usize]) -> Result<Self, FitError> {
        if runs.len() != rows.len() {
            return Err(FitError::Setting(format!("{} rows but runs for {}; name one for every row", rows.len(), runs.len())));
        }
        let near = Linear::new(fit, rows, loss)?;
        let (inverse, _) = near.inverse();
        let p = fit.theta.len();
        let mut by_run: BTreeMap<usize, DMatrix<f64>> = BTreeMap::new();
        for (score, run) in near.row_scores().row_iter().zip(runs) {
            *by_run.entry(*run).or_insert_with(|| DMatrix::zeros(1, p)) += score;
        }
        let (have, need) = (by_run.len(), p + 1);
        if have < need {
            return Err(FitError::TooFewPoints { have, need, who: format!("a covariance of {} over runs", fit.law.name()) });
        }
        let middle = by_run.values().fold(DMatrix::zeros(p, p), |sum, s| sum + s.transpose() * s);
        let freedom = (have - p) as f64;
        // The usual small-sample factor: residuals of a fit are smaller than errors.
        let covariance = &inverse * middle * &inverse * (have as f64 / freedom);
        Ok(Self { fit, line: near.line.iter().copied().collect(), covariance, freedom })
    }

    /// The interval of a quantity by its slope in the parameters, with Student's t on runs less parameters; of a
    /// positive quantity it is symmetric in the logarithm.
    ///
    /// # Errors
    /// A confidence outside 0 to 1, or no finite value or slope at the fit.
    pub fn interval(&self, quantity: &Quantity<'_>, level: f64) -> Result<Interval, FitError> {
        check_level(level)?;
        let params = self.fit.law.params();
        let estimate = quantity(&self.fit.theta);
        let at = |k: usize, h: f64| {
            let mut theta = self.fit.theta.clone();
            theta[k] = params[k].domain.from_line(self.line[k] + h);
            quantity(&theta)
        };
        // Central differences: truncation h², rounding 1e-16 / h.
        let h = 1e-5;
        let slopes: Vec<f64> = (0..self.line.len()).map(|k| (at(k, h) - at(k, -h)) / (2.0 * h)).collect();
        if !estimate.is_finite() || slopes.iter().any(|s| !s.is_finite()) {
            return Err(FitError::NotFinite { who: "a quantity at the fit".to_owned() });
        }
        let variance: f64 = slopes.iter().enumerate().map(|(i, a)| slopes.iter().enumerate().map(|(j, b)| a * b * self.covariance[(i, j)]).sum::<f64>()).sum();
        let se = variance.max(0.0).sqrt();
        let student = StudentsT::new(0.0, 1.0, self.freedom).map_err(|e| FitError::Setting(e.to_string()))?;
        let reach = student.inverse_cdf(0.5 * (1.0 + level)) * se;
        let (low, high) = if estimate > 0.0 {
            let factor = (reach / estimate).exp();
            (estimate / factor, estimate * factor)
        } else {
            (estimate - reach, estimate + reach)
        };
        Ok(Interval { estimate, low, high, level, se })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global::{self, Global};
    use curves::Samples;
    use models::At;

    fn data() -> (Samples, Fit) {
        let law = models::find("ensemble").unwrap();
        let x: Vec<f64> = (0..40).map(|i| f64::from(1 + i % 10)).collect();
        let y = (0..40).map(|i| law.eval(&At::at(&[x[i]]), &[3.0, 0.5, 1.0]) + 0.01 * (1.3 * i as f64).sin()).collect();
        let samples = Samples::new(1, x, y, vec![]).unwrap();
        let fit = global::fit(law, Rows::new(&samples), Loss::Squares, &Global::default(), 1).unwrap();
        (samples, fit)
    }

    #[test]
    fn the_estimate_is_inside_and_a_higher_confidence_is_wider() {
        let (samples, fit) = data();
        let runs: Vec<usize> = (0..40).collect();
        let l = Laplace::new(&fit, Rows::new(&samples), Loss::Squares, &runs).unwrap();
        let narrow = l.interval(&|t| t[0], 0.5).unwrap();
        let wide = l.interval(&|t| t[0], 0.95).unwrap();
        assert!(wide.low < narrow.low && narrow.low < fit.theta[0] && fit.theta[0] < narrow.high && narrow.high < wide.high);
        // The value at K = 1 is known to about 0.01 · √½ / √4 and the floor less well.
        let there = l.interval(&|t| t[0] + t[1], 0.95).unwrap();
        assert!(there.se < wide.se && there.se > 1e-3, "{there:?} {wide:?}");
    }

    #[test]
    fn rows_that_are_copies_do_not_narrow_it() {
        let (samples, fit) = data();
        let twice = |v: &[f64]| [v, v].concat();
        let x: Vec<f64> = (0..40).map(|i| samples.row(i)[0]).collect();
        let copied = Samples::new(1, twice(&x), twice(samples.targets()), vec![]).unwrap();
        let runs: Vec<usize> = (0..40).collect();
        let both: Vec<usize> = (0..40).chain(0..40).collect();
        let of = |s: &Samples, runs: &[usize]| Laplace::new(&fit, Rows::new(s), Loss::Squares, runs).unwrap().interval(&|t| t[0], 0.9).unwrap().se;
        assert!((of(&copied, &both) / of(&samples, &runs) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn too_few_runs_and_bad_questions_are_refused() {
        let (samples, fit) = data();
        assert!(Laplace::new(&fit, Rows::new(&samples), Loss::Squares, &[0; 39]).is_err());
        assert!(matches!(Laplace::new(&fit, Rows::new(&samples), Loss::Squares, &[0; 40]), Err(FitError::TooFewPoints { have: 1, need: 4, .. })));
        let runs: Vec<usize> = (0..40).collect();
        let l = Laplace::new(&fit, Rows::new(&samples), Loss::Squares, &runs).unwrap();
        assert!(l.interval(&|_| f64::NAN, 0.9).is_err() && l.interval(&|t| t[0], 0.0).is_err());
    }
}
