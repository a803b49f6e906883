//! Intervals of a fit: for parameters, predictions and optima, by each way that was asked for.

use fitters::interval::bootstrap::{self, Bootstrap};
use fitters::interval::laplace::Laplace;
use fitters::interval::{Interval, profile};
use fitters::{Fit, FitError, Global, Separable, Surface, global};
use models::Law;
use rayon::prelude::*;

use super::asked::Asked;
use super::problem::Problem;
use super::settings::{FitOf, Way};

/// A number that parameters give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    Parameter(usize),
    /// Its natural logarithm.
    Logarithm(usize),
    /// a* = β/(α+β): how the best size grows with compute.
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

/// The ways of one fit, in the order asked for, each as far as it goes.
pub(super) struct Ways<'a> {
    problem: &'a Problem<'a>,
    fit: &'a Fit,
    all: Vec<(Way, Result<Source<'a>, FitError>)>,
    confidence: f64,
}

impl<'a> Ways<'a> {
    /// Makes resamples and covariances. Resamples are spread over the threads, and are the same on any number.
    pub fn new(asked: &Asked, how: &FitOf, problem: &'a Problem<'a>, fit: &'a Fit, seed: u64) -> Self {
        let held = problem.pinned.iter().any(Option::is_some);
        let make = |way: &Way| -> Result<Source<'a>, FitError> {
            match way {
                Way::Bootstrap => resampled(asked, how, problem, fit, seed).map(Source::Bootstrap),
                _ if held => Err(FitError::Setting(format!("`{}` moves all parameters, and some are pinned; ask for the bootstrap", way.name()))),
                Way::Laplace => Laplace::new(fit, problem.view()?, problem.loss, &problem.runs).map(|l| Source::Laplace(Box::new(l))),
                Way::Profile => Ok(Source::Profile),
            }
        };
        let all = how.intervals.iter().map(|way| (*way, make(way))).collect();
        Self { problem, fit, all, confidence: asked.confidence }
    }

    /// Every way, with why it has nothing to say.
    pub fn each(&self) -> impl Iterator<Item = (Way, Option<&'static str>)> {
        self.all.iter().map(|(way, made)| (*way, made.as_ref().err().map(FitError::word)))
    }

    /// An interval of a named quantity by the `index`-th way.
    pub fn of(&self, index: usize, quantity: Quantity) -> Option<Interval> {
        match (self.all.get(index)?.1.as_ref().ok()?, quantity) {
            (Source::Profile, Quantity::Parameter(k)) => profile::interval(self.fit, self.problem.view().ok()?, self.problem.loss, k, self.confidence).ok(),
            (Source::Profile, _) => None,
            (from, _) => self.through(from, &|theta| quantity.at(theta)),
        }
    }

    /// An interval of anything else by the first way that is not of parameters alone.
    pub fn first(&self, quantity: &dyn Fn(&[f64]) -> f64) -> Option<Interval> {
        let (_, made) = self.all.iter().find(|(way, _)| *way != Way::Profile)?;
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

/// The resamples of a fit: through the global solver, so that several optima show; of a recipe with one start, from there.
fn resampled(asked: &Asked, how: &FitOf, problem: &Problem<'_>, fit: &Fit, seed: u64) -> Result<Bootstrap, FitError> {
    let rows = problem.view()?;
    let base = rows.weights();
    // Refused once, and not in every resample.
    bootstrap::weights(base, &problem.runs, seed, 0)?;
    let held = problem.pinned.iter().any(Option::is_some);
    let fits: Vec<Result<Fit, FitError>> = if Separable::knows(problem.law) && !held && how.recipe.is_global() {
        let separable = Separable::of(problem.law, rows, problem.loss, how.grid)?;
        (0..asked.resamples).into_par_iter().map(|k| bootstrap::resample(&separable, base, &problem.runs, asked.keep, seed, k)).collect()
    } else {
        let one = |k: usize| {
            let weighted = problem.with_weights(bootstrap::weights(base, &problem.runs, seed, k)?)?;
            let rows = weighted.view()?;
            if !how.recipe.is_global() {
                return weighted.solve(how, seed).map(|s| s.fit);
            }
            // A tenth of the starts: a resample's optimum lies near one that the fit itself has looked at.
            let all = problem.global(how);
            let global = Global { keep: asked.keep, starts: all.starts.div_ceil(10).max(20), ..all };
            global::fit(problem.law, rows, problem.loss, &global, fitters::seed::of(&["resample", &seed.to_string(), &k.to_string()]))
        };
        (0..asked.resamples).into_par_iter().map(one).collect()
    };
    Ok(Bootstrap::new(fit, fits))
}

/// The best split of a budget, for laws that have one in closed form.
pub(super) fn surface(fit: &Fit, theta: &[f64]) -> Result<Surface, FitError> {
    Surface::from_theta(fit.law.name(), theta)
}
