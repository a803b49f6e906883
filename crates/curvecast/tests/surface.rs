//! The library's `fit` and the protocol `surface` of experiments are one core: the same rows give the same numbers.

use std::sync::Arc;

use curvecast::solver::GlobalSearch;
use curvecast::{FitOptions, IntervalMethod, Runs, fit};
use curves::CurveSet;
use curves::runs::RunTable;
use evaluation::Frame;
use runner::eval_curves::EvalCurves;
use runner::protocol::surface::SurfaceSpec;
use runner::protocol::{AskHead, At, Inputs, Part, Protocol};
use runner::spec::About;

/// Six sizes, eight checkpoints each, of a known surface; the loss errs by a wave of one percent.
struct Rows {
    run: Vec<usize>,
    params: Vec<f64>,
    tokens: Vec<f64>,
    loss: Vec<f64>,
}

fn rows() -> Rows {
    let mut made = Rows { run: Vec::new(), params: Vec::new(), tokens: Vec::new(), loss: Vec::new() };
    for i in 0..48usize {
        let (n, d) = (1e7 * 3f64.powi((i / 8) as i32), 4e8 * 2.2f64.powi((i % 8) as i32));
        made.run.push(i / 8);
        made.params.push(n);
        made.tokens.push(d);
        made.loss.push((1.8 + 480.0 * n.powf(-0.35) + 2100.0 * d.powf(-0.37)) * (1.0 + 0.01 * (1.7 * i as f64).sin()));
    }
    made
}

/// The rows as an experiment's source.
struct Source(RunTable);

impl Inputs for Source {
    fn eval_curves(&self, _: &str) -> Option<&EvalCurves> {
        None
    }
    fn curves(&self, _: &str) -> Option<&CurveSet> {
        None
    }
    fn runs(&self, _: &str) -> Option<&RunTable> {
        Some(&self.0)
    }
}

/// What the protocol says of a spec's one fit.
fn surface(rows: &Rows, spec: &str) -> Frame {
    let column = |name: &str, values: &[f64]| (name.to_owned(), values.to_vec());
    let names = rows.run.iter().map(|r| format!("m{r}")).collect();
    let numbers = vec![column("params", &rows.params), column("tokens", &rows.tokens), column("loss", &rows.loss)];
    let source = Source(RunTable::new(vec![("run".to_owned(), names)], numbers).unwrap());
    let asked: SurfaceSpec = toml::from_str(&format!("inputs = {{ params = 'params', tokens = 'tokens' }}\ntarget = 'loss'\n{spec}")).unwrap();
    let about: About = toml::from_str("title = 't'\nversion = 1\nseed = 3\npaper = { arxiv = '0', bib = 'b' }").unwrap();
    let ask = AskHead { id: "a".to_owned(), source: "s".to_owned() };
    let part = Part { method: None, range: 0..1, cost: 1.0 };
    asked.run(&part, &source, &At { about: &about, ask: &ask, method: None }).rows
}

/// The seed that the protocol gives the fit called `ours`.
fn seed() -> u64 {
    fitters::seed::of(&["3 s a ", "ours", "all", "", "", ""])
}

/// Holds every parameter and interval of the library against the protocol's rows, to the last bit.
fn same(rows: &Rows, spec: &str, options: &FitOptions) {
    let theirs = surface(rows, spec);
    let runs = Runs { runs: rows.run.clone(), ..Runs::new([("params", rows.params.clone()), ("tokens", rows.tokens.clone())], rows.loss.clone()) };
    let ours = fit(&runs, options).unwrap();
    for p in &ours.parameters {
        for (method, interval) in &p.intervals {
            let is = |row: &usize| {
                let text = |column: &str| theirs.text(column, *row).unwrap_or_default();
                text("view") == "parameter" && text("parameter") == p.name.replace('_', "-") && text("statistic") == method.name()
            };
            let row = (0..theirs.len()).find(is).unwrap_or_else(|| panic!("no row of {} by {}", p.name, method.name()));
            let number = |column: &str| theirs.number(column, row);
            assert_eq!(number("estimate"), Some(p.value), "{}", p.name);
            let finite = |v: Option<f64>| v.filter(|v| v.is_finite());
            assert_eq!(number("low"), finite(interval.map(|i| i.low)), "{} by {}", p.name, method.name());
            assert_eq!(number("high"), finite(interval.map(|i| i.high)), "{} by {}", p.name, method.name());
        }
    }
}

#[test]
fn a_sum_of_powers_is_the_same() {
    let intervals = vec![IntervalMethod::Bootstrap, IntervalMethod::Laplace, IntervalMethod::Profile];
    let options = FitOptions { intervals, resamples: 40, seed: seed(), ..FitOptions::default() };
    same(&rows(), "resamples = 40\n[[fit]]\nid = 'ours'\nlaw = 'chinchilla'\nintervals = ['bootstrap', 'laplace', 'profile']\n", &options);
}

#[test]
fn a_law_that_needs_starts_is_the_same() {
    let solver = Arc::new(GlobalSearch { starts: 30, ..GlobalSearch::default() });
    let options = FitOptions { law: "kaplan".to_owned(), solver, resamples: 25, seed: seed(), ..FitOptions::default() };
    same(&rows(), "resamples = 25\n[[fit]]\nid = 'ours'\nlaw = 'kaplan'\nstarts = 30\nintervals = ['bootstrap']\n", &options);
}

#[test]
fn held_parameters_are_the_same() {
    let pinned = [("alpha".to_owned(), 0.34), ("e".to_owned(), 1.8)].into();
    let options = FitOptions { pinned, resamples: 25, seed: seed(), ..FitOptions::default() };
    let rows = rows();
    let theirs = surface(&rows, "resamples = 25\n[[fit]]\nid = 'ours'\nlaw = 'chinchilla'\npinned = { alpha = 0.34, e = 1.8 }\nintervals = ['bootstrap']\n");
    let runs = Runs { runs: rows.run.clone(), ..Runs::new([("params", rows.params.clone()), ("tokens", rows.tokens.clone())], rows.loss.clone()) };
    let ours = fit(&runs, &options).unwrap();
    let row = (0..theirs.len()).find(|r| theirs.text("view", *r) == Some("fit")).unwrap();
    for p in &ours.parameters {
        assert_eq!(theirs.number(p.name, row), Some(p.value), "{}", p.name);
    }
    assert_eq!(ours.parameter("beta").unwrap().interval().map(|i| i.low), theirs.number("beta-low", row));
}
