//! `persist`: tomorrow is today. The baseline every table has.

use curves::{Forecast, Shape};

use crate::{Answer, FitError, Forecaster, Question};

/// Repeats the last value; the spread at distance h is the root mean square of the changes over h points
/// seen so far, and grows as √h beyond the half of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Persist;

impl Persist {
    fn answer(q: &Question<'_>) -> Result<Forecast, FitError> {
        let (x, y) = (q.seen.x(), q.seen.y());
        let (last_x, last_y) = q.seen.last();
        let n = y.len();
        let mean = vec![last_y; q.at.len()];
        if n < 3 {
            return Ok(Forecast::new(q.at.to_vec(), Shape::Points(mean))?);
        }
        let far = (n / 2).max(1);
        let change = |h: usize| ((h..n).map(|i| (y[i] - y[i - h]).powi(2)).sum::<f64>() / (n - h) as f64).sqrt();
        let changes: Vec<f64> = (1..=far).map(change).collect();
        let step = (last_x - x[0]) / (n - 1) as f64;
        // A constant curve has no spread; a ten-thousandth keeps the density a density.
        let floor = 1e-4;
        let sd =
            q.at.iter()
                .map(|a| {
                    let h = ((a - last_x).abs() / step).max(1.0);
                    let sd = if h <= far as f64 { changes[h.round() as usize - 1] } else { changes[far - 1] * (h / far as f64).sqrt() };
                    sd.max(floor)
                })
                .collect();
        Ok(Forecast::new(q.at.to_vec(), Shape::Normal { mean, sd })?)
    }
}

impl Forecaster for Persist {
    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        Answer::only(Self::answer(q))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    #[test]
    fn repeats_the_last_value_with_the_spread_of_the_past() {
        let seen = Curve::on_grid(vec![0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
        let f = Persist.forecast(&Question::of(&seen, &[6.0, 7.0, 13.0]), 0).remove(0).forecast.unwrap();
        assert_eq!(f.median(0), 0.5);
        let Shape::Normal { sd, .. } = f.shape() else { panic!("a normal") };
        assert!((sd[0] - 0.1).abs() < 1e-12 && (sd[1] - 0.2).abs() < 1e-12 && (sd[2] - 0.4).abs() < 1e-12, "{sd:?}");
    }

    #[test]
    fn one_point_gives_a_bare_number_and_a_constant_curve_a_narrow_normal() {
        let one = Curve::on_grid(vec![0.3]).unwrap();
        let f = Persist.forecast(&Question::of(&one, &[2.0]), 0).remove(0).forecast.unwrap();
        assert!(!f.has_density());
        let flat = Curve::on_grid(vec![0.3; 9]).unwrap();
        let f = Persist.forecast(&Question::of(&flat, &[10.0]), 0).remove(0).forecast.unwrap();
        assert!(f.log_density(0, 0.3).unwrap().is_finite());
    }
}
