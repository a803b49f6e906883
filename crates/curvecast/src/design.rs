//! Which small runs to train, so that the loss of a large one is foretold best.
//!
//! A law's slopes in its parameters say how much each run tells about them, and how much the large run's loss depends on each. With slopes gᵢ
//! of ln L at the small runs and c at the large one, and one noise σ for all, least squares in ln L foretells ln L of the large run with the
//! variance σ² cᵀ (Σ gᵢ gᵢᵀ)⁻¹ c (the delta method). The runs are chosen on a grid of sizes and data so that this is least for what may be spent:
//! a c-optimal design, found by exchange, with the budget as a price (`design/exchange.rs`).
//!
//! What is promised holds for the parameters that one starts from, and as far as the law does: noise alone is counted, no law that is wrong.
//! Huber losses that turn linear inside the noise are up to a quarter less efficient than least squares. So take the plan as the best use of
//! compute if the law is right, and keep a run or two to test it.
//!
//! Sources: Elfving 1952 for c-optimality; Fedorov 1972 for exchange; Atkinson, Donev and Tobias 2007 for designs of two criteria.

mod exchange;
mod plan;
mod slopes;

use std::collections::BTreeMap;
use std::path::Path;

use fitters::allocation::FLOP_PER_PARAM_TOKEN;
use fitters::by_name;
use models::Law;

use crate::separator::load;
use crate::{Constants, Error, constants};

use plan::{Span, candidates, iso_flop};
use slopes::{Slopes, variance};

/// The most runs.
const MOST_RUNS: usize = 500;

/// What is to be foretold, and what may be spent on it.
#[derive(Clone, Debug, PartialEq)]
pub struct DesignOptions {
    /// The law, by its name; it reads a size and tokens. Default: chinchilla.
    pub law: String,
    /// Whose constants are taken for the truth, by their name. Default: the first ones of the law.
    pub constants: Option<String>,
    /// Parameters that replace those of the constants: those of a first fit, say. Default: none.
    pub theta: BTreeMap<String, f64>,
    /// Compute of the large run in FLOP.
    pub budget: f64,
    /// Parameters and tokens of the large run. Default: the best split of the budget.
    pub large: Option<(f64, f64)>,
    /// Which share of that compute the small runs may cost together. Default: 0.1.
    pub spend: f64,
    /// How many small runs. Default: 12.
    pub runs: usize,
    /// The standard deviation of the loss between runs that differ in nothing but their seeds, as a share of it. Default: 0.003.
    pub noise: f64,
    /// The fewest parameters of a small run. Default: 1e7.
    pub smallest: f64,
    /// Which share of what may be spent one small run may cost. Default: 0.5.
    pub largest: f64,
    /// The fewest and the most tokens per parameter of a small run. Default: 4 and 400.
    pub ratios: (f64, f64),
    /// FLOP per parameter and token. Default: 6.
    pub flop_per: f64,
}

impl DesignOptions {
    /// For a large run of so much compute, with usual settings.
    pub fn new(budget: f64) -> Self {
        Self {
            law: "chinchilla".to_owned(),
            constants: None,
            theta: BTreeMap::new(),
            budget,
            large: None,
            spend: 0.1,
            runs: 12,
            noise: 0.003,
            smallest: 1e7,
            largest: 0.5,
            ratios: (4.0, 400.0),
            flop_per: FLOP_PER_PARAM_TOKEN,
        }
    }
}

/// A run that is to be trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedRun {
    /// Its parameters.
    pub params: f64,
    /// Its tokens.
    pub tokens: f64,
    /// Its compute in FLOP.
    pub flop: f64,
    /// The loss that the law gives it.
    pub loss: f64,
    /// How often it is to be trained, each time with another seed.
    pub times: usize,
}

/// Small runs, and what follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The runs, the cheapest first.
    pub runs: Vec<PlannedRun>,
    /// Their compute together.
    pub flop: f64,
    /// The standard error of the large run's loss; infinite where the runs do not determine the law.
    pub se: f64,
}

