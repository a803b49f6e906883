//! `Outcome`: a forecast beside what then happened, with what several metrics need worked out once.

use std::cell::OnceCell;

use curves::{Forecast, Mixture, Scale, Shape};

use super::spread::{SIZE, spread};

/// A forecast and the truth at the same points.
///
/// Invariant: at least one point, as many truths as forecasts, all truths finite.
pub struct Outcome<'a> {
    forecast: &'a Forecast,
    truth: &'a [f64],
    spread: OnceCell<Vec<f64>>,
    medians: OnceCell<Vec<f64>>,
    pit: OnceCell<Option<Vec<f64>>>,
}

impl<'a> Outcome<'a> {
    /// `None` when the two are not about the same points, or a truth is not a number.
    pub fn new(forecast: &'a Forecast, truth: &'a [f64]) -> Option<Self> {
        let fits = !truth.is_empty() && truth.len() == forecast.len() && truth.iter().all(|y| y.is_finite());
        fits.then(|| Self { forecast, truth, spread: OnceCell::new(), medians: OnceCell::new(), pit: OnceCell::new() })
    }

    /// What was predicted.
    pub fn forecast(&self) -> &Forecast {
        self.forecast
    }

    /// What happened; never empty.
    pub fn truth(&self) -> &[f64] {
        self.truth
    }

    /// The sorted sample of a mixture at point `i`, before any raw scale.
    pub(crate) fn sample(&self, mixture: &Mixture, i: usize) -> &[f64] {
        &self.spread.get_or_init(|| spread(mixture))[i * SIZE..(i + 1) * SIZE]
    }

    /// The medians, as [`medians`] gives them.
    pub fn medians(&self) -> &[f64] {
        self.medians.get_or_init(|| match self.forecast.shape() {
            Shape::Mixture(m) => (0..self.truth.len()).map(|i| on_scale(self.forecast.scale(), middle(self.sample(m, i)))).collect(),
            _ => medians(self.forecast),
        })
    }

    /// The `p`-quantile at point `i`; of a mixture that of the sample that stands for it, which costs nothing more.
    pub fn quantile(&self, i: usize, p: f64) -> f64 {
        match self.forecast.shape() {
            Shape::Mixture(m) => {
                let falls = self.forecast.scale().is_some_and(|s| s.better == curves::Better::Lower);
                let sample = self.sample(m, i);
                // Representative k stands for the probability (k + ½) / SIZE.
                let at = ((if falls { 1.0 - p } else { p }) * SIZE as f64 - 0.5).clamp(0.0, (SIZE - 1) as f64);
                let (below, share) = (at.floor() as usize, at.fract());
                let above = (below + 1).min(SIZE - 1);
                on_scale(self.forecast.scale(), sample[below] + share * (sample[above] - sample[below]))
            }
            _ => self.forecast.quantile(i, p),
        }
    }

    /// P(Y ≤ truth) point by point; `None` for bare numbers, which have no spread.
    pub fn pit(&self) -> Option<&[f64]> {
        let pit = self.pit.get_or_init(|| match self.forecast.shape() {
            Shape::Points(_) => None,
            _ => Some(self.truth.iter().enumerate().map(|(i, &y)| self.forecast.cdf(i, y)).collect()),
        });
        pit.as_deref()
    }

    /// Mean of `f(point, truth)` over the points; `None` as soon as one point has none.
    pub(crate) fn mean(&self, f: impl Fn(usize, f64) -> Option<f64>) -> Option<f64> {
        let mut sum = 0.0;
        for (i, &y) in self.truth.iter().enumerate() {
            sum += f(i, y)?;
        }
        Some(sum / self.truth.len() as f64)
    }
}

/// The median at every point.
///
/// Exact but for a mixture, whose exact median costs some 30 passes over all its draws at each
/// point. There it is the median of 1,000 stratified representatives, which is off by about a
/// thirtieth of the marginal's own standard deviation: a thousandth of its variance in a squared error.
pub fn medians(forecast: &Forecast) -> Vec<f64> {
    match forecast.shape() {
        Shape::Mixture(m) => spread(m).chunks(SIZE).map(|s| on_scale(forecast.scale(), middle(s))).collect(),
        _ => (0..forecast.len()).map(|i| forecast.median(i)).collect(),
    }
}

/// A median maps through any monotone scale.
fn on_scale(scale: Option<&Scale>, median: f64) -> f64 {
    scale.map_or(median, |s| s.inverse(median))
}

fn middle(sorted: &[f64]) -> f64 {
    0.5 * (sorted[(SIZE - 1) / 2] + sorted[SIZE / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Better;

    #[test]
    fn what_cannot_be_compared_is_no_outcome() {
        let f = Forecast::new(vec![1.0, 2.0], Shape::Points(vec![0.1, 0.2])).unwrap();
        assert!(Outcome::new(&f, &[0.1, 0.2]).is_some());
        assert!(Outcome::new(&f, &[0.1]).is_none());
        assert!(Outcome::new(&f, &[0.1, f64::NAN]).is_none());
        let none = Forecast::new(vec![], Shape::Points(vec![])).unwrap();
        assert!(Outcome::new(&none, &[]).is_none());
    }

    #[test]
    fn a_mixtures_quick_medians_are_near_the_exact_ones() {
        let draws: Vec<f64> = (0..4000)
            .flat_map(|k| {
                let u = (f64::from(k) * 0.754_877_666_2).fract();
                [0.3 + 0.2 * u, 0.5 + 0.1 * u * u]
            })
            .collect();
        let m = Mixture::new(2, draws, vec![0.02; 4000], vec![]).unwrap();
        let f = Forecast::new(vec![1.0, 2.0], Shape::Mixture(m)).unwrap();
        let scale = Scale::new(Better::Lower, 0.0, 0.0, 0.7, f64::INFINITY).unwrap();
        for f in [f.clone(), f.on_raw_scale(scale)] {
            let quick = medians(&f);
            let truth = [0.1, 0.2];
            let outcome = Outcome::new(&f, &truth).unwrap();
            assert_eq!(outcome.medians(), &quick[..]);
            for (i, q) in quick.iter().enumerate() {
                let sd = 0.5 * (f.quantile(i, 0.84) - f.quantile(i, 0.16));
                assert!((q - f.median(i)).abs() < sd / 20.0, "{q} {}", f.median(i));
            }
        }
    }
}
