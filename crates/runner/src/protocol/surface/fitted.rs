//! Views `fit`, `parameter`, `warning`, `row` and `draw`: what was found, and how far it can be trusted.

use fitters::intervals::{Intervals, Quantity};
use fitters::likelihood::{chi_squared, log_likelihood, two_sided, wald};
use fitters::report::{Report, Warning, report};
use fitters::{Fit, FitError, Problem, Solved, Status};

use super::data::Data;
use super::errors::Errors;
use super::rows::{FitRows, OK, RowKey, count, flag};
use super::settings::{FitOf, Recipe, of_parameters};
use super::spec::SurfaceSpec;

/// What came before the fit.
pub(super) struct Before<'a> {
    /// Rows of the group without usable numbers.
    pub dropped: usize,
    /// Rows left out for their high targets.
    pub highest: usize,
    /// The places in the table of the rows that were fitted.
    pub rows: &'a [usize],
}

/// All rows about one fit.
#[expect(clippy::too_many_arguments, reason = "the fit, where it comes from and where its rows go")]
pub(super) fn rows(
    asked: &SurfaceSpec,
    how: &FitOf,
    data: &Data<'_>,
    problem: &Problem<'_>,
    solved: &Solved,
    intervals: &Intervals<'_>,
    before: &Before<'_>,
    place: &RowKey<'_>,
    out: &mut FitRows<'_>,
) {
    let fit = &solved.fit;
    // A report moves all parameters: of those that are held it would say what no one asked.
    let free = problem.pinned.iter().all(Option::is_none) && how.solver().minimises();
    let seen = if free { problem.view().and_then(|rows| report(fit, rows, problem.loss, solved.start.as_deref())).ok() } else { None };
    let mut warnings = seen.as_ref().map(|r| r.warnings.clone()).unwrap_or_default();
    if !free && fit.status != Status::Converged {
        warnings.push(Warning::NotConverged { status: fit.status });
    }
    let words: Vec<&str> = warnings.iter().map(Warning::word).collect();
    let outcome = if how.recipe == Recipe::Given { "given" } else { fit.status.name() };
    let kind = if words.is_empty() { "none".to_owned() } else { words.join("+") };
    let numbers = numbers(asked, problem, solved, seen.as_ref(), before, how);
    let (named, parameters) = parameters(how, fit, intervals);
    let numbers: Vec<(&str, Option<f64>)> =
        numbers.iter().map(|(n, v)| (*n, *v)).chain(named.iter().map(|(n, v)| (n.as_str(), *v))).chain(tests(asked, how, problem, solved, intervals)).collect();
    out.push("fit", "each", OK, place, &[("outcome", outcome), ("kind", &kind)], &numbers);
    for p in &parameters {
        out.push("parameter", "each", p.status, place, &[("parameter", &p.name), ("statistic", p.method)], &p.numbers);
    }
    for w in &warnings {
        let about = match w {
            Warning::SingleLevel { input } | Warning::FewLevels { input } => (*input).to_owned(),
            Warning::Collinear { first, other } => format!("{first}+{other}"),
            Warning::NoFloor { param } | Warning::AtBound { param, .. } => param.replace('_', "-"),
            _ => String::new(),
        };
        out.push("warning", "each", OK, place, &[("kind", w.word()), ("parameter", &about)], &[]);
    }
    if let (true, Some(seen)) = (how.influence, &seen) {
        for (k, row) in seen.rows.iter().enumerate() {
            let run = data.run_name(before.rows[k]);
            let numbers = [("residual", Some(row.residual)), ("influence", Some(row.influence)), ("suspect", flag(seen.suspects.contains(&k)))];
            out.push("row", "each", OK, place, &[("model", run), ("curve", run)], &numbers);
        }
    }
    if let (true, Some(b)) = (how.draws, intervals.bootstrap()) {
        let quantities = Quantity::of(fit.law);
        for (k, theta) in b.thetas.iter().enumerate() {
            let numbers: Vec<(&str, Option<f64>)> = quantities.iter().map(|(name, q)| (name.as_str(), Some(q.at(theta)))).collect();
            out.push("draw", "each", OK, place, &[("curve", &k.to_string())], &numbers);
        }
    }
}

