//! `bump`: the order in which tasks emerge, one line a task, across models.

use std::collections::{BTreeMap, BTreeSet};

use report::{Axis, Colour, Dash, Layer, Marker, Panel, Shade, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::named;
use super::rows::Rows;
use super::{Figure, Head, Inputs, Select};

/// Places of one line.
type Points = Vec<(f64, f64)>;

const PALE: Colour = Colour(165, 165, 165);
/// Half the width of the bar around tasks whose order is not known, in models.
const BAR: f64 = 0.1;

/// Tasks from the top in the order in which they emerge in each model (view `point`). Tied tasks stand in the order of their mean rank inside a
/// bar, so that lines do not cross without need.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Bump {
    /// The rows it is drawn from; all if not said. Models come in the order in which it lists them, others after them by name and size.
    pub select: Select,
    /// A colour for each value of this text column; `kind` if not said.
    pub series: String,
    /// How many tasks are in colour: those whose rank differs most between models; 12 if not said.
    pub curves: usize,
    /// Left out of the names of tasks and models, such as a beginning that many of them share; nothing if not said.
    pub strip: Vec<String>,
}

impl Default for Bump {
    fn default() -> Self {
        Self { select: Select::new(), series: "kind".to_owned(), curves: 12, strip: Vec::new() }
    }
}

impl Figure for Bump {
    const NAME: &'static str = "bump";
    const SAYS: &'static str = "The order in which tasks emerge, a line each across models.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        named("series", &self.series)
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let rows = Rows::of(&self.select, inputs.frame)?;
        let orders = Orders::of(&rows)?;
        let series = self.series.as_str();
        rows.values(series)?;
        let group_of: BTreeMap<&str, &str> = rows.iter().map(|r| (rows.text("task", r), rows.text(series, r))).collect();
        let group = |t: usize| orders.tasks.get(t).and_then(|task| group_of.get(task)).copied().unwrap_or_default();
        let coloured = orders.movers(self.curves);
        let groups = rows.sorted(series, coloured.iter().map(|&t| group(t)).collect());
        let columns = orders.columns();
        let points = |t: usize| -> Points { columns.iter().enumerate().map(|(m, places)| (m as f64, places.get(t).copied().unwrap_or(f64::NAN))).collect() };

        let n = orders.tasks.len();
        let y = Axis::linear("place in the order of emergence").between(0.3, n as f64 + 0.7).downwards();
        let mut panel = Panel::new("", Axis::named("", stripped(&orders.models, &self.strip)), y);
        panel.layers.extend(orders.bars(&columns));
        let mut others = "other tasks".to_owned();
        for t in (0..n).filter(|t| !coloured.contains(t)) {
            let style = Style { colour: PALE, dash: Dash::Solid, width: 1.0 };
            panel = panel.with(Layer::Line { label: std::mem::take(&mut others), points: points(t), style });
        }
        for (k, name) in groups.iter().enumerate() {
            let members: Vec<usize> = coloured.iter().copied().filter(|&t| group(t) == *name).collect();
            panel.layers.extend(members.iter().flat_map(|&t| orders.coloured(name, k, t, points(t))));
            let tasks: Vec<&str> = members.iter().map(|&t| orders.tasks[t]).collect();
            let ends = members.iter().filter_map(|&t| points(t).pop()).collect();
            panel = panel.with(Layer::Tags { points: ends, words: stripped(&tasks, &self.strip), colour: Colour::nth(k) });
        }

        let shown: Vec<&str> = coloured.iter().map(|&t| orders.tasks[t]).collect();
        let letters = stripped(&shown, &self.strip).iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let wide = (760 / orders.models.len().max(1)).clamp(75, 140) * orders.models.len() + 7 * letters + 110;
        let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let never = if orders.never == 0 { String::new() } else { format!("; {} more emerge in none", orders.never) };
        Ok(head.figure().with_panel_size(size(wide), size(13 * n + 160)).with_panel(panel).with_caption(format!(
            "The {n} tasks that every model has and at least one learns, the first at the top{never}. In colour: the {} whose rank differs most between \
             models. Inside a bar the order is arbitrary, since its tasks emerge at one checkpoint or not at all (empty markers).",
            coloured.len()
        )))
    }
}

/// When the tasks that every model has emerge.
struct Orders<'a> {
    models: Vec<&'a str>,
    tasks: Vec<&'a str>,
    /// For each task and model; infinite where it never does.
    emergence: Vec<Vec<f64>>,
    /// Average ranks, for each task and model; tasks that never emerge share the last.
    ranks: Vec<Vec<f64>>,
    /// How many more tasks every model has, of which none emerges anywhere.
    never: usize,
}

