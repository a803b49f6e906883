//! `[ask.surface]`: what is fitted to a table of runs, and what is predicted.

use std::collections::{BTreeMap, BTreeSet};

use curves::runs::{Expression, Filter, LrSchedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::allocation::Allocate;

use super::settings::{Baseline, FitOf, Point, Unit};
use super::simulate::Simulate;
use super::split::Split;
use crate::protocol::{AskHead, MOST_REPEATS, Names};

/// What is asked of a table of runs. Where a number column is asked for, an expression may stand: columns, inputs and numbers joined by `*`, `/`, `+` and `-` with spaces around them, without brackets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SurfaceSpec {
    /// Input of a law → number column or expression.
    pub inputs: BTreeMap<String, String>,
    /// Number column or expression of the loss.
    pub target: String,
    /// Expression of what predictions are held against, such as a loss without noise; the target if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The unit of the loss; everything is done in nats per token. Default: nats.
    #[serde(default)]
    pub unit: Unit,
    /// Text column that holds the unit of each row (`nats`, `bits`, `perplexity`, or words that begin so); it goes before `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_column: Option<String>,
    /// Text column that names the run, which errs as one; without such a column each row is a run. Default: run.
    #[serde(default = "run")]
    pub run: String,
    /// Text column; everything is done for each of its values by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Input or expression that makes a run large. Default: params.
    #[serde(default = "params")]
    pub size: String,
    /// Input or expression that says how far a run is. Default: tokens.
    #[serde(default = "tokens")]
    pub progress: String,
    /// Expression of the weight of a row. By default every row weighs 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Which rows.
    #[serde(default)]
    pub rows: Filter,
    /// Text column that names the learning-rate schedule of a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The schedules.
    #[serde(default, rename = "shape", skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<LrSchedule>,
    /// Expression of the logged rate: a schedule without a shape goes in straight lines between logged steps, from 0 at step 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// FLOP per parameter and token. Default: 6.
    #[serde(default = "six")]
    pub flop_per: f64,
    /// FLOP, for each of which the best size and data are asked (view `optimum`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<f64>,
    /// What is nearly best loses no more than this share. Default: 0.001.
    #[serde(default = "thousandth")]
    pub slack: f64,
    /// Losses, for each of which a law of one input says the resource that reaches it (view `reach`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<f64>,
    /// An input of laws: each row held out says how much of it its loss takes by the fit (columns `needed`, `reached` and `needed-are`, its relative
    /// error in percent; where the fit never comes down to the loss it counts as 100, which a loss that is reached too late may be above).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<String>,
    /// Where the column `huber` turns linear. Default: 0.001.
    #[serde(default = "thousandth")]
    pub huber: f64,
    /// Where the Huber density of column `log-likelihood` turns linear; left out, there is no such column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<f64>,
    /// Confidence of intervals. Default: 0.9.
    #[serde(default = "nine_tenths")]
    pub confidence: f64,
    /// Resamples of runs behind an interval. Default: 200.
    #[serde(default = "two_hundred")]
    pub resamples: usize,
    /// Cells or starts that are polished in each resample. Default: 4.
    #[serde(default = "four")]
    pub keep: usize,
    /// Forecasts without a law, beside the fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
    /// Targets in the mean of the baseline `last-value`. Default: 5.
    #[serde(default = "five")]
    pub last: usize,
    /// Is there a row for every row held out, beside the summaries? Default: true.
    #[serde(default = "yes")]
    pub each: bool,
    /// What is fitted.
    #[serde(default, rename = "fit", skip_serializing_if = "Vec::is_empty")]
    pub fits: Vec<FitOf>,
    /// On which part, and what is predicted. By default everything is fitted and nothing predicted.
    #[serde(default = "everything", rename = "split")]
    pub splits: Vec<Split>,
    /// Where every fit is asked for its value.
    #[serde(default, rename = "point", skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// IsoFLOP profiles and envelopes, which need no law.
    #[serde(default, rename = "allocation", skip_serializing_if = "Vec::is_empty")]
    pub allocations: Vec<Allocate>,
    /// Do intervals hold the truth as often as they say? SurfaceSpec of simulated losses on the rows' design.
    #[serde(default, rename = "simulate", skip_serializing_if = "Vec::is_empty")]
    pub simulations: Vec<Simulate>,
}

