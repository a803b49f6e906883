//! `[ask.emergence]`: every choice of an emergence analysis, as a key with its default.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Strings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::defined::Defined;
use super::settings::{Agree, Ordering, Survive, Trajectory, Trend};
use crate::protocol::MOST_REPEATS;

/// What is asked of all curves of a source at once: one curve is one task of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EmergenceSpec {
    /// Which views are made (rows of view `curve` always are). Default: point and pair.
    pub views: Vec<View>,
    /// The covariates that name the model, joined with `/`. Default: model.
    pub model: Strings,
    /// The covariates that name the task, joined with `/`. Default: task.
    pub task: Strings,
    /// The covariate that tells composites from elementary tasks. Default: kind.
    pub kind: String,
    /// The value of `kind` that marks a composite; every other value is elementary. Default: composite.
    pub composite: String,
    /// The covariate that lists the components of a composite. Default: components.
    pub components: String,
    /// What stands between components in that list. Default: +.
    pub separator: String,
    /// The covariate of the family of a task, the unit of resampling; by default each task is its own.
    pub family: String,
    /// Covariates; models that are equal in all of them are twins, whose agreement is the ceiling. By default there are none.
    pub twin: Strings,
    /// A short label for a model, by its name.
    pub names: BTreeMap<String, String>,
    /// Only curves whose covariate has one of these values; `*` in a value stands for anything.
    pub select: BTreeMap<String, Strings>,
    /// Not the curves whose covariate has one of these values; `*` in a value stands for anything.
    pub without: BTreeMap<String, Strings>,
    /// Families by patterns of task names, looked through in the order of their names; they go before the covariate.
    pub families: BTreeMap<String, Strings>,
    /// The components of a task, which becomes a composite; they go before the covariate.
    pub edges: BTreeMap<String, Strings>,
    /// Patterns of composites known to be degenerate; their rows say so, and stay.
    pub degenerate: Strings,
    /// Checkpoints at or below this are dropped. Default: 0, the untrained model.
    pub above: f64,
    /// Checkpoints beyond this are dropped. By default none are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// Which of several values at one checkpoint counts. Default: first.
    pub duplicates: Duplicates,
    /// A curve with fewer checkpoints is left out. Default: 1.
    pub min_checkpoints: usize,
    /// A curve that never rises above this is left out. By default none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trivial: Option<f64>,
    /// How curves are smoothed. Default: not at all.
    pub smooth: Smooth,
    /// A source of curves of the same ids whose values are the standard errors of these; by default none are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
    /// How many items a task has, by patterns of task names, the longest that fits: the binomial error of values that have none recorded.
    pub items: BTreeMap<String, usize>,
    /// When a skill counts as emerged; each definition has its own rows. Default: at 0.8 for the first time.
    #[serde(rename = "definition")]
    pub definitions: Vec<Defined>,
    /// View `pair`: how two models are compared.
    pub agreement: Agree,
    /// Views `order`, `contrast`, `audit`: how components and composites are compared.
    pub order: Ordering,
    /// View `trajectory`: how curves are predicted.
    pub trajectory: Trajectory,
    /// Views `survival` and `log-rank`: which tasks are taken together.
    pub survival: Survive,
    /// Views `similarity`, `movement`, `domain`: how trends are taken out.
    pub trend: Trend,
}

impl Default for EmergenceSpec {
    fn default() -> Self {
        Self {
            views: vec![View::Point, View::Pair],
            model: "model".into(),
            task: "task".into(),
            kind: "kind".into(),
            composite: "composite".into(),
            components: "components".into(),
            separator: "+".into(),
            family: String::new(),
            twin: Strings::default(),
            names: BTreeMap::new(),
            select: BTreeMap::new(),
            without: BTreeMap::new(),
            families: BTreeMap::new(),
            edges: BTreeMap::new(),
            degenerate: Strings::default(),
            above: 0.0,
            until: None,
            duplicates: Duplicates::First,
            min_checkpoints: 1,
            trivial: None,
            smooth: Smooth::default(),
            errors: None,
            items: BTreeMap::new(),
            definitions: vec![Defined { id: "fixed-0.8".into(), threshold: Some(0.8), ..Defined::default() }],
            agreement: Agree::default(),
            order: Ordering::default(),
            trajectory: Trajectory::default(),
            survival: Survive::default(),
            trend: Trend::default(),
        }
    }
}

