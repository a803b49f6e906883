//! `Forecast`: marginal distributions at the points asked.

use crate::error::{all_finite, same_length};
use crate::{Better, CurveError, Histogram, Mixture, Normals, Pool, Scale, normal, student};

/// How the marginals are given.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A bare number per point: no spread is known, so there is no density.
    Points(Vec<f64>),
    /// A normal per point.
    Normal {
        /// Means.
        mean: Vec<f64>,
        /// Standard deviations, positive.
        sd: Vec<f64>,
    },
    /// Student's t with four degrees of freedom per point.
    Student {
        /// Centres.
        centre: Vec<f64>,
        /// Scales, positive.
        scale: Vec<f64>,
    },
    /// Posterior draws of whole curves.
    Mixture(Mixture),
    /// A mixture of normals per point.
    Normals(Normals),
    /// Several forecasts, each believed with a probability.
    Pool(Pool),
    /// Histograms of a network.
    Histogram(Histogram),
}

impl Shape {
    fn points(&self) -> usize {
        match self {
            Shape::Points(v) => v.len(),
            Shape::Normal { mean, .. } => mean.len(),
            Shape::Student { centre, .. } => centre.len(),
            Shape::Mixture(m) => m.points(),
            Shape::Normals(n) => n.points(),
            Shape::Pool(p) => p.points(),
            Shape::Histogram(h) => h.points(),
        }
    }

    fn log_density(&self, i: usize, y: f64) -> Option<f64> {
        match self {
            Shape::Points(_) => None,
            Shape::Normal { mean, sd } => Some(normal::ln_pdf(y, mean[i], sd[i])),
            Shape::Student { centre, scale } => Some(student::ln_pdf(y, centre[i], scale[i])),
            Shape::Mixture(m) => m.log_density(i, y),
            Shape::Normals(n) => Some(n.log_density(i, y)),
            Shape::Pool(p) => p.log_density(i, y),
            Shape::Histogram(h) => Some(h.log_density(i, y)),
        }
    }

    fn cdf(&self, i: usize, y: f64) -> f64 {
        match self {
            Shape::Points(v) => f64::from(u8::from(v[i] <= y)),
            Shape::Normal { mean, sd } => normal::cdf((y - mean[i]) / sd[i]),
            Shape::Student { centre, scale } => student::cdf((y - centre[i]) / scale[i]),
            Shape::Mixture(m) => m.cdf(i, y),
            Shape::Normals(n) => n.cdf(i, y),
            Shape::Pool(p) => p.cdf(i, y),
            Shape::Histogram(h) => h.cdf(i, y),
        }
    }

    fn quantile(&self, i: usize, p: f64) -> f64 {
        match self {
            Shape::Points(v) => v[i],
            Shape::Normal { mean, sd } => mean[i] + sd[i] * normal::quantile(p),
            Shape::Student { centre, scale } => centre[i] + scale[i] * student::quantile(p),
            Shape::Mixture(m) => m.quantile(i, p),
            Shape::Normals(n) => n.quantile(i, p),
            Shape::Pool(of) => of.quantile(i, p),
            Shape::Histogram(h) => h.quantile(i, p),
        }
    }

    fn mean(&self, i: usize) -> f64 {
        match self {
            Shape::Points(v) => v[i],
            Shape::Normal { mean, .. } => mean[i],
            Shape::Student { centre, .. } => centre[i],
            Shape::Mixture(m) => m.mean(i),
            Shape::Normals(n) => n.mean(i),
            Shape::Pool(p) => p.mean(i),
            Shape::Histogram(h) => h.mean(i),
        }
    }
}

/// Marginal distributions of a measure at the points asked.
///
/// Invariant: one marginal per point, all parameters finite, quantiles ordered in their level.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    at: Vec<f64>,
    shape: Shape,
    scale: Option<Scale>,
}

impl Forecast {
    /// A forecast at the resource values `at` (finite, in any order).
    pub fn new(at: Vec<f64>, shape: Shape) -> Result<Self, CurveError> {
        same_length("points asked and points predicted", at.len(), shape.points())?;
        all_finite("x asked", &at)?;
        match &shape {
            Shape::Points(v) => all_finite("forecast", v)?,
            Shape::Normal { mean: centre, sd: scale } | Shape::Student { centre, scale } => {
                same_length("means and standard deviations of a forecast", centre.len(), scale.len())?;
                all_finite("mean", centre)?;
                all_finite("standard deviation", scale)?;
                if let Some(&value) = scale.iter().find(|&&s| s <= 0.0) {
                    return Err(CurveError::OutOfRange { what: "standard deviation", value, must: "positive" });
                }
            }
            Shape::Mixture(_) | Shape::Normals(_) | Shape::Pool(_) | Shape::Histogram(_) => {}
        }
        Ok(Self { at, shape, scale: None })
    }

