//! `scatter`: predicted against actual, with intervals.

use std::collections::BTreeMap;

use report::{Axis, Colour, Dash, Layer, Marker, Panel, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::named;
use super::rows::{Rows, plain};
use super::{Figure, Head, Inputs, Select};

const PALE: Colour = Colour(150, 150, 150);
/// More points of one series than this are drawn without their tasks' names.
const NAMED: usize = 24;

/// One panel for each value of `panels`, all on one scale (columns `predicted` and `actual`, and `low` and `high` where there are intervals). What lies
/// on the dotted line was predicted as it came. The first series is filled and has the names of its tasks; a thin line joins the points of one task.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scatter {
    /// The rows it is drawn from; all if not said. Values come in the order in which it lists them, others after them by name and size.
    pub select: Select,
    /// A panel for each value of this text column; one panel if not said.
    pub panels: Option<String>,
    /// A colour for each value of this text column; `model` if not said.
    pub series: String,
    /// Left out of names, such as a beginning that many of them share; nothing if not said.
    pub strip: Vec<String>,
}

impl Default for Scatter {
    fn default() -> Self {
        Self { select: Select::new(), panels: None, series: "model".to_owned(), strip: Vec::new() }
    }
}

impl Figure for Scatter {
    const NAME: &'static str = "scatter";
    const SAYS: &'static str = "Predicted against actual, with intervals where there are any.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        named("series", &self.series)
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let rows = Rows::of(&self.select, inputs.frame)?;
        let values = rows.values(&self.series)?;
        let names = stripped(&values, &self.strip);
        let numbers = rows.iter().flat_map(|r| ["predicted", "actual", "low", "high"].map(|c| rows.number(c, r))).flatten();
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Err("no row has a prediction".into());
        }
        let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
        let (low, high) = (low - margin, high + margin);

        let mut figure = head.figure().with_columns(2).with_panel_size(480, 460);
        for (title, index) in rows.panels(self.panels.as_deref())? {
            let axis = |what: &str| Axis::linear(what).between(low, high);
            let mut panel = Panel::new(plain(title), axis("actual"), axis("predicted")).with(Layer::Line {
                label: "predicted = actual".into(),
                points: vec![(low, low), (high, high)],
                style: Style { colour: Colour::GREY, dash: Dash::Dotted, width: 1.5 },
            });
            panel.layers.extend(tasks(&rows, &index));
            for (k, (value, name)) in values.iter().zip(&names).enumerate() {
                let of: Vec<usize> = index.iter().copied().filter(|&r| rows.text(&self.series, r) == *value && point(&rows, r).is_some()).collect();
                panel.layers.extend(self.one(&rows, &of, k, name));
            }
            panel.legend = figure.panels.is_empty();
            figure = figure.with_panel(panel);
        }
        Ok(figure
            .with_caption("Bars are the intervals of the predictions; a thin line joins the points of one task; above the dotted line too much was predicted."))
    }
}

impl Scatter {
    /// One series: its intervals, its points and, of the first, the names of its tasks.
    fn one(&self, rows: &Rows<'_>, of: &[usize], k: usize, name: &str) -> Vec<Layer> {
        let bars: Vec<[f64; 3]> = of.iter().filter_map(|&r| Some([rows.number("actual", r)?, rows.number("low", r)?, rows.number("high", r)?])).collect();
        let column = |i: usize| -> Vec<f64> { bars.iter().map(|bar| bar[i]).collect() };
        let (filled, empty) = Marker::pair(k);
        let marker = if k == 0 { filled } else { empty };
        let points: Vec<(f64, f64)> = of.iter().filter_map(|&r| point(rows, r)).collect();
        let mut layers = vec![
            Layer::Bars { label: String::new(), x: column(0), low: column(1), high: column(2), colour: Colour::nth(k) },
            Layer::Points { label: plain(name).to_owned(), points: points.clone(), error: None, marker, colour: Colour::nth(k) },
        ];
        if k == 0 && of.len() <= NAMED {
            let tasks: Vec<&str> = of.iter().map(|&r| rows.text("task", r)).collect();
            layers.push(Layer::Words { points, words: stripped(&tasks, &self.strip), colour: Colour::BLACK });
        }
        layers
    }
}

/// Where a row is drawn, if it has both numbers.
fn point(rows: &Rows<'_>, r: usize) -> Option<(f64, f64)> {
    Some((rows.number("actual", r)?, rows.number("predicted", r)?))
}

/// A thin line through the points of each task that has several.
fn tasks(rows: &Rows<'_>, index: &[usize]) -> Vec<Layer> {
    let mut tasks: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for &r in index {
        tasks.entry(rows.text("task", r)).or_default().extend(point(rows, r));
    }
    let line = |mut points: Vec<(f64, f64)>| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Layer::Line { label: String::new(), points, style: Style { colour: PALE, dash: Dash::Solid, width: 1.0 } }
    };
    tasks.into_iter().filter(|(task, points)| !task.is_empty() && points.len() > 1).map(|(_, points)| line(points)).collect()
}
