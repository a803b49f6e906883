//! `compare`: does one arm beat another, seed by seed?
//!
//! Rows of view `comparison`: every arm against the control, with the mean paired difference, its interval, the smallest effect worth calling
//! one, and what the interval says of it (`outcome`: holds, refuted or undecided, with the pairs that would decide). A pair that lacks a
//! number (a run that diverged, a step that was never reached) is counted in `lost`.

use std::collections::{BTreeMap, BTreeSet};

use curves::runs::{Filter, RunTable};
use curves::{Better, no_such};
use evaluation::compare::{self, Comparison, Decision, Method, Options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AskHead, At, Input, Inputs, Names, Part, Protocol, Shape, Sizes};
use crate::job::Output;
use crate::method::Built;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count};

/// Which number of which arms is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CompareSpec {
    /// The number column that is compared; an expression will do.
    pub measure: String,
    /// Text column that names the arm. Default: arm.
    #[serde(default = "arm")]
    pub arm: String,
    /// The arm that all others are held against.
    pub control: String,
    /// Text column that names what is paired. Default: seed.
    #[serde(default = "seed", rename = "pair-by")]
    pub pair_by: String,
    /// Which direction an arm is claimed to be better in.
    pub better: Better,
    /// The smallest difference worth calling one, in the measure's unit. Default: 0.
    #[serde(default)]
    pub min_effect: f64,
    /// Confidence of the intervals. Default: 0.95.
    #[serde(default = "usual")]
    pub confidence: f64,
    /// `t`, or `bca` with 2,000 resamples. Default: t.
    #[serde(default)]
    pub interval: IntervalKind,
    /// Are p-values adjusted for the number of arms, by Holm's method? Default: true.
    #[serde(default = "yes")]
    pub holm: bool,
    /// Is the ratio to the control compared, as a difference of logarithms, in place of the difference? Default: false.
    #[serde(default)]
    pub ratio: bool,
    /// Which rows.
    #[serde(default)]
    pub rows: Filter,
}

/// How an interval is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalKind {
    /// Student's t on the differences.
    #[default]
    T,
    /// The bias-corrected and accelerated bootstrap over pairs.
    Bca,
}

/// Resamples of a bootstrap.
const RESAMPLES: usize = 2_000;

fn arm() -> String {
    "arm".into()
}
fn seed() -> String {
    "seed".into()
}
fn usual() -> f64 {
    0.95
}
fn yes() -> bool {
    true
}

impl Protocol for CompareSpec {
    fn epoch(&self) -> u32 {
        1
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        let wrong = |e: String| format!("compare: {e}");
        self.rows.check().map_err(wrong)?;
        if !(self.confidence > 0.0 && self.confidence < 1.0 && self.min_effect >= 0.0 && self.min_effect.is_finite()) {
            return Err(wrong("`confidence` lies between 0 and 1, and `min-effect` is 0 or more".into()));
        }
        let numbers = [self.measure.as_str()].into_iter().chain(self.rows.number_texts());
        let texts = [self.arm.as_str(), self.pair_by.as_str()].into_iter().chain(self.rows.text_columns());
        names.columns(&ask.source, numbers, texts, &[]).map_err(wrong)
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::Runs)]
    }

    fn parts(&self, _: &AskHead, _: &Sizes<'_>) -> Vec<Part> {
        Part::pieces(1, 0.1)
    }

    fn run(&self, _: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        let Some(table) = inputs.runs(&at.ask.source) else { return Output::default() };
        let mut out = RowWriter::new(at.ask);
        if let Err((status, what)) = self.compare(table, at, &mut out) {
            out.push("comparison", ALL, status, &[("parameter", &what)], &[]);
        }
        Output::rows(out.finish())
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        None
    }
}

/// Arm → unit → its number, where it has one.
type ByArm = BTreeMap<String, BTreeMap<String, Option<f64>>>;

