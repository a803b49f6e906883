//! `train = { study = … }` and `solve = { study = … }`: small networks trained here, or numbers from a closed form.
//!
//! As a table of runs a study has a row for every arm and seed, with its scalars; as curves, one of its series for every arm and seed.

use std::collections::{BTreeMap, BTreeSet};

use curves::runs::{OneOrMany as Strings, RunTable};
use curves::{Better, CurveSet, Entry, Measure, Resource};
use lab::{Arm, DynStudy, Outcome, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Data, Kind, Offer, RunColumns, Site, Source};
use crate::RunError;
use crate::protocol::Shape;
use crate::stage::StagePlan;

/// More seeds than this are a slip of a key.
const MOST: u64 = 10_000;

/// What a row of a study's table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// An arm and a seed, with its scalars.
    #[default]
    Runs,
    /// A point of its curves: the study's resource and the series that are read are number columns as well, beside the scalars of its run. A run that
    /// diverged has the points that it came to (`ended` says so); one without a curve has no row.
    Points,
}

fn runs(rows: &Rows) -> bool {
    *rows == Rows::Runs
}

/// A study that trains: its arms, and how many seeds of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trained {
    /// The study by name.
    pub study: String,
    /// Setting → its values; every combination is an arm. One arm when left out.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub arms: toml::Table,
    /// How many seeds of every arm, from 0 on.
    pub seeds: u64,
    /// Settings that all arms share.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub with: toml::Table,
    /// Which of its series are read where curves are asked for, `*` for any text; the first when left out.
    #[serde(default, skip_serializing_if = "no_series")]
    pub series: Strings,
    /// Whether more of a series is `higher` (better) or `lower`; by its name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// What a row is where a table is asked for.
    #[serde(default, skip_serializing_if = "runs")]
    pub rows: Rows,
}

/// A study without chance: its arms alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Solved {
    /// The study by name.
    pub study: String,
    /// Setting → its values; every combination is an arm. One arm when left out.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub arms: toml::Table,
    /// Settings that all arms share.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub with: toml::Table,
    /// Which of its series are read where curves are asked for, `*` for any text; the first when left out.
    #[serde(default, skip_serializing_if = "no_series")]
    pub series: Strings,
    /// Whether more of a series is `higher` (better) or `lower`; by its name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
}

fn no_series(series: &Strings) -> bool {
    series.0.is_empty()
}

/// What both have in common.
struct Asked<'a> {
    study: &'a str,
    arms: &'a toml::Table,
    seeds: u64,
    with: &'a toml::Table,
    series: &'a [String],
    better: Option<Better>,
    rows: Rows,
}

impl Trained {
    fn asked(&self) -> Asked<'_> {
        Asked { study: &self.study, arms: &self.arms, seeds: self.seeds, with: &self.with, series: &self.series.0, better: self.better, rows: self.rows }
    }
}

impl Solved {
    fn asked(&self) -> Asked<'_> {
        let (series, better, rows) = (&self.series.0, self.better, Rows::Runs);
        Asked { study: &self.study, arms: &self.arms, seeds: 1, with: &self.with, series, better, rows }
    }
}

