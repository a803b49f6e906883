//! A law on one's own runs: parameters with intervals, predictions, and the best use of compute.
//!
//! The same problem, solvers and intervals as `[ask.surface]` of an experiment: the same rows, options and seed give the
//! same numbers.

mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use curves::Interval;
use fitters::allocation::FLOP_PER_PARAM_TOKEN;
use fitters::intervals::{IntervalSettings, Intervals, Quantity};
use fitters::report::{of_pinned, report};
use fitters::solver::{GlobalSearch, Resampling};
use fitters::{Fit, FitError, IntervalMethod, Loss, Problem, Solver, Surface, by_name};
use models::{At, Law};

use crate::threads::{Pool, Watch};
use crate::{Error, Warning};

pub use runs::{LossUnit, ReadRuns, Runs};

/// No budget is larger: all computers of the world do not give so many FLOP.
const MOST_FLOP: f64 = 1e40;
/// Sizes and data beyond these are no one's.
const TRAINABLE: (f64, f64) = (1.0, 1e30);
/// The most resamples.
const MOST_RESAMPLES: usize = 1_000_000;

/// What is fitted, and what is asked of the fit.
#[derive(Clone)]
pub struct FitOptions {
    /// The law, by its name. Default: chinchilla.
    pub law: String,
    /// What is minimised. Default: Huber's loss of the logarithms, linear beyond 0.001.
    pub loss: Loss,
    /// How parameters are found. Default: the global optimum.
    pub solver: Arc<dyn Solver>,
    /// Parameters that are held, by their names. Default: none.
    pub pinned: BTreeMap<String, f64>,
    /// Where intervals come from; the first one serves predictions and optima too. Default: the bootstrap.
    pub intervals: Vec<IntervalMethod>,
    /// Confidence of the intervals, between 0 and 1. Default: 0.9.
    pub confidence: f64,
    /// Resamples of runs behind the bootstrap; 0 for no bootstrap. Default: 400.
    pub resamples: usize,
    /// Cells or starts that are polished in each resample. Default: 4.
    pub keep: usize,
    /// Runs to be predicted: input → value. Default: none.
    pub predict: Vec<BTreeMap<String, f64>>,
    /// Compute in FLOP, for each of which the best size and data are asked. Default: none.
    pub budgets: Vec<f64>,
    /// FLOP per parameter and token. Default: 6.
    pub flop_per: f64,
    /// What is nearly best loses no more than this share. Default: 0.001.
    pub slack: f64,
    /// The seed of starts and resamples. Default: 0.
    pub seed: u64,
    /// Hears how many pieces of the work at hand are done, resamples above all, from any thread and in any order. Default: nobody.
    pub watch: Option<Watch>,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            law: "chinchilla".to_owned(),
            loss: Loss::LogHuber { delta: 1e-3 },
            solver: Arc::new(GlobalSearch::default()),
            pinned: BTreeMap::new(),
            intervals: vec![IntervalMethod::Bootstrap],
            confidence: 0.9,
            resamples: 400,
            keep: 4,
            predict: Vec::new(),
            budgets: Vec::new(),
            flop_per: FLOP_PER_PARAM_TOKEN,
            slack: 1e-3,
            seed: 0,
            watch: None,
        }
    }
}

impl fmt::Debug for FitOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FitOptions")
            .field("law", &self.law)
            .field("loss", &self.loss)
            .field("solver", &self.solver.name())
            .field("pinned", &self.pinned)
            .field("intervals", &self.intervals)
            .field("confidence", &self.confidence)
            .field("resamples", &self.resamples)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// A number with its interval, where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Between which values it is nearly as good, for the best size and data.
    pub near: Option<(f64, f64)>,
}

/// A parameter of the law.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// Was it held?
    pub pinned: bool,
    /// Its interval by each method asked for; none where a method gives none.
    pub intervals: Vec<(IntervalMethod, Option<Interval>)>,
}

impl Parameter {
    /// The interval by the first method.
    pub fn interval(&self) -> Option<Interval> {
        self.intervals.first().and_then(|i| i.1)
    }
}

/// What the law predicts of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The run's inputs.
    pub inputs: BTreeMap<String, f64>,
    /// Its loss.
    pub loss: Estimate,
}

/// The best use of a budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// FLOP.
    pub budget: f64,
    /// Parameters.
    pub params: Estimate,
    /// Tokens.
    pub tokens: Estimate,
    /// Tokens per parameter.
    pub ratio: Estimate,
    /// The loss there.
    pub loss: Estimate,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct FitResult {
    /// The law with its parameters, the loss there, and how the search ended.
    pub fit: Fit,
    /// Rows that were fitted.
    pub rows: usize,
    /// Different runs among them.
    pub runs: usize,
    /// Parameters that were found, and not held.
    pub free: usize,
    /// The parameters, in the law's order.
    pub parameters: Vec<Parameter>,
    /// The runs predicted, in the order asked.
    pub predictions: Vec<Prediction>,
    /// The budgets, in the order asked.
    pub optima: Vec<Optimum>,
    /// What looks doubtful.
    pub warnings: Vec<Warning>,
}

