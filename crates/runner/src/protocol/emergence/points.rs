//! View `point`: when each task of each model emerged.

use evaluation::emergence::{Definition, Emergence, Rule};
use evaluation::stat;

use super::data::{Data, Series};
use super::spec::EmergenceSpec;
use crate::row_writer::{EACH, OK, RowWriter, count, flag};

/// Emergence points by definition, model and task; what a model has no curve of is [`Emergence::NoCurve`] with the word `missing`.
pub(super) struct Points {
    /// The `definition` column.
    pub definition: String,
    /// By model, then by task.
    pub models: Vec<Vec<Emergence>>,
}

/// Finds them all. A definition that is none (the spec was checked before) finds nothing.
pub(super) fn find(asked: &EmergenceSpec, data: &Data) -> Vec<Points> {
    let of = |rule: &Option<Rule>, series: &Option<Series>| match (rule, series) {
        (Some(rule), Some(s)) => emergence(rule, s, data.lower),
        (_, None) => Emergence::NoCurve("missing"),
        (None, _) => Emergence::NoCurve("no-definition"),
    };
    asked
        .definitions
        .iter()
        .map(|d| {
            let rule = d.rule().ok();
            let models = data.models.iter().map(|m| m.curves.iter().map(|c| of(&rule, c)).collect()).collect();
            Points { definition: d.id.clone(), models }
        })
        .collect()
}

/// Of a loss, a threshold is reached from above; shares of a maximum, areas and elbows are about measures of which more is better.
fn emergence(rule: &Rule, series: &Series, lower: bool) -> Emergence {
    if !lower {
        return rule.emergence(&series.x, &series.y);
    }
    let definition = match rule.definition {
        Definition::Fixed { threshold } => Definition::Fixed { threshold: -threshold },
        Definition::Stable { threshold, run } => Definition::Stable { threshold: -threshold, run },
        Definition::Relative { .. } | Definition::Area { .. } | Definition::Elbow => return Emergence::NoCurve("lower-is-better"),
    };
    let turned: Vec<f64> = series.y.iter().map(|v| -v).collect();
    Rule { definition, ..*rule }.emergence(&series.x, &turned)
}

/// Their rows, with ranks within the model: ties share, and what never emerged shares the last.
pub(super) fn rows(data: &Data, all: &[Points], rows: &mut RowWriter<'_>) {
    for points in all {
        for (model, of_model) in data.models.iter().zip(&points.models) {
            let ranked: Vec<f64> = of_model.iter().filter_map(Emergence::bottom).collect();
            let mut ranks = stat::ranks(&ranked).unwrap_or_default().into_iter();
            for ((task, e), series) in data.tasks.iter().zip(of_model).zip(&model.curves) {
                let Some(series) = series else { continue };
                let rank = e.emerged().and_then(|_| ranks.next());
                let (status, outcome) = match e {
                    Emergence::At { .. } => (OK, "emerged"),
                    Emergence::Never { .. } => (OK, "censored"),
                    Emergence::NoCurve(why) => (*why, ""),
                };
                let after = if let Emergence::At { after, .. } = e { *after } else { None };
                let texts = [
                    ("definition", points.definition.as_str()),
                    ("model", &model.name),
                    ("task", &task.name),
                    ("kind", task.kind()),
                    ("family", &data.families[task.family]),
                    ("outcome", outcome),
                ];
                let numbers = [
                    ("emergence", e.x()),
                    ("log10-emergence", e.x().map(f64::log10)),
                    ("after", after),
                    ("last-x", series.x.last().copied()),
                    ("emerged", e.emerged().and_then(flag)),
                    ("rank-emergence", rank),
                    ("tasks", count(ranked.len())),
                ];
                rows.push("point", EACH, status, &texts, &numbers);
            }
        }
    }
}
