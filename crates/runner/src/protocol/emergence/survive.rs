//! View `survival`: the share of tasks that have not emerged, against the resource.

use std::collections::BTreeMap;

use evaluation::emergence::Emergence;
use evaluation::emergence::survival::{kaplan_meier, median, time};

use super::data::{Data, Task};
use super::points::Points;
use super::settings::Group;
use super::spec::EmergenceSpec;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count};

/// The name that stands for all models together.
const POOLED: &str = "all";

/// Every model, and all of them together (a task once for every model), in every grouping asked.
pub(super) fn rows(asked: &EmergenceSpec, data: &Data, all: &[Points], rows: &mut RowWriter<'_>) {
    for points in all {
        for group in &asked.survival.groups {
            let mut pooled: BTreeMap<String, Vec<(f64, bool)>> = BTreeMap::new();
            for (model, of_model) in data.models.iter().zip(&points.models) {
                for (name, times) in by_group(*group, data, of_model) {
                    one(asked, &points.definition, &model.name, &name, &times, rows);
                    pooled.entry(name).or_default().extend(times);
                }
            }
            for (name, times) in &pooled {
                one(asked, &points.definition, POOLED, name, times, rows);
            }
        }
    }
}

/// When the tasks of a model emerged, or until when they were watched, by their group; one of which the model has no curve is there without times.
pub(super) fn by_group(group: Group, data: &Data, of_model: &[Emergence]) -> BTreeMap<String, Vec<(f64, bool)>> {
    let mut groups: BTreeMap<String, Vec<(f64, bool)>> = BTreeMap::new();
    for (task, e) in data.tasks.iter().zip(of_model) {
        groups.entry(label(group, data, task)).or_default().extend(time(e));
    }
    groups
}

fn label(group: Group, data: &Data, task: &Task) -> String {
    match group {
        Group::All => "all".to_owned(),
        Group::Kind => format!("kind:{}", task.kind()),
        Group::Family => format!("family:{}", data.families[task.family]),
    }
}

fn one(asked: &EmergenceSpec, definition: &str, model: &str, group: &str, times: &[(f64, bool)], rows: &mut RowWriter<'_>) {
    let texts = [("definition", definition), ("model", model), ("group", group)];
    let steps = kaplan_meier(times, asked.survival.confidence);
    for step in steps.iter().flatten() {
        let numbers = [
            ("x", Some(step.x)),
            ("at-risk", count(step.at_risk)),
            ("events", count(step.events)),
            ("censored", count(step.censored)),
            ("survival", Some(step.survival)),
            ("low", step.low),
            ("high", step.high),
        ];
        rows.push("survival", EACH, OK, &texts, &numbers);
    }
    let emerged = times.iter().filter(|t| t.1).count();
    let share = (!times.is_empty()).then(|| emerged as f64 / times.len() as f64);
    let numbers = [("median", steps.as_deref().and_then(median)), ("tasks", count(times.len())), ("emerged-share", share)];
    rows.push("survival", ALL, if steps.is_some() { OK } else { "no-tasks" }, &texts, &numbers);
}
