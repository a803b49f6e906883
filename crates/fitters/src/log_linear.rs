//! `log-linear`: a straight line in ln x through the last quarter of what is seen.

use curves::{Forecast, Shape};

use crate::{Answer, FitError, Forecaster, Question};

/// Ordinary least squares of y on ln x over the last quarter of the points (at least four), with its prediction interval.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogLinear;

impl LogLinear {
    fn answer(q: &Question<'_>) -> Result<Forecast, FitError> {
        let n = q.seen.len();
        if n < 4 {
            return Err(FitError::TooFewPoints { have: n, need: 4, who: "log-linear".into() });
        }
        let from = n - n.div_ceil(4).max(4);
        let (x, y) = (&q.seen.x()[from..], &q.seen.y()[from..]);
        if x[0] <= 0.0 {
            return Err(FitError::OutsideRange { x: x[0], horizon: f64::INFINITY, who: "log-linear".into() });
        }
        let k = x.len() as f64;
        let l: Vec<f64> = x.iter().map(|v| v.ln()).collect();
        let (ml, my) = (l.iter().sum::<f64>() / k, y.iter().sum::<f64>() / k);
        let sxx: f64 = l.iter().map(|v| (v - ml).powi(2)).sum();
        let slope = l.iter().zip(y).map(|(a, b)| (a - ml) * (b - my)).sum::<f64>() / sxx;
        let rss: f64 = l.iter().zip(y).map(|(a, b)| (b - my - slope * (a - ml)).powi(2)).sum();
        let s2 = (rss / (k - 2.0)).max(1e-8); // exact data: the spread of `persist`'s floor
        let (mean, sd) =
            q.at.iter()
                .map(|a| {
                    let d = a.ln() - ml;
                    (my + slope * d, (s2 * (1.0 + 1.0 / k + d * d / sxx)).sqrt())
                })
                .unzip();
        Ok(Forecast::new(q.at.to_vec(), Shape::Normal { mean, sd })?)
    }
}

impl Forecaster for LogLinear {
    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        Answer::only(Self::answer(q))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    #[test]
    fn a_line_in_ln_x_goes_on_as_a_line() {
        let y = (1..=40).map(|t| 0.2 + 0.1 * f64::from(t).ln()).collect();
        let seen = Curve::on_grid(y).unwrap();
        let f = LogLinear.forecast(&Question::of(&seen, &[100.0]), 0).remove(0).forecast.unwrap();
        assert!((f.median(0) - (0.2 + 0.1 * 100f64.ln())).abs() < 1e-9);
        let short = Curve::on_grid(vec![0.1; 3]).unwrap();
        let answers = LogLinear.forecast(&Question::of(&short, &[4.0]), 0);
        assert!(matches!(answers[0].forecast, Err(FitError::TooFewPoints { have: 3, need: 4, .. })));
    }
}
