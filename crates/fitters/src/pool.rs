//! `Pool`: several forecasters as one, by the mixture of their distributions.

use curves::{CurveError, Forecast, Shape};

use crate::{Answer, FitError, Forecaster, Question};

/// Forecasters that are each believed with a probability. One that gives no answer leaves its share to the others.
///
/// Of a forecaster with several answers the last one counts: of one that has a best and an average, the average.
pub struct Pool {
    of: Vec<(f64, Box<dyn Forecaster>)>,
}

impl Pool {
    /// Weights (positive) and forecasters, one at least.
    ///
    /// # Errors
    /// None of them, or a weight that is not positive.
    pub fn new(of: Vec<(f64, Box<dyn Forecaster>)>) -> Result<Self, FitError> {
        match of.iter().find(|m| !(m.0 > 0.0 && m.0.is_finite())) {
            None if of.is_empty() => Err(FitError::Setting("a pool needs one forecaster at least".to_owned())),
            Some(m) => Err(FitError::Setting(format!("a pool's weights are positive, and {} is not", m.0))),
            None => Ok(Self { of }),
        }
    }

    fn answer(&self, question: &Question<'_>, seed: u64) -> Result<Forecast, FitError> {
        let (mut said, mut why) = (Vec::with_capacity(self.of.len()), None);
        for (weight, member) in &self.of {
            match member.forecast(question, seed).pop().map(|a| a.forecast) {
                Some(Ok(forecast)) => said.push((*weight, forecast)),
                Some(Err(e)) => why = why.or(Some(e)),
                None => {}
            }
        }
        pooled(said).map_err(|e| why.unwrap_or(e))
    }
}

/// Forecasts of the same points as one; one alone stays what it is.
///
/// # Errors
/// None of them.
pub fn pooled(mut said: Vec<(f64, Forecast)>) -> Result<Forecast, FitError> {
    match said.len() {
        0 => Err(CurveError::Empty.into()),
        1 => Ok(said.remove(0).1),
        _ => {
            let at = said[0].1.at().to_vec();
            Ok(Forecast::new(at, Shape::Pool(curves::Pool::new(said)?))?)
        }
    }
}

impl Forecaster for Pool {
    fn forecast(&self, question: &Question<'_>, seed: u64) -> Vec<Answer> {
        Answer::only(self.answer(question, seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Auto, LogLinear, Persist};
    use curves::Curve;

    #[test]
    fn one_that_fails_leaves_its_share_to_the_others() {
        let pool = Pool::new(vec![(1.0, Box::new(Auto::default())), (1.0, Box::new(LogLinear))]).unwrap();
        let seen = Curve::on_grid((1..=20).map(|t| 1.0 / f64::from(t)).collect()).unwrap();
        let ahead = Question::of(&seen, &[30.0]);
        let of = |f: &dyn Forecaster, q: &Question<'_>| f.forecast(q, 0).remove(0).forecast;
        let both = of(&pool, &ahead).unwrap();
        let (auto, line) = (of(&Auto::default(), &ahead).unwrap(), of(&LogLinear, &ahead).unwrap());
        assert!((both.mean(0) - 0.5 * (auto.mean(0) + line.mean(0))).abs() < 1e-12);
        // `auto` predicts nothing that was seen.
        let behind = Question::of(&seen, &[10.0]);
        assert!(of(&Auto::default(), &behind).is_err());
        assert_eq!(of(&pool, &behind).unwrap(), of(&LogLinear, &behind).unwrap());
        let alone = Pool::new(vec![(2.0, Box::new(Auto::default()))]).unwrap();
        assert_eq!(of(&alone, &behind).unwrap_err().to_string(), of(&Auto::default(), &behind).unwrap_err().to_string());
    }

    #[test]
    fn what_is_no_pool_is_refused() {
        assert!(Pool::new(vec![]).is_err());
        assert!(Pool::new(vec![(-1.0, Box::new(Persist))]).is_err());
    }
}
