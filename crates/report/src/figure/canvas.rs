//! `Canvas`: the few strokes that everything is drawn with, the same for SVG and PNG.
//!
//! Callers think in pixels of the finished figure; the paper underneath is finer (4 units to a pixel
//! in SVG, 2 in PNG), because plotters only knows whole units and curves would come out jagged.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::prelude::{Circle, DrawingBackend, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, RGBAColor, ShapeStyle};

use super::clip::{Point, Rect};
use super::font::Face;
use super::style::{Colour, Style};

/// Done, or what the drawing library says.
pub(super) type Drawn = Result<(), String>;

/// Paper to draw on.
pub(super) struct Canvas<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    scale: f64,
    raster: bool,
}

impl<'a, DB: DrawingBackend> Canvas<'a, DB> {
    /// Paper that keeps shapes as shapes.
    pub fn vector(area: &'a DrawingArea<DB, Shift>, scale: f64) -> Self {
        Self { area, scale, raster: false }
    }

    /// Paper that keeps pixels.
    pub fn raster(area: &'a DrawingArea<DB, Shift>, scale: f64) -> Self {
        Self { area, scale, raster: true }
    }

    fn unit(&self, (x, y): Point) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }

    fn units(&self, length: f64) -> u32 {
        ((length * self.scale).round() as u32).max(1)
    }

    /// A filled rectangle.
    pub fn rectangle(&self, rect: &Rect, ink: RGBAColor) -> Drawn {
        let corners = [self.unit((rect.left, rect.top)), self.unit((rect.right, rect.bottom))];
        done(self.area.draw(&Rectangle::new(corners, filled(ink))))
    }

    /// A filled area.
    pub fn polygon(&self, points: &[Point], ink: RGBAColor) -> Drawn {
        let units: Vec<(i32, i32)> = points.iter().map(|&p| self.unit(p)).collect();
        done(self.area.draw(&Polygon::new(units, filled(ink))))
    }

    /// A filled circle.
    pub fn disc(&self, at: Point, radius: f64, ink: RGBAColor) -> Drawn {
        done(self.area.draw(&Circle::new(self.unit(at), self.units(radius), filled(ink))))
    }

    /// The rim of a circle, `width` thick.
    pub fn ring(&self, at: Point, radius: f64, ink: RGBAColor, width: f64) -> Drawn {
        // A rim as a polyline: the raster backend draws every circle one unit thin.
        let turn = |i: u32| f64::from(i) / 24.0 * std::f64::consts::TAU;
        let rim: Vec<Point> = (0..=24).map(|i| (at.0 + radius * turn(i).cos(), at.1 + radius * turn(i).sin())).collect();
        self.stroke(&rim, ink, width)
    }

    /// An unbroken line.
    pub fn stroke(&self, points: &[Point], ink: RGBAColor, width: f64) -> Drawn {
        let mut units: Vec<(i32, i32)> = points.iter().map(|&p| self.unit(p)).collect();
        units.dedup();
        let style = ShapeStyle { color: ink, filled: false, stroke_width: self.units(width) };
        if !self.raster {
            return done(self.area.draw(&PathElement::new(units, style)));
        }
        // The raster backend fills a thick polyline as one polygon, with holes where it crosses
        // itself; so each segment is drawn by itself, and their joints are rounded.
        for pair in units.windows(2) {
            done(self.area.draw(&PathElement::new(pair.to_vec(), style)))?;
        }
        let joints = units.get(1..units.len().saturating_sub(1)).unwrap_or_default();
        for &joint in joints.iter().filter(|_| style.stroke_width > 2) {
            done(self.area.draw(&Circle::new(joint, style.stroke_width / 2, filled(ink))))?;
        }
        Ok(())
    }

    /// A line in its style.
    pub fn line(&self, points: &[Point], style: &Style) -> Drawn {
        let pattern = style.dash.pattern();
        if pattern.is_empty() {
            return self.stroke(points, style.colour.solid(), style.width);
        }
        dashes(points, pattern).iter().try_for_each(|dash| self.stroke(dash, style.colour.solid(), style.width))
    }

    /// Words whose middle height is at `at`; `upwards` turns them to be read from below.
    pub fn text(&self, text: &str, at: Point, face: Face, colour: Colour, side: HPos, upwards: bool) -> Drawn {
        if text.is_empty() {
            return Ok(());
        }
        // Both backends miss the middle of capital letters, each by its own share of the size: seen
        // from the font's metrics, SVG hangs text by half its x-height, the raster by its line height.
        let drop = face.size(1.0) * if self.raster { 0.216 } else { 0.07 };
        let at = if upwards { (at.0 + drop, at.1) } else { (at.0, at.1 + drop) };
        let mut style = face.font(self.scale).color(&colour.solid()).pos(Pos::new(side, VPos::Center));
        if upwards {
            style = style.transform(FontTransform::Rotate270);
        }
        // XML has no control characters.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        done(self.area.draw_text(&text, &style, self.unit(at)))
    }
}

fn filled(ink: RGBAColor) -> ShapeStyle {
    ShapeStyle { color: ink, filled: true, stroke_width: 1 }
}

fn done<E: std::error::Error + Send + Sync>(result: Result<(), DrawingAreaErrorKind<E>>) -> Drawn {
    result.map_err(|e| e.to_string())
}

/// The strokes of a broken line; the pattern runs on across corners.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let mut parts = Vec::new();
    let (Some(&first), Some(&length)) = (points.first(), pattern.first()) else { return parts };
    let mut part = vec![first];
    // `left` is what remains of the stroke or gap at this place of the pattern.
    let (mut place, mut left, mut inked) = (0, length, true);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let way = (to.0 - from.0).hypot(to.1 - from.1);
            if way < left {
                left -= way;
                part.push(to);
                break;
            }
            let t = left / way;
            from = (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1));
            part.push(from);
            let done = std::mem::replace(&mut part, vec![from]);
            if inked {
                parts.push(done);
            }
            inked = !inked;
            place = (place + 1) % pattern.len();
            left = pattern[place];
        }
    }
    if inked && part.len() > 1 {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_run_on_across_corners() {
        let corner = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)];
        let parts = dashes(&corner, &[3.0, 2.0]);
        assert_eq!(parts, vec![vec![(0.0, 0.0), (3.0, 0.0)], vec![(4.0, 1.0), (4.0, 4.0)]]);
        assert!(dashes(&[], &[3.0, 2.0]).is_empty());
    }
}
