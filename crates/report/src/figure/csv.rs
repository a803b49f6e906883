//! The data behind a figure, as CSV: whoever wants another drawing can make it.

use super::{Axis, Figure, Layer, Panel};
use crate::escape::csv;
use crate::number::exact;

impl Figure {
    /// One line per point: `panel,layer,label,x,y,low,high,value`.
    ///
    /// A panel is named by its title, or else its number; `low` and `high` are the ends of a band, a bar or
    /// an error bar; a heat map has the names of its column and row in `x` and `y`, and `value`. On an axis of names the
    /// nearest name is written, without the little way by which marks of one name are kept apart; a name written beside a
    /// point is its `value`. What is not finite is empty. Points that could not be drawn are there too.
    pub fn to_csv(&self) -> String {
        let mut out = String::from("panel,layer,label,x,y,low,high,value\n");
        for (number, panel) in (1..).zip(&self.panels) {
            let name = if panel.title.is_empty() { format!("{number}") } else { csv(&panel.title) };
            for layer in &panel.layers {
                let start = format!("{name},{},{}", layer.kind(), csv(layer.label()));
                for fields in fields(layer, panel) {
                    out.push_str(&format!("{start},{}\n", fields.join(",")));
                }
            }
        }
        out
    }
}

/// A number, or the name it stands for.
fn on(axis: &Axis, value: f64) -> String {
    axis.name(value).map_or_else(|| exact(value), csv)
}

/// x, y, low, high and value of each point.
fn fields(layer: &Layer, panel: &Panel) -> Vec<[String; 5]> {
    let none = String::new;
    let (across, up) = (|x: f64| on(&panel.x, x), |y: f64| on(&panel.y, y));
    match layer {
        Layer::Line { points, .. } | Layer::Steps { points, .. } => points.iter().map(|&(x, y)| [across(x), up(y), none(), none(), none()]).collect(),
        Layer::Points { points, error, .. } => {
            let ends = |i: usize, y: f64| match error.as_ref().and_then(|e| e.get(i)) {
                Some(e) => (exact(y - e), exact(y + e)),
                None => (none(), none()),
            };
            let field = |(i, &(x, y)): (usize, &(f64, f64))| {
                let (low, high) = ends(i, y);
                [across(x), up(y), low, high, none()]
            };
            points.iter().enumerate().map(field).collect()
        }
        Layer::Band { x, low, high, .. } | Layer::Bars { x, low, high, .. } => {
            let ends = x.iter().zip(low.iter().zip(high));
            ends.map(|(x, (low, high))| [across(*x), none(), exact(*low), exact(*high), none()]).collect()
        }
        Layer::Words { points, words, .. } | Layer::Tags { points, words, .. } => {
            points.iter().zip(words).map(|(&(x, y), word)| [across(x), up(y), none(), none(), csv(word)]).collect()
        }
        Layer::VLine { x, .. } => vec![[across(*x), none(), none(), none(), none()]],
        Layer::HLine { y, .. } => vec![[none(), up(*y), none(), none(), none()]],
        Layer::Cells { xs, ys, values, .. } => {
            let mut fields = Vec::new();
            for (name, row) in ys.iter().zip(values) {
                for (x, value) in xs.iter().zip(row) {
                    fields.push([csv(x), csv(name), none(), none(), exact(*value)]);
                }
            }
            fields
        }
    }
}
