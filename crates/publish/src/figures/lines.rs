//! `lines`: one column of numbers over another, a line or a cloud of points for each series.

use std::collections::BTreeSet;

use evaluation::Frame;
use report::{Axis, Colour, Layer, Marker, Panel, Shade, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::{Along, drawn, named};
use super::rows::{Rows, median, plain};
use super::{Figure, Head, Inputs, Select};

/// With more series than this two would look the same.
const SERIES: usize = 35;
/// Points of a series that has more than this are small, and lines through more have none.
const MANY: usize = 60;

/// A panel for each value of `panels`, and in each a line for each value of `series`, with its band where ends are named. Rows that `marks` names are
/// large black points instead.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lines {
    /// The column along x, of numbers or of text; texts that are numbers (`5`, `40%`) are placed as such, others stand side by side.
    pub x: String,
    /// The column of numbers along y.
    pub y: String,
    /// The rows it is drawn from; all if not said. Values come in the order in which it lists them, others after them by name and size.
    #[serde(default)]
    pub select: Select,
    /// A panel for each value of this text column; one panel if not said.
    #[serde(default)]
    pub panels: Option<String>,
    /// A colour for each value of this text column; `method` if not said.
    #[serde(default = "method")]
    pub series: String,
    /// A column of numbers that is drawn beside y as small points, such as what was measured beside what was computed; none if not said.
    #[serde(default)]
    pub points: Option<String>,
    /// The column of lower ends; none if not said.
    #[serde(default)]
    pub low: Option<String>,
    /// The column of upper ends; none if not said.
    #[serde(default)]
    pub high: Option<String>,
    /// Axes that are logarithmic; what is not positive has no place on them. None if not said.
    #[serde(default)]
    pub log: Vec<Along>,
    /// Whether the points of a series are joined, in the order of x; yes if not said.
    #[serde(default = "yes")]
    pub join: bool,
    /// Rows that have these texts are large black points and no series, such as the minima of profiles; none if not said. `select` must have them too.
    #[serde(default)]
    pub marks: Select,
    /// A thin line across at this y, for the eye; none if not said.
    #[serde(default)]
    pub at: Option<f64>,
    /// From where to where y goes; as far as there are numbers if not said.
    #[serde(default)]
    pub range: Option<[f64; 2]>,
    /// What stands along x; the column's name if not said.
    #[serde(default)]
    pub label: Option<String>,
    /// What stands along y; the column's name if not said.
    #[serde(default)]
    pub label_y: Option<String>,
    /// Left out of names, such as a beginning that many of them share; nothing if not said.
    #[serde(default)]
    pub strip: Vec<String>,
}

fn method() -> String {
    "method".to_owned()
}

fn yes() -> bool {
    true
}

/// What stands along x.
enum Across<'a> {
    /// A column of numbers.
    Numbers(&'a str),
    /// A column of text, each of which is a number.
    Read(&'a str),
    /// A column of other text: its values stand side by side.
    Names(&'a str, Vec<&'a str>),
}

/// One row that can be drawn.
struct Place {
    x: f64,
    y: f64,
    ends: Option<(f64, f64)>,
    beside: Option<f64>,
}

impl Figure for Lines {
    const NAME: &'static str = "lines";
    const SAYS: &'static str = "One column of numbers over another, a line with its band or a cloud for each series.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        for (key, column) in [("x", &self.x), ("y", &self.y), ("series", &self.series)] {
            named(key, column)?;
        }
        if self.low.is_some() != self.high.is_some() {
            return Err("of `low` and `high` it has one; it needs both or none".into());
        }
        drawn(self.range, self.is_log(Along::Y)).map(|_| ())
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let frame = inputs.frame;
        for column in [Some(&self.y), self.points.as_ref(), self.low.as_ref(), self.high.as_ref()].into_iter().flatten() {
            frame.numbers(column).map_err(|e| e.to_string())?;
        }
        let rows = Rows::of(&self.select, frame)?;
        let across = Across::of(&rows, frame, &self.x)?;
        let values = self.values(&rows)?;
        let names = stripped(&values, &self.strip);
        let range = drawn(self.range, self.is_log(Along::Y))?;

        let panels = rows.panels(self.panels.as_deref())?;
        let (columns, width, height) = match panels.len() {
            1 => (1, 640, 430),
            2..=4 => (2, 480, 370),
            _ => (3, 380, 320),
        };
        let mut figure = head.figure().with_columns(columns).with_panel_size(width, height + legend(&names, width));
        let (mut shown, mut shared) = (0, false);
        for (title, index) in panels {
            let up = self.label_y.as_deref().unwrap_or(&self.y);
            let up = if self.is_log(Along::Y) { Axis::log(up) } else { Axis::linear(up) };
            let up = if let Some((low, high)) = range { up.between(low, high) } else { up };
            let mut panel = Panel::new(plain(title), self.axis(&across), up);
            if let Some(level) = self.at {
                panel = panel.with(Layer::HLine { label: String::new(), y: level });
            }
            let mut all: Vec<Vec<Place>> = Vec::with_capacity(values.len());
            for value in &values {
                let of = index.iter().copied().filter(|&r| !self.marked(&rows, r) && rows.text(&self.series, r) == *value);
                let mut places: Vec<Place> = of.filter_map(|r| self.place(&across, &rows, r)).collect();
                shown += places.len();
                if self.join {
                    let before = places.len();
                    places = joined(places);
                    shared |= places.len() < before;
                }
                all.push(places);
            }
            // What was measured is the same for every series, or each has its own.
            let mut measured = all.iter().map(|p| beside(p)).filter(|p| !p.is_empty());
            let own = measured.next().is_some_and(|first| measured.any(|other| other != first));
            for (k, (places, name)) in all.iter().zip(&names).enumerate() {
                let dots = self.points.as_ref().map(|_| if own { Colour::nth(k) } else { Colour::INK });
                panel = layers(panel, plain(name), k, places, self.join, dots);
            }
            let (marks, count) = self.marks(&across, &rows, &index);
            shown += count;
            panel.layers.extend(marks);
            panel.legend = figure.panels.is_empty();
            figure = figure.with_panel(panel);
        }
        if shown == 0 {
            return Err(format!("no row has a place: both {} and what stands along x, positive where the axis is logarithmic", self.y));
        }
        Ok(figure.with_caption(self.caption(shared)))
    }
}

