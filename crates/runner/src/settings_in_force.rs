//! The settings of every ask that are in force: those that the spec gives, and those that it leaves to their defaults.
//!
//! No default may move a number unseen. So they are read off the ask as it runs, serialised, and not listed by anyone: a
//! setting that a protocol gains is here without a line of code. Where a setting left out or 0 stands for another value, its
//! protocol says which ([`Protocol::stands_for`](crate::protocol::Protocol::stands_for)). What the spec gives is told from the text of the spec after
//! its size and overrides. A setting that is optional, not given and has no default (a limit that there is not) is no row.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::{Experiment, RunError, parse};

/// One setting of one ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The ask by its id.
    pub ask: String,
    /// Its path below the ask, as an override names it: `surface.allocation.akima.digits`.
    pub setting: String,
    /// Its value, as TOML without quotes around a text; `none` where it is empty.
    pub value: String,
    /// Does the spec (or its size, or an override) give it? Else it is a default.
    pub given: bool,
}

/// A setting that several asks have alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The asks, in the order of the spec.
    pub asks: Vec<String>,
    /// Its path below the ask.
    pub setting: String,
    /// Its value.
    pub value: String,
    /// Do they give it? Else it is a default.
    pub given: bool,
}

/// Every setting in force, ask by ask in the order of the spec, and by path within an ask.
///
/// # Errors
/// Settings that cannot be written as TOML.
pub fn settings_in_force(experiment: &Experiment) -> Result<Vec<Setting>, RunError> {
    let wrong = |e: toml::ser::Error| RunError::Spec(format!("{}: {e}", experiment.shown));
    let written: Table = parse(&experiment.text, &experiment.shown)?;
    let mut all = Vec::new();
    for ask in &experiment.spec.asks {
        let Value::Table(resolved) = Value::try_from(ask).map_err(wrong)? else { continue };
        let given = with_id(written.get("ask"), &ask.id);
        let mut rows = BTreeMap::new();
        // Its id and its source are what the rows are about, and a protocol without settings has none.
        let settings = resolved.iter().filter(|(key, value)| !["id", "source"].contains(&key.as_str()) && value.as_table().is_none_or(|t| !t.is_empty()));
        for (key, value) in settings {
            leaves(key, value, given.and_then(|g| g.get(key)), &mut rows);
        }
        let (key, protocol) = ask.protocol().map_err(RunError::Spec)?;
        for (setting, value) in protocol.stands_for() {
            let row = rows.entry(format!("{key}.{setting}")).or_default();
            row.0 = value;
        }
        all.extend(rows.into_iter().map(|(setting, (value, given))| Setting { ask: ask.id.clone(), setting, value, given }));
    }
    Ok(all)
}

/// The same, with what several asks have alike in one row: by path, and then in the order of the first of its asks.
pub fn shared(settings: &[Setting]) -> Vec<Shared> {
    let mut by_path: BTreeMap<&str, Vec<Shared>> = BTreeMap::new();
    for s in settings {
        let rows = by_path.entry(&s.setting).or_default();
        match rows.iter_mut().find(|r| r.value == s.value && r.given == s.given) {
            Some(row) => row.asks.push(s.ask.clone()),
            None => rows.push(Shared { asks: vec![s.ask.clone()], setting: s.setting.clone(), value: s.value.clone(), given: s.given }),
        }
    }
    by_path.into_values().flatten().collect()
}

/// The table of a list that has this id.
fn with_id<'a>(list: Option<&'a Value>, id: &str) -> Option<&'a Value> {
    list?.as_array()?.iter().find(|v| v.get("id").and_then(Value::as_str) == Some(id))
}

/// What stands at and below a path, beside what the spec has written there.
fn leaves(path: &str, value: &Value, written: Option<&Value>, rows: &mut BTreeMap<String, (String, bool)>) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                // A value in another form than a table (a dataset by its name alone, say) gives all that it stands for.
                let inner = written.and_then(|w| if w.is_table() { w.get(key) } else { Some(w) });
                leaves(&format!("{path}.{key}"), value, inner, rows);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_table) => {
            for (k, value) in list.iter().enumerate() {
                let id = value.get("id").and_then(Value::as_str);
                let step = id.map_or_else(|| (k + 1).to_string(), str::to_owned);
                let inner = match id {
                    Some(id) => with_id(written, id),
                    None => written.and_then(Value::as_array).and_then(|w| w.get(k)),
                };
                let Value::Table(table) = value else { continue };
                for (key, value) in table.iter().filter(|(key, _)| *key != "id") {
                    leaves(&format!("{path}.{step}.{key}"), value, inner.and_then(|w| w.get(key)), rows);
                }
            }
        }
        leaf => {
            rows.insert(path.to_owned(), (shown(leaf), written.is_some()));
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(s) if s.is_empty() => "none".into(),
        Value::String(s) => s.clone(),
        Value::Array(list) if list.is_empty() => "none".into(),
        Value::Table(table) if table.is_empty() => "none".into(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
