//! `Normals`: at every point a mixture of normals of its own.

use crate::error::{all_finite, same_length};
use crate::{CurveError, normal};

/// Marginals that are mixtures of normals; at point `i` `Σ_k w_{i,k} N(mean_{i,k}, sd_{i,k}²)`.
///
/// In a [`Mixture`](crate::Mixture) a draw is a whole curve and has one weight; here every point has weights of its own, and nothing is said of how
/// points go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Normals {
    parts: usize,
    weight: Vec<f64>,
    mean: Vec<f64>,
    sd: Vec<f64>,
}

impl Normals {
    /// `parts` normals a point, one point after the other: weights (≥ 0, of each point any positive sum), means (finite) and standard deviations
    /// (positive).
    ///
    /// # Errors
    /// Lengths that differ, and values outside these ranges.
    pub fn new(parts: usize, mut weight: Vec<f64>, mean: Vec<f64>, sd: Vec<f64>) -> Result<Self, CurveError> {
        if parts == 0 || mean.is_empty() || !mean.len().is_multiple_of(parts) {
            return Err(CurveError::Empty);
        }
        same_length("weights and means of a forecast", weight.len(), mean.len())?;
        same_length("standard deviations and means of a forecast", sd.len(), mean.len())?;
        all_finite("weight", &weight)?;
        all_finite("mean", &mean)?;
        all_finite("standard deviation", &sd)?;
        if let Some(&value) = sd.iter().find(|&&s| s <= 0.0) {
            return Err(CurveError::OutOfRange { what: "standard deviation", value, must: "positive" });
        }
        if let Some(&value) = weight.iter().find(|&&w| w < 0.0) {
            return Err(CurveError::OutOfRange { what: "weight", value, must: "0 or more" });
        }
        for of_point in weight.chunks_exact_mut(parts) {
            let total: f64 = of_point.iter().sum();
            if total <= 0.0 {
                return Err(CurveError::OutOfRange { what: "sum of weights", value: total, must: "positive" });
            }
            of_point.iter_mut().for_each(|w| *w /= total);
        }
        Ok(Self { parts, weight, mean, sd })
    }

    /// How many points are predicted.
    pub fn points(&self) -> usize {
        self.mean.len() / self.parts
    }

    /// Weight, mean and standard deviation of every normal at point `i`.
    pub fn at(&self, i: usize) -> impl Iterator<Item = (f64, f64, f64)> + Clone + '_ {
        let own = i * self.parts..(i + 1) * self.parts;
        self.weight[own.clone()].iter().zip(&self.mean[own.clone()]).zip(&self.sd[own]).map(|((w, m), s)| (*w, *m, *s))
    }

    /// The same in another unit of the measure.
    pub(crate) fn times(mut self, unit: f64) -> Self {
        self.mean.iter_mut().chain(&mut self.sd).for_each(|v| *v *= unit);
        self
    }

    /// ln density at point `i`.
    pub fn log_density(&self, i: usize, y: f64) -> f64 {
        let terms = || self.at(i).filter(|t| t.0 > 0.0).map(move |(w, m, s)| w.ln() + normal::ln_pdf(y, m, s));
        let top = terms().fold(f64::NEG_INFINITY, f64::max);
        if top == f64::NEG_INFINITY { top } else { top + terms().map(|t| (t - top).exp()).sum::<f64>().ln() }
    }

    /// P(Y ≤ y) at point `i`.
    pub fn cdf(&self, i: usize, y: f64) -> f64 {
        self.at(i).map(|(w, m, s)| w * normal::cdf((y - m) / s)).sum::<f64>().clamp(0.0, 1.0)
    }

    /// Mean at point `i`.
    pub fn mean(&self, i: usize) -> f64 {
        self.at(i).map(|(w, m, _)| w * m).sum()
    }

    /// The `p`-quantile at point `i`, where the distribution function crosses it.
    pub fn quantile(&self, i: usize, p: f64) -> f64 {
        normal::crossing(
            self.at(i).filter(|t| t.0 > 0.0).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), (_, m, s)| (lo.min(m - 9.0 * s), hi.max(m + 9.0 * s))),
            |y| self.cdf(i, y) - p,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mixture;

    #[test]
    fn one_point_is_a_mixture_of_draws() {
        let (w, m, s) = (vec![0.2, 0.5, 0.3], vec![0.1, 0.4, -1.0], vec![0.1, 0.02, 0.5]);
        let n = Normals::new(3, w.clone(), m.clone(), s.clone()).unwrap();
        let draws = Mixture::new(1, m, s, w).unwrap();
        for y in [-1.0, 0.0, 0.39, 0.41, 2.0] {
            assert!((n.log_density(0, y) - draws.log_density(0, y).unwrap()).abs() < 1e-12);
            assert!((n.cdf(0, y) - draws.cdf(0, y)).abs() < 1e-12);
        }
        for p in [0.01, 0.3, 0.5, 0.9] {
            assert!((n.quantile(0, p) - draws.quantile(0, p)).abs() < 1e-8);
        }
        assert!((n.mean(0) - draws.mean(0)).abs() < 1e-12);
    }

    #[test]
    fn every_point_has_weights_of_its_own() {
        let n = Normals::new(2, vec![1.0, 0.0, 0.0, 4.0], vec![0.0, 9.0, 9.0, 1.0], vec![0.1; 4]).unwrap();
        assert!((n.quantile(0, 0.5)).abs() < 1e-8 && (n.quantile(1, 0.5) - 1.0).abs() < 1e-8);
        assert_eq!(n.points(), 2);
    }

    #[test]
    fn refuses_what_is_no_forecast() {
        assert!(Normals::new(1, vec![1.0], vec![f64::NAN], vec![0.1]).is_err());
        assert!(Normals::new(1, vec![1.0], vec![0.0], vec![0.0]).is_err());
        assert!(Normals::new(1, vec![-1.0], vec![0.0], vec![0.1]).is_err());
        assert!(Normals::new(2, vec![0.0, 0.0], vec![0.0, 1.0], vec![0.1, 0.1]).is_err());
        assert!(Normals::new(2, vec![1.0], vec![0.0], vec![0.1]).is_err());
    }
}