impl<'a> Orders<'a> {
    fn of(rows: &Rows<'a>) -> Result<Self, String> {
        let models = rows.values("model")?;
        if models.len() < 2 {
            return Err("it selects fewer than two models".into());
        }
        let mut found: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
        for r in rows.iter() {
            let emergence = rows.number("emergence", r).unwrap_or(f64::INFINITY);
            let old = found.entry(rows.text("task", r)).or_default().insert(rows.text("model", r), emergence);
            if old.is_some() {
                return Err(format!("task {:?} has two rows for model {:?}; select one definition", rows.text("task", r), rows.text("model", r)));
            }
        }
        found.retain(|_, of| of.len() == models.len());
        let shared = found.len();
        found.retain(|_, of| of.values().any(|e| e.is_finite()));
        if found.is_empty() {
            return Err("no task that every model has emerges in any".into());
        }
        let tasks: Vec<&str> = found.keys().copied().collect();
        let emergence: Vec<Vec<f64>> = found.values().map(|of| models.iter().map(|m| of.get(m).copied().unwrap_or(f64::INFINITY)).collect()).collect();
        let rank = |t: &Vec<f64>, m: usize| {
            let before = emergence.iter().filter(|other| other[m] < t[m]).count();
            let equal = emergence.iter().filter(|other| other[m] == t[m]).count();
            before as f64 + (equal as f64 + 1.0) / 2.0
        };
        let ranks = emergence.iter().map(|t| (0..models.len()).map(|m| rank(t, m)).collect()).collect();
        Ok(Self { never: shared - tasks.len(), models, tasks, emergence, ranks })
    }

    /// One task in the colour of its group: a line, and a marker in each model, empty where it never emerges.
    fn coloured(&self, group: &str, k: usize, t: usize, points: Points) -> [Layer; 3] {
        let (style, (filled, empty)) = (Style::nth(k), Marker::pair(k));
        let emerges = |m: f64| self.emergence[t].get(m as usize).is_some_and(|e| e.is_finite());
        let (reached, missed): (Points, Points) = points.iter().copied().partition(|p| emerges(p.0));
        let marks = |label: &str, points, marker| Layer::Points { label: label.to_owned(), points, error: None, marker, colour: style.colour };
        [Layer::Line { label: group.to_owned(), points, style }, marks(group, reached, filled), marks("", missed, empty)]
    }

    /// The tasks whose rank differs most between two models, by their number.
    fn movers(&self, most: usize) -> BTreeSet<usize> {
        let spread = |t: usize| {
            let (low, high) = self.ranks[t].iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &r| (low.min(r), high.max(r)));
            high - low
        };
        let mut all: Vec<usize> = (0..self.tasks.len()).collect();
        all.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)).then_with(|| a.cmp(&b)));
        all.into_iter().take(most).collect()
    }

    /// For each model the place of each task, from 1: by rank, and among equals by mean rank and name.
    fn columns(&self) -> Vec<Vec<f64>> {
        let mean = |t: usize| self.ranks[t].iter().sum::<f64>();
        let column = |m: usize| {
            let mut order: Vec<usize> = (0..self.tasks.len()).collect();
            order.sort_by(|&a, &b| self.ranks[a][m].total_cmp(&self.ranks[b][m]).then_with(|| mean(a).total_cmp(&mean(b))).then_with(|| a.cmp(&b)));
            let mut places = vec![0.0; order.len()];
            for (place, t) in order.into_iter().enumerate() {
                places[t] = place as f64 + 1.0;
            }
            places
        };
        (0..self.models.len()).map(column).collect()
    }

    /// Bars around the tasks of a model that emerge at one checkpoint, and around those that never do.
    fn bars(&self, columns: &[Vec<f64>]) -> Vec<Layer> {
        let mut bars = Vec::new();
        let mut labels = ["at one checkpoint".to_owned(), "never".to_owned()];
        for (m, places) in columns.iter().enumerate() {
            // Tied tasks share their average rank, and stand together.
            let mut ties: BTreeMap<u64, (Vec<f64>, bool)> = BTreeMap::new();
            for (t, &place) in places.iter().enumerate() {
                let tie = ties.entry((2.0 * self.ranks[t][m]) as u64).or_insert_with(|| (Vec::new(), self.emergence[t][m].is_finite()));
                tie.0.push(place);
            }
            for (places, emerges) in ties.into_values().filter(|(places, emerges)| places.len() > 1 || !emerges) {
                let (low, high) = places.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &p| (low.min(p), high.max(p)));
                let mut bar = |label: String, shade: Shade| {
                    let x = vec![m as f64 - BAR, m as f64 + BAR];
                    bars.push(Layer::Band { label, x, low: vec![low - 0.4; 2], high: vec![high + 0.4; 2], colour: Colour::GREY, shade });
                };
                if emerges {
                    bar(std::mem::take(&mut labels[0]), Shade::Light);
                } else {
                    bar(String::new(), Shade::Light);
                    bar(std::mem::take(&mut labels[1]), Shade::Dark);
                }
            }
        }
        bars
    }
}
