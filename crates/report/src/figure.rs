//! `Figure`: panels of layers on shared paper, as SVG or PNG, with the CSV of what is drawn.
//!
//! The layout is computed in pixels from the built-in font before anything is drawn, so that SVG and
//! PNG agree and the same figure is always the same bytes. Axes, grid and labels are our own
//! (plotters only puts ink on paper), because plotters' labels on log axes are rounded wrongly.
//!
//! A value that is not finite is skipped and leaves a gap; so is one that is not positive on a log axis.

mod axis;
mod canvas;
mod cells;
mod clip;
mod csv;
mod edge;
mod export;
mod font;
mod frame;
mod ink;
mod layer;
mod legend;
mod marks;
mod scale;
mod style;
#[cfg(test)]
mod tests;
mod ticks;
mod words;

use serde::{Deserialize, Serialize};

pub use axis::Axis;
pub use layer::Layer;
pub use style::{Colour, Dash, Marker, Shade, Style};

/// Panels side by side and below one another, under one title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name, as in its file's name.
    pub id: String,
    /// A line above; may be empty.
    pub title: String,
    /// What it shows; printed by whoever shows the figure, and for screen readers.
    pub caption: String,
    /// Panels per row.
    pub columns: usize,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Width of one panel in pixels.
    pub width: u32,
    /// Height of one panel in pixels, its labels and a legend below it included.
    pub height: u32,
}

/// Two axes and what is drawn on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// A line above it; may be empty.
    pub title: String,
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    /// What is drawn. Bands and cells lie under everything else, then in order; words are written last.
    pub layers: Vec<Layer>,
    /// Whether labelled layers are listed: in a corner without data, or else below.
    pub legend: bool,
}

impl Figure {
    /// A figure without panels, one panel to a row, 480 × 340 pixels each.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), caption: String::new(), columns: 1, panels: Vec::new(), width: 480, height: 340 }
    }

    /// The same figure with a caption.
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// The same figure with so many panels to a row.
    pub fn with_columns(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    /// The same figure with panels of this size.
    pub fn with_panel_size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// The same figure with one more panel at the end.
    pub fn with_panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }
}

impl Panel {
    /// An empty panel, with a legend if something in it is labelled.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { title: title.into(), x, y, layers: Vec::new(), legend: true }
    }

    /// The same panel with one more layer on top.
    pub fn with(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// The same panel without a legend.
    pub fn without_legend(mut self) -> Self {
        self.legend = false;
        self
    }
}