impl Asked<'_> {
    fn study(&self) -> Result<&'static dyn DynStudy, RunError> {
        lab::find(self.study).map_err(|e| RunError::Spec(e.to_string()))
    }

    fn arms(&self) -> Result<Vec<Arm>, RunError> {
        lab::arms::product(self.arms).map_err(|e| RunError::Spec(e.to_string()))
    }

    /// The series that are read, in the order in which the study has them.
    fn series(&self) -> Result<Vec<&'static str>, RunError> {
        let all = self.study()?.series();
        if self.series.is_empty() {
            return Ok(all.first().map(|s| s.0).into_iter().collect());
        }
        for pattern in self.series {
            if !all.iter().any(|s| curves::matches(pattern, s.0)) {
                return Err(RunError::Spec(curves::no_such("series", pattern, all.iter().map(|s| s.0))));
            }
        }
        Ok(all.iter().map(|s| s.0).filter(|name| self.series.iter().any(|pattern| curves::matches(pattern, name))).collect())
    }

    /// The number columns of points: the resource, and the series that are read. None where a row is a run.
    fn points(&self) -> Result<Vec<&'static str>, RunError> {
        match self.rows {
            Rows::Runs => Ok(Vec::new()),
            Rows::Points => Ok(std::iter::once(self.study()?.resource()).chain(self.series()?).collect()),
        }
    }

    fn stages(&self, site: &Site<'_>) -> Result<Vec<StagePlan>, RunError> {
        if !(1..=MOST).contains(&self.seeds) {
            return Err(RunError::Spec(format!("`seeds` is 1 to {MOST}")));
        }
        let study = self.study()?;
        let stages = study.stages(self.with, &self.arms()?, 0..self.seeds).map_err(|e| RunError::Spec(e.to_string()))?;
        StagePlan::all(site, study, stages)
    }

    fn offer(&self, site: &Site<'_>) -> Result<Offer, RunError> {
        let study = self.study()?;
        let series = self.series()?.len();
        let stages = self.stages(site)?;
        let runs = stages.iter().filter(|s| !s.shared).count();
        let data: BTreeSet<String> = stages.iter().flat_map(|s| &s.reads).map(|r| r.name.clone()).collect();
        let texts = ["run", "arm", "seed", "ended"].map(str::to_owned).to_vec();
        let settings = self.arms()?.iter().flat_map(|a| numeric(a).into_keys()).collect::<BTreeSet<_>>();
        let points = self.points()?.into_iter().map(str::to_owned);
        let numbers: Vec<String> = study.scalars().iter().map(|s| s.0.to_owned()).chain(settings).chain(points).collect();
        let mut seen = BTreeSet::new();
        if let Some(twice) = numbers.iter().find(|name| !seen.insert(*name)) {
            let study = self.study;
            return Err(RunError::Spec(format!(
                "study {study}: {twice:?} would be two columns (a scalar, a setting of arms, or a series of points); leave one out"
            )));
        }
        Ok(Offer {
            curves: Some(runs * series),
            recorded: true,
            runs: Some(RunColumns { texts, numbers }),
            resource: Some(study.resource().to_owned()),
            data: data.into_iter().collect(),
            ..Offer::default()
        })
    }

    fn identity(&self, site: &Site<'_>) -> Result<String, RunError> {
        let stages = self.stages(site)?;
        // What is done and kept needs its data no longer.
        let wanting = stages.iter().filter(|s| !site.cache.has(&s.key)).flat_map(|s| &s.reads);
        if let Some(absent) = wanting.filter_map(|r| r.folder.as_ref().err()).next() {
            return Err(RunError::Absent(absent.clone()));
        }
        let keys: Vec<String> = stages.into_iter().map(|s| s.key).collect();
        // Stages know nothing of names: how arms are called, and which scalars are columns, decides rows as well.
        let arms: Vec<String> = self.arms()?.iter().map(|a| format!("{} {}", a.name, numeric(a).into_keys().collect::<Vec<_>>().join(","))).collect();
        let scalars: Vec<&str> = self.study()?.scalars().iter().map(|s| s.0).collect();
        let points = self.points()?.join(" ");
        let points = if points.is_empty() { points } else { format!("points {points}\n") };
        Ok(format!("{} {:?}\n{points}{}\n{}\n{}", self.study, (self.series()?, self.better), arms.join("\n"), scalars.join(" "), keys.join("\n")))
    }

    /// Every run with its outcome: the stages that are an arm and a seed.
    fn outcomes(&self, site: &Site<'_>) -> Result<Vec<(StagePlan, Outcome)>, RunError> {
        let stages = self.stages(site)?.into_iter().filter(|s| !s.shared);
        stages.map(|s| site.cache.get(&s.key).map(|kept| (s, kept.outcome))).collect()
    }

    fn open(&self, shape: Shape, site: &Site<'_>) -> Result<Data, RunError> {
        let outcomes = self.outcomes(site)?;
        let wrong = |e: String| RunError::Data(format!("source {:?}: {e}", site.name));
        let arms: BTreeMap<String, Arm> = self.arms()?.into_iter().map(|a| (a.name.clone(), a)).collect();
        let word = |o: &Outcome| if matches!(o.status, Status::Done) { "ok" } else { "diverged" };
        if shape == Shape::Runs {
            let text = |of: &dyn Fn(&(StagePlan, Outcome)) -> String| outcomes.iter().map(of).collect::<Vec<String>>();
            let texts = vec![
                ("run".to_owned(), text(&|(s, _)| s.stage.id.clone())),
                ("arm".to_owned(), text(&|(s, _)| s.stage.arm.clone())),
                ("seed".to_owned(), text(&|(s, _)| s.stage.seed.to_string())),
                ("ended".to_owned(), text(&|(_, o)| word(o).to_owned())),
            ];
            let scalar = |name: &str| -> Vec<f64> {
                outcomes.iter().map(|(_, o)| o.scalars.iter().find(|s| s.0 == name).and_then(|s| s.1).unwrap_or(f64::NAN)).collect()
            };
            let mut numbers: Vec<(String, Vec<f64>)> = self.study()?.scalars().iter().map(|s| (s.0.to_owned(), scalar(s.0))).collect();
            for setting in arms.values().flat_map(|a| numeric(a).into_keys()).collect::<BTreeSet<_>>() {
                let of = |s: &StagePlan| arms.get(&s.stage.arm).and_then(|a| numeric(a).get(&setting).copied()).unwrap_or(f64::NAN);
                numbers.push((setting.clone(), outcomes.iter().map(|(s, _)| of(s)).collect()));
            }
            let (texts, numbers) = match self.rows {
                Rows::Runs => (texts, numbers),
                Rows::Points => {
                    let runs: Vec<(&str, &Outcome)> = outcomes.iter().map(|(plan, outcome)| (plan.stage.id.as_str(), outcome)).collect();
                    along(&runs, &self.points()?, &texts, &numbers).map_err(wrong)?
                }
            };
            return RunTable::new(texts, numbers).map(Data::Runs).map_err(|e| wrong(e.to_string()));
        }
        let names = self.series()?;
        let entry = |s: &StagePlan, o: &Outcome, name: &str| {
            let found = o.series.iter().find(|series| series.name == name);
            let (arm, several) = (s.stage.arm.clone(), names.len() > 1);
            // What tells curves apart is a task: arms, or series of one run.
            let task = if several { name.to_owned() } else { arm.clone() };
            let covariates = [("arm", arm), ("seed", s.stage.seed.to_string()), ("status", word(o).to_owned()), ("series", name.to_owned()), ("task", task)];
            let (mut x, mut y) = found.map(|f| (f.x.clone(), f.y.clone())).unwrap_or_default();
            if o.status != Status::Done {
                // A run that diverged is no curve, only a beginning of one: its end says so, as a recorded one would.
                x.push(x.last().map_or(1.0, |x| x + 1.0));
                y.push(f64::NAN);
            }
            let id = if several { format!("{}/{name}", s.stage.id) } else { s.stage.id.clone() };
            Entry { id, covariates: covariates.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(), x, y, given: None, rates: None }
        };
        let entries = outcomes.iter().flat_map(|(s, o)| names.iter().map(|name| entry(s, o, name)).collect::<Vec<_>>()).collect();
        // By whole words: `misalignment` is a loss.
        let named = |name: &str| name.split('-').any(|word| word == "accuracy" || word == "alignment");
        let by_name = if names.iter().all(|name| named(name)) { Better::Higher } else { Better::Lower };
        let name = if let [only] = names.as_slice() { (*only).to_owned() } else { "series".to_owned() };
        let measure = Measure { name, unit: String::new(), better: self.better.unwrap_or(by_name), bounds: None };
        CurveSet::new(Resource { name: self.study()?.resource().to_owned() }, measure, entries).map(Data::Curves).map_err(|e| wrong(e.to_string()))
    }
}

