//! `law`: one law of one input, fitted to its global optimum on the curve's own axis.
//!
//! The parameters are those of [`global::fit`](crate::global::fit()). With `offset` what is fitted is y + offset, and it is taken away from
//! predictions: squares of logarithms with an offset of one are the loss of Caballero et al. 2023, mean (ln(ŷ + 1) − ln(y + 1))², for a law
//! whose limit is any number.
//!
//! The spread is that of the residuals alone, σ² = Σ r² / (n − p), relative to the value where the loss looks at logarithms (a normal of
//! ln y, to first order). It does not grow with the distance and knows nothing of what the parameters may be otherwise: it says how
//! noisy the curve is, not how far the law may err. `least-squares` draws parameters as well.

use curves::{Forecast, Samples, Shape};
use models::{At, Law};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::one_input::{self, Effort};
use crate::{Answer, FitError, Forecaster, Global, Loss, Question, Rows};

/// What a fit says of itself.
type Notes = Vec<(&'static str, f64)>;

/// What a fit minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LawLoss {
    /// Squares of the logarithms.
    #[default]
    LogSquares,
    /// Squares.
    Squares,
}

/// What a forecast says beside its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// That of the residuals; none where there are no more points than parameters.
    #[default]
    Residuals,
    /// Nothing: bare numbers.
    None,
}

/// Settings of `law`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ByLawSettings {
    /// A law of one input, by its name.
    pub law: String,
    /// What is minimised. Default: log-squares.
    #[serde(default)]
    pub loss: LawLoss,
    /// Starts that are drawn. Default: 200.
    #[serde(default = "two_hundred")]
    pub starts: usize,
    /// Added to values before they are fitted, and taken away from predictions. Default: 0.
    #[serde(default)]
    pub offset: f64,
    /// The share of the points seen that is fitted: the last ones, their number rounded down and at least three. With `m1`, 0.25 is a straight line in ln x
    /// and ln y through the last quarter. Default: 1.
    #[serde(default = "all")]
    pub last: f64,
    /// What is said beside the values. Default: residuals.
    #[serde(default)]
    pub spread: Spread,
}

fn all() -> f64 {
    1.0
}
fn two_hundred() -> usize {
    200
}

/// A law that is fitted and goes on.
#[derive(Debug)]
pub struct ByLaw {
    law: &'static dyn Law,
    settings: ByLawSettings,
}

impl ByLawSettings {
    /// The forecaster.
    ///
    /// # Errors
    /// A law that is not there or reads several inputs, no starts, an offset that is not finite.
    pub fn build(self) -> Result<ByLaw, FitError> {
        let law = models::find(&self.law).map_err(|e| FitError::Setting(e.to_string()))?;
        if law.inputs().len() != 1 {
            return Err(FitError::Setting(format!("{} has {} inputs; a curve has one", law.name(), law.inputs().len())));
        }
        if self.starts == 0 || !self.offset.is_finite() || !(self.last > 0.0 && self.last <= 1.0) {
            let right = "`starts` is at least 1, `offset` a finite number, and `last` a share above 0 and up to 1";
            return Err(FitError::Setting(format!("law {}: {right}", self.law)));
        }
        Ok(ByLaw { law, settings: self })
    }
}

/// A relative spread below which data are exact: it keeps a density a density.
const EXACT: f64 = 1e-6;

impl ByLaw {
    fn loss(&self) -> Loss {
        match self.settings.loss {
            LawLoss::LogSquares => Loss::LogSquares,
            LawLoss::Squares => Loss::Squares,
        }
    }

    fn answer(&self, q: &Question<'_>, seed: u64) -> Result<(Forecast, Notes), FitError> {
        let offset = self.settings.offset;
        let count = q.seen.len();
        let from = count - ((self.settings.last * count as f64).floor() as usize).max(3).min(count);
        let (x, y) = q.seen.rest(from);
        let targets: Vec<f64> = y.iter().map(|y| y + offset).collect();
        let size = targets.iter().map(|y| y.abs()).fold(0.0, f64::max);
        let data = Samples::new(1, x.to_vec(), targets, Vec::new())?;
        let how = Global { starts: self.settings.starts, ..Global::default() };
        let fit = if one_input::knows(self.law) {
            // A forecast needs no more digits than a descent gives.
            one_input::fit(self.law, &data, self.loss(), Effort { starts: how.starts, keep: how.keep, polish: false }, seed)?
        } else {
            crate::global::fit(self.law, Rows::new(&data), self.loss(), &how, seed)?
        };
        let values: Vec<f64> = q.at.iter().map(|x| self.law.eval(&At::at(&[*x]), &fit.theta)).collect();
        let (n, p) = (data.len(), fit.theta.len());
        let notes = vec![("residual", (fit.loss / n as f64).sqrt()), ("agreeing", fit.agreeing.0 as f64)];
        let mean: Vec<f64> = values.iter().map(|v| v - offset).collect();
        let shape = if self.settings.spread == Spread::None || n <= p {
            Shape::Points(mean)
        } else {
            let sigma = (fit.loss / (n - p) as f64).sqrt();
            let sd = |v: f64| if self.loss().is_log() { v.abs().max(f64::MIN_POSITIVE) * sigma.max(EXACT) } else { sigma.max(EXACT * size) };
            Shape::Normal { sd: values.iter().map(|v| sd(*v)).collect(), mean }
        };
        Ok((Forecast::new(q.at.to_vec(), shape)?, notes))
    }
}

