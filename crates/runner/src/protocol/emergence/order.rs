//! Views `order`, `contrast` and `audit`: components before composites, beside tasks that are no components, and which
//! composites can tell.

use evaluation::emergence::order::{Facts, Order, contrast, degeneracy, triple};
use evaluation::emergence::trajectory::scores;
use evaluation::emergence::{Emergence, grid};
use evaluation::stat::{Interval, bootstrap_mean};

use super::data::{Data, Series, Task};
use super::points::Points;
use super::settings::Controls;
use super::spec::EmergenceSpec;
use crate::protocol::AskHead;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count, flag};
use crate::spec::About;

/// A summary's interval, composites resampled.
pub(super) struct Resampled<'a> {
    about: &'a About,
    ask: &'a AskHead,
    resamples: usize,
    confidence: f64,
}

impl<'a> Resampled<'a> {
    /// As the ask says.
    pub fn new(about: &'a About, ask: &'a AskHead, asked: &EmergenceSpec) -> Self {
        Self { about, ask, resamples: asked.order.resamples, confidence: asked.order.confidence }
    }

    fn mean(&self, what: &str, definition: &str, values: &[f64], composites: &[u32]) -> Option<Interval> {
        let seed = fitters::seed::of(&[&self.about.seed.to_string(), &self.ask.source, &self.ask.id, what, definition]);
        bootstrap_mean(values, Some(composites), self.resamples, seed, self.confidence)
    }
}

fn composites(data: &Data) -> impl Iterator<Item = (usize, &Task)> {
    data.tasks.iter().enumerate().filter(|(_, t)| t.composite)
}

/// A composite's component in a model, as far as it is known there.
fn component(of_model: &[Emergence], place: Option<usize>) -> Emergence {
    place.and_then(|t| of_model.get(t).copied()).unwrap_or(Emergence::NoCurve("missing"))
}

/// Every composite × component × model, and all of them together, with and without the degenerate composites.
pub(super) fn triples(data: &Data, all: &[Points], resampled: &Resampled<'_>, rows: &mut RowWriter<'_>) {
    for points in all {
        let mut seen: Vec<Seen> = Vec::new();
        for (c, task) in composites(data) {
            for (model, of_model) in data.models.iter().zip(&points.models).filter(|(m, _)| m.curves[c].is_some()) {
                for (name, place) in &task.components {
                    let found = triple(&component(of_model, *place), &of_model[c]);
                    let texts = [
                        ("definition", points.definition.as_str()),
                        ("model", &model.name),
                        ("task", &task.name),
                        ("component", name),
                        ("family", &data.families[task.family]),
                        ("degenerate", task.degenerate()),
                        ("outcome", found.map_or("", |t| t.order.name())),
                        ("known", found.map_or("", |t| t.known)),
                    ];
                    let is = |order: Order| found.and_then(|t| flag(t.order == order));
                    let numbers = [
                        ("violation", is(Order::Violation)),
                        ("strict", is(Order::Strict)),
                        ("tie", is(Order::Tie)),
                        ("holds", found.and_then(|t| flag(t.order != Order::Violation))),
                        ("lag", found.and_then(|t| t.lag)),
                    ];
                    let status = match (&of_model[c], found) {
                        (_, Some(_)) => OK,
                        (Emergence::NoCurve(why), None) => *why,
                        _ => "missing-component",
                    };
                    rows.push("order", EACH, status, &texts, &numbers);
                    seen.extend(found.map(|t| Seen { composite: c as u32, degenerate: task.degenerate, order: t.order, both: t.known == "both" }));
                }
            }
        }
        for without in [false, true] {
            summary(&points.definition, without, &seen, resampled, rows);
        }
    }
}

/// A triple as a summary counts it.
struct Seen {
    composite: u32,
    degenerate: bool,
    order: Order,
    both: bool,
}

