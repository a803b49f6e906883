//! A figure as SVG or PNG: one way of drawing, two kinds of paper.

use std::path::Path;

use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Drawn};
use super::clip::{Point, Rect};
use super::font::{self, Face};
use super::frame::{self, Frame};
use super::legend::{Legend, numbered};
use super::style::Colour;
use super::{Figure, Panel, cells, edge, ink, words};
use crate::ReportError;
use crate::escape::html;

/// Units to a pixel in SVG: curves are placed to a quarter of a pixel.
const VECTOR: f64 = 4.0;
/// Units to a pixel in PNG: twice the size, for print and for dense screens.
const RASTER: f64 = 2.0;
/// The most units of a PNG: about 190 MB in memory.
const MOST_UNITS: u64 = 64_000_000;

const PAPER: Colour = Colour(255, 255, 255);
const FAINT: Colour = Colour(200, 200, 200);
const MARGIN: f64 = 8.0;

/// The size of a figure and its title's lines.
struct Sheet {
    title: Vec<String>,
    head: f64,
    columns: usize,
    width: f64,
    height: f64,
}

impl Sheet {
    fn units(&self, scale: f64) -> (u32, u32) {
        ((self.width * scale).round() as u32, (self.height * scale).round() as u32)
    }
}

impl Figure {
    /// The figure as SVG text: the same bytes for the same figure.
    ///
    /// # Errors
    ///
    /// When no panel has a point that can be drawn, a layer's columns differ in length, a range does
    /// not increase, or labels leave no room for data; the error names the figure and the panel.
    pub fn to_svg(&self) -> Result<String, ReportError> {
        let sheet = self.sheet()?;
        let units = sheet.units(VECTOR);
        let mut drawn = String::new();
        {
            let area = SVGBackend::with_string(&mut drawn, units).into_drawing_area();
            self.paint(&Canvas::vector(&area, VECTOR), &sheet)?;
            area.present().map_err(|e| self.undrawn(e.to_string()))?;
        }
        // plotters' first line gives the size in units; ours gives it in pixels, and says what is shown.
        let body = drawn.split_once('\n').map_or("", |(_, body)| body);
        let (wide, high) = (sheet.width, sheet.height);
        let mut out =
            format!("<svg width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {} {}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\">\n", units.0, units.1);
        let title = if self.title.is_empty() { &self.id } else { &self.title };
        out.push_str(&format!("<title>{}</title>\n", html(title)));
        if !self.caption.is_empty() {
            out.push_str(&format!("<desc>{}</desc>\n", html(&self.caption)));
        }
        out.push_str(body);
        Ok(out)
    }

