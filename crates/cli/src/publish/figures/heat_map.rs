//! Models against models: one number for each pair, in a cell of its own.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Frame;
use report::{Axis, Figure, Layer, Panel};
use runner::spec::FigureSpec;

use super::names::stripped;
use super::rows::{Rows, plain};

/// The widest figure that still can be read on a page, in pixels.
const WIDEST: u32 = 1700;

/// One matrix a panel, all on one scale of colours; both halves are filled, since a pair has no order.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let rows = Rows::of(spec, frame)?;
    let metric = spec.metric.as_deref().unwrap_or("correlation");
    frame.numbers(metric).map_err(|e| e.to_string())?;
    let models: BTreeSet<&str> = rows.values("model")?.into_iter().chain(rows.values("model-b")?).collect();
    let models = rows.sorted("model", models);
    let names = stripped(&models, &spec.strip);

    let mut matrices = Vec::new();
    let mut most = 0;
    for (title, index) in rows.panels()? {
        let mut found: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for r in index {
            let Some(value) = rows.number(metric, r) else { continue };
            let (a, b) = (rows.text("model", r), rows.text("model-b", r));
            found.entry((a, b)).or_default().push(value);
            if a != b {
                found.entry((b, a)).or_default().push(value);
            }
        }
        most = found.values().map(Vec::len).fold(most, usize::max);
        let cell = |a: &str, b: &str| found.get(&(a, b)).map_or(f64::NAN, |values| median(values));
        let matrix: Vec<Vec<f64>> = models.iter().map(|a| models.iter().map(|b| cell(a, b)).collect()).collect();
        matrices.push((title, matrix));
    }

    let finite = || matrices.iter().flat_map(|(_, m)| m.iter().flatten()).copied().filter(|v| v.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return Err(format!("no pair of models has a {metric}"));
    }
    if let Some([low, high]) = spec.range.filter(|[low, high]| !(low < high && (high - low).is_finite())) {
        return Err(format!("its range is {low} to {high}; it must be finite and increase"));
    }
    let rounded = ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0);
    let range = spec.range.map(|[low, high]| (low, high)).or(Some(rounded).filter(|(low, high)| low < high));

    let (width, height) = size(&names, matrices.iter().any(|(title, _)| !title.is_empty()));
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns((WIDEST / width).clamp(1, 3) as usize).with_panel_size(width, height);
    for (title, values) in matrices {
        let cells =
            Layer::Cells { label: spec.label.clone().unwrap_or_else(|| metric.to_owned()), xs: names.clone(), ys: names.clone(), values, decimals: 2, range };
        figure = figure.with_panel(Panel::new(plain(title), Axis::linear(""), Axis::linear("")).with(cells));
    }
    let unit = if rows.values("task").is_ok_and(|tasks| tasks.len() > 1) { "tasks" } else { "rows" };
    let several = if most > 1 { format!(" Each number is the median over the {unit} of its pair, {most} at most.") } else { String::new() };
    Ok(figure.with_caption(format!("Every pair of models stands on both sides of the diagonal; a grey cell has no number.{several}")))
}

/// The size of a panel that gives every number its cell.
fn size(names: &[String], titled: bool) -> (u32, u32) {
    let n = names.len().max(1) as u32;
    let wide = (420 / n).clamp(40, 72);
    let high = (wide * 5 / 8).clamp(25, 42);
    // About 7.5 pixels a letter; 100 hold the scale of the colours and 20 half of the last name.
    let letters = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let name = (letters as f64 * 7.5).ceil() as u32;
    let below = if name + 4 > wide { name + 4 } else { 17 };
    (n * wide + name + 14 + 20 + 100, n * high + below + 28 + if titled { 19 } else { 0 })
}

/// The median; NaN of nothing.
fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
    if n % 2 == 1 { at(n / 2) } else { (at((n / 2).wrapping_sub(1)) + at(n / 2)) / 2.0 }
}
