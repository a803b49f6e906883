//! `Cell`: one number of a table or a claim, read from rows, with its interval.

mod rank;
mod sample;

use std::collections::BTreeMap;

use curves::Better;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EvaluationError, Frame, metric};

pub use curves::runs::OneOrMany as Strings;
pub(crate) use rank::{ranking, selected};
pub(crate) use sample::Sample;

/// The unit that is resampled when a cell names none.
pub const DEFAULT_UNIT: &str = "curve";

/// What is made of the numbers of the selected rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stat {
    /// Their mean.
    #[default]
    Mean,
    /// Their median.
    Median,
    /// Their sum.
    Sum,
    /// How many rows are usable; needs no metric.
    Count,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The share of rows whose `status` is "ok"; needs no metric.
    ShareOk,
    /// Mean rank of the selected value among rivals on the same rows, 1 for the best; needs `among`.
    MeanRank,
}

/// Whom a mean rank is among.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Among {
    /// The column whose values compete, such as `method`.
    pub column: String,
    /// The competitors; one of them is the selected one.
    pub values: Vec<String>,
}

/// Which rows, which number of theirs, and what is made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cell {
    /// For each column named, the value or the values a row must have.
    #[serde(default)]
    pub select: BTreeMap<String, Strings>,
    /// The column of numbers; only `count` and `share-ok` need none.
    #[serde(default)]
    pub metric: String,
    /// What is made of the numbers.
    #[serde(default)]
    pub stat: Stat,
    /// Whom a mean rank is among.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<Among>,
    /// The good direction, for a metric that is in no registry (a time, a regret).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// The column whose values are resampled for the interval. Where no row has a `curve`, the default, each row is its own unit.
    #[serde(default = "default_unit")]
    pub unit: String,
    /// The selected rows are themselves draws of one quantity (bootstrap refits, a posterior): the interval is
    /// then their quantiles and the standard error their spread, not those of their mean.
    #[serde(default)]
    pub draws: bool,
}

fn default_unit() -> String {
    DEFAULT_UNIT.to_string()
}

/// A cell's number, how sure it is, and how many rows it rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CellValue {
    /// The number.
    pub value: f64,
    /// Its standard error; `None` with fewer than two units, and for `count`, `min` and `max`.
    pub se: Option<f64>,
    /// Lower end of the interval; `None` as for `se`, and when no resamples were asked.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// How many rows (groups, for a mean rank) the number rests on.
    pub n: usize,
    /// How many selected rows have a status other than "ok".
    pub failed: usize,
    /// How many have a good status and no number, because the metric does not apply to them; for a mean rank, groups without all rivals.
    pub missing: usize,
}

impl Default for Cell {
    fn default() -> Self {
        Self { select: BTreeMap::new(), metric: String::new(), stat: Stat::Mean, among: None, better: None, unit: default_unit(), draws: false }
    }
}

impl Cell {
    /// A mean of `metric` over the rows selected.
    pub fn mean(metric: &str, select: BTreeMap<String, Strings>) -> Self {
        Self { select, metric: metric.to_string(), ..Self::default() }
    }

    /// The same question about a narrower or another selection: `more` replaces what is asked of the same column.
    pub fn with(&self, more: &BTreeMap<String, Strings>) -> Cell {
        let mut cell = self.clone();
        cell.select.extend(more.iter().map(|(k, v)| (k.clone(), v.clone())));
        cell
    }

    /// The good direction: of a rank, of a registered metric, or as the cell says.
    pub fn better(&self) -> Result<Better, EvaluationError> {
        if self.stat == Stat::MeanRank {
            return Ok(Better::Lower);
        }
        self.metric_better()
    }

    pub(crate) fn metric_better(&self) -> Result<Better, EvaluationError> {
        metric::direction(&self.metric).or(self.better).ok_or_else(|| EvaluationError::NoDirection { metric: self.metric.clone() })
    }

    /// The selection in words, such as `data=prior, method=p3`.
    pub fn describe(&self) -> String {
        if self.select.is_empty() {
            return "everything".to_string();
        }
        let parts: Vec<String> = self.select.iter().map(|(k, v)| format!("{k}={}", v.0.join("|"))).collect();
        parts.join(", ")
    }

    /// Can the question be answered at all? Says what is missing.
    pub fn validate(&self) -> Result<(), EvaluationError> {
        let wrong = |what: String| Err(EvaluationError::InvalidCell { what });
        let needs_metric = !matches!(self.stat, Stat::Count | Stat::ShareOk);
        if needs_metric && self.metric.is_empty() {
            return wrong("the cell names no metric".to_string());
        }
        if let (Some(said), Ok(m)) = (self.better, metric::find(&self.metric))
            && m.better().is_some_and(|b| b != said)
        {
            return wrong(format!("the good direction of {:?} is known, and not the one that the cell says", self.metric));
        }
        if self.draws && !matches!(self.stat, Stat::Mean | Stat::Median) {
            return wrong("draws = true goes with the stats mean and median only".to_string());
        }
        match (&self.among, self.stat == Stat::MeanRank) {
            (None, true) => wrong("stat = \"mean-rank\" needs among = { column, values }".to_string()),
            (Some(_), false) => wrong("among goes with stat = \"mean-rank\" only".to_string()),
            (Some(among), true) if among.values.len() < 2 => wrong("a rank among fewer than two values says nothing".to_string()),
            (Some(_), true) => selected(self).map(|_| ()),
            (None, false) => Ok(()),
        }
    }

    /// The rows selected; an empty selection is an error.
    pub(crate) fn rows(&self, frame: &Frame) -> Result<Vec<usize>, EvaluationError> {
        let filter = self.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
        let rows = frame.select(&filter)?;
        if rows.is_empty() {
            return Err(EvaluationError::NothingSelected { asked: self.describe() });
        }
        Ok(rows)
    }

    /// The numbers, by unit.
    pub(crate) fn sample(&self, frame: &Frame) -> Result<Sample, EvaluationError> {
        self.validate()?;
        if self.stat == Stat::MeanRank { rank::sample(self, frame) } else { sample::sample(self, frame) }
    }

    /// The number, with a bootstrap interval over units at `level`. No `resamples`, no interval.
    ///
    /// Rows whose `status` is not "ok" are left out of the number and counted in `failed`; only a mean rank
    /// keeps them, at the last place, since being unable to answer is a way of losing.
    pub fn evaluate(&self, frame: &Frame, resamples: usize, seed: u64, level: f64) -> Result<CellValue, EvaluationError> {
        let sample = self.sample(frame)?;
        let value = sample.estimate();
        if value.is_nan() {
            return Err(EvaluationError::NotANumber { what: format!("{:?} of {}", self.metric, self.describe()) });
        }
        let (se, interval) = if self.draws { sample.spread(level) } else { sample.uncertainty(resamples, seed, level) };
        let (low, high) = interval.unzip();
        Ok(CellValue { value, se, low, high, n: sample.n, failed: sample.failed, missing: sample.missing })
    }
}

#[cfg(test)]
mod tests;
