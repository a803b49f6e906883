//! What stands for a point.

use plotters::prelude::DrawingBackend;

use super::canvas::{Canvas, Drawn};
use super::clip::Point;
use super::style::{Colour, Marker};

/// Half the width of a circle; other shapes are as large to the eye.
const RADIUS: f64 = 3.5;
/// Of small ones.
const SMALL: f64 = 1.8;
/// How thick the rim of an empty one is.
const RIM: f64 = 1.5;

// Corners in units of the radius, from the left and downwards.
const SQUARE: &[Point] = &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)];
const TRIANGLE: &[Point] = &[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)];
const DOWN: &[Point] = &[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)];
const DIAMOND: &[Point] = &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)];

/// Draws one marker.
pub(super) fn draw<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, at: Point, marker: Marker, colour: Colour) -> Drawn {
    let ink = colour.solid();
    let to = |corner: &Point| (at.0 + corner.0 * RADIUS, at.1 + corner.1 * RADIUS);
    let filled = |shape: &[Point]| canvas.polygon(&shape.iter().map(to).collect::<Vec<Point>>(), ink);
    // Round and one side more, so that every corner is a joint.
    let empty = |shape: &[Point]| canvas.stroke(&shape.iter().chain(shape.iter().take(2)).map(to).collect::<Vec<Point>>(), ink, RIM);
    let strokes = |one: [Point; 2], other: [Point; 2]| {
        canvas.stroke(&one.map(|corner| to(&corner)), ink, RIM)?;
        canvas.stroke(&other.map(|corner| to(&corner)), ink, RIM)
    };
    match marker {
        Marker::Circle => canvas.disc(at, RADIUS, ink),
        Marker::Dot => canvas.disc(at, SMALL, ink),
        Marker::Ring => canvas.ring(at, RADIUS, ink, RIM),
        Marker::SmallRing => canvas.ring(at, SMALL, ink, 0.75),
        Marker::Square => filled(SQUARE),
        Marker::Triangle => filled(TRIANGLE),
        Marker::Down => filled(DOWN),
        Marker::Diamond => filled(DIAMOND),
        Marker::OpenSquare => empty(SQUARE),
        Marker::OpenTriangle => empty(TRIANGLE),
        Marker::OpenDown => empty(DOWN),
        Marker::OpenDiamond => empty(DIAMOND),
        Marker::Cross => strokes([(-1.0, -1.0), (1.0, 1.0)], [(-1.0, 1.0), (1.0, -1.0)]),
        Marker::Plus => strokes([(-1.3, 0.0), (1.3, 0.0)], [(0.0, -1.3), (0.0, 1.3)]),
    }
}