impl FitResult {
    /// A parameter by its name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.name == name)
    }
}

/// Fits a law to runs.
///
/// # Errors
/// A law or a parameter that is not there, options that cannot work, columns that the law does not find, losses that the
/// loss cannot take, fewer rows than free parameters, and no start from which a fit follows.
pub fn fit(runs: &Runs, options: &FitOptions) -> Result<FitResult, Error> {
    let law = law_of_runs(&options.law)?;
    let asked = checked(law, options)?;
    let pool = Pool { watch: options.watch.clone() };
    let problem = problem(law, runs, options, &pool)?;
    let solved = options.solver.solve(&problem, options.seed).map_err(|e| explained(e, runs))?;
    let found = &solved.fit;
    let mut warnings = Vec::new();
    if !problem.is_pinned() && options.solver.minimises() {
        let seen = report(found, problem.view()?, problem.loss, solved.start.as_deref())?;
        warnings.extend(seen.warnings.into_iter().map(Warning::Fit));
    } else if problem.is_pinned() {
        warnings.extend(of_pinned(found, problem.view()?, &problem.pinned).into_iter().map(Warning::Fit));
    }
    let methods = options.intervals.iter().copied().filter(|m| *m != IntervalMethod::Bootstrap || options.resamples > 0).collect();
    let resampling = Resampling { count: options.resamples, keep: options.keep };
    let settings = IntervalSettings { methods, confidence: options.confidence, resampling };
    let intervals = Intervals::new(&problem, &*options.solver, found, &settings, options.seed);
    warnings.extend(intervals.each().filter_map(|(_, why)| why.map(|why| Warning::NoIntervals { why: why.to_string() })));
    if let Some(failed) = intervals.bootstrap().map(|b| b.failed).filter(|failed| *failed > 0) {
        warnings.push(Warning::ResamplesFailed { failed, of: options.resamples });
    }
    let estimate = |quantity: &dyn Fn(&[f64]) -> f64| Estimate { value: quantity(&found.theta), interval: intervals.first(quantity), near: None };
    let parameters = law.params().iter().enumerate().map(|(k, p)| {
        let pinned = problem.pinned.get(k).is_some_and(Option::is_some);
        let own = intervals.each().enumerate();
        let own = own.map(|(index, (method, _))| (method, if pinned { None } else { intervals.of(index, Quantity::Parameter(k)) })).collect();
        Parameter { name: p.name, value: found.theta[k], pinned, intervals: own }
    });
    let parameters: Vec<Parameter> = parameters.collect();
    let predicted = |(inputs, x): (&BTreeMap<String, f64>, &Vec<f64>)| {
        let value = |theta: &[f64]| law.eval(&At::at(x), theta);
        Prediction { inputs: inputs.clone(), loss: estimate(&value) }
    };
    let predictions: Vec<Prediction> = options.predict.iter().zip(&asked).map(predicted).collect();
    let mut optima = Vec::new();
    for &budget in &options.budgets {
        let optimum = optimum(found, budget, options, &estimate)?;
        if [optimum.params.value, optimum.tokens.value].iter().any(|v| !(TRAINABLE.0..=TRAINABLE.1).contains(v)) {
            warnings.push(Warning::OddOptimum { budget, params: optimum.params.value, tokens: optimum.tokens.value });
        }
        optima.push(optimum);
    }
    let (rows, different, free) = (problem.samples.len(), problem.count_runs(), problem.free());
    Ok(FitResult { rows, runs: different, free, parameters, predictions, optima, warnings, fit: found.clone() })
}

/// A law whose rows need no schedules.
fn law_of_runs(name: &str) -> Result<&'static dyn Law, Error> {
    let law = models::find(&name.replace('-', "_"))?;
    if law.inputs() == ["step"] {
        return Err(Error::Option(format!("{} reads whole learning-rate schedules; write an experiment with protocol `surface` for it", law.name())));
    }
    Ok(law)
}

