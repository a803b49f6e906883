//! What is kept of a forecast so that a metric that does not exist yet can score it: a grid of quantiles and the log density of the truth.

use curves::Shape;

use super::Outcome;

/// The probabilities whose quantiles are kept.
pub const KEPT_QUANTILES: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];

/// One point of a kept forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptPoint {
    /// What happened.
    pub truth: f64,
    /// ln density of the truth, where the forecast has a density.
    pub log_density: Option<f64>,
    /// One for each of [`KEPT_QUANTILES`]; none of bare numbers, which have no spread.
    pub quantiles: Vec<f64>,
}

impl KeptPoint {
    /// The kept quantile of a probability; `None` for one that is not kept.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let k = KEPT_QUANTILES.iter().position(|q| *q == p)?;
        self.quantiles.get(k).copied()
    }
}

impl Outcome<'_> {
    /// The forecast as it is kept, point by point. Quantiles of a mixture are those of the sample that stands for it in every other metric.
    pub fn kept(&self) -> Vec<KeptPoint> {
        let kept: &[f64] = if matches!(self.forecast().shape(), Shape::Points(_)) { &[] } else { &KEPT_QUANTILES };
        let point = |(i, truth): (usize, &f64)| KeptPoint {
            truth: *truth,
            log_density: self.forecast().log_density(i, *truth),
            quantiles: kept.iter().map(|p| self.quantile(i, *p)).collect(),
        };
        self.truth().iter().enumerate().map(point).collect()
    }
}
