//! Rows and verdicts become Markdown, CSV, SVG, PNG and one self-contained HTML page.
//!
//! A crate of its own because of other dependencies: it alone draws, and carries a font to draw with.
//! It takes plain values and knows neither the runner nor how a verdict is reached, so anyone's
//! numbers can be tabled and drawn; and what it writes is the same bytes for the same input.
//!
//! - [`Table`] and [`Cell`]: one table, rendered as Markdown, CSV, text or HTML.
//! - [`Grid`]: a table with the paper's numbers beside ours, each cell shaded by its verdict.
//! - [`Figure`]: panels of layers, rendered as SVG or PNG, with the CSV behind it.
//! - [`ClaimRow`] and [`score::Score`]: what a paper says against what was found here.
//! - [`Page`]: sections of all of these, as Markdown or as one HTML file.
//! - [`splice`]: keeps the part of a document between two markers up to date.

mod error;
mod escape;
pub mod figure;
pub mod grid;
mod html;
mod kept;
mod mark;
mod markdown;
mod number;
pub mod page;
pub mod score;
pub mod splice;
pub mod table;
pub mod verdicts;

pub use error::ReportError;
pub use figure::{Axis, Colour, Dash, Figure, Layer, Marker, Panel, Shade, Style};
pub use grid::{Grid, Printed};
pub use mark::Mark;
pub use number::{decimals_for, exact, fixed};
pub use page::{Block, Page, Section};
pub use score::Rate;
pub use table::{Align, Cell, Column, Table};
pub use verdicts::{ClaimRow, claims_csv, claims_table};
