//! `key=value`: dotted paths into a spec, from a size or from the command line.

use toml::{Table, Value};

use crate::RunError;

/// The first of these words that is there a second time.
pub fn twice<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    words.into_iter().find(|w| !seen.insert(*w))
}

/// One override as written: the value is TOML, or a bare word.
pub fn parse_override(text: &str) -> Result<(String, Value), RunError> {
    let Some((path, value)) = text.split_once('=') else {
        return Err(RunError::Spec(format!("{text:?} is not an override; write key=value, for example source.prior.curves=50")));
    };
    let parsed = toml::from_str::<Table>(&format!("v = {value}")).ok().and_then(|mut t| t.remove("v"));
    Ok((path.trim().to_owned(), parsed.unwrap_or_else(|| Value::String(value.to_owned()))))
}

/// Sets `path` in `spec`. A step into a list of tables is the `id` of one of them; every step but the last must exist.
pub fn set(spec: &mut Table, path: &str, value: Value) -> Result<(), RunError> {
    let steps: Vec<&str> = path.split('.').collect();
    if steps.iter().any(|s| s.is_empty()) {
        return Err(RunError::Spec(format!("{path:?} is not a path into the spec")));
    }
    set_in(spec, &steps, path, value)
}

fn set_in(here: &mut Table, steps: &[&str], path: &str, value: Value) -> Result<(), RunError> {
    let (step, rest) = (steps[0], &steps[1..]);
    if rest.is_empty() {
        here.insert(step.to_owned(), value);
        return Ok(());
    }
    let known: Vec<String> = here.keys().cloned().collect();
    match here.get_mut(step) {
        Some(Value::Table(t)) => set_in(t, rest, path, value),
        Some(Value::Array(list)) => {
            let ids: Vec<String> = list.iter().filter_map(|v| v.get("id")?.as_str().map(str::to_owned)).collect();
            let found = list.iter_mut().filter_map(Value::as_table_mut).find(|t| t.get("id").and_then(Value::as_str) == Some(rest[0]));
            match found {
                Some(t) if rest.len() > 1 => set_in(t, &rest[1..], path, value),
                Some(_) => Err(RunError::Spec(format!("override {path:?} names a whole {step}; add the key to set"))),
                None => Err(missing(path, rest[0], &ids)),
            }
        }
        Some(_) => Err(RunError::Spec(format!("override {path:?}: {step:?} has nothing inside it"))),
        None => Err(missing(path, step, &known)),
    }
}

fn missing(path: &str, step: &str, known: &[String]) -> RunError {
    let near = curves::nearest(step, known.iter().map(String::as_str)).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
    RunError::Spec(format!("override {path:?}: there is no {step:?} (there are {}){near}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Table {
        toml::from_str("[source.prior]\ncurves = 1\n[[method]]\nid = \"p1\"\n[method.with]\nsteps = 2\n").unwrap()
    }

    #[test]
    fn paths_reach_tables_and_elements_by_id() {
        let mut s = spec();
        set(&mut s, "source.prior.curves", Value::Integer(5)).unwrap();
        set(&mut s, "method.p1.with.steps", Value::Integer(7)).unwrap();
        assert_eq!(s["source"]["prior"]["curves"].as_integer(), Some(5));
        assert_eq!(s["method"][0]["with"]["steps"].as_integer(), Some(7));
    }

    #[test]
    fn wrong_paths_are_answered_with_the_nearest() {
        let e = set(&mut spec(), "source.pror.curves", Value::Integer(5)).unwrap_err().to_string();
        assert!(e.ends_with("did you mean \"prior\"?"), "{e}");
        let e = set(&mut spec(), "method.p2.with", Value::Integer(5)).unwrap_err().to_string();
        assert!(e.contains("there are p1"), "{e}");
        assert!(set(&mut spec(), "source..x", Value::Integer(5)).is_err());
    }

    #[test]
    fn values_are_toml_or_bare_words() {
        assert_eq!(parse_override("a.b=[1, 2]").unwrap().1, Value::Array(vec![Value::Integer(1), Value::Integer(2)]));
        assert_eq!(parse_override("a=full").unwrap().1, Value::String("full".into()));
        assert_eq!(parse_override("a=1e3").unwrap().1, Value::Float(1000.0));
        assert!(parse_override("nonsense").is_err());
    }
}
