//! `LrSchedule`: a learning-rate schedule as data, by the few numbers that its shape needs. `models::schedule` makes its rates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shapes of learning-rate schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LrShape {
    /// The peak to the end.
    Constant,
    /// Half a cosine from the peak to the floor.
    Cosine,
    /// The peak, then exponentially to the floor.
    WsdExponential,
    /// The peak, then straight to the floor.
    WsdLinear,
    /// The peak, then another rate.
    TwoStage,
}

/// A learning-rate schedule from step 0 on, after a straight warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LrSchedule {
    /// The value of the schedule column that it stands for.
    pub id: String,
    /// Its shape.
    pub shape: LrShape,
    /// Its last step.
    pub last: usize,
    /// Steps of warm-up. Default: 0.
    #[serde(default)]
    pub warm_up: usize,
    /// The largest rate.
    pub peak: f64,
    /// `cosine`, `wsd-…`: the last rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// `wsd-…`: where the decay begins; `two-stage`: where the rate changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// `two-stage`: the second rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<f64>,
}
