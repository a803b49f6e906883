//! A fit seen from close by: residuals, their slopes on the line, and what follows from them to first order.

use nalgebra::{DMatrix, DVector};

use models::MAX_PARAMS;

use crate::{Fit, FitError, Loss, Rows};

/// A law around a fit, linear in the points that stand for its parameters on the line.
pub struct Linear {
    /// Residual of every row, in the terms of the loss: f − y or ln f − ln y.
    pub residuals: Vec<f64>,
    /// The slopes of the residuals on the line: rows × parameters.
    pub jacobian: DMatrix<f64>,
    /// The slope of the loss in the residual, times the weight, of every row.
    pub scores: Vec<f64>,
    /// The Hessian of the loss: parameters × parameters.
    pub hessian: DMatrix<f64>,
    /// The points on the line.
    pub line: DVector<f64>,
}

impl Linear {
    /// A fit on its rows.
    ///
    /// For a Huber loss the curvature of a row is one inside the threshold and zero outside, which is a noisy count
    /// where few residuals are inside. So it is averaged over a band as wide as the density of the residuals allows
    /// (Powell 1991): 0.9 n^(−1/5) times their robust spread.
    ///
    /// # Errors
    /// A law that has no finite value or slope on a row.
    pub fn new(fit: &Fit, rows: Rows<'_>, loss: Loss) -> Result<Self, FitError> {
        let (n, p) = (rows.len(), fit.theta.len());
        let params = fit.law.params();
        let line = DVector::from_iterator(p, params.iter().zip(&fit.theta).map(|(q, t)| q.domain.to_line(*t)));
        let (mut residuals, mut scores, mut jacobian) = (vec![0.0; n], vec![0.0; n], DMatrix::zeros(n, p));
        let mut slopes = [0.0; MAX_PARAMS];
        for i in 0..n {
            let f = fit.law.grad(&rows.at(i), &fit.theta, &mut slopes[..p]);
            let (r, by_f) = loss.residual(f, rows.targets()[i]);
            residuals[i] = r;
            scores[i] = rows.weights()[i] * loss.of(r).1;
            for k in 0..p {
                jacobian[(i, k)] = by_f * slopes[k] * params[k].domain.from_line_slope(line[k]);
            }
        }
        if residuals.iter().chain(jacobian.iter()).any(|v| !v.is_finite()) {
            return Err(FitError::NotFinite { who: fit.law.name().to_owned() });
        }
        let band = loss.delta().map(|d| d.max(0.9 * spread(&residuals) * (n as f64).powf(-0.2)));
        let mut hessian = DMatrix::zeros(p, p);
        for (i, row) in jacobian.row_iter().enumerate() {
            let curvature = match (loss.delta(), band) {
                (Some(d), Some(band)) => {
                    if residuals[i].abs() <= band {
                        d / band
                    } else {
                        0.0
                    }
                }
                _ => 2.0,
            };
            hessian += row.transpose() * row * (curvature * rows.weights()[i]);
        }
        // Squares may overflow where slopes do not, and an eigenvalue search over infinities has no end.
        if hessian.iter().chain(&scores).any(|v: &f64| !v.is_finite()) {
            return Err(FitError::NotFinite { who: fit.law.name().to_owned() });
        }
        Ok(Self { residuals, jacobian, scores, hessian, line })
    }

    /// The inverse of the Hessian, directions that the rows do not determine held at one unit of the line; and its
    /// condition number, infinite where there are such directions.
    pub fn inverse(&self) -> (DMatrix<f64>, f64) {
        let p = self.line.len();
        let eigen = self.hessian.clone().symmetric_eigen();
        let top = eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
        let least = eigen.eigenvalues.iter().copied().fold(f64::INFINITY, f64::min);
        let mut inverse = DMatrix::zeros(p, p);
        for (k, value) in eigen.eigenvalues.iter().enumerate() {
            let v = eigen.eigenvectors.column(k);
            inverse += (v * v.transpose()) / value.max(1e-14 * top).max(f64::MIN_POSITIVE);
        }
        (inverse, if least > 0.0 { top / least } else { f64::INFINITY })
    }

    /// The slopes of the loss of every row on the line: rows × parameters.
    pub fn row_scores(&self) -> DMatrix<f64> {
        let mut s = self.jacobian.clone();
        for (mut row, score) in s.row_iter_mut().zip(&self.scores) {
            row *= *score;
        }
        s
    }
}

/// A robust standard deviation: 1.4826 times the median absolute value, zero for none.
pub fn spread(residuals: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    // The factor makes it the standard deviation of normal residuals.
    sizes.get(sizes.len() / 2).map_or(0.0, |m| 1.482_6 * m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Samples;

    #[test]
    fn of_squares_it_is_gauss_newton() {
        // y = E + A K^−α at K = 1, 2, 4, exactly: residuals zero, Hessian 2 JᵀJ.
        let law = models::find("ensemble").unwrap();
        let theta = vec![3.0, 0.5, 1.0];
        let data = Samples::new(1, vec![1.0, 2.0, 4.0], vec![3.5, 3.25, 3.125], vec![]).unwrap();
        let fit = Fit { law, theta, loss: 0.0, status: crate::Status::Converged, evaluations: 1, agreeing: (1, 1) };
        let near = Linear::new(&fit, Rows::new(&data), Loss::Squares).unwrap();
        assert!(near.residuals.iter().all(|r| r.abs() < 1e-15));
        // ∂/∂ln A = A K^−α.
        assert!((near.jacobian[(1, 1)] - 0.25).abs() < 1e-12);
        let want = 2.0 * (0.25 + 0.062_5 + 0.015_625);
        assert!((near.hessian[(1, 1)] - want).abs() < 1e-12);
        let (inverse, condition) = near.inverse();
        assert!(((&inverse * &near.hessian)[(0, 0)] - 1.0).abs() < 1e-6 && condition > 1.0);
    }

    #[test]
    fn the_spread_is_that_of_a_median() {
        assert_eq!(spread(&[]), 0.0);
        assert!((spread(&[-3.0, 1.0, 100.0]) - 3.0 * 1.482_6).abs() < 1e-12);
    }
}
