//! Predicted against actual, with intervals.

use std::collections::BTreeMap;

use evaluation::Frame;
use report::{Axis, Colour, Dash, Figure, Layer, Marker, Panel, Style};
use runner::spec::FigureSpec;

use super::names::stripped;
use super::rows::{Rows, plain};

const PALE: Colour = Colour(150, 150, 150);
/// More points of one series than this are drawn without their tasks' names.
const NAMED: usize = 24;

/// One panel for each value of `panels`, all on one scale. What lies on the dotted line was predicted as it came. The first series is
/// filled and has the names of its tasks; a thin line joins the points of one task.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let rows = Rows::of(spec, frame)?;
    let series = spec.series.as_deref().unwrap_or("model");
    let values = rows.values(series)?;
    let names = stripped(&values, &spec.strip);
    let numbers = rows.iter().flat_map(|r| ["predicted", "actual", "low", "high"].map(|c| rows.number(c, r))).flatten();
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return Err("no row has a prediction".into());
    }
    let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
    let (low, high) = (low - margin, high + margin);

    let panels = rows.panels()?;
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns(2).with_panel_size(480, 460);
    for (title, index) in panels {
        let axis = |what: &str| Axis::linear(what).between(low, high);
        let mut panel = Panel::new(plain(title), axis("actual"), axis("predicted")).with(Layer::Line {
            label: "predicted = actual".into(),
            points: vec![(low, low), (high, high)],
            style: Style { colour: Colour::GREY, dash: Dash::Dotted, width: 1.5 },
        });
        let point = |r: usize| Some((rows.number("actual", r)?, rows.number("predicted", r)?));
        let mut tasks: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for &r in &index {
            tasks.entry(rows.text("task", r)).or_default().extend(point(r));
        }
        for (_, mut points) in tasks.into_iter().filter(|(task, points)| !task.is_empty() && points.len() > 1) {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            panel = panel.with(Layer::Line { label: String::new(), points, style: Style { colour: PALE, dash: Dash::Solid, width: 1.0 } });
        }
        for (k, (value, name)) in values.iter().zip(&names).enumerate() {
            let of: Vec<usize> = index.iter().copied().filter(|&r| rows.text(series, r) == *value && point(r).is_some()).collect();
            let bars: Vec<[f64; 3]> = of.iter().filter_map(|&r| Some([rows.number("actual", r)?, rows.number("low", r)?, rows.number("high", r)?])).collect();
            let column = |i: usize| -> Vec<f64> { bars.iter().map(|bar| bar[i]).collect() };
            let (filled, empty) = Marker::pair(k);
            let marker = if k == 0 { filled } else { empty };
            let points: Vec<(f64, f64)> = of.iter().filter_map(|&r| point(r)).collect();
            panel = panel
                .with(Layer::Bars { label: String::new(), x: column(0), low: column(1), high: column(2), colour: Colour::nth(k) })
                .with(Layer::Points { label: plain(name).to_owned(), points: points.clone(), error: None, marker, colour: Colour::nth(k) });
            if k == 0 && of.len() <= NAMED {
                let tasks: Vec<&str> = of.iter().map(|&r| rows.text("task", r)).collect();
                panel = panel.with(Layer::Words { points, words: stripped(&tasks, &spec.strip), colour: Colour::BLACK });
            }
        }
        panel.legend = figure.panels.is_empty();
        figure = figure.with_panel(panel);
    }
    Ok(figure
        .with_caption("Bars are the intervals of the predictions; a thin line joins the points of one task; above the dotted line too much was predicted."))
}
