//! `LeastSquares`: several laws fitted by least squares; the best one, and all of them averaged.
//!
//! Laws are compared by their BIC. A forecast carries both uncertainties of a regression: σ² is drawn
//! from its scaled inverse-χ², then the parameters from their Laplace approximation at that σ, which
//! gives Student-t tails where points are few (Gelman et al., Bayesian Data Analysis, §14.2).

use curves::{Forecast, Mixture, Samples, Shape};
use models::{At, Law};
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::least_squares::{self, linearised};
use crate::one_input::{Effort, Found, Units};
use crate::{Answer, Fit, FitError, Forecaster, Loss, Question, Search};

/// A forecaster of several laws. Answers `best` and `average`.
pub struct LeastSquares {
    laws: Vec<&'static dyn Law>,
    search: Search,
    draws: usize,
    axis: Axis,
}

/// On which axis and scale laws are fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// As they come: on the unit scale and the grid 1, 2, …, for which the literature's ranges of parameters are made.
    #[default]
    AsGiven,
    /// On those of the curve itself, whatever they are (see [`one_input`](crate::one_input)).
    Own,
}

/// Starts that a law on its own axis is looked for from.
const OWN: Effort = Effort { starts: 200, keep: 4, polish: false };
/// The same as [`SMALLEST_VARIANCE`] where the largest value is one: what a search leaves of exact data is below.
const SMALLEST_OWN: f64 = 1e-10;

/// Exact data leave no residual; a σ of 10⁻⁶ on the unit scale keeps the density finite.
const SMALLEST_VARIANCE: f64 = 1e-12;

struct Candidate {
    fit: Fit,
    data: Samples,
    units: Units,
    smallest: f64,
    bic: f64,
}

impl LeastSquares {
    /// Laws by name; `draws` curves make a forecast (at least 10).
    pub fn new(laws: &[String], search: Search, draws: usize) -> Result<Self, FitError> {
        if laws.is_empty() || draws < 10 || search.starts == 0 {
            return Err(FitError::Setting("least-squares needs at least one law, one start and ten draws".into()));
        }
        let laws = laws.iter().map(|l| models::find(l).map_err(|e| FitError::Setting(e.to_string()))).collect::<Result<Vec<_>, _>>()?;
        if let Some(l) = laws.iter().find(|l| l.inputs().len() != 1) {
            return Err(FitError::Setting(format!("{} has {} inputs; a curve has one", l.name(), l.inputs().len())));
        }
        Ok(Self { laws, search, draws, axis: Axis::AsGiven })
    }

    /// The same laws fitted on the axis and scale of every curve itself.
    #[must_use]
    pub fn on(self, axis: Axis) -> Self {
        Self { axis, ..self }
    }

    fn found(&self, law: &'static dyn Law, data: &Samples, seed: u64) -> Result<(Fit, Samples, Units, f64), FitError> {
        match self.axis {
            Axis::AsGiven => {
                least_squares::fit(law, data, Loss::Squares, self.search, seed).map(|fit| (fit, data.clone(), Units { x: 1.0, y: 1.0 }, SMALLEST_VARIANCE))
            }
            Axis::Own => {
                // Where the law is not closed under the unit of y, what is small is small in that unit.
                let largest = data.targets().iter().fold(0.0f64, |a, y| a.max(y.abs()));
                let Found { units, data, fit } = Found::of(law, data, Loss::Squares, OWN, seed)?;
                let one = if largest > 0.0 { largest / units.y } else { 1.0 };
                Ok((fit, data, units, SMALLEST_OWN * one * one))
            }
        }
    }