impl CompareSpec {
    fn read(&self, table: &RunTable) -> Result<ByArm, (&'static str, String)> {
        use curves::runs::Columns;
        let missing = |e: curves::runs::MissingColumn| ("no-such-column", e.to_string());
        let rows = self.rows.kept(table, &(0..table.len()).collect::<Vec<_>>()).map_err(missing)?;
        let values = table.computed(&self.measure).map_err(missing)?;
        let text = |name: &str| table.texts(name).ok_or_else(|| ("no-such-column", name.to_owned()));
        let (arms, units) = (text(&self.arm)?, text(&self.pair_by)?);
        let mut all = ByArm::new();
        for r in rows {
            let value = Some(values[r]).filter(|v| v.is_finite() && (!self.ratio || *v > 0.0)).map(|v| if self.ratio { v.ln() } else { v });
            if all.entry(arms[r].clone()).or_default().insert(units[r].clone(), value).is_some() {
                return Err(("two-rows", format!("{} {:?} of {} {:?}", self.pair_by, units[r], self.arm, arms[r])));
            }
        }
        Ok(all)
    }

    fn options(&self, at: &At<'_>, arm: &str) -> Options {
        let seed = fitters::seed::of(&[&at.about.seed.to_string(), &at.ask.source, &at.ask.id, arm]);
        let method = match self.interval {
            IntervalKind::T => Method::T,
            IntervalKind::Bca => Method::Bca { resamples: RESAMPLES, seed },
        };
        Options { better: self.better, min_effect: self.min_effect, level: self.confidence, method }
    }

