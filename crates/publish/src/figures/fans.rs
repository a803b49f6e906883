//! `fans`: forecasts on single curves, as bands over what was observed.

use curves::nearest;
use evaluation::Frame;
use report::{Axis, Colour, Layer, Marker, Panel, Shade, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::wanted;
use super::{Figure, Head, Inputs, Select};

/// How wide the rim of a band is, in pixels.
const EDGE: f64 = 0.75;

/// Bands of 50 % and 90 % around the median of each forecast, a row of panels for each curve that the run kept.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Fans {
    /// Which forecasts: one `ask` of the protocol extrapolate, and one cutoff `seen` of it.
    pub select: Select,
    /// Whose forecasts: a column of panels for each of these methods (or `METHOD-ANSWER`, where a method gives several).
    pub answers: Vec<String>,
    /// How many curves are shown; 4 if not said.
    pub curves: usize,
    /// What the axis of the resource is called, where forecasts are on the scale of the data; the unit scale over epochs if neither is said.
    pub x: Option<String>,
    /// What the axis of the values is called; it spans what is drawn.
    pub y: Option<String>,
}

/// What forecasts are selected by, and what rows call it.
const SELECTS: [(&str, &str); 2] = [("ask", "ask"), ("cutoff", "seen")];

impl Default for Fans {
    fn default() -> Self {
        Self { select: Select::new(), answers: Vec::new(), curves: 4, x: None, y: None }
    }
}

impl Figure for Fans {
    const NAME: &'static str = "fans";
    const SAYS: &'static str = "Forecast fans on single curves: what was observed, what was held out, and the bands.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        for (column, carried) in SELECTS {
            if self.select.get(column).or_else(|| self.select.get(carried)).is_none_or(|s| s.0.len() != 1) {
                return Err(format!("its `select` has to name one `{column}`"));
            }
        }
        if let Some(column) = self.select.keys().find(|k| !SELECTS.iter().any(|s| s.1 == evaluation::frame::column_of(k))) {
            return Err(format!("its `select` names {column:?}; forecasts of curves are selected by `ask` and `cutoff` alone"));
        }
        if self.answers.is_empty() || self.curves == 0 {
            return Err("it needs `answers` (whose forecasts) and at least one of `curves`".into());
        }
        Ok(())
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let ask = wanted(&self.select, "ask").ok_or("it selects no ask")?;
        let seen = wanted(&self.select, "cutoff").or_else(|| wanted(&self.select, "seen")).ok_or("it selects no `cutoff`")?;
        let kept = Kept { series: inputs.series, ask, seen };
        let curves = kept.curves();
        if curves.is_empty() {
            return Err(format!(
                "no curve of ask {ask:?} is kept with its forecasts at {seen}: its data are not here, its jobs have not run, or no curve moves enough to \
                 show one"
            ));
        }
        let methods = kept.methods();
        if let Some(unknown) = self.answers.iter().find(|a| !methods.contains(&a.as_str())) {
            let near = nearest(unknown, methods.iter().copied()).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            return Err(format!("no kept forecast is called {unknown:?} (there are {}){near}", methods.join(", ")));
        }
        let mut figure = head.figure().with_columns(self.answers.len().max(1)).with_panel_size(380, 260);
        for curve in curves.iter().take(self.curves) {
            for (k, method) in self.answers.iter().enumerate() {
                let mut panel = panel(curve, method, k, &kept.fan(curve.id, method), self.axes(curve));
                panel.legend = figure.panels.is_empty();
                figure = figure.with_panel(panel);
            }
        }
        let better = if self.on_the_data() { "" } else { "Higher is better. " };
        Ok(figure.with_caption(format!(
            "{better}The bands hold 50 % and 90 % of the forecast, and the line is its median; dots are observed points, rings are held-out ones.",
        )))
    }
}

impl Fans {
    /// Are the forecasts on the scale of the data?
    fn on_the_data(&self) -> bool {
        self.x.is_some() || self.y.is_some()
    }

    /// The axes of a curve's panels.
    fn axes(&self, curve: &Curve<'_>) -> (Axis, Axis) {
        if self.on_the_data() {
            return (Axis::linear(self.x.as_deref().unwrap_or("resource")), Axis::linear(self.y.as_deref().unwrap_or("value")));
        }
        let low = curve.observed.iter().chain(&curve.held_out).fold(1.0f64, |a, p| a.min(p.1));
        (Axis::linear("epoch"), Axis::linear("unit scale").between((low - 0.1).max(-0.05), 1.05))
    }
}

