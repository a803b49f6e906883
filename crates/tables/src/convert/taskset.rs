//! TaskSet's upstream files to tidy tables.
//!
//! Upstream is `data/taskset/FixedTextRNNClassification_<task>.json` of the repository DPL. Each file is one JSON list
//! with an object a configuration, whose number is its place in the list:
//! `{"hp": {"learning_rate": …, …}, "train": {"loss": […]}, "valid": {"loss": […]}, "test": {"loss": […]}}`.
//! Python wrote it, so numbers that are not finite stand there as bare words.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use super::{Converter, NamedBytes, gzip};
use crate::TableError;
use crate::python::quoted;
use crate::text::{python_repr, seven_digits};

/// One JSON file a task, as releaunifreiburg/DPL keeps TaskSet.
pub(super) const CONVERTER: Converter = Converter {
    name: "taskset-json",
    says: "TaskSet as releaunifreiburg/DPL keeps it, one JSON file a task: taskset_curves.csv.gz and taskset_configs.csv.gz",
    convert: tidy,
};

/// What upstream puts before every name of a task, and the tidy tables leave out.
const FAMILY: &str = "FixedTextRNNClassification_";

/// The hyperparameters, in the order of the tidy table.
const HYPERPARAMETERS: [&str; 8] = ["learning_rate", "beta1", "beta2", "epsilon", "l1", "l2", "linear_decay", "exponential_decay"];

/// The two tidy tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TasksetTables {
    /// `task,config,split,e0,e1,…`: the loss after so many evaluation steps, to seven significant digits.
    pub curves_csv: String,
    /// `task,config,learning_rate,…`: what was trained, to the last digit.
    pub configs_csv: String,
}

/// One configuration.
#[derive(Deserialize)]
struct Trial {
    hp: BTreeMap<String, Number>,
    train: Split,
    valid: Split,
    test: Split,
}

impl Trial {
    fn splits(&self) -> [(&'static str, &[Number]); 3] {
        [("train", self.train.loss.as_slice()), ("valid", self.valid.loss.as_slice()), ("test", self.test.loss.as_slice())]
    }
}

#[derive(Deserialize)]
struct Split {
    loss: Vec<Number>,
}

/// The tidy files.
fn tidy(files: &[NamedBytes]) -> Result<Vec<NamedBytes>, TableError> {
    let tables = convert_taskset(files)?;
    Ok(vec![
        ("taskset_curves.csv.gz".to_owned(), gzip(tables.curves_csv.as_bytes())),
        ("taskset_configs.csv.gz".to_owned(), gzip(tables.configs_csv.as_bytes())),
    ])
}

/// The tidy tables of some files, each given as the stem of its name and its bytes.
///
/// Tasks are sorted by name, so the result does not depend on the order of the files.
pub fn convert_taskset(files: &[(String, Vec<u8>)]) -> Result<TasksetTables, TableError> {
    let mut tasks: Vec<(&str, &str, Vec<Trial>)> = Vec::with_capacity(files.len());
    for (stem, bytes) in files {
        tasks.push((stem.strip_prefix(FAMILY).unwrap_or(stem.as_str()), stem.as_str(), parse(stem, bytes)?));
    }
    tasks.sort_by_key(|task| task.0);
    let points = tasks.iter().flat_map(|(_, _, trials)| trials).map(|t| t.train.loss.len()).next().unwrap_or(0);
    let mut curves_csv = String::from("task,config,split");
    for point in 0..points {
        curves_csv.push_str(&format!(",e{point}"));
    }
    curves_csv.push('\n');
    let mut configs_csv = format!("task,config,{}\n", HYPERPARAMETERS.join(","));
    for (task, stem, trials) in &tasks {
        for (config, trial) in trials.iter().enumerate() {
            configs_csv.push_str(&format!("{task},{config}"));
            for name in HYPERPARAMETERS {
                let Some(value) = trial.hp.get(name) else {
                    return Err(wrong(stem, format!("configuration {config} has no {name:?} in \"hp\"")));
                };
                configs_csv.push(',');
                configs_csv.push_str(&python_repr(value.0));
            }
            configs_csv.push('\n');
            for (split, loss) in trial.splits() {
                if loss.len() != points {
                    let why = format!("configuration {config}, {split:?}: {} losses where others have {points}", loss.len());
                    return Err(wrong(stem, why));
                }
                curves_csv.push_str(&format!("{task},{config},{split}"));
                for value in loss {
                    curves_csv.push(',');
                    curves_csv.push_str(&seven_digits(value.0));
                }
                curves_csv.push('\n');
            }
        }
    }
    Ok(TasksetTables { curves_csv, configs_csv })
}

/// The configurations of one file.
fn parse(stem: &str, bytes: &[u8]) -> Result<Vec<Trial>, TableError> {
    let trials: Vec<Trial> = serde_json::from_slice(&quoted(bytes)).map_err(|e| wrong(stem, e.to_string()))?;
    if trials.is_empty() {
        return Err(wrong(stem, "its list is empty".to_owned()));
    }
    Ok(trials)
}

fn wrong(stem: &str, why: String) -> TableError {
    TableError::TaskSet { file: stem.to_owned(), why }
}

/// A number, or one of the words that `quoted` put in quotes.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberOrWord)
    }
}

struct NumberOrWord;

impl Visitor<'_> for NumberOrWord {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, NaN, Infinity or -Infinity")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number(value as f64))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Number, E> {
        match value {
            "nan" => Ok(Number(f64::NAN)),
            "inf" => Ok(Number(f64::INFINITY)),
            "-inf" => Ok(Number(f64::NEG_INFINITY)),
            _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}