/// What a fit row says beside its parameters.
fn numbers(
    asked: &SurfaceSpec,
    problem: &Problem<'_>,
    solved: &Solved,
    seen: Option<&Report>,
    before: &Before<'_>,
    how: &FitOf,
) -> Vec<(&'static str, Option<f64>)> {
    let fit = &solved.fit;
    let n = problem.samples.len();
    let weight: f64 = problem.samples.weights().iter().sum();
    let errors = Errors::of(&problem.values(&fit.theta).unwrap_or_default(), problem.samples.targets(), asked.huber);
    let starts = solved.starts.as_ref();
    let mut all = vec![
        ("runs", count(problem.count_runs())),
        ("dropped", count(before.dropped)),
        ("highest-dropped", count(before.highest)),
        ("free", if how.recipe == Recipe::Given { Some(0.0) } else { count(problem.free()) }),
        ("objective", Some(fit.loss)),
        ("objective-mean", Some(fit.loss / weight)),
        ("huber-mean", errors.huber().map(|h| h / n as f64)),
        ("gradient", seen.map(|r| r.gradient)),
        ("condition", seen.map(|r| r.condition)),
        ("at-bound", seen.and_then(|r| count(r.bounds.len()))),
        ("warnings", seen.and_then(|r| count(r.warnings.len()))),
        ("suspects", seen.and_then(|r| count(r.suspects.len()))),
        ("distance", seen.and_then(|r| r.distance)),
        ("agreeing", count(fit.agreeing.0)),
        ("starts", count(fit.agreeing.1)),
        ("evaluations", count(fit.evaluations)),
        ("succeeded", starts.and_then(|s| count(s.succeeded))),
        ("success", starts.map(|s| s.succeeded as f64 / s.tried as f64)),
        ("optimum", starts.map(|s| s.optimum)),
        ("ratio-best", starts.map(|s| s.best)),
        ("ratio-median", starts.map(|s| s.median)),
    ];
    all.extend(errors.numbers());
    all
}

/// One row of view `parameter`.
struct Found {
    name: String,
    method: &'static str,
    status: &'static str,
    numbers: Vec<(&'static str, Option<f64>)>,
}

/// The parameters: as columns of the fit's row, by the first method, and as rows, by every method.
fn parameters(how: &FitOf, fit: &Fit, intervals: &Intervals<'_>) -> (Vec<(String, Option<f64>)>, Vec<Found>) {
    let against = of_parameters(fit.law, &how.against, &how.against_ln).unwrap_or_default();
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for (name, quantity) in Quantity::of(fit.law) {
        let estimate = quantity.at(&fit.theta);
        // Derived numbers are told of published parameters where all that they need is published.
        let published = if against.iter().all(Option::is_none) {
            None
        } else {
            let theta: Vec<f64> = against.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
            Some(quantity.at(&theta)).filter(|v| v.is_finite())
        };
        columns.push((name.clone(), Some(estimate)));
        let row = |method, status, low: Option<f64>, high: Option<f64>, se: Option<f64>| {
            let z = published.zip(se).map(|(p, se)| (estimate - p) / se);
            let numbers = vec![
                ("estimate", Some(estimate)),
                ("low", low),
                ("high", high),
                ("width", low.zip(high).map(|(l, h)| h - l)),
                ("se", se),
                ("against", published),
                ("z", z),
                ("p", z.and_then(two_sided)),
            ];
            Found { name: name.clone(), method, status, numbers }
        };
        if how.intervals.is_empty() {
            rows.push(row("none", OK, None, None, None));
        }
        for (index, (method, trouble)) in intervals.each().enumerate() {
            let interval = intervals.of(index, quantity);
            let se = interval.map(|i| i.se).filter(|s| s.is_finite());
            if index == 0 {
                let ends = [("low", interval.map(|i| i.low)), ("high", interval.map(|i| i.high)), ("se", se)];
                columns.extend(ends.into_iter().map(|(end, v)| (format!("{name}-{end}"), v)));
            }
            let status = trouble.map_or(if interval.is_some() { OK } else { "no-interval" }, FitError::word);
            rows.push(row(method.name(), status, interval.map(|i| i.low), interval.map(|i| i.high), se));
        }
    }
    (columns, rows)
}

/// The fit against published parameters.
fn tests(asked: &SurfaceSpec, how: &FitOf, problem: &Problem<'_>, solved: &Solved, intervals: &Intervals<'_>) -> Vec<(&'static str, Option<f64>)> {
    let fit = &solved.fit;
    let targets = problem.samples.targets();
    let likelihood = |theta: &[f64]| {
        let delta = asked.likelihood?;
        let residuals: Vec<f64> = problem.values(theta).ok()?.iter().zip(targets).map(|(f, y)| f.ln() - y.ln()).collect();
        log_likelihood(&residuals, delta)
    };
    let own = likelihood(&fit.theta);
    let against: Option<Vec<f64>> = of_parameters(fit.law, &how.against, &how.against_ln).unwrap_or_default().into_iter().collect();
    let ratio = against.as_ref().filter(|a| !a.is_empty()).and_then(|a| likelihood(a)).zip(own).map(|(theirs, ours)| 2.0 * (ours - theirs));
    let chi = against.as_ref().zip(intervals.bootstrap()).and_then(|(a, b)| {
        let difference: Vec<f64> = fit.theta.iter().zip(a).map(|(ours, theirs)| ours - theirs).collect();
        wald(&difference, &b.covariance())
    });
    let freedom = fit.theta.len();
    vec![
        ("log-likelihood", own),
        ("lr", ratio),
        ("p-lr", ratio.and_then(|r| chi_squared(r, freedom))),
        ("chi2", chi),
        ("p-chi2", chi.and_then(|c| chi_squared(c, freedom))),
        ("resamples", intervals.bootstrap().and_then(|b| count(b.thetas.len()))),
        ("resamples-failed", intervals.bootstrap().and_then(|b| count(b.failed))),
    ]
}
