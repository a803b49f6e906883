//! `published.toml`: what a paper says, typed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::ClaimTable;
use crate::headline::Headline;
use crate::{Cell, Strings};

/// The file: statements of the abstract, claims, and where paper and code differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Published {
    /// `[[headline]]`
    #[serde(default, rename = "headline")]
    pub headlines: Vec<Headline>,
    /// `[[claim]]`
    #[serde(default, rename = "claim")]
    pub claims: Vec<Claim>,
    /// `[[claim-table]]`; [`Published::expanded`] makes claims of them.
    #[serde(default, rename = "claim-table")]
    pub claim_tables: Vec<ClaimTable>,
    /// `[[deviation]]`
    #[serde(default, rename = "deviation")]
    pub deviations: Vec<Deviation>,
}

/// What a claim compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A number, against the published one or a bound.
    Value,
    /// Who is better than whom, pair by pair.
    Order,
    /// How many times larger one number is than another.
    Ratio,
    /// In how many units one is better than the other.
    Fraction,
    /// An interval that does not hold a point.
    Outside,
}

/// Which side of the comparison a unit must be on to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Strictly better than the partner; at least as good as a fixed point.
    Better,
    /// Strictly worse.
    Worse,
}

/// What a claim is about, which decides how it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Something the paper says and that could have failed: an order, a ratio, a bound, a number that a headline rests on.
    Statement,
    /// A number of the paper, or of its authors' files, derived again.
    Cell,
    /// A number of ours, an identity, a count of rows, a printed table read back. It tests Curvecast, and is never counted as reproduced.
    Check,
}

/// How a published number was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Off the paper.
    Paper,
    /// Off the authors' code or its printed output.
    Code,
    /// Computed again from the authors' own data.
    Recomputed,
}

/// Set when a claim is about the effect on a smaller scale, never about the paper's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimScale {
    /// Seen in the small.
    Miniature,
}

/// Set when we know better than to expect the claim to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// It would be news if this claim were reproduced.
    NotReproduced,
}

/// How far off is still inside: exactly one of the three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Within {
    /// In units of the number.
    #[serde(default)]
    pub abs: Option<f64>,
    /// As a share of the published number, or of the bound.
    #[serde(default)]
    pub rel: Option<f64>,
    /// In standard errors, the published one and ours combined.
    #[serde(default)]
    pub se: Option<f64>,
}

/// One thing that a paper says, and what would count as finding it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Claim {
    /// Its name in verdicts.
    pub id: String,
    /// What is claimed, in our words.
    pub says: String,
    /// Table, figure or section.
    #[serde(rename = "where")]
    pub place: String,
    /// What it compares.
    pub kind: Kind,
    /// What it is about: a statement, a cell of a table, or a check of ours.
    pub level: Level,
    /// How the number was read.
    pub source: Source,
    /// The number printed.
    #[serde(default)]
    pub published: Option<f64>,
    /// The standard error printed with it.
    #[serde(default)]
    pub se: Option<f64>,
    /// The number of ours that it is held against.
    #[serde(default)]
    pub of: Option<Cell>,
    /// `ratio`: a number from outside (a paper's seconds, say) in place of `of`.
    #[serde(default)]
    pub of_value: Option<f64>,
    /// What `of` is compared with: the denominator of a ratio, the partner in a fraction.
    #[serde(default)]
    pub to: Option<Cell>,
    /// Selections laid over `of`, the best one first.
    #[serde(default)]
    pub best_first: Option<Vec<BTreeMap<String, Strings>>>,
    /// How far off is still inside.
    #[serde(default)]
    pub within: Option<Within>,
    /// A lower bound on the number.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// An upper bound on it.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Confidence of intervals; 0.95 unless given.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// The largest standard error of our number with which it is judged, in its unit; with a larger one, or of fewer than ten rows, the claim is
    /// untested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// The rows carry no sampling error (a formula evaluated, released numbers as they are), so that nothing waits for an interval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
    /// What an interval must not hold; or the threshold of a fraction.
    #[serde(default)]
    pub point: Option<f64>,
    /// Which units a fraction counts.
    #[serde(default)]
    pub relation: Option<Relation>,
    /// Why the tolerance is what it is, or why the claim is expected to fail.
    #[serde(default)]
    pub because: Option<String>,
    /// What a run must have: `size:full`, `data:taskset`, `hardware` (seconds were taken), `weights:p3` (a method of that id).
    #[serde(default)]
    pub needs: Vec<String>,
    /// `miniature`, for an effect shown in the small.
    #[serde(default)]
    pub scale: Option<ClaimScale>,
    /// `not-reproduced`, for a claim that is known to fail.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Why this claim cannot be tested here at all.
    #[serde(default)]
    pub untested: Option<String>,
}

impl Claim {
    /// The confidence of its intervals.
    pub fn confidence(&self) -> f64 {
        self.confidence.unwrap_or(0.95)
    }

    pub(super) fn because(&self) -> &str {
        self.because.as_deref().unwrap_or("no reason given")
    }
}

/// Where paper and code differ, and which of them we follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deviation {
    /// Its name.
    pub id: String,
    /// Where it is seen.
    #[serde(rename = "where")]
    pub place: String,
    /// What differs, in our words.
    pub says: String,
    /// What we do.
    pub we: String,
    /// The claims that it may move.
    #[serde(default)]
    pub touches: Vec<String>,
}
