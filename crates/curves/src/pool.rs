//! `Pool`: several forecasts as one, each believed with a probability.

use crate::error::same_length;
use crate::{CurveError, Forecast, normal};

/// A linear opinion pool: at every point the mixture `Σ_k w_k F_k` of the members' distributions (Stone 1961). It is as wide as its members are
/// apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    of: Vec<(f64, Forecast)>,
}

impl Pool {
    /// Weights (positive, any sum) and forecasts, all of the same points.
    ///
    /// # Errors
    /// No member, weights that are not positive, and forecasts of other points.
    pub fn new(mut of: Vec<(f64, Forecast)>) -> Result<Self, CurveError> {
        let Some((_, first)) = of.first() else { return Err(CurveError::Empty) };
        if let Some(other) = of.iter().find(|(_, f)| f.at() != first.at()) {
            same_length("points of the forecasts of a pool", first.len(), other.1.len())?;
            return Err(CurveError::OutOfRange { what: "a point of a pool", value: other.1.at()[0], must: "one that all its forecasts are of" });
        }
        if let Some(&(value, _)) = of.iter().find(|(w, _)| !(*w > 0.0 && w.is_finite())) {
            return Err(CurveError::OutOfRange { what: "weight", value, must: "positive" });
        }
        let total: f64 = of.iter().map(|m| m.0).sum();
        of.iter_mut().for_each(|m| m.0 /= total);
        Ok(Self { of })
    }

    /// Weight and forecast of every member.
    pub fn members(&self) -> &[(f64, Forecast)] {
        &self.of
    }

    /// How many points are predicted.
    pub fn points(&self) -> usize {
        self.of.first().map_or(0, |m| m.1.len())
    }

    /// The same in another unit of the measure.
    pub(crate) fn times(self, unit: f64) -> Self {
        Self { of: self.of.into_iter().map(|(w, f)| (w, f.times(unit))).collect() }
    }

    /// ln density at point `i`; `None` where a member has none.
    pub fn log_density(&self, i: usize, y: f64) -> Option<f64> {
        let terms = self.of.iter().map(|(w, f)| Some(w.ln() + f.log_density(i, y)?)).collect::<Option<Vec<f64>>>()?;
        let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(if top.is_finite() { top + terms.iter().map(|t| (t - top).exp()).sum::<f64>().ln() } else { top })
    }

    /// P(Y ≤ y) at point `i`.
    pub fn cdf(&self, i: usize, y: f64) -> f64 {
        self.of.iter().map(|(w, f)| w * f.cdf(i, y)).sum::<f64>().clamp(0.0, 1.0)
    }

    /// Mean at point `i`.
    pub fn mean(&self, i: usize) -> f64 {
        self.of.iter().map(|(w, f)| w * f.mean(i)).sum()
    }

    /// The `p`-quantile at point `i`: it lies between those of the members.
    pub fn quantile(&self, i: usize, p: f64) -> f64 {
        let ends = self.of.iter().map(|(_, f)| f.quantile(i, p)).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), q| (lo.min(q), hi.max(q)));
        // An open end of a raw scale has an infinite quantile.
        if ends.0 == ends.1 || !(ends.1 - ends.0).is_finite() {
            if ends.0.is_finite() { ends.0 } else { ends.1 }
        } else {
            normal::crossing(ends, |y| self.cdf(i, y) - p)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Normals, Shape};

    fn one(mean: f64, sd: f64) -> Forecast {
        Forecast::new(vec![3.0], Shape::Normal { mean: vec![mean], sd: vec![sd] }).unwrap()
    }

    #[test]
    fn a_pool_of_normals_is_a_mixture_of_them() {
        let pool = Pool::new(vec![(1.0, one(0.0, 1.0)), (3.0, one(2.0, 0.5))]).unwrap();
        let same = Normals::new(2, vec![0.25, 0.75], vec![0.0, 2.0], vec![1.0, 0.5]).unwrap();
        for y in [-2.0, 0.3, 1.9, 4.0] {
            assert!((pool.log_density(0, y).unwrap() - same.log_density(0, y)).abs() < 1e-12);
            assert!((pool.cdf(0, y) - same.cdf(0, y)).abs() < 1e-12);
        }
        for p in [0.01, 0.2, 0.5, 0.99] {
            assert!((pool.quantile(0, p) - same.quantile(0, p)).abs() < 1e-7, "{p}");
        }
        assert!((pool.mean(0) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_pool_of_one_is_that_one_and_a_bare_number_has_no_density() {
        let pool = Pool::new(vec![(0.3, one(1.0, 2.0))]).unwrap();
        assert_eq!(pool.quantile(0, 0.9), one(1.0, 2.0).quantile(0, 0.9));
        let bare = Forecast::new(vec![3.0], Shape::Points(vec![1.0])).unwrap();
        assert_eq!(Pool::new(vec![(1.0, bare), (1.0, one(0.0, 1.0))]).unwrap().log_density(0, 0.5), None);
    }

    #[test]
    fn refuses_what_is_no_pool() {
        assert!(Pool::new(vec![]).is_err());
        assert!(Pool::new(vec![(0.0, one(0.0, 1.0))]).is_err());
        let elsewhere = Forecast::new(vec![4.0], Shape::Points(vec![1.0])).unwrap();
        assert!(Pool::new(vec![(1.0, one(0.0, 1.0)), (1.0, elsewhere)]).is_err());
    }
}