impl Lines {
    fn is_log(&self, along: Along) -> bool {
        self.log.contains(&along)
    }

    /// Whether a row is a mark and belongs to no series.
    fn marked(&self, rows: &Rows<'_>, r: usize) -> bool {
        !self.marks.is_empty() && self.marks.iter().all(|(column, wanted)| wanted.0.iter().any(|w| w == rows.text(column, r)))
    }

    /// The series, in the order in which they are shown.
    fn values<'a>(&self, rows: &Rows<'a>) -> Result<Vec<&'a str>, String> {
        rows.values(&self.series)?;
        let found: BTreeSet<&str> = rows.iter().filter(|&r| !self.marked(rows, r)).map(|r| rows.text(&self.series, r)).collect();
        let values = rows.sorted(&self.series, found);
        if values.len() > SERIES {
            return Err(format!("it has {} series, of which {SERIES} can be told apart; select fewer", values.len()));
        }
        Ok(values)
    }

    fn axis(&self, across: &Across<'_>) -> Axis {
        let (Across::Numbers(column) | Across::Read(column) | Across::Names(column, _)) = across;
        let label = self.label.as_deref().unwrap_or(column);
        match across {
            Across::Names(_, values) => Axis::named(label, stripped(values, &self.strip)),
            _ if self.is_log(Along::X) => Axis::log(label),
            _ => Axis::linear(label),
        }
    }

    /// Where a row is drawn; `None` where it lacks a number, or has one that a logarithmic axis does not take.
    fn place(&self, across: &Across<'_>, rows: &Rows<'_>, r: usize) -> Option<Place> {
        let takes = |along: Along, v: &f64| *v > 0.0 || !self.is_log(along);
        let x = across.at(rows, r).filter(|x| takes(Along::X, x))?;
        let y = rows.number(&self.y, r).filter(|y| takes(Along::Y, y))?;
        let ends = self.low.as_ref().zip(self.high.as_ref()).and_then(|(low, high)| Some((rows.number(low, r)?, rows.number(high, r)?)));
        Some(Place { x, y, ends, beside: self.points.as_ref().and_then(|column| rows.number(column, r)) })
    }

    /// The rows to mark, and a layer that explains small points in the legend; and how many rows were marked.
    fn marks(&self, across: &Across<'_>, rows: &Rows<'_>, index: &[usize]) -> (Vec<Layer>, usize) {
        let marked = index.iter().filter(|&&r| self.marked(rows, r));
        let points: Vec<(f64, f64)> = marked.filter_map(|&r| self.place(across, rows, r)).map(|p| (p.x, p.y)).collect();
        let (count, mut layers) = (points.len(), Vec::new());
        if !self.marks.is_empty() {
            let label = self.marks.values().flat_map(|v| v.0.iter()).map(|v| plain(v)).collect::<Vec<&str>>().join(" ");
            layers.push(Layer::Points { label, points, error: None, marker: Marker::Diamond, colour: Colour::BLACK });
        }
        if let Some(beside) = &self.points {
            // For the legend alone.
            layers.push(Layer::Points { label: beside.clone(), points: Vec::new(), error: None, marker: Marker::Dot, colour: Colour::GREY });
        }
        (layers, count)
    }

    fn caption(&self, shared: bool) -> String {
        let mut parts = Vec::new();
        if let Some(beside) = &self.points {
            parts.push(format!("Small points are {beside}, {} {}.", if self.join { "lines" } else { "large ones" }, self.y));
        }
        if self.low.is_some() {
            parts.push(format!("{} are intervals.", if self.join { "Bands" } else { "Bars" }));
        }
        if shared {
            parts.push("Where several rows share a place along x, a line goes through their medians.".to_owned());
        }
        if self.range.is_some() {
            parts.push("What lies above or below the panel is cut off.".to_owned());
        }
        parts.join(" ")
    }
}

