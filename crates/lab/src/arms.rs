//! Arms: `{ alpha = [0.25, 1, 4], eps = [0.25] }` becomes three named sets of settings.

use toml::Value;

use crate::StudyError;

/// Settings that differ from the study's own, under a name made of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// For example `alpha=0.25`.
    pub name: String,
    /// The settings.
    pub with: toml::Table,
}

/// Every combination of the values listed, in a fixed order: keys as the table has them, the last one varying fastest.
///
/// A single value is a list of one. What is the same in all arms is left out of their names, unless that leaves nothing; an
/// empty table is one arm called `default`. Values are numbers, strings or booleans; a whole float is written as an integer.
///
/// # Errors
///
/// An empty list, a value of another type, a number that is not finite, a string that is empty or has one of `,=/` in it
/// (names and keys are made of them), or a value listed twice.
pub fn product(lists: &toml::Table) -> Result<Vec<Arm>, StudyError> {
    let mut columns: Vec<(&String, Vec<(String, &Value)>)> = Vec::new();
    for (key, value) in lists {
        let values: Vec<&Value> = match value {
            Value::Array(values) => values.iter().collect(),
            single => vec![single],
        };
        if values.is_empty() {
            return Err(StudyError::Setting(format!("arms: `{key}` lists no value; give at least one, or leave it out")));
        }
        let mut named: Vec<(String, &Value)> = Vec::new();
        for value in values {
            let word = word(key, value)?;
            if named.iter().any(|(other, _)| *other == word) {
                return Err(StudyError::Setting(format!("arms: `{key}` lists {word} twice; every arm needs a name of its own")));
            }
            named.push((word, value));
        }
        columns.push((key, named));
    }
    let all_single = columns.iter().all(|(_, values)| values.len() == 1);
    let mut arms = vec![Arm { name: String::new(), with: toml::Table::new() }];
    for (key, values) in &columns {
        let in_name = all_single || values.len() > 1;
        let mut longer = Vec::with_capacity(arms.len() * values.len());
        for arm in &arms {
            for (word, value) in values {
                let mut next = arm.clone();
                if in_name {
                    let comma = if next.name.is_empty() { "" } else { "," };
                    next.name = format!("{}{comma}{key}={word}", next.name);
                }
                next.with.insert((*key).clone(), (*value).clone());
                longer.push(next);
            }
        }
        arms = longer;
    }
    if columns.is_empty() {
        arms[0].name = "default".to_owned();
    }
    Ok(arms)
}

/// How a value is written in a name.
fn word(key: &str, value: &Value) -> Result<String, StudyError> {
    let refused = |why: &str| Err(StudyError::Setting(format!("arms: `{key}` lists {value}, {why}")));
    match value {
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) if number.is_finite() => Ok(number.to_string()),
        Value::Float(_) => refused("which is not finite"),
        Value::Boolean(choice) => Ok(choice.to_string()),
        Value::String(text) if text.is_empty() || text.contains([',', '=', '/']) => refused("which has to be some text without `,`, `=` and `/`"),
        Value::String(text) => Ok(text.clone()),
        _ => refused("which has to be a number, a string or true or false"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        product(&toml::from_str(text).unwrap()).unwrap().into_iter().map(|arm| arm.name).collect()
    }

    #[test]
    fn the_last_key_varies_fastest_and_what_is_shared_has_no_name() {
        assert_eq!(names("alpha = [0.25, 1, 4]\neps = [0.25]"), ["alpha=0.25", "alpha=1", "alpha=4"]);
        assert_eq!(names("a = [1, 2]\nb = ['x', 'y']"), ["a=1,b=x", "a=1,b=y", "a=2,b=x", "a=2,b=y"]);
        assert_eq!(names("b = ['x', 'y']\na = 3\nc = [true, false]"), ["b=x,c=true", "b=x,c=false", "b=y,c=true", "b=y,c=false"]);
        let arms = product(&toml::from_str("alpha = [0.25, 1]\neps = 0.5").unwrap()).unwrap();
        assert_eq!(arms[1].with, toml::from_str("alpha = 1\neps = 0.5").unwrap());
    }

    #[test]
    fn one_arm_is_named_by_all_that_is_set() {
        assert_eq!(names("alpha = [2.0]\neps = 0.5"), ["alpha=2,eps=0.5"]);
        assert_eq!(names(""), ["default"]);
    }

    #[test]
    fn what_cannot_be_an_arm_says_why() {
        let refused = |text: &str| product(&toml::from_str(text).unwrap()).unwrap_err().to_string();
        assert!(refused("alpha = []").contains("`alpha` lists no value"));
        assert!(refused("alpha = [1, 1.0]").contains("lists 1 twice"));
        assert!(refused("alpha = [nan]").contains("not finite"));
        assert!(refused("net = ['a/b']").contains("without"));
        assert!(refused("net = ['']").contains("some text"));
        assert!(refused("net = [[1, 2]]").contains("a number, a string"));
        assert!(refused("net = { width = 3 }").contains("a number, a string"));
    }
}
