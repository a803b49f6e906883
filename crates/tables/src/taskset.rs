//! TaskSet's upstream files to tidy tables.
//!
//! Upstream is `data/taskset/FixedTextRNNClassification_<task>.json` of the repository DPL. Each file is one JSON list
//! with an object a configuration, whose number is its place in the list:
//! `{"hp": {"learning_rate": …, …}, "train": {"loss": […]}, "valid": {"loss": […]}, "test": {"loss": […]}}`.
//! Python wrote it, so numbers that are not finite stand there as the bare words `NaN`, `Infinity` and `-Infinity`,
//! which JSON does not have.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use crate::TableError;
use crate::text::{python_repr, seven_digits};

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

/// The same JSON with Python's bare words as strings; what stands inside strings is left alone.
fn quoted(json: &[u8]) -> Vec<u8> {
    static WORDS: [(&[u8], &[u8]); 3] = [(b"NaN", b"\"nan\""), (b"Infinity", b"\"inf\""), (b"-Infinity", b"\"-inf\"")];
    let mut out = Vec::with_capacity(json.len() + json.len() / 2);
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = json.get(at) {
        let rest = &json[at..];
        let word = if in_string { None } else { WORDS.iter().find(|(word, _)| rest.starts_with(word)) };
        if let Some((word, text)) = word {
            out.extend_from_slice(text);
            at += word.len();
            continue;
        }
        if in_string && byte == b'\\' {
            // the escaped byte may be a quote that ends nothing
            out.extend_from_slice(&rest[..rest.len().min(2)]);
            at += 2;
            continue;
        }
        if byte == b'"' {
            in_string = !in_string;
        }
        out.push(byte);
        at += 1;
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_words_are_quoted() {
        let python = br#"{"a NaN \" NaN": [NaN, -Infinity,Infinity, 1.5, "Infinity\\"]}"#;
        let json = br#"{"a NaN \" NaN": ["nan", "-inf","inf", 1.5, "Infinity\\"]}"#;
        assert_eq!(quoted(python), json);
        assert_eq!(quoted(br#""cut \"#), br#""cut \"#, "a text that ends in an escape");
    }
}