/// What rows are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// When each task of each model emerged.
    Point,
    /// How well two models agree, and the mean over pairs (view `agreement`).
    Pair,
    /// Which of a composite and a component came first.
    Order,
    /// Components beside tasks that are none.
    Contrast,
    /// What a composite is worth as evidence.
    Audit,
    /// Curves predicted from other curves.
    Trajectory,
    /// The share of tasks that have not emerged, against the resource.
    Survival,
    /// Whether models differ in when tasks emerge: all of them at once, and two at a time.
    LogRank,
    /// The same task in two models, without trends.
    Similarity,
    /// Tasks of one family and of others in one model, without trends.
    Movement,
    /// The later part of a curve from its own family and from others.
    Domain,
}

/// Which of several values at one checkpoint counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// The one recorded first.
    First,
    /// The one recorded last.
    Last,
    /// Their mean.
    Mean,
}

/// Gaussian smoothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Smooth {
    /// Standard deviation, in checkpoints or in e-folds of the resource; 0 for none. Default: 0.
    pub sigma: f64,
    /// Over what. Default: index.
    pub axis: SmoothAxis,
}

impl Default for Smooth {
    fn default() -> Self {
        Self { sigma: 0.0, axis: SmoothAxis::Index }
    }
}

/// What is smoothed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SmoothAxis {
    /// Checkpoints, mirrored at the ends.
    Index,
    /// The logarithm of the resource, with what is there at the ends.
    LogTokens,
}

impl Smooth {
    /// The `smoothing` column: `none`, or what was done.
    pub(super) fn word(&self) -> String {
        match self.axis {
            _ if self.sigma == 0.0 => "none".into(),
            SmoothAxis::Index => format!("sigma {} over index", self.sigma),
            SmoothAxis::LogTokens => format!("sigma {} over ln tokens", self.sigma),
        }
    }
}

impl EmergenceSpec {
    /// Is anything said of the errors of values?
    pub(super) fn knows_errors(&self) -> bool {
        self.errors.is_some() || !self.items.is_empty()
    }

    /// Is every setting in its range? Says which is not, and what it must be.
    pub fn check(&self) -> Result<(), String> {
        let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("emergence: {what}")) };
        must(!self.views.is_empty(), "views is empty; name at least one")?;
        must(!self.model.0.is_empty() && !self.task.0.is_empty(), "model and task each need a covariate")?;
        must(!self.separator.is_empty(), "separator is empty")?;
        must(self.above.is_finite() && self.until.is_none_or(|u| u > self.above), "until must be above `above`, and `above` a number")?;
        must(!self.definitions.is_empty(), "there is no definition")?;
        let mut ids = BTreeSet::new();
        for d in &self.definitions {
            must(!d.id.is_empty() && ids.insert(d.id.as_str()), "every definition needs an id of its own")?;
            d.rule().map_err(|e| format!("emergence: {e}"))?;
        }
        let repeats = [self.agreement.permutations, self.agreement.resamples, self.order.resamples, self.trajectory.shuffles, self.trend.resamples];
        must(repeats.iter().all(|n| *n <= MOST_REPEATS), "permutations, resamples and shuffles are at most 1000000")?;
        must(self.items.values().all(|n| *n > 0), "a task of `items` has at least 1 item")?;
        must(self.trend.moves > 0.0 && self.trend.moves.is_finite(), "trend.moves must be above 0")?;
        must((0.0..=1_000.0).contains(&self.smooth.sigma), "smooth.sigma must be between 0 and 1000")?;
        let levels = [self.agreement.confidence, self.order.confidence, self.survival.confidence, self.trend.confidence];
        must(levels.iter().all(|c| *c > 0.0 && *c < 1.0), "a confidence must be between 0 and 1")?;
        must(self.trajectory.lambda > 0.0 && self.trajectory.lambda.is_finite(), "trajectory.lambda must be above 0")?;
        must(self.trajectory.sigma.is_none_or(|s| s > 0.0 && s.is_finite()), "trajectory.sigma must be above 0; leave it out for the median distance")?;
        must(self.trajectory.min_checkpoints >= 2, "trajectory.min-checkpoints must be at least 2")?;
        must(self.trend.block >= 1 && self.trend.min_points >= 4, "trend.block must be at least 1 and trend.min-points at least 4")?;
        must(self.trend.fit > 0.0 && self.trend.fit < 1.0, "trend.fit must be between 0 and 1")
    }
}

