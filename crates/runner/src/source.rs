//! Sources: where curves and runs come from. One file below `source/` and one line in the list is one kind.
//!
//! A source says what it offers without being opened, so that a plan can be made, and names checked, without reading data.

pub mod dataset;
pub mod prior;
pub mod simulated;
pub mod study;

use std::path::Path;

use curves::CurveSet;
use curves::runs::RunTable;
use priors::Prior;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::cache::StageCache;
use crate::protocol::Shape;
use crate::spec::{About, ScaleSpec};
use crate::stage::StagePlan;

/// Makes the list of sources: the keys of a source and their parser.
macro_rules! sources {
    ($($field:ident: $settings:ty = $key:literal, $says:literal;)+) => {
        /// Where curves or runs come from, by exactly one of the keys of the list, and how its curves are made ready to be asked about one by one.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        #[schemars(transform = of_one_kind)]
        pub struct Source {
            $(
                #[doc = $says]
                #[serde(default, rename = $key, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$settings>,
            )+
            /// How many curves at most are asked about one by one; a prior needs a number. Of a dataset they are spread evenly over its tasks in a
            /// seeded order, so that a smaller number is a part of a larger. What is asked of all curves at once takes all there are.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub curves: Option<usize>,
            /// The source of the same data whose order a smaller number of curves follows, so that both are asked about the same ones; its own when left out.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub same_curves_as: Option<String>,
            /// Points of a curve drawn from a prior; a longer curve of a dataset is thinned to as many. Default: 100.
            #[serde(default = "hundred")]
            pub length: usize,
            /// How the measure is mapped to the unit interval; none when it already is there.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub scale: Option<ScaleSpec>,
            /// How the axis of its curves is read. Default: points.
            #[serde(default, skip_serializing_if = "Axis::is_points")]
            pub axis: Axis,
            /// Drop the first point, the untrained network, after the scale has used it.
            #[serde(default)]
            pub drop_initial: bool,
            /// The covariate that names the task; each has its own best runs. Default: task.
            #[serde(default = "task")]
            pub task: String,
            /// The share of a task's curves, by their last value, that is called good. Default: 0.1.
            #[serde(default = "tenth")]
            pub good: f64,
        }

        /// Every kind of source: its key, and what it is.
        pub const CATALOGUE: &[(&str, &str)] = &[$(($key, $says)),+];

        impl Source {
            /// Its kind with its key; the error says that it has none, or several.
            pub fn kind(&self) -> Result<(&'static str, &dyn Kind), String> {
                let mut found: Vec<(&'static str, &dyn Kind)> = Vec::new();
                $(found.extend(self.$field.as_ref().map(|k| ($key, k as &dyn Kind)));)+
                match found.as_slice() {
                    [one] => Ok(*one),
                    _ => Err(format!("it needs exactly one of {}", CATALOGUE.iter().map(|c| format!("`{}`", c.0)).collect::<Vec<_>>().join(", "))),
                }
            }
        }
    };
}

sources! {
    from: dataset::FromDataset = "from", "Curves or runs of a dataset: its name, or `{ dataset = …, view = … }`.";
    draw: prior::Drawn = "draw", "Curves drawn from a prior, by its name.";
    simulate: simulated::Simulated = "simulate", "Runs of a law with known parameters.";
    train: study::Trained = "train", "Small networks trained here: a study, its arms and seeds.";
    solve: study::Solved = "solve", "Numbers from a closed form or a solver: a study without seeds.";
}

/// A source has exactly one of the keys of the list.
fn of_one_kind(schema: &mut Schema) {
    crate::schema::exactly_one(schema, CATALOGUE);
}

/// How the axis of curves that are asked about is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// 1, 2, …: it counts points, whatever the unit of the resource.
    #[default]
    Points,
    /// The resource as recorded.
    Resource,
    /// The logarithm of the resource, from 1 at the first point to 100 at the last, held out or not: the grid of LC-PFN's prior, for curves whose points are spread over decades.
    Log,
    /// The resource, moved and stretched to run from 1 at the first point to 100 at the last, held out or not: the range of NSL-PFN's prior.
    Linear,
}

impl Axis {
    fn is_points(&self) -> bool {
        *self == Self::Points
    }
}

fn hundred() -> usize {
    100
}

fn task() -> String {
    "task".into()
}

fn tenth() -> f64 {
    0.1
}

/// Columns of a table of runs, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunColumns {
    /// Text columns.
    pub texts: Vec<String>,
    /// Number columns.
    pub numbers: Vec<String>,
}

/// What a source offers, known without opening it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// It has curves, so many; from a prior as many as asked.
    pub curves: Option<usize>,
    /// It has curves as recorded, with covariates (a prior has not).
    pub recorded: bool,
    /// It has a table of runs with these columns.
    pub runs: Option<RunColumns>,
    /// Its data say how much of each curve is given.
    pub given: bool,
    /// How the axis of its curves is read where they are asked about one by one.
    pub axis: Axis,
    /// What is spent along its curves, where it is known.
    pub resource: Option<String>,
    /// Names of data that it rests on, as a claim's `needs` has them (`data:NAME`).
    pub data: Vec<String>,
}

impl Offer {
    /// Can it be read in this shape?
    pub fn gives(&self, shape: Shape) -> bool {
        match shape {
            Shape::EvalCurves => self.curves.is_some(),
            Shape::Curves => self.curves.is_some() && self.recorded,
            Shape::Runs => self.runs.is_some(),
        }
    }

    /// The shapes it can be read in, in words.
    pub fn shapes(&self) -> String {
        let all = [(self.curves.is_some(), "curves"), (self.runs.is_some(), "a table of runs")];
        all.iter().filter(|(has, _)| *has).map(|(_, word)| *word).collect::<Vec<_>>().join(" and ")
    }
}

/// Where a source stands: the workspace, and what its streams of random numbers are named after.
pub struct Site<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// A folder that holds datasets, looked at first.
    pub mirror: Option<&'a Path>,
    /// The experiment.
    pub about: &'a About,
    /// The source's name in the spec.
    pub name: &'a str,
    /// Outcomes of stages.
    pub cache: &'a StageCache,
}

/// Opened data of a source.
pub enum Data {
    /// Curves as recorded.
    Curves(CurveSet),
    /// A table of runs.
    Runs(RunTable),
    /// A prior that draws curves one by one.
    Prior(Box<dyn Prior>),
}

/// A kind of source, made of its settings.
pub trait Kind: Send + Sync {
    /// What it offers, after checking its settings and names.
    ///
    /// # Errors
    /// A name or a setting that is wrong.
    fn offer(&self, source: &Source, site: &Site<'_>) -> Result<Offer, RunError>;

    /// What of it decides numbers, for keys.
    ///
    /// # Errors
    /// [`RunError::Absent`] where its data are not here.
    fn identity(&self, source: &Source, site: &Site<'_>) -> Result<String, RunError>;

    /// What has to be trained or solved before it can be opened.
    ///
    /// # Errors
    /// Arms or settings that make no stages.
    fn stages(&self, site: &Site<'_>) -> Result<Vec<StagePlan>, RunError> {
        let _ = site;
        Ok(Vec::new())
    }

    /// Its data.
    ///
    /// # Errors
    /// Data that are absent, damaged or not what the description says.
    fn open(&self, source: &Source, shape: Shape, site: &Site<'_>) -> Result<Data, RunError>;
}
