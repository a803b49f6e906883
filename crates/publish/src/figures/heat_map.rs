//! `heat-map`: a table in colours: models against models, or any two texts, one number for each pair.

use std::collections::{BTreeMap, BTreeSet};

use report::{Axis, Layer, Panel};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::{drawn, named};
use super::rows::{Rows, median, plain};
use super::{Figure, Head, Inputs, Select};

/// The widest figure that still can be read on a page, in pixels.
const WIDEST: u32 = 1700;

/// One matrix a panel, all on one scale of colours. Of models against models both halves are filled, since a pair has no order.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HeatMap {
    /// The rows it is drawn from; all if not said. Names come in the order in which it lists them, others after them by name and size.
    pub select: Select,
    /// A panel for each value of this text column; one panel if not said.
    pub panels: Option<String>,
    /// The column of numbers, `correlation` if not said; where several rows share a place, their median.
    pub metric: String,
    /// The text column with a row for each value, in place of models (columns `model` and `model-b`) against models; needs `cols`.
    pub rows: Option<String>,
    /// The text column with a column for each value; needs `rows`.
    pub cols: Option<String>,
    /// The values that have the palest and the deepest colour; if not said, all there are, rounded outwards to tenths.
    pub range: Option<[f64; 2]>,
    /// What the numbers are, along the scale of the colours; the column's name if not said.
    pub label: Option<String>,
    /// What stands along x; nothing if not said.
    pub label_x: String,
    /// What stands along y; nothing if not said.
    pub label_y: String,
    /// Left out of names, such as a beginning that many of them share; nothing if not said.
    pub strip: Vec<String>,
}

impl Default for HeatMap {
    fn default() -> Self {
        Self {
            select: Select::new(),
            panels: None,
            metric: "correlation".to_owned(),
            rows: None,
            cols: None,
            range: None,
            label: None,
            label_x: String::new(),
            label_y: String::new(),
            strip: Vec::new(),
        }
    }
}

/// One panel: its title and its numbers, row by row.
type Matrix<'a> = (&'a str, Vec<Vec<f64>>);

impl Figure for HeatMap {
    const NAME: &'static str = "heat-map";
    const SAYS: &'static str = "A table in colours: models against models, a number for each pair, or the texts of two other columns.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        named("metric", &self.metric)?;
        if self.rows.is_some() != self.cols.is_some() {
            return Err("of `rows` and `cols` it has one; it needs both or none".into());
        }
        drawn(self.range, false).map(|_| ())
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let frame = inputs.frame;
        let rows = Rows::of(&self.select, frame)?;
        let metric = self.metric.as_str();
        frame.numbers(metric).map_err(|e| e.to_string())?;
        let pairs = self.pairs();
        let (down, across) = self.sides();
        let (ys, xs) = if pairs {
            let models: BTreeSet<&str> = rows.values(down)?.into_iter().chain(rows.values(across)?).collect();
            let models = rows.sorted(down, models);
            (models.clone(), models)
        } else {
            (rows.values(down)?, rows.values(across)?)
        };
        let (matrices, most) = self.matrices(&rows, &ys, &xs)?;
        let finite = || matrices.iter().flat_map(|(_, m)| m.iter().flatten()).copied().filter(|v| v.is_finite());
        let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Err(format!("no pair of {} has a {metric}", if pairs { "models" } else { "names" }));
        }
        let rounded = ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0);
        let range = drawn(self.range, false)?.or(Some(rounded).filter(|(low, high)| low < high));

        let (down_names, across_names) = (stripped(&ys, &self.strip), stripped(&xs, &self.strip));
        let (width, height) = size(&across_names, &down_names, matrices.iter().any(|(title, _)| !title.is_empty()));
        let named = |label: &str| if label.is_empty() { 0 } else { 22 };
        let (width, height) = (width + named(&self.label_y), height + named(&self.label_x));
        let mut figure = head.figure().with_columns((WIDEST / width).clamp(1, 3) as usize).with_panel_size(width, height);
        for (title, values) in matrices {
            let label = self.label.clone().unwrap_or_else(|| metric.to_owned());
            let cells = Layer::Cells { label, xs: across_names.clone(), ys: down_names.clone(), values, decimals: 2, range };
            figure = figure.with_panel(Panel::new(plain(title), Axis::linear(&self.label_x), Axis::linear(&self.label_y)).with(cells));
        }
        let unit = if rows.values("task").is_ok_and(|tasks| tasks.len() > 1) { "tasks" } else { "rows" };
        let whose = if pairs { "pair" } else { "cell" };
        let several = if most > 1 { format!(" Each number is the median over the {unit} of its {whose}, {most} at most.") } else { String::new() };
        let sides = if pairs { "Every pair of models stands on both sides of the diagonal; a grey cell has no number." } else { "A grey cell has no number." };
        Ok(figure.with_caption(format!("{sides}{several}")))
    }
}

impl HeatMap {
    /// Whether it is models against models.
    fn pairs(&self) -> bool {
        self.rows.is_none() && self.cols.is_none()
    }

    /// The text columns down and across.
    fn sides(&self) -> (&str, &str) {
        (self.rows.as_deref().unwrap_or("model"), self.cols.as_deref().unwrap_or("model-b"))
    }

    /// The numbers of every panel, and how many rows share a cell at most.
    fn matrices<'a>(&self, rows: &Rows<'a>, ys: &[&'a str], xs: &[&'a str]) -> Result<(Vec<Matrix<'a>>, usize), String> {
        let (down, across) = self.sides();
        let mut matrices = Vec::new();
        let mut most = 0;
        for (title, index) in rows.panels(self.panels.as_deref())? {
            let mut found: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
            for r in index {
                let Some(value) = rows.number(&self.metric, r) else { continue };
                let (a, b) = (rows.text(down, r), rows.text(across, r));
                found.entry((a, b)).or_default().push(value);
                if self.pairs() && a != b {
                    found.entry((b, a)).or_default().push(value);
                }
            }
            most = found.values().map(Vec::len).fold(most, usize::max);
            let cell = |a: &str, b: &str| found.get(&(a, b)).map_or(f64::NAN, |values| median(values));
            matrices.push((title, ys.iter().map(|a| xs.iter().map(|b| cell(a, b)).collect()).collect()));
        }
        Ok((matrices, most))
    }
}

/// The size of a panel that gives every number its cell.
fn size(across: &[String], down: &[String], titled: bool) -> (u32, u32) {
    let (columns, rows) = (across.len().max(1) as u32, down.len().max(1) as u32);
    let wide = (420 / columns).clamp(40, 72);
    let high = (wide * 5 / 8).clamp(25, 42);
    // About 7.5 pixels a letter; 100 hold the scale of the colours and 20 half of the last name.
    let letters = |names: &[String]| names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let pixels = |names: &[String]| (letters(names) as f64 * 7.5).ceil() as u32;
    let below = if pixels(across) + 4 > wide { pixels(across) + 4 } else { 17 };
    // The scale of the colours is not shorter than its own words.
    let body = (rows * high).max(if rows < columns { 120 } else { 0 });
    (columns * wide + pixels(down) + 14 + 20 + 100, body + below + 28 + if titled { 19 } else { 0 })
}
