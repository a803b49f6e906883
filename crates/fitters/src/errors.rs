//! How far predictions are from what was measured.

use crate::Loss;

/// Errors over several rows; relative ones in percent. Empty where nothing could be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    /// How many pairs could be compared.
    pub n: usize,
    /// Could every prediction be compared?
    pub whole: bool,
    /// Mean of |p − a| / a.
    pub are: Option<f64>,
    /// Mean of (p − a) / a.
    pub signed_are: Option<f64>,
    /// Mean of |p − a|.
    pub mae: Option<f64>,
    /// Root of the mean of (p − a)².
    pub rmse: Option<f64>,
    /// Root of the mean of (ln p − ln a)²; needs positive values.
    pub rmsle: Option<f64>,
    /// The largest |p − a| / a.
    pub worst: Option<f64>,
    /// 1 − Σ (a − p)² / Σ (a − mean a)²; needs targets that differ.
    pub r2: Option<f64>,
    /// The same of logarithms.
    pub r2_log: Option<f64>,
    /// Σ Huber(ln p − ln a).
    pub huber: Option<f64>,
}

/// The pairs of predictions and measurements that are both finite.
pub fn comparable(predicted: &[f64], actual: &[f64]) -> (Vec<f64>, Vec<f64>) {
    predicted.iter().zip(actual).map(|(p, a)| (*p, *a)).filter(|(p, a)| p.is_finite() && a.is_finite()).unzip()
}

impl Errors {
    /// Of predictions and what was measured, pair by pair; `delta` is where Huber's loss turns linear.
    pub fn of(predicted: &[f64], actual: &[f64], delta: f64) -> Self {
        let (p, a) = comparable(predicted, actual);
        let n = p.len();
        let whole = n == predicted.len();
        if n == 0 {
            return Self { whole, ..Self::default() };
        }
        let mean = |f: &dyn Fn(f64, f64) -> f64| p.iter().zip(&a).map(|(p, a)| f(*p, *a)).sum::<f64>() / n as f64;
        let finite = |v: f64| Some(v).filter(|v| v.is_finite());
        let positive = p.iter().chain(&a).all(|v| *v > 0.0);
        let (ln_p, ln_a): (Vec<f64>, Vec<f64>) =
            if positive { (p.iter().map(|v| v.ln()).collect(), a.iter().map(|v| v.ln()).collect()) } else { (Vec::new(), Vec::new()) };
        let loss = Loss::LogHuber { delta };
        Self {
            n,
            whole,
            are: finite(100.0 * mean(&|p, a| ((p - a) / a).abs())),
            signed_are: finite(100.0 * mean(&|p, a| (p - a) / a)),
            mae: finite(mean(&|p, a| (p - a).abs())),
            rmse: finite(mean(&|p, a| (p - a).powi(2)).sqrt()),
            rmsle: if positive { finite(mean(&|p, a| (p.ln() - a.ln()).powi(2)).sqrt()) } else { None },
            worst: finite(p.iter().zip(&a).map(|(p, a)| 100.0 * ((p - a) / a).abs()).fold(0.0, f64::max)),
            r2: determination(&p, &a),
            r2_log: determination(&ln_p, &ln_a),
            huber: if positive { finite(ln_p.iter().zip(&ln_a).map(|(p, a)| loss.of(p - a).0).sum()) } else { None },
        }
    }
}

/// The share of the variance that is explained; `None` for fewer than two values or none that differ.
fn determination(p: &[f64], a: &[f64]) -> Option<f64> {
    let mean = a.iter().sum::<f64>() / a.len() as f64;
    let total: f64 = a.iter().map(|a| (a - mean).powi(2)).sum();
    let left: f64 = p.iter().zip(a).map(|(p, a)| (a - p).powi(2)).sum();
    let varies = a.iter().any(|v| *v != a[0]);
    Some(1.0 - left / total).filter(|v| varies && v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        let e = Errors::of(&[2.2, 2.7], &[2.0, 3.0], 1e-3);
        // (0.1 + 0.1) / 2 and (0.1 − 0.1) / 2, in percent.
        assert!((e.are.unwrap() - 10.0).abs() < 1e-12 && e.signed_are.unwrap().abs() < 1e-12);
        assert!((e.mae.unwrap() - 0.25).abs() < 1e-12 && (e.rmse.unwrap() - 0.065f64.sqrt()).abs() < 1e-12);
        assert!((e.worst.unwrap() - 10.0).abs() < 1e-9);
        // 1 − (0.04 + 0.09) / 0.5.
        assert!((e.r2.unwrap() - 0.74).abs() < 1e-12);
        let (u, v) = (1.1f64.ln(), 0.9f64.ln());
        assert!((e.rmsle.unwrap() - (0.5 * (u * u + v * v)).sqrt()).abs() < 1e-12);
        assert!((e.huber.unwrap() - 1e-3 * (u - v - 1e-3)).abs() < 1e-12);
        assert!(e.whole && e.n == 2);
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let e = Errors::of(&[f64::NAN, 3.0], &[2.0, 3.0], 1e-3);
        assert_eq!((e.n, e.whole, e.are, e.r2), (1, false, Some(0.0), None));
        assert_eq!(Errors::of(&[], &[], 1e-3), Errors { whole: true, ..Errors::default() });
        assert_eq!(Errors::of(&[f64::INFINITY], &[1.0], 1e-3), Errors::default());
        let negative = Errors::of(&[-1.0, 2.0], &[1.0, 2.0], 1e-3);
        assert_eq!((negative.rmsle, negative.huber, negative.r2_log), (None, None, None));
        assert!((negative.mae.unwrap() - 1.0).abs() < 1e-12);
    }
}
