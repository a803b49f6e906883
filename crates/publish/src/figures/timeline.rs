//! `timeline`: when tasks emerge, a row for each, a mark for each model.

use std::collections::BTreeMap;

use report::{Axis, Colour, Layer, Marker, Panel};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::{named, spent};
use super::rows::Rows;
use super::{Figure, Head, Inputs, Select};

/// Tasks from the one that emerges first in most models to the last (view `point`); an empty mark at the last checkpoint where it never did. Where
/// there are too many, those that were there at the first checkpoint of every model give way, and then every so many.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Timeline {
    /// The rows it is drawn from; all if not said. Models come in the order in which it lists them, others after them by name and size.
    pub select: Select,
    /// A colour for each value of this text column; `model` if not said.
    pub series: String,
    /// How many rows are shown at most; 40 if not said.
    pub curves: usize,
    /// What stands along x; the resource of the source if not said.
    pub label: Option<String>,
    /// Left out of the names of tasks and models, such as a beginning that many of them share; nothing if not said.
    pub strip: Vec<String>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { select: Select::new(), series: "model".to_owned(), curves: 40, label: None, strip: Vec::new() }
    }
}

impl Figure for Timeline {
    const NAME: &'static str = "timeline";
    const SAYS: &'static str = "When tasks emerge, a row each and a mark for each model.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        named("series", &self.series)
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let rows = Rows::of(&self.select, inputs.frame)?;
        let models = rows.values(&self.series)?;
        let emerged = Emerged::of(&rows, &self.series)?;
        let shown = emerged.shown(self.curves.max(1));
        let step = (0.8 / models.len() as f64).min(0.2);
        let x = Axis::log(spent(self.label.as_deref(), &rows, inputs));
        let mut panel = Panel::new("", x, Axis::named("", stripped(&shown.tasks, &self.strip)).downwards());
        let mut marks = 0;
        for ((k, model), name) in models.iter().enumerate().zip(stripped(&models, &self.strip)) {
            let beside = (k as f64 - (models.len() as f64 - 1.0) / 2.0) * step;
            let (reached, missed) = emerged.places(&shown.tasks, model, beside);
            marks += reached.iter().filter(|mark: &&(f64, f64)| mark.0 > 0.0).count();
            let (filled, empty) = Marker::pair(k);
            let layer = |label: String, points, marker| Layer::Points { label, points, error: None, marker, colour: Colour::nth(k) };
            panel = panel.with(layer(name, reached, filled)).with(layer(String::new(), missed, empty));
        }
        if marks == 0 {
            return Err("no task emerges at a positive x".into());
        }
        // For the legend alone.
        panel = panel.with(Layer::Points {
            label: "empty: not by the last checkpoint".into(),
            points: Vec::new(),
            error: None,
            marker: Marker::Ring,
            colour: Colour::GREY,
        });
        let high = shown.tasks.len() * (18 + 3 * models.len().saturating_sub(3)) + 110;
        let figure = head.figure().with_panel_size(760, u32::try_from(high).unwrap_or(u32::MAX)).with_panel(panel);
        Ok(figure.with_caption(emerged.caption(&shown)))
    }
}

/// When one task emerged in one model.
#[derive(Clone, Copy)]
struct Seen {
    /// `None`: not by the last checkpoint.
    emergence: Option<f64>,
    /// Whether it was there at the first checkpoint.
    first: bool,
    /// The last checkpoint.
    last: f64,
}

/// When the tasks that emerge anywhere do so.
struct Emerged<'a> {
    tasks: BTreeMap<&'a str, BTreeMap<&'a str, Seen>>,
    /// How many tasks emerge nowhere.
    never: usize,
    /// How many times a task was there at the first checkpoint of a model.
    at_first: usize,
}

/// The tasks that have a row.
struct Shown<'a> {
    tasks: Vec<&'a str>,
    /// How many were left out because they were there at the first checkpoint of every model.
    early: usize,
}

/// Points of a figure.
type Places = Vec<(f64, f64)>;

