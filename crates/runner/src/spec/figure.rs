//! `[[figure]]`: what is drawn from the rows.

use std::collections::BTreeMap;

use evaluation::Strings;
use serde::{Deserialize, Serialize};

/// A figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FigureSpec {
    /// File name.
    pub id: String,
    /// One line above it.
    pub title: String,
    /// What is drawn.
    pub kind: FigureKind,
    /// Rows it is drawn from.
    #[serde(default)]
    pub select: BTreeMap<String, Strings>,
    /// `fans`: whose forecasts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// How many are shown. `fans`: curves, 4 if not said; `bump`: tasks in colour, 12; `timeline`: rows, 40.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<usize>,
    /// A panel for each value of this text column. Values, here and of `series` and of models, come in the order in which `select`
    /// lists them, others after them by name and size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<String>,
    /// A colour for each value of this text column. `bump`: `kind` if not said; `timeline`, `scatter`: `model`; `survival`: `model`, or
    /// `group` where each model has its panel; `lines`: `method`; `intervals`: one colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// `heat-map`: the column of numbers, `correlation` if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// `heat-map`: the values that have the palest and the deepest colour; if not said, all there are, rounded outwards to tenths.
    /// `lines`: from where to where y goes, `intervals`: x; if not said, as far as there are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// What the numbers are. `heat-map`: along the scale of the colours, the column's name if not said; `timeline`, `survival`: along
    /// x, the resource of the source; `lines`, `intervals`: along x, the column's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Left out of the names of models and tasks, such as a beginning that many of them share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strip: Vec<String>,
    /// `lines`: the column along x, of numbers or of text; texts that are numbers (`5`, `40%`) are placed as such, others stand side by side.
    /// `intervals`: the column of numbers, `estimate` if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// `lines`: the column of numbers along y.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// `lines`: a column of numbers that is drawn beside y as small points, such as what was measured beside what was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<String>,
    /// The column of lower ends. `lines`: none if not said; `intervals`: `low` of `estimate`, `NAME-low` of another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<String>,
    /// The column of upper ends, in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<String>,
    /// `lines`, `intervals`: axes that are logarithmic; what is not positive has no place on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Along>,
    /// `lines`: whether the points of a series are joined, in the order of x; yes if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<bool>,
    /// `lines`: rows that have these texts are large black points and no series, such as the minima of profiles. `select` must have them too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, Strings>,
    /// A thin line for the eye. `lines`: across, at this y; `intervals`: upright, at this x.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    /// `intervals`: the text column with a row for each value, `parameter` if not said. `heat-map`: with `cols`, texts against texts in place of
    /// models against models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// `heat-map`: the text column with a column for each value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<String>,
    /// `intervals`: several numbers of one place become their mean, with two standard errors.
    #[serde(default)]
    pub mean: bool,
    /// `intervals`: claims whose published numbers are marked. The cell of a claim says in which row, panel and series; a parameter that it
    /// does not select is its metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<String>,
    /// `heat-map`: along x, nothing if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_x: Option<String>,
    /// `lines`: along y, the column's name if not said; `heat-map`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_y: Option<String>,
}

/// An axis of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// To the right.
    X,
    /// Upwards.
    Y,
}

/// Kinds of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureKind {
    /// Forecast fans on single curves: what was seen, what came, the bands.
    Fans,
    /// A score against the seconds it costs, one point per method and cutoff.
    ScoreVsSeconds,
    /// Nominal against observed coverage.
    Calibration,
    /// Regret against epochs spent.
    Regret,
    /// A table in colours: models against models, a number for each pair (columns `model`, `model-b`), or the texts of two other columns; the
    /// median where there are several.
    HeatMap,
    /// The order in which tasks emerge, a line each across models (view `point`).
    Bump,
    /// When tasks emerge, a row each (view `point`).
    Timeline,
    /// The share of tasks that have not yet emerged (view `survival`).
    Survival,
    /// Predicted against actual, with intervals where there are any (columns `predicted`, `actual`, `low`, `high`).
    Scatter,
    /// One column of numbers over another, a line with its band or a cloud for each series.
    Lines,
    /// Numbers with their intervals, a dot and a whisker each, beside published ones.
    Intervals,
}