    /// Writes the figure as a PNG file at twice its size in pixels. The path must end in `.png`.
    ///
    /// # Errors
    ///
    /// As [`Figure::to_svg`], and when the file cannot be written.
    pub fn to_png(&self, path: impl AsRef<Path>) -> Result<(), ReportError> {
        let path = path.as_ref();
        if !path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")) {
            return Err(self.undrawn(format!("{} does not end in .png", path.display())));
        }
        // The raster backend writes its file even when drawing fails half-way; so fail before it is there.
        self.to_svg()?;
        let sheet = self.sheet()?;
        let area = BitMapBackend::new(path, sheet.units(RASTER)).into_drawing_area();
        self.paint(&Canvas::raster(&area, RASTER), &sheet)?;
        area.present().map_err(|e| self.undrawn(format!("{}: {e}", path.display())))
    }

    fn undrawn(&self, why: String) -> ReportError {
        ReportError::Draw { figure: self.id.clone(), why }
    }

    /// Checks what can be checked without drawing, and measures.
    fn sheet(&self) -> Result<Sheet, ReportError> {
        font::ready()?;
        for (panel, number) in self.panels.iter().zip(1..) {
            frame::scales(panel).map_err(|why| self.wrong(number, why))?;
        }
        if !self.panels.iter().any(frame::has_data) {
            return Err(ReportError::Empty { figure: self.id.clone() });
        }
        let columns = self.columns.clamp(1, self.panels.len());
        let rows = self.panels.len().div_ceil(columns);
        let width = f64::from(self.width) * columns as f64;
        let title = Face::FIGURE_TITLE.wrap(&self.title, width - 2.0 * MARGIN).map_err(|why| self.undrawn(why))?;
        let head = if title.is_empty() { 0.0 } else { title.len() as f64 * Face::FIGURE_TITLE.line() + MARGIN };
        let height = (f64::from(self.height) * rows as f64 + head).ceil();
        let sheet = Sheet { title, head, columns, width, height };

        let refused = |why| ReportError::Size { figure: self.id.clone(), width: width as u64, height: height as u64, why };
        if self.width < 160 || self.height < 120 {
            return Err(refused("a panel is at least 160 × 120"));
        }
        if width.max(height) > 20_000.0 || (width * height * RASTER * RASTER) as u64 > MOST_UNITS {
            return Err(refused("that would need too much memory; use fewer or smaller panels"));
        }
        Ok(sheet)
    }

    fn wrong(&self, panel: usize, why: String) -> ReportError {
        ReportError::Panel { figure: self.id.clone(), panel, why }
    }

    fn paint<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, sheet: &Sheet) -> Result<(), ReportError> {
        self.paint_title(canvas, sheet).map_err(|why| self.undrawn(why))?;
        let (wide, high) = (f64::from(self.width), f64::from(self.height));
        for (r, row) in self.panels.chunks(sheet.columns).enumerate() {
            let number = |c: usize| r * sheet.columns + c + 1;
            // Panels side by side begin at one height.
            let head = frame::title_lines(row, wide).map_err(|why| self.wrong(number(0), why))?;
            for (c, panel) in row.iter().enumerate() {
                let (left, top) = (c as f64 * wide, r as f64 * high + sheet.head);
                let outer = Rect { left, top, right: left + wide, bottom: top + high };
                paint_panel(canvas, panel, &outer, head).map_err(|why| self.wrong(number(c), why))?;
            }
        }
        Ok(())
    }

    fn paint_title<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, sheet: &Sheet) -> Drawn {
        let all = Rect { left: 0.0, top: 0.0, right: sheet.width, bottom: sheet.height };
        canvas.rectangle(&all, PAPER.solid())?;
        for (i, line) in sheet.title.iter().enumerate() {
            let at = (sheet.width / 2.0, MARGIN + (i as f64 + 0.5) * Face::FIGURE_TITLE.line());
            canvas.text(line, at, Face::FIGURE_TITLE, Colour::INK, HPos::Center, false)?;
        }
        Ok(())
    }
}

fn paint_panel<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, panel: &Panel, outer: &Rect, head: usize) -> Drawn {
    let scales = frame::scales(panel)?.filter(|_| frame::has_data(panel));
    let Some(scales) = scales else { return paint_empty(canvas, panel, outer) };
    let layers = numbered(panel);
    let legend = Legend::of(panel)?;

    // First without a legend below: it goes there only if it would hide data in every corner.
    let full = Frame::fit(panel, outer, scales, head, 0.0)?;
    let inked: Vec<Point> = layers.iter().flat_map(|(_, layer)| ink::trace(layer, &full)).collect();
    let corner = legend.as_ref().and_then(|legend| legend.corner(&full.area, &inked));
    let below = legend.as_ref().filter(|_| corner.is_none());
    let frame = match below {
        Some(legend) => Frame::fit(panel, outer, scales, head, legend.height(outer.width()))?,
        None => full,
    };

    frame.draw_grid(canvas)?;
    for ground in [true, false] {
        for (number, layer) in layers.iter().filter(|(_, layer)| layer.is_ground() == ground) {
            ink::draw(canvas, layer, *number, &frame)?;
        }
    }
    frame.draw_axes(canvas, panel, outer)?;
    edge::draw(canvas, panel, &frame)?;
    words::draw(canvas, panel, &frame, corner.as_ref())?;
    if let Some(key) = cells::Key::of(panel, outer.height())? {
        key.draw(canvas, &frame.area)?;
    }
    match (&legend, &corner) {
        (Some(legend), Some(corner)) => legend.draw_in(canvas, corner),
        (Some(legend), None) => legend.draw_below(canvas, outer),
        (None, _) => Ok(()),
    }
}

/// A panel without data says so, rather than leaving the others to move up.
fn paint_empty<DB: DrawingBackend>(canvas: &Canvas<'_, DB>, panel: &Panel, outer: &Rect) -> Drawn {
    let (left, top) = (outer.left + 2.0 * MARGIN, outer.top + 2.0 * MARGIN);
    let (right, bottom) = (outer.right - 2.0 * MARGIN, outer.bottom - 2.0 * MARGIN);
    let rim = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    canvas.stroke(&rim, FAINT.solid(), 1.0)?;
    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
    canvas.text("no data", middle, Face::AXIS, Colour::GREY, HPos::Center, false)?;
    let above = (middle.0, middle.1 - 2.0 * Face::PANEL_TITLE.line());
    canvas.text(&panel.title, above, Face::PANEL_TITLE, Colour::INK, HPos::Center, false)
}
