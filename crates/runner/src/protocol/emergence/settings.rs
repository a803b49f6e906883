//! The tables inside `[ask.emergence]`, one for each kind of question.

use evaluation::emergence::agreement::Statistic;
use evaluation::emergence::censor::{Censoring, Subset};
use evaluation::emergence::trajectory::Kernel;
use evaluation::emergence::trend::Detrend;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How two models are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Agree {
    /// What is compared. Default: all, both-emerged, binary and level.
    pub subsets: Vec<Subset>,
    /// By which correlations. Default: spearman and kendall.
    pub statistics: Vec<Statistic>,
    /// In subset `all`, what becomes of tasks that never emerged. Default: bottom.
    pub censoring: Censoring,
    /// Which tasks. Default: pair.
    pub tasks: Tasks,
    /// Fewer tasks have no correlation. Default: 5.
    pub min_tasks: usize,
    /// Shuffles behind p; 0 for none. Default: 999.
    pub permutations: usize,
    /// Resamples of families behind intervals; 0 for none. Default: 200.
    pub resamples: usize,
    /// Confidence of intervals. Default: 0.95.
    pub confidence: f64,
}

impl Default for Agree {
    fn default() -> Self {
        Self {
            subsets: vec![Subset::All, Subset::BothEmerged, Subset::Binary, Subset::Level],
            statistics: vec![Statistic::Spearman, Statistic::Kendall],
            censoring: Censoring::Bottom,
            tasks: Tasks::Pair,
            min_tasks: 5,
            permutations: 999,
            resamples: 200,
            confidence: 0.95,
        }
    }
}

/// Which tasks two models are compared on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tasks {
    /// Those that both have.
    Pair,
    /// Those that every model has.
    AllModels,
}

/// How components and composites are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ordering {
    /// What the components of a composite are set beside. Default: components.
    pub controls: Controls,
    /// Audit: a composite whose curve is this near to one component's in every model is explained by it. Default: 0.05.
    pub explained: f64,
    /// Audit: a composite whose smoothed curve moves by no more than this in every model is flat. Default: 0.05.
    pub flat: f64,
    /// Resamples of composites behind intervals; 0 for none. Default: 1000.
    pub resamples: usize,
    /// Confidence of intervals. Default: 0.95.
    pub confidence: f64,
}

impl Default for Ordering {
    fn default() -> Self {
        Self { controls: Controls::Components, explained: 0.05, flat: 0.05, resamples: 1_000, confidence: 0.95 }
    }
}

/// What components are set beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Controls {
    /// Components of other composites.
    Components,
    /// All elementary tasks.
    Elementary,
}

/// How curves are predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trajectory {
    /// Which tasks are left out and predicted. Default: composites.
    pub targets: Targets,
    /// By what. Default: all there are.
    pub predictors: Vec<Predictor>,
    /// `ridge`: which vectors tasks have; the paper's function vectors are not public. Default: all there are.
    pub features: Vec<Feature>,
    /// `ridge`, `mean-of-others`: which tasks are learned from; each has its own rows. Default: all and elementary.
    pub bases: Vec<Basis>,
    /// `ridge`: how alike vectors are. Default: rbf.
    pub kernel: Kernel,
    /// `ridge`: the width of rbf; by default the median distance of the vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
    /// `ridge`: the penalty. Default: 0.001.
    pub lambda: f64,
    /// `ridge`: how often vectors are shuffled for the null; 0 for none. Default: 20.
    pub shuffles: usize,
    /// A curve whose smoothed values have less variance is neither predicted nor learned from. Default: 0.0001.
    pub flat: f64,
    /// A curve with fewer checkpoints is not predicted. Default: 5.
    pub min_checkpoints: usize,
}

impl Default for Trajectory {
    fn default() -> Self {
        use Predictor::{MeanOfComponents, MeanOfComposites, MeanOfOthers, Minimum, Product, Ridge};
        Self {
            targets: Targets::Composites,
            predictors: vec![MeanOfOthers, MeanOfComposites, MeanOfComponents, Product, Minimum, Ridge],
            features: vec![Feature::Components, Feature::ComponentTrajectories, Feature::OtherModels],
            bases: vec![Basis::All, Basis::Elementary],
            kernel: Kernel::Rbf,
            sigma: None,
            lambda: 1e-3,
            shuffles: 20,
            flat: 1e-4,
            min_checkpoints: 5,
        }
    }
}

/// Which tasks are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Targets {
    /// Composites.
    Composites,
    /// Every task.
    All,
}

/// What predicts a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Predictor {
    /// The mean of all other tasks of the basis.
    MeanOfOthers,
    /// The mean of all other composites.
    MeanOfComposites,
    /// The mean of the task's components.
    MeanOfComponents,
    /// The product of the task's components.
    Product,
    /// The smallest of the task's components.
    Minimum,
    /// Kernel ridge regression on task vectors.
    Ridge,
}

/// What stands for a task in the ridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Which components it is made of.
    Components,
    /// The mean curve of its components in the same model; of an elementary task its own.
    ComponentTrajectories,
    /// Its mean curve in the other models.
    OtherModels,
}

impl Feature {
    /// Its name in specs and rows.
    pub fn name(self) -> &'static str {
        match self {
            Feature::Components => "components",
            Feature::ComponentTrajectories => "component-trajectories",
            Feature::OtherModels => "other-models",
        }
    }
}

/// Which tasks are learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// All others.
    All,
    /// The elementary ones.
    Elementary,
}

impl Basis {
    /// Its name in specs and rows.
    pub fn name(self) -> &'static str {
        match self {
            Basis::All => "all",
            Basis::Elementary => "elementary",
        }
    }
}

/// Which tasks survive together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Survive {
    /// How tasks are grouped. Default: all of a model together.
    pub groups: Vec<Group>,
    /// Confidence of the intervals of `survival`. Default: 0.95.
    pub confidence: f64,
}

impl Default for Survive {
    fn default() -> Self {
        Self { groups: vec![Group::All], confidence: 0.95 }
    }
}

/// How tasks are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// All together.
    All,
    /// Composites and elementary tasks.
    Kind,
    /// By family.
    Family,
}

/// How trends are taken out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trend {
    /// What is taken out; each has its own rows. Default: none, difference, line and common.
    pub detrend: Vec<Detrend>,
    /// Checkpoints in a row that are resampled together. Default: 5.
    pub block: usize,
    /// Resamples of blocks; 0 for none. Default: 200.
    pub resamples: usize,
    /// Confidence of intervals. Default: 0.95.
    pub confidence: f64,
    /// Fewer common checkpoints have no correlation. Default: 8.
    pub min_points: usize,
    /// `domain`: the first share of a curve that is fitted. Default: 0.6.
    pub fit: f64,
    /// Are trends taken of curves as `smooth` leaves them, rather than as recorded? Default: true.
    pub smooth: bool,
    /// `similarity`: a curve moves when its last value is off its first by more than so many standard errors. Default: 2.
    pub moves: f64,
}

impl Default for Trend {
    fn default() -> Self {
        use Detrend::{Common, Difference, Line};
        Self {
            detrend: vec![Detrend::None, Difference, Line, Common],
            block: 5,
            resamples: 200,
            confidence: 0.95,
            min_points: 8,
            fit: 0.6,
            smooth: true,
            moves: 2.0,
        }
    }
}
