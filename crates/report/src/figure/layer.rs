//! `Layer`: one thing drawn on a panel.

use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::style::{Colour, Marker, Shade, Style};

/// One thing drawn on a panel. Layers with the same label share one line of the legend; a layer
/// with an empty label has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Points joined by straight lines.
    Line {
        /// Its name in the legend.
        label: String,
        /// The points (x, y), in the order in which they are joined.
        #[serde(with = "crate::kept")]
        points: Vec<(f64, f64)>,
        /// How it looks.
        style: Style,
    },
    /// A staircase: each y holds until the next x.
    Steps {
        /// Its name in the legend.
        label: String,
        /// The points (x, y), in the order in which they are joined.
        #[serde(with = "crate::kept")]
        points: Vec<(f64, f64)>,
        /// How it looks.
        style: Style,
    },
    /// The area between two curves, such as an interval around a forecast. On a log axis a lower
    /// end that is not positive means: down to the edge.
    Band {
        /// Its name in the legend.
        label: String,
        /// Where both are known.
        #[serde(with = "crate::kept")]
        x: Vec<f64>,
        /// The lower curve.
        #[serde(with = "crate::kept")]
        low: Vec<f64>,
        /// The upper curve.
        #[serde(with = "crate::kept")]
        high: Vec<f64>,
        /// Its colour, drawn sheer.
        colour: Colour,
        /// How strongly.
        shade: Shade,
    },
    /// Points, each by itself.
    Points {
        /// Their name in the legend.
        label: String,
        /// The points (x, y).
        #[serde(with = "crate::kept")]
        points: Vec<(f64, f64)>,
        /// Half the height of each point's error bar; one that is not finite is not drawn.
        #[serde(with = "crate::kept")]
        error: Option<Vec<f64>>,
        /// What stands for a point.
        marker: Marker,
        /// Their colour.
        colour: Colour,
    },
    /// Intervals, each upright at its x, such as those of predictions that are drawn as points.
    Bars {
        /// Their name in the legend.
        label: String,
        /// Where they stand.
        #[serde(with = "crate::kept")]
        x: Vec<f64>,
        /// Their lower ends.
        #[serde(with = "crate::kept")]
        low: Vec<f64>,
        /// Their upper ends.
        #[serde(with = "crate::kept")]
        high: Vec<f64>,
        /// Their colour.
        colour: Colour,
    },
    /// Names beside points, placed where nothing else is drawn; one for which there is no such place is not written.
    Words {
        /// The points (x, y).
        #[serde(with = "crate::kept")]
        points: Vec<(f64, f64)>,
        /// What is written beside each.
        words: Vec<String>,
        /// Its colour.
        colour: Colour,
    },
    /// Names at the right edge of the panel, each at the height of its point, or as near to it as others allow.
    Tags {
        /// The points (x, y), such as the last of each line.
        #[serde(with = "crate::kept")]
        points: Vec<(f64, f64)>,
        /// What is written for each.
        words: Vec<String>,
        /// Its colour.
        colour: Colour,
    },
    /// A vertical line, such as a cutoff.
    VLine {
        /// Its name in the legend.
        label: String,
        /// Where.
        #[serde(with = "crate::kept")]
        x: f64,
    },
    /// A horizontal line, such as a published value.
    HLine {
        /// Its name in the legend.
        label: String,
        /// Where.
        #[serde(with = "crate::kept")]
        y: f64,
    },
    /// A heat map. It replaces the panel's scales: column i spans i to i + 1, and rows go down. A panel with a legend has
    /// the scale of its colours beside it.
    Cells {
        /// What the values are: written along the scale of the colours.
        label: String,
        /// Names of the columns, from the left.
        xs: Vec<String>,
        /// Names of the rows, from the top.
        ys: Vec<String>,
        /// One row per name in `ys`, one value per name in `xs`; one that is not finite is left grey.
        #[serde(with = "crate::kept")]
        values: Vec<Vec<f64>>,
        /// Decimals of the values written into the cells.
        decimals: usize,
        /// Which values have the palest and the deepest colour; `None` for the smallest and the largest there are.
        #[serde(with = "crate::kept")]
        range: Option<(f64, f64)>,
    },
}

