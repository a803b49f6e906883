//! `match`: does theory equal measurement, point by point?
//!
//! Two sources are joined on text columns. Rows of view `match`: each point with its relative error and how many standard errors theory and
//! measurement lie apart, and all together with the share that agrees. A point that only one of the two has, or that several rows are about,
//! is a row with a status, and counted in `lost`.

use std::collections::{BTreeMap, BTreeSet};

use curves::runs::{Columns, Filter, MissingColumn, RunTable};
use evaluation::agree::{agree, summary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AskHead, At, Input, Inputs, Names, Part, Protocol, Shape, Sizes};
use crate::job::Output;
use crate::method::Built;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count, flag};

/// What is held against what. The ask's own source holds the measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AgreeSpec {
    /// The source that holds the theory.
    pub theory: String,
    /// Text columns that both have and that together name a point.
    pub by: Vec<String>,
    /// Number column or expression of the theory.
    pub predicted: String,
    /// Number column or expression of the measurements.
    pub measured: String,
    /// Number column or expression of their standard errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<String>,
    /// How much of the theory may be missing: 0.01 is one percent.
    pub within: f64,
    /// How many standard errors are allowed beside that. Default: 3.
    #[serde(default = "three")]
    pub z: f64,
    /// Which rows of the theory.
    #[serde(default)]
    pub theory_rows: Filter,
    /// Which rows of the measurements.
    #[serde(default)]
    pub rows: Filter,
    /// Confidence of the interval of the share. Default: 0.95.
    #[serde(default = "usual")]
    pub confidence: f64,
}

fn three() -> f64 {
    3.0
}
fn usual() -> f64 {
    0.95
}

impl Protocol for AgreeSpec {
    fn epoch(&self) -> u32 {
        1
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        let wrong = |e: String| format!("match: {e}");
        if self.by.is_empty() {
            return Err(wrong("`by` is empty; name the columns that both sources have and that name a point".into()));
        }
        let sound = |v: f64| v >= 0.0 && v.is_finite();
        if !(sound(self.within) && sound(self.z) && self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(wrong("`within` and `z` are 0 or more, and `confidence` lies between 0 and 1".into()));
        }
        let by = || self.by.iter().map(String::as_str);
        for (source, numbers, filter) in [
            (&ask.source, vec![&self.measured].into_iter().chain(&self.se).collect::<Vec<_>>(), &self.rows),
            (&self.theory, vec![&self.predicted], &self.theory_rows),
        ] {
            filter.check().map_err(wrong)?;
            let numbers = numbers.into_iter().map(String::as_str).chain(filter.number_texts());
            names.columns(source, numbers, by().chain(filter.text_columns()), &[]).map_err(wrong)?;
        }
        Ok(())
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::Runs), Input::new(&self.theory, Shape::Runs)]
    }

    fn parts(&self, _: &AskHead, _: &Sizes<'_>) -> Vec<Part> {
        Part::pieces(1, 0.1)
    }

    fn run(&self, _: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        let (Some(measured), Some(theory)) = (inputs.runs(&at.ask.source), inputs.runs(&self.theory)) else { return Output::default() };
        let mut out = RowWriter::new(at.ask);
        if let Err(e) = self.join(theory, measured, &mut out) {
            out.push("match", ALL, "no-such-column", &[("parameter", &e.to_string())], &[]);
        }
        Output::rows(out.finish())
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        None
    }
}

impl AgreeSpec {
    /// Rows that are kept, by the point they are about, and the points that several rows are about: those are told by none of them.
    fn points(&self, table: &RunTable, filter: &Filter) -> Result<(BTreeMap<String, usize>, BTreeSet<String>), MissingColumn> {
        let columns = self.by.iter().map(|c| table.texts(c).ok_or_else(|| MissingColumn::Unknown(c.clone()))).collect::<Result<Vec<_>, _>>()?;
        let (mut points, mut several) = (BTreeMap::new(), BTreeSet::new());
        for row in filter.kept(table, &(0..table.len()).collect::<Vec<_>>())? {
            let name = columns.iter().map(|c| c[row].as_str()).collect::<Vec<_>>().join(" | ");
            if points.insert(name.clone(), row).is_some() {
                several.insert(name);
            }
        }
        points.retain(|name, _| !several.contains(name));
        Ok((points, several))
    }

