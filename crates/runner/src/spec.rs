//! `spec.toml`: what an experiment asks, typed. Unknown keys are refused, with the place and the nearest right one.

mod figure;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::protocol::{emergence, ladder, speed_up, surface};
use crate::synthetic::Simulated;

pub use figure::{Along, FigureKind, FigureSpec};
pub use table::{LineSpec, TableSpec};

/// A whole spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spec {
    /// What it is about.
    pub experiment: About,
    /// Where curves come from, by name.
    #[serde(rename = "source")]
    pub sources: BTreeMap<String, Source>,
    /// What is asked.
    #[serde(rename = "ask")]
    pub asks: Vec<Ask>,
    /// Who answers; none where every ask is about a whole source.
    #[serde(default, rename = "method", skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// What is shown as tables.
    #[serde(default, rename = "table", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableSpec>,
    /// What is shown as figures.
    #[serde(default, rename = "figure", skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<FigureSpec>,
    /// Overlays: smoke, laptop, full.
    #[serde(default, rename = "size")]
    pub sizes: BTreeMap<String, Size>,
}

/// What an experiment is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct About {
    /// One line.
    pub title: String,
    /// The paper.
    pub paper: Paper,
    /// Rises whenever a number may change; the README says why.
    pub version: u32,
    /// Every random stream is a hash of this and of names.
    pub seed: u64,
}

/// The paper an experiment is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paper {
    /// arXiv number.
    pub arxiv: String,
    /// Key in references.bib.
    pub bib: String,
    /// The authors' code, if any was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Where curves come from: a dataset (`from`), a prior (`draw`) or runs of a law (`simulate`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// A dataset by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// A prior by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<String>,
    /// Runs of a law with known parameters, in place of a dataset, for asks about a whole source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulate: Option<Simulated>,
    /// How many curves at most; a prior needs a number. Of a dataset they are spread evenly over its tasks, by a seeded order, so that a smaller
    /// number is a part of a larger. An ask about a whole source (`emergence`, `tabulate`, `ladder`, `surface`, `speed-up`) takes all there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<usize>,
    /// Points of a curve drawn from a prior; a longer curve of a dataset is thinned to as many.
    #[serde(default = "hundred")]
    pub length: usize,
    /// How the measure is mapped to the unit interval; none when it already is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<ScaleSpec>,
    /// Drop the first point, the untrained network, after the scale has used it.
    #[serde(default)]
    pub drop_initial: bool,
    /// The covariate that names the task; each has its own best runs.
    #[serde(default = "task")]
    pub task: String,
    /// The share of a task's curves, by their last value, that is called good.
    #[serde(default = "tenth")]
    pub good: f64,
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

/// Bounds of LC-PFN's normalisation; the direction is the dataset's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScaleSpec {
    /// Lowest possible value.
    pub hard_low: f64,
    /// Lowest value expected.
    pub soft_low: f64,
    /// Highest value expected: a number, or `initial` for the first value of each curve.
    pub soft_high: Bound,
    /// Highest possible value.
    pub hard_high: f64,
}

/// A number, or what it is taken from.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// As written.
    Number(f64),
    /// The first value of each curve.
    Initial,
}

impl Serialize for Bound {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Bound::Number(v) => s.serialize_f64(*v),
            Bound::Initial => s.serialize_str("initial"),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bound;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or \"initial\"")
            }
            fn visit_f64<E>(self, v: f64) -> Result<Bound, E> {
                Ok(Bound::Number(v))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Bound, E> {
                Ok(Bound::Number(v as f64))
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Bound, E> {
                if v == "initial" { Ok(Bound::Initial) } else { Err(E::invalid_value(serde::de::Unexpected::Str(v), &self)) }
            }
        }
        d.deserialize_any(Visitor)
    }
}

/// One question. Which of the keys below apply is the protocol's business; a key it does not use is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ask {
    /// Its name: the `ask` column of its rows.
    pub id: String,
    /// Which kind of question.
    pub protocol: Protocol,
    /// Asked of which source.
    pub source: String,
    /// `extrapolate`, `stop`: asked of which methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// `extrapolate`: how much of a curve is shown, as `"10%"` or a number of points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// `extrapolate`: a rank column `rank-METRIC` among these methods is added for each of these metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Rank>,
    /// `stop`: which policies are replayed.
    #[serde(default, rename = "policy", skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// `stop`: random orders per task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<usize>,
    /// `stop`: the budget, in full runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<usize>,
    /// `emergence`: what is asked of all curves of the source at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergence: Option<emergence::Asked>,
    /// `ladder`: what is asked of the small runs and the large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<ladder::Asked>,
    /// `surface`: what is fitted to a table of runs, and what is foreseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<surface::Asked>,
    /// `speed-up`: which runs are compared at equal loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_up: Option<speed_up::Asked>,
}

/// Kinds of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Given the start of a curve, where does it go?
    Extrapolate,
    /// Which runs can be cut short?
    Stop,
    /// When does each skill appear, and in which order?
    Emergence,
    /// What accuracy will a large model reach, judged by small ones?
    Ladder,
    /// Given small runs, what will the large one do?
    Surface,
    /// How many times sooner does one run reach a loss than another?
    SpeedUp,
    /// What does a table say? Its rows become rows of the run.
    Tabulate,
}

impl Protocol {
    /// Is it asked of a whole source at once, by itself, and not of methods curve by curve?
    pub fn whole(self) -> bool {
        matches!(self, Protocol::Emergence | Protocol::Ladder | Protocol::Surface | Protocol::SpeedUp | Protocol::Tabulate)
    }
}

/// Ranks of answers on the same question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rank {
    /// By which metrics.
    pub metrics: Vec<String>,
    /// Among which answers.
    pub among: Vec<String>,
}

/// When a run is stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// The `method` column of its rows.
    pub id: String,
    /// What it goes by.
    pub rule: Rule,
    /// `patience`: epochs without a new best of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
    /// `forecast`: whose forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// `forecast`: stop when no later point exceeds the best so far with more than this probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// `forecast`: looked at only after these shares of the run; at every epoch from the second when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<f64>,
}

/// What a stopping policy goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Every run to its end.
    Never,
    /// The run's own history.
    Patience,
    /// A forecast.
    Forecast,
}

/// Who answers: `use` names the kind, `with` its own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Method {
    /// Its name in the spec; several answers of one method are told apart as `id-answer`.
    pub id: String,
    /// Which kind of forecaster.
    #[serde(rename = "use")]
    pub kind: String,
    /// Its settings, read by that kind.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub with: toml::Table,
    /// Only the first so many curves of each source are asked: for methods that take seconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub curves: BTreeMap<String, usize>,
}

/// An overlay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Size {
    /// Dotted path → value, as on the command line.
    #[serde(default)]
    pub set: toml::Table,
}