fn summary(definition: &str, without: bool, all: &[Seen], resampled: &Resampled<'_>, rows: &mut RowWriter<'_>) {
    let seen: Vec<&Seen> = all.iter().filter(|s| !(without && s.degenerate)).collect();
    let violated: Vec<f64> = seen.iter().map(|s| if s.order == Order::Violation { 1.0 } else { 0.0 }).collect();
    let clusters: Vec<u32> = seen.iter().map(|s| s.composite).collect();
    let interval = resampled.mean(if without { "order-not-degenerate" } else { "order" }, definition, &violated, &clusters);
    let number = |keep: &dyn Fn(&Seen) -> bool| count(seen.iter().filter(|s| keep(s)).count());
    let share = |what: Order| (!seen.is_empty()).then(|| seen.iter().filter(|s| s.order == what).count() as f64 / seen.len() as f64);
    let numbers = [
        ("violation", share(Order::Violation)),
        ("strict", share(Order::Strict)),
        ("tie", share(Order::Tie)),
        ("holds", share(Order::Violation).map(|v| 1.0 - v)),
        ("low", interval.map(|i| i.low)),
        ("high", interval.map(|i| i.high)),
        ("se", interval.map(|i| i.se)),
        ("triples", count(seen.len())),
        ("violations", number(&|s: &Seen| s.order == Order::Violation)),
        ("stricts", number(&|s: &Seen| s.order == Order::Strict)),
        ("ties", number(&|s: &Seen| s.order == Order::Tie)),
        ("both", number(&|s: &Seen| s.both)),
        ("both-violations", number(&|s: &Seen| s.both && s.order == Order::Violation)),
    ];
    let texts = [("definition", definition), ("degenerate", if without { "no" } else { "" })];
    rows.push("order", ALL, if seen.is_empty() { "no-triples" } else { OK }, &texts, &numbers);
}

/// Components of a composite beside elementary tasks that are none of its components, model by model and together.
pub(super) fn contrasts(asked: &EmergenceSpec, data: &Data, all: &[Points], resampled: &Resampled<'_>, rows: &mut RowWriter<'_>) {
    let mut pool: Vec<usize> = match asked.order.controls {
        Controls::Components => composites(data).flat_map(|(_, t)| t.components.iter().filter_map(|c| c.1)).collect(),
        Controls::Elementary => (0..data.tasks.len()).collect(),
    };
    pool.retain(|&t| !data.tasks[t].composite);
    pool.sort_unstable();
    pool.dedup();
    for points in all {
        let (mut violation, mut strict, mut clusters) = (Vec::new(), Vec::new(), Vec::new());
        for (c, task) in composites(data) {
            for (model, of_model) in data.models.iter().zip(&points.models).filter(|(m, _)| m.curves[c].is_some()) {
                let is_component = |t: usize| task.components.iter().any(|p| p.1 == Some(t));
                let components: Vec<&Emergence> = task.components.iter().filter_map(|p| of_model.get(p.1?)).collect();
                let controls: Vec<&Emergence> = pool.iter().filter(|t| !is_component(**t)).map(|&t| &of_model[t]).collect();
                let found = contrast(&of_model[c], &components, &controls);
                let k = found.ok();
                let texts = [
                    ("definition", points.definition.as_str()),
                    ("model", &model.name),
                    ("task", &task.name),
                    ("family", &data.families[task.family]),
                    ("degenerate", task.degenerate()),
                ];
                let numbers = [
                    ("violation", k.map(|k| k.violation)),
                    ("control-violation", k.map(|k| k.control_violation)),
                    ("difference", k.map(|k| k.violation - k.control_violation)),
                    ("strict", k.map(|k| k.strict)),
                    ("control-strict", k.map(|k| k.control_strict)),
                    ("strict-difference", k.map(|k| k.strict - k.control_strict)),
                    ("components", k.and_then(|k| count(k.components))),
                    ("controls", k.and_then(|k| count(k.controls))),
                ];
                rows.push("contrast", EACH, found.err().unwrap_or(OK), &texts, &numbers);
                if let Some(k) = k {
                    violation.push((k.violation, k.control_violation));
                    strict.push((k.strict, k.control_strict));
                    clusters.push(c as u32);
                }
            }
        }
        let differences = |pairs: &[(f64, f64)]| -> Vec<f64> { pairs.iter().map(|(a, b)| a - b).collect() };
        let mean = |pairs: &[(f64, f64)], side: fn(&(f64, f64)) -> f64| (!pairs.is_empty()).then(|| pairs.iter().map(side).sum::<f64>() / pairs.len() as f64);
        let of_violation = resampled.mean("contrast", &points.definition, &differences(&violation), &clusters);
        let of_strict = resampled.mean("contrast-strict", &points.definition, &differences(&strict), &clusters);
        let mut distinct = clusters.clone();
        distinct.dedup();
        let numbers = [
            ("violation", mean(&violation, |p| p.0)),
            ("control-violation", mean(&violation, |p| p.1)),
            ("difference", mean(&violation, |p| p.0 - p.1)),
            ("low", of_violation.map(|i| i.low)),
            ("high", of_violation.map(|i| i.high)),
            ("se", of_violation.map(|i| i.se)),
            ("strict", mean(&strict, |p| p.0)),
            ("control-strict", mean(&strict, |p| p.1)),
            ("strict-difference", mean(&strict, |p| p.0 - p.1)),
            ("strict-low", of_strict.map(|i| i.low)),
            ("strict-high", of_strict.map(|i| i.high)),
            ("composites", count(distinct.len())),
        ];
        rows.push("contrast", ALL, if clusters.is_empty() { "no-contrast" } else { OK }, &[("definition", &points.definition)], &numbers);
    }
}

