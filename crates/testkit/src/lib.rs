//! For tests and benches only: curves whose truth is known, and the harness that calibrates forecasters.
//!
//! A crate of its own because of its reader: nothing here is part of the program.

mod noiseless;

pub use noiseless::{CONVERGED, Noiseless, noiseless};

use curves::Curve;
use fitters::{Forecaster, Question, seed};
use models::At;
use priors::Prior;

/// A noiseless curve of a law on 1, 2, …, n.
pub fn law_curve(law: &str, theta: &[f64], n: usize) -> Vec<f64> {
    match models::find(law) {
        Ok(law) => (1..=n).map(|t| law.eval(&At::at(&[t as f64]), theta)).collect(),
        Err(_) => Vec::new(),
    }
}

/// The `k`-th noisy curve of a prior for a purpose, whole.
pub fn prior_curve(prior: &dyn Prior, purpose: &str, k: usize) -> Vec<f64> {
    prior.draw(seed::of(&[purpose, &k.to_string()])).noisy
}

/// What simulation-based calibration found: the probability integral transform of a later point per curve.
pub struct Calibration {
    /// P(Y ≤ truth), one per curve that was answered.
    pub pit: Vec<f64>,
    /// Curves without an answer.
    pub failed: usize,
}

impl Calibration {
    /// p-value of the χ² test that the transform is uniform, in ten bins.
    pub fn p_value(&self) -> Option<f64> {
        evaluation::stat::uniformity(&self.pit, 10)
    }
}

/// Simulation-based calibration (Talts et al. 2018) in its predictive form: curves from the prior, their
/// beginning shown, and the last point asked for. A forecaster that knows its prior is uniform.
pub fn calibrate(forecaster: &dyn Forecaster, prior: &dyn Prior, seen: usize, curves: usize, purpose: &str) -> Calibration {
    let mut out = Calibration { pit: Vec::new(), failed: 0 };
    let end = prior.horizon() as f64;
    for k in 0..curves {
        let y = prior_curve(prior, purpose, k);
        let answer =
            Curve::on_grid(y[..seen].to_vec()).ok().and_then(|c| forecaster.forecast(&Question::of(&c, &[end]), k as u64).pop().and_then(|a| a.forecast.ok()));
        match answer {
            Some(f) => out.pit.push(f.cdf(0, y[y.len() - 1])),
            None => out.failed += 1,
        }
    }
    out
}
