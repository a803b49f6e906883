//! How a law's loss depends on its parameters, and how well runs determine what it says elsewhere.

use models::{At, Law};
use nalgebra::{DMatrix, DVector};

/// Places at which the best split of a budget is looked for first.
const PLACES: usize = 400;
/// Steps of the golden section behind them: each takes away 38 % of what is left.
const STEPS: usize = 60;
/// A direction that is seen this much less than the one seen best is not determined.
const NOTHING: f64 = 1e-12;

/// A law with parameters that are taken for the truth.
pub(super) struct Slopes {
    pub law: &'static dyn Law,
    pub theta: Vec<f64>,
}

impl Slopes {
    /// The loss of a run of some parameters and tokens.
    pub fn loss(&self, (params, tokens): (f64, f64)) -> f64 {
        self.law.eval(&At::at(&[params, tokens]), &self.theta)
    }

    /// The slopes of its logarithm in the parameters of the law, each counted in its own size; `None` where they are not finite.
    pub fn at(&self, (params, tokens): (f64, f64)) -> Option<Vec<f64>> {
        let mut out = vec![0.0; self.theta.len()];
        let loss = self.law.grad(&At::at(&[params, tokens]), &self.theta, &mut out);
        for (slope, theta) in out.iter_mut().zip(&self.theta) {
            let size = if *theta == 0.0 { 1.0 } else { theta.abs() };
            *slope *= size / loss;
        }
        (loss > 0.0 && out.iter().all(|s| s.is_finite())).then_some(out)
    }

    /// Parameters and tokens of least loss whose product is this; `None` where the least lies at an end of what could be trained.
    pub fn best_split(&self, product: f64) -> Option<(f64, f64)> {
        let whole = product.ln();
        let split = |u: f64| (u.exp(), product / u.exp());
        let loss = |u: f64| self.loss(split(u));
        let place = |k: usize| whole * (0.05 + 0.9 * k as f64 / PLACES as f64);
        let at = |k: &usize| loss(place(*k));
        let least = (0..=PLACES).filter(|k| at(k).is_finite()).min_by(|a, b| at(a).total_cmp(&at(b)))?;
        if least == 0 || least == PLACES {
            return None;
        }
        let (mut low, mut high) = (place(least - 1), place(least + 1));
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        for _ in 0..STEPS {
            let (left, right) = (high - golden * (high - low), low + golden * (high - low));
            if loss(left) < loss(right) { high = right } else { low = left }
        }
        Some(split(0.5 * (low + high)))
    }
}

/// cᵀ (Σ gᵢ gᵢᵀ)⁻¹ c for rows gᵢ, by their QR decomposition: the variance of what c asks, for rows of noise one. `None` where the rows do not
/// determine every parameter.
pub(super) fn variance(rows: &[Vec<f64>], c: &[f64]) -> Option<f64> {
    let p = c.len();
    if rows.len() < p || p == 0 {
        return None;
    }
    let r = DMatrix::from_fn(rows.len(), p, |i, k| rows[i].get(k).copied().unwrap_or(0.0)).qr().r();
    let sizes = || r.diagonal().iter().map(|v| v.abs()).collect::<Vec<f64>>();
    let (most, least) = (sizes().into_iter().fold(0.0, f64::max), sizes().into_iter().fold(f64::INFINITY, f64::min));
    if least <= NOTHING * most {
        return None;
    }
    let z = r.transpose().solve_lower_triangular(&DVector::from_column_slice(c))?;
    Some(z.norm_squared()).filter(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fitters::Surface;

    #[test]
    fn the_best_split_is_that_of_the_closed_form() {
        let theta = vec![1.816_86, 482.006, 2085.434, 0.347_81, 0.365_85];
        let law = models::find("chinchilla").unwrap();
        let closed = Surface::from_theta(law, &theta).unwrap().optimum(1e22, 6.0).unwrap();
        let (params, tokens) = Slopes { law, theta }.best_split(1e22 / 6.0).unwrap();
        // The loss is flat at its least: half of the digits are left.
        assert!((params / closed.params - 1.0).abs() < 1e-5 && (tokens / closed.tokens - 1.0).abs() < 1e-5, "{params} {closed:?}");
    }

    #[test]
    fn slopes_are_those_of_differences() {
        let theta = vec![1.8, 480.0, 2100.0, 0.35, 0.37];
        let slopes = Slopes { law: models::find("chinchilla").unwrap(), theta: theta.clone() };
        let run = (1e8, 3e9);
        for (k, slope) in slopes.at(run).unwrap().into_iter().enumerate() {
            let at = |factor: f64| {
                let mut moved = theta.clone();
                moved[k] *= factor;
                Slopes { law: slopes.law, theta: moved }.loss(run).ln()
            };
            let want = (at(1.0 + 1e-6) - at(1.0 - 1e-6)) / 2e-6;
            assert!((slope - want).abs() < 1e-7, "{k}: {slope} for {want}");
        }
    }

    #[test]
    fn variances_by_hand() {
        fn rows(rows: &[&[f64]]) -> Vec<Vec<f64>> {
            rows.iter().map(|r| r.to_vec()).collect()
        }
        // Two parameters, each seen once; the same seen twice; a mean of four.
        let one = variance(&rows(&[&[1.0, 0.0], &[0.0, 1.0]]), &[1.0, 1.0]).unwrap();
        let twice = variance(&rows(&[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0], &[0.0, 1.0]]), &[1.0, 1.0]).unwrap();
        let mean = variance(&rows(&[&[1.0][..]; 4]), &[3.0]).unwrap();
        assert!((one - 2.0).abs() < 1e-12 && (twice - 1.0).abs() < 1e-12 && (mean - 9.0 / 4.0).abs() < 1e-12);
        // A line through 0 and 1 foretells 2 with 4 + 1: 2 y₁ − y₀.
        assert!((variance(&rows(&[&[1.0, 0.0], &[1.0, 1.0]]), &[1.0, 2.0]).unwrap() - 5.0).abs() < 1e-12);
        assert_eq!(variance(&rows(&[&[1.0, 2.0], &[2.0, 4.0]]), &[1.0, 1.0]), None);
        assert_eq!((variance(&rows(&[&[1.0, 2.0]]), &[1.0, 1.0]), variance(&[], &[])), (None, None));
    }
}
