//! Names beside points, where they hide nothing; one that finds no such place is not written.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Drawn};
use super::clip::{Point, Rect};
use super::font::Face;
use super::frame::Frame;
use super::style::Colour;
use super::{Layer, Panel, ink};

const LEADER: Colour = Colour(150, 150, 150);
/// How far from its point a name may stand, in pixels. Beyond the first a leader shows whose it is.
const AWAY: [f64; 8] = [8.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0, 80.0];
/// Directions that are tried, the right first.
const TURNS: u32 = 16;
/// Free pixels around a name towards markers, other names, and lines.
const CLEAR: (f64, f64, f64) = (5.0, 2.0, 3.0);
// What a name pays, in pixels of distance, for each place of a line it would hide, and for each place where its leader would
// touch another marker or name.
const HIDDEN: f64 = 2.0;
const TOUCHED: f64 = 12.0;
const CROSSED: f64 = 40.0;

/// What is on a panel already.
struct Drawing {
    area: Rect,
    ink: Vec<Point>,
    markers: Vec<Point>,
    names: Vec<Rect>,
}

/// Writes the names of a panel; `legend` is where its legend lies inside the area, if it does.
pub(super) fn draw<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, panel: &Panel, frame: &Frame, legend: Option<&Rect>) -> Drawn {
    let mut drawing = Drawing { area: frame.area.grown(-2.0), ink: Vec::new(), markers: Vec::new(), names: legend.into_iter().copied().collect() };
    for layer in &panel.layers {
        drawing.ink.extend(ink::trace(layer, frame));
        if let Layer::Points { points, .. } = layer {
            drawing.markers.extend(points.iter().filter_map(|&(x, y)| frame.place(x, y)));
        }
    }
    for layer in &panel.layers {
        let Layer::Words { points, words, colour } = layer else { continue };
        for (&(x, y), word) in points.iter().zip(words) {
            let Some(at) = frame.place(x, y).filter(|&at| frame.area.holds(at)) else { continue };
            let size = (Face::TINY.width(word)?, Face::TINY.px + 2.0);
            let Some((name, away)) = drawing.best(at, size) else { continue };
            if away > AWAY[0] {
                canvas.stroke(&[at, name.nearest(at)], LEADER.solid(), 1.0)?;
            }
            canvas.text(word, (name.left, (name.top + name.bottom) / 2.0), Face::TINY, *colour, HPos::Left, false)?;
            drawing.names.push(name);
        }
    }
    Ok(())
}

impl Drawing {
    /// The cheapest place for a name of this size near `at`, and how far away it is.
    fn best(&self, at: Point, (width, height): (f64, f64)) -> Option<(Rect, f64)> {
        let mut best: Option<(f64, Rect, f64)> = None;
        for away in AWAY {
            for turn in 0..TURNS {
                let (sin, cos) = (f64::from(turn) / f64::from(TURNS) * std::f64::consts::TAU).sin_cos();
                // Names begin or end at the point, except right above and below it.
                let aside = if cos > 0.3 {
                    0.5
                } else if cos < -0.3 {
                    -0.5
                } else {
                    0.0
                };
                let middle = (at.0 + away * cos + aside * width, at.1 - away * sin - 0.5 * sin * height);
                let name = Rect { left: middle.0 - width / 2.0, right: middle.0 + width / 2.0, top: middle.1 - height / 2.0, bottom: middle.1 + height / 2.0 };
                let Some(cost) = self.cost(at, &name) else { continue };
                // Of equals the right is read first.
                let total = away + cost + if aside < 0.0 { 1.0 } else { 0.0 };
                if best.as_ref().is_none_or(|(least, ..)| total < *least) {
                    best = Some((total, name, away));
                }
            }
        }
        best.map(|(_, name, away)| (name, away))
    }

    /// What is lost with a name in this place; `None` where it may not be.
    fn cost(&self, at: Point, name: &Rect) -> Option<f64> {
        let (marker, word, line) = CLEAR;
        let taken = self.names.iter().any(|other| name.grown(word).meets(other)) || self.markers.iter().any(|&m| name.grown(marker).holds(m));
        if taken || !self.area.encloses(name) {
            return None;
        }
        let hidden = self.ink.iter().filter(|&&place| name.grown(line).holds(place)).count() as f64;
        let touched: f64 = ink::between(at, name.nearest(at), 3.0).map(|place| self.touched(at, place)).sum();
        Some(HIDDEN * hidden + touched)
    }

    /// What a leader from `at` pays for one of its places.
    fn touched(&self, at: Point, place: Point) -> f64 {
        let near = |a: Point, b: Point| (a.0 - b.0).hypot(a.1 - b.1) < CLEAR.0;
        let markers = self.markers.iter().filter(|&&m| near(m, place) && !near(m, at)).count() as f64;
        let names = self.names.iter().filter(|other| other.holds(place)).count() as f64;
        TOUCHED * markers + CROSSED * names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Drawing {
        Drawing { area: Rect { left: 0.0, top: 0.0, right: 200.0, bottom: 200.0 }, ink: Vec::new(), markers: vec![(100.0, 100.0)], names: Vec::new() }
    }

    #[test]
    fn a_name_stands_to_the_right_where_that_is_free() {
        let (name, away) = empty().best((100.0, 100.0), (40.0, 13.0)).unwrap();
        assert_eq!((name.left, away), (108.0, 8.0));
        assert!((name.top + name.bottom - 200.0).abs() < 1e-9);
    }

    #[test]
    fn names_of_two_near_points_do_not_meet() {
        let mut drawing = empty();
        drawing.markers.push((104.0, 101.0));
        let (first, _) = drawing.best((100.0, 100.0), (40.0, 13.0)).unwrap();
        drawing.names.push(first);
        let (second, _) = drawing.best((104.0, 101.0), (40.0, 13.0)).unwrap();
        assert!(!first.meets(&second));
        assert!(drawing.markers.iter().all(|&m| !first.holds(m) && !second.holds(m)));
    }

    #[test]
    fn a_name_without_a_place_is_left_out() {
        let mut drawing = empty();
        assert!(drawing.best((100.0, 100.0), (400.0, 13.0)).is_none());
        drawing.names.push(drawing.area);
        assert!(drawing.best((100.0, 100.0), (40.0, 13.0)).is_none());
    }
}
