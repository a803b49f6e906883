//! `[[ask.emergence.definition]]`: when a skill counts as emerged.

use evaluation::emergence::{Axis, Definition, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One definition of emergence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Defined {
    /// Its name: the `definition` column.
    pub id: String,
    /// Which kind. Default: fixed.
    pub kind: Kind,
    /// `fixed`, `stable`: the value to be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// `stable`: checkpoints in a row. Default: 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<usize>,
    /// `relative`: the share of the curve's own maximum to be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// `relative`: a curve that never rises above this never emerges. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// `area`: under the curve divided by its own maximum. Default: false.
    pub own_maximum: bool,
    /// The axis of interpolation, areas and elbows. Default: log-tokens.
    pub axis: Axis,
    /// Between checkpoints, on a straight line. Default: false, at checkpoints.
    pub interpolate: bool,
}

impl Default for Defined {
    fn default() -> Self {
        Self {
            id: String::new(),
            kind: Kind::Fixed,
            threshold: None,
            run: None,
            share: None,
            floor: None,
            own_maximum: false,
            axis: Axis::default(),
            interpolate: false,
        }
    }
}

/// Kinds of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The first checkpoint at a threshold or above.
    Fixed,
    /// The first of several in a row.
    Stable,
    /// The first at a share of the curve's own maximum.
    Relative,
    /// Where a step of the same area would be.
    Area,
    /// The point farthest from the chord.
    Elbow,
}

/// Checkpoints in a row that a stable rule asks for, unless it says so.
const USUAL_RUN: usize = 3;
/// The floor of a relative rule, unless it names one.
const USUAL_FLOOR: f64 = 0.0;

impl Defined {
    /// What settings that are left out stand for; only those that this kind reads.
    pub(super) fn stands_for(&self) -> Vec<(&'static str, String)> {
        match self.kind {
            Kind::Stable if self.run.is_none() => vec![("run", USUAL_RUN.to_string())],
            Kind::Relative if self.floor.is_none() => vec![("floor", USUAL_FLOOR.to_string())],
            _ => Vec::new(),
        }
    }

    /// The rule it stands for, or what is wrong with it.
    pub fn rule(&self) -> Result<Rule, String> {
        let wrong = |what: &str| format!("definition {:?}: {what}", self.id);
        let threshold = || self.threshold.ok_or_else(|| wrong("fixed and stable need a threshold"));
        let definition = match self.kind {
            Kind::Fixed => Definition::Fixed { threshold: threshold()? },
            Kind::Stable => Definition::Stable { threshold: threshold()?, run: self.run.unwrap_or(USUAL_RUN) },
            Kind::Relative => {
                Definition::Relative { share: self.share.ok_or_else(|| wrong("relative needs a share"))?, floor: self.floor.unwrap_or(USUAL_FLOOR) }
            }
            Kind::Area => Definition::Area { own_maximum: self.own_maximum },
            Kind::Elbow => Definition::Elbow,
        };
        let takes = |key: bool, kinds: &[Kind]| !key || kinds.contains(&self.kind);
        let fits = takes(self.threshold.is_some(), &[Kind::Fixed, Kind::Stable])
            && takes(self.run.is_some(), &[Kind::Stable])
            && takes(self.share.is_some() || self.floor.is_some(), &[Kind::Relative])
            && takes(self.own_maximum, &[Kind::Area])
            && takes(self.interpolate, &[Kind::Fixed, Kind::Stable, Kind::Relative]);
        if !fits {
            return Err(wrong("fixed takes threshold, stable threshold and run, relative share and floor, area own-maximum; area and elbow no interpolate"));
        }
        let rule = Rule { definition, axis: self.axis, interpolate: self.interpolate };
        rule.check().map_err(|e| wrong(&e))?;
        Ok(rule)
    }
}
