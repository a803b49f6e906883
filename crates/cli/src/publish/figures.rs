//! Figures of a spec, drawn from rows; fans ask their methods again about a few curves.

mod bump;
mod calibration;
mod fans;
mod heat_map;
mod intervals;
mod lines;
mod names;
mod regret;
mod rows;
mod scatter;
mod score_vs_seconds;
mod survival;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::BTreeMap;

use evaluation::{Cell, Frame, Strings};
use report::Figure;
use runner::spec::{FigureKind, FigureSpec};
use runner::whole::What;
use runner::{Gathered, Plan};

/// Draws one figure, or says why it cannot be.
pub fn draw(spec: &FigureSpec, plan: &Plan, gathered: &Gathered) -> Result<Figure, String> {
    let frame = &gathered.frame;
    match spec.kind {
        FigureKind::Fans => fans::draw(spec, plan),
        FigureKind::ScoreVsSeconds => score_vs_seconds::draw(spec, frame),
        FigureKind::Calibration => calibration::draw(spec, frame),
        FigureKind::Regret => regret::draw(spec, gathered),
        FigureKind::HeatMap => heat_map::draw(spec, frame),
        FigureKind::Bump => bump::draw(spec, frame),
        FigureKind::Timeline => timeline::draw(spec, frame, &spent(spec, plan)),
        FigureKind::Survival => survival::draw(spec, frame, &spent(spec, plan)),
        FigureKind::Scatter => scatter::draw(spec, frame),
        FigureKind::Lines => lines::draw(spec, frame),
        FigureKind::Intervals => intervals::draw(spec, frame, &plan.experiment.published.claims),
    }
}

fn wanted<'a>(spec: &'a FigureSpec, column: &str) -> Option<&'a str> {
    spec.select.get(column).and_then(|s| s.0.first()).map(String::as_str)
}

/// What is spent along the curves a figure is about: as the spec says, or the resource of their source.
fn spent(spec: &FigureSpec, plan: &Plan) -> String {
    let resource = || {
        let id = wanted(spec, "ask")?;
        let ask = plan.experiment.spec.asks.iter().find(|a| a.id == id)?;
        match &plan.wholes.get(&ask.source)?.what {
            What::Curves(set) => Some(set.resource().name.clone()),
            What::Table(_) => None,
        }
    };
    spec.label.clone().or_else(resource).unwrap_or_else(|| "resource".into())
}

/// The distinct values of a column among the rows a figure selects.
fn levels(spec: &FigureSpec, frame: &Frame, column: &str) -> Result<Vec<String>, String> {
    let filter: BTreeMap<String, Vec<String>> = spec.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let rows = frame.select(&filter).map_err(|e| e.to_string())?;
    let mut out: Vec<String> = Vec::new();
    for r in rows {
        if let Some(t) = frame.text(column, r).filter(|t| !out.iter().any(|o| o == t)) {
            out.push(t.to_owned());
        }
    }
    if out.is_empty() { Err("it selects no rows".into()) } else { Ok(out) }
}

fn cell(spec: &FigureSpec, metric: &str, stat: evaluation::Stat, more: &[(&str, &str)]) -> Cell {
    let mut select = spec.select.clone();
    for (k, v) in more {
        select.insert((*k).to_owned(), Strings(vec![(*v).to_owned()]));
    }
    Cell { select, metric: metric.to_owned(), stat, ..Cell::default() }
}

fn value(c: &Cell, frame: &Frame) -> Option<(f64, f64)> {
    c.evaluate(frame, 0, 0, 0.95).ok().map(|v| (v.value, v.se.unwrap_or(0.0)))
}
