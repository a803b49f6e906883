//! `[[ask.surface.fit]]` and what it is made of: units, losses, recipes, intervals, parameters by name; baselines and points.

use std::collections::BTreeMap;

use curves::runs::{Expression, Filter};
use fitters::by_name::parameters;
use fitters::solver::{CurveFit, Fixed, GlobalSearch, HoffmannGrid, Local, Reduction, SlopesBy, SuThreeStage, Tolerances};
use fitters::{IntervalMethod, Loss, Solver};
use models::Law;
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

/// The unit of a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Nats, or whatever stands there: it is left alone.
    #[default]
    Nats,
    /// Bits: times ln 2.
    Bits,
    /// Perplexity: its logarithm.
    Perplexity,
}

impl Unit {
    /// A loss in nats.
    pub fn nats(self, loss: f64) -> f64 {
        match self {
            Unit::Nats => loss,
            Unit::Bits => loss * std::f64::consts::LN_2,
            Unit::Perplexity => loss.ln(),
        }
    }

    /// The unit that a word begins with.
    pub(super) fn of(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let begins = |starts: [&str; 2]| starts.iter().any(|s| word.starts_with(s));
        [(Unit::Nats, ["nat", "nat"]), (Unit::Bits, ["bit", "bit"]), (Unit::Perplexity, ["perplex", "ppl"])].into_iter().find(|u| begins(u.1)).map(|u| u.0)
    }
}

/// What a fit minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossOf {
    /// Huber's loss of the logarithms, summed.
    #[default]
    LogHuber,
    /// Huber's loss.
    Huber,
    /// Squares.
    Squares,
    /// Squares of the logarithms.
    LogSquares,
}

impl LossOf {
    /// As fitters take it.
    pub(super) fn with(self, delta: f64) -> Loss {
        match self {
            LossOf::LogHuber => Loss::LogHuber { delta },
            LossOf::Huber => Loss::Huber { delta },
            LossOf::Squares => Loss::Squares,
            LossOf::LogSquares => Loss::LogSquares,
        }
    }
}

/// Where a Huber loss turns linear, if nothing else is asked.
const USUAL_DELTA: f64 = 1e-3;

/// What `delta` stands for where it is left out and the loss reads it.
pub(super) fn left_out_delta(loss: LossOf, delta: Option<f64>) -> Option<String> {
    (delta.is_none() && matches!(loss, LossOf::LogHuber | LossOf::Huber)).then(|| USUAL_DELTA.to_string())
}

/// Losses at which `su-three-stage` compares batches, if nothing else is asked.
const USUAL_LEVELS: usize = 10;

/// How parameters are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = or_its_other_name)]
pub enum Recipe {
    /// The global optimum.
    #[default]
    Global,
    /// Also `grid-lbfgs`: 4,500 starts and L-BFGS, for the law `chinchilla` and the loss `log-huber`.
    #[serde(alias = "grid-lbfgs")]
    Hoffmann,
    /// Also `local`: the optimum that `start` leads to.
    #[serde(alias = "local")]
    From,
    /// Where SciPy's `curve_fit` with bounds stops from `start`, for the losses `squares` and `log-squares`: the trust-region
    /// reflective method with its default tolerances. Parameters in `start-ln` move as logarithms, the others as themselves
    /// within their domain.
    CurveFit,
    /// Also `su-three-stage`: the constants of `critical_batch` in three steps, as Su et al. take them.
    #[serde(alias = "su-three-stage")]
    Stages,
    /// Also `fixed`: `start` itself, nothing is fitted.
    #[serde(alias = "fixed")]
    Given,
}

/// Derived schemas know nothing of other names; these are those of [`Recipe`].
fn or_its_other_name(schema: &mut Schema) {
    let names = std::mem::take(schema);
    *schema = json_schema!({ "anyOf": [names, { "type": "string", "enum": OTHER_NAMES }] });
}

/// The names of solvers by which recipes are known too.
const OTHER_NAMES: [&str; 4] = ["grid-lbfgs", "local", "su-three-stage", "fixed"];

