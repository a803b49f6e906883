//! The curves of a source as models × tasks, each cleaned and, where that is asked, smoothed once, with what was dropped as rows.

use std::collections::{BTreeMap, BTreeSet};

use curves::{Better, CurveSet, Entry};
use evaluation::Strings;
use evaluation::emergence::smooth;
use tables::matches;

use super::moves::Errors;
use super::spec::{Duplicates, EmergenceSpec, SmoothAxis};
use crate::row_writer::{EACH, OK, RowWriter, count, flag};

/// One task of one model: usable checkpoints in order, at least one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// The resource, strictly increasing.
    pub x: Vec<f64>,
    /// As recorded.
    pub raw: Vec<f64>,
    /// Smoothed as asked: as recorded where nothing is asked.
    pub y: Vec<f64>,
    /// Does it change by more than its errors? `None` where these are not known.
    pub moves: Option<bool>,
}

/// A task, as all models share it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    pub name: String,
    /// Index into [`Data::families`].
    pub family: usize,
    pub composite: bool,
    pub degenerate: bool,
    /// Names of components, and which tasks they are where some model has them.
    pub components: Vec<(String, Option<usize>)>,
}

impl Task {
    /// The `kind` column.
    pub fn kind(&self) -> &'static str {
        if self.composite { "composite" } else { "elementary" }
    }

    /// The `degenerate` column.
    pub fn degenerate(&self) -> &'static str {
        if self.degenerate { "yes" } else { "no" }
    }
}

/// A model with its curves, by task.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    pub name: String,
    /// What twins share; empty when none are asked for.
    pub twin: String,
    pub curves: Vec<Option<Series>>,
}

/// All of a source. Models, tasks and families are in the order of their names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Data {
    pub models: Vec<Model>,
    pub tasks: Vec<Task>,
    pub families: Vec<String>,
    /// Less is better: a loss.
    pub lower: bool,
}

/// What is known of a task from the covariates of its curves.
#[derive(Default)]
struct Known {
    family: String,
    composite: bool,
    components: Vec<String>,
}

/// Reads a source. Every curve that was selected gets a row of view `curve`, used or not.
pub(super) fn read(asked: &EmergenceSpec, set: &CurveSet, errors: &Errors<'_>, rows: &mut RowWriter<'_>) -> Data {
    let lower = set.measure().better == Better::Lower;
    let needed = asked.model.0.iter().chain(&asked.task.0).chain(&asked.twin.0).chain((!asked.family.is_empty()).then_some(&asked.family));
    for covariate in needed {
        if !set.entries().iter().any(|e| e.covariates.contains_key(covariate)) {
            rows.push("curve", EACH, "no-such-covariate", &[("task", covariate)], &[]);
            return Data { models: Vec::new(), tasks: Vec::new(), families: Vec::new(), lower };
        }
    }
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut by_model: BTreeMap<String, (String, BTreeMap<String, Option<Series>>)> = BTreeMap::new();
    for entry in set.entries().iter().filter(|e| selected(asked, e)) {
        let (model, task) = (label(asked, entry), joined(entry, &asked.task));
        learn(asked, entry, &task, known.entry(task.clone()).or_default());
        let curves = &mut by_model.entry(model.clone()).or_insert_with(|| (joined(entry, &asked.twin), BTreeMap::new())).1;
        let (series, status, numbers) = clean(asked, entry, &task, errors);
        let twice = curves.contains_key(&task);
        let status = if twice { "duplicate-curve" } else { status };
        let facts = &known[&task];
        let texts = [("model", model.as_str()), ("task", &task), ("kind", if facts.composite { "composite" } else { "elementary" }), ("family", &facts.family)];
        rows.push("curve", EACH, status, &texts, &numbers);
        if !twice {
            curves.insert(task, series);
        }
    }
    let families: BTreeSet<&String> = known.values().map(|k| &k.family).collect();
    let families: Vec<String> = families.into_iter().cloned().collect();
    let names: Vec<&String> = known.keys().collect();
    let place = |name: &str| names.binary_search_by(|n| n.as_str().cmp(name)).ok();
    let tasks: Vec<Task> = known
        .iter()
        .map(|(name, k)| Task {
            name: name.clone(),
            family: families.binary_search(&k.family).unwrap_or_default(),
            composite: k.composite,
            degenerate: k.composite && fits_any(&asked.degenerate.0, name),
            components: k.components.iter().map(|c| (c.clone(), place(c))).collect(),
        })
        .collect();
    let models = by_model
        .into_iter()
        .map(|(name, (twin, mut curves))| Model { name, twin, curves: names.iter().map(|t| curves.remove(*t).flatten()).collect() })
        .collect();
    Data { models, tasks, families, lower }
}

/// The values of some covariates, joined; one that a curve lacks is empty.
fn joined(entry: &Entry, covariates: &Strings) -> String {
    let values: Vec<&str> = covariates.0.iter().map(|c| entry.covariates.get(c).map_or("", String::as_str)).collect();
    values.join("/")
}

