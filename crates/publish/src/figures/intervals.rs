//! `intervals`: numbers with their intervals, a row for each of what they are about, beside what was published.

use std::collections::BTreeMap;

use evaluation::Claim;
use report::{Axis, Colour, Layer, Marker, Panel, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::{Along, drawn, named};
use super::rows::{Rows, plain};
use super::{Figure, Head, Inputs, Select};

/// A dot and a whisker for each value of `rows` (one above another) and of `series` (in colour). Panels have scales of their own, and each has the
/// values that some row of it or some published number is about.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Intervals {
    /// The rows it is drawn from; all if not said. Values come in the order in which it lists them, others after them by name and size.
    pub select: Select,
    /// The column of numbers; `estimate` if not said.
    pub x: String,
    /// The column of lower ends; if not said `low` of `estimate`, and `NAME-low` of another number.
    pub low: Option<String>,
    /// The column of upper ends; if not said `high` of `estimate`, and `NAME-high` of another number.
    pub high: Option<String>,
    /// The text column with a row for each value; `parameter` if not said.
    pub rows: String,
    /// A colour for each value of this text column; one colour if not said.
    pub series: Option<String>,
    /// A panel for each value of this text column; one panel if not said.
    pub panels: Option<String>,
    /// Whether x is logarithmic: `["x"]`. What is not positive has no place there. It is not if not said.
    pub log: Vec<Along>,
    /// From where to where x goes; as far as there are numbers if not said.
    pub range: Option<[f64; 2]>,
    /// A thin upright line at this x, for the eye; none if not said.
    pub at: Option<f64>,
    /// Several numbers of one place become their mean, with two standard errors; no if not said.
    pub mean: bool,
    /// Claims whose published numbers are marked; none if not said. The cell of a claim says in which row, panel and series; a parameter that it does
    /// not select is its metric.
    pub published: Vec<String>,
    /// What stands along x; the column's name if not said, and nothing where each panel is about a number of its own.
    pub label: Option<String>,
    /// Left out of names, such as a beginning that many of them share; nothing if not said.
    pub strip: Vec<String>,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            select: Select::new(),
            x: "estimate".to_owned(),
            low: None,
            high: None,
            rows: "parameter".to_owned(),
            series: None,
            panels: None,
            log: Vec::new(),
            range: None,
            at: None,
            mean: false,
            published: Vec::new(),
            label: None,
            strip: Vec::new(),
        }
    }
}

impl Figure for Intervals {
    const NAME: &'static str = "intervals";
    const SAYS: &'static str = "Numbers with their intervals, a dot and a whisker each, beside published ones.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn claims(&self) -> &[String] {
        &self.published
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        for (key, column) in [("x", &self.x), ("rows", &self.rows)] {
            named(key, column)?;
        }
        if self.log.contains(&Along::Y) {
            return Err("its y has names and no numbers; of `log` it takes \"x\" alone".into());
        }
        drawn(self.range, self.is_log()).map(|_| ())
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        inputs.frame.numbers(&self.x).map_err(|e| e.to_string())?;
        let columns = self.columns();
        let rows = Rows::of(&self.select, inputs.frame)?;
        let categories = rows.values(columns.rows)?;
        let series = columns.series.map_or_else(|| Ok(vec![""]), |column| rows.values(column))?;
        let panels_by = self.panels.as_deref();
        let published = self.published.iter().map(|id| Published::of(id, inputs.claims, &columns, panels_by)).collect::<Result<Vec<_>, _>>()?;
        let names: BTreeMap<&str, String> = categories.iter().copied().zip(stripped(&categories, &self.strip)).collect();
        let range = drawn(self.range, self.is_log())?;

