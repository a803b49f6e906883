//! `Legend`: which line is which, in a corner where no data is, or else below the panel.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Drawn};
use super::clip::{Point, Rect};
use super::font::Face;
use super::style::Colour;
use super::{Layer, Panel, ink};

const SWATCH: f64 = 28.0;
const GAP: f64 = 6.0;
/// From the corner of the area to the box.
const INSET: f64 = 8.0;
/// From the box to the nearest ink.
const CLEAR: f64 = 4.0;
const LINE: f64 = 18.0;
const PAPER: Colour = Colour(255, 255, 255);

/// The labels of a panel, each with the layers that carry it.
pub(super) struct Legend<'p> {
    entries: Vec<Entry<'p>>,
}

struct Entry<'p> {
    label: &'p str,
    layers: Vec<(usize, &'p Layer)>,
    width: f64,
}

/// Every layer with the number of its label among those of the panel's reference lines, which
/// decides how a reference line is broken. 0 for other layers.
pub(super) fn numbered(panel: &Panel) -> Vec<(usize, &Layer)> {
    let mut labels: Vec<&str> = Vec::new();
    let mut numbered = Vec::new();
    for layer in &panel.layers {
        let mut number = 0;
        if layer.is_reference() {
            number = labels.iter().position(|label| *label == layer.label()).unwrap_or(labels.len());
            if number == labels.len() {
                labels.push(layer.label());
            }
        }
        numbered.push((number, layer));
    }
    numbered
}

impl<'p> Legend<'p> {
    /// The legend of a panel; `None` if it wants none or nothing in it has a label.
    pub fn of(panel: &'p Panel) -> Result<Option<Self>, String> {
        if !panel.legend {
            return Ok(None);
        }
        let mut entries: Vec<Entry<'p>> = Vec::new();
        for (number, layer) in numbered(panel) {
            // Cells have a key of their own.
            if layer.label().is_empty() || matches!(layer, Layer::Cells { .. }) {
                continue;
            }
            if let Some(entry) = entries.iter_mut().find(|entry| entry.label == layer.label()) {
                // One of a kind, or sheer inks would add up to what is nowhere on the panel.
                if entry.layers.iter().all(|(_, other)| other.kind() != layer.kind()) {
                    entry.layers.push((number, layer));
                }
            } else {
                let width = SWATCH + GAP + Face::SMALL.width(layer.label())?;
                entries.push(Entry { label: layer.label(), layers: vec![(number, layer)], width });
            }
        }
        Ok(Some(Self { entries }).filter(|legend| !legend.entries.is_empty()))
    }

    /// A box for the legend in a corner of `area` that no ink reaches, if there is one.
    pub fn corner(&self, area: &Rect, ink: &[Point]) -> Option<Rect> {
        let width = self.entries.iter().map(|entry| entry.width).fold(0.0, f64::max) + 2.0 * GAP;
        let height = self.entries.len() as f64 * LINE + GAP;
        if width + 2.0 * INSET > area.width() || height + 2.0 * INSET > area.height() {
            return None;
        }
        for top in [area.top + INSET, area.bottom - INSET - height] {
            for left in [area.right - INSET - width, area.left + INSET] {
                let corner = Rect { left, top, right: left + width, bottom: top + height };
                let clear = Rect { left: corner.left - CLEAR, top: corner.top - CLEAR, right: corner.right + CLEAR, bottom: corner.bottom + CLEAR };
                if !ink.iter().any(|&point| clear.holds(point)) {
                    return Some(corner);
                }
            }
        }
        None
    }

    /// How high the legend is when it lies below a panel of this width.
    pub fn height(&self, width: f64) -> f64 {
        self.rows(width).len() as f64 * LINE + GAP
    }

    /// Draws the entries one below another, in a box.
    pub fn draw_in<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, corner: &Rect) -> Drawn {
        canvas.rectangle(corner, PAPER.solid())?;
        for (i, entry) in self.entries.iter().enumerate() {
            let middle = corner.top + GAP / 2.0 + (i as f64 + 0.5) * LINE;
            entry.draw(canvas, (corner.left + GAP, middle))?;
        }
        Ok(())
    }

    /// Draws the entries side by side in rows, at the bottom of `outer`.
    pub fn draw_below<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, outer: &Rect) -> Drawn {
        let top = outer.bottom - self.height(outer.width());
        for (i, row) in self.rows(outer.width()).iter().enumerate() {
            let width: f64 = row.iter().map(|entry| entry.width + 2.0 * GAP).sum();
            let mut left = outer.left + ((outer.width() - width) / 2.0).max(0.0) + GAP;
            for entry in row {
                entry.draw(canvas, (left, top + (i as f64 + 0.5) * LINE))?;
                left += entry.width + 2.0 * GAP;
            }
        }
        Ok(())
    }

    /// The entries in rows no wider than `width`, as far as their labels allow.
    fn rows(&self, width: f64) -> Vec<Vec<&Entry<'p>>> {
        let mut rows: Vec<Vec<&Entry<'p>>> = Vec::new();
        let mut left = 0.0;
        for entry in &self.entries {
            let wide = entry.width + 2.0 * GAP;
            match rows.last_mut() {
                Some(row) if left + wide <= width => row.push(entry),
                _ => {
                    rows.push(vec![entry]);
                    left = 0.0;
                }
            }
            left += wide;
        }
        rows
    }
}

impl Entry<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, left: Point) -> Drawn {
        // A line over its band, as on the panel.
        for ground in [true, false] {
            for (number, layer) in self.layers.iter().filter(|(_, layer)| layer.is_ground() == ground) {
                ink::draw_swatch(canvas, layer, *number, left, SWATCH)?;
            }
        }
        canvas.text(self.label, (left.0 + SWATCH + GAP, left.1), Face::SMALL, Colour::INK, HPos::Left, false)
    }
}