/// Can all of it be asked? The inputs of the runs to be predicted, in the law's order.
fn checked(law: &'static dyn Law, options: &FitOptions) -> Result<Vec<Vec<f64>>, Error> {
    let wrong = |what: String| Err(Error::Option(what));
    let positive = |v: f64| v > 0.0 && v.is_finite();
    if !options.budgets.iter().chain([&options.flop_per, &options.slack]).all(|v| positive(*v)) {
        return wrong("budgets, FLOP per parameter and token, and the slack must be positive".to_owned());
    }
    if let Some(odd) = options.budgets.iter().find(|b| **b < options.flop_per || **b > MOST_FLOP) {
        let (least, most) = (options.flop_per, MOST_FLOP);
        return wrong(format!("a budget of {odd:e} FLOP; give it in FLOP, between {least} (one parameter, one token) and {most:e}, for example 1e21"));
    }
    if !(options.confidence > 0.0 && options.confidence < 1.0) {
        return wrong(format!("a confidence of {}; it must lie between 0 and 1, 0.9 for 90 %", options.confidence));
    }
    if options.resamples > MOST_RESAMPLES || options.keep == 0 {
        return wrong(format!("{} resamples that polish {} starts; at most {MOST_RESAMPLES}, and at least 1 start", options.resamples, options.keep));
    }
    let methods: BTreeSet<&str> = options.intervals.iter().map(|m| m.name()).collect();
    if methods.len() < options.intervals.len() {
        return wrong("a method of intervals is asked for twice; name each once".to_owned());
    }
    options.solver.check(law, options.loss).map_err(option)?;
    if !options.pinned.is_empty() && !options.solver.takes_pinned() {
        return wrong(format!("the solver `{}` cannot hold parameters; pin none, or use `{}`", options.solver.name(), GlobalSearch::NAME));
    }
    if !options.budgets.is_empty() {
        let start: Vec<f64> = law.params().iter().map(|p| p.start).collect();
        Surface::from_theta(law, &start).map_err(|e| Error::NoOptimum(e.to_string()))?;
    }
    options.predict.iter().map(|inputs| in_order(law, inputs)).collect()
}

/// The inputs of a run by name, in the law's order.
fn in_order(law: &dyn Law, given: &BTreeMap<String, f64>) -> Result<Vec<f64>, Error> {
    let reads = || law.inputs().join(", ");
    let found: Option<Vec<f64>> = law.inputs().iter().map(|i| given.get(*i).copied()).collect();
    let Some(x) = found.filter(|f| f.len() == given.len()) else {
        let names: Vec<&str> = given.keys().map(String::as_str).collect();
        return Err(Error::Option(format!("{} reads {}, and a run to be predicted has {}", law.name(), reads(), names.join(", "))));
    };
    match law.inputs().iter().zip(&x).find(|(_, v)| !(**v > 0.0 && v.is_finite())) {
        Some((input, v)) => Err(Error::Option(format!("{input} of a run to be predicted is {v}; it must be positive"))),
        None => Ok(x),
    }
}

fn problem<'a>(law: &'static dyn Law, runs: &Runs, options: &FitOptions, pool: &'a Pool) -> Result<Problem<'a>, Error> {
    let (samples, names) = runs.samples(law)?;
    let mut problem = Problem { threads: pool, ..Problem::new(law, options.loss, samples, names) };
    if !options.pinned.is_empty() {
        problem.pinned = by_name::parameters(law, &options.pinned, &BTreeMap::new()).map_err(|e| Error::Option(format!("pinned: {e}")))?;
    }
    Ok(problem)
}

fn option(e: FitError) -> Error {
    Error::Option(e.to_string())
}

/// What a fit's error means for the rows.
fn explained(e: FitError, runs: &Runs) -> Error {
    match e {
        FitError::TooFewPoints { have, need, .. } => Error::TooFewRows { have, need },
        FitError::NotPositive { row, value } => Error::LossNotPositive { row: runs.row(row), value },
        e => Error::Fit(e),
    }
}

/// A number that follows from the parameters, with its interval.
type Estimates<'a> = dyn Fn(&dyn Fn(&[f64]) -> f64) -> Estimate + 'a;