impl<'a> Across<'a> {
    fn of(rows: &Rows<'a>, frame: &Frame, column: &'a str) -> Result<Self, String> {
        if frame.number_columns().any(|c| c == column) {
            return Ok(Self::Numbers(column));
        }
        let values: Vec<&str> = rows.values(column)?.into_iter().filter(|v| !v.is_empty()).collect();
        if values.is_empty() {
            return Err(format!("no row has a text {column:?}"));
        }
        Ok(if values.iter().all(|v| read(v).is_some()) { Self::Read(column) } else { Self::Names(column, values) })
    }

    fn at(&self, rows: &Rows<'_>, row: usize) -> Option<f64> {
        match self {
            Self::Numbers(column) => rows.number(column, row),
            Self::Read(column) => read(rows.text(column, row)),
            Self::Names(column, values) => values.iter().position(|v| *v == rows.text(column, row)).map(|i| i as f64),
        }
    }
}

/// A text that is a number, such as `5` or `40%`.
fn read(text: &str) -> Option<f64> {
    text.strip_suffix('%').unwrap_or(text).trim().parse().ok().filter(|v: &f64| v.is_finite())
}

/// One place for each x, in their order: where several rows share one, their medians.
fn joined(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by(|a, b| a.x.total_cmp(&b.x));
    let of = |same: &[Place], number: &dyn Fn(&Place) -> Option<f64>| {
        let numbers: Vec<f64> = same.iter().filter_map(number).collect();
        if numbers.is_empty() { None } else { Some(median(&numbers)) }
    };
    let one = |same: &[Place]| {
        let ends = of(same, &|p: &Place| p.ends.map(|e| e.0)).zip(of(same, &|p: &Place| p.ends.map(|e| e.1)));
        Some(Place { x: same.first()?.x, y: of(same, &|p: &Place| Some(p.y))?, ends, beside: of(same, &|p: &Place| p.beside) })
    };
    places.chunk_by(|a, b| a.x == b.x).filter_map(one).collect()
}

/// What stands beside y.
fn beside(places: &[Place]) -> Vec<(f64, f64)> {
    places.iter().filter_map(|p| p.beside.map(|y| (p.x, y))).collect()
}

/// The panel with one more series; `dots` is the colour of what stands beside y.
fn layers(mut panel: Panel, name: &str, k: usize, places: &[Place], join: bool, dots: Option<Colour>) -> Panel {
    let (style, colour, (filled, empty)) = (Style::nth(k), Colour::nth(k), Marker::pair(k));
    let label = || name.to_owned();
    let many = places.len() > MANY;
    let points: Vec<(f64, f64)> = places.iter().map(|p| (p.x, p.y)).collect();
    let ends: Vec<[f64; 3]> = places.iter().filter_map(|p| p.ends.map(|(low, high)| [p.x, low, high])).collect();
    let column = |i: usize| -> Vec<f64> { ends.iter().map(|e| e[i]).collect() };
    let (x, low, high) = (column(0), column(1), column(2));
    if join && x.len() > 1 {
        panel = panel.with(Layer::Band { label: label(), x, low, high, colour, shade: Shade::Light });
    } else if !x.is_empty() {
        panel = panel.with(Layer::Bars { label: String::new(), x, low, high, colour });
    }
    if let Some(colour) = dots {
        panel = panel.with(Layer::Points { label: String::new(), points: beside(places), error: None, marker: Marker::Dot, colour });
    }
    if join {
        panel = panel.with(Layer::Line { label: label(), points: points.clone(), style });
    }
    let marker = match (many, k) {
        (false, _) if join => filled,
        (false, 0) => filled,
        (false, _) => empty,
        (true, 0) => Marker::Dot,
        (true, _) => Marker::SmallRing,
    };
    // A line through many points, or beside others, would be hidden by marks.
    if join && (many || dots.is_some()) { panel } else { panel.with(Layer::Points { label: label(), points, error: None, marker, colour }) }
}

/// Room below the panel for a legend that takes more lines than two, in pixels.
fn legend(names: &[String], width: u32) -> u32 {
    // A swatch, gaps and about 7 pixels a letter; a line is 18 pixels high.
    let all: usize = names.iter().map(|name| 48 + 7 * plain(name).chars().count()).sum();
    let lines = u32::try_from(all).unwrap_or(u32::MAX).div_ceil(width.saturating_sub(80).max(1));
    18 * lines.saturating_sub(2)
}
