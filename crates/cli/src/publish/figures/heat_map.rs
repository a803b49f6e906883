//! A table in colours: models against models, or any two texts, one number for each pair.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Frame;
use report::{Axis, Figure, Layer, Panel};
use runner::spec::{Along, FigureSpec};

use super::names::stripped;
use super::rows::{Rows, drawn, median, plain};

/// The widest figure that still can be read on a page, in pixels.
const WIDEST: u32 = 1700;

/// One matrix a panel, all on one scale of colours. Of models against models both halves are filled, since a pair has no order.
pub(super) fn draw(spec: &FigureSpec, frame: &Frame) -> Result<Figure, String> {
    let rows = Rows::of(spec, frame)?;
    let metric = spec.metric.as_deref().unwrap_or("correlation");
    frame.numbers(metric).map_err(|e| e.to_string())?;
    let pairs = spec.rows.is_none() && spec.cols.is_none();
    let (down, across) = (spec.rows.as_deref().unwrap_or("model"), spec.cols.as_deref().unwrap_or("model-b"));
    let (ys, xs) = if pairs {
        let models: BTreeSet<&str> = rows.values(down)?.into_iter().chain(rows.values(across)?).collect();
        let models = rows.sorted(down, models);
        (models.clone(), models)
    } else {
        (rows.values(down)?, rows.values(across)?)
    };
    let (down_names, across_names) = (stripped(&ys, &spec.strip), stripped(&xs, &spec.strip));

    let mut matrices = Vec::new();
    let mut most = 0;
    for (title, index) in rows.panels()? {
        let mut found: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for r in index {
            let Some(value) = rows.number(metric, r) else { continue };
            let (a, b) = (rows.text(down, r), rows.text(across, r));
            found.entry((a, b)).or_default().push(value);
            if pairs && a != b {
                found.entry((b, a)).or_default().push(value);
            }
        }
        most = found.values().map(Vec::len).fold(most, usize::max);
        let cell = |a: &str, b: &str| found.get(&(a, b)).map_or(f64::NAN, |values| median(values));
        let matrix: Vec<Vec<f64>> = ys.iter().map(|a| xs.iter().map(|b| cell(a, b)).collect()).collect();
        matrices.push((title, matrix));
    }

    let finite = || matrices.iter().flat_map(|(_, m)| m.iter().flatten()).copied().filter(|v| v.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return Err(format!("no pair of {} has a {metric}", if pairs { "models" } else { "names" }));
    }
    let rounded = ((low * 10.0).floor() / 10.0, (high * 10.0).ceil() / 10.0);
    let range = drawn(spec, Along::Y)?.or(Some(rounded).filter(|(low, high)| low < high));

    let (label_x, label_y) = (spec.label_x.clone().unwrap_or_default(), spec.label_y.clone().unwrap_or_default());
    let (width, height) = size(&across_names, &down_names, matrices.iter().any(|(title, _)| !title.is_empty()));
    let named = |label: &str| if label.is_empty() { 0 } else { 22 };
    let (width, height) = (width + named(&label_y), height + named(&label_x));
    let mut figure = Figure::new(&spec.id, &spec.title).with_columns((WIDEST / width).clamp(1, 3) as usize).with_panel_size(width, height);
    for (title, values) in matrices {
        let label = spec.label.clone().unwrap_or_else(|| metric.to_owned());
        let cells = Layer::Cells { label, xs: across_names.clone(), ys: down_names.clone(), values, decimals: 2, range };
        figure = figure.with_panel(Panel::new(plain(title), Axis::linear(&label_x), Axis::linear(&label_y)).with(cells));
    }
    let unit = if rows.values("task").is_ok_and(|tasks| tasks.len() > 1) { "tasks" } else { "rows" };
    let whose = if pairs { "pair" } else { "cell" };
    let several = if most > 1 { format!(" Each number is the median over the {unit} of its {whose}, {most} at most.") } else { String::new() };
    let sides = if pairs { "Every pair of models stands on both sides of the diagonal; a grey cell has no number." } else { "A grey cell has no number." };
    Ok(figure.with_caption(format!("{sides}{several}")))
}

/// The size of a panel that gives every number its cell.
fn size(across: &[String], down: &[String], titled: bool) -> (u32, u32) {
    let (columns, rows) = (across.len().max(1) as u32, down.len().max(1) as u32);
    let wide = (420 / columns).clamp(40, 72);
    let high = (wide * 5 / 8).clamp(25, 42);
    // About 7.5 pixels a letter; 100 hold the scale of the colours and 20 half of the last name.
    let letters = |names: &[String]| names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let pixels = |names: &[String]| (letters(names) as f64 * 7.5).ceil() as u32;
    let below = if pixels(across) + 4 > wide { pixels(across) + 4 } else { 17 };
    // The scale of the colours is not shorter than its own words.
    let body = (rows * high).max(if rows < columns { 120 } else { 0 });
    (columns * wide + pixels(down) + 14 + 20 + 100, body + below + 28 + if titled { 19 } else { 0 })
}