impl Forecaster for ByLaw {
    fn forecast(&self, q: &Question<'_>, seed: u64) -> Vec<Answer> {
        let (forecast, notes) = match self.answer(q, seed) {
            Ok((forecast, notes)) => (Ok(forecast), notes),
            Err(e) => (Err(e), Vec::new()),
        };
        vec![Answer { name: String::new(), forecast, share: 1.0, notes }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    fn made(law: &str, loss: LawLoss, offset: f64) -> ByLaw {
        ByLawSettings { law: law.into(), loss, starts: 100, offset, last: 1.0, spread: Spread::Residuals }.build().unwrap()
    }

    fn seen(f: impl Fn(f64) -> f64) -> Curve {
        let x: Vec<f64> = (0..25).map(|k| 2e5 * 1.6f64.powi(k)).collect();
        Curve::new(x.clone(), x.iter().map(|x| f(*x)).collect()).unwrap()
    }

    #[test]
    fn a_law_is_found_on_an_axis_of_millions() {
        let truth = |x: f64| 0.2 + 90.0 * x.powf(-0.45);
        let curve = seen(truth);
        let at = [1e11, 1e12];
        for (loss, offset) in [(LawLoss::LogSquares, 0.0), (LawLoss::Squares, 0.0), (LawLoss::LogSquares, 1.0)] {
            // The limit of pow3 is any number, so that it may be one higher.
            let law = if offset == 0.0 { "m2" } else { "pow3" };
            let f = made(law, loss, offset).forecast(&Question::of(&curve, &at), 1).remove(0).forecast.unwrap();
            for (i, x) in at.iter().enumerate() {
                assert!((f.median(i) - truth(*x)).abs() < 2e-3, "{law} {loss:?} {offset}: {} for {}", f.median(i), truth(*x));
            }
            assert!(f.log_density(0, truth(at[0])).is_some());
        }
    }

    #[test]
    fn the_spread_is_that_of_the_residuals() {
        // ±2 % in turn, of a power law: σ of ln y is 0.02 but for the two parameters.
        let x: Vec<f64> = (1..=400).map(f64::from).collect();
        let y = x.iter().enumerate().map(|(i, x)| 3.0 * x.powf(-0.2) * if i % 2 == 0 { 1.02 } else { 1.0 / 1.02 }).collect();
        let curve = Curve::new(x, y).unwrap();
        let f = made("m1", LawLoss::LogSquares, 0.0).forecast(&Question::of(&curve, &[1000.0]), 1).remove(0).forecast.unwrap();
        let Shape::Normal { mean, sd } = f.shape() else { panic!("a normal") };
        assert!((sd[0] / mean[0] / 1.02f64.ln() - 1.0).abs() < 0.02, "{sd:?} {mean:?}");
    }

    #[test]
    fn the_last_quarter_of_a_power_law_is_a_line_in_logarithms() {
        // Another slope before the last quarter.
        let x: Vec<f64> = (0..20).map(|k| 10.0 * 2f64.powi(k)).collect();
        let y: Vec<f64> = x.iter().map(|x| if *x < x.max(10.0 * 2f64.powi(15)) { 1.0 } else { 40.0 * x.powf(-0.3) }).collect();
        let curve = Curve::new(x, y).unwrap();
        let tail = ByLawSettings { law: "m1".into(), loss: LawLoss::LogSquares, starts: 50, offset: 0.0, last: 0.25, spread: Spread::None }.build().unwrap();
        let f = tail.forecast(&Question::of(&curve, &[1e8]), 1).remove(0).forecast.unwrap();
        assert!((f.median(0) / (40.0 * 1e8f64.powf(-0.3)) - 1.0).abs() < 1e-6 && !f.has_density(), "{}", f.median(0));
    }

    #[test]
    fn slips_and_short_curves_are_said() {
        let bad =
            |law: &str, starts: usize| ByLawSettings { law: law.into(), loss: LawLoss::Squares, starts, offset: 0.0, last: 1.0, spread: Spread::None }.build();
        assert!(bad("m22", 1).unwrap_err().to_string().contains("m2"));
        assert!(bad("chinchilla", 1).is_err() && bad("m2", 0).is_err());
        let one = Curve::on_grid(vec![0.5]).unwrap();
        let a = made("m2", LawLoss::LogSquares, 0.0).forecast(&Question::of(&one, &[2.0]), 1).remove(0);
        assert!(matches!(a.forecast, Err(FitError::TooFewPoints { have: 1, need: 3, .. })));
        let negative = Curve::on_grid(vec![0.5, -0.1, 0.2, 0.1]).unwrap();
        let a = made("m2", LawLoss::LogSquares, 0.0).forecast(&Question::of(&negative, &[9.0]), 1).remove(0);
        assert!(matches!(a.forecast, Err(FitError::NotPositive { row: 1, .. })));
        let flat = Curve::on_grid(vec![0.5; 10]).unwrap();
        let f = made("m2", LawLoss::Squares, 0.0).forecast(&Question::of(&flat, &[20.0]), 1).remove(0).forecast.unwrap();
        assert!((f.median(0) - 0.5).abs() < 1e-3 && f.log_density(0, 0.5).unwrap().is_finite());
    }
}