fn run() -> String {
    "run".into()
}
fn params() -> String {
    "params".into()
}
fn tokens() -> String {
    "tokens".into()
}
fn six() -> f64 {
    6.0
}
fn thousandth() -> f64 {
    0.001
}
fn nine_tenths() -> f64 {
    0.9
}
fn two_hundred() -> usize {
    200
}
fn four() -> usize {
    4
}
fn five() -> usize {
    5
}
fn yes() -> bool {
    true
}
fn everything() -> Vec<Split> {
    vec![Split::default()]
}

impl SurfaceSpec {
    /// Can all of it be asked? Says what cannot, and what would do.
    pub fn check(&self) -> Result<(), String> {
        let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("surface: {what}")) };
        let positive = |v: f64| v > 0.0 && v.is_finite();
        must(!self.inputs.is_empty(), "inputs is empty; name a column for each input of the laws")?;
        must(!self.fits.is_empty() || !self.allocations.is_empty() || !self.simulations.is_empty(), "there is no fit, no allocation and no simulate")?;
        must(self.confidence > 0.0 && self.confidence < 1.0, "confidence must be between 0 and 1")?;
        must(positive(self.flop_per) && positive(self.slack) && positive(self.huber), "flop-per, slack and huber must be above 0")?;
        must(self.likelihood.is_none_or(positive), "likelihood is a threshold and must be above 0")?;
        must(self.budgets.iter().chain(&self.losses).all(|v| positive(*v)), "budgets and losses must be above 0")?;
        must(self.needed.as_ref().is_none_or(|n| self.inputs.contains_key(n)), "needed is none of inputs; name one of them")?;
        must(self.needed.is_none() || self.each, "needed is a column of rows held out, which each = false leaves out; set one of them alone")?;
        must(self.last >= 1 && self.keep >= 1, "last and keep must be at least 1")?;
        let repeats =
            std::iter::once(self.resamples).chain(self.allocations.iter().filter_map(|a| a.resamples)).chain(self.simulations.iter().map(|s| s.repeats));
        must(repeats.chain(self.fits.iter().map(|f| f.starts)).all(|n| n <= MOST_REPEATS), "resamples, repeats and starts are at most 1000000")?;
        must(!self.splits.is_empty(), "split is empty; leave it out to fit everything")?;
        let unique = |ids: Vec<&String>| ids.iter().all(|id| !id.is_empty()) && ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
        // The `method` column tells all of these apart.
        let methods = self.fits.iter().map(|f| &f.id).chain(self.allocations.iter().map(|a| &a.id)).chain(self.simulations.iter().map(|s| &s.id));
        must(unique(methods.collect()), "every fit, allocation and simulate needs an id of its own")?;
        must(self.fits.iter().all(|f| Baseline::ALL.iter().all(|b| b.name() != f.id)), "best-seen and last-value are baselines; give the fit another id")?;
        must(unique(self.splits.iter().map(|s| &s.id).collect()), "every split needs an id of its own")?;
        must(unique(self.points.iter().map(|p| &p.id).collect()), "every point needs an id of its own")?;
        must(unique(self.shapes.iter().map(|s| &s.id).collect()), "every shape needs an id of its own")?;
        let texts = self.inputs.values().chain([&self.target, &self.size, &self.progress]).chain(&self.weights).chain(&self.rate).chain(&self.actual);
        texts.map(Expression::parse).find_map(Result::err).map_or(Ok(()), |e| Err(format!("surface: {e}")))?;
        self.rows.check().map_err(|e| format!("surface: rows: {e}"))?;
        for fit in &self.fits {
            fit.check(&self.inputs).map_err(|e| format!("surface: fit {:?}: {e}", fit.id))?;
        }
        for split in &self.splits {
            split.check().map_err(|e| format!("surface: split {:?}: {e}", split.id))?;
        }
        for shape in &self.shapes {
            models::schedule::of(shape).map_err(|e| format!("surface: shape {:?}: {e}", shape.id))?;
        }
        for allocation in &self.allocations {
            allocation.check().map_err(|e| format!("surface: allocation {:?}: {e}", allocation.id))?;
        }
        for simulation in &self.simulations {
            simulation.check(&self.inputs).map_err(|e| format!("surface: simulate {:?}: {e}", simulation.id))?;
        }
        Ok(())
    }

    /// That every column it names is one of its source.
    pub(super) fn columns(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        let inputs = self.inputs.values().chain(self.fits.iter().flat_map(|f| f.inputs.values()));
        names.columns(&ask.source, inputs.map(String::as_str), [], &[])?;
        // Everywhere else expressions may name inputs and `target` too.
        let mut also: Vec<&str> = self.inputs.keys().chain(self.fits.iter().flat_map(|f| f.inputs.keys())).map(String::as_str).collect();
        names.columns(&ask.source, [self.target.as_str()].into_iter().chain(self.actual.as_deref()), [], &also)?;
        also.push("target");
        let filters = std::iter::once(&self.rows)
            .chain(self.fits.iter().map(|f| &f.rows))
            .chain(self.splits.iter().flat_map(|s| [&s.train, &s.test]))
            .chain(self.allocations.iter().map(|a| &a.rows))
            .chain(self.simulations.iter().map(|s| &s.rows));
        let mut numbers: Vec<&str> = self.weights.iter().chain(&self.rate).map(String::as_str).collect();
        if self.splits.iter().any(Split::needs_progress) {
            numbers.push(&self.progress);
        }
        numbers.extend(self.allocations.iter().map(|a| a.compute.as_str()));
        let mut texts: Vec<&str> = self.group.iter().chain(&self.unit_column).map(String::as_str).collect();
        for filter in filters {
            numbers.extend(filter.number_texts());
            texts.extend(filter.text_columns());
        }
        names.columns(&ask.source, numbers, texts, &also)
    }

    /// In how many jobs it is answered.
    pub(crate) fn jobs(&self) -> usize {
        self.fits.len() * self.splits.len() + self.allocations.len() + self.simulations.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "inputs = { params = 'n', tokens = 'flop / 6 / n' }\ntarget = 'loss'\n[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n";

    #[test]
    fn the_least_is_enough_and_reads_back() {
        let asked: SurfaceSpec = toml::from_str(LEAST).unwrap();
        assert_eq!(asked.check(), Ok(()));
        assert_eq!((asked.jobs(), asked.run.as_str(), asked.flop_per, asked.splits[0].id.as_str()), (1, "run", 6.0, "all"));
        assert_eq!(toml::from_str::<SurfaceSpec>(&toml::to_string(&asked).unwrap()).unwrap(), asked);
        assert!(toml::from_str::<SurfaceSpec>(&format!("fits = 1\n{LEAST}")).unwrap_err().to_string().contains("fits"));
    }

    #[test]
    fn what_cannot_be_asked_is_named() {
        let of = |head: &str, tail: &str| toml::from_str::<SurfaceSpec>(&format!("{head}\n{LEAST}{tail}")).unwrap().check().unwrap_err();
        assert!(of("confidence = 1.0", "").contains("confidence"));
        assert!(of("resamples = 9223372036854775807", "").contains("resamples"));
        assert!(of("budgets = [-1.0]", "").contains("budgets"));
        assert!(of("size = 'a b'", "").contains("a b"));
        assert!(of("", "[[fit]]\nid = 'a'\nlaw = 'kaplan'").contains("id of its own"));
        assert!(of("", "[[fit]]\nid = 'b'\nlaw = 'chinchila'").contains("chinchilla"));
        assert!(of("", "[[fit]]\nid = 'b'\nlaw = 'ensemble'").contains("members"));
        assert!(of("", "pinned = { alfa = 0.3 }").contains("alpha"));
        assert!(of("", "pinned = { alpha = -0.3 }").contains("positive"));
        assert!(of("", "recipe = 'given'\nstart = { e = 1.0 }").contains("`a`"));
        assert!(of("", "[[fit]]\nid = 'b'\nlaw = 'chinchilla_tied'\nrecipe = 'hoffmann'").contains("chinchilla"));
        assert!(of("", "[[fit]]\nid = 'best-seen'\nlaw = 'chinchilla'").contains("baselines"));
        assert!(of("", "[[split]]\nid = 's'\nkind = 'token-fraction'").contains("fractions"));
        assert!(of("", "[[split]]\nid = 's'\nkind = 'all'\nfractions = [0.5]").contains("fractions"));
        assert!(of("", "[[shape]]\nid = 'c'\nshape = 'cosine'\nlast = 10\npeak = 0.1").contains("floor"));
    }
}