/// What every composite is worth as evidence.
pub(super) fn audits(asked: &EmergenceSpec, data: &Data, all: &[Points], rows: &mut RowWriter<'_>) {
    for (c, task) in composites(data) {
        let curves: Vec<(usize, &Series)> = data.models.iter().enumerate().filter_map(|(m, model)| Some((m, model.curves[c].as_ref()?))).collect();
        let distances: Vec<Distance<'_>> = task.components.iter().filter_map(|(name, place)| distance(data, &curves, name, (*place)?)).collect();
        let closest = distances.iter().reduce(|a, b| if (b.everywhere, -b.farthest) > (a.everywhere, -a.farthest) { b } else { a });
        let range = curves.iter().map(|(_, s)| range(&s.y)).fold(0.0, f64::max);
        let has = |place: Option<usize>| place.is_some_and(|t| data.models.iter().any(|m| m.curves[t].is_some()));
        let missing = task.components.iter().filter(|p| !has(p.1)).count();
        for points in all {
            let emerged = curves.iter().filter(|(m, _)| points.models[*m][c].emerged() == Some(true)).count();
            let farthest = closest.filter(|d| d.everywhere).map(|d| d.farthest);
            let facts = Facts { models: curves.len(), emerged, range, farthest, missing };
            let texts = [
                ("definition", points.definition.as_str()),
                ("task", &task.name),
                ("component", closest.map_or("", |d| d.name)),
                ("family", &data.families[task.family]),
                ("degenerate", task.degenerate()),
                ("outcome", degeneracy(&facts, asked.order.flat, asked.order.explained)),
            ];
            let numbers = [
                ("models", count(facts.models)),
                ("emerged-models", count(emerged)),
                ("range", Some(range)),
                ("mae", closest.map(|d| d.mae)),
                ("mae-farthest", closest.map(|d| d.farthest)),
                ("pearson-r2", closest.and_then(|d| d.pearson_r2)),
                ("components", count(task.components.len())),
                ("missing", count(missing)),
            ];
            rows.push("audit", ALL, if curves.is_empty() { "no-models" } else { OK }, &texts, &numbers);
        }
    }
}

/// How far a composite's curves are from those of one component.
struct Distance<'a> {
    name: &'a str,
    /// The component has a curve wherever the composite has.
    everywhere: bool,
    /// The largest mean absolute difference in any model.
    farthest: f64,
    /// The mean over models.
    mae: f64,
    /// The mean squared correlation, over the models where there is one.
    pearson_r2: Option<f64>,
}

fn distance<'a>(data: &Data, curves: &[(usize, &Series)], name: &'a str, component: usize) -> Option<Distance<'a>> {
    let found: Vec<_> = curves
        .iter()
        .filter_map(|(m, s)| {
            let other = data.models[*m].curves[component].as_ref()?;
            scores(&s.y, &grid::linear(&other.x, &other.y, &s.x)?)
        })
        .collect();
    let squares: Vec<f64> = found.iter().filter_map(|s| s.pearson_r2).collect();
    (!found.is_empty()).then(|| Distance {
        name,
        everywhere: found.len() == curves.len(),
        farthest: found.iter().map(|s| s.mae).fold(0.0, f64::max),
        mae: found.iter().map(|s| s.mae).sum::<f64>() / found.len() as f64,
        pearson_r2: (!squares.is_empty()).then(|| squares.iter().sum::<f64>() / squares.len() as f64),
    })
}

fn range(y: &[f64]) -> f64 {
    y.iter().copied().fold(f64::NEG_INFINITY, f64::max) - y.iter().copied().fold(f64::INFINITY, f64::min)
}
