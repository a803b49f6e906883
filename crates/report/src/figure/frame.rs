//! `Frame`: where a panel's data goes, and the axes, grid and labels around it.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Drawn};
use super::clip::{Point, Rect};
use super::font::Face;
use super::scale::Scale;
use super::style::Colour;
use super::ticks::{Tick, ticks};
use super::{Axis, Layer, Panel, cells, edge};

const GRID: Colour = Colour(222, 222, 222);
const MINOR_GRID: Colour = Colour(242, 242, 242);

/// Pixels between things that must not touch.
const GAP: f64 = 7.0;
/// Room at the right for half of the last label.
const RIGHT: f64 = 18.0;
/// Less than this and there is nothing to see.
const LEAST: f64 = 40.0;

/// A panel's scales, placed on the paper.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Where data is drawn.
    pub area: Rect,
    pub x: Scale,
    pub y: Scale,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    x_label: Vec<String>,
    y_label: Vec<String>,
    /// Names along x that are too wide to lie side by side.
    upright: bool,
    cells: bool,
    /// Whether y goes from the top down.
    downwards: bool,
}

/// Whether anything of a panel can be drawn.
pub(super) fn has_data(panel: &Panel) -> bool {
    panel.layers.iter().any(|layer| !layer.places(&panel.x, &panel.y).is_empty())
}

/// The scales that show all of a panel; `None` where it has no data and no ranges.
pub(super) fn scales(panel: &Panel) -> Result<Option<(Scale, Scale)>, String> {
    panel.layers.iter().try_for_each(Layer::check)?;
    if let Some((xs, ys)) = names(panel)? {
        let upto = |n: usize| Scale { low: 0.0, high: n.max(1) as f64, log: false };
        return Ok(Some((upto(xs.len()), upto(ys.len()))));
    }
    let places: Vec<Point> = panel.layers.iter().flat_map(|layer| layer.places(&panel.x, &panel.y)).collect();
    let across = panel.layers.iter().filter_map(|l| if let Layer::VLine { x, .. } = l { Some(*x) } else { None });
    let up = panel.layers.iter().filter_map(|l| if let Layer::HLine { y, .. } = l { Some(*y) } else { None });
    let x = Scale::of(&panel.x, places.iter().map(|p| p.0).chain(across))?;
    let y = Scale::of(&panel.y, places.iter().map(|p| p.1).chain(up))?;
    Ok(x.zip(y))
}

/// Names of the columns and of the rows of a heat map.
type Names<'p> = (&'p [String], &'p [String]);

/// The names along a heat map's axes, if the panel has one.
fn names(panel: &Panel) -> Result<Option<Names<'_>>, String> {
    let mut found = None;
    for layer in &panel.layers {
        if let Layer::Cells { xs, ys, .. } = layer {
            if found.is_some() {
                return Err("there are two layers of cells; a panel has room for one".to_owned());
            }
            found = Some((xs.as_slice(), ys.as_slice()));
        }
    }
    Ok(found)
}

/// How many lines the titles of some panels take at most, `width` pixels wide each.
pub(super) fn title_lines(panels: &[Panel], width: f64) -> Result<usize, String> {
    let mut lines = 0;
    for panel in panels {
        lines = lines.max(title(panel, width)?.len());
    }
    Ok(lines)
}

fn title(panel: &Panel, width: f64) -> Result<Vec<String>, String> {
    Face::PANEL_TITLE.wrap(&panel.title, width - 2.0 * GAP)
}

/// The rules of an axis of numbers, about `count` of them labelled, or those of its names.
fn rules(axis: &Axis, scale: &Scale, count: usize) -> Vec<Tick> {
    if axis.names.is_empty() {
        return ticks(scale, count);
    }
    axis.names.iter().enumerate().map(|(i, name)| Tick { at: i as f64, label: name.clone() }).collect()
}

impl Frame {
    /// Lays a panel out in `outer`, with room for `head` lines of title, and leaving `below` pixels free under it.
    pub fn fit(panel: &Panel, outer: &Rect, (x, y): (Scale, Scale), head: usize, below: f64) -> Result<Self, String> {
        let (x_ticks, y_ticks): (Vec<Tick>, Vec<Tick>) = match names(panel)? {
            Some((xs, ys)) => {
                let middle = |i: usize| i as f64 + 0.5;
                let tick = |at: f64, label: &String| Tick { at, label: label.clone() };
                (
                    xs.iter().enumerate().map(|(i, label)| tick(middle(i), label)).collect(),
                    // Rows go down, and a scale goes up.
                    ys.iter().rev().enumerate().map(|(i, label)| tick(middle(i), label)).collect(),
                )
            }
            None => {
                let count = |room: f64, each: f64| (room / each).clamp(3.0, 8.0) as usize;
                (rules(&panel.x, &x, count(outer.width(), 85.0)), rules(&panel.y, &y, count(outer.height() - below, 60.0)))
            }
        };
        let cells = panel.layers.iter().any(|layer| matches!(layer, Layer::Cells { .. }));
        let named = cells || !panel.x.names.is_empty();
        let y_width = Face::SMALL.widest(y_ticks.iter().map(|tick| tick.label.as_str()))?;
        let x_width = Face::SMALL.widest(x_ticks.iter().map(|tick| tick.label.as_str()))?;

        let top = outer.top + GAP + title(panel, outer.width())?.len().max(head) as f64 * Face::PANEL_TITLE.line() + GAP;
        // How long y's words may be is known only about, because what is below depends on how wide they are: so with the highest names.
        let names = if named { x_width + 4.0 } else { Face::SMALL.line() };
        let foot = outer.bottom - below - GAP - label_room(usize::from(!panel.x.label.is_empty())) - names - GAP;
        let y_label = Face::AXIS.wrap(&panel.y.label, foot - top)?;
        let left = outer.left + GAP + label_room(y_label.len()) + y_width + GAP;
        let beside = cells::Key::of(panel, outer.height())?.map_or(0.0, |key| key.room()) + edge::room(panel)?;
        let right = outer.right - RIGHT - beside;

        let upright = named && x_width + 4.0 > (right - left) / x_ticks.len().max(1) as f64;
        let names = if upright { x_width + 4.0 } else { Face::SMALL.line() };
        let x_label = Face::AXIS.wrap(&panel.x.label, right - left)?;
        let bottom = outer.bottom - below - GAP - label_room(x_label.len()) - names - GAP;
        if right - left < LEAST || bottom - top < LEAST {
            return Err(format!(
                "labels and legend leave {:.0} × {:.0} pixels for the data; make the panel larger or the labels shorter",
                (right - left).max(0.0),
                (bottom - top).max(0.0)
            ));
        }
        let downwards = panel.y.down && !cells;
        Ok(Self { area: Rect { left, top, right, bottom }, x, y, x_ticks, y_ticks, x_label, y_label, upright, cells, downwards })
    }

