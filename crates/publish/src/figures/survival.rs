//! `survival`: which share of tasks has not yet emerged, as Kaplan-Meier curves with their bands.

use report::{Axis, Colour, Layer, Marker, Panel, Shade, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::stripped;
use super::parts::spent;
use super::rows::{Rows, plain};
use super::{Figure, Head, Inputs, Select};

/// A grid of checkpoints wider than this factor is shown on a log axis.
const WIDE: f64 = 20.0;

/// Staircases from 1 on, which go down where tasks emerge (view `survival`); a small upright cross where tasks are lost from sight.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Survival {
    /// The rows it is drawn from; all if not said. Values come in the order in which it lists them, others after them by name and size.
    pub select: Select,
    /// A panel for each value of this text column; one panel if not said.
    pub panels: Option<String>,
    /// A colour for each value of this text column; if not said `model`, or `group` where each model has its panel.
    pub series: Option<String>,
    /// What stands along x; the resource of the source if not said.
    pub label: Option<String>,
    /// Left out of the names of models and groups, such as a beginning that many of them share; nothing if not said.
    pub strip: Vec<String>,
}

impl Figure for Survival {
    const NAME: &'static str = "survival";
    const SAYS: &'static str = "The share of tasks that have not yet emerged.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let rows = Rows::of(&self.select, inputs.frame)?;
        let by_model = self.panels.as_deref() == Some("model");
        let series = self.series.as_deref().unwrap_or(if by_model { "group" } else { "model" });
        let values = rows.values(series)?;
        let names = stripped(&values, &self.strip);
        let (log, start, end) = extent(&rows)?;
        let spent = spent(self.label.as_deref(), &rows, inputs);

        let panels = rows.panels(self.panels.as_deref())?;
        let alone = panels.len() == 1;
        let mut figure = head.figure().with_columns(if alone { 1 } else { 2 });
        figure = if alone { figure.with_panel_size(640, 430) } else { figure.with_panel_size(430, 300) };
        for (title, index) in panels {
            let x = if log { Axis::log(&spent) } else { Axis::linear(&spent) };
            let mut panel = Panel::new(plain(title), x.between(start, end), Axis::linear("share not yet emerged").between(0.0, 1.02));
            for (k, (value, name)) in values.iter().zip(&names).enumerate() {
                let of: Vec<usize> = index.iter().copied().filter(|&r| rows.text(series, r) == *value).collect();
                let Some(found) = Staircase::of(&rows, &of, start)? else { continue };
                let (x, low, high) = found.band();
                let label = plain(name).to_owned();
                panel = panel
                    .with(Layer::Band { label: label.clone(), x, low, high, colour: Colour::nth(k), shade: Shade::Light })
                    .with(Layer::Steps { label, points: found.steps.iter().map(|s| (s[0], s[1])).collect(), style: Style::nth(k) })
                    .with(Layer::Points { label: String::new(), points: found.censored, error: None, marker: Marker::Plus, colour: Colour::nth(k) });
            }
            // For the legend alone.
            panel = panel.with(Layer::Points {
                label: "last seen, not emerged".into(),
                points: Vec::new(),
                error: None,
                marker: Marker::Plus,
                colour: Colour::GREY,
            });
            panel.legend = figure.panels.is_empty();
            figure = figure.with_panel(panel);
        }
        Ok(figure.with_caption(
            "Kaplan-Meier estimate with its pointwise interval (Greenwood, on the log-log scale). A step at a model's first checkpoint holds all that \
             emerged before it.",
        ))
    }
}

/// Whether x is logarithmic, and from where to where it goes.
fn extent(rows: &Rows<'_>) -> Result<(bool, f64, f64), String> {
    let places = rows.iter().filter_map(|r| rows.number("x", r));
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return Err("no row has an x".into());
    }
    let log = low > 0.0 && high > WIDE * low;
    let start = if log { low / 2.0 } else { low.min(0.0) };
    let end = match high - start {
        _ if log => 1.06 * high,
        length if length > 0.0 => high + 0.03 * length,
        _ => high + 1.0,
    };
    Ok((log, start, end))
}

/// One staircase of the estimator.
struct Staircase {
    /// x, share, lower and upper end.
    steps: Vec<[f64; 4]>,
    /// Where tasks were last seen without having emerged.
    censored: Vec<(f64, f64)>,
}

impl Staircase {
    /// The staircase of some rows, from 1 at `start`; `None` without a step.
    fn of(rows: &Rows<'_>, index: &[usize], start: f64) -> Result<Option<Self>, String> {
        let mut found: Vec<([f64; 4], bool)> = Vec::new();
        for &r in index {
            let (Some(x), Some(share)) = (rows.number("x", r), rows.number("survival", r)) else { continue };
            // At 1 and at 0 the interval has no ends of its own.
            let (low, high) = (rows.number("low", r).unwrap_or(share), rows.number("high", r).unwrap_or(share));
            found.push(([x, share, low, high], rows.number("censored", r).is_some_and(|n| n > 0.0)));
        }
        if found.is_empty() {
            return Ok(None);
        }
        found.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]));
        if found.windows(2).any(|pair| pair[0].0[0] == pair[1].0[0]) {
            return Err("several curves fall into one; select one definition, and one group or model for each curve".into());
        }
        let censored = found.iter().filter(|(_, censored)| *censored).map(|(s, _)| (s[0], s[1])).collect();
        let steps = std::iter::once([start, 1.0, 1.0, 1.0]).chain(found.into_iter().map(|(s, _)| s)).collect();
        Ok(Some(Self { steps, censored }))
    }

    /// Its band: x, lower and upper ends, with both sides of every step.
    fn band(&self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let (mut x, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        let mut before: Option<&[f64; 4]> = None;
        for step in &self.steps {
            for ends in before.into_iter().chain([step]) {
                x.push(step[0]);
                low.push(ends[2]);
                high.push(ends[3]);
            }
            before = Some(step);
        }
        (x, low, high)
    }
}
