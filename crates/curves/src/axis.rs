//! What the two axes of a learning curve are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which direction of a measure is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Accuracy, BLEU: more is better.
    Higher,
    /// Loss, error rate: less is better.
    Lower,
}

impl Better {
    /// Is `a` strictly better than `b`?
    pub fn prefers(self, a: f64, b: f64) -> bool {
        match self {
            Better::Higher => a > b,
            Better::Lower => a < b,
        }
    }

    /// The better of the two; the first on a tie.
    pub fn best(self, a: f64, b: f64) -> f64 {
        if self.prefers(b, a) { b } else { a }
    }
}

/// What is spent along the curve: `epoch`, `step`, `token`, `sample`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// The unit, singular.
    pub name: String,
}

/// What is measured: a name, a unit and the good direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// For example `valid_loss`.
    pub name: String,
    /// For example `nats`; empty for a pure number.
    #[serde(default)]
    pub unit: String,
    /// The good direction.
    pub better: Better,
    /// The least and the greatest value that there can be, such as `[0, 1]` of a share; nothing where they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f64; 2]>,
}
