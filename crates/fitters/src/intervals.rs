//! Intervals of a fit: for parameters, predictions and optima, by each method that was asked for.

use models::Law;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::interval::bootstrap::{self, Bootstrap};
use crate::interval::laplace::Laplace;
use crate::interval::{Interval, profile};
use crate::solver::Resampling;
use crate::{Fit, FitError, Problem, Solver, large};

/// Where an interval comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalMethod {
    /// Runs drawn with replacement, each time fitted anew.
    Bootstrap,
    /// The curvature at the optimum, clustered by run.
    Laplace,
    /// The likelihood along one parameter; rows are taken as independent.
    Profile,
}

impl IntervalMethod {
    /// The word in specs and rows.
    pub fn name(self) -> &'static str {
        match self {
            IntervalMethod::Bootstrap => "bootstrap",
            IntervalMethod::Laplace => "laplace",
            IntervalMethod::Profile => "profile",
        }
    }
}

/// Which intervals are made, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalSettings {
    /// The methods, in order; the first one serves everything that is not a parameter.
    pub methods: Vec<IntervalMethod>,
    /// The confidence, between 0 and 1.
    pub confidence: f64,
    /// How the bootstrap draws.
    pub resampling: Resampling,
}

/// A number that parameters give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A parameter, by its place.
    Parameter(usize),
    /// The natural logarithm of a parameter.
    Logarithm(usize),
    /// a* = β/(α+β), by the places of α and β: how the best size grows with compute.
    Exponent(usize, usize),
}

impl Quantity {
    /// All of a law, by the names that rows have.
    pub fn of(law: &dyn Law) -> Vec<(String, Self)> {
        let params = law.params();
        let mut all: Vec<(String, Self)> = params.iter().enumerate().map(|(k, p)| (p.name.replace('_', "-"), Self::Parameter(k))).collect();
        let place = |name: &str| params.iter().position(|p| p.name == name);
        if let (Some(alpha), Some(beta)) = (place("alpha"), place("beta")) {
            all.push(("exponent".to_owned(), Self::Exponent(alpha, beta)));
        }
        all.extend(["e", "a", "b"].iter().filter_map(|n| Some((format!("ln-{n}"), Self::Logarithm(place(n)?)))));
        all
    }

    /// Its value at some parameters.
    pub fn at(self, theta: &[f64]) -> f64 {
        let get = |k: usize| theta.get(k).copied().unwrap_or(f64::NAN);
        match self {
            Self::Parameter(k) => get(k),
            Self::Logarithm(k) => get(k).ln(),
            Self::Exponent(alpha, beta) => get(beta) / (get(alpha) + get(beta)),
        }
    }
}

/// What an interval is taken from.
enum Source<'a> {
    Bootstrap(Bootstrap),
    Laplace(Box<Laplace<'a>>),
    Profile,
}

/// The intervals of one fit, by the methods in the order asked for, each as far as it goes.
pub struct Intervals<'a> {
    problem: &'a Problem<'a>,
    fit: &'a Fit,
    all: Vec<(IntervalMethod, Result<Source<'a>, FitError>)>,
    confidence: f64,
}

impl<'a> Intervals<'a> {
    /// Makes resamples and covariances. Resamples are spread over the problem's threads, and are the same on any number.
    pub fn new(problem: &'a Problem<'a>, solver: &dyn Solver, fit: &'a Fit, how: &IntervalSettings, seed: u64) -> Self {
        let held = problem.is_pinned();
        let make = |method: &IntervalMethod| -> Result<Source<'a>, FitError> {
            match method {
                IntervalMethod::Bootstrap => resampled(problem, solver, fit, how.resampling, seed).map(Source::Bootstrap),
                _ if held => Err(FitError::Setting(format!("`{}` moves all parameters, and some are pinned; ask for the bootstrap", method.name()))),
                IntervalMethod::Laplace => Laplace::new(fit, problem.view()?, problem.loss, &problem.runs).map(|l| Source::Laplace(Box::new(l))),
                IntervalMethod::Profile => Ok(Source::Profile),
            }
        };
        let all = how.methods.iter().map(|method| (*method, make(method))).collect();
        Self { problem, fit, all, confidence: how.confidence }
    }

    /// Every method, with why it has nothing to say.
    pub fn each(&self) -> impl Iterator<Item = (IntervalMethod, Option<&FitError>)> {
        self.all.iter().map(|(method, made)| (*method, made.as_ref().err()))
    }

    /// An interval of a named quantity by the `index`-th method.
    pub fn of(&self, index: usize, quantity: Quantity) -> Option<Interval> {
        match (self.all.get(index)?.1.as_ref().ok()?, quantity) {
            (Source::Profile, Quantity::Parameter(k)) => profile::interval(self.fit, self.problem.view().ok()?, self.problem.loss, k, self.confidence).ok(),
            (Source::Profile, _) => None,
            (from, _) => self.through(from, &|theta| quantity.at(theta)),
        }
    }

    /// An interval of anything else by the first method that is not of parameters alone.
    pub fn first(&self, quantity: &dyn Fn(&[f64]) -> f64) -> Option<Interval> {
        let (_, made) = self.all.iter().find(|(method, _)| *method != IntervalMethod::Profile)?;
        self.through(made.as_ref().ok()?, quantity)
    }

    fn through(&self, from: &Source<'_>, quantity: &dyn Fn(&[f64]) -> f64) -> Option<Interval> {
        match from {
            Source::Bootstrap(b) => b.interval(quantity, self.confidence).ok(),
            Source::Laplace(l) => l.interval(quantity, self.confidence).ok(),
            Source::Profile => None,
        }
    }

    /// The resamples, where there are any.
    pub fn bootstrap(&self) -> Option<&Bootstrap> {
        self.all.iter().find_map(|(_, made)| match made {
            Ok(Source::Bootstrap(b)) => Some(b),
            _ => None,
        })
    }
}

