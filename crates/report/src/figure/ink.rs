//! Layers on a frame: where they leave ink, and drawing them.

use plotters::prelude::DrawingBackend;

use super::canvas::{Canvas, Drawn};
use super::clip::{self, Point, Rect};
use super::frame::Frame;
use super::style::{Colour, Dash, Shade, Style};
use super::{Layer, cells, marks};

/// Half the width of the cap of a bar.
const CAP: f64 = 3.0;
/// How thick a bar is.
const BAR: f64 = 1.25;

/// How the `index`-th reference line of a panel looks: grey, and never solid.
fn reference(index: usize) -> Style {
    Style { colour: Colour::GREY, dash: Dash::nth(1 + index % 4), width: 1.5 }
}

/// Draws one layer; `index` counts the panel's reference lines.
pub(super) fn draw<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, layer: &Layer, index: usize, frame: &Frame) -> Drawn {
    match layer {
        Layer::Line { points, style, .. } => draw_runs(canvas, &runs(points, frame, false), style, frame),
        Layer::Steps { points, style, .. } => draw_runs(canvas, &runs(points, frame, true), style, frame),
        Layer::Band { x, low, high, colour, shade, .. } => {
            columns(x, low, high, frame).iter().try_for_each(|run| draw_area(canvas, run, *colour, *shade, frame))
        }
        Layer::Points { points, error, marker, colour, .. } => {
            for (i, &(x, y)) in points.iter().enumerate() {
                let Some(at) = frame.place(x, y).filter(|&at| frame.area.holds(at)) else { continue };
                if let Some(bar) = error.as_ref().and_then(|e| bar(x, y, *e.get(i)?, frame)) {
                    for part in clip::polyline(&bar, &frame.area) {
                        canvas.stroke(&part, colour.solid(), 1.0)?;
                    }
                }
                marks::draw(canvas, at, *marker, *colour)?;
            }
            Ok(())
        }
        Layer::VLine { .. } | Layer::HLine { .. } => across(layer, frame).map_or(Ok(()), |line| canvas.line(&line, &reference(index))),
        Layer::Bars { x, low, high, colour, .. } => bars(x, low, high, frame).iter().flat_map(|&bar| capped(bar)).try_for_each(|stroke| {
            let parts = clip::polyline(&stroke, &frame.area);
            parts.iter().try_for_each(|part| canvas.stroke(part, colour.solid(), BAR))
        }),
        Layer::Cells { values, decimals, range, .. } => cells::draw(canvas, values, *range, *decimals, frame),
        // Words come last, where the others have left room.
        Layer::Words { .. } | Layer::Tags { .. } => Ok(()),
    }
}

/// What stands for a layer in the legend: `width` pixels of it around the middle height of `left`.
pub(super) fn draw_swatch<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, layer: &Layer, index: usize, left: Point, width: f64) -> Drawn {
    let line = [left, (left.0 + width, left.1)];
    match layer {
        Layer::Line { style, .. } | Layer::Steps { style, .. } => canvas.line(&line, style),
        Layer::Band { colour, shade, .. } => {
            let area = Rect { left: left.0, top: left.1 - 5.0, right: left.0 + width, bottom: left.1 + 5.0 };
            shade.inks().iter().try_for_each(|ink| canvas.rectangle(&area, colour.sheer(ink.alpha())))
        }
        Layer::Points { marker, colour, .. } => marks::draw(canvas, (left.0 + width / 2.0, left.1), *marker, *colour),
        Layer::Bars { colour, .. } => {
            let middle = left.0 + width / 2.0;
            capped([(middle, left.1 + 6.0), (middle, left.1 - 6.0)]).iter().try_for_each(|stroke| canvas.stroke(stroke, colour.solid(), BAR))
        }
        Layer::VLine { .. } | Layer::HLine { .. } => canvas.line(&line, &reference(index)),
        Layer::Cells { .. } | Layer::Words { .. } | Layer::Tags { .. } => Ok(()),
    }
}

/// Places on which a layer leaves ink, a few pixels apart: for finding a corner that is free.
pub(super) fn trace(layer: &Layer, frame: &Frame) -> Vec<Point> {
    let along = |line: &[Point]| -> Vec<Point> {
        let parts = clip::polyline(line, &frame.area);
        parts.iter().flat_map(|part| part.windows(2).flat_map(|pair| between(pair[0], pair[1], 3.0))).collect()
    };
    match layer {
        Layer::Line { points, .. } => runs(points, frame, false).iter().flat_map(|run| along(run)).collect(),
        Layer::Steps { points, .. } => runs(points, frame, true).iter().flat_map(|run| along(run)).collect(),
        Layer::Band { x, low, high, .. } => {
            let runs = columns(x, low, high, frame);
            runs.iter().flat_map(|run| run.windows(2).flat_map(|pair| fill(pair[0], pair[1], frame))).collect()
        }
        Layer::Points { points, error, .. } => {
            let mut ink: Vec<Point> = points.iter().filter_map(|&(x, y)| frame.place(x, y)).collect();
            for (&(x, y), &e) in points.iter().zip(error.iter().flatten()) {
                ink.extend(bar(x, y, e, frame).iter().flat_map(|bar| along(bar)));
            }
            ink
        }
        Layer::VLine { .. } | Layer::HLine { .. } => across(layer, frame).iter().flat_map(|line| along(line)).collect(),
        Layer::Bars { x, low, high, .. } => bars(x, low, high, frame).iter().flat_map(|bar| along(bar)).collect(),
        // A tag's leader goes to the right, more or less.
        Layer::Tags { points, .. } => {
            let leader = |&(x, y): &(f64, f64)| frame.place(x, y).map(|at| [at, (frame.area.right, at.1)]);
            points.iter().filter_map(leader).flat_map(|line| along(&line)).collect()
        }
        Layer::Cells { .. } | Layer::Words { .. } => Vec::new(),
    }
}