impl<'a> Emerged<'a> {
    fn of(rows: &Rows<'a>, series: &str) -> Result<Self, String> {
        let mut found: BTreeMap<&str, BTreeMap<&str, Seen>> = BTreeMap::new();
        let mut at_first = 0;
        for r in rows.iter() {
            let emergence = rows.number("emergence", r);
            // What is there at the first checkpoint has none before it.
            let first = emergence.is_some() && rows.number("after", r).is_none();
            let seen = Seen { emergence, first, last: rows.number("last-x", r).unwrap_or(f64::NAN) };
            at_first += usize::from(first);
            if found.entry(rows.text("task", r)).or_default().insert(rows.text(series, r), seen).is_some() {
                return Err(format!("task {:?} has two rows for {series} {:?}; select one definition", rows.text("task", r), rows.text(series, r)));
            }
        }
        let all = found.len();
        found.retain(|_, of| of.values().any(|seen| seen.emergence.is_some()));
        if found.is_empty() {
            return Err("no task emerges in any model".into());
        }
        Ok(Self { never: all - found.len(), tasks: found, at_first })
    }

    /// At most so many tasks, in their order.
    fn shown(&self, most: usize) -> Shown<'a> {
        let mut tasks: Vec<&str> = self.tasks.keys().copied().collect();
        tasks.sort_by_cached_key(|task| self.tasks.get(task).map(|of| key(of.values())));
        let moving = |task: &&str| self.tasks.get(task).is_some_and(|of| !of.values().all(|seen| seen.first));
        if tasks.len() > most && tasks.iter().any(moving) {
            tasks.retain(moving);
        }
        Shown { early: self.tasks.len() - tasks.len(), tasks: thinned(&tasks, most) }
    }

    /// Where a model has its marks: where tasks emerged, and the last checkpoint of those that did not.
    fn places(&self, tasks: &[&str], model: &str, beside: f64) -> (Places, Places) {
        let (mut reached, mut missed) = (Vec::new(), Vec::new());
        for (row, task) in tasks.iter().enumerate() {
            let Some(seen) = self.tasks.get(task).and_then(|of| of.get(model)) else { continue };
            let to = if seen.emergence.is_some() { &mut reached } else { &mut missed };
            to.push((seen.emergence.unwrap_or(seen.last), row as f64 + beside));
        }
        (reached, missed)
    }

    fn caption(&self, shown: &Shown<'_>) -> String {
        let left = self.tasks.len() - shown.early;
        let mut which = if shown.tasks.len() < left {
            format!("{} of {left} tasks that emerge in any model, taken evenly over their order", shown.tasks.len())
        } else {
            format!("the {left} tasks that emerge in any model")
        };
        if shown.early > 0 {
            which.push_str(&format!("; {} more were there at the first checkpoint of every model", shown.early));
        }
        let never = if self.never > 0 { format!("; {} emerge in none", self.never) } else { String::new() };
        let first = if self.at_first > 0 {
            format!(" {} times a task was there at the first checkpoint of a model: it emerged at an unknown time before that mark.", self.at_first)
        } else {
            String::new()
        };
        format!(
            "Rows are {which}{never}, in the order of the median over models.{first} An empty mark stands at the last checkpoint of a model in which the \
             task did not emerge."
        )
    }
}

/// What tasks are sorted by: the median over models, never being last; the share of models in which it never emerges; the mean of the others. As
/// bits, which sort like the numbers because none is negative.
fn key<'s>(seen: impl Iterator<Item = &'s Seen>) -> [u64; 3] {
    let mut all: Vec<f64> = seen.map(|s| s.emergence.unwrap_or(f64::INFINITY)).collect();
    all.sort_by(f64::total_cmp);
    let n = all.len();
    let middle = |i: usize| all.get(i).copied().unwrap_or(f64::INFINITY);
    let median = (middle(n.saturating_sub(1) / 2) + middle(n / 2)) / 2.0;
    let known: Vec<f64> = all.iter().copied().filter(|e| e.is_finite()).collect();
    let never = (n - known.len()) as f64 / n.max(1) as f64;
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    [median, never, mean].map(|v| v.max(0.0).to_bits())
}

/// So many of a list, evenly spread from its first to its last.
fn thinned<'a>(all: &[&'a str], most: usize) -> Vec<&'a str> {
    if all.len() <= most {
        return all.to_vec();
    }
    let (last, gaps) = (all.len() - 1, most.saturating_sub(1).max(1));
    (0..most).filter_map(|i| all.get((i * last + gaps / 2) / gaps)).copied().collect()
}
