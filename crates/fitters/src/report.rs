//! `Report`: how far a fit can be trusted, and what to do where it cannot.

use std::fmt;

use models::{Domain, MAX_PARAMS};

use crate::global::{FAR, Line};
use crate::linear::{Linear, spread};
use crate::newton::Objective;
use crate::one_input::{self, Units};
use crate::{Fit, FitError, Loss, Rows, Status};

/// Condition numbers above this leave fewer than six digits to the parameters.
const ILL: f64 = 1e10;
/// Inputs whose logarithms correlate more than this cannot be told apart.
const COLLINEAR: f64 = 0.98;
/// Values of an input nearer than this, relatively, are one level: sizes of a ladder differ by tens of percent.
const LEVEL: f64 = 1e-2;
/// A floor below this share of the least loss is none.
const NO_FLOOR: f64 = 1e-3;
/// A run this many robust standard deviations above the law was trained worse than its peers.
const SUSPECT: f64 = 4.0;
/// Exponents of a fit end between these (see `separable`).
const EXPONENTS: (f64, f64) = (1e-4, 10.0);

/// Something that a reader of the fit must know.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// An input that never varies.
    SingleLevel {
        /// Which.
        input: &'static str,
    },
    /// An input with two values only.
    FewLevels {
        /// Which.
        input: &'static str,
    },
    /// Two inputs that vary together.
    Collinear {
        /// One.
        first: &'static str,
        /// The other.
        other: &'static str,
    },
    /// The irreducible loss went to zero.
    NoFloor {
        /// Its name.
        param: &'static str,
    },
    /// A parameter at the end of where it may lie.
    AtBound {
        /// Which.
        param: &'static str,
        /// Where it ended.
        value: f64,
    },
    /// Some direction of the parameters is hardly determined.
    IllConditioned {
        /// The condition number of the Hessian on the line.
        condition: f64,
    },
    /// Hardly more rows than parameters.
    FewRows {
        /// Rows.
        rows: usize,
        /// Parameters.
        params: usize,
    },
    /// The search did not end at an optimum.
    NotConverged {
        /// How it ended.
        status: Status,
    },
    /// Runs that lie far above the law.
    UnderTuned {
        /// How many.
        rows: usize,
    },
}

impl Warning {
    /// A short word, for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Warning::SingleLevel { .. } => "single-level",
            Warning::FewLevels { .. } => "few-levels",
            Warning::Collinear { .. } => "collinear",
            Warning::NoFloor { .. } => "no-floor",
            Warning::AtBound { .. } => "at-bound",
            Warning::IllConditioned { .. } => "ill-conditioned",
            Warning::FewRows { .. } => "few-rows",
            Warning::NotConverged { .. } => "not-converged",
            Warning::UnderTuned { .. } => "under-tuned",
        }
    }
}

/// What was found, and what to do.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::SingleLevel { input } => {
                write!(f, "`{input}` never varies: its coefficient and exponent are arbitrary; add runs that differ in it, or pin them")
            }
            Warning::FewLevels { input } => {
                write!(f, "only two values of `{input}`: its exponent trades against the irreducible loss; add a third, tie exponents, or pin one")
            }
            Warning::Collinear { first, other } => {
                write!(f, "`{first}` and `{other}` grow together: their terms cannot be told apart; add runs off that line, or tie exponents")
            }
            Warning::NoFloor { param } => {
                write!(f, "`{param}` went to zero: the runs show no irreducible loss, and extrapolations are optimistic; check how parameters are counted")
            }
            Warning::AtBound { param, value } => {
                write!(f, "`{param}` ended at {value:.3e}, the end of its range: the rows do not determine it; pin it or use a simpler law")
            }
            Warning::IllConditioned { condition } => {
                write!(
                    f,
                    "condition number {condition:.1e}: some combination of parameters is hardly determined; trust predictions inside the data, not parameters"
                )
            }
            Warning::FewRows { rows, params } => {
                write!(f, "{rows} rows for {params} parameters: residuals say little about the error; intervals will be too narrow")
            }
            Warning::NotConverged { status } => write!(f, "the search ended `{}`, not at an optimum; ask for more starts (--starts)", status.name()),
            Warning::UnderTuned { rows } => write!(f, "{rows} rows lie far above the law: under-tuned or interrupted runs? see the largest residuals"),
        }
    }
}

/// What one row does to a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct RowReport {
    /// Fitted less observed, in logarithms for a log loss: negative where the run is worse than the law.
    pub residual: f64,
    /// Its share of what determines the parameters; all rows together have 1, and 1/rows is usual.
    pub influence: f64,
    /// By how much each parameter would move, to first order, if the row were left out.
    pub moves: Vec<f64>,
}

