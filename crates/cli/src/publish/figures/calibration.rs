//! Nominal against observed coverage.

use evaluation::{Frame, Stat};
use report::{Axis, Colour, Dash, Figure, Layer, Marker, Panel, Style};
use runner::spec::FigureSpec;

use super::{cell, levels, value};

/// Observed against nominal coverage of central intervals.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let by = spec.panels.as_deref().unwrap_or("source");
    let methods = levels(spec, frame, "method")?;
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(2).with_panel_size(480, 400);
    for level in levels(spec, frame, by)? {
        let mut panel =
            Panel::new(format!("{by} {level}"), Axis::linear("nominal coverage").between(0.45, 1.0), Axis::linear("observed coverage").between(0.0, 1.02));
        panel = panel.with(Layer::Line {
            label: "calibrated".into(),
            points: vec![(0.45, 0.45), (1.0, 1.0)],
            style: Style { colour: Colour::GREY, dash: Dash::Dotted, width: 1.5 },
        });
        for (k, m) in methods.iter().enumerate() {
            let points: Vec<(f64, f64)> = [50, 80, 90, 95]
                .iter()
                .filter_map(|p| {
                    value(&cell(spec, &format!("coverage-{p}"), Stat::Mean, &[("method", m), (by, &level)]), frame).map(|v| (f64::from(*p) / 100.0, v.0))
                })
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