/// The best size and data of a budget.
fn optimum(fit: &Fit, budget: f64, options: &FitOptions, estimate: &Estimates<'_>) -> Result<Optimum, Error> {
    let best = |theta: &[f64]| Surface::from_theta(fit.law, theta).and_then(|s| s.optimum(budget, options.flop_per));
    let none = |e: FitError| Error::NoOptimum(e.to_string());
    best(&fit.theta).map_err(none)?;
    let near = Surface::of(fit).and_then(|s| s.near(budget, options.flop_per, options.slack)).map_err(none)?;
    let nan = f64::NAN;
    Ok(Optimum {
        budget,
        params: Estimate { near: Some(near.params), ..estimate(&|t| best(t).map_or(nan, |o| o.params)) },
        tokens: Estimate { near: Some(near.tokens), ..estimate(&|t| best(t).map_or(nan, |o| o.tokens)) },
        ratio: Estimate { near: Some(near.ratio), ..estimate(&|t| best(t).map_or(nan, |o| o.ratio)) },
        loss: estimate(&|t| best(t).map_or(nan, |o| o.loss)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(noise: f64) -> Runs {
        let (mut params, mut tokens, mut loss) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..48i32 {
            let (n, d) = (1e7 * 3f64.powi(i / 8), 4e8 * 2.2f64.powi(i % 8));
            params.push(n);
            tokens.push(d);
            loss.push((1.8 + 480.0 * n.powf(-0.35) + 2100.0 * d.powf(-0.37)) * (1.0 + noise * (1.7 * f64::from(i)).sin()));
        }
        Runs { runs: (0..48).map(|i| i / 8).collect(), ..Runs::new([("params", params), ("tokens", tokens)], loss) }
    }

    fn asked(predict: &[(&str, f64)]) -> BTreeMap<String, f64> {
        predict.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect()
    }

    #[test]
    fn a_surface_is_fitted_with_intervals_predictions_and_optima() {
        let options = FitOptions { resamples: 40, predict: vec![asked(&[("params", 70e9), ("tokens", 1.4e12)])], budgets: vec![1e24], ..FitOptions::default() };
        let found = fit(&runs(0.005), &options).unwrap();
        assert_eq!((found.rows, found.runs, found.free, found.parameters.len()), (48, 6, 5, 5));
        let alpha = found.parameter("alpha").unwrap();
        let i = alpha.interval().unwrap();
        assert!((alpha.value - 0.35).abs() < 0.03 && i.low < alpha.value && alpha.value < i.high, "{alpha:?}");
        let truth = 1.8 + 480.0 * 70e9f64.powf(-0.35) + 2100.0 * 1.4e12f64.powf(-0.37);
        assert!((found.predictions[0].loss.value / truth - 1.0).abs() < 0.02);
        let params = found.optima[0].params;
        assert!(params.near.is_some_and(|(low, high)| low < params.value && params.value < high) && params.interval.is_some());
        let again = fit(&runs(0.005), &options).unwrap();
        assert_eq!(again.parameters, found.parameters);
    }

    #[test]
    fn held_parameters_have_no_interval() {
        let options = FitOptions { resamples: 25, pinned: asked(&[("alpha", 0.35)]), ..FitOptions::default() };
        let found = fit(&runs(0.005), &options).unwrap();
        let alpha = found.parameter("alpha").unwrap();
        assert_eq!((alpha.value, alpha.pinned, alpha.interval(), found.free), (0.35, true, None, 4));
        assert!(found.parameter("beta").unwrap().interval().is_some());
    }

    #[test]
    fn what_cannot_be_asked_says_what_to_do() {
        let why = |options: FitOptions| fit(&runs(0.0), &FitOptions { resamples: 0, ..options }).unwrap_err().to_string();
        let of = FitOptions::default;
        assert!(why(FitOptions { law: "chinchila".into(), ..of() }).contains("did you mean `chinchilla`"));
        assert!(why(FitOptions { law: "multi-power".into(), ..of() }).contains("schedules"));
        assert!(why(FitOptions { law: "kaplan".into(), budgets: vec![1e21], ..of() }).contains("no compute-optimal split"));
        assert!(why(FitOptions { predict: vec![asked(&[("params", 1.0)])], ..of() }).contains("params, tokens"));
        assert!(why(FitOptions { predict: vec![asked(&[("params", -1.0), ("tokens", 1.0)])], ..of() }).contains("must be positive"));
        assert!(why(FitOptions { budgets: vec![1e-300], ..of() }).contains("in FLOP"));
        assert!(why(FitOptions { confidence: 1.0, ..of() }).contains("between 0 and 1"));
        assert!(why(FitOptions { pinned: asked(&[("alfa", 0.3)]), ..of() }).contains("alpha"));
        assert!(why(FitOptions { loss: Loss::Squares, solver: Arc::new(crate::solver::HoffmannGrid::default()), ..of() }).contains("log-huber"));
        let few = Runs::new([("params", vec![1e7, 2e7]), ("tokens", vec![1e9, 1e9])], vec![3.0, 2.9]);
        assert_eq!(fit(&few, &of()).unwrap_err(), Error::TooFewRows { have: 2, need: 5 });
        let mut negative = runs(0.0);
        negative.loss[3] = -1.0;
        assert_eq!(fit(&negative, &of()).unwrap_err(), Error::LossNotPositive { row: 4, value: -1.0 });
        assert!(fit(&Runs::new([("params", vec![1e7])], vec![3.0]), &of()).unwrap_err().to_string().contains("tokens"));
    }
}
