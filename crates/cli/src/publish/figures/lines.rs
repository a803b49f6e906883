//! One column of numbers over another: a line, or a cloud of points, for each series.

use std::collections::BTreeSet;

use evaluation::Frame;
use report::{Axis, Colour, Figure, Layer, Marker, Panel, Shade, Style};
use runner::spec::{Along, FigureSpec};

use super::names::stripped;
use super::rows::{Rows, drawn, median, needed, plain};

/// With more series than this two would look the same.
const SERIES: usize = 35;
/// Points of a series that has more than this are small, and lines through more have none.
const MANY: usize = 60;

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

/// The columns a place is read from.
struct Columns<'a> {
    across: Across<'a>,
    y: &'a str,
    ends: Option<(&'a str, &'a str)>,
    beside: Option<&'a str>,
}

/// A panel for each value of `panels`, and in each a line for each value of `series`, with its band where the spec names ends. Rows that
/// `marks` names are large black points instead.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let y = needed(spec.y.as_deref(), "y")?;
    let ends = match (spec.low.as_deref(), spec.high.as_deref()) {
        (Some(low), Some(high)) => Some((low, high)),
        (None, None) => None,
        _ => return Err("of `low` and `high` it has one; it needs both or none".into()),
    };
    for column in [Some(y), spec.points.as_deref(), spec.low.as_deref(), spec.high.as_deref()].into_iter().flatten() {
        frame.numbers(column).map_err(|e| e.to_string())?;
    }
    let rows = Rows::of(spec, frame)?;
    let columns = Columns { across: Across::of(&rows, frame, needed(spec.x.as_deref(), "x")?)?, y, ends, beside: spec.points.as_deref() };
    let marked = |r: usize| !spec.marks.is_empty() && spec.marks.iter().all(|(column, wanted)| wanted.0.iter().any(|w| w == rows.text(column, r)));
    let series = spec.series.as_deref().unwrap_or("method");
    rows.values(series)?;
    let values = rows.sorted(series, rows.iter().filter(|&r| !marked(r)).map(|r| rows.text(series, r)).collect::<BTreeSet<&str>>());
    if values.len() > SERIES {
        return Err(format!("it has {} series, of which {SERIES} can be told apart; select fewer", values.len()));
    }
    let names = stripped(&values, &spec.strip);
    let join = spec.join.unwrap_or(true);
    let range = drawn(spec, Along::Y)?;

    let panels = rows.panels()?;
    let (columns_of_panels, width, height) = match panels.len() {
        1 => (1, 640, 430),
        2..=4 => (2, 480, 370),
        _ => (3, 380, 320),
    };
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(columns_of_panels).with_panel_size(width, height + legend(&names, width));
    let (mut shown, mut shared) = (0, false);
    for (title, index) in panels {
        let up = spec.label_y.as_deref().unwrap_or(y);
        let up = if spec.log.contains(&Along::Y) { Axis::log(up) } else { Axis::linear(up) };
        let up = if let Some((low, high)) = range { up.between(low, high) } else { up };
        let mut panel = Panel::new(plain(title), columns.across.axis(spec), up);
        if let Some(level) = spec.at {
            panel = panel.with(Layer::HLine { label: String::new(), y: level });
        }
        let mut all: Vec<Vec<Place>> = Vec::with_capacity(values.len());
        for value in &values {
            let of = index.iter().copied().filter(|&r| !marked(r) && rows.text(series, r) == *value);
            let mut places: Vec<Place> = of.filter_map(|r| columns.place(&rows, spec, r)).collect();
            shown += places.len();
            if join {
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
            let dots = columns.beside.map(|_| if own { Colour::nth(k) } else { Colour::INK });
            panel = layers(panel, plain(name), k, places, join, dots);
        }
        let points: Vec<(f64, f64)> = index.iter().filter(|&&r| marked(r)).filter_map(|&r| columns.place(&rows, spec, r)).map(|p| (p.x, p.y)).collect();
        shown += points.len();
        if !spec.marks.is_empty() {
            let label = spec.marks.values().flat_map(|v| v.0.iter()).map(|v| plain(v)).collect::<Vec<&str>>().join(" ");
            panel = panel.with(Layer::Points { label, points, error: None, marker: Marker::Diamond, colour: Colour::BLACK });
        }
        if let Some(beside) = columns.beside {
            // For the legend alone.
            panel = panel.with(Layer::Points { label: beside.to_owned(), points: Vec::new(), error: None, marker: Marker::Dot, colour: Colour::GREY });
        }
        panel.legend = figure.panels.is_empty();
        figure = figure.with_panel(panel);
    }
    if shown == 0 {
        return Err(format!("no row has a place: both {y} and what stands along x, positive where the axis is logarithmic"));
    }
    Ok(figure.with_caption(caption(spec, join, shared)))
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

    fn axis(&self, spec: &FigureSpec) -> Axis {
        let (Self::Numbers(column) | Self::Read(column) | Self::Names(column, _)) = self;
        let label = spec.label.as_deref().unwrap_or(column);
        match self {
            Self::Names(_, values) => Axis::named(label, stripped(values, &spec.strip)),
            _ if spec.log.contains(&Along::X) => Axis::log(label),
            _ => Axis::linear(label),
        }
    }
}

impl Columns<'_> {
    /// Where a row is drawn; `None` where it lacks a number, or has one that a logarithmic axis does not take.
    fn place(&self, rows: &Rows<'_>, spec: &FigureSpec, r: usize) -> Option<Place> {
        let takes = |along: Along, v: &f64| *v > 0.0 || !spec.log.contains(&along);
        let x = self.across.at(rows, r).filter(|x| takes(Along::X, x))?;
        let y = rows.number(self.y, r).filter(|y| takes(Along::Y, y))?;
        let ends = self.ends.and_then(|(low, high)| Some((rows.number(low, r)?, rows.number(high, r)?)));
        Some(Place { x, y, ends, beside: self.beside.and_then(|column| rows.number(column, r)) })
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

fn caption(spec: &FigureSpec, join: bool, shared: bool) -> String {
    let mut parts = Vec::new();
    if let Some(beside) = &spec.points {
        parts.push(format!("Small points are {beside}, {} {}.", if join { "lines" } else { "large ones" }, spec.y.as_deref().unwrap_or_default()));
    }
    if spec.low.is_some() {
        parts.push(format!("{} are intervals.", if join { "Bands" } else { "Bars" }));
    }
    if shared {
        parts.push("Where several rows share a place along x, a line goes through their medians.".to_owned());
    }
    if spec.range.is_some() {
        parts.push("What lies above or below the panel is cut off.".to_owned());
    }
    parts.join(" ")
}