        let panels = rows.panels(panels_by)?;
        let lanes: Vec<Lanes<'_>> = panels
            .iter()
            .map(|(title, index)| {
                let here = |row: &str| published.iter().any(|p| p.row == row && p.is_in(title));
                let there = |row: &str| index.iter().any(|&r| rows.text(columns.rows, r) == row);
                let categories = categories.iter().copied().filter(|row| there(row) || here(row)).collect();
                Lanes { categories, series: series.clone() }
            })
            .collect();
        let mut figure = sized(head.figure(), &names, &lanes);
        let (mut shown, mut open) = (0, false);
        for ((title, index), lanes) in panels.into_iter().zip(&lanes) {
            let beside = lanes.categories.iter().map(|row| plain(names.get(row).map_or(*row, String::as_str)).to_owned()).collect();
            let mut panel = Panel::new(plain(title), self.axis(range), Axis::named("", beside).downwards());
            if let Some(at) = self.at {
                panel = panel.with(Layer::VLine { label: String::new(), x: at });
            }
            let found = columns.found(&rows, &index, self.mean)?;
            for (k, one) in lanes.series.iter().enumerate() {
                let (layers, points, one_sided) = self.series(lanes, &found, k, one);
                open |= one_sided;
                shown += points.iter().filter(|p| range.is_none_or(|(low, high)| (low..=high).contains(&p.0))).count();
                panel.layers.extend(layers);
                panel = panel.with(Layer::Points { label: plain(one).to_owned(), points, error: None, marker: Marker::pair(k).0, colour: Colour::nth(k) });
            }
            let here = published.iter().filter(|p| p.is_in(title));
            let points: Vec<(f64, f64)> = here.filter_map(|p| lanes.published(p)).collect();
            if !published.is_empty() {
                panel = panel.with(Layer::Points { label: "published".into(), points, error: None, marker: Marker::OpenDiamond, colour: Colour::BLACK });
            }
            panel.legend = figure.panels.is_empty();
            figure = figure.with_panel(panel);
        }
        if shown == 0 {
            return Err(format!("no row has a {} that the axis shows", self.x));
        }
        Ok(figure.with_caption(self.caption(open)))
    }
}

/// What is drawn of one series in one panel: its whiskers, its dots, and whether some whisker has one side only.
type Series = (Vec<Layer>, Vec<(f64, f64)>, bool);

impl Intervals {
    fn is_log(&self) -> bool {
        self.log.contains(&Along::X)
    }

    fn takes(&self, v: f64) -> bool {
        v.is_finite() && (v > 0.0 || !self.is_log())
    }

    /// The columns it is made of. Rows call the ends of an estimate `low` and `high`, and those of a number by its name.
    fn columns(&self) -> Columns<'_> {
        let end = |given: &Option<String>, word: &str| {
            given.clone().unwrap_or_else(|| if self.x == "estimate" { word.to_owned() } else { format!("{}-{word}", self.x) })
        };
        Columns { value: &self.x, low: end(&self.low, "low"), high: end(&self.high, "high"), rows: &self.rows, series: self.series.as_deref() }
    }

    fn axis(&self, range: Option<(f64, f64)>) -> Axis {
        let label = self.label.as_deref().unwrap_or(if self.panels.is_some() { "" } else { &self.x });
        let x = if self.is_log() { Axis::log(label) } else { Axis::linear(label) };
        if let Some((low, high)) = range { x.between(low, high) } else { x }
    }

    /// The whiskers and the dots of one series.
    fn series(&self, lanes: &Lanes<'_>, found: &BTreeMap<(&str, &str), Found>, k: usize, one: &str) -> Series {
        let (mut whiskers, mut points, mut open) = (Vec::new(), Vec::new(), false);
        for (row, category) in lanes.categories.iter().enumerate() {
            let Some(found) = found.get(&(*category, one)).filter(|f| self.takes(f.value)) else { continue };
            let y = row as f64 + lanes.beside(k);
            points.push((found.value, y));
            let ends = [found.low, found.high].map(|end| end.filter(|e| self.takes(*e)));
            open |= ends.iter().filter(|end| end.is_some()).count() == 1;
            let line = ends.map(|end| (end.unwrap_or(found.value), y));
            if line[0].0 != line[1].0 {
                whiskers.push(Layer::Line { label: String::new(), points: line.to_vec(), style: Style::solid(Colour::nth(k)) });
            }
        }
        (whiskers, points, open)
    }

    fn caption(&self, open: bool) -> String {
        let open = if open { " A whisker on one side: the other end was not found, or the axis does not take it." } else { "" };
        let cut = if self.range.is_some() { " What lies outside the panel is cut off." } else { "" };
        let whiskers = if self.mean {
            "Dots are means over the rows of their place, whiskers two standard errors."
        } else {
            "Whiskers are intervals; a dot without them has none."
        };
        format!("{whiskers}{open}{cut}")
    }
}