/// The forecasts that a run kept of one ask at one cutoff.
struct Kept<'a> {
    series: &'a Frame,
    ask: &'a str,
    seen: &'a str,
}

/// A curve: its observed points and those that were held out.
struct Curve<'a> {
    id: &'a str,
    task: &'a str,
    observed: Vec<(f64, f64)>,
    held_out: Vec<(f64, f64)>,
}

/// Quantiles of a forecast at each of its places; empty where a method failed.
#[derive(Default)]
struct Fan {
    x: Vec<f64>,
    /// At 5, 25, 50, 75 and 95 %.
    quantiles: [Vec<f64>; 5],
}

impl<'a> Kept<'a> {
    /// The rows of a view, in their order.
    fn rows(&self, view: &str) -> Vec<usize> {
        let is = |r: usize, column: &str, text: &str| self.series.text(column, r) == Some(text);
        (0..self.series.len()).filter(|&r| is(r, "view", view) && is(r, "ask", self.ask) && is(r, "seen", self.seen)).collect()
    }

    fn text(&self, column: &str, row: usize) -> &'a str {
        self.series.text(column, row).unwrap_or_default()
    }

    /// The curves, in the order in which they are to be shown.
    fn curves(&self) -> Vec<Curve<'a>> {
        let mut curves: Vec<Curve<'a>> = Vec::new();
        for r in self.rows("observed") {
            let id = self.text("curve", r);
            let (Some(x), Some(y)) = (self.series.number("x", r), self.series.number("y", r)) else { continue };
            let at = curves.iter().position(|c| c.id == id).unwrap_or_else(|| {
                curves.push(Curve { id, task: self.text("task", r), observed: Vec::new(), held_out: Vec::new() });
                curves.len() - 1
            });
            let held_out = self.series.number("held-out", r).is_some_and(|v| v != 0.0);
            if let Some(curve) = curves.get_mut(at) {
                let points = if held_out { &mut curve.held_out } else { &mut curve.observed };
                points.push((x, y));
            }
        }
        curves
    }

    /// Whose forecasts there are, in the order in which they come.
    fn methods(&self) -> Vec<&'a str> {
        let mut methods = Vec::new();
        for r in self.rows("forecast") {
            let method = self.text("method", r);
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    /// The forecast of a method on a curve.
    fn fan(&self, curve: &str, method: &str) -> Fan {
        let mut fan = Fan::default();
        for r in self.rows("forecast").into_iter().filter(|&r| self.text("curve", r) == curve && self.text("method", r) == method) {
            let Some(x) = self.series.number("x", r) else { continue };
            fan.x.push(x);
            for (quantile, column) in fan.quantiles.iter_mut().zip(["q05", "q25", "q50", "q75", "q95"]) {
                quantile.push(self.series.number(column, r).unwrap_or(f64::NAN));
            }
        }
        fan
    }
}

/// One curve under one forecast.
fn panel(curve: &Curve<'_>, method: &str, k: usize, fan: &Fan, (x, y): (Axis, Axis)) -> Panel {
    let title = if curve.task.is_empty() { format!("{method}: curve {}", curve.id) } else { format!("{method}: {}", curve.id) };
    let mut panel = Panel::new(title, x, y);
    let colour = Colour::nth(k);
    let [q05, q25, q50, q75, q95] = &fan.quantiles;
    let mut lines = Vec::new();
    if !fan.x.is_empty() {
        let band = |label: &str, low: &[f64], high: &[f64], shade: Shade| Layer::Band {
            label: label.into(),
            x: fan.x.clone(),
            low: low.to_vec(),
            high: high.to_vec(),
            colour,
            shade,
        };
        panel = panel.with(band("90 %", q05, q95, Shade::Light)).with(band("50 %", q25, q75, Shade::Dark));
        // Over the points, so that a quiet curve does not hide a narrow band.
        let line = |label: &str, quantile: &[f64], width: f64| Layer::Line {
            label: label.into(),
            points: fan.x.iter().copied().zip(quantile.iter().copied()).collect(),
            style: Style { width, ..Style::solid(colour) },
        };
        lines = vec![line("", q05, EDGE), line("", q95, EDGE), line("median", q50, 2.0)];
    }
    let dots = |label: &str, points: &[(f64, f64)], marker: Marker| Layer::Points {
        label: label.into(),
        points: points.to_vec(),
        error: None,
        marker,
        colour: Colour::BLACK,
    };
    panel = panel.with(dots("observed", &curve.observed, Marker::Dot)).with(dots("held out", &curve.held_out, Marker::SmallRing));
    panel.layers.extend(lines);
    panel
}