/// The resamples of a fit, as its solver makes them.
fn resampled(problem: &Problem<'_>, solver: &dyn Solver, fit: &Fit, how: Resampling, seed: u64) -> Result<Bootstrap, FitError> {
    // Refused once, and not in every resample.
    bootstrap::weights(problem.view()?.weights(), &problem.runs, seed, 0)?;
    let Some(part) = large::part(problem)? else {
        return Ok(Bootstrap::new(fit, solver.resample(problem, how, seed)?));
    };
    let own = solver.solve(&part.problem, seed)?.fit;
    let fits = solver.resample(&part.problem, how, seed)?.into_iter();
    Ok(Bootstrap::new(fit, fits.map(|resample| resample.map(|r| part.around(fit, &own, r)))))
}

#[cfg(test)]
mod tests {
    use curves::Samples;
    use models::At;

    use super::*;
    use crate::Loss;
    use crate::solver::GlobalSearch;

    const ALL: [IntervalMethod; 3] = [IntervalMethod::Bootstrap, IntervalMethod::Laplace, IntervalMethod::Profile];

    fn settings(methods: &[IntervalMethod]) -> IntervalSettings {
        IntervalSettings { methods: methods.to_vec(), confidence: 0.9, resampling: Resampling { count: 40, keep: 2 } }
    }

    fn problem() -> Problem<'static> {
        let law = models::find("ensemble").unwrap();
        let x: Vec<f64> = (0..40).map(|i| f64::from(1 + i % 10)).collect();
        let y = (0..40).map(|i| law.eval(&At::at(&[x[i]]), &[3.0, 0.5, 1.0]) + 0.01 * (1.3 * i as f64).sin()).collect();
        Problem::new(law, Loss::Squares, Samples::new(1, x, y, vec![]).unwrap(), (0..40).collect())
    }

    #[test]
    fn all_methods_hold_the_estimate() {
        let problem = problem();
        let solver = GlobalSearch::default();
        let solved = solver.solve(&problem, 1).unwrap();
        let intervals = Intervals::new(&problem, &solver, &solved.fit, &settings(&ALL), 1);
        assert!(intervals.each().all(|(_, why)| why.is_none()));
        for index in 0..3 {
            let i = intervals.of(index, Quantity::Parameter(0)).unwrap();
            assert!(i.low < solved.fit.theta[0] && solved.fit.theta[0] < i.high, "{index}: {i:?}");
        }
        assert_eq!(intervals.of(2, Quantity::Logarithm(0)), None, "a profile is of parameters alone");
        let there = |theta: &[f64]| theta[0] + theta[1];
        assert_eq!(intervals.first(&there).map(|i| i.level), Some(0.9));
        assert_eq!(intervals.bootstrap().map(|b| b.thetas.len()), Some(40));
    }

    #[test]
    fn a_method_that_cannot_answer_says_why() {
        let mut problem = problem();
        problem.pinned = vec![None, None, Some(1.0)];
        let solver = GlobalSearch::default();
        let solved = solver.solve(&problem, 1).unwrap();
        let why: Vec<Option<&str>> =
            Intervals::new(&problem, &solver, &solved.fit, &settings(&ALL), 1).each().map(|(_, why)| why.map(FitError::word)).collect();
        assert_eq!(why, [None, Some("bad-setting"), Some("bad-setting")]);
        problem.runs = vec![0; 40];
        let one = Intervals::new(&problem, &solver, &solved.fit, &settings(&ALL[..1]), 1);
        assert!(one.each().all(|(_, why)| why.is_some()) && one.bootstrap().is_none());
    }
}
