//! Log score: the mean over points of the natural logarithm of the forecast density at the truth.

use curves::{Better, Mixture, Shape, normal};

use super::{Metric, Outcome};

/// Mean ln density; `None` for forecasts without a density.
pub(crate) struct LogScore;

impl Metric for LogScore {
    fn name(&self) -> &'static str {
        "log-score"
    }

    fn title(&self) -> &'static str {
        "mean log density at the truth (nats per point)"
    }

    fn better(&self) -> Option<Better> {
        Some(Better::Higher)
    }

    fn of(&self, outcome: &Outcome<'_>) -> Option<f64> {
        let f = outcome.forecast();
        let Shape::Mixture(mixture) = f.shape() else {
            return outcome.mean(|i, y| f.log_density(i, y));
        };
        let unit: Vec<f64> = outcome.truth().iter().map(|&y| f.scale().map_or(y, |s| s.forward(y))).collect();
        let densities = log_densities(mixture, &unit)?;
        outcome.mean(|i, y| Some(densities[i] + f.scale().map_or(0.0, |s| s.slope(y).ln())))
    }
}

/// `Mixture::log_density` at all points at once: the logarithms of weights and scales are taken once
/// per draw instead of once per draw and point, and the draws are read in the order they lie in memory.
fn log_densities(mixture: &Mixture, y: &[f64]) -> Option<Vec<f64>> {
    if mixture.scales().iter().any(|&s| s <= 0.0) {
        return None;
    }
    let heights: Vec<f64> = mixture.weights().iter().zip(mixture.scales()).map(|(w, s)| w.ln() - s.ln() - normal::LN_SQRT_2PI).collect();
    let term = |d: usize, location: f64, y: f64| {
        let z = (y - location) / mixture.scales()[d];
        heights[d] - 0.5 * z * z
    };
    let draws = || (0..mixture.draws()).filter(move |&d| mixture.weights()[d] > 0.0);
    let mut top = vec![f64::NEG_INFINITY; y.len()];
    for d in draws() {
        for ((top, &m), &y) in top.iter_mut().zip(mixture.location(d)).zip(y) {
            *top = top.max(term(d, m, y));
        }
    }
    let mut sums = vec![0.0_f64; y.len()];
    for d in draws() {
        for (((sum, &top), &m), &y) in sums.iter_mut().zip(&top).zip(mixture.location(d)).zip(y) {
            *sum += (term(d, m, y) - top).exp();
        }
    }
    // A truth so far out that every term underflows has no mass: −∞ rather than the NaN of −∞ + ∞.
    Some(top.iter().zip(&sums).map(|(&t, s)| if t == f64::NEG_INFINITY { t } else { t + s.ln() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::{Forecast, Scale};

    #[test]
    fn the_quick_mixture_equals_the_plain_one() {
        let m = Mixture::new(2, vec![0.3, 0.5, 0.4, 0.45, 0.9, 0.9], vec![0.05, 0.1, 0.2], vec![2.0, 1.0, 0.0]).unwrap();
        let plain = Forecast::new(vec![1.0, 2.0], Shape::Mixture(m)).unwrap();
        let raw = plain.clone().on_raw_scale(Scale::unit(Better::Lower));
        for f in [plain, raw] {
            for truth in [[0.35, 0.5], [0.01, 0.99], [0.5, 0.02]] {
                let expected = (f.log_density(0, truth[0]).unwrap() + f.log_density(1, truth[1]).unwrap()) / 2.0;
                let got = LogScore.score(&f, &truth).unwrap();
                assert!((got - expected).abs() < 1e-10 * expected.abs().max(1.0), "{got} {expected}");
            }
        }
    }

    #[test]
    fn an_unreachable_truth_is_minus_infinity_not_nan() {
        let m = Mixture::new(1, vec![0.0], vec![1e-200], vec![]).unwrap();
        let f = Forecast::new(vec![1.0], Shape::Mixture(m)).unwrap();
        assert_eq!(LogScore.score(&f, &[1.0]), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn without_noise_there_is_no_density() {
        let m = Mixture::new(1, vec![0.1, 0.2], vec![0.0, 0.1], vec![]).unwrap();
        let f = Forecast::new(vec![1.0], Shape::Mixture(m)).unwrap();
        assert_eq!(LogScore.score(&f, &[0.1]), None);
    }
}
