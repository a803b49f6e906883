//! `runs.parquet`: the curves and scalars of all stages of an experiment, as they are committed. Weights are not in it.

use std::collections::BTreeMap;

use evaluation::Frame;
use lab::{Outcome, Series, Status};

use super::Kept;
use crate::stage::StagePlan;

/// Adds a point to the last series, or begins another.
pub(super) fn point(all: &mut Vec<Series>, name: &str, x: f64, y: f64) {
    if all.last().is_none_or(|s| s.name != name) {
        all.push(Series { name: name.to_owned(), x: Vec::new(), y: Vec::new() });
    }
    if let Some(last) = all.last_mut() {
        last.x.push(x);
        last.y.push(y);
    }
}

/// The rows of stages: one a point of a series and one a scalar, and what the stage cost where that was counted.
pub(crate) fn rows(stages: &[(&StagePlan, Kept)]) -> Frame {
    let mut frame = Frame::new();
    for (plan, Kept { outcome, flops }) in stages {
        let seed = plan.stage.seed.to_string();
        let status = match &outcome.status {
            Status::Done => String::new(),
            Status::Diverged(why) => why.clone(),
        };
        let keys = |view: &'static str, name: &str| {
            [
                ("study", plan.study.name().to_owned()),
                ("key", plan.key.clone()),
                ("stage", plan.stage.id.clone()),
                ("arm", plan.stage.arm.clone()),
                ("seed", seed.clone()),
                ("diverged", status.clone()),
                ("view", view.to_owned()),
                ("name", name.to_owned()),
            ]
        };
        let mut push = |view: &'static str, name: &str, x: Option<f64>, value: Option<f64>| {
            let keys = keys(view, name);
            let keys: Vec<(&str, &str)> = keys.iter().map(|(k, v)| (*k, v.as_str())).collect();
            frame.push_row(&keys, &[("x", x), ("value", value)]);
        };
        for (name, value) in &outcome.scalars {
            push("scalar", name, None, *value);
        }
        if let Some(flops) = flops {
            push("cost", "flops", None, Some(*flops as f64));
        }
        for s in &outcome.series {
            for (x, y) in s.x.iter().zip(&s.y) {
                push("series", &s.name, Some(*x), Some(*y));
            }
        }
    }
    frame
}

/// Outcomes by the keys of their stages.
pub(super) fn read(frame: &Frame) -> BTreeMap<String, Kept> {
    let mut all: BTreeMap<String, Kept> = BTreeMap::new();
    for r in 0..frame.len() {
        let text = |c: &str| frame.text(c, r).unwrap_or_default();
        let status = if text("diverged").is_empty() { Status::Done } else { Status::Diverged(text("diverged").to_owned()) };
        let none = || Kept { outcome: Outcome { series: Vec::new(), scalars: Vec::new(), weights: None, status }, flops: None };
        let Kept { outcome, flops } = all.entry(text("key").to_owned()).or_insert_with(none);
        match (text("view"), frame.number("x", r), frame.number("value", r)) {
            ("cost", _, value) => *flops = value.map(|v| v as u64),
            ("scalar", _, value) => outcome.scalars.push((text("name").to_owned(), value)),
            (_, Some(x), Some(y)) => point(&mut outcome.series, text("name"), x, y),
            _ => {}
        }
    }
    all
}