    /// How far to the right a value is.
    pub fn across(&self, x: f64) -> Option<f64> {
        Some(self.area.left + self.x.share(x)? * self.area.width())
    }

    /// How far down a value is.
    pub fn down(&self, y: f64) -> Option<f64> {
        let way = self.y.share(y)? * self.area.height();
        Some(if self.downwards { self.area.top + way } else { self.area.bottom - way })
    }

    /// Where a point is; perhaps outside the area.
    pub fn place(&self, x: f64, y: f64) -> Option<Point> {
        Some((self.across(x)?, self.down(y)?))
    }

    /// The light rules behind the data.
    pub fn draw_grid<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Drawn {
        if self.cells {
            return Ok(());
        }
        let Rect { left, top, right, bottom } = self.area;
        // Minor rules first, so that they do not cut the others.
        for (minor, colour) in [(true, MINOR_GRID), (false, GRID)] {
            for tick in self.x_ticks.iter().filter(|tick| tick.label.is_empty() == minor) {
                if let Some(x) = self.across(tick.at) {
                    canvas.stroke(&[(x, top), (x, bottom)], colour.solid(), 1.0)?;
                }
            }
            for tick in self.y_ticks.iter().filter(|tick| tick.label.is_empty() == minor) {
                if let Some(y) = self.down(tick.at) {
                    canvas.stroke(&[(left, y), (right, y)], colour.solid(), 1.0)?;
                }
            }
        }
        Ok(())
    }

    /// The axes, their numbers and names, and the panel's title.
    pub fn draw_axes<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, panel: &Panel, outer: &Rect) -> Drawn {
        let Rect { left, top, right, bottom } = self.area;
        canvas.stroke(&[(left, top), (left, bottom), (right, bottom)], Colour::INK.solid(), 1.0)?;
        let names = self.draw_numbers(canvas)?;

        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        let line = |i: usize| 2.0 + (i as f64 + 0.5) * Face::AXIS.line();
        for (i, words) in self.x_label.iter().enumerate() {
            canvas.text(words, (middle.0, bottom + GAP + names + line(i)), Face::AXIS, Colour::INK, HPos::Center, false)?;
        }
        for (i, words) in self.y_label.iter().enumerate() {
            canvas.text(words, (outer.left + GAP + line(i), middle.1), Face::AXIS, Colour::INK, HPos::Center, true)?;
        }
        let centre = (outer.left + outer.right) / 2.0;
        for (i, words) in title(panel, outer.width())?.iter().enumerate() {
            let down = outer.top + GAP + (i as f64 + 0.5) * Face::PANEL_TITLE.line();
            canvas.text(words, (centre, down), Face::PANEL_TITLE, Colour::INK, HPos::Center, false)?;
        }
        Ok(())
    }

    /// The numbers along both axes; how high those along x are. One that would touch the last is left out.
    fn draw_numbers<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> Result<f64, String> {
        let Rect { left, bottom, .. } = self.area;
        let labelled = |tick: &&Tick| !tick.label.is_empty();
        let mut height = Face::SMALL.line();
        let mut taken = f64::NEG_INFINITY;
        for tick in self.x_ticks.iter().filter(labelled) {
            let Some(x) = self.across(tick.at) else { continue };
            let width = Face::SMALL.width(&tick.label)?;
            if self.upright {
                height = height.max(width + 4.0);
                canvas.text(&tick.label, (x, bottom + GAP), Face::SMALL, Colour::INK, HPos::Right, true)?;
            } else if x - width / 2.0 > taken {
                taken = x + width / 2.0 + 4.0;
                let down = bottom + GAP / 2.0 + Face::SMALL.line() / 2.0;
                canvas.text(&tick.label, (x, down), Face::SMALL, Colour::INK, HPos::Center, false)?;
            }
        }
        let mut rows: Vec<(f64, &Tick)> = self.y_ticks.iter().filter(labelled).filter_map(|tick| Some((self.down(tick.at)?, tick))).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut taken = f64::INFINITY;
        for (y, tick) in rows {
            if y + Face::SMALL.px / 2.0 <= taken {
                taken = y - Face::SMALL.px / 2.0;
                canvas.text(&tick.label, (left - GAP, y), Face::SMALL, Colour::INK, HPos::Right, false)?;
            }
        }
        Ok(height)
    }
}

/// The room that so many lines of an axis's name take; none where it has none.
fn label_room(lines: usize) -> f64 {
    if lines == 0 { 0.0 } else { lines as f64 * Face::AXIS.line() + 4.0 }
}