/// How far a fit can be trusted.
#[derive(Clone, Debug)]
pub struct Report {
    /// The largest slope of the loss on the line, of the mean loss over its threshold: rounding at an optimum.
    pub gradient: f64,
    /// The condition number of the Hessian on the line; infinite where a direction is not determined at all.
    pub condition: f64,
    /// Names of parameters at the end of their range.
    pub bounds: Vec<&'static str>,
    /// The largest way that a parameter has gone on the line from the start, where one was given.
    pub distance: Option<f64>,
    /// What a reader must know.
    pub warnings: Vec<Warning>,
    /// Every row.
    pub rows: Vec<RowReport>,
    /// Rows suspected of being under-tuned, the worst first.
    pub suspects: Vec<usize>,
}

/// Looks at a fit on its rows; `start` is where the search began, for recipes that have one start.
///
/// # Errors
/// A law that has no finite value or slope on a row.
pub fn report(fit: &Fit, rows: Rows<'_>, loss: Loss, start: Option<&[f64]>) -> Result<Report, FitError> {
    let near = Linear::new(fit, rows, loss)?;
    let (inverse, condition) = near.inverse();
    let scores = near.row_scores();
    let gram = scores.transpose() * &scores;
    if gram.iter().any(|v| !v.is_finite()) {
        return Err(FitError::NotFinite { who: fit.law.name().to_owned() });
    }
    let least = (1e-12 * gram.diagonal().max()).max(f64::MIN_POSITIVE);
    let shared = gram.pseudo_inverse(least).map_err(|e| FitError::Setting(e.to_owned()))?;
    let params = fit.law.params();
    let slopes: Vec<f64> = params.iter().zip(near.line.iter()).map(|(p, z)| p.domain.from_line_slope(*z)).collect();
    let count = fit.theta.len() as f64;
    let reports: Vec<RowReport> = scores
        .row_iter()
        .zip(&near.residuals)
        .map(|(score, residual)| {
            let moved = &inverse * score.transpose();
            let influence = (score * &shared * score.transpose())[(0, 0)] / count;
            RowReport { residual: *residual, influence, moves: moved.iter().zip(&slopes).map(|(m, s)| m * s).collect() }
        })
        .collect();
    let suspects = suspects(&near.residuals);
    let bounds = bounds(fit, rows);
    let mut warnings = Vec::new();
    if fit.status != Status::Converged {
        warnings.push(Warning::NotConverged { status: fit.status });
    }
    inputs(fit, rows, &mut warnings);
    floor(fit, rows, &mut warnings);
    for (param, value) in params.iter().zip(&fit.theta) {
        let floor = warnings.iter().any(|w| matches!(w, Warning::NoFloor { param: p } if *p == param.name));
        if bounds.contains(&param.name) && !floor {
            warnings.push(Warning::AtBound { param: param.name, value: *value });
        }
    }
    if condition > ILL {
        warnings.push(Warning::IllConditioned { condition });
    }
    if rows.len() < 2 * params.len() {
        warnings.push(Warning::FewRows { rows: rows.len(), params: params.len() });
    }
    if !suspects.is_empty() {
        warnings.push(Warning::UnderTuned { rows: suspects.len() });
    }
    let distance = start.map(|s| params.iter().zip(s).zip(near.line.iter()).map(|((p, s), z)| (p.domain.to_line(*s) - z).abs()).fold(0.0, f64::max));
    Ok(Report { gradient: gradient(fit, rows, loss)?, condition, bounds, distance, warnings, rows: reports, suspects })
}

/// The largest slope on the line; a parameter that rests on its bound has a flat one there by itself.
fn gradient(fit: &Fit, rows: Rows<'_>, loss: Loss) -> Result<f64, FitError> {
    let mut line = Line::new(fit.law, rows, loss, &[])?;
    let x = line.to_line(&fit.theta);
    let mut slopes = [0.0; MAX_PARAMS];
    line.value(&x, &mut slopes[..x.len()]);
    Ok(slopes.iter().take(x.len()).map(|s| s.abs()).fold(0.0, f64::max))
}

/// Rows far above the law, the worst first.
fn suspects(residuals: &[f64]) -> Vec<usize> {
    let limit = -SUSPECT * spread(residuals);
    let mut rows: Vec<usize> = (0..residuals.len()).filter(|&i| limit < 0.0 && residuals[i] < limit).collect();
    rows.sort_by(|&a, &b| residuals[a].total_cmp(&residuals[b]));
    rows
}