type Columns<T> = Vec<(String, Vec<T>)>;

/// A row for every point of the curves of every run, from a row for every run: `names` are the resource and the series, whose points stand at the
/// same places.
fn along(outcomes: &[(&str, &Outcome)], names: &[&str], texts: &Columns<String>, numbers: &Columns<f64>) -> Result<(Columns<String>, Columns<f64>), String> {
    let mut points: Columns<f64> = names.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
    // The run of every row.
    let mut run: Vec<usize> = Vec::new();
    for (k, (stage, outcome)) in outcomes.iter().enumerate() {
        let of = |name: &str| outcome.series.iter().find(|series| series.name == name);
        let series: Vec<Option<&lab::Series>> = names.iter().skip(1).map(|name| of(name)).collect();
        let Some(first) = series.iter().flatten().next() else { continue };
        if let Some(other) = series.iter().flatten().find(|other| other.x != first.x) {
            let both = (&first.name, &other.name);
            return Err(format!("run {:?}: its series {:?} and {:?} have points at other places; read one of them", stage, both.0, both.1));
        }
        points[0].1.extend(&first.x);
        for ((_, to), series) in points[1..].iter_mut().zip(&series) {
            match series {
                Some(series) => to.extend(&series.y),
                // A series that this run lacks.
                None => to.extend(std::iter::repeat_n(f64::NAN, first.x.len())),
            }
        }
        run.extend(std::iter::repeat_n(k, first.x.len()));
    }
    if run.is_empty() {
        return Err("no run has a curve, so that there is no point to read".to_owned());
    }
    let texts = texts.iter().map(|(name, of)| (name.clone(), run.iter().map(|k| of[*k].clone()).collect())).collect();
    points.extend(numbers.iter().map(|(name, of)| (name.clone(), run.iter().map(|k| of[*k]).collect())));
    Ok((texts, points))
}

