//! Forecast fans on single curves.

use fitters::Question;
use report::{Axis, Colour, Figure, Layer, Marker, Panel, Shade, Style};
use runner::Plan;
use runner::method::answer_name;
use runner::spec::FigureSpec;

use super::wanted;

/// How wide the rim of a band is, in pixels.
const EDGE: f64 = 0.75;

/// Bands of 50 and 90 % around the median of each answer, over what was seen and what came.
pub(super) fn draw(spec: &FigureSpec, plan: &Plan) -> Result<Figure, String> {
    let e = &plan.experiment.spec;
    let ask = wanted(spec, "ask").and_then(|id| e.asks.iter().find(|a| a.id == id)).ok_or("it selects no ask")?;
    let seen = wanted(spec, "seen").ok_or("it selects no `seen`")?;
    let cases = plan.cases.get(&ask.source).ok_or_else(|| format!("the data of source {} are not here", ask.source))?;
    let n = spec.curves.unwrap_or(4);
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(spec.answers.len().max(1)).with_panel_size(380, 260);
    // Curves that move: flat ones show nothing of a forecast. The first ones in the source's order that gain at least a tenth of the unit scale.
    let moving = (0..cases.len()).map(|k| cases.case(k)).filter(|c| c.curve.as_ref().is_ok_and(|c| c.last().1 - c.y()[0] > 0.1 && c.len() > 10)).take(n);
    for case in moving {
        let Ok(curve) = &case.curve else { continue };
        let Ok((beginning, x, _)) = runner::protocol::extrapolate::view(seen).and_then(|v| v.split(curve).map_err(|e| e.to_string())) else { continue };
        for (k, wanted) in spec.answers.iter().enumerate() {
            let found =
                e.methods.iter().zip(&plan.methods).find_map(|(m, f)| f.answers().iter().position(|a| answer_name(&m.id, a) == *wanted).map(|i| (m, f, i)));
            let (method, forecaster, index) = found.ok_or_else(|| format!("no answer is called {wanted:?}"))?;
            let seed = fitters::seed::of(&[&e.experiment.seed.to_string(), &ask.source, &case.id, seen, &method.id]);
            let answer = forecaster.forecast(&Question { seen: &beginning, at: x, neighbours: &[] }, seed).swap_remove(index);
            let title = if case.task.is_empty() { format!("{wanted}: curve {}", case.id) } else { format!("{wanted}: {}", case.id) };
            let low = curve.y().iter().fold(1.0f64, |a, b| a.min(*b));
            let axis = Axis::linear("unit scale").between((low - 0.1).max(-0.05), 1.05);
            let mut panel = Panel::new(title, Axis::linear("epoch"), axis);
            let colour = Colour::nth(k);
            let mut lines = Vec::new();
            if let Ok(f) = &answer.forecast {
                let q = |p: f64| (0..f.len()).map(|i| f.quantile(i, p)).collect::<Vec<f64>>();
                panel = panel
                    .with(Layer::Band { label: "90 %".into(), x: x.to_vec(), low: q(0.05), high: q(0.95), colour, shade: Shade::Light })
                    .with(Layer::Band { label: "50 %".into(), x: x.to_vec(), low: q(0.25), high: q(0.75), colour, shade: Shade::Dark });
                // Over the points, so that a quiet curve does not hide a narrow band.
                let line = |label: &str, p: f64, width: f64| Layer::Line {
                    label: label.into(),
                    points: x.iter().copied().zip(q(p)).collect(),
                    style: Style { width, ..Style::solid(colour) },
                };
                lines = vec![line("", 0.05, EDGE), line("", 0.95, EDGE), line("median", 0.5, 2.0)];
            }
            let points: Vec<(f64, f64)> = curve.x().iter().copied().zip(curve.y().iter().copied()).collect();
            let (before, after) = points.split_at(beginning.len());
            panel = panel
                .with(Layer::Points { label: "seen".into(), points: before.to_vec(), error: None, marker: Marker::Dot, colour: Colour::BLACK })
                .with(Layer::Points { label: "came".into(), points: after.to_vec(), error: None, marker: Marker::SmallRing, colour: Colour::BLACK });
            panel.layers.extend(lines);
            panel.legend = figure.panels.is_empty();
            figure = figure.with_panel(panel);
        }
    }
    if figure.panels.is_empty() {
        return Err("no curve of the source moves enough to show a forecast".into());
    }
    Ok(figure.with_caption("Higher is better. Bands hold 50 and 90 % of the forecast, the line is its median; dots were seen, rings came later."))
}
