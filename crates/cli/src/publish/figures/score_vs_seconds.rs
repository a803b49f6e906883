//! A score against the seconds it costs.

use evaluation::{Frame, Stat};
use report::{Axis, Colour, Figure, Layer, Marker, Panel};
use runner::spec::FigureSpec;

use super::{cell, levels, value};

/// One panel per cutoff: how good against how dear.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let by = spec.panels.as_deref().unwrap_or("seen");
    let methods = levels(spec, frame, "method")?;
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(2).with_panel_size(480, 340);
    for level in levels(spec, frame, by)? {
        let mut panel = Panel::new(format!("{by} {level}"), Axis::log("seconds a curve, one thread"), Axis::linear("log score, nats per point"));
        let mut scores = Vec::new();
        for (k, m) in methods.iter().enumerate() {
            let at = [("method", m.as_str()), (by, level.as_str())];
            let seconds = value(&cell(spec, "seconds", Stat::Median, &at), frame);
            if let (Some((s, _)), Some((score, se))) = (seconds, value(&cell(spec, "log-score", Stat::Mean, &at), frame)) {
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