    fn candidates(&self, data: &Samples, seed: u64) -> Result<Vec<Candidate>, FitError> {
        let n = data.len();
        let mut found = Vec::new();
        let mut why = None;
        for law in &self.laws {
            let p = law.params().len();
            // One residual degree of freedom at least, or σ is unknown.
            let outcome = if n <= p {
                Err(FitError::TooFewPoints { have: n, need: p + 1, who: law.name().to_owned() })
            } else {
                self.found(*law, data, crate::seed::of(&[law.name(), &seed.to_string()]))
            };
            match outcome {
                Ok((fit, data, units, smallest)) => {
                    // In the units of the curve, so that laws can be compared.
                    let s2 = (fit.loss / n as f64).max(smallest) * units.y * units.y;
                    found.push(Candidate { bic: n as f64 * s2.ln() + (p as f64 + 1.0) * (n as f64).ln(), fit, data, units, smallest });
                }
                Err(e) => why = why.or(Some(e)),
            }
        }
        found.sort_by(|a, b| a.bic.total_cmp(&b.bic));
        match (found.is_empty(), why) {
            (true, Some(e)) => Err(e),
            _ => Ok(found),
        }
    }

    /// Appends `count` predictive curves of one fit; a draw that leaves the law's reach repeats the estimate.
    fn predict(c: &Candidate, at: &[f64], count: usize, rng: &mut Pcg64, out: &mut (Vec<f64>, Vec<f64>)) {
        let law = c.fit.law;
        let (n, p) = (c.data.len(), c.fit.theta.len());
        let (line, jacobian) = linearised(&c.fit, &c.data);
        let root = root_covariance(&jacobian);
        let freedom = (n - p) as f64;
        let rss = c.fit.loss.max(c.smallest * n as f64);
        let central: Vec<f64> = at.iter().map(|x| law.eval(&At::at(&[*x / c.units.x]), &c.fit.theta) * c.units.y).collect();
        let spread = ChiSquared::new(freedom).ok();
        for _ in 0..count {
            let sigma = (rss / spread.as_ref().map_or(freedom, |d| d.sample(rng))).sqrt();
            let z = DVector::from_fn(p, |_, _| StandardNormal.sample(rng));
            let moved: DVector<f64> = &line + &root * (z * sigma);
            let theta: Vec<f64> = law.params().iter().zip(moved.iter()).map(|(q, u)| q.domain.from_line(*u)).collect();
            let start = out.0.len();
            out.0.extend(at.iter().map(|x| law.eval(&At::at(&[*x / c.units.x]), &theta) * c.units.y));
            if out.0[start..].iter().any(|v| !v.is_finite() || v.abs() > 1e3 * c.units.y) {
                out.0.truncate(start);
                out.0.extend_from_slice(&central);
            }
            out.1.push(sigma * c.units.y);
        }
    }
}

/// A square root of (JᵀJ)⁻¹ with directions the data do not determine held at one unit of the line.
fn root_covariance(jacobian: &DMatrix<f64>) -> DMatrix<f64> {
    let p = jacobian.ncols();
    let eigen = (jacobian.transpose() * jacobian).symmetric_eigen();
    let top = eigen.eigenvalues.iter().fold(0.0f64, |a, &b| a.max(b));
    let mut root = eigen.eigenvectors;
    for k in 0..p {
        let l = eigen.eigenvalues[k].max(1e-9 * top).max(1e-12);
        root.column_mut(k).scale_mut(l.sqrt().recip());
    }
    root
}

impl Forecaster for LeastSquares {
    fn answers(&self) -> Vec<String> {
        vec!["best".into(), "average".into()]
    }

