//! `Samples`: rows of inputs → targets, the only thing a fitter sees.

use crate::error::{all_finite, same_length};
use crate::{Curve, CurveError};

/// Rows of `inputs` numbers each, a target and a weight per row.
///
/// Invariant: at least one row, all numbers finite, weights ≥ 0 and not all zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    inputs: usize,
    x: Vec<f64>,
    y: Vec<f64>,
    w: Vec<f64>,
}

impl Samples {
    /// Rows of `inputs` values each, laid end to end in `x`; `w` may be empty for equal weights of 1.
    pub fn new(inputs: usize, x: Vec<f64>, y: Vec<f64>, mut w: Vec<f64>) -> Result<Self, CurveError> {
        if y.is_empty() || inputs == 0 {
            return Err(CurveError::Empty);
        }
        same_length("inputs × rows and targets of a sample", x.len(), inputs * y.len())?;
        if w.is_empty() {
            w = vec![1.0; y.len()];
        }
        same_length("weights and targets of a sample", w.len(), y.len())?;
        all_finite("x", &x)?;
        all_finite("y", &y)?;
        all_finite("weight", &w)?;
        if let Some(&bad) = w.iter().find(|&&v| v < 0.0) {
            return Err(CurveError::OutOfRange { what: "weight", value: bad, must: "0 or more" });
        }
        if w.iter().all(|&v| v == 0.0) {
            return Err(CurveError::OutOfRange { what: "weight", value: 0.0, must: "positive for at least one row" });
        }
        Ok(Self { inputs, x, y, w })
    }

    /// The points of one curve, one input, equal weights.
    pub fn from_curve(curve: &Curve) -> Self {
        Self { inputs: 1, x: curve.x().to_vec(), y: curve.y().to_vec(), w: vec![1.0; curve.len()] }
    }

    /// How many rows; never zero.
    #[expect(clippy::len_without_is_empty, reason = "samples are never empty")]
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// How many inputs a row has.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The inputs of row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.inputs..(i + 1) * self.inputs]
    }

    /// The targets.
    pub fn targets(&self) -> &[f64] {
        &self.y
    }

    /// The weights.
    pub fn weights(&self) -> &[f64] {
        &self.w
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_rows_and_bad_ones_are_refused() {
        let s = Samples::new(2, vec![1.0, 2.0, 3.0, 4.0], vec![0.5, 0.6], vec![]).unwrap();
        assert_eq!(s.row(1), &[3.0, 4.0]);
        assert_eq!(s.weights(), &[1.0, 1.0]);
        assert!(Samples::new(2, vec![1.0], vec![0.5], vec![]).is_err());
        assert!(Samples::new(1, vec![f64::NAN], vec![0.5], vec![]).is_err());
        assert!(Samples::new(1, vec![1.0], vec![0.5], vec![-1.0]).is_err());
        assert!(Samples::new(1, vec![1.0], vec![0.5], vec![0.0]).is_err());
    }
}