/// The settings of an arm that are numbers.
fn numeric(arm: &Arm) -> BTreeMap<String, f64> {
    let number = |v: &toml::Value| v.as_float().or_else(|| v.as_integer().map(|i| i as f64));
    arm.with.iter().filter_map(|(k, v)| Some((k.clone(), number(v)?))).collect()
}

macro_rules! kind {
    ($settings:ty) => {
        impl Kind for $settings {
            fn offer(&self, _: &Source, site: &Site<'_>) -> Result<Offer, RunError> {
                self.asked().offer(site)
            }

            fn identity(&self, _: &Source, site: &Site<'_>) -> Result<String, RunError> {
                self.asked().identity(site)
            }

            fn stages(&self, site: &Site<'_>) -> Result<Vec<StagePlan>, RunError> {
                self.asked().stages(site)
            }

            fn open(&self, _: &Source, shape: Shape, site: &Site<'_>) -> Result<Data, RunError> {
                self.asked().open(shape, site)
            }
        }
    };
}

kind!(Trained);
kind!(Solved);

#[cfg(test)]
mod tests {
    use super::*;
    use lab::Series;

    fn outcome(series: &[(&str, &[f64], &[f64])]) -> Outcome {
        let series = series.iter().map(|(name, x, y)| Series { name: (*name).to_owned(), x: x.to_vec(), y: y.to_vec() }).collect();
        Outcome { series, scalars: Vec::new(), weights: None, status: Status::Done }
    }

    #[test]
    fn a_row_is_a_point_with_what_is_known_of_its_run() {
        let both = outcome(&[("loss", &[1.0, 2.0], &[0.5, 0.25]), ("gap", &[1.0, 2.0], &[0.1, 0.2])]);
        let (one, none) = (outcome(&[("gap", &[3.0], &[0.3])]), outcome(&[]));
        let runs = [("a", &both), ("b", &none), ("c", &one)];
        let texts = vec![("run".to_owned(), ["a", "b", "c"].map(str::to_owned).to_vec())];
        let numbers = vec![("end".to_owned(), vec![7.0, 8.0, 9.0])];
        let (texts, numbers) = along(&runs, &["step", "loss", "gap"], &texts, &numbers).unwrap();
        assert_eq!(texts[0].1, ["a", "a", "c"]);
        let names: Vec<&str> = numbers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["step", "loss", "gap", "end"]);
        assert_eq!((&numbers[0].1[..], &numbers[2].1[..], &numbers[3].1[..]), (&[1.0, 2.0, 3.0][..], &[0.1, 0.2, 0.3][..], &[7.0, 7.0, 9.0][..]));
        assert!(numbers[1].1[..2] == [0.5, 0.25] && numbers[1].1[2].is_nan());
    }

    #[test]
    fn points_that_are_none_or_lie_elsewhere_are_said() {
        let apart = outcome(&[("loss", &[1.0, 2.0], &[0.5, 0.25]), ("gap", &[1.0, 3.0], &[0.1, 0.2])]);
        let said = |runs: &[(&str, &Outcome)]| along(runs, &["step", "loss", "gap"], &Vec::new(), &Vec::new()).unwrap_err();
        assert!(said(&[("a", &apart)]).contains("\"loss\" and \"gap\" have points at other places"));
        assert!(said(&[("a", &outcome(&[]))]).contains("no run has a curve"));
    }
}
