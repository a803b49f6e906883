//! `Mixture`: a forecast as posterior draws, each a whole curve with its own noise.

use crate::error::{all_finite, same_length};
use crate::{CurveError, normal};

/// Weighted draws of whole curves; at point `i` the marginal is `Σ_d w_d N(location_{d,i}, scale_d²)`.
///
/// A draw with scale 0 is a point mass, and then there is no density.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    points: usize,
    locations: Vec<f64>,
    scales: Vec<f64>,
    weights: Vec<f64>,
}

impl Mixture {
    /// `locations` holds one draw after the other, `points` values each; one scale (≥ 0) per draw;
    /// `weights` (≥ 0, any sum) may be empty for equal ones.
    pub fn new(points: usize, locations: Vec<f64>, scales: Vec<f64>, mut weights: Vec<f64>) -> Result<Self, CurveError> {
        if points == 0 || scales.is_empty() {
            return Err(CurveError::Empty);
        }
        same_length("locations and points × draws of a forecast", locations.len(), points * scales.len())?;
        if weights.is_empty() {
            weights = vec![1.0; scales.len()];
        }
        same_length("weights and draws of a forecast", weights.len(), scales.len())?;
        all_finite("location", &locations)?;
        all_finite("scale", &scales)?;
        all_finite("weight", &weights)?;
        for (what, values) in [("scale", &scales), ("weight", &weights)] {
            if let Some(&value) = values.iter().find(|&&v| v < 0.0) {
                return Err(CurveError::OutOfRange { what, value, must: "0 or more" });
            }
        }
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return Err(CurveError::OutOfRange { what: "sum of weights", value: total, must: "positive" });
        }
        weights.iter_mut().for_each(|w| *w /= total);
        Ok(Self { points, locations, scales, weights })
    }

    /// The same draws in another unit of the measure.
    pub(crate) fn times(mut self, unit: f64) -> Self {
        self.locations.iter_mut().chain(&mut self.scales).for_each(|v| *v *= unit);
        self
    }

    /// How many points are predicted.
    pub fn points(&self) -> usize {
        self.points
    }

    /// How many draws.
    pub fn draws(&self) -> usize {
        self.scales.len()
    }

    /// The curve of draw `d`.
    pub fn location(&self, d: usize) -> &[f64] {
        &self.locations[d * self.points..(d + 1) * self.points]
    }

    /// The noise of each draw.
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The weights, which sum to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    fn column(&self, i: usize) -> impl Iterator<Item = (f64, f64, f64)> + Clone + '_ {
        let locations = self.locations[i..].iter().step_by(self.points);
        locations.zip(&self.scales).zip(&self.weights).map(|((&m, &s), &w)| (m, s, w))
    }

    /// ln density at point `i`; `None` when a draw has no noise.
    pub fn log_density(&self, i: usize, y: f64) -> Option<f64> {
        if self.scales.iter().any(|&s| s <= 0.0) {
            return None;
        }
        let terms = || self.column(i).filter(|t| t.2 > 0.0).map(move |(m, s, w)| w.ln() + normal::ln_pdf(y, m, s));
        let top = terms().fold(f64::NEG_INFINITY, f64::max);
        if top == f64::NEG_INFINITY {
            return Some(top);
        }
        Some(top + terms().map(|t| (t - top).exp()).sum::<f64>().ln())
    }

    /// P(Y ≤ y) at point `i`.
    pub fn cdf(&self, i: usize, y: f64) -> f64 {
        let below = |(m, s, w): (f64, f64, f64)| w * if s > 0.0 { normal::cdf((y - m) / s) } else { f64::from(u8::from(m <= y)) };
        self.column(i).map(below).sum::<f64>().clamp(0.0, 1.0)
    }

    /// Mean at point `i`.
    pub fn mean(&self, i: usize) -> f64 {
        self.column(i).map(|(m, _, w)| w * m).sum()
    }

    /// The `p`-quantile at point `i`, by bisection of the distribution function.
    pub fn quantile(&self, i: usize, p: f64) -> f64 {
        let ends =
            self.column(i).filter(|t| t.2 > 0.0).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), (m, s, _)| (lo.min(m - 9.0 * s), hi.max(m + 9.0 * s)));
        normal::quantile_between(ends, |y| self.cdf(i, y) < p)
    }

    /// At most `n` sorted representatives of the marginal at point `i`, for scores that need a sample.
    ///
    /// Draws are taken evenly along the weights, and each is moved by its noise through a
    /// stratified normal score, so that the sample is a function of the mixture alone; its mean is the mixture's.
    pub fn representatives(&self, i: usize, n: usize) -> Vec<f64> {
        let n = n.min(self.draws()).max(1);
        let mut out = Vec::with_capacity(n);
        let (mut d, mut filled) = (0, self.weights[0]);
        for k in 0..n {
            // A jittered stratum: draws that repeat in a period (walkers, chains) are not picked in step with it.
            let u = (k as f64 + (k as f64 * std::f64::consts::SQRT_2).fract()) / n as f64;
            while filled < u && d + 1 < self.draws() {
                d += 1;
                filled += self.weights[d];
            }
            // The golden-ratio sequence spreads the normal scores evenly over the draws.
            let z = normal::quantile(((k as f64 + 0.5) * 0.618_033_988_749_894_9).fract().clamp(1e-6, 1.0 - 1e-6));
            out.push(self.locations[d * self.points + i] + z * self.scales[d]);
        }
        let shift = self.mean(i) - out.iter().sum::<f64>() / n as f64;
        out.iter_mut().for_each(|v| *v += shift);
        out.sort_unstable_by(f64::total_cmp);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_draw_is_a_normal() {
        let m = Mixture::new(2, vec![0.5, 0.7], vec![0.1], vec![]).unwrap();
        assert!((m.log_density(1, 0.6).unwrap() - normal::ln_pdf(0.6, 0.7, 0.1)).abs() < 1e-14);
        assert!((m.cdf(0, 0.5) - 0.5).abs() < 1e-14);
        assert!((m.quantile(0, 0.975) - (0.5 + 0.1 * 1.959_963_984_540_054)).abs() < 1e-8);
    }

    #[test]
    fn a_far_truth_has_a_finite_log_density() {
        let m = Mixture::new(1, vec![0.0, 0.1], vec![1e-3, 1e-3], vec![]).unwrap();
        let l = m.log_density(0, 1.0).unwrap();
        assert!((l - (normal::ln_pdf(1.0, 0.1, 1e-3) - 2f64.ln())).abs() < 1e-9, "{l}");
    }

    #[test]
    fn draws_without_noise_have_no_density() {
        let m = Mixture::new(1, vec![0.0, 1.0, 2.0], vec![0.0; 3], vec![]).unwrap();
        assert_eq!(m.log_density(0, 1.0), None);
        assert!((m.cdf(0, 1.5) - 2.0 / 3.0).abs() < 1e-12);
        assert!((m.quantile(0, 0.5) - 1.0).abs() < 1e-8);
    }

    #[test]
    fn weights_count_as_copies() {
        let once = Mixture::new(1, vec![0.1, 0.4], vec![0.1, 0.2], vec![2.0, 1.0]).unwrap();
        let twice = Mixture::new(1, vec![0.1, 0.1, 0.4], vec![0.1, 0.1, 0.2], vec![]).unwrap();
        for y in [-0.2, 0.1, 0.5] {
            assert!((once.log_density(0, y).unwrap() - twice.log_density(0, y).unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn representatives_have_the_mixtures_moments() {
        let n = 2000;
        let m = Mixture::new(1, vec![0.3; n], vec![0.1; n], vec![]).unwrap();
        let r = m.representatives(0, 1000);
        let mean = r.iter().sum::<f64>() / 1000.0;
        let sd = (r.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 1000.0).sqrt();
        assert!((mean - 0.3).abs() < 1e-3 && (sd - 0.1).abs() < 1e-3, "{mean} {sd}");
        assert!(r.windows(2).all(|w| w[0] <= w[1]));
    }

    #[test]
    fn refuses_what_is_no_forecast() {
        assert!(Mixture::new(1, vec![f64::NAN], vec![0.1], vec![]).is_err());
        assert!(Mixture::new(1, vec![0.1], vec![-0.1], vec![]).is_err());
        assert!(Mixture::new(2, vec![0.1], vec![0.1], vec![]).is_err());
        assert!(Mixture::new(1, vec![0.1], vec![0.1], vec![0.0]).is_err());
    }
}