/// Stretches of points that have a place, broken where one has none; outside the area too.
fn runs(points: &[(f64, f64)], frame: &Frame, stairs: bool) -> Vec<Vec<Point>> {
    let mut runs = Vec::new();
    let mut run: Vec<Point> = Vec::new();
    for &(x, y) in points {
        match frame.place(x, y) {
            Some(at) => {
                if let Some(&(_, height)) = run.last().filter(|_| stairs) {
                    run.push((at.0, height));
                }
                run.push(at);
            }
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.push(run);
    runs.retain(|run| !run.is_empty());
    runs
}

fn draw_runs<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, runs: &[Vec<Point>], style: &Style, frame: &Frame) -> Drawn {
    for run in runs {
        // A point between two gaps is a line of no length, and would not be seen.
        if let [only] = run.as_slice() {
            if frame.area.holds(*only) {
                canvas.disc(*only, style.width, style.colour.solid())?;
            }
            continue;
        }
        for part in clip::polyline(run, &frame.area) {
            canvas.line(&part, style)?;
        }
    }
    Ok(())
}

/// Stretches of a band as (across, lower end, upper end), broken where one has no place.
fn columns(x: &[f64], low: &[f64], high: &[f64], frame: &Frame) -> Vec<Vec<(f64, f64, f64)>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for ((&x, &low), &high) in x.iter().zip(low).zip(high) {
        let foot = if frame.y.log && low <= 0.0 { Some(frame.area.bottom) } else { frame.down(low) };
        match (frame.across(x), foot, frame.down(high)) {
            (Some(across), Some(lower), Some(upper)) => run.push((across, lower, upper)),
            _ => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.push(run);
    runs
}

fn draw_area<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, run: &[(f64, f64, f64)], colour: Colour, shade: Shade, frame: &Frame) -> Drawn {
    let there = run.iter().map(|&(x, _, upper)| (x, upper));
    let back = run.iter().rev().map(|&(x, lower, _)| (x, lower));
    let area = clip::polygon(&there.chain(back).collect::<Vec<Point>>(), &frame.area);
    if area.len() < 3 { Ok(()) } else { canvas.polygon(&area, colour.sheer(shade.alpha())) }
}

/// An error bar, bottom to top; on a log axis one that reaches 0 ends at the edge.
fn bar(x: f64, y: f64, error: f64, frame: &Frame) -> Option<[Point; 2]> {
    let (x, top) = (frame.across(x)?, frame.down(y + error)?);
    let foot = if frame.y.log && y - error <= 0.0 { frame.area.bottom } else { frame.down(y - error)? };
    Some([(x, foot), (x, top)])
}

/// Intervals that have a place, bottom to top.
fn bars(x: &[f64], low: &[f64], high: &[f64], frame: &Frame) -> Vec<[Point; 2]> {
    let ends = x.iter().zip(low.iter().zip(high));
    ends.filter_map(|(&x, (&low, &high))| Some([frame.place(x, low)?, frame.place(x, high)?])).collect()
}

/// The strokes of an interval: itself and its two caps.
fn capped([foot, top]: [Point; 2]) -> [[Point; 2]; 3] {
    let cap = |(x, y): Point| [(x - CAP, y), (x + CAP, y)];
    [[foot, top], cap(foot), cap(top)]
}

/// A reference line from edge to edge, if it is within.
fn across(layer: &Layer, frame: &Frame) -> Option<[Point; 2]> {
    let Rect { left, top, right, bottom } = frame.area;
    let line = match layer {
        Layer::VLine { x, .. } => frame.across(*x).map(|x| [(x, top), (x, bottom)]),
        Layer::HLine { y, .. } => frame.down(*y).map(|y| [(left, y), (right, y)]),
        _ => None,
    };
    line.filter(|line| line.iter().all(|&end| frame.area.holds(end)))
}

/// Points from `a` to `b`, at most `apart` pixels apart, ends included.
pub(super) fn between(a: Point, b: Point, apart: f64) -> impl Iterator<Item = Point> {
    let steps = ((b.0 - a.0).hypot(b.1 - a.1) / apart).ceil().clamp(1.0, 2000.0) as u32;
    (0..=steps).map(move |i| {
        let t = f64::from(i) / f64::from(steps);
        (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
    })
}

/// Points spread over the area between two columns of a band.
fn fill(a: (f64, f64, f64), b: (f64, f64, f64), frame: &Frame) -> Vec<Point> {
    const APART: f64 = 8.0;
    let Rect { top, bottom, .. } = frame.area;
    let lower = between((a.0, a.1), (b.0, b.1), APART);
    let steps = lower.collect::<Vec<Point>>();
    let last = (steps.len().max(2) - 1) as f64;
    let mut ink = Vec::new();
    for (i, &(x, lower)) in steps.iter().enumerate() {
        let upper = a.2 + (b.2 - a.2) * i as f64 / last;
        let ends = ((x, lower.clamp(top, bottom)), (x, upper.clamp(top, bottom)));
        ink.extend(between(ends.0, ends.1, APART));
    }
    ink
}
