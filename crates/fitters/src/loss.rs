//! What a fit minimises. The reduction is said, not assumed.

use curves::Samples;
use models::{At, Law};
use serde::{Deserialize, Serialize};

use crate::FitError;

/// The loss of a fit; weights of the rows multiply every term.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// Σ w (f − y)².
    Squares,
    /// Σ w (ln f − ln y)².
    LogSquares,
    /// Σ w Huber_δ(ln f − ln y): quadratic to δ, linear beyond (Hoffmann et al. 2022 use δ = 1e-3).
    LogHuber {
        /// Where it turns linear.
        delta: f64,
    },
    /// Σ w Huber_δ(f − y).
    Huber {
        /// Where it turns linear.
        delta: f64,
    },
}

impl Loss {
    /// Does it look at logarithms?
    pub fn is_log(self) -> bool {
        matches!(self, Loss::LogSquares | Loss::LogHuber { .. })
    }

    /// The Huber threshold, if there is one.
    pub fn delta(self) -> Option<f64> {
        match self {
            Loss::LogHuber { delta } | Loss::Huber { delta } => Some(delta),
            Loss::Squares | Loss::LogSquares => None,
        }
    }

    /// Refuses targets and settings the loss cannot work with.
    pub fn check(self, data: &Samples) -> Result<(), FitError> {
        if let Some(delta) = self.delta().filter(|d| !(*d > 0.0 && d.is_finite())) {
            return Err(FitError::Setting(format!("a Huber threshold of {delta}; it must be positive")));
        }
        if let Some(row) = data.targets().iter().position(|y| self.is_log() && *y <= 0.0) {
            return Err(FitError::NotPositive { row, value: data.targets()[row] });
        }
        Ok(())
    }

    /// Residual of one row and its slope in f.
    #[inline]
    pub fn residual(self, f: f64, y: f64) -> (f64, f64) {
        if self.is_log() { (f.ln() - y.ln(), f.recip()) } else { (f - y, 1.0) }
    }

    /// The loss of a residual r, and its slope.
    #[inline]
    pub fn of(self, r: f64) -> (f64, f64) {
        match self.delta() {
            None => (r * r, 2.0 * r),
            Some(d) if r.abs() <= d => (0.5 * r * r, r),
            Some(d) => (d * (r.abs() - 0.5 * d), d * r.signum()),
        }
    }

    /// The loss of a law at `theta` over all rows; NaN where the law is not defined.
    pub fn total(self, law: &dyn Law, theta: &[f64], data: &Samples) -> f64 {
        (0..data.len())
            .map(|i| {
                let f = law.eval(&At::at(data.row(i)), theta);
                data.weights()[i] * self.of(self.residual(f, data.targets()[i]).0).0
            })
            .sum()
    }
}