/// A design, beside the usual one.
#[derive(Clone, Debug)]
pub struct DesignResult {
    /// The law.
    pub law: &'static dyn Law,
    /// Whose constants were taken; `None` where all are one's own and no paper's are kept.
    pub constants: Option<Constants>,
    /// The parameters that were taken for the truth, in the law's order.
    pub parameters: Vec<(&'static str, f64)>,
    /// The large run.
    pub large: PlannedRun,
    /// The runs to train.
    pub designed: Plan,
    /// As many runs of the same cost on the usual grid: levels of compute, even in its logarithm over two decades, and on each sizes around
    /// the best one.
    pub grid: Plan,
}

/// Chooses the small runs that foretell a large one best.
///
/// # Errors
/// A law that is not there or does not read a size and tokens, constants that are not there, options that cannot work, a budget without a
/// best split, and runs that no budget is left for.
pub fn design(options: &DesignOptions) -> Result<DesignResult, Error> {
    let law = law_of(&options.law)?;
    let (known, theta) = theta(law, options)?;
    check(law, options)?;
    let slopes = Slopes { law, theta };
    let per = options.flop_per;
    let large = match options.large {
        Some(run) => run,
        None => slopes.best_split(options.budget / per).ok_or_else(|| {
            let (name, flop) = (law.name(), options.budget);
            Error::NoOptimum(format!("{name} has no best split of {flop:e} FLOP with these parameters; name the large run's parameters and tokens"))
        })?,
    };
    let goal = slopes.at(large).ok_or_else(|| Error::NoOptimum(format!("{} has no finite loss and slopes at the large run", law.name())))?;
    let spendable = options.spend * options.budget;
    let span = Span { spendable, per, smallest: options.smallest, largest: options.largest, ratios: options.ratios };
    let candidates = candidates(&slopes, span);
    let cheapest = candidates.iter().map(|c| c.cost).fold(f64::INFINITY, f64::min);
    if options.runs as f64 * cheapest > 1.0 {
        return Err(Error::Option(format!(
            "{} runs of {:e} parameters or more cost more than {spendable:e} FLOP; spend more, ask for fewer runs, or let them be smaller",
            options.runs, options.smallest
        )));
    }
    let plan_of = |runs: &[(f64, f64)]| plan_of(&slopes, runs, &goal, options, large);
    let usual = iso_flop(&slopes, options.runs, spendable, per);
    let starts = usual.as_deref().unwrap_or_default();
    let found = exchange::search(&candidates, options.runs, starts, &goal);
    let grid = usual.as_deref().map(plan_of);
    let designed = found.iter().map(|chosen| plan_of(chosen)).chain(grid.clone()).min_by(|a, b| a.se.total_cmp(&b.se));
    let Some(designed) = designed.filter(|d| d.se.is_finite()) else {
        return Err(Error::NoOptimum(format!(
            "no {} such runs determine the {} parameters of {}; spend more, or allow other sizes and ratios",
            options.runs,
            law.params().len(),
            law.name()
        )));
    };
    let parameters = law.params().iter().map(|p| p.name).zip(slopes.theta.iter().copied()).collect();
    // Without a best split at its levels there is no such grid.
    let grid = grid.unwrap_or(Plan { runs: Vec::new(), flop: 0.0, se: f64::INFINITY });
    let large = planned(&slopes, large, per, 1);
    Ok(DesignResult { law, constants: known, parameters, large, designed, grid })
}

/// Parameters from a file of names and values, as `curvecast fit --format csv` writes it; its rows of anything but parameters are left out.
///
/// # Errors
/// A file that cannot be read, and one without columns `name` and `value`.
pub fn read_constants(path: &Path) -> Result<BTreeMap<String, f64>, Error> {
    let (table, _) = load(path)?;
    let there = table.columns();
    if let Some(missing) = ["name", "value"].iter().find(|c| there.iter().all(|t| t != *c)) {
        return Err(Error::NoColumn { file: path.display().to_string(), column: (*missing).to_owned(), there });
    }
    let (names, values) = (table.text("name")?, table.numbers("value")?);
    let what = if there.iter().any(|t| t == "what") { Some(table.text("what")?) } else { None };
    let kept = |row: usize| what.as_ref().is_none_or(|w| w.get(row).is_some_and(|w| w == "parameter"));
    let found: BTreeMap<String, f64> = names.into_iter().zip(values).enumerate().filter(|(row, _)| kept(*row)).map(|(_, pair)| pair).collect();
    match found.iter().find(|(_, v)| !v.is_finite()) {
        Some((name, _)) => Err(Error::Columns { file: path.display().to_string(), what: format!("parameter {name:?} has no value") }),
        None => Ok(found),
    }
}

/// A law of a size and tokens.
fn law_of(name: &str) -> Result<&'static dyn Law, Error> {
    let law = models::find(&name.replace('-', "_"))?;
    match law.inputs() {
        [size, "tokens"] if size.ends_with("params") => Ok(law),
        others => {
            let fit = models::all().iter().filter(|l| matches!(l.inputs(), [size, "tokens"] if size.ends_with("params")));
            let known: Vec<&str> = fit.map(|l| l.name()).collect();
            let (name, reads, known) = (law.name(), others.join(", "), known.join(", "));
            Err(Error::Option(format!("{name} reads {reads}; a design is of runs with parameters and tokens: {known}")))
        }
    }
}