fn label(asked: &EmergenceSpec, entry: &Entry) -> String {
    let name = joined(entry, &asked.model);
    asked.names.get(&name).cloned().unwrap_or(name)
}

fn selected(asked: &EmergenceSpec, entry: &Entry) -> bool {
    let has = |(covariate, patterns): (&String, &Strings)| entry.covariates.get(covariate).is_some_and(|v| fits_any(&patterns.0, v));
    asked.select.iter().all(has) && !asked.without.iter().any(has)
}

/// Takes what a curve says of its task; the first that says something counts.
fn learn(asked: &EmergenceSpec, entry: &Entry, task: &str, known: &mut Known) {
    let value = |covariate: &str| entry.covariates.get(covariate).map_or("", String::as_str);
    if known.family.is_empty() {
        let by_pattern = asked.families.iter().find(|(_, patterns)| fits_any(&patterns.0, task)).map(|(family, _)| family.as_str());
        let family = by_pattern.unwrap_or_else(|| value(&asked.family));
        known.family = if family.is_empty() { task } else { family }.to_owned();
    }
    if known.components.is_empty() {
        let parts: Vec<&str> = match asked.edges.get(task) {
            Some(edges) => edges.0.iter().map(String::as_str).collect(),
            None => value(&asked.components).split(asked.separator.as_str()).map(str::trim).filter(|c| !c.is_empty() && *c != "?").collect(),
        };
        // An operation done twice is one component.
        let mut once = BTreeSet::new();
        known.components = parts.into_iter().filter(|c| once.insert(*c)).map(str::to_owned).collect();
    }
    known.composite |= !known.components.is_empty() || !value(&asked.kind).is_empty() && matches(&asked.composite, value(&asked.kind));
}

type Numbers = Vec<(&'static str, Option<f64>)>;

/// The usable checkpoints of a curve, smoothed; else why not, in a word. And what a row says of it.
fn clean(asked: &EmergenceSpec, entry: &Entry, task: &str, errors: &Errors<'_>) -> (Option<Series>, &'static str, Numbers) {
    let all: Vec<(f64, f64)> = entry.x.iter().copied().zip(entry.y.iter().copied()).collect();
    let finite: Vec<(f64, f64)> = all.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
    let inside = |p: &(f64, f64)| p.0 > asked.above && asked.until.is_none_or(|u| p.0 <= u);
    let mut kept: Vec<(f64, f64)> = finite.iter().copied().filter(inside).collect();
    kept.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (outside, before) = (finite.len() - kept.len(), kept.len());
    let (x, raw): (Vec<f64>, Vec<f64>) = kept.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, one_of(same, asked.duplicates))).unzip();
    let mut numbers: Numbers = vec![
        ("points", count(x.len())),
        ("not-finite", count(entry.x.len().max(entry.y.len()) - finite.len())),
        ("duplicates", count(before - x.len())),
        ("outside", count(outside)),
    ];
    if x.is_empty() {
        return (None, "no-points", numbers);
    }
    let maximum = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    numbers.extend([
        ("first-x", x.first().copied()),
        ("last-x", x.last().copied()),
        ("final", raw.last().copied()),
        ("mean", Some(raw.iter().sum::<f64>() / raw.len() as f64)),
        ("maximum", Some(maximum)),
        ("minimum", Some(raw.iter().copied().fold(f64::INFINITY, f64::min))),
    ]);
    if x.len() < asked.min_checkpoints {
        return (None, "too-few-checkpoints", numbers);
    }
    if asked.trivial.is_some_and(|t| maximum <= t) {
        return (None, "trivial", numbers);
    }
    let change = errors.change(&entry.id, task, &x, &raw);
    let moves = change.map(|c| c.beyond(asked.trend.moves));
    if asked.knows_errors() {
        numbers.extend([("change", change.map(|c| c.change)), ("change-se", change.map(|c| c.se)), ("moves", moves.and_then(flag))]);
    }
    match smoothed(asked, &x, &raw) {
        Some(y) => (Some(Series { x, raw, y, moves }), OK, numbers),
        None => (None, "not-smoothable", numbers),
    }
}

/// Smooths as asked; `None` where the logarithm of the resource is needed and there is none.
pub(super) fn smoothed(asked: &EmergenceSpec, x: &[f64], raw: &[f64]) -> Option<Vec<f64>> {
    match asked.smooth.axis {
        SmoothAxis::Index => smooth::over_index(raw, asked.smooth.sigma),
        SmoothAxis::LogTokens => smooth::over_log(x, raw, asked.smooth.sigma),
    }
}

fn one_of(same: &[(f64, f64)], how: Duplicates) -> f64 {
    match how {
        Duplicates::First => same[0].1,
        Duplicates::Last => same[same.len() - 1].1,
        Duplicates::Mean => same.iter().map(|p| p.1).sum::<f64>() / same.len() as f64,
    }
}

/// Is a name described by one of several patterns?
pub(super) fn fits_any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|p| matches(p, name))
}
