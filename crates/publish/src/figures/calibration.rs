//! `calibration`: nominal against observed coverage.

use evaluation::Stat;
use report::{Axis, Colour, Dash, Layer, Marker, Panel, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{levels, named, value};
use super::{Figure, Head, Inputs, Select};

/// How often intervals hold what comes, against how often they should (columns `coverage-50`, `-80`, `-90` and `-95`).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Calibration {
    /// The rows it is drawn from; all if not said.
    pub select: Select,
    /// A panel for each value of this text column; `source` if not said.
    pub panels: String,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { select: Select::new(), panels: "source".to_owned() }
    }
}

impl Figure for Calibration {
    const NAME: &'static str = "calibration";
    const SAYS: &'static str = "Nominal against observed coverage, a line for each method.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        named("panels", &self.panels)
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let (by, frame) = (self.panels.as_str(), inputs.frame);
        let methods = levels(&self.select, frame, "method")?;
        let mut figure = head.figure().with_columns(2).with_panel_size(480, 400);
        for level in levels(&self.select, frame, by)? {
            let mut panel =
                Panel::new(format!("{by} {level}"), Axis::linear("nominal coverage").between(0.45, 1.0), Axis::linear("observed coverage").between(0.0, 1.02));
            panel = panel.with(Layer::Line {
                label: "calibrated".into(),
                points: vec![(0.45, 0.45), (1.0, 1.0)],
                style: Style { colour: Colour::GREY, dash: Dash::Dotted, width: 1.5 },
            });
            for (k, m) in methods.iter().enumerate() {
                let at = [("method", m.as_str()), (by, level.as_str())];
                let points: Vec<(f64, f64)> = [50, 80, 90, 95]
                    .iter()
                    .filter_map(|p| value(&self.select, frame, &format!("coverage-{p}"), Stat::Mean, &at).map(|v| (f64::from(*p) / 100.0, v.0)))
                    .collect();
                if !points.is_empty() {
                    panel = panel.with(Layer::Line { label: m.clone(), points: points.clone(), style: Style::nth(k) }).with(Layer::Points {
                        label: m.clone(),
                        points,
                        error: None,
                        marker: Marker::nth(k),
                        colour: Colour::nth(k),
                    });
                }
            }
            figure = figure.with_panel(panel);
        }
        Ok(figure.with_caption(
            "Share of later points inside the central 50, 80, 90 and 95 % intervals, all cutoffs together; below the dotted line a method is overconfident.",
        ))
    }
}
