//! The profile likelihood: how far one parameter can go while all others make up for it.
//!
//! At every value of the parameter the others are fitted again; the interval ends where the deviance passes the χ²
//! quantile of one degree of freedom. The scale of the errors is unknown and profiled out as well: n ln(F/F_min) for
//! squares (normal errors), and 2n ln(F/F_min) for a Huber loss whose threshold lies below the median residual, which
//! is a sum of absolute values (Laplace errors); n being the number of rows. Rows are taken as independent: for
//! checkpoints of the same runs use the [`bootstrap`](super::bootstrap).

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{Interval, check_level};
use crate::linear::{Linear, spread};
use crate::{Fit, FitError, Loss, Rows, global};

/// How far along the line an end is sought.
const FAR: f64 = 40.0;
/// Halvings between the last value inside and the first outside.
const HALVINGS: usize = 24;

/// The interval of the `param`-th parameter.
///
/// # Errors
/// A parameter that the law does not have, a confidence outside 0 to 1, a fit whose loss is zero (there is no error to
/// speak of), and a law that cannot be fitted with the parameter held.
pub fn interval(fit: &Fit, rows: Rows<'_>, loss: Loss, param: usize, level: f64) -> Result<Interval, FitError> {
    check_level(level)?;
    let Some(held) = fit.law.params().get(param) else {
        return Err(FitError::Setting(format!("{} has {} parameters, and the {param}-th was asked for", fit.law.name(), fit.theta.len())));
    };
    if fit.loss.is_nan() || fit.loss <= 0.0 {
        return Err(FitError::Setting("the fit is perfect, so that its errors have no size; an interval needs residuals".to_owned()));
    }
    let limit = ChiSquared::new(1.0).map_err(|e| FitError::Setting(e.to_string()))?.inverse_cdf(level);
    let near = Linear::new(fit, rows, loss)?;
    let absolute = loss.delta().is_some_and(|d| d < spread(&near.residuals));
    let n = rows.weights().iter().filter(|w| **w > 0.0).count() as f64 * if absolute { 2.0 } else { 1.0 };
    let centre = near.line[param];
    let mut pinned = vec![None; fit.theta.len()];
    let mut inside = |z: f64, start: &mut Vec<f64>| -> Result<bool, FitError> {
        let value = held.domain.from_line(z);
        pinned[param] = Some(value);
        start[param] = value;
        let there = global::fit_from(fit.law, rows, loss, &pinned, start)?;
        let deviance = n * (there.loss / fit.loss).ln();
        let within = deviance <= limit;
        if within {
            start.clone_from(&there.theta);
        }
        Ok(within)
    };
    let mut edge = |sign: f64| -> Result<Option<f64>, FitError> {
        let (mut last, mut step, mut start) = (0.0, 0.02, fit.theta.clone());
        while inside(centre + sign * (last + step), &mut start)? {
            last += step;
            step *= 2.0;
            if last > FAR {
                return Ok(None);
            }
        }
        let mut out = last + step;
        for _ in 0..HALVINGS {
            let middle = 0.5 * (last + out);
            if inside(centre + sign * middle, &mut start)? { last = middle } else { out = middle }
        }
        Ok(Some(held.domain.from_line(centre + sign * last)))
    };
    let low = edge(-1.0)?.unwrap_or(f64::NEG_INFINITY);
    let high = edge(1.0)?.unwrap_or(f64::INFINITY);
    Ok(Interval { estimate: fit.theta[param], low, high, level, se: f64::NAN })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global::Global;
    use curves::Samples;
    use models::At;

    fn data(noise: f64) -> Samples {
        let law = models::find("ensemble").unwrap();
        let x: Vec<f64> = (0..40).map(|i| f64::from(1 + i % 10)).collect();
        let y = (0..40).map(|i| law.eval(&At::at(&[x[i]]), &[3.0, 0.5, 1.0]) + noise * (1.3 * i as f64).sin()).collect();
        Samples::new(1, x, y, vec![]).unwrap()
    }

    #[test]
    fn its_ends_are_where_the_deviance_is_the_quantile() {
        let samples = data(0.01);
        let rows = Rows::new(&samples);
        let law = models::find("ensemble").unwrap();
        let fit = global::fit(law, rows, Loss::Squares, &Global::default(), 1).unwrap();
        let i = interval(&fit, rows, Loss::Squares, 0, 0.9).unwrap();
        assert!(i.low < fit.theta[0] && fit.theta[0] < i.high, "{i:?}");
        for end in [i.low, i.high] {
            let there = global::fit_from(law, rows, Loss::Squares, &[Some(end), None, None], &fit.theta).unwrap();
            // χ²₁ at 90 % is 2.7055.
            assert!((40.0 * (there.loss / fit.loss).ln() - 2.705_543).abs() < 1e-2, "{i:?}");
        }
        // About what the quadratic says: E is known to roughly 0.004 here.
        assert!(i.high - i.low > 1e-3 && i.high - i.low < 0.1, "{i:?}");
    }

    #[test]
    fn an_end_that_the_rows_do_not_set_is_open() {
        // Six members at most and no curvature to speak of: the exponent can go to zero with the floor.
        let law = models::find("ensemble").unwrap();
        let y: Vec<f64> = (0..12).map(|i| 3.0 - 0.01 * f64::from(i % 3) + 0.02 * (1.3 * f64::from(i)).sin()).collect();
        let samples = Samples::new(1, (0..12).map(|i| f64::from(1 + i % 3)).collect(), y, vec![]).unwrap();
        let rows = Rows::new(&samples);
        let fit = global::fit(law, rows, Loss::Squares, &Global::default(), 1).unwrap();
        let i = interval(&fit, rows, Loss::Squares, 2, 0.9).unwrap();
        assert!(i.low == f64::NEG_INFINITY || i.high == f64::INFINITY, "{i:?} {:?}", fit.theta);
    }

    #[test]
    fn what_has_no_interval_says_why() {
        let samples = data(0.01);
        let rows = Rows::new(&samples);
        let fit = global::fit(models::find("ensemble").unwrap(), rows, Loss::Squares, &Global::default(), 1).unwrap();
        assert!(interval(&fit, rows, Loss::Squares, 3, 0.9).is_err() && interval(&fit, rows, Loss::Squares, 0, 1.0).is_err());
        let perfect = Fit { loss: 0.0, ..fit };
        assert!(interval(&perfect, rows, Loss::Squares, 0, 0.9).is_err());
    }
}