/// One fit. Maps from parameters go by the law's names; those ending in `-ln` hold natural logarithms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FitOf {
    /// Its name: the `method` column.
    pub id: String,
    /// A law by name.
    pub law: String,
    /// What is minimised. Default: log-huber.
    pub loss: LossOf,
    /// Where a Huber loss turns linear. Default: 0.001.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// How. Default: global.
    pub recipe: Recipe,
    /// Parameter → value: where `local` and `curve-fit` start, or what `fixed` is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start: BTreeMap<String, f64>,
    /// The same as logarithms; `curve-fit` moves these parameters as logarithms too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub start_ln: BTreeMap<String, f64>,
    /// Parameters that are held.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pinned: BTreeMap<String, f64>,
    /// The same as logarithms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pinned_ln: BTreeMap<String, f64>,
    /// Inputs that are others than the ask's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Which of the ask's rows.
    pub rows: Filter,
    /// So many training rows with the highest targets are left out. Default: 0.
    pub drop_highest: usize,
    /// `global` of a law that is no sum: starts, 400 when 0. `grid-lbfgs`: so many of the 4,500, spread over the grid, all when 0.
    pub starts: usize,
    /// `global`: cells or starts that are polished, 6 when 0.
    pub keep: usize,
    /// `global`: values per exponent, as many as suit when 0.
    pub grid: usize,
    /// `grid-lbfgs`: sum or mean. Default: sum.
    pub reduction: Reduction,
    /// `grid-lbfgs`: what that is multiplied with. By default 1e4 under tight tolerances, else 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// `grid-lbfgs`: when a search stops. Default: tight.
    pub tolerance: Tolerances,
    /// `grid-lbfgs`: how slopes are taken. Default: exact.
    pub slopes: SlopesBy,
    /// `grid-lbfgs`: a start succeeds within this share of the global optimum. Default: 1e-4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<f64>,
    /// Where intervals come from; the first serves forecasts and optima too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intervals: Vec<IntervalMethod>,
    /// Parameters that ours are tested against.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub against: BTreeMap<String, f64>,
    /// The same as logarithms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub against_ln: BTreeMap<String, f64>,
    /// Is there a row for every training row (view `row`)?
    pub influence: bool,
    /// Is there a row for every resample (view `draw`)?
    pub draws: bool,
    /// `su-three-stage`: runs of at least so many steps are converged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converged: Option<f64>,
    /// `su-three-stage`: losses at which the batches of a size are compared, 10 when 0.
    pub levels: usize,
}