/// The parameters that are taken for the truth, in the law's order, and whose they are.
fn theta(law: &'static dyn Law, options: &DesignOptions) -> Result<(Option<Constants>, Vec<f64>), Error> {
    let known = constants(law.name())?;
    let whose = match &options.constants {
        None => known.first(),
        Some(id) => Some(known.iter().find(|c| c.id == *id).ok_or_else(|| {
            let there = known.iter().map(|c| c.id.as_str());
            Error::Option(curves::no_such("constants", id, there))
        })?),
    };
    let own = by_name::parameters(law, &options.theta, &BTreeMap::new()).map_err(|e| Error::Option(e.to_string()))?;
    let mut theta = Vec::with_capacity(own.len());
    for (param, own) in law.params().iter().zip(own) {
        match own.or_else(|| whose.and_then(|c| c.of(param.name))) {
            Some(value) => theta.push(value),
            None => {
                let what = format!("no paper's `{}` of {} is kept; give the parameters of a first fit", param.name, law.name());
                return Err(Error::Option(what));
            }
        }
    }
    law.check(&theta)?;
    Ok((whose.cloned(), theta))
}

/// Can all of it be asked?
fn check(law: &dyn Law, options: &DesignOptions) -> Result<(), Error> {
    let wrong = |what: String| Err(Error::Option(what));
    let positive = |v: f64| v > 0.0 && v.is_finite();
    let share = |v: f64| v > 0.0 && v <= 1.0;
    let (few, many) = options.ratios;
    if ![options.budget, options.noise, options.smallest, options.flop_per, few, many].iter().all(|v| positive(*v)) {
        return wrong("the budget, the noise, the smallest size, the ratios, and FLOP per parameter and token must be positive".to_owned());
    }
    if options.budget < options.flop_per * options.smallest {
        return wrong(format!("a budget of {:e} FLOP; give it in FLOP, for example 1e22", options.budget));
    }
    if !share(options.spend) || !share(options.largest) || few >= many {
        return wrong(format!(
            "a share of {} to spend, {} of it on one run, and {few} to {many} tokens per parameter; shares lie between 0 and 1, and ratios increase",
            options.spend, options.largest
        ));
    }
    let need = law.params().len() + 1;
    if options.runs < need || options.runs > MOST_RUNS {
        return wrong(format!("{} runs for the {} parameters of {}; ask for {need} to {MOST_RUNS}", options.runs, need - 1, law.name()));
    }
    match options.large {
        Some((params, tokens)) if !(positive(params) && positive(tokens)) => wrong(format!("a large run of {params} parameters and {tokens} tokens")),
        _ => Ok(()),
    }
}

/// A run with what the law says of it.
fn planned(slopes: &Slopes, run: (f64, f64), per: f64, times: usize) -> PlannedRun {
    let (params, tokens) = run;
    PlannedRun { params, tokens, flop: per * params * tokens, loss: slopes.loss(run), times }
}

/// Runs as a plan, equal ones together.
fn plan_of(slopes: &Slopes, runs: &[(f64, f64)], goal: &[f64], options: &DesignOptions, large: (f64, f64)) -> Plan {
    let mut planned: Vec<PlannedRun> = runs.iter().map(|run| planned(slopes, *run, options.flop_per, 1)).collect();
    let flop = planned.iter().map(|r| r.flop).sum();
    planned.sort_by(|a, b| a.flop.total_cmp(&b.flop).then(a.params.total_cmp(&b.params)));
    planned.dedup_by(|b, a| {
        let same = a.params == b.params && a.tokens == b.tokens;
        a.times += if same { b.times } else { 0 };
        same
    });
    let rows: Option<Vec<Vec<f64>>> = runs.iter().map(|run| slopes.at(*run)).collect();
    let relative = rows.and_then(|rows| variance(&rows, goal)).map_or(f64::INFINITY, f64::sqrt);
    Plan { runs: planned, flop, se: options.noise * slopes.loss(large) * relative }
}

#[cfg(test)]
mod tests;
