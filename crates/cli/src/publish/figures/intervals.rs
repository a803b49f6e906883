//! Numbers with their intervals, a row for each of what they are about, beside what was published.

use std::collections::BTreeMap;

use evaluation::{Claim, Frame};
use report::{Axis, Colour, Figure, Layer, Marker, Panel, Style};
use runner::spec::{Along, FigureSpec};

use super::names::stripped;
use super::rows::{Rows, drawn, plain};

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

/// A dot and a whisker for each value of `rows` (one above another) and of `series` (in colour). Panels have scales of their own.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame, claims: &[Claim]) -> Result<Figure, String> {
    let value = spec.x.as_deref().unwrap_or("estimate");
    frame.numbers(value).map_err(|e| e.to_string())?;
    // Rows call the ends of an estimate `low` and `high`, and those of a number by its name.
    let end =
        |given: &Option<String>, word: &str| given.clone().unwrap_or_else(|| if value == "estimate" { word.to_owned() } else { format!("{value}-{word}") });
    let columns = Columns {
        value,
        low: end(&spec.low, "low"),
        high: end(&spec.high, "high"),
        rows: spec.rows.as_deref().unwrap_or("parameter"),
        series: spec.series.as_deref(),
    };
    let rows = Rows::of(spec, frame)?;
    let categories = rows.values(columns.rows)?;
    let series = columns.series.map_or_else(|| Ok(vec![""]), |column| rows.values(column))?;
    let published = spec.published.iter().map(|id| Published::of(id, claims, &columns, spec.panels.as_deref())).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = stripped(&categories, &spec.strip).iter().map(|name| plain(name).to_owned()).collect();
    let range = drawn(spec, Along::X)?;
    let log = spec.log.contains(&Along::X);
    let takes = |v: f64| v.is_finite() && (v > 0.0 || !log);

    let panels = rows.panels()?;
    let letters = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let (wide, across) = if panels.len() == 1 { (500, 1) } else { (250, if letters > 24 { 2 } else { 3 }) };
    let high = categories.len() * (18 + 9 * (series.len() - 1).min(6)) + 130 + 18 * series.len().saturating_sub(3);
    let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(across).with_panel_size(size(wide + 7 * letters + 60), size(high));
    let step = (0.7 / series.len() as f64).min(0.25);
    let beside = |k: usize| (k as f64 - (series.len() as f64 - 1.0) / 2.0) * step;
    let (mut shown, mut open) = (0, false);
    for (title, index) in panels {
        let label = spec.label.as_deref().unwrap_or(if spec.panels.is_some() { "" } else { value });
        let x = if log { Axis::log(label) } else { Axis::linear(label) };
        let x = if let Some((low, high)) = range { x.between(low, high) } else { x };
        let mut panel = Panel::new(plain(title), x, Axis::named("", names.clone()).downwards());
        if let Some(at) = spec.at {
            panel = panel.with(Layer::VLine { label: String::new(), x: at });
        }
        let found = columns.found(&rows, &index, spec.mean)?;
        for (k, one) in series.iter().enumerate() {
            let mut points = Vec::new();
            for (row, category) in categories.iter().enumerate() {
                let Some(found) = found.get(&(*category, *one)).filter(|f| takes(f.value)) else { continue };
                let y = row as f64 + beside(k);
                points.push((found.value, y));
                let ends = [found.low, found.high].map(|end| end.filter(|e| takes(*e)));
                open |= ends.iter().filter(|end| end.is_some()).count() == 1;
                let line = ends.map(|end| (end.unwrap_or(found.value), y));
                if line[0].0 != line[1].0 {
                    panel = panel.with(Layer::Line { label: String::new(), points: line.to_vec(), style: Style::solid(Colour::nth(k)) });
                }
            }
            shown += points.iter().filter(|p| range.is_none_or(|(low, high)| (low..=high).contains(&p.0))).count();
            panel = panel.with(Layer::Points { label: plain(one).to_owned(), points, error: None, marker: Marker::pair(k).0, colour: Colour::nth(k) });
        }
        let mark = |p: &Published<'_>| {
            let row = categories.iter().position(|c| *c == p.row)?;
            let aside = match p.series {
                Some(s) => beside(series.iter().position(|one| *one == s)?),
                None => 0.0,
            };
            Some((p.value, row as f64 + aside))
        };
        let points: Vec<(f64, f64)> = published.iter().filter(|p| p.panel.is_none_or(|panel| panel == title)).filter_map(mark).collect();
        if !published.is_empty() {
            panel = panel.with(Layer::Points { label: "published".into(), points, error: None, marker: Marker::OpenDiamond, colour: Colour::BLACK });
        }
        panel.legend = figure.panels.is_empty();
        figure = figure.with_panel(panel);
    }
    if shown == 0 {
        return Err(format!("no row has a {value} that the axis shows"));
    }
    let open = if open { " A whisker on one side: the other end was not found, or the axis does not take it." } else { "" };
    let cut = if range.is_some() { " What lies outside the panel is cut off." } else { "" };
    let whiskers = if spec.mean {
        "Dots are means over the rows of their place, whiskers two standard errors."
    } else {
        "Whiskers are intervals; a dot without them has none."
    };
    Ok(figure.with_caption(format!("{whiskers}{open}{cut}")))
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
