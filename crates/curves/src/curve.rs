//! `Curve`: one run, one measure against one resource.

use crate::error::{all_finite, same_length};
use crate::{CurveError, Samples};

/// One run: a measure `y` at strictly increasing amounts `x` of a resource.
///
/// Invariant: at least one point, all values finite, `x` strictly increasing.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Curve {
    /// A curve from its points, or what is wrong with them.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Result<Self, CurveError> {
        same_length("x and y of a curve", x.len(), y.len())?;
        if x.is_empty() {
            return Err(CurveError::Empty);
        }
        all_finite("x", &x)?;
        if let Some(at) = (1..x.len()).find(|&i| x[i] <= x[i - 1]) {
            return Err(CurveError::NotIncreasing { at, from: x[at - 1], to: x[at] });
        }
        all_finite("y", &y)?;
        Ok(Self { x, y })
    }

    /// A curve on the grid 1, 2, …, n.
    pub fn on_grid(y: Vec<f64>) -> Result<Self, CurveError> {
        Self::new((1..=y.len()).map(|t| t as f64).collect(), y)
    }

    /// The resource axis.
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// The measure.
    pub fn y(&self) -> &[f64] {
        &self.y
    }

    /// How many points; never zero.
    #[expect(clippy::len_without_is_empty, reason = "a curve is never empty")]
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// The last point, `(x, y)`.
    pub fn last(&self) -> (f64, f64) {
        (self.x[self.x.len() - 1], self.y[self.y.len() - 1])
    }

    /// The first `n` points, `1 ≤ n ≤ len`.
    pub fn prefix(&self, n: usize) -> Result<Curve, CurveError> {
        if n == 0 {
            return Err(CurveError::Empty);
        }
        if n > self.len() {
            return Err(CurveError::BeyondEnd { asked: n, have: self.len() });
        }
        Ok(Self { x: self.x[..n].to_vec(), y: self.y[..n].to_vec() })
    }

    /// What is left after the first `n` points: `(x, y)`, both empty when `n ≥ len`.
    pub fn rest(&self, n: usize) -> (&[f64], &[f64]) {
        let n = n.min(self.len());
        (&self.x[n..], &self.y[n..])
    }

    /// Every k-th point, counted from the last, which is always kept. `at_most` ≥ 1 points remain.
    ///
    /// LC-PFN's authors thin curves of more than 100 points this way (§4.2, App. A).
    pub fn thinned(&self, at_most: usize) -> Curve {
        let stride = self.len().div_ceil(at_most.max(1));
        let mut keep: Vec<usize> = (0..self.len()).rev().step_by(stride).collect();
        keep.reverse();
        Self { x: keep.iter().map(|&i| self.x[i]).collect(), y: keep.iter().map(|&i| self.y[i]).collect() }
    }

    /// The same curve with every value mapped by `f`, refused when a value stops being finite.
    pub fn map_y(&self, f: impl Fn(f64) -> f64) -> Result<Curve, CurveError> {
        Self::new(self.x.clone(), self.y.iter().map(|&v| f(v)).collect())
    }

    /// The rows a fitter sees: one input, equal weights.
    pub fn samples(&self) -> Samples {
        Samples::from_curve(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_invariant_has_its_own_error() {
        assert_eq!(Curve::new(vec![], vec![]), Err(CurveError::Empty));
        assert!(matches!(Curve::new(vec![1.0], vec![]), Err(CurveError::Lengths { left: 1, right: 0, .. })));
        assert!(matches!(Curve::new(vec![1.0, 1.0], vec![0.0; 2]), Err(CurveError::NotIncreasing { at: 1, .. })));
        assert!(matches!(Curve::new(vec![2.0, 1.0], vec![0.0; 2]), Err(CurveError::NotIncreasing { at: 1, .. })));
        let nan = Curve::new(vec![1.0, 2.0], vec![0.0, f64::NAN]).unwrap_err();
        assert_eq!(nan.to_string(), "y is NaN at point 1; only finite numbers are observations");
        let inf = Curve::new(vec![1.0, f64::INFINITY], vec![0.0; 2]).unwrap_err();
        assert!(matches!(inf, CurveError::NotFinite { what: "x", at: 1, .. }), "{inf}");
    }

    #[test]
    fn prefix_and_rest_make_the_whole() {
        let c = Curve::on_grid(vec![0.1, 0.2, 0.3]).unwrap();
        for n in 1..=3 {
            let p = c.prefix(n).unwrap();
            let (x, y) = c.rest(n);
            assert_eq!([p.x(), x].concat(), c.x());
            assert_eq!([p.y(), y].concat(), c.y());
        }
        assert_eq!(c.prefix(4), Err(CurveError::BeyondEnd { asked: 4, have: 3 }));
        assert_eq!(c.prefix(0), Err(CurveError::Empty));
    }

    #[test]
    fn thinning_keeps_the_last_point_and_the_bound() {
        let c = Curve::on_grid((0..1414).map(f64::from).collect()).unwrap();
        let t = c.thinned(100);
        assert!(t.len() <= 100 && t.len() > 80, "{}", t.len());
        assert_eq!(t.last(), c.last());
        assert_eq!(c.thinned(5000), c);
    }
}
