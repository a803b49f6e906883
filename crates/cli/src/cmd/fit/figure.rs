//! The figure of a fit: what was measured and the law, residuals, and IsoFLOP curves.

use curves::Samples;
use fitters::{Fit, Surface};
use models::At;
use report::{Axis, Colour, Figure, Layer, Marker, Panel, Style};

/// The most levels of the first input that have a curve of their own.
const LEVELS: usize = 7;
/// Places along a curve.
const PLACES: usize = 80;

/// Panels side by side; IsoFLOP curves only for laws with an optimum.
pub fn draw(fit: &Fit, samples: &Samples, budgets: &[f64], flop_per: f64) -> Figure {
    let mut figure = Figure::new("fit", format!("{}: {}", fit.law.name(), fit.law.formula_text())).with_columns(3).with_panel_size(420, 340);
    figure = figure.with_panel(if fit.law.inputs().len() <= 2 { curves(fit, samples) } else { measured(fit, samples) }).with_panel(residuals(fit, samples));
    if let Ok(surface) = Surface::of(fit) {
        figure = figure.with_panel(profiles(&surface, samples, budgets, flop_per));
    }
    figure
}

fn value(fit: &Fit, x: &[f64]) -> f64 {
    fit.law.eval(&At::at(x), &fit.theta)
}

/// From a number to a larger one in equal steps of the logarithm.
fn between(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (0..PLACES).map(move |k| low * (high / low).powf(k as f64 / (PLACES - 1) as f64))
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
}

/// Loss over the last input; of two inputs a curve for each level of the first.
fn curves(fit: &Fit, samples: &Samples) -> Panel {
    let names = fit.law.inputs();
    let last = names.len() - 1;
    let mut panel = Panel::new("measured and fitted", Axis::log(names[last]), Axis::linear("loss"));
    let mut levels: Vec<f64> = if last == 0 { Vec::new() } else { (0..samples.len()).map(|i| samples.row(i)[0]).collect() };
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|b, a| (*b / *a).ln().abs() < 0.01);
    if last > 0 && levels.len() <= LEVELS {
        for (k, level) in levels.iter().enumerate() {
            let rows: Vec<usize> = (0..samples.len()).filter(|&i| (samples.row(i)[0] / level).ln().abs() < 0.01).collect();
            let points: Vec<(f64, f64)> = rows.iter().map(|&i| (samples.row(i)[last], samples.targets()[i])).collect();
            let (low, high) = ends(points.iter().map(|p| p.0));
            let line = between(low, high).map(|x| (x, value(fit, &[*level, x]))).collect();
            let label = format!("{} {level:.2e}", names[0]);
            panel = panel.with(Layer::Points { label: label.clone(), points, error: None, marker: Marker::nth(k), colour: Colour::nth(k) }).with(Layer::Line {
                label,
                points: line,
                style: Style::solid(Colour::nth(k)),
            });
        }
        return panel;
    }
    let points: Vec<(f64, f64)> = (0..samples.len()).map(|i| (samples.row(i)[last], samples.targets()[i])).collect();
    let (low, high) = ends(points.iter().map(|p| p.0));
    panel = panel.with(Layer::Points { label: "measured".into(), points, error: None, marker: Marker::Circle, colour: Colour::BLACK });
    if last == 0 {
        let line = between(low, high).map(|x| (x, value(fit, &[x]))).collect();
        return panel.with(Layer::Line { label: "fitted".into(), points: line, style: Style::solid(Colour::BLUE) });
    }
    let fitted = (0..samples.len()).map(|i| (samples.row(i)[last], value(fit, samples.row(i)))).collect();
    panel.with(Layer::Points { label: "fitted".into(), points: fitted, error: None, marker: Marker::nth(1), colour: Colour::BLUE })
}

fn measured(fit: &Fit, samples: &Samples) -> Panel {
    let points: Vec<(f64, f64)> = (0..samples.len()).map(|i| (value(fit, samples.row(i)), samples.targets()[i])).collect();
    let (low, high) = ends(samples.targets().iter().copied());
    Panel::new("measured and fitted", Axis::linear("fitted loss"), Axis::linear("measured loss"))
        .with(Layer::Line { label: "equal".into(), points: vec![(low, low), (high, high)], style: Style::solid(Colour::GREY) })
        .with(Layer::Points { label: "rows".into(), points, error: None, marker: Marker::Circle, colour: Colour::BLUE })
}

fn residuals(fit: &Fit, samples: &Samples) -> Panel {
    let points =
        (0..samples.len()).map(|i| (value(fit, samples.row(i)), samples.targets()[i])).map(|(fitted, loss)| (fitted, 100.0 * (loss / fitted - 1.0))).collect();
    Panel::new("residuals", Axis::linear("fitted loss"), Axis::linear("measured over fitted, %"))
        .with(Layer::HLine { label: String::new(), y: 0.0 })
        .with(Layer::Points { label: String::new(), points, error: None, marker: Marker::Circle, colour: Colour::BLUE })
        .without_legend()
}

/// Loss over size at equal compute, with the best size of each; of budgets not given, three that the rows span.
fn profiles(surface: &Surface, samples: &Samples, budgets: &[f64], flop_per: f64) -> Panel {
    let (low, high) = ends((0..samples.len()).map(|i| flop_per * samples.row(i)[0] * samples.row(i)[1]));
    let spanned = [low, (low * high).sqrt(), high];
    let mut panel = Panel::new("equal compute", Axis::log("params"), Axis::linear("loss"));
    let mut best = Vec::new();
    let budgets = if budgets.is_empty() { &spanned[..] } else { budgets };
    for (k, &flop) in budgets.iter().enumerate() {
        let Ok(o) = surface.optimum(flop, flop_per) else { continue };
        let points = between(o.params / 10.0, o.params * 10.0).map(|n| (n, surface.loss(n, flop / flop_per / n))).collect();
        panel = panel.with(Layer::Line { label: format!("{flop:.2e} FLOP"), points, style: Style::nth(k) });
        best.push((o.params, o.loss));
    }
    panel.with(Layer::Points { label: "best".into(), points: best, error: None, marker: Marker::Circle, colour: Colour::BLACK })
}