#[cfg(test)]
mod tests {
    use evaluation::emergence::Definition;

    use super::*;

    #[test]
    fn an_empty_table_is_the_default_and_a_wrong_key_is_refused() {
        assert_eq!(toml::from_str::<EmergenceSpec>("").unwrap(), EmergenceSpec::default());
        assert_eq!(EmergenceSpec::default().check(), Ok(()));
        let e = toml::from_str::<EmergenceSpec>("tresholds = 1").unwrap_err().to_string();
        assert!(e.contains("tresholds"), "{e}");
        assert!(toml::from_str::<EmergenceSpec>("[[definition]]\nid = 'a'\nkind = 'sudden'").is_err());
    }

    #[test]
    fn nothing_is_smoothed_unless_it_is_asked_for() {
        let word = |text: &str| toml::from_str::<EmergenceSpec>(text).unwrap().smooth.word();
        assert_eq!(word(""), "none");
        assert_eq!(word("[smooth]\naxis = 'log-tokens'"), "none");
        assert_eq!(word("[smooth]\nsigma = 1.0"), "sigma 1 over index");
        assert_eq!(word("[smooth]\nsigma = 0.5\naxis = 'log-tokens'"), "sigma 0.5 over ln tokens");
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = "views = ['order']\nmodel = ['suite', 'size']\n[smooth]\nsigma = 0.0\naxis = 'log-tokens'\n[[definition]]\nid = 's'\nkind = 'stable'\nthreshold = 0.8\n";
        let asked: EmergenceSpec = toml::from_str(text).unwrap();
        assert_eq!(asked.check(), Ok(()));
        assert_eq!(asked.definitions[0].rule().unwrap().definition, Definition::Stable { threshold: 0.8, run: 3 });
        assert_eq!(toml::from_str::<EmergenceSpec>(&toml::to_string(&asked).unwrap()).unwrap(), asked);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let of = |text: &str| toml::from_str::<EmergenceSpec>(text).unwrap().check().unwrap_err();
        assert!(of("views = []").contains("views"));
        assert!(of("until = -1.0").contains("until"));
        assert!(of("[[definition]]\nid = 'a'\nkind = 'relative'").contains("share"));
        assert!(of("[[definition]]\nid = 'a'\nthreshold = 0.5\nshare = 0.5").contains("takes"));
        assert!(of("[[definition]]\nid = 'a'\nthreshold = 0.5\n[[definition]]\nid = 'a'\nthreshold = 0.6").contains("id"));
        assert!(of("[smooth]\nsigma = -1.0").contains("sigma"));
        assert!(of("[trend]\nfit = 1.0").contains("fit"));
        assert!(of("[trend]\nmoves = 0.0").contains("moves"));
        assert!(of("[items]\n'a*' = 0").contains("items"));
        assert!(of("[trend]\nresamples = 9223372036854775807").contains("at most 1000000"));
        assert!(of("[agreement]\nconfidence = 1.0").contains("confidence"));
        assert!(of("[agreement]\npermutations = 9223372036854775807").contains("permutations"));
    }
}