impl FitOf {
    /// The law.
    pub(super) fn law(&self) -> Result<&'static dyn Law, String> {
        models::find(&self.law).map_err(|e| e.to_string())
    }

    /// What is minimised.
    pub(super) fn loss(&self) -> Loss {
        self.loss.with(self.delta.unwrap_or(USUAL_DELTA))
    }

    /// How parameters are found, with the settings of that way alone.
    pub(super) fn solver(&self) -> Box<dyn Solver> {
        let (start, start_ln) = (self.start.clone(), self.start_ln.clone());
        match self.recipe {
            Recipe::Global => {
                let usual = GlobalSearch::default();
                let or = |asked: usize, usual: usize| if asked == 0 { usual } else { asked };
                Box::new(GlobalSearch { grid: self.grid, keep: or(self.keep, usual.keep), starts: or(self.starts, usual.starts) })
            }
            Recipe::From => Box::new(Local { start, start_ln }),
            Recipe::Given => Box::new(Fixed { start, start_ln }),
            Recipe::CurveFit => Box::new(CurveFit { start, start_ln }),
            Recipe::Hoffmann => Box::new(HoffmannGrid {
                starts: self.starts,
                reduction: self.reduction,
                factor: self.factor,
                tolerance: self.tolerance,
                slopes: self.slopes,
                reach: self.reach,
            }),
            Recipe::Stages => Box::new(SuThreeStage { converged: self.converged, levels: if self.levels == 0 { USUAL_LEVELS } else { self.levels } }),
        }
    }

    /// What settings that are left out, or 0, stand for; only those that this fit uses.
    pub(super) fn stands_for(&self) -> Vec<(&'static str, String)> {
        let usual = GlobalSearch::default();
        let (global, grid) = (self.recipe == Recipe::Global, self.recipe == Recipe::Hoffmann);
        let factor = if self.tolerance == Tolerances::Tight { fitters::grid_lbfgs::Recipe::TIGHT.factor } else { 1.0 };
        let all = [
            (global && self.starts == 0, "starts", usual.starts.to_string()),
            (global && self.keep == 0, "keep", usual.keep.to_string()),
            (global && self.grid == 0, "grid", "as many as suit".into()),
            (grid && self.starts == 0, "starts", "all".into()),
            (grid && self.factor.is_none(), "factor", factor.to_string()),
            (grid && self.reach.is_none(), "reach", HoffmannGrid::REACH.to_string()),
            (self.recipe == Recipe::Stages && self.levels == 0, "levels", USUAL_LEVELS.to_string()),
        ];
        let delta = left_out_delta(self.loss, self.delta).map(|value| ("delta", value));
        delta.into_iter().chain(all.into_iter().filter(|(used, ..)| *used).map(|(_, setting, value)| (setting, value))).collect()
    }

    pub(super) fn check(&self, inputs: &BTreeMap<String, String>) -> Result<(), String> {
        let law = self.law()?;
        reads(law, |input| inputs.contains_key(input) || self.inputs.contains_key(input))?;
        self.inputs.values().map(Expression::parse).find_map(Result::err).map_or(Ok(()), Err)?;
        self.rows.check()?;
        if [self.delta, self.factor, self.reach].into_iter().flatten().any(|v| !(v > 0.0 && v.is_finite())) {
            return Err("delta, factor and reach must be above 0".into());
        }
        of_parameters(law, &self.start, &self.start_ln)?;
        let pinned = of_parameters(law, &self.pinned, &self.pinned_ln)?;
        of_parameters(law, &self.against, &self.against_ln)?;
        if pinned.iter().all(Option::is_some) && self.recipe != Recipe::Given {
            return Err("every parameter is pinned; leave one free, or use the recipe `given`".into());
        }
        let solver = self.solver();
        solver.check(law, self.loss()).map_err(|e| e.to_string())?;
        if pinned.iter().any(Option::is_some) && !solver.takes_pinned() {
            return Err(format!("the solver `{}` takes no pinned", solver.name()));
        }
        if self.recipe == Recipe::Given && !self.intervals.is_empty() {
            return Err("the recipe `given` fits nothing; it takes no intervals".into());
        }
        if !solver.minimises() && self.intervals.iter().any(|method| *method != IntervalMethod::Bootstrap) {
            return Err(format!("what `{}` finds is no optimum of the loss; it has bootstrap intervals alone", solver.name()));
        }
        Ok(())
    }
}

/// Does a law read only inputs that there are?
pub(super) fn reads(law: &dyn Law, there: impl Fn(&str) -> bool) -> Result<(), String> {
    match law.inputs().iter().find(|i| !there(i)) {
        Some(missing) => Err(format!("{} reads {}, and `inputs` does not name {missing}", law.name(), law.inputs().join(", "))),
        None => Ok(()),
    }
}

/// Values by the law's names, in its order; `None` where none is given.
pub(super) fn of_parameters(law: &dyn Law, values: &BTreeMap<String, f64>, logarithms: &BTreeMap<String, f64>) -> Result<Vec<Option<f64>>, String> {
    parameters(law, values, logarithms).map_err(|e| e.to_string())
}

/// Forecasts without a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// The least target trained on.
    BestSeen,
    /// The mean of the last targets of the largest run trained on.
    LastValue,
}

impl Baseline {
    pub(super) const ALL: [Self; 2] = [Self::BestSeen, Self::LastValue];

    /// Its name: the `method` column.
    pub(super) fn name(self) -> &'static str {
        match self {
            Baseline::BestSeen => "best-seen",
            Baseline::LastValue => "last-value",
        }
    }
}

/// Where every fit is asked for its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Point {
    /// Its name: the `model` column.
    pub id: String,
    /// Input → value.
    pub inputs: BTreeMap<String, f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_name_is_a_recipe() {
        for name in OTHER_NAMES {
            let fit: FitOf = toml::from_str(&format!("recipe = \"{name}\"")).unwrap();
            assert_ne!(fit.recipe, Recipe::Global, "{name}");
        }
    }
}