/// What a reader must know of a fit with parameters held: what needs no curvature, of those that are free.
///
/// `pinned` has one entry per parameter of the law.
pub fn of_pinned(fit: &Fit, rows: Rows<'_>, pinned: &[Option<f64>]) -> Vec<Warning> {
    let free = |name: &str| fit.law.params().iter().zip(pinned).any(|(p, pin)| p.name == name && pin.is_none());
    let mut warnings = Vec::new();
    if fit.status != Status::Converged {
        warnings.push(Warning::NotConverged { status: fit.status });
    }
    inputs(fit, rows, &mut warnings);
    floor(fit, rows, &mut warnings);
    warnings.retain(|w| !matches!(w, Warning::NoFloor { param } if !free(param)));
    let ends = bounds(fit, rows);
    let at_end = fit.law.params().iter().zip(&fit.theta).filter(|(p, _)| free(p.name) && ends.contains(&p.name));
    warnings.extend(at_end.map(|(p, value)| Warning::AtBound { param: p.name, value: *value }));
    let params = pinned.iter().filter(|p| p.is_none()).count();
    if rows.len() < 2 * params {
        warnings.push(Warning::FewRows { rows: rows.len(), params });
    }
    warnings
}

/// Parameters that went as far as a search goes.
fn far(fit: &Fit, rows: Rows<'_>) -> Vec<&'static str> {
    // A law of one input is looked for where its rows are of order one, and there its ends are.
    let theta = match one_input::knows(fit.law) && rows.inputs() == 1 {
        true => Units::of(fit.law, rows.samples()).of_order_one(fit.law, &fit.theta),
        false => None,
    };
    let theta = theta.unwrap_or_else(|| fit.theta.clone());
    let ends = |(p, value): &(&models::Param, &f64)| p.domain.to_line(**value).abs() >= 0.99 * FAR;
    fit.law.params().iter().zip(&theta).filter(ends).map(|(p, _)| p.name).collect()
}

/// Parameters at the end of where they may lie.
fn bounds(fit: &Fit, rows: Rows<'_>) -> Vec<&'static str> {
    let far = if one_input::knows(fit.law) { far(fit, rows) } else { Vec::new() };
    let at_end = |name: &str, domain: Domain, value: f64| {
        let exponent = ["alpha", "beta", "gamma", "delta", "eta"].iter().any(|e| name.starts_with(e));
        let ends = match domain {
            Domain::NonNegative => value < 1e-9,
            Domain::Unit => !(1e-9..=1.0 - 1e-9).contains(&value),
            Domain::Interval(low, high) => (value - low).min(high - value) < 1e-9 * (high - low),
            Domain::AtLeast(least) => value - least < 1e-9 * least.abs().max(1.0),
            Domain::Positive | Domain::Negative => !(1e-25..1e25).contains(&value.abs()) && !exponent,
            Domain::Real => false,
        };
        ends || (exponent && domain == Domain::Positive && (value <= EXPONENTS.0 * 1.01 || value >= EXPONENTS.1 * 0.999))
    };
    fit.law.params().iter().zip(&fit.theta).filter(|(p, v)| at_end(p.name, p.domain, **v) || far.contains(&p.name)).map(|(p, _)| p.name).collect()
}

/// Levels of the inputs, and inputs that move together.
fn inputs(fit: &Fit, rows: Rows<'_>, warnings: &mut Vec<Warning>) {
    let names = fit.law.inputs();
    let logs: Vec<Vec<f64>> = (0..names.len()).map(|k| (0..rows.len()).map(|i| rows.at(i).input(k).ln()).collect()).collect();
    let mut single = vec![false; names.len()];
    for ((&input, values), single) in names.iter().zip(&logs).zip(&mut single) {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        // From the first value of a level: values that lie close one after the other, as those of checkpoints do, are many levels.
        let (mut levels, mut from) = (1, sorted.first().copied().unwrap_or(0.0));
        for value in &sorted {
            if value - from > LEVEL {
                (levels, from) = (levels + 1, *value);
            }
        }
        *single = levels == 1;
        match levels {
            1 => warnings.push(Warning::SingleLevel { input }),
            2 => warnings.push(Warning::FewLevels { input }),
            _ => {}
        }
    }
    for i in 0..names.len() {
        for j in 0..i {
            if !single[i] && !single[j] && correlation(&logs[i], &logs[j]).abs() > COLLINEAR {
                warnings.push(Warning::Collinear { first: names[j], other: names[i] });
            }
        }
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(a - ma, b - mb)).sum::<f64>();
    let both = sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if both.is_finite() { both } else { 0.0 }
}

/// An irreducible loss of nothing.
fn floor(fit: &Fit, rows: Rows<'_>, warnings: &mut Vec<Warning>) {
    let least = rows.targets().iter().copied().fold(f64::INFINITY, f64::min);
    for (param, value) in fit.law.params().iter().zip(&fit.theta) {
        if matches!(param.name, "e" | "l0") && param.domain == Domain::NonNegative && *value < NO_FLOOR * least {
            warnings.push(Warning::NoFloor { param: param.name });
        }
    }
}

#[cfg(test)]
mod tests;
