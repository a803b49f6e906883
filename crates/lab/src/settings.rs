//! Settings as tables: defaults under what was asked, unknown keys refused by name.
//!
//! A study's settings are a struct whose `Default` names every key (so no `Option`: a default is a value). What is hashed and
//! handed to a stage is always the whole table, written from the struct, so that `1` and `1.0` of a float are one setting.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::hint;
use crate::{Arm, Stage, StudyError};

/// The whole table of some settings.
pub fn table<T: Serialize>(settings: &T) -> Result<toml::Table, StudyError> {
    toml::Table::try_from(settings).map_err(|e| StudyError::Other(format!("these settings cannot be written as a table: {e}")))
}

/// Settings from a table; the error says which value has which wrong type.
pub fn parse<T: DeserializeOwned>(table: &toml::Table) -> Result<T, StudyError> {
    table.clone().try_into().map_err(|e: toml::de::Error| StudyError::Setting(e.to_string().trim_end().replace('\n', " ")))
}

/// `base` with the values of `with` in place of its own; a key that `base` lacks is refused, with the nearest that it has.
pub fn over<T: DeserializeOwned + Serialize>(base: &T, with: &toml::Table) -> Result<T, StudyError> {
    let mut all = table(base)?;
    for (key, value) in with {
        if !all.contains_key(key) {
            let known: Vec<&str> = all.keys().map(String::as_str).collect();
            let hint = hint(key, known.iter().copied());
            return Err(StudyError::Setting(format!("unknown setting `{key}`{hint} (there are {})", known.join(", "))));
        }
        all.insert(key.clone(), value.clone());
    }
    parse(&all)
}

/// The settings of one arm.
pub fn of_arm<T: DeserializeOwned + Serialize>(base: &T, arm: &Arm) -> Result<T, StudyError> {
    over(base, &arm.with)
}

/// A stage for every arm and seed, arm after arm, none of which needs another. `flops` refuses settings that are out of range, and
/// says what a stage with the others costs.
pub fn stages<T>(base: &T, arms: &[Arm], seeds: Range<u64>, flops: impl Fn(&T) -> Result<f64, StudyError>) -> Result<Vec<Stage>, StudyError>
where
    T: DeserializeOwned + Serialize,
{
    let mut stages = Vec::new();
    for arm in arms {
        let own = of_arm(base, arm)?;
        let flops = flops(&own)?;
        for seed in seeds.clone() {
            stages.push(Stage::of(arm, seed, &own, flops)?);
        }
    }
    Ok(stages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Example {
        steps: usize,
        learning_rate: f64,
    }

    const BASE: Example = Example { steps: 10, learning_rate: 0.5 };

    fn with(text: &str) -> Result<Example, StudyError> {
        over(&BASE, &toml::from_str(text).unwrap())
    }

    #[test]
    fn values_replace_defaults_and_an_integer_is_a_float() {
        assert_eq!(with("").unwrap(), BASE);
        let one = with("learning-rate = 1").unwrap();
        assert_eq!(one, Example { steps: 10, learning_rate: 1.0 });
        assert_eq!(table(&one).unwrap(), table(&with("learning-rate = 1.0").unwrap()).unwrap());
        assert_eq!(parse::<Example>(&table(&one).unwrap()).unwrap(), one);
    }

    #[test]
    fn wrong_keys_and_wrong_types_are_named() {
        let e = with("learning_rate = 1").unwrap_err().to_string();
        assert_eq!(e, "unknown setting `learning_rate`; did you mean `learning-rate`? (there are learning-rate, steps)");
        let e = with("steps = 'many'").unwrap_err().to_string();
        assert!(e.contains("string \"many\"") && !e.contains('\n'), "{e}");
        assert!(with("steps = -1").is_err());
    }
}
