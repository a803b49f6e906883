//! What can be wrong with a figure, a page or a document to splice into.

use thiserror::Error;

/// Why a report could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// No panel of a figure has a point that can be drawn.
    #[error("figure `{figure}` has nothing to draw: no panel has a finite value (and, on a log axis, a positive one)")]
    Empty {
        /// The figure's id.
        figure: String,
    },
    /// One panel contradicts itself.
    #[error("figure `{figure}`, panel {panel}: {why}")]
    Panel {
        /// The figure's id.
        figure: String,
        /// Which panel, from 1.
        panel: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A figure too small to read or too large to hold in memory.
    #[error("figure `{figure}` cannot be {width} × {height} pixels: {why}")]
    Size {
        /// The figure's id.
        figure: String,
        /// Width asked for.
        width: u64,
        /// Height asked for.
        height: u64,
        /// What is allowed.
        why: &'static str,
    },
    /// The drawing itself failed, for instance because a file cannot be written.
    #[error("figure `{figure}` was not drawn: {why}")]
    Draw {
        /// The figure's id.
        figure: String,
        /// What the drawing library says.
        why: String,
    },
    /// The fonts built into this crate are damaged.
    #[error("the built-in font cannot be read; this is likely our bug, please report it")]
    Font,
    /// A marker line is not in the document.
    #[error("no line `<!-- {edge}: {name} -->`; add it where the text belongs")]
    MarkerMissing {
        /// `BEGIN` or `END`.
        edge: &'static str,
        /// The section's name.
        name: String,
    },
    /// A marker line is in the document more than once.
    #[error("the line `<!-- {edge}: {name} -->` is there {times} times; keep one")]
    MarkerDoubled {
        /// `BEGIN` or `END`.
        edge: &'static str,
        /// The section's name.
        name: String,
        /// How often it was found.
        times: usize,
    },
    /// The end comes before the beginning.
    #[error("`<!-- END: {name} -->` comes before `<!-- BEGIN: {name} -->`; swap them")]
    MarkerOrder {
        /// The section's name.
        name: String,
    },
    /// Another section's marker lies inside this one and would be overwritten.
    #[error("section `{name}` holds the marker `{inner}`, which replacing it would remove; move that out")]
    MarkerNested {
        /// The section's name.
        name: String,
        /// The marker line found inside.
        inner: String,
    },
    /// The text to put in has a marker line of its own, so that it could not be replaced again.
    #[error("the new text of section `{name}` holds the marker line `{inner}`")]
    MarkerInText {
        /// The section's name.
        name: String,
        /// The marker line found in the text.
        inner: String,
    },
    /// The data cannot be embedded in a page.
    #[error("the page's data cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