    fn forecast(&self, q: &Question<'_>, seed: u64) -> Vec<Answer> {
        let data = q.seen.samples();
        let candidates = match self.candidates(&data, seed) {
            Ok(c) => c,
            Err(e) => {
                return self.answers().into_iter().map(|name| Answer { name, forecast: Err(e.clone()), share: 1.0, notes: Vec::new() }).collect();
            }
        };
        let mut rng = Pcg64::seed_from_u64(crate::seed::of(&["draws", &seed.to_string()]));
        let finish = |out: (Vec<f64>, Vec<f64>)| -> Result<Forecast, FitError> {
            let mixture = Mixture::new(q.at.len(), out.0, out.1, Vec::new())?;
            Ok(Forecast::new(q.at.to_vec(), Shape::Mixture(mixture))?)
        };
        let mut best = (Vec::new(), Vec::new());
        Self::predict(&candidates[0], q.at, self.draws, &mut rng, &mut best);
        let weights: Vec<f64> = candidates.iter().map(|c| (-0.5 * (c.bic - candidates[0].bic)).exp()).collect();
        let total: f64 = weights.iter().sum();
        let mut average = (Vec::new(), Vec::new());
        for (c, w) in candidates.iter().zip(&weights) {
            let count = (w / total * self.draws as f64).round() as usize;
            Self::predict(c, q.at, count, &mut rng, &mut average);
        }
        let notes = vec![("weight-of-best", weights[0] / total), ("laws", candidates.len() as f64)];
        vec![
            Answer { name: "best".into(), forecast: finish(best), share: 1.0, notes: notes.clone() },
            Answer { name: "average".into(), forecast: finish(average), share: 1.0, notes },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    fn laws(names: &[&str]) -> Vec<String> {
        names.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn finds_the_law_that_made_the_curve_and_predicts_it() {
        let law = models::find("pow3").unwrap();
        let y: Vec<f64> = (1..=40).map(|t| law.eval(&At::at(&[f64::from(t)]), &[0.8, 0.5, 0.7]) + 1e-3 * (f64::from(t) * 2.3).sin()).collect();
        let seen = Curve::on_grid(y).unwrap();
        let f = LeastSquares::new(&laws(&["ilog2", "pow3"]), Search::default(), 200).unwrap();
        let answers = f.forecast(&Question::of(&seen, &[100.0]), 1);
        let truth = law.eval(&At::at(&[100.0]), &[0.8, 0.5, 0.7]);
        for a in &answers {
            let got = a.forecast.as_ref().unwrap().median(0);
            assert!((got - truth).abs() < 2e-3, "{}: {got} {truth}", a.name);
        }
        assert!(answers[0].notes[0].1 > 0.99);
    }

    #[test]
    fn on_its_own_axis_a_curve_without_noise_is_continued_exactly() {
        let seen =
            Curve::new((1..=20).map(|k| 100.0 * f64::from(k)).collect(), (1..=20).map(|k| 2.0 + 5.0 * (100.0 * f64::from(k)).powf(-0.3)).collect()).unwrap();
        let f = LeastSquares::new(&laws(&["pow3", "ilog2", "janoschek", "exp3", "mmf"]), Search::default(), 500).unwrap().on(Axis::Own);
        for at in [&[4000.0][..], &[4000.0, 400_000.0]] {
            for a in f.forecast(&Question::of(&seen, at), 1) {
                let found = a.forecast.unwrap();
                for (i, x) in at.iter().enumerate() {
                    let truth = 2.0 + 5.0 * x.powf(-0.3);
                    assert!((found.median(i) - truth).abs() < 1e-4, "{} at {x}: {} for {truth}", a.name, found.median(i));
                    assert!(found.quantile(i, 0.05) < truth && truth < found.quantile(i, 0.95), "{} at {x}", a.name);
                }
            }
        }
    }

    #[test]
    fn one_point_and_constant_curves_are_answered() {
        let f = LeastSquares::new(&laws(&["pow3", "ilog2"]), Search::default(), 50).unwrap();
        let one = Curve::on_grid(vec![0.5]).unwrap();
        let answers = f.forecast(&Question::of(&one, &[2.0]), 1);
        assert!(answers.iter().all(|a| matches!(a.forecast, Err(FitError::TooFewPoints { .. }))));
        let flat = Curve::on_grid(vec![0.5; 10]).unwrap();
        let answers = f.forecast(&Question::of(&flat, &[20.0]), 1);
        let m = answers[0].forecast.as_ref().unwrap().median(0);
        assert!((m - 0.5).abs() < 1e-3, "{m}");
        assert!(LeastSquares::new(&laws(&["pow33"]), Search::default(), 50).is_err());
        assert!(LeastSquares::new(&[], Search::default(), 50).is_err());
    }
}
