//! A heat map: its cells with their values, and beside it what its colours mean.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Drawn};
use super::clip::Rect;
use super::font::Face;
use super::frame::Frame;
use super::scale::Scale;
use super::style::Colour;
use super::ticks::{Tick, ticks};
use super::{Layer, Panel};

// From one to the other lightness falls evenly, so that the map can be read in grey.
const PALE: Colour = Colour(247, 251, 255);
const DEEP: Colour = Colour(8, 69, 148);
const NO_VALUE: Colour = Colour(225, 225, 225);

/// From the cells to the scale of the colours, in pixels.
const LEAD: f64 = 14.0;
/// How wide that scale is.
const WIDE: f64 = 12.0;
/// From the scale to its numbers.
const GAP: f64 = 6.0;
/// Of how many plain stripes it is made.
const STRIPES: u32 = 48;

/// Where colours begin and end: as asked for, or the smallest and the largest value.
fn range(values: &[Vec<f64>], asked: Option<(f64, f64)>) -> (f64, f64) {
    let finite = values.iter().flatten().copied().filter(|v| v.is_finite());
    asked.unwrap_or_else(|| finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v))))
}

fn colour(value: f64, (low, high): (f64, f64)) -> Colour {
    if !value.is_finite() {
        return NO_VALUE;
    }
    PALE.towards(DEEP, if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 })
}

/// To so many decimals, all cells alike; a small value is 0.
fn rounded(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.bytes().any(|b| matches!(b, b'1'..=b'9')) { text } else { text.trim_start_matches('-').to_owned() }
}

/// Draws the cells, each with its value where it fits.
pub(super) fn draw<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, values: &[Vec<f64>], asked: Option<(f64, f64)>, decimals: usize, frame: &Frame) -> Drawn {
    let range = range(values, asked);
    for (r, row) in values.iter().enumerate() {
        let up = (values.len() - r) as f64;
        for (c, &value) in row.iter().enumerate() {
            let corners = (frame.place(c as f64, up), frame.place(c as f64 + 1.0, up - 1.0));
            let (Some((left, top)), Some((right, bottom))) = corners else { continue };
            let cell = Rect { left, top, right, bottom };
            let ground = colour(value, range);
            canvas.rectangle(&cell, ground.solid())?;
            let fits = |words: &str| Ok::<bool, String>(Face::SMALL.width(words)? + 4.0 < cell.width() && Face::SMALL.px + 2.0 < cell.height());
            let words = if value.is_finite() { rounded(value, decimals) } else { "–".to_owned() };
            if fits(&words)? {
                let ink = if ground.is_dark() { PALE } else { Colour::BLACK };
                let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
                canvas.text(&words, middle, Face::SMALL, ink, HPos::Center, false)?;
            }
        }
    }
    Ok(())
}

/// The scale of a heat map's colours: a bar with numbers and words along it.
pub(super) struct Key {
    words: Vec<String>,
    range: (f64, f64),
    ticks: Vec<Tick>,
    numbers: f64,
}

impl Key {
    /// The key of a panel `height` pixels high; `None` where the panel wants no legend, or has no cells of different values.
    pub fn of(panel: &Panel, height: f64) -> Result<Option<Self>, String> {
        if !panel.legend {
            return Ok(None);
        }
        let found = panel.layers.iter().find_map(|layer| match layer {
            Layer::Cells { label, values, range: asked, .. } => Some((label, range(values, *asked))),
            _ => None,
        });
        let Some((label, range)) = found.filter(|(_, (low, high))| low < high) else { return Ok(None) };
        let ticks: Vec<Tick> = ticks(&Scale { low: range.0, high: range.1, log: false }, 5);
        let numbers = Face::SMALL.widest(ticks.iter().map(|tick| tick.label.as_str()))?;
        // The cells are somewhat lower than the panel, by how much is not known yet.
        Ok(Some(Self { words: Face::AXIS.wrap(label, 0.6 * height)?, range, ticks, numbers }))
    }

    /// The width it needs beside the cells, in pixels.
    pub fn room(&self) -> f64 {
        let words = if self.words.is_empty() { 0.0 } else { 4.0 + self.words.len() as f64 * Face::AXIS.line() };
        LEAD + WIDE + GAP + self.numbers + words
    }

    /// Draws it to the right of the cells.
    pub fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, cells: &Rect) -> Drawn {
        let (low, high) = self.range;
        let bar = Rect { left: cells.right + LEAD, right: cells.right + LEAD + WIDE, ..*cells };
        let height = |share: f64| bar.bottom - share * bar.height();
        for i in 0..STRIPES {
            let (from, to) = (f64::from(i) / f64::from(STRIPES), f64::from(i + 1) / f64::from(STRIPES));
            let stripe = Rect { top: height(to), bottom: height(from), ..bar };
            canvas.rectangle(&stripe, PALE.towards(DEEP, (from + to) / 2.0).solid())?;
        }
        let rim = [(bar.left, bar.top), (bar.right, bar.top), (bar.right, bar.bottom), (bar.left, bar.bottom), (bar.left, bar.top)];
        canvas.stroke(&rim, Colour::INK.solid(), 1.0)?;
        for tick in &self.ticks {
            let down = height((tick.at - low) / (high - low));
            canvas.stroke(&[(bar.right, down), (bar.right + GAP / 2.0, down)], Colour::INK.solid(), 1.0)?;
            canvas.text(&tick.label, (bar.right + GAP, down), Face::SMALL, Colour::INK, HPos::Left, false)?;
        }
        for (i, line) in self.words.iter().enumerate() {
            let across = bar.right + GAP + self.numbers + 4.0 + (i as f64 + 0.5) * Face::AXIS.line();
            canvas.text(line, (across, (bar.top + bar.bottom) / 2.0), Face::AXIS, Colour::INK, HPos::Center, true)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_darken_with_the_value_and_end_with_the_range() {
        let luma = |c: Colour| 0.299 * f64::from(c.0) + 0.587 * f64::from(c.1) + 0.114 * f64::from(c.2);
        let range = (-1.0, 1.0);
        let lumas: Vec<f64> = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|v| luma(colour(v, range))).to_vec();
        assert!(lumas.windows(2).all(|pair| pair[0] > pair[1] + 20.0), "{lumas:?}");
        assert_eq!(colour(-7.0, range), PALE);
        assert_eq!(colour(7.0, range), DEEP);
        assert_eq!(colour(f64::NAN, range), NO_VALUE);
        assert_eq!(colour(3.0, (3.0, 3.0)), PALE.towards(DEEP, 0.5));
    }

    #[test]
    fn a_small_value_is_rounded_to_zero_without_a_sign() {
        assert_eq!(rounded(-0.001, 2), "0.00");
        assert_eq!(rounded(-0.016, 2), "-0.02");
    }

    #[test]
    fn the_range_is_that_asked_for_or_of_what_is_finite() {
        let values = vec![vec![0.2, f64::NAN], vec![f64::INFINITY, 0.7]];
        assert_eq!(range(&values, None), (0.2, 0.7));
        assert_eq!(range(&values, Some((0.0, 1.0))), (0.0, 1.0));
    }
}