    fn compare(&self, table: &RunTable, at: &At<'_>, out: &mut RowWriter<'_>) -> Result<(), (&'static str, String)> {
        let all = self.read(table)?;
        let Some(control) = all.get(&self.control) else { return Err(("no-control", no_such("arm", &self.control, all.keys().map(String::as_str)))) };
        let mut found: Vec<(&String, usize, Option<Comparison>)> = Vec::new();
        for (arm, units) in all.iter().filter(|(arm, _)| **arm != self.control) {
            let everyone: BTreeSet<&String> = units.keys().chain(control.keys()).collect();
            let pair = |unit: &&String| Some((units.get(*unit).copied().flatten()?, control.get(*unit).copied().flatten()?));
            let (a, b): (Vec<f64>, Vec<f64>) = everyone.iter().filter_map(pair).unzip();
            for unit in &everyone {
                let numbers = [units, control].map(|side| side.get(*unit).copied().flatten());
                let status = if numbers.iter().all(Option::is_some) { OK } else { "no-pair" };
                let difference = numbers[0].zip(numbers[1]).map(|(a, b)| a - b);
                let texts = [("group", arm.as_str()), ("model", unit.as_str())];
                out.push("pair", EACH, status, &texts, &[("value", numbers[0]), ("control", numbers[1]), ("difference", difference)]);
            }
            found.push((arm, everyone.len() - a.len(), compare::paired(&a, &b, &self.options(at, arm))));
        }
        let ps: Vec<f64> = found.iter().map(|f| f.2.and_then(|c| c.p).unwrap_or(1.0)).collect();
        let adjusted = if self.holm { compare::holm(&ps) } else { ps };
        for ((arm, lost, c), p_adjusted) in found.into_iter().zip(adjusted) {
            let outcome = c.map_or("", |c| match c.decision {
                Decision::Holds => "holds",
                Decision::Refuted => "refuted",
                Decision::Undecided => "undecided",
            });
            // An interval that holds the smallest effect says neither yes nor no: a claim on it is untested, not refuted.
            let decided = |d: Decision| c.filter(|c| c.decision != Decision::Undecided).map(|c| if c.decision == d { 1.0 } else { 0.0 });
            let numbers = [
                ("difference", c.map(|c| c.mean)),
                ("low", c.and_then(|c| c.low)),
                ("high", c.and_then(|c| c.high)),
                ("se", c.and_then(|c| c.se)),
                ("sd", c.and_then(|c| c.sd)),
                ("p", c.and_then(|c| c.p)),
                ("p-adjusted", c.and_then(|c| c.p).map(|_| p_adjusted)),
                ("min-effect", Some(self.min_effect)),
                ("holds", decided(Decision::Holds)),
                ("refuted", decided(Decision::Refuted)),
                ("needed", c.and_then(|c| c.seeds_needed).and_then(count)),
                ("n", count(c.map_or(0, |c| c.n))),
                ("lost", count(lost)),
            ];
            out.push(
                "comparison",
                ALL,
                if c.is_some() { OK } else { "no-pairs" },
                &[("group", arm), ("relation", &self.control), ("outcome", outcome)],
                &numbers,
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::Frame;

    fn table() -> RunTable {
        let mut texts = (Vec::new(), Vec::new());
        let mut values = Vec::new();
        for (arm, at) in [("a", 1.0), ("b", 3.0), ("c", 1.02)] {
            for seed in 0..6 {
                texts.0.push(arm.to_owned());
                texts.1.push(seed.to_string());
                // Seeds shift all arms alike, and each a little by itself.
                values.push(at + 0.5 * f64::from(seed) + 0.03 * f64::from((seed * 7 + if arm == "a" { 0 } else { 3 }) % 5));
            }
        }
        values[17] = f64::NAN;
        RunTable::new(vec![("arm".to_owned(), texts.0), ("seed".to_owned(), texts.1)], vec![("delay".to_owned(), values)]).unwrap()
    }

    fn rows(text: &str) -> Frame {
        let spec: CompareSpec = toml::from_str(&format!("measure = 'delay'\ncontrol = 'a'\nbetter = 'higher'\n{text}")).unwrap();
        let about = toml::from_str("title = 't'\nversion = 1\nseed = 3\npaper = { arxiv = '0', bib = 'b' }").unwrap();
        let ask = AskHead { id: "ask".into(), source: "s".into() };
        let mut out = RowWriter::new(&ask);
        let at = At { about: &about, ask: &ask, method: None };
        if let Err((status, what)) = spec.compare(&table(), &at, &mut out) {
            out.push("comparison", ALL, status, &[("parameter", &what)], &[]);
        }
        out.finish()
    }

    fn comparison<'a>(rows: &'a Frame, arm: &str, number: &str) -> (&'a str, Option<f64>) {
        let row = (0..rows.len()).find(|&r| rows.text("view", r) == Some("comparison") && rows.text("group", r) == Some(arm)).unwrap();
        (rows.text("outcome", row).unwrap(), rows.number(number, row))
    }

    #[test]
    fn a_large_paired_effect_holds_and_a_small_one_is_refuted_or_undecided() {
        let all = rows("min-effect = 0.5");
        let (outcome, mean) = comparison(&all, "b", "difference");
        assert!(outcome == "holds" && (mean.unwrap() - 2.0).abs() < 0.1, "{outcome} {mean:?}");
        assert_eq!(comparison(&all, "c", "n"), ("refuted", Some(5.0)));
        assert_eq!(comparison(&all, "c", "lost").1, Some(1.0));
        // A difference of 0.02 and noise of some 0.05 a pair: five pairs cannot tell it from nothing, more could.
        let small = rows("interval = 'bca'");
        let (outcome, needed) = comparison(&small, "c", "needed");
        assert!(outcome == "undecided" && needed.is_none_or(|n| n > 5.0), "{outcome} {needed:?}");
        // Neither yes nor no.
        assert_eq!((comparison(&small, "c", "holds").1, comparison(&small, "c", "refuted").1), (None, None));
        assert_eq!((comparison(&all, "b", "holds").1, comparison(&all, "b", "refuted").1), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn ratios_are_differences_of_logarithms() {
        let all = rows("ratio = true");
        assert!(comparison(&all, "b", "difference").1.unwrap() < 2.0f64.ln());
    }

    #[test]
    fn what_cannot_be_compared_is_a_row() {
        let spec = "rows = { select = { arm = ['b', 'c'] } }";
        let none = rows(spec);
        assert_eq!((none.len(), none.text("status", 0)), (1, Some("no-control")));
        let twice = rows("pair-by = 'arm'");
        assert_eq!(twice.text("status", 0), Some("two-rows"));
    }
}
