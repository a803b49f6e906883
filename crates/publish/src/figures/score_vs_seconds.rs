//! `score-vs-seconds`: a score against the seconds it costs.

use evaluation::Stat;
use report::{Axis, Colour, Layer, Marker, Panel};
use schemars::JsonSchema;
use serde::Deserialize;

use super::parts::{levels, named, value};
use super::{Figure, Head, Inputs, Select};

/// The mean of `log-score` against the median of `seconds`, a point for each method.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ScoreVsSeconds {
    /// The rows it is drawn from; all if not said.
    pub select: Select,
    /// A panel for each value of this text column; `seen` if not said.
    pub panels: String,
}

impl Default for ScoreVsSeconds {
    fn default() -> Self {
        Self { select: Select::new(), panels: "seen".to_owned() }
    }
}

impl Figure for ScoreVsSeconds {
    const NAME: &'static str = "score-vs-seconds";
    const SAYS: &'static str = "A score against the seconds it costs, one point per method and cutoff.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        named("panels", &self.panels)
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let (by, frame) = (self.panels.as_str(), inputs.frame);
        let methods = levels(&self.select, frame, "method")?;
        let mut figure = head.figure().with_columns(2).with_panel_size(480, 340);
        for level in levels(&self.select, frame, by)? {
            let mut panel = Panel::new(format!("{by} {level}"), Axis::log("seconds a curve, one thread"), Axis::linear("log score, nats per point"));
            let mut scores = Vec::new();
            for (k, m) in methods.iter().enumerate() {
                let at = [("method", m.as_str()), (by, level.as_str())];
                let seconds = value(&self.select, frame, "seconds", Stat::Median, &at);
                if let (Some((s, _)), Some((score, se))) = (seconds, value(&self.select, frame, "log-score", Stat::Mean, &at)) {
                    scores.push(score);
                    panel = panel.with(Layer::Points {
                        label: m.clone(),
                        points: vec![(s, score)],
                        error: Some(vec![se]),
                        marker: Marker::nth(k),
                        colour: Colour::nth(k),
                    });
                }
            }
            // Baselines can score arbitrarily low; the panel shows the upper two nats, and its table the rest.
            let top = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let bottom = scores.iter().fold(f64::INFINITY, |a, &b| a.min(b)).max(top - 2.0);
            panel.y = panel.y.between(bottom - 0.1, top + 0.1);
            figure = figure.with_panel(panel);
        }
        Ok(figure.with_caption("Mean log score with one standard error; a method more than two nats below the best lies under the panel."))
    }
}