    fn join(&self, theory: &RunTable, measured: &RunTable, out: &mut RowWriter<'_>) -> Result<(), MissingColumn> {
        let ((there, twice), (here, again)) = (self.points(theory, &self.theory_rows)?, self.points(measured, &self.rows)?);
        let (predicted, found) = (theory.computed(&self.predicted)?, measured.computed(&self.measured)?);
        let errors = self.se.as_ref().map(|se| measured.computed(se)).transpose()?;
        let both: Vec<(&String, usize, usize)> = here.iter().filter_map(|(name, m)| Some((name, *there.get(name)?, *m))).collect();
        let pick = |column: &[f64], which: fn(&(&String, usize, usize)) -> usize| both.iter().map(|b| column[which(b)]).collect::<Vec<f64>>();
        let se = errors.as_ref().map(|e| pick(e, |b| b.2));
        let points = agree(&pick(&predicted, |b| b.1), &pick(&found, |b| b.2), se.as_deref(), self.within, self.z);
        for ((name, t, m), point) in both.iter().zip(&points) {
            let numbers = [
                ("predicted", Some(predicted[*t])),
                ("actual", Some(found[*m])),
                ("se", errors.as_ref().map(|e| e[*m])),
                ("relative-error", point.relative),
                ("z", point.z),
                ("within", flag(point.within)),
                ("resolved", flag(point.resolved)),
            ];
            out.push("match", EACH, OK, &[("model", name)], &numbers);
        }
        let several: BTreeSet<&String> = twice.union(&again).collect();
        for (only, other, status) in [(&here, &there, "no-theory"), (&there, &here, "no-measurement")] {
            for name in only.keys().filter(|n| !other.contains_key(*n) && !several.contains(n)) {
                out.push("match", EACH, status, &[("model", name)], &[]);
            }
        }
        for name in &several {
            out.push("match", EACH, "two-rows", &[("model", name)], &[]);
        }
        let names: BTreeSet<&String> = here.keys().chain(there.keys()).chain(several).collect();
        let lost = names.len() - points.len();
        let all = summary(&points, self.confidence);
        let numbers = [
            ("share", all.map(|a| a.share)),
            ("low", all.map(|a| a.low)),
            ("high", all.map(|a| a.high)),
            ("n", count(points.len())),
            ("n-within", all.and_then(|a| count(a.within))),
            ("n-resolved", all.and_then(|a| count(a.resolved))),
            ("lost", count(lost)),
            ("median-error", all.and_then(|a| a.median)),
            ("largest-error", all.and_then(|a| a.largest)),
        ];
        out.push("match", ALL, if all.is_some() { OK } else { "no-points" }, &[], &numbers);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_joined_and_what_lacks_a_partner_is_a_row() {
        let table = |names: &[&str], column: &str, values: &[f64]| {
            let texts = vec![("point".to_owned(), names.iter().map(|n| (*n).to_owned()).collect())];
            RunTable::new(texts, vec![(column.to_owned(), values.to_vec()), ("sd".to_owned(), vec![0.1; values.len()])]).unwrap()
        };
        let theory = table(&["a", "b", "c"], "exact", &[1.0, 2.0, 3.0]);
        let measured = table(&["a", "b", "d"], "found", &[1.1, 2.9, 4.0]);
        let spec: AgreeSpec = toml::from_str("theory = 't'\nby = ['point']\npredicted = 'exact'\nmeasured = 'found'\nse = 'sd / 2'\nwithin = 0.01").unwrap();
        let ask = AskHead { id: "m".into(), source: "s".into() };
        let mut out = RowWriter::new(&ask);
        spec.join(&theory, &measured, &mut out).unwrap();
        let rows = out.finish();
        let statuses: Vec<&str> = (0..rows.len()).filter_map(|r| rows.text("status", r)).collect();
        assert_eq!(statuses, ["ok", "ok", "no-theory", "no-measurement", "ok"]);
        // 0.1 of 1 apart at 0.05 each: two standard errors; 0.9 of 2 apart is far outside.
        assert_eq!(
            (rows.number("z", 0).map(|z| (z * 1e6).round() / 1e6), rows.number("within", 0), rows.number("within", 1)),
            (Some(2.0), Some(1.0), Some(0.0))
        );
        assert_eq!((rows.number("share", 4), rows.number("n", 4), rows.number("lost", 4)), (Some(0.5), Some(2.0), Some(2.0)));
        let replicates = table(&["a", "a", "b"], "found", &[1.0, 1.1, 2.0]);
        let mut out = RowWriter::new(&ask);
        spec.join(&theory, &replicates, &mut out).unwrap();
        let rows = out.finish();
        let told: Vec<(Option<&str>, Option<&str>)> = (0..rows.len()).map(|r| (rows.text("status", r), rows.text("model", r))).take(3).collect();
        assert_eq!(told, [(Some("ok"), Some("b")), (Some("no-measurement"), Some("c")), (Some("two-rows"), Some("a"))]);
        assert_eq!((rows.len(), rows.number("lost", 3)), (4, Some(2.0)));
    }
}