    /// The same forecast read on the raw scale of a measure that `scale` had mapped to the unit interval.
    pub fn on_raw_scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// The same forecast in another unit of the measure: every value times `unit`, which is positive. A histogram, and what is read through a
    /// scale, is given back as it is.
    #[must_use]
    pub fn times(self, unit: f64) -> Self {
        if self.scale.is_some() {
            return self;
        }
        let all = |values: Vec<f64>| values.into_iter().map(|v| v * unit).collect();
        let shape = match self.shape {
            Shape::Points(v) => Shape::Points(all(v)),
            Shape::Normal { mean, sd } => Shape::Normal { mean: all(mean), sd: all(sd) },
            Shape::Student { centre, scale } => Shape::Student { centre: all(centre), scale: all(scale) },
            Shape::Mixture(m) => Shape::Mixture(m.times(unit)),
            Shape::Normals(n) => Shape::Normals(n.times(unit)),
            Shape::Pool(p) => Shape::Pool(p.times(unit)),
            other @ Shape::Histogram(_) => other,
        };
        Self { shape, ..self }
    }

    /// The resource values asked.
    pub fn at(&self) -> &[f64] {
        &self.at
    }

    /// How many points were asked.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// True when nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// The marginals as they were given, before any `on_raw_scale`.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The scale through which the marginals are read, if any.
    pub fn scale(&self) -> Option<&Scale> {
        self.scale.as_ref()
    }

    /// True when every marginal has a density.
    pub fn has_density(&self) -> bool {
        !self.is_empty() && self.log_density(0, self.quantile(0, 0.5)).is_some()
    }

    /// ln density at point `i` (nats per unit of the measure); `None` when there is none, never NaN for finite `y`.
    pub fn log_density(&self, i: usize, y: f64) -> Option<f64> {
        match &self.scale {
            None => self.shape.log_density(i, y),
            Some(s) => Some(self.shape.log_density(i, s.forward(y))? + s.slope(y).ln()),
        }
    }

    /// P(Y ≤ y) at point `i`.
    pub fn cdf(&self, i: usize, y: f64) -> f64 {
        match &self.scale {
            None => self.shape.cdf(i, y),
            Some(s) if s.better == Better::Higher => self.shape.cdf(i, s.forward(y)),
            Some(s) => 1.0 - self.shape.cdf(i, s.forward(y)),
        }
    }

    /// The `p`-quantile at point `i`, 0 < p < 1.
    pub fn quantile(&self, i: usize, p: f64) -> f64 {
        match &self.scale {
            None => self.shape.quantile(i, p),
            Some(s) if s.better == Better::Higher => s.inverse(self.shape.quantile(i, p)),
            Some(s) => s.inverse(self.shape.quantile(i, 1.0 - p)),
        }
    }

    /// The median at point `i`.
    pub fn median(&self, i: usize) -> f64 {
        self.quantile(i, 0.5)
    }

    /// The mean at point `i`; on a raw scale the average of 199 quantiles, because means do not map through.
    pub fn mean(&self, i: usize) -> f64 {
        if self.scale.is_none() {
            return self.shape.mean(i);
        }
        (1..200).map(|k| self.quantile(i, f64::from(k) / 200.0)).sum::<f64>() / 199.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal_at(mean: f64, sd: f64) -> Forecast {
        Forecast::new(vec![1.0], Shape::Normal { mean: vec![mean], sd: vec![sd] }).unwrap()
    }

    #[test]
    fn a_bare_number_has_no_density() {
        let f = Forecast::new(vec![1.0], Shape::Points(vec![0.4])).unwrap();
        assert_eq!(f.log_density(0, 0.4), None);
        assert!(!f.has_density());
        assert_eq!(f.median(0), 0.4);
    }

    #[test]
    fn the_raw_scale_keeps_probability() {
        // Less is better flips the axis: P(raw ≤ y) = P(unit ≥ g(y)), and the density integrates to the same mass.
        let scale = Scale::new(Better::Lower, 0.0, 0.0, 0.7, f64::INFINITY).unwrap();
        let f = normal_at(0.5, 0.05).on_raw_scale(scale);
        for p in [0.05, 0.5, 0.9] {
            assert!((f.cdf(0, f.quantile(0, p)) - p).abs() < 1e-9);
        }
        let (a, b) = (f.quantile(0, 0.2), f.quantile(0, 0.8));
        let n = 4000;
        let dx = (b - a) / f64::from(n);
        let mass: f64 = (0..n).map(|k| f.log_density(0, a + (f64::from(k) + 0.5) * dx).unwrap().exp() * dx).sum();
        assert!((mass - 0.6).abs() < 1e-6, "{mass}");
        assert!(f.quantile(0, 0.1) < f.quantile(0, 0.9));
    }

    #[test]
    fn refuses_broken_marginals() {
        assert!(Forecast::new(vec![1.0, 2.0], Shape::Points(vec![0.1])).is_err());
        assert!(Forecast::new(vec![1.0], Shape::Points(vec![f64::NAN])).is_err());
        assert!(Forecast::new(vec![1.0], Shape::Normal { mean: vec![0.0], sd: vec![0.0] }).is_err());
    }
}