impl Layer {
    /// Its name in the legend.
    pub fn label(&self) -> &str {
        match self {
            Self::Line { label, .. }
            | Self::Steps { label, .. }
            | Self::Band { label, .. }
            | Self::Points { label, .. }
            | Self::Bars { label, .. }
            | Self::VLine { label, .. }
            | Self::HLine { label, .. }
            | Self::Cells { label, .. } => label,
            Self::Words { .. } | Self::Tags { .. } => "",
        }
    }

    /// What kind of layer it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Line { .. } => "line",
            Self::Steps { .. } => "steps",
            Self::Band { .. } => "band",
            Self::Points { .. } => "points",
            Self::Bars { .. } => "bars",
            Self::Words { .. } => "words",
            Self::Tags { .. } => "tags",
            Self::VLine { .. } => "vline",
            Self::HLine { .. } => "hline",
            Self::Cells { .. } => "cells",
        }
    }

    /// Whether it marks a place rather than shows data.
    pub(super) fn is_reference(&self) -> bool {
        matches!(self, Self::VLine { .. } | Self::HLine { .. })
    }

    /// Whether it lies under the others, because it fills areas.
    pub(super) fn is_ground(&self) -> bool {
        matches!(self, Self::Band { .. } | Self::Cells { .. })
    }

    /// Why it contradicts itself.
    pub(super) fn check(&self) -> Result<(), String> {
        let same = |what: &str, left: usize, right: usize| {
            if left == right { Ok(()) } else { Err(format!("{} `{}`: {left} {what} against {right}", self.kind(), self.label())) }
        };
        match self {
            Self::Band { x, low, high, .. } | Self::Bars { x, low, high, .. } => {
                same("x values and lower ends", x.len(), low.len())?;
                same("x values and upper ends", x.len(), high.len())
            }
            Self::Points { points, error: Some(error), .. } => same("points and error bars", points.len(), error.len()),
            Self::Words { points, words, .. } | Self::Tags { points, words, .. } => same("points and words", points.len(), words.len()),
            Self::Cells { range: Some((low, high)), label, .. } if !(low < high && (high - low).is_finite()) => {
                Err(format!("the range of cells `{label}` is {low} to {high}; it must be finite and increase"))
            }
            Self::Cells { xs, ys, values, .. } => {
                same("row names and rows", ys.len(), values.len())?;
                values.iter().try_for_each(|row| same("column names and values", xs.len(), row.len()))
            }
            Self::Line { .. } | Self::Steps { .. } | Self::Points { .. } | Self::VLine { .. } | Self::HLine { .. } => Ok(()),
        }
    }

    /// The places (x, y) that both axes should reach: whatever of the layer can be drawn on them.
    pub(super) fn places(&self, x_axis: &Axis, y_axis: &Axis) -> Vec<(f64, f64)> {
        let both = |&(x, y): &(f64, f64)| x_axis.shows(x) && y_axis.takes(y);
        match self {
            Self::Line { points, .. } | Self::Steps { points, .. } => points.iter().copied().filter(both).collect(),
            Self::Points { points, error, .. } => {
                let mut places: Vec<(f64, f64)> = points.iter().copied().filter(both).collect();
                for (&(x, y), &e) in points.iter().zip(error.iter().flatten()) {
                    // Only an error bar whose point is drawn.
                    if both(&(x, y)) {
                        places.extend([(x, y - e), (x, y + e)].into_iter().filter(both));
                    }
                }
                places
            }
            Self::Band { x, low, high, .. } | Self::Bars { x, low, high, .. } => {
                let ends = x.iter().zip(low.iter().zip(high));
                ends.flat_map(|(&x, (&low, &high))| [(x, low), (x, high)]).filter(both).collect()
            }
            Self::Cells { xs, ys, .. } if xs.is_empty() || ys.is_empty() => Vec::new(),
            Self::Cells { xs, ys, .. } => vec![(0.0, 0.0), (xs.len() as f64, ys.len() as f64)],
            // Words go to points that other layers draw.
            Self::VLine { .. } | Self::HLine { .. } | Self::Words { .. } | Self::Tags { .. } => Vec::new(),
        }
    }
}