/// The figure with panels that have room for every name and series.
fn sized(figure: report::Figure, names: &BTreeMap<&str, String>, lanes: &[Lanes<'_>]) -> report::Figure {
    let letters = names.values().map(|name| plain(name).chars().count()).max().unwrap_or(0);
    let (wide, across) = if lanes.len() == 1 { (500, 1) } else { (250, if letters > 24 { 2 } else { 3 }) };
    let series = lanes.iter().map(|one| one.series.len()).max().unwrap_or(1);
    let rows = lanes.iter().map(|one| one.categories.len()).max().unwrap_or(0);
    let high = rows * (18 + 9 * series.saturating_sub(1).min(6)) + 130 + 18 * series.saturating_sub(3);
    let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    figure.with_columns(across).with_panel_size(size(wide + 7 * letters + 60), size(high))
}

/// Where numbers stand: a lane for each category, and within it a place for each series.
struct Lanes<'a> {
    categories: Vec<&'a str>,
    series: Vec<&'a str>,
}

impl Lanes<'_> {
    /// How far from the middle of its lane a series stands.
    fn beside(&self, k: usize) -> f64 {
        let step = (0.7 / self.series.len() as f64).min(0.25);
        (k as f64 - (self.series.len() as f64 - 1.0) / 2.0) * step
    }

    /// Where a published number stands, if its category and its series are shown.
    fn published(&self, p: &Published<'_>) -> Option<(f64, f64)> {
        let row = self.categories.iter().position(|c| *c == p.row)?;
        let aside = match p.series {
            Some(s) => self.beside(self.series.iter().position(|one| *one == s)?),
            None => 0.0,
        };
        Some((p.value, row as f64 + aside))
    }
}

/// One number and the ends of its interval, where there are any.
#[derive(Clone, Copy)]
struct Found {
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
}

impl Found {
    /// The mean of several, with two standard errors on each side; of one, without.
    fn mean(of: &[Self]) -> Self {
        let n = of.len() as f64;
        let value = of.iter().map(|f| f.value).sum::<f64>() / n;
        let se = (of.iter().map(|f| (f.value - value).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        let end = |side: f64| Some(value + 2.0 * side * se).filter(|v| v.is_finite());
        Self { value, low: end(-1.0), high: end(1.0) }
    }
}

/// The columns a figure is made of.
struct Columns<'a> {
    value: &'a str,
    low: String,
    high: String,
    rows: &'a str,
    series: Option<&'a str>,
}

impl Columns<'_> {
    /// The numbers of a panel by row and series; with `mean`, means of all that share a place.
    fn found<'a>(&self, rows: &Rows<'a>, index: &[usize], mean: bool) -> Result<BTreeMap<(&'a str, &'a str), Found>, String> {
        let mut all: BTreeMap<(&str, &str), Vec<Found>> = BTreeMap::new();
        for &r in index {
            let Some(value) = rows.number(self.value, r) else { continue };
            let key = (rows.text(self.rows, r), self.series.map_or("", |column| rows.text(column, r)));
            all.entry(key).or_default().push(Found { value, low: rows.number(&self.low, r), high: rows.number(&self.high, r) });
        }
        let one = |(key, found): ((&'a str, &'a str), Vec<Found>)| match found.as_slice() {
            [only] if !mean => Ok((key, *only)),
            several if mean => Ok((key, Found::mean(several))),
            _ => Err(format!("{} {:?} has several rows; select one, take their mean, or make a series or a panel of what differs", self.rows, key.0)),
        };
        all.into_iter().map(one).collect()
    }
}

/// The published number of a claim, and the place that the claim's own cell gives it.
struct Published<'a> {
    value: f64,
    row: &'a str,
    series: Option<&'a str>,
    panel: Option<&'a str>,
}

impl<'a> Published<'a> {
    /// Whether it is marked in the panel with this title.
    fn is_in(&self, title: &str) -> bool {
        self.panel.is_none_or(|panel| panel == title)
    }

    /// Of the claim with this name. A parameter that a claim does not select is its metric.
    fn of(id: &str, claims: &'a [Claim], columns: &Columns<'_>, panels: Option<&str>) -> Result<Self, String> {
        let claim = claims.iter().find(|c| c.id == id).ok_or_else(|| format!("no claim is called {id:?}"))?;
        let (Some(value), Some(of)) = (claim.published, &claim.of) else { return Err(format!("claim {id:?} has no published number of a cell")) };
        let metric = of.metric.as_str();
        let names = |column: &str| match of.select.get(column).map(|s| s.0.as_slice()) {
            Some([one]) => Some(one.as_str()),
            None if column == "parameter" => Some(metric),
            _ => None,
        };
        let row = names(columns.rows).ok_or_else(|| format!("claim {id:?} does not say which {} it is about", columns.rows))?;
        Ok(Self { value, row, series: columns.series.and_then(names), panel: panels.and_then(names) })
    }
}
