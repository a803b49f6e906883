//! View `log-rank`: do models differ in when tasks emerge? All models of a group at once (level `all`), and two at a time (level `each`).
//!
//! p is that of one comparison, not adjusted for how many there are. It takes tasks to be independent and many; what becomes of it where they are
//! neither is said at `evaluation::stat::log_rank`.

use std::collections::BTreeMap;

use evaluation::stat::{LogRank, log_rank};

use super::data::Data;
use super::points::Points;
use super::spec::EmergenceSpec;
use super::survive::by_group;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count};

/// The tasks of a model that are in a group.
struct Model<'a> {
    name: &'a str,
    times: Vec<(f64, bool)>,
}

impl Model<'_> {
    fn events(&self) -> usize {
        self.times.iter().filter(|t| t.1).count()
    }
}

/// Every definition in every grouping asked of `survival`.
pub(super) fn rows(asked: &EmergenceSpec, data: &Data, all: &[Points], rows: &mut RowWriter<'_>) {
    for points in all {
        for group in &asked.survival.groups {
            let mut groups: BTreeMap<String, Vec<Model<'_>>> = BTreeMap::new();
            for (model, of_model) in data.models.iter().zip(&points.models) {
                for (name, times) in by_group(*group, data, of_model) {
                    groups.entry(name).or_default().push(Model { name: &model.name, times });
                }
            }
            for (name, models) in &groups {
                let about = [("definition", points.definition.as_str()), ("group", name.as_str())];
                together(about, models, rows);
                for (k, first) in models.iter().enumerate() {
                    for second in models.iter().skip(k + 1) {
                        pair(about, first, second, rows);
                    }
                }
            }
        }
    }
}

fn together(about: [(&str, &str); 2], models: &[Model<'_>], rows: &mut RowWriter<'_>) {
    let found = compared(&models.iter().collect::<Vec<_>>());
    let [statistic, freedom, p] = said(&found);
    let numbers = [
        statistic,
        freedom,
        p,
        ("models", count(models.len())),
        ("tasks", count(models.iter().map(|m| m.times.len()).sum())),
        ("events", count(models.iter().map(Model::events).sum())),
    ];
    rows.push("log-rank", ALL, status(&found), &about, &numbers);
}

fn pair(about: [(&str, &str); 2], first: &Model<'_>, second: &Model<'_>, rows: &mut RowWriter<'_>) {
    let found = compared(&[first, second]);
    let names = [first.name, second.name].join(" | ");
    let [definition, group] = about;
    let texts = [definition, group, ("pair", names.as_str()), ("model", first.name), ("model-b", second.name)];
    let expected = |k: usize| found.as_ref().ok().and_then(|f| f.expected.get(k).copied());
    let [statistic, freedom, p] = said(&found);
    let numbers = [
        statistic,
        freedom,
        p,
        ("tasks", count(first.times.len())),
        ("tasks-b", count(second.times.len())),
        ("events", count(first.events())),
        ("events-b", count(second.events())),
        ("expected", expected(0)),
        ("expected-b", expected(1)),
    ];
    rows.push("log-rank", EACH, status(&found), &texts, &numbers);
}

/// The test, or a word that says why there is none.
fn compared(models: &[&Model<'_>]) -> Result<LogRank, &'static str> {
    let times: Vec<&[(f64, bool)]> = models.iter().map(|m| m.times.as_slice()).collect();
    log_rank(&times).ok_or_else(|| {
        if times.iter().filter(|t| !t.is_empty()).count() < 2 {
            "too-few-models"
        } else if models.iter().all(|m| m.events() == 0) {
            "no-events"
        } else {
            // When the first task emerged, only one model's were still watched, or all that were emerged at once.
            "no-variation"
        }
    })
}

/// What the test says, as columns.
fn said(found: &Result<LogRank, &'static str>) -> [(&'static str, Option<f64>); 3] {
    let found = found.as_ref().ok();
    [("chi-squared", found.map(|f| f.statistic)), ("freedom", found.and_then(|f| count(f.freedom))), ("p", found.map(|f| f.p))]
}

fn status(found: &Result<LogRank, &'static str>) -> &'static str {
    found.as_ref().err().copied().unwrap_or(OK)
}
